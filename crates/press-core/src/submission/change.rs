//! What a change to a draft does beside its items: lines of prose, placeholders, headings.

use super::Place;
use super::lines::{Hunk, Lines};
use crate::issue::Issue;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Lines that are no item, taken out and put in at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The section they are in, if in any.
    pub place: Option<Place>,
    /// The line above them that stays, empty ones aside.
    pub above: Option<String>,
    /// The line below them that stays.
    pub below: Option<String>,
    /// What is taken out.
    pub removed: Vec<String>,
    /// What is put in.
    pub added: Vec<String>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// It was made.
    Done,
    /// The draft is like this already.
    Nothing,
    /// The lines that it is about are no longer as they were.
    InTheWay,
}

/// A text's lines, and those that are explained already.
type Explained<'a> = (&'a [&'a str], &'a HashSet<usize>);

/// The differences that no item explains.
pub(super) fn others(
    (old, gone): Explained<'_>,
    (new, come): Explained<'_>,
    hunks: &[Hunk],
    issue: &Issue,
    lines: &Lines<'_>,
) -> Vec<Change> {
    let left = |all: &[&str], range: &std::ops::Range<usize>, known: &HashSet<usize>| {
        let own = range.clone().filter(|line| !known.contains(line));
        let own: Vec<&str> = own.map(|line| all[line]).collect();
        let filled = |line: &&str| !line.is_empty();
        let start = own.iter().position(filled);
        let end = own.iter().rposition(filled).map_or(0, |last| last + 1);
        own[start.unwrap_or(0).min(end)..end]
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<String>>()
    };
    let change = |hunk: &Hunk| {
        let removed = left(old, &hunk.old, gone);
        let added = left(new, &hunk.new, come);
        if removed.is_empty() && added.is_empty() {
            return None;
        }
        let line = hunk.new.start.min(new.len().saturating_sub(1));
        let at = lines.start(line, issue.text());
        let known = issue
            .sections
            .partition_point(|section| section.head.start <= at);
        let filled = |line: &&&str| !line.is_empty();
        let above = old[..hunk.old.start].iter().rev().find(filled);
        let below = old[hunk.old.end..].iter().find(filled);
        Some(Change {
            place: known
                .checked_sub(1)
                .map(|section| Place::of(issue, section)),
            above: above.map(|line| (*line).to_owned()),
            below: below.map(|line| (*line).to_owned()),
            removed,
            added,
        })
    };
    hunks.iter().filter_map(change).collect()
}

/// Makes a change in a draft as it stands now, if the lines that it is about still stand there, once.
pub fn carry(draft: &str, change: &Change) -> (String, Carried) {
    let lines = Lines::of(draft);
    let all = &lines.all;
    let done = |kept: Carried| (draft.to_owned(), kept);
    if !change.added.is_empty() && find(all, &change.added).is_some() {
        return done(Carried::Nothing);
    }
    let Some(range) = target(all, change) else {
        let gone = change.added.is_empty() && !change.removed.iter().any(|line| has(all, line));
        return done(if gone {
            Carried::Nothing
        } else {
            Carried::InTheWay
        });
    };
    let end = if draft.contains("\r\n") { "\r\n" } else { "\n" };
    let (start, stop) = (
        lines.start(range.start, draft),
        lines.start(range.end, draft),
    );
    let mut text = draft[..start].to_owned();
    if start > 0 && !text.ends_with('\n') {
        text.push_str(end);
    }
    // Blank lines set new paragraphs apart; items and lines of one paragraph follow each other.
    let blank = |line: Option<&&str>| line.is_none_or(|line| line.is_empty());
    let loose = range.is_empty() && !change.added.is_empty() && blank(all.get(range.start));
    if loose && range.start > 0 && !blank(all.get(range.start - 1)) {
        text.push_str(end);
    }
    for line in &change.added {
        text.extend([line.as_str(), end]);
    }
    text.push_str(&draft[stop..]);
    (text, Carried::Done)
}

fn has(lines: &[&str], line: &str) -> bool {
    lines.contains(&line)
}

/// The lines that a change is about, as they stand now.
fn target(lines: &[&str], change: &Change) -> Option<std::ops::Range<usize>> {
    if !change.removed.is_empty() {
        let at = find(lines, &change.removed)?;
        return Some(at..at + change.removed.len());
    }
    let only = |line: &Option<String>| find(lines, std::slice::from_ref(line.as_ref()?));
    match (only(&change.above), only(&change.below)) {
        (Some(above), _) => Some(above + 1..above + 1),
        (None, Some(below)) => Some(below..below),
        (None, None) => None,
    }
}

/// Where these lines stand one after the other; none if they do not, or more than once.
fn find(lines: &[&str], wanted: &[String]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    let mut fitting = lines
        .windows(wanted.len())
        .enumerate()
        .filter(|(_, window)| window.iter().zip(wanted).all(|(one, other)| *one == other));
    let (first, _) = fitting.next()?;
    fitting.next().is_none().then_some(first)
}
