//! A text as an editor has it open: places in the editor's own count, and its changes.
//!
//! Editors count columns in bytes, in UTF-16 units or in characters, as was agreed when they connected, and
//! take a lone carriage return for the end of a line. A place that is not in the text becomes the nearest one
//! that is: an editor that is wrong about a place is no reason to stop.

use gen_lsp_types::{Position, Range, TextDocumentContentChangeEvent as Change, TextEdit};
use press_core::diagnostic::Edit;
use press_core::span::Span;

/// In what columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Two for each character beyond the first 65,536: what every editor can do.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    fn units(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A text with its lines.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// The text itself.
    pub(super) text: String,
    encoding: Encoding,
    starts: Vec<usize>,
}

impl Text {
    /// A text whose places are counted in `encoding`.
    pub(super) fn new(text: String, encoding: Encoding) -> Text {
        let starts = starts(&text);
        Text {
            text,
            encoding,
            starts,
        }
    }

    /// Applies one change.
    pub(super) fn change(&mut self, change: Change) {
        match change {
            Change::TextDocumentContentChangePartial(part) => {
                let (one, other) = (self.offset(part.range.start), self.offset(part.range.end));
                let range = one.min(other)..one.max(other);
                self.text.replace_range(range, &part.text);
            }
            Change::TextDocumentContentChangeWholeDocument(whole) => self.text = whole.text,
        }
        self.starts = starts(&self.text);
    }

    /// The byte at `position`, or the nearest to it.
    pub(super) fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else {
            return self.text.len();
        };
        let mut left = position.character as usize;
        for (at, character) in self.line(position.line as usize).char_indices() {
            let units = self.encoding.units(character);
            if units > left {
                return start + at;
            }
            left -= units;
        }
        start + self.line(position.line as usize).len()
    }

    /// Where the byte `offset` is.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = self.line(line).char_indices();
        let before = before.take_while(|(at, _)| self.starts[line] + at < offset);
        let units = before.map(|(_, character)| self.encoding.units(character));
        Position::new(number(line), number(units.sum()))
    }

    /// Where `span` is.
    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start), self.position(span.end))
    }

    /// The bytes of `range`.
    pub(super) fn span(&self, range: Range) -> Span {
        let (one, other) = (self.offset(range.start), self.offset(range.end));
        Span::new(one.min(other), one.max(other))
    }

    /// An edit as editors are told it.
    pub(super) fn edit(&self, edit: &Edit) -> TextEdit {
        TextEdit::new(self.range(edit.span), edit.text.clone())
    }

    /// The span of the line in which the byte `offset` lies, without its end.
    pub(super) fn line_at(&self, offset: usize) -> Span {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts[line];
        Span::new(start, start + self.line(line).len())
    }

    /// A line without its end.
    fn line(&self, line: usize) -> &str {
        let start = self.starts[line];
        let end = self.starts.get(line + 1).copied();
        let line = &self.text[start..end.unwrap_or(self.text.len())];
        match line.strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').unwrap_or(line),
            None => line.strip_suffix('\r').unwrap_or(line),
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
            starts.push(at + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{TextDocumentContentChangePartial, TextDocumentContentChangeWholeDocument};

    const TEXT: &str = "aä😀b\r\nc\rd\n";

    fn change(range: [u32; 4], text: &str) -> Change {
        let [line, character, end_line, end_character] = range;
        let range = Range::new(
            Position::new(line, character),
            Position::new(end_line, end_character),
        );
        let part = TextDocumentContentChangePartial::new(range, None, text.to_owned());
        Change::TextDocumentContentChangePartial(part)
    }

    #[test]
    fn columns_are_counted_as_was_agreed() {
        let column = |encoding| Text::new(TEXT.to_owned(), encoding).position(7);
        assert_eq!(column(Encoding::Utf8), Position::new(0, 7));
        assert_eq!(column(Encoding::Utf16), Position::new(0, 4));
        assert_eq!(column(Encoding::Utf32), Position::new(0, 3));
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let text = Text::new(TEXT.to_owned(), encoding);
            for (offset, _) in TEXT.char_indices().filter(|(_, found)| *found != '\n') {
                assert_eq!(text.offset(text.position(offset)), offset, "{encoding:?}");
            }
        }
    }

    #[test]
    fn lines_end_as_editors_say() {
        let text = Text::new(TEXT.to_owned(), Encoding::Utf16);
        let line = |line| text.offset(Position::new(line, 0));
        assert_eq!([line(1), line(2), line(3), line(4)], [10, 12, 14, 14]);
        assert_eq!(text.offset(Position::new(0, 99)), 8);
        assert_eq!(text.line_at(10), Span::new(10, 11));
    }

    #[test]
    fn places_that_are_not_in_the_text_become_the_nearest() {
        let mut text = Text::new(TEXT.to_owned(), Encoding::Utf16);
        // Between the two halves of one character.
        assert_eq!(text.offset(Position::new(0, 3)), 3);
        text.change(change([7, 7, u32::MAX, u32::MAX], "e"));
        assert_eq!(text.text, format!("{TEXT}e"));
        // The wrong way round.
        text.change(change([0, 5, 0, 1], "x"));
        assert!(text.text.starts_with("ax\r\n"), "{:?}", text.text);
        let whole = TextDocumentContentChangeWholeDocument::new("new".to_owned());
        text.change(Change::TextDocumentContentChangeWholeDocument(whole));
        assert_eq!(text.offset(Position::new(9, 9)), 3);
    }
}
