//! Applying fixes: as many as make a text better, none that makes it worse.
//!
//! What a fix leads to is tried, not believed: it stays only if what it was made for is gone, nothing new must be
//! held up for it, and headings and links outside the lines it changes are read as before.

use super::Report;
use crate::diagnostic::{Diagnostic, Fix, Level};
use crate::format::Definitions;
use crate::issue::edit::apply;
use crate::issue::{Document, Source};
use crate::span::Span;
use std::collections::HashMap;

/// Which fixes to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fixes {
    /// None: only look.
    None,
    /// Those that are surely right.
    Safe,
    /// Also those that are probably right.
    All,
}

impl Fixes {
    /// As two switches say, of which the second means more.
    pub fn of(safe: bool, unsafe_too: bool) -> Fixes {
        match (safe, unsafe_too) {
            (_, true) => Fixes::All,
            (true, false) => Fixes::Safe,
            (false, false) => Fixes::None,
        }
    }
}

/// How often a text is changed: a fix may make room for another.
const ROUNDS: usize = 32;

/// How many ways to change a text are tried in a round.
const TRIES: usize = 256;

/// `text` after fixes, and what is said of it then. `judge` says what the rules find in a text.
pub fn mend(
    mut text: String,
    fixes: Fixes,
    definitions: Definitions,
    judge: impl Fn(&str) -> Report,
) -> (String, Report) {
    let mut report = judge(&text);
    for _ in 0..ROUNDS {
        let wanted = wanted(&report, fixes);
        let mut attempt = Attempt {
            text: &text,
            report: &report,
            definitions,
            judge: &judge,
            tries: TRIES,
        };
        let Some((better, said)) = attempt.some_of(&wanted) else {
            break;
        };
        (text, report) = (better, said);
    }
    (text, report)
}

/// A fix, and the rule that proposes it.
type Proposal<'r> = (&'static str, &'r Fix);

fn wanted(report: &Report, fixes: Fixes) -> Vec<Proposal<'_>> {
    let proposed = report.findings.iter();
    let proposed = proposed.filter_map(|finding| Some((finding.rule, finding.fix.as_ref()?)));
    let least = |fix: &Fix| if fix.safe { Fixes::Safe } else { Fixes::All };
    proposed.filter(|(_, fix)| fixes >= least(fix)).collect()
}

/// One round: a text, what is said of it, and how to ask again.
struct Attempt<'r, J> {
    text: &'r str,
    report: &'r Report,
    definitions: Definitions,
    judge: &'r J,
    tries: usize,
}

impl<J: Fn(&str) -> Report> Attempt<'_, J> {
    /// The text after the largest part of the fixes that does it good: all, else a half, and so on.
    fn some_of(&mut self, fixes: &[Proposal<'_>]) -> Option<(String, Report)> {
        if fixes.is_empty() || self.tries == 0 {
            return None;
        }
        self.tries -= 1;
        if let Some(better) = self.all_of(fixes) {
            return Some(better);
        }
        if fixes.len() == 1 {
            return None;
        }
        let (first, second) = fixes.split_at(fixes.len() / 2);
        self.some_of(first).or_else(|| self.some_of(second))
    }

    /// The text after those of the fixes that do not get in each other's way, if all of them do it good.
    fn all_of(&self, fixes: &[Proposal<'_>]) -> Option<(String, Report)> {
        let mut edits = Vec::new();
        let mut rules = Vec::new();
        for (rule, fix) in fixes {
            let mut together = edits.clone();
            together.extend(fix.edits.iter().cloned());
            // A fix is applied as a whole or not at all.
            if apply(self.text, &together).is_ok() {
                edits = together;
                rules.push(*rule);
            }
        }
        let fixed = apply(self.text, &edits)
            .ok()
            .filter(|fixed| fixed != self.text)?;
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let before: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
        let mut grown = 0isize;
        let after: Vec<Span> = edits
            .iter()
            .map(|edit| {
                let start = edit.span.start.saturating_add_signed(grown);
                grown += edit.text.len().cast_signed() - edit.span.len().cast_signed();
                Span::new(start, start + edit.text.len())
            })
            .collect();
        let same = outside(self.text, &before, self.definitions)
            == outside(&fixed, &after, self.definitions);
        let report = same.then(|| (self.judge)(&fixed))?;
        let (had, has) = (counts(&self.report.findings), counts(&report.findings));
        let count = |counts: &Counts, rule| counts.get(rule).copied().unwrap_or_default();
        let gone = rules
            .iter()
            .all(|rule| count(&has, rule).0 < count(&had, rule).0);
        let held = has
            .iter()
            .all(|(rule, (_, denied))| *denied <= count(&had, rule).1);
        (gone && held).then_some((fixed, report))
    }
}

/// For each rule how many findings it has, and how many of them hold the issue up.
type Counts = HashMap<&'static str, (usize, usize)>;

fn counts(findings: &[Diagnostic]) -> Counts {
    let mut counts = Counts::new();
    for finding in findings {
        let (all, denied) = counts.entry(finding.rule).or_default();
        *all += 1;
        *denied += usize::from(finding.level == Level::Deny);
    }
    counts
}

/// What is read of a text outside the lines of `edits`: headings with their levels, links with where they lead.
/// Links that a changed definition leads elsewhere are changed on purpose.
fn outside(text: &str, edits: &[Span], definitions: Definitions) -> Vec<String> {
    let source = Source::new(text, definitions);
    let document = Document::parse(&source);
    let lines: Vec<Span> = edits.iter().map(|edit| lines_of(text, *edit)).collect();
    let changed = |span: Span| {
        let place = lines.partition_point(|line| line.end < span.start);
        lines.get(place).is_some_and(|line| line.start <= span.end)
    };
    let headings = document
        .headings
        .iter()
        .filter(|heading| !changed(heading.span));
    let headings = headings.map(|heading| format!("{} {}", heading.level, heading.title));
    let links = document.links.iter().filter(|link| {
        let definition = link.definition.and_then(|at| document.definitions.get(at));
        !changed(link.span) && definition.is_none_or(|definition| !changed(definition.span))
    });
    let links = links.map(|link| format!("[{}]({})", link.title, link.url));
    headings.chain(links).collect()
}

/// The whole lines that a span touches.
fn lines_of(text: &str, span: Span) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[span.end..]
        .find('\n')
        .map_or(text.len(), |end| span.end + end);
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proposes to replace each `a` by `b`, and each `c` by `(`, which is worse.
    fn judge(text: &str) -> Report {
        let finding = |(at, sign): (usize, char)| {
            let (level, other) = match sign {
                'a' => (Level::Warn, "b"),
                'c' => (Level::Warn, "("),
                '(' => {
                    return Some(Diagnostic::new(
                        "held",
                        Level::Deny,
                        Span::new(at, at + 1),
                        "",
                    ));
                }
                _ => return None,
            };
            let span = Span::new(at, at + 1);
            Some(Diagnostic::new("letter", level, span, "").with_edit(true, span, other))
        };
        Report {
            findings: text.char_indices().filter_map(finding).collect(),
            ..Report::default()
        }
    }

    #[test]
    fn fixes_that_make_it_worse_are_left_out() {
        let mended = |fixes| mend("a c a\n".to_owned(), fixes, Definitions::First, judge).0;
        assert_eq!(mended(Fixes::Safe), "b c b\n");
        assert_eq!(mended(Fixes::None), "a c a\n");
    }

    #[test]
    fn what_is_not_named_is_read_as_before() {
        // A fence hides all that follows.
        let judge = |text: &str| {
            let fix = |(at, _)| {
                let span = Span::new(at, at + 1);
                Diagnostic::new("fence", Level::Warn, span, "").with_edit(true, span, "```")
            };
            Report {
                findings: text.match_indices('q').map(fix).collect(),
                ..Report::default()
            }
        };
        let mended = |text: &str| mend(text.to_owned(), Fixes::All, Definitions::First, judge).0;
        let linked = "q\n\n[One](https://one.example/)\n";
        assert_eq!(mended(linked), linked);
        assert_eq!(mended("q\n\nOne\n"), "```\n\nOne\n");
    }
}
