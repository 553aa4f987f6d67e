//! The next issue before it goes out: when it appears, what it begins as, what is still missing, what is done last.
//!
//! Pure, like everything here: today's date, the template and the last issue come as values. Which files they
//! are, and where the new one goes, is known to `pipeline::draft` in `press`.

pub mod block;
pub mod board;
pub mod carry;
pub mod finish;
pub mod merge;
pub mod schedule;
pub mod template;

use crate::format::Format;
use crate::issue::{Document, Issue, Source};
use crate::span::Span;
use crate::text::collapsed;
use std::collections::HashSet;

/// What a template says by itself: lines and comments that stand in every draft and tell nothing new.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    lines: HashSet<String>,
    comments: HashSet<String>,
    sections: HashSet<String>,
}

impl Standing {
    /// Takes them from a template whose placeholders are filled.
    pub fn new(template: &str, format: &Format) -> Standing {
        let source = Source::new(template, format.definitions);
        let document = Document::parse(&source);
        let sections = Issue::read(&document, format).sections;
        let comments = document.comments.iter();
        let comments = comments.map(|comment| collapsed(comment.of(template)));
        Standing {
            sections: sections
                .into_iter()
                .filter_map(|section| section.id)
                .collect(),
            comments: comments.collect(),
            lines: without(
                template,
                Span::new(0, template.len()),
                document.comments.iter(),
            )
            .lines()
            .map(collapsed)
            .filter(|line| !line.is_empty())
            .collect(),
        }
    }

    /// Whether every draft has this line.
    pub fn has_line(&self, line: &str) -> bool {
        self.lines.contains(&collapsed(line))
    }

    /// Whether the template has the section with this id.
    pub fn has_section(&self, id: &str) -> bool {
        self.sections.contains(id)
    }

    /// Whether every draft has this comment.
    pub fn has_comment(&self, comment: &str) -> bool {
        self.comments.contains(&collapsed(comment))
    }
}

/// The part `within` of `text`, without those of the ordered `spans` that begin in it.
pub(crate) fn without<'s>(
    text: &str,
    within: Span,
    spans: impl Iterator<Item = &'s Span>,
) -> String {
    let mut rest = String::new();
    let mut at = within.start;
    for span in spans.filter(|span| within.start <= span.start && span.start < within.end) {
        rest.push_str(&text[at..span.start.max(at)]);
        at = span.end.clamp(at, within.end);
    }
    rest.push_str(&text[at..within.end]);
    rest
}

/// Where the line begins that `offset` stands in.
fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |at| at + 1)
}

/// Where the line ends that `offset` stands in, its line break included.
fn line_end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at + 1)
}

/// The whole lines that `span` touches, and the blank line behind them if there is one before them too, so that taking
/// them out leaves no gap.
fn lines_to_remove(text: &str, span: Span) -> Span {
    let start = line_start(text, span.start);
    let mut end = line_end(text, span.end.max(start));
    let before = text[..start].trim_end_matches([' ', '\t', '\r']);
    if before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n") {
        let next = line_end(text, end);
        if end < text.len() && text[end..next].trim().is_empty() {
            end = next;
        }
    }
    Span::new(start, end)
}
