//! The issue model: a text and a tree of spans over it.
//!
//! Reading never fails: whatever is not understood stays text and, where it matters, becomes a finding.
//! The text is kept as it came, so writing an issue back gives the same bytes; changes are made as
//! [edits](edit) of spans. Everything is kept in flat lists with indices, so that no input, however deeply
//! nested, can exhaust the stack.

pub mod edit;
mod event;
mod front_matter;
mod item;
pub mod markdown;
mod outline;
pub mod restructured;

pub use event::{Event, Organiser, Paper, Place, PlaceMode};
pub use front_matter::{FrontMatterStyle, Masthead};
pub(crate) use item::plain as plain_text;
pub use item::{Item, ItemMark, PullRequest};
pub use markdown::{Definition, Document, Heading, Link, LinkKind, Source};
pub use outline::Section;

use crate::diagnostic::Diagnostic;
use crate::encoding;
use crate::format::Format;
use crate::span::Span;

/// Largest text that is read as an issue, in bytes. The longest real issue is 60 KB; the bound keeps
/// every later step's cost known.
pub const SIZE_LIMIT_BYTES: usize = 4 << 20;

/// Deepest nesting of lists and quotes that is read; real issues have three.
pub const DEPTH_LIMIT: usize = 64;

/// One number of a newsletter, read.
#[derive(Clone, Debug)]
pub struct Issue {
    text: String,
    /// Title, number, date and the greeting.
    pub masthead: Masthead,
    /// All headings, in order.
    pub headings: Vec<Heading>,
    /// All sections in order, parents before their sub-sections.
    pub sections: Vec<Section>,
    /// All items of lists, in order, with their section and parent.
    pub items: Vec<Item>,
    /// All events, in order; one for each title, though several may share a line of date and place.
    pub events: Vec<Event>,
    /// All calls for papers, in order.
    pub papers: Vec<Paper>,
    /// All links and images, in order.
    pub links: Vec<Link>,
    /// All link reference definitions, in order, repeated ones included.
    pub definitions: Vec<Definition>,
    /// All HTML comments.
    pub comments: Vec<Span>,
    /// The runs of text that people read as words: no code, no addresses, no markup.
    pub prose: Vec<Span>,
    /// What could not be understood.
    pub findings: Vec<Diagnostic>,
}

impl Issue {
    /// Reads `text` as an issue of a newsletter that writes in `format`.
    pub fn parse(text: &str, format: &Format) -> Issue {
        Issue::read(
            &Document::parse(&Source::new(text, format.definitions)),
            format,
        )
    }

    /// Reads an issue from a document that is parsed already.
    pub fn read(document: &Document<'_>, format: &Format) -> Issue {
        let outline = outline::read(document, format);
        let items = item::read(document, format, &outline.sections);
        let mut findings = document.findings.clone();
        findings.extend(outline.findings);
        findings.extend(encoding::find_damage(document.original));
        let events = event::read(document, format, &outline.sections, &items);
        let papers = event::read_papers(document, format, &outline.sections, &items);
        let mut masthead = document.masthead.clone();
        masthead.greeting = outline.greeting;
        Issue {
            text: document.original.to_owned(),
            masthead,
            headings: document.headings.clone(),
            sections: outline.sections,
            items,
            events,
            papers,
            links: document.links.clone(),
            definitions: document.definitions.clone(),
            comments: document.comments.clone(),
            prose: prose(document),
            findings,
        }
    }

    /// The text, byte for byte as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The items of one section, without those of its sub-sections.
    pub fn items_of(&self, section: usize) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(move |item| item.section == Some(section))
    }

    /// What a section's title, number or repository path says about a pull request, for items that link one.
    pub fn pull_request(&self, item: &Item) -> Option<PullRequest> {
        PullRequest::parse(&self.links[item.link?].url)
    }
}

fn prose(document: &Document<'_>) -> Vec<Span> {
    use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
    let mut hidden = 0usize;
    let mut runs = Vec::new();
    for (event, span) in &document.events {
        let address = |tag: &Tag<'_>| {
            let Tag::Link { link_type, .. } = tag else {
                return matches!(tag, Tag::CodeBlock(_));
            };
            matches!(link_type, LinkType::Autolink | LinkType::Email)
        };
        match event {
            // Inside an address or a block of code there is nothing but text.
            Event::Start(tag) if address(tag) => hidden += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link) if hidden > 0 => hidden -= 1,
            Event::Text(_) if hidden == 0 => runs.push(*span),
            _ => {}
        }
    }
    runs
}
