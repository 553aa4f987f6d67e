//! Items: the entries of an issue's lists, with marks, title, link and note.

use super::markdown::Document;
use super::outline::Section;
use crate::format::{Format, SectionKind};
use crate::span::Span;
use pulldown_cmark::{Event, Tag, TagEnd};
use serde::Serialize;

/// A mark before an item's link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemMark {
    /// The identity of the mark; none for one the newsletter does not know.
    pub id: Option<String>,
    /// What stands between its brackets.
    pub name: String,
    /// The mark with its brackets.
    pub span: Span,
}

/// One entry of a list, or a paragraph in a section of links that is one in all but its marker.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// From its marker to its end, nested lists included.
    pub span: Span,
    /// Its own text without marker and nested lists.
    pub text: Span,
    /// The list marker; none for a paragraph.
    pub marker: Option<Span>,
    /// The section in which it stands.
    pub section: Option<usize>,
    /// The item in whose list it stands.
    pub parent: Option<usize>,
    /// What stands before the link in brackets.
    pub marks: Vec<ItemMark>,
    /// Its first link, as an index into the links.
    pub link: Option<usize>,
    /// The link's text, or the whole text where there is no link; without Markdown.
    pub title: String,
    /// What follows the link.
    pub note: Option<Span>,
    /// Who wrote the linked page, where the note says so.
    pub authors: Vec<String>,
}

/// A pull request or an issue of a forge, as its address names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    /// Owner and name.
    pub repository: String,
    /// Its number.
    pub number: u64,
}

impl PullRequest {
    /// Reads `https://host/owner/name/pull/1` and its relatives (`issues`, `merge_requests`, `pulls`).
    pub fn parse(url: &str) -> Option<PullRequest> {
        let start = memchr::memmem::find(url.as_bytes(), b"://")? + 3;
        let host = memchr::memchr(b'/', &url.as_bytes()[start..])?;
        let path = &url[start + host..];
        let end = path.find(['?', '#']).unwrap_or(path.len());
        let mut parts = path[..end]
            .split('/')
            .filter(|part| !part.is_empty() && *part != "-");
        let (owner, name) = (parts.next()?, parts.next()?);
        if !matches!(
            parts.next()?,
            "pull" | "pulls" | "issues" | "merge_requests"
        ) {
            return None;
        }
        Some(PullRequest {
            repository: format!("{owner}/{name}"),
            number: parts.next()?.parse().ok()?,
        })
    }
}

/// Finds the items of all lists, and those paragraphs of link sections that begin with a link.
pub(super) fn read(document: &Document<'_>, format: &Format, sections: &[Section]) -> Vec<Item> {
    let mut reader = Reader {
        document,
        format,
        sections,
        items: Vec::new(),
        open: Vec::new(),
        section: None,
    };
    let mut depth = 0usize;
    for (event, span) in &document.events {
        match event {
            Event::Start(tag) => {
                reader.start(tag, *span, depth);
                depth += 1;
            }
            Event::End(tag) => {
                depth -= 1;
                if *tag == TagEnd::Item {
                    reader.close();
                }
            }
            _ => {}
        }
    }
    reader.items
}

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    format: &'d Format,
    sections: &'d [Section],
    items: Vec<Item>,
    /// Items that are open, outermost first.
    open: Vec<usize>,
    section: Option<usize>,
}

impl Reader<'_, '_> {
    fn start(&mut self, tag: &Tag<'_>, span: Span, depth: usize) {
        match tag {
            Tag::Item => {
                let text = self.document.text;
                let marker = marker(text, span);
                let item = self.item(span, Some(marker));
                self.open.push(self.items.len());
                self.items.push(item);
            }
            // A list or another block inside an item ends the item's own text.
            Tag::List(_) | Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::Table(_) => {
                if let Some(&item) = self.open.last() {
                    let text = &mut self.items[item].text;
                    text.end = text.end.min(span.start).max(text.start);
                }
            }
            Tag::Paragraph if depth == 0 => self.paragraph(span),
            _ => {}
        }
    }

    fn item(&mut self, span: Span, marker: Option<Span>) -> Item {
        // Items come in order, so the section only moves on.
        let next = self.section.map_or(0, |section| section + 1);
        let begun = self.sections[next..]
            .iter()
            .take_while(|section| section.head.start <= span.start)
            .count();
        if begun > 0 {
            self.section = Some(next + begun - 1);
        }
        Item {
            span: Span::new(
                span.start,
                span.start + span.of(self.document.text).trim_end().len(),
            ),
            text: Span::new(marker.map_or(span.start, |marker| marker.end), span.end),
            marker,
            section: self.section,
            parent: self.open.last().copied(),
            marks: Vec::new(),
            link: None,
            title: String::new(),
            note: None,
            authors: Vec::new(),
        }
    }

    fn close(&mut self) {
        if let Some(index) = self.open.pop() {
            let mut item = std::mem::take(&mut self.items[index]);
            self.fill(&mut item);
            self.items[index] = item;
        }
    }

    /// A paragraph of a section of links that begins with a link: somebody forgot the marker.
    fn paragraph(&mut self, span: Span) {
        let mut item = self.item(span, None);
        let kind = item.section.map(|section| self.sections[section].kind);
        if kind != Some(SectionKind::Links) || !span.of(self.document.text).starts_with('[') {
            return;
        }
        self.fill(&mut item);
        let begins = item.link.is_some_and(|link| {
            let before = Span::new(item.text.start, self.document.links[link].span.start);
            let marked = item.marks.last().map_or(before.start, |mark| mark.span.end);
            Span::new(marked, before.end)
                .of(self.document.text)
                .trim()
                .is_empty()
        });
        if begins {
            self.items.push(item);
        }
    }

    fn fill(&self, item: &mut Item) {
        let text = self.document.text;
        let definitions = &self.document.definitions;
        let next =
            definitions.partition_point(|definition| definition.span.start < item.text.start);
        if let Some(definition) = definitions.get(next) {
            item.text.end = item
                .text
                .end
                .min(definition.span.start)
                .max(item.text.start);
        }
        let start = item.text.start;
        item.text = item.text.trimmed(text);
        if item.text.is_empty() {
            item.text = Span::new(start, start);
        }
        let first = self.document.first_link_at(item.text.start);
        let link = self
            .document
            .links
            .get(first)
            .filter(|link| item.text.contains(link.span));
        let head = Span::new(
            item.text.start,
            link.map_or(item.text.end, |link| link.span.start),
        );
        item.marks = marks(text, head, self.format);
        let Some(link) = link else {
            let start = item
                .marks
                .last()
                .map_or(item.text.start, |mark| mark.span.end);
            item.title = plain(Span::new(start, item.text.end).of(text));
            return;
        };
        item.link = Some(first);
        item.title.clone_from(&link.title);
        let mut note = Span::new(link.span.end, item.text.end).trimmed(text);
        let punctuation = |character: char| {
            matches!(
                character,
                '.' | ',' | ':' | ';' | '-' | '–' | '—' | '|' | ' '
            )
        };
        note.start += note.of(text).len() - note.of(text).trim_start_matches(punctuation).len();
        if !note.is_empty() {
            item.note = Some(note);
            item.authors = authors(note.of(text));
        }
    }
}

/// The list marker at the beginning of an item: a bullet, or digits with their delimiter.
fn marker(text: &str, item: Span) -> Span {
    let slice = item.of(text);
    let digits = slice.len()
        - slice
            .trim_start_matches(|character: char| character.is_ascii_digit())
            .len();
    let width = slice[digits..].chars().next().map_or(0, char::len_utf8);
    Span::new(item.start, item.start + digits + width)
}

/// Marks at the beginning of `head`: `[video]`, `` `[ES]` ``, `[ZH|EN]`, and the old form `podcast:`.
fn marks(text: &str, head: Span, format: &Format) -> Vec<ItemMark> {
    let mut marks = Vec::new();
    let mut rest = head.trimmed(text);
    loop {
        let slice = rest.of(text);
        let inner = slice.trim_start_matches(['`', '\\', ' ']);
        let start = rest.start + slice.len() - inner.len();
        if let Some(close) = inner.strip_prefix('[').and_then(|inner| inner.find(']')) {
            let span = Span::new(start, start + close + 2);
            let name = inner[1..=close].trim_end_matches('\\').to_owned();
            if name.len() > 40 || name.is_empty() {
                break;
            }
            for part in name.split(['|', '/']) {
                let id = format.find_mark(part).map(|mark| mark.id.to_owned());
                marks.push(ItemMark {
                    id,
                    name: part.trim().to_owned(),
                    span,
                });
            }
            rest = Span::new(span.end, rest.end);
        } else {
            marks.extend(worded(text, Span::new(start, rest.end), format));
            break;
        }
    }
    marks
}

/// `podcast:` before the link.
fn worded(text: &str, rest: Span, format: &Format) -> Option<ItemMark> {
    let (word, _) = rest.of(text).split_once(':')?;
    let mark = format.find_mark(word)?;
    let span = Span::new(rest.start, rest.start + word.len() + 1);
    Some(ItemMark {
        id: Some(mark.id.to_owned()),
        name: word.trim().to_owned(),
        span,
    })
}

/// Names after "by" at the beginning of a note.
fn authors(note: &str) -> Vec<String> {
    let lower = note.get(..3).map(str::to_ascii_lowercase);
    let Some(rest) = note.get(3..).filter(|_| lower.as_deref() == Some("by ")) else {
        return Vec::new();
    };
    // Addresses go first: they are full of signs that end a list of names.
    let names = plain(rest.lines().next().unwrap_or_default());
    let end = names.find(['.', '(', ';']).unwrap_or(names.len());
    let names = names[..end]
        .split(", ")
        .flat_map(|part| part.split(" and "));
    let names = names
        .map(str::trim)
        .filter(|name| !name.is_empty() && name.len() <= 60);
    names.map(str::to_owned).collect()
}

/// Length of the destination in parentheses with which `text` begins.
fn destination_length(text: &str) -> usize {
    let destination = super::markdown::destination(text, 1, text.len());
    text[destination.end..]
        .find(')')
        .map_or(text.len(), |close| destination.end + close + 1)
}

/// Text without emphasis, code marks and the destinations of inline links.
pub(crate) fn plain(markdown: &str) -> String {
    let mut plain = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find(['*', '`', '[', ']', '\\', '\n']) {
        plain.push_str(&rest[..at]);
        let found = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match found {
            b']' if rest.starts_with('(') => rest = &rest[destination_length(rest)..],
            b'\\' => {
                let escaped = rest.chars().next().map_or(0, char::len_utf8);
                plain.push_str(&rest[..escaped]);
                rest = &rest[escaped..];
            }
            b'\n' => plain.push(' '),
            _ => {}
        }
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}
