//! Text that stands in every issue, changed by a word or a letter: an accident more often than a decision.

use crate::check::archive::{PastIssue, Sought};
use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::issue::Issue;
use crate::span::Span;
use crate::text::collapsed;
use crate::text::distance;

pub(super) const RULE: Rule = Rule {
    name: "standing-text",
    level: Level::Warn,
    page: include_str!("standing_text.md"),
    check,
};

/// In how many of the last issues a text must stand to be one that always does.
const RECENT: usize = 6;
const STANDING: usize = 5;

/// How many earlier issues may have had the new wording already.
const LONGER: usize = 30;

/// Fewer words say nothing.
const SHORTEST_WORDS: usize = 6;

fn check(context: &mut Context<'_>) {
    let (Some(archive), issue, date) = (context.archive(), context.issue(), context.date()) else {
        return;
    };
    let recent = archive.last(LONGER, date);
    if recent.len() < RECENT {
        return;
    }
    let greeting = (None, issue.masthead.greeting);
    let sections = issue.sections.iter();
    let sections =
        sections.filter_map(|section| Some((Some(section.id.as_deref()?), section.content)));
    let mut found = Vec::new();
    for (id, content) in std::iter::once(greeting).chain(sections) {
        let past = recent.last().map_or("", |last| last.said_in(id));
        let theirs: Vec<&str> = past.split(' ').collect();
        for line in lines(issue, content) {
            let said = collapsed(line.of(context.text()));
            if Sought::new(&said).is_in(past) {
                continue;
            }
            if let Some(near) = near(&theirs, &said)
                && !is_known(context, &recent, id, &said)
            {
                found.extend(judge(context, &recent, id, (line, near)));
            }
        }
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}

/// Whether the template has a text, or one of the issues in the same place.
fn is_known(context: &Context<'_>, issues: &[PastIssue<'_>], id: Option<&str>, said: &str) -> bool {
    let sought = Sought::new(said);
    let holds = |past: &PastIssue<'_>| sought.is_in(past.said_in(id));
    context.facts.template.unwrap_or_default().contains(said) || issues.iter().rev().any(holds)
}

/// The lines of a text that are neither items nor headings nor comments.
fn lines(issue: &Issue, content: Span) -> Vec<Span> {
    let text = issue.text();
    let mut lines = Vec::new();
    let mut at = content.start;
    for line in content.of(text).split_inclusive('\n') {
        let whole = Span::new(at, at + line.len());
        at += line.len();
        let own = line.trim_ascii_start();
        let plain = !own.starts_with(['#', '<', '>', '|', '`'])
            && !["* ", "- ", "+ "].iter().any(|sign| own.starts_with(sign));
        if own.is_empty() || !plain {
            continue;
        }
        let span = whole.trimmed(text);
        let own = span.of(text);
        let hidden = issue
            .comments
            .iter()
            .any(|comment| comment.start < span.end && span.start < comment.end);
        if !hidden && own.split_whitespace().count() >= SHORTEST_WORDS {
            lines.push(span);
        }
    }
    lines
}

/// What a line should say, if all but a slip of it stands in nearly all of the last issues.
fn judge(
    context: &Context<'_>,
    before: &[PastIssue<'_>],
    id: Option<&str>,
    (line, (usual, own, theirs)): (Span, Near),
) -> Option<Diagnostic> {
    let recent = &before[before.len() - RECENT..];
    let last = recent.last()?;
    let holders = recent
        .iter()
        .filter(|past| past.said_in(id).contains(&usual))
        .count();
    if holders < STANDING || !is_slip(&own, &theirs) {
        return None;
    }
    let message = match (own.is_empty(), theirs.is_empty()) {
        (true, _) => format!("`{theirs}` is missing: the last issues have it here"),
        (_, true) => format!("`{own}` stands in none of the last issues here"),
        _ => format!("`{own}` is `{theirs}` in the last issues"),
    };
    let finding = context.finding(line, message);
    let finding = finding.with_elsewhere(last.path(), 1, format!("there: {usual}"));
    Some(finding.with_help("if the new wording is meant, put it into the template of drafts"))
}

/// A stretch of an earlier text that is the present one but for one place, the words of the present one that differ,
/// and those of the earlier.
type Near = (String, String, String);

/// The stretch of the words `theirs` that is `said` but for one place.
fn near(theirs: &[&str], said: &str) -> Option<Near> {
    let own: Vec<&str> = said.split(' ').collect();
    for start in 0..theirs.len() {
        let rest = &theirs[start..];
        let same = own
            .iter()
            .zip(rest)
            .take_while(|(one, other)| one == other)
            .count();
        // A slip in the first word is found from the second one on.
        if same == 0 && (own.len() < 2 || rest.get(1) != Some(&own[1])) {
            continue;
        }
        for (mine, other) in [(1, 1), (0, 1), (1, 0)] {
            let tail = own.get(same + mine..).unwrap_or_default();
            let there = rest.get(same + other..same + other + tail.len());
            // A line that goes on elsewhere differs in more than its last word.
            if there == Some(tail) && !tail.is_empty() && same + tail.len() + 1 >= SHORTEST_WORDS {
                let end = same + other + tail.len();
                return Some((
                    rest[..end].join(" "),
                    own[same..same + mine].join(" "),
                    rest[same..same + other].join(" "),
                ));
            }
        }
    }
    None
}

/// Whether a difference is one that nobody means: a few letters of a word, or a small word lost or added.
/// Numbers change every week, and so do addresses.
fn is_slip(own: &str, theirs: &str) -> bool {
    let plain = |word: &str| {
        word.chars()
            .all(|sign| sign.is_alphabetic() || matches!(sign, '\'' | ',' | '.'))
    };
    if own.is_empty() || theirs.is_empty() {
        return plain(own) && plain(theirs);
    }
    let numbers = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let length = own.len().max(theirs.len());
    let shown = |word: &str| word.split("](").next().map(str::to_owned);
    if shown(own) == shown(theirs) {
        return false;
    }
    !numbers(own) && !numbers(theirs) && distance(own, theirs) * 5 <= length + 1
}
