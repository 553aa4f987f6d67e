//! Lines of a text, and which of them a change takes out and puts in.

use crate::span::Span;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// A text's lines, without their ends and the white space before these.
pub(super) struct Lines<'t> {
    pub(super) all: Vec<&'t str>,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        let mut at = 0;
        let mut lines = Lines {
            all: Vec::new(),
            starts: Vec::new(),
        };
        for line in text.split_inclusive('\n') {
            lines.all.push(line.trim_end());
            lines.starts.push(at);
            at += line.len();
        }
        lines
    }

    /// The lines, from nought, that a span touches.
    pub(super) fn touched(&self, span: Span) -> Range<usize> {
        let last = span.end.saturating_sub(1).max(span.start);
        self.at(span.start)..self.at(last) + 1
    }

    /// The line of a byte.
    pub(super) fn at(&self, offset: usize) -> usize {
        let after = self.starts.partition_point(|start| *start <= offset);
        after.saturating_sub(1)
    }

    /// Where a line begins; the end of the text behind the last one.
    pub(super) fn start(&self, line: usize, text: &str) -> usize {
        self.starts.get(line).copied().unwrap_or(text.len())
    }
}

/// One place where two texts differ: lines of the first that are lines of the second now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// Most lines that may lie between the first and the last difference: the work grows with their square.
const LIMIT_LINES: usize = 4_000;

/// Where two texts differ, but for empty lines; none if that is too much.
pub(super) fn hunks(old: &[&str], new: &[&str]) -> Option<Vec<Hunk>> {
    let (old, new) = (Filled::of(old), Filled::of(new));
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let before = old.lines.iter().zip(&new.lines).take_while(same).count();
    let (one, other) = (&old.lines[before..], &new.lines[before..]);
    let ends = one.iter().rev().zip(other.iter().rev());
    let after = ends.take_while(same).count();
    let (one, other) = (&one[..one.len() - after], &other[..other.len() - after]);
    if one.len() > LIMIT_LINES || other.len() > LIMIT_LINES {
        return None;
    }
    let found = capture_diff_slices(Algorithm::Myers, one, other);
    let moved = |range: Range<usize>| range.start + before..range.end + before;
    let hunk = |op: DiffOp| {
        let (tag, from, to) = op.as_tag_tuple();
        (tag != similar::DiffTag::Equal).then(|| Hunk {
            old: old.range(moved(from)),
            new: new.range(moved(to)),
        })
    };
    Some(found.into_iter().filter_map(hunk).collect())
}

/// The lines that are not empty, and which they are.
struct Filled<'t> {
    lines: Vec<&'t str>,
    numbers: Vec<usize>,
}

impl<'t> Filled<'t> {
    fn of(all: &[&'t str]) -> Filled<'t> {
        let filled = all.iter().enumerate().filter(|(_, line)| !line.is_empty());
        let (numbers, lines) = filled.map(|(number, line)| (number, *line)).unzip();
        Filled { lines, numbers }
    }

    /// A range of these among all lines; where it has none, behind the one before it.
    fn range(&self, range: Range<usize>) -> Range<usize> {
        let behind = |at: usize| self.numbers[at] + 1;
        let end = range.end.checked_sub(1).map_or(0, behind);
        match range.is_empty() {
            true => end..end,
            false => self.numbers[range.start]..end,
        }
    }
}

/// How far a line is indented, in bytes.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The marker of a list with which a line begins, if it does: a bullet, or digits with their delimiter.
pub(super) fn marker(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let digits = line.len()
        - line
            .trim_start_matches(|sign: char| sign.is_ascii_digit())
            .len();
    let (width, next) = match line[digits..].chars().next()? {
        '*' | '-' | '+' if digits == 0 => (1, &line[1..]),
        '.' | ')' if digits > 0 => (digits + 1, &line[digits + 1..]),
        _ => return None,
    };
    next.starts_with([' ', '\t']).then(|| &line[..width])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_the_lines_that_differ() {
        let hunk = |old, new| Hunk { old, new };
        assert_eq!(
            hunks(&["a", "b", "c", "d"], &["a", "x", "c", "d", "e"]),
            Some(vec![hunk(1..2, 1..2), hunk(4..4, 4..5)])
        );
        assert_eq!(hunks(&["a"], &["a"]), Some(Vec::new()));
        let many: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(hunks(&["a"], &many), None);
        assert_eq!(hunks(&many, &many), Some(Vec::new()));
    }

    #[test]
    fn markers_are_followed_by_a_blank() {
        assert_eq!(marker("  - a"), Some("-"));
        assert_eq!(marker("12) a"), Some("12)"));
        assert_eq!(marker("*a*"), None);
        assert_eq!(marker("[a](b)"), None);
    }
}
