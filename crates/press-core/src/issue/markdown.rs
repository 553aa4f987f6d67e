//! Markdown with exact places: one parser for everything, and what it does not say, worked out.
//!
//! pulldown-cmark gives events with byte ranges. On top of it stand, in this order: where a link's text and
//! destination are, the definitions of one label that come second, headings with the ids readers link to,
//! and comments. A [`Document`] keeps the events, so reading an issue and rendering it parse only once.

use super::front_matter::{self, Masthead};
use super::{DEPTH_LIMIT, SIZE_LIMIT_BYTES};
use crate::diagnostic::{Diagnostic, Level};
use crate::slug::{UniqueIds, slugify};
use crate::span::Span;
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use serde::Serialize;

mod definitions;
mod place;
mod source;

pub(super) use place::destination;
pub use source::Source;

/// A heading of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6, as written.
    pub level: u8,
    /// The whole heading with its marker.
    pub span: Span,
    /// Its text without Markdown.
    pub title: String,
    /// The id by which links find it, unique in the document.
    pub id: String,
}

/// How a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// `[text](destination)`
    Inline,
    /// `[text][label]`
    Reference,
    /// `[label][]`
    Collapsed,
    /// `[label]`
    Shortcut,
    /// `<https://…>`
    Autolink,
    /// `<name@host>`
    Email,
}

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How it is written.
    pub kind: LinkKind,
    /// Whether it shows a picture.
    pub image: bool,
    /// From its first bracket to its last.
    pub span: Span,
    /// What stands between its first brackets.
    pub text: Span,
    /// Where the destination stands: in the link, or in its definition.
    pub destination: Option<Span>,
    /// The definition it means, as an index into the document's definitions.
    pub definition: Option<usize>,
    /// The destination, escapes resolved.
    pub url: String,
    /// The text without Markdown.
    pub title: String,
}

/// A link reference definition, `[label]: destination`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The label as written.
    pub label: String,
    /// The whole definition.
    pub span: Span,
    /// Where its destination stands.
    pub destination: Option<Span>,
    /// The destination, escapes resolved.
    pub url: String,
}

/// A parsed text.
#[derive(Debug)]
pub struct Document<'t> {
    /// The text with its front matter, as the parser was given it. See [`Source`].
    pub text: &'t str,
    /// The text as it came.
    pub original: &'t str,
    /// The front matter.
    pub masthead: Masthead,
    /// The parser's events with their places in `text`.
    pub events: Vec<(Event<'t>, Span)>,
    /// All headings.
    pub headings: Vec<Heading>,
    /// All links and images, in the order of their first bytes.
    pub links: Vec<Link>,
    /// All definitions.
    pub definitions: Vec<Definition>,
    /// All HTML comments.
    pub comments: Vec<Span>,
    /// What could not be understood.
    pub findings: Vec<Diagnostic>,
}

/// The Markdown of all texts: CommonMark with tables, strikethrough and footnotes.
pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES
}

impl<'t> Document<'t> {
    /// Parses a text. Texts over [`SIZE_LIMIT_BYTES`] are not parsed beyond their front matter.
    pub fn parse(source: &'t Source<'t>) -> Self {
        let text: &'t str = &source.parsed;
        let (masthead, findings) = front_matter::read(text);
        let base = masthead.span.end;
        let mut document = Document {
            text,
            original: source.text,
            masthead,
            events: Vec::new(),
            headings: Vec::new(),
            links: Vec::new(),
            definitions: Vec::new(),
            comments: Vec::new(),
            findings,
        };
        if text.len() > SIZE_LIMIT_BYTES {
            document.findings.push(too_large(text));
            return document;
        }
        let mut events = Parser::new_ext(&text[base..], options()).into_offset_iter();
        document.definitions = definitions::known(text, base, events.reference_definitions());
        document.events.reserve(text.len() / 12);
        let mut reader = Reader::new(document);
        for (event, range) in events.by_ref() {
            let span = Span::new(range.start + base, range.end + base);
            reader.take(event, span);
        }
        let mut document = reader.document;
        definitions::add_repeated(&mut document);
        definitions::resolve(&mut document, source.policy);
        document.findings.extend(source.hidden.iter().map(|span| {
            Diagnostic::new(
                "empty-definition",
                Level::Warn,
                *span,
                "this definition has no destination",
            )
        }));
        document
    }

    /// The text after the front matter.
    pub fn body(&self) -> Span {
        Span::new(self.masthead.span.end, self.text.len())
    }

    /// The first link whose span begins at or after `offset`, as an index.
    pub fn first_link_at(&self, offset: usize) -> usize {
        self.links.partition_point(|link| link.span.start < offset)
    }
}

fn too_large(text: &str) -> Diagnostic {
    let megabytes = text.len() as f64 / f64::from(1 << 20);
    let limit = SIZE_LIMIT_BYTES >> 20;
    let message = format!("the text has {megabytes:.1} MB; an issue may have {limit} MB");
    Diagnostic::new("size", Level::Deny, Span::new(0, 0), message)
}

/// Walks the events once and notes what the model needs.
struct Reader<'t> {
    document: Document<'t>,
    ids: UniqueIds,
    /// Plain text of the heading or links that are open.
    plain: String,
    heading: Option<(u8, Span)>,
    /// Open links: index into `links`, where their text begins in `plain`, where their last child ends.
    open: Vec<(usize, usize, usize)>,
    /// Links that are open but too deeply nested to be kept.
    skipped: usize,
    block: Option<Span>,
    depth: usize,
    too_deep: bool,
}

/// Images in links in images: more than any text has.
const LINK_DEPTH_LIMIT: usize = 8;

impl<'t> Reader<'t> {
    fn new(document: Document<'t>) -> Self {
        Self {
            document,
            ids: UniqueIds::default(),
            plain: String::new(),
            heading: None,
            open: Vec::new(),
            skipped: 0,
            block: None,
            depth: 0,
            too_deep: false,
        }
    }

    fn take(&mut self, event: Event<'t>, span: Span) {
        let mut span = span;
        match &event {
            Event::Start(tag) => span = self.start(tag, span),
            Event::End(tag) => self.end(*tag, span),
            Event::Text(text) | Event::Code(text) => self.add_text(text),
            Event::SoftBreak | Event::HardBreak => self.add_text(" "),
            Event::Html(_) => {}
            Event::InlineHtml(html) if html.starts_with("<!--") => {
                self.document.comments.push(span);
            }
            _ => {}
        }
        if !matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. })) {
            for (_, _, last_end) in &mut self.open {
                *last_end = span.end;
            }
        }
        self.document.events.push((event, span));
    }

    fn add_text(&mut self, text: &str) {
        if self.heading.is_some() || !self.open.is_empty() {
            self.plain.push_str(text);
        }
    }

    fn start(&mut self, tag: &Tag<'t>, span: Span) -> Span {
        self.depth += 1;
        if self.depth > 2 * DEPTH_LIMIT && !self.too_deep {
            self.too_deep = true;
            let message = format!("lists or quotes are nested more than {DEPTH_LIMIT} deep");
            self.document
                .findings
                .push(Diagnostic::new("nesting", Level::Deny, span, message));
        }
        match tag {
            Tag::Heading { level, .. } => {
                self.plain.clear();
                self.heading = Some((*level as u8, span));
            }
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => return self.open_link(*link_type, dest_url, span, false),
            Tag::Image {
                link_type,
                dest_url,
                ..
            } => return self.open_link(*link_type, dest_url, span, true),
            Tag::HtmlBlock => self.block = Some(span),
            // The parser begins a nested item in its indent.
            Tag::Item => {
                let indent = span.of(self.document.text);
                let blank = indent.len() - indent.trim_start_matches([' ', '\t', '\n', '\r']).len();
                return Span::new(span.start + blank, span.end);
            }
            _ => {}
        }
        span
    }

    fn open_link(&mut self, kind: LinkType, url: &CowStr<'t>, span: Span, image: bool) -> Span {
        if self.open.len() >= LINK_DEPTH_LIMIT {
            self.skipped += 1;
            return span;
        }
        if self.open.is_empty() && self.heading.is_none() {
            self.plain.clear();
        }
        let text = self.document.text;
        let mut span = span;
        let kind = match kind {
            LinkType::Inline => LinkKind::Inline,
            LinkType::Reference | LinkType::ReferenceUnknown => LinkKind::Reference,
            LinkType::Collapsed | LinkType::CollapsedUnknown => {
                // The parser leaves out the empty brackets.
                if !span.of(text).ends_with("[]") && text[span.end..].starts_with("[]") {
                    span.end += 2;
                }
                LinkKind::Collapsed
            }
            LinkType::Shortcut | LinkType::ShortcutUnknown | LinkType::WikiLink { .. } => {
                LinkKind::Shortcut
            }
            LinkType::Autolink => LinkKind::Autolink,
            LinkType::Email => LinkKind::Email,
        };
        let inner = span.start + 1 + usize::from(image);
        self.open
            .push((self.document.links.len(), self.plain.len(), inner));
        self.document.links.push(Link {
            kind,
            image,
            span,
            text: Span::new(inner, inner),
            destination: place::borrowed(text, url),
            definition: None,
            url: url.to_string(),
            title: String::new(),
        });
        span
    }

    fn end(&mut self, tag: TagEnd, span: Span) {
        self.depth -= 1;
        match tag {
            TagEnd::Heading(_) => {
                if let Some((level, span)) = self.heading.take() {
                    let title = self.plain.trim().to_owned();
                    let id = self.ids.claim(slugify(&title));
                    self.document.headings.push(Heading {
                        level,
                        span,
                        title,
                        id,
                    });
                }
            }
            TagEnd::Link | TagEnd::Image if self.skipped > 0 => self.skipped -= 1,
            TagEnd::Link | TagEnd::Image => {
                if let Some((index, plain_start, last_end)) = self.open.pop() {
                    let link = &mut self.document.links[index];
                    link.title = self.plain[plain_start..].trim().to_owned();
                    place::complete(self.document.text, link, last_end);
                }
            }
            TagEnd::HtmlBlock => {
                if let Some(start) = self.block.take() {
                    self.find_comments(Span::new(start.start, span.end.max(start.end)));
                }
            }
            _ => {}
        }
    }

    fn find_comments(&mut self, block: Span) {
        let mut at = block.start;
        let text = self.document.text;
        while let Some(found) = text[at..block.end].find("<!--") {
            let start = at + found;
            match text[start..block.end].find("-->") {
                Some(length) => {
                    at = start + length + 3;
                    self.document.comments.push(Span::new(start, at));
                }
                None => {
                    self.document.comments.push(Span::new(start, block.end));
                    let message = "this comment never ends: all that follows is hidden";
                    let finding = Diagnostic::new(
                        "unclosed-comment",
                        Level::Deny,
                        Span::new(start, start + 4),
                        message,
                    );
                    self.document
                        .findings
                        .push(finding.with_help("close it with `-->`"));
                    break;
                }
            }
        }
    }
}
