//! A text made ready for the parser without moving a byte.

use crate::format::Definitions;
use crate::span::Span;
use std::borrow::Cow;

/// A text as it came and as it is parsed. Both have the same length, so that spans mean the same in both.
#[derive(Debug)]
pub struct Source<'t> {
    /// As it came.
    pub text: &'t str,
    pub(super) parsed: Cow<'t, str>,
    pub(super) policy: Definitions,
    /// Definitions without destination that were hidden from the parser.
    pub(super) hidden: Vec<Span>,
}

impl<'t> Source<'t> {
    /// Readies `text`. Control characters, which mean nothing in Markdown but break links, and feeds, are
    /// blanked. Where definitions belong to the links above them, a definition without destination is
    /// blanked too: CommonMark would take the next one for its destination and lose all that follow.
    pub fn new(text: &'t str, policy: Definitions) -> Source<'t> {
        let mut hidden = Vec::new();
        let mut parsed = Cow::Borrowed(text);
        // Looking at every byte without stopping lets the compiler look at many at once.
        if text
            .bytes()
            .fold(false, |found, byte| found | is_control(byte))
        {
            let plain = |character: char| {
                if character.is_ascii() && is_control(character as u8) {
                    ' '
                } else {
                    character
                }
            };
            parsed = text.chars().map(plain).collect::<String>().into();
        }
        // Two values that are no characters, though UTF-8 can hold them; nothing that reads XML takes them.
        for strange in ['\u{fffe}', '\u{ffff}'] {
            if parsed.contains(strange) {
                parsed = parsed.replace(strange, "\u{fffd}").into();
            }
        }
        if policy == Definitions::Nearest && text.contains("]:\n") {
            hidden = empty_definitions(text);
            for span in &hidden {
                parsed
                    .to_mut()
                    .replace_range(span.start..span.end, &" ".repeat(span.len()));
            }
        }
        Source {
            text,
            parsed,
            policy,
            hidden,
        }
    }
}

/// Whether a byte is an ASCII control character other than white space.
fn is_control(byte: u8) -> bool {
    byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r'
}

/// Lines that are just `[label]:` above a line that is a definition itself.
fn empty_definitions(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let is_label = |line: &str| line.starts_with('[') && line.contains("]:");
        if is_label(line)
            && line.trim_end().ends_with("]:")
            && lines.peek().is_some_and(|next| is_label(next))
        {
            found.push(Span::new(at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    found
}
