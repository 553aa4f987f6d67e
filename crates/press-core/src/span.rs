//! Places in a text: byte spans, and the lines and columns people read.
//!
//! Every part of an issue knows its span; lines are worked out only when somebody is told about them.

use serde::Serialize;
use std::ops::Range;

/// A half-open range of bytes in a text, on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, but not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span {start}..{end}");
        Self { start, end }
    }

    /// The bytes of `text` that this span names.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it names no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// This span without white space at either end.
    pub fn trimmed(self, text: &str) -> Span {
        let slice = self.of(text);
        let start = self.start + (slice.len() - slice.trim_start().len());
        Span::new(start, start + slice.trim().len())
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span::new(range.start, range.end)
    }
}

/// The starts of a text's lines, for turning byte offsets into what people read.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Finds the lines of `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { starts }
    }

    /// The 1-based line in which the byte `offset` lies.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The 1-based line and column of `offset`; columns count characters.
    pub fn line_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let start = self.starts[line - 1];
        let column = text[start..offset.min(text.len())].chars().count() + 1;
        (line, column)
    }

    /// The same with columns in UTF-16 units, as services that show findings in browsers count.
    pub fn line_column_utf16(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let before = &text[self.starts[line - 1]..offset.min(text.len())];
        (line, before.encode_utf16().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_at_one() {
        let text = "ä\nbc\n";
        let lines = LineIndex::new(text);
        assert_eq!(lines.line_column(text, 0), (1, 1));
        assert_eq!(lines.line_column(text, 2), (1, 2));
        assert_eq!(lines.line_column(text, 4), (2, 2));
        assert_eq!(lines.line_column(text, 6), (3, 1));
        let lines = LineIndex::new("ä😀b");
        assert_eq!(lines.line_column("ä😀b", 6), (1, 3));
        assert_eq!(lines.line_column_utf16("ä😀b", 6), (1, 4));
    }

    #[test]
    fn trimming_keeps_the_bytes_between() {
        let text = "a  b c \n";
        assert_eq!(Span::new(1, 8).trimmed(text), Span::new(3, 6));
        assert_eq!(Span::new(1, 3).trimmed(text), Span::new(3, 3));
    }
}
