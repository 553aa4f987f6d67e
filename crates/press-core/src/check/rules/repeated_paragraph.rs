//! Paragraphs left over from the last issue where something new should stand.

use crate::check::archive::{PastIssue, Sought};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::span::Span;
use crate::text::collapsed;

pub(super) const RULE: Rule = Rule {
    name: "repeated-paragraph",
    level: Level::Warn,
    page: include_str!("repeated_paragraph.md"),
    check,
};

/// How many earlier issues are looked at, and in how many of these a paragraph may stand before it is one that
/// every issue has.
const EARLIER: usize = 12;
const RARE: usize = 2;

/// How many issues before these are looked at for paragraphs that come and go.
const LONG_AGO: usize = 150;

/// A section, none for the greeting, and its text.
type Place<'a> = (Option<&'a str>, Span);

/// Shorter paragraphs say nothing that could be stale.
const SHORTEST: usize = 30;

fn check(context: &mut Context<'_>) {
    let (Some(archive), issue, date) = (context.archive(), context.issue(), context.date()) else {
        return;
    };
    // With few issues nobody knows what every issue has.
    if archive.before(date).len() < 4 {
        return;
    }
    let recent = archive.last(EARLIER, date);
    let mut places: Vec<Place<'_>> = vec![(None, issue.masthead.greeting)];
    for section in &issue.sections {
        let told = matches!(
            section.kind,
            SectionKind::Prose
                | SectionKind::Quote
                | SectionKind::PullRequests
                | SectionKind::Calls
        );
        if let Some(id) = section.id.as_deref().filter(|_| told) {
            places.push((Some(id), section.content));
        }
    }
    for (id, content) in places {
        for paragraph in paragraphs(context.text(), content) {
            if !context.is_hidden(paragraph) && !is_placeholder(context, id, paragraph) {
                judge(context, &recent, id, paragraph);
            }
        }
    }
}

fn judge(context: &mut Context<'_>, recent: &[PastIssue<'_>], id: Option<&str>, paragraph: Span) {
    let said = collapsed(paragraph.of(context.text()));
    if said.len() < SHORTEST {
        return;
    }
    let sought = Sought::new(&said);
    let holds = |past: &PastIssue<'_>| sought.is_in(past.said_in(id));
    // Counts come out alike by chance; only the last issue's can have been left.
    let count = id.is_some() && said.starts_with(|first: char| first.is_ascii_digit());
    let age = if count { 1 } else { 2 };
    let last = recent.iter().rev().take(age).find(|past| holds(past));
    let Some(past) = last.copied() else {
        return;
    };
    if recent.iter().filter(|past| holds(past)).count() > RARE
        || is_standing(context, id, paragraph)
    {
        return;
    }
    let message = format!(
        "this paragraph stood in the issue of {} already",
        past.date()
    );
    let line = id.and_then(|id| past.section(id));
    let line = line.map_or(1, |section| section.line());
    let finding = context.finding(paragraph, message);
    let finding = finding.with_elsewhere(past.path(), line, "there");
    context.report(finding.with_help("write what is new this time, or take it out"));
}

/// Whether a line of it stands in the template or was in use long before: then every issue has it, and only its
/// wording changed of late.
fn is_standing(context: &mut Context<'_>, id: Option<&str>, paragraph: Span) -> bool {
    let (Some(archive), date) = (context.archive(), context.date()) else {
        return false;
    };
    let older = || archive.before(date).rev().skip(EARLIER).take(LONG_AGO);
    // A number that comes again is stale, whatever stands around it.
    let count = paragraph
        .of(context.text())
        .starts_with(|first: char| first.is_ascii_digit());
    let is_reworded = |line: &str| {
        let alike = |past: &PastIssue<'_>| shared_percent(past.said_in(id), line) >= 50;
        !count && older().take(EARLIER).filter(alike).count() > RARE
    };
    let lines = paragraph.of(context.text()).lines().map(collapsed);
    let mut telling = lines.filter(|line| line.len() >= SHORTEST);
    telling.any(|line| {
        let sought = Sought::new(&line);
        let holds = |past: &PastIssue<'_>| sought.is_in(past.said_in(id));
        context.facts.template.unwrap_or_default().contains(&line)
            || older().filter(holds).count() > RARE
            || is_reworded(&line)
    })
}

/// How many words in a row make a phrase.
const PHRASE: usize = 4;

/// How many words tell how a paragraph begins.
const OPENING: usize = 10;

/// Which part of a line's phrases stands in a text, in percent.
fn shared_percent(text: &str, line: &str) -> usize {
    let words: Vec<&str> = line.split(' ').collect();
    // What begins alike was only made longer.
    if words.len() > OPENING && text.contains(&words[..OPENING].join(" ")) {
        return 100;
    }
    let phrases = words.windows(PHRASE);
    let count = phrases.len().max(1);
    phrases
        .filter(|phrase| text.contains(&phrase.join(" ")))
        .count()
        * 100
        / count
}

fn is_placeholder(context: &Context<'_>, id: Option<&str>, paragraph: Span) -> bool {
    let text = paragraph
        .of(context.text())
        .trim_start_matches(['*', '_', '>', ' ']);
    let specs = context.target.format.sections.iter();
    let mut own = specs.filter(|spec| Some(spec.id.as_str()) == id);
    own.any(|spec| {
        let words = |start: &String| start.trim_start_matches(['*', '_']).to_owned();
        spec.placeholder
            .iter()
            .any(|start| text.starts_with(words(start).trim_end_matches(['*', '_'])))
    })
}

/// The paragraphs of a text that are no lists, headings or definitions.
fn paragraphs(text: &str, content: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = content.start;
    let mut at = content.start;
    for line in content.of(text).split_inclusive('\n') {
        if line.trim().is_empty() {
            found.push(Span::new(start, at));
            start = at + line.len();
        }
        at += line.len();
    }
    found.push(Span::new(start, at));
    let told = found
        .into_iter()
        .map(|span| span.trimmed(text))
        .filter(|span| {
            let text = span.of(text);
            let definition = text.starts_with('[')
                && text.lines().next().is_some_and(|line| line.contains("]: "));
            !text.starts_with(['#', '<'])
                && !["* ", "- ", "+ "].iter().any(|sign| text.starts_with(sign))
                && !definition
        });
    told.collect()
}
