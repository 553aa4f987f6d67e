//! What of a text is plain prose: neither code, comment, HTML, definition nor link.
//!
//! Broken Markdown is no event of the parser, it stays text. Rules that look for it search a copy of the text
//! in which everything else is blank, so that places stay what they are.

use crate::issue::Document;
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

/// Stands for every byte of a link that works.
pub(super) const LINK: char = '\u{1}';

/// The text with blanks for what is no prose and [`LINK`] for links; byte for byte as long as the text.
pub(super) fn of(document: &Document<'_>) -> String {
    let mut bytes = document.text.as_bytes().to_vec();
    blank(&mut bytes, document.masthead.span, b' ');
    for (event, span) in &document.events {
        let hidden = matches!(
            event,
            Event::Code(_)
                | Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock)
        );
        if hidden {
            blank(&mut bytes, *span, b' ');
        }
    }
    for span in &document.comments {
        blank(&mut bytes, *span, b' ');
    }
    for definition in &document.definitions {
        blank(&mut bytes, definition.span, b' ');
    }
    escapes(&mut bytes);
    for link in &document.links {
        blank(&mut bytes, link.span, LINK as u8);
    }
    // Only whole characters were replaced, so nothing is lost here.
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The paragraph around a place, from the blank line before it up to the place.
pub(super) fn before(prose: &str, at: usize) -> &str {
    let start = prose[..at].rfind("\n\n").map_or(0, |found| found + 2);
    let block = &prose[start..at];
    let item = ["\n* ", "\n- ", "\n    * ", "\n    - "]
        .iter()
        .filter_map(|marker| block.rfind(marker))
        .max();
    &block[item.unwrap_or(0)..]
}

/// What follows a place on its line.
pub(super) fn rest_of_line(prose: &str, at: usize) -> &str {
    prose[at..].split('\n').next().unwrap_or_default()
}

fn blank(bytes: &mut [u8], span: Span, sign: u8) {
    for byte in &mut bytes[span.start..span.end] {
        if *byte != b'\n' {
            *byte = sign;
        }
    }
}

/// A sign behind a backslash is meant as it stands.
fn escapes(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escape = at + found;
        let end = (escape + 2).min(bytes.len());
        if bytes[escape..end]
            .iter()
            .skip(1)
            .all(u8::is_ascii_punctuation)
        {
            bytes[escape..end].fill(b' ');
        }
        at = end;
    }
}
