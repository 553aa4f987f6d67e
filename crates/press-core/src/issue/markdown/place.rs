//! Where in the text a link's parts stand.

use super::{Link, LinkKind};
use crate::span::Span;
use pulldown_cmark::CowStr;

/// The place of a string that the parser borrowed from the text.
pub(super) fn borrowed(text: &str, part: &CowStr<'_>) -> Option<Span> {
    let CowStr::Borrowed(part) = part else {
        return None;
    };
    // Comparing addresses is the only way to learn it: the parser does not give offsets of destinations.
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let inside = !part.is_empty() && start + part.len() <= text.len();
    inside.then(|| Span::new(start, start + part.len()))
}

/// Fills in the span of a link's text and, for inline links, of its destination; `last_end` is where the
/// last thing inside its brackets ends.
pub(super) fn complete(text: &str, link: &mut Link, last_end: usize) {
    let end = link.span.end;
    if matches!(link.kind, LinkKind::Autolink | LinkKind::Email) {
        link.text = Span::new(
            link.span.start + 1,
            end.saturating_sub(1).max(link.span.start + 1),
        );
        link.destination = Some(link.text);
        return;
    }
    let from = last_end.clamp(link.text.start, end);
    let Some(close) = text[from..end].find(']').map(|at| from + at) else {
        return;
    };
    link.text = Span::new(link.text.start.min(close), close);
    if link.kind == LinkKind::Inline
        && link
            .destination
            .is_none_or(|span| !link.span.contains(span))
    {
        link.destination = text[close..end]
            .starts_with("](")
            .then(|| destination(text, close + 2, end));
    }
}

/// The destination that begins after `](` at `from`; possibly empty.
pub(in super::super) fn destination(text: &str, from: usize, end: usize) -> Span {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < end && bytes[at].is_ascii_whitespace() {
        at += 1;
    }
    let angle = at < end && bytes[at] == b'<';
    if angle {
        at += 1;
    }
    let start = at;
    let mut depth = 0usize;
    while at < end {
        match bytes[at] {
            b'\\' if at + 1 < end && bytes[at + 1].is_ascii_punctuation() => at += 1,
            b'>' if angle => break,
            b'(' => depth += 1,
            b')' if !angle && depth == 0 => break,
            b')' => depth = depth.saturating_sub(1),
            byte if !angle && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
    }
    Span::new(start, at.min(end))
}
