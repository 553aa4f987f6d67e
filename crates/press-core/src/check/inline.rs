//! Words and code as readers see them: the inline parts of a text with their places.
//!
//! Rules that judge wording look only here, so that none of them mistakes a comment, a code block or an
//! address for something that is read.

use super::Context;
use crate::issue::{Document, Section};
use crate::span::Span;
use pulldown_cmark::{Event, Tag, TagEnd};

/// A run of words, or a code span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inline<'a> {
    /// Where; a code span with its back-ticks.
    pub(super) span: Span,
    /// What is shown.
    pub(super) text: &'a str,
    /// Whether it is a code span.
    pub(super) code: bool,
    /// Whether it is part of a link's or an image's text.
    pub(super) link: bool,
}

/// All inline parts outside code blocks and HTML, in order.
pub(super) fn inlines<'a>(
    document: &'a Document<'a>,
) -> impl Iterator<Item = Inline<'a>> + use<'a> {
    let (mut blocks, mut links) = (0usize, 0usize);
    let events = document.events.iter();
    events.filter_map(move |(event, span)| {
        match event {
            Event::Start(Tag::CodeBlock(_)) => blocks += 1,
            Event::End(TagEnd::CodeBlock) => blocks -= 1,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => links += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => links -= 1,
            Event::Text(text) | Event::Code(text) if blocks == 0 => {
                return Some(Inline {
                    span: *span,
                    text,
                    code: matches!(event, Event::Code(_)),
                    link: links > 0,
                });
            }
            _ => {}
        }
        None
    })
}

/// A block of the outermost level.
#[derive(Clone, Debug)]
pub(super) struct Block<'a> {
    /// Where, without the line end after it.
    pub(super) span: Span,
    /// What it is; none for a block of HTML or a rule.
    pub(super) tag: Option<&'a Tag<'a>>,
    /// Its words, code included, without Markdown; only of paragraphs.
    pub(super) plain: String,
    /// Whether all its words stand in links; only of paragraphs.
    pub(super) only_links: bool,
}

impl Block<'_> {
    /// Whether it is a paragraph.
    pub(super) fn is_paragraph(&self) -> bool {
        matches!(self.tag, Some(Tag::Paragraph))
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.tag, Some(Tag::List(_)))
    }
}

/// The blocks of the outermost level, in order, comments left out.
pub(super) fn blocks<'a>(document: &'a Document<'a>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let (mut depth, mut links) = (0usize, 0usize);
    for (event, span) in &document.events {
        match event {
            Event::Start(tag) => {
                if depth == 0 && !matches!(tag, Tag::HtmlBlock) {
                    blocks.push(Block {
                        span: span.trimmed(document.text),
                        tag: Some(tag),
                        plain: String::new(),
                        only_links: true,
                    });
                }
                links += usize::from(matches!(tag, Tag::Link { .. }));
                depth += 1;
            }
            Event::End(tag) => {
                links -= usize::from(*tag == TagEnd::Link);
                depth -= 1;
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(block) = blocks.last_mut().filter(|block| block.is_paragraph()) {
                    block.plain.push_str(text);
                    block.only_links &= links > 0 || text.trim().is_empty();
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(block) = blocks.last_mut().filter(|block| block.is_paragraph()) {
                    block.plain.push('\n');
                }
            }
            _ => {}
        }
    }
    blocks
}

/// The section in which a place lies.
pub(super) fn section_of<'a>(context: &Context<'a>, span: Span) -> Option<&'a Section> {
    let issue = context.issue();
    super::archive::section_at(issue, span.start).map(|section| &issue.sections[section])
}
