//! An issue's text as HTML: the one thing that pages, feeds and previews share.
//!
//! Headings keep the ids that readers link to, whatever their level becomes on the page. Raw HTML may come
//! from a contributor, so blocks that hold any pass through a sanitiser; what looks like HTML but is a type
//! such as `Vec<T>` is shown as text. Addresses that would run code are not linked.

mod beside;
mod rows;

use super::{named, sanitise};
use crate::issue::{Document, Issue};
use crate::span::Span;
use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Tag, TagEnd, html};
use serde::Serialize;
use std::collections::HashMap;
use std::ops::Range;

pub use beside::Archive;

/// A rendered text.
#[derive(Clone, Debug, Default)]
pub struct Article {
    /// The HTML, safe to put into a page.
    pub html: String,
    /// The headings as a tree.
    pub toc: Vec<TocEntry>,
}

/// A heading in the table of contents.
#[derive(Clone, Debug, Serialize)]
pub struct TocEntry {
    /// The heading's id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// The headings below it.
    pub children: Vec<TocEntry>,
}

/// How a text is rendered.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArticleOptions<'a> {
    /// What stands before addresses that begin with `/`: the path of a site in a folder of its host, or the
    /// whole address of the site for feeds and mail.
    pub root: &'a str,
    /// What stands before addresses that begin with `#`: the page's address for feeds and mail.
    pub page: &'a str,
    /// Ids that old links use, each with the heading's id that they mean now.
    pub anchors: &'a [(String, String)],
    /// Whether headings go without ids: in a mail nothing links to them.
    pub without_ids: bool,
    /// The ids of items as [`super::record::anchors`] gives them, on the issue's page, where search and streams lead to
    /// them; none elsewhere.
    pub item_ids: &'a [String],
    /// Whether it is for the issue's page, whose style sheet knows what is only there: a link that is called "here" says
    /// where it leads, for those who do not see the sentence around it, and long lists say how long they are.
    pub on_page: bool,
    /// The address below which events stand, for a link beside each: on the issue's page.
    pub events: Option<&'a str>,
    /// What is known of dead links, for a link to the web archive beside each: on the issue's page.
    pub archive: Option<Archive<'a>>,
}

/// Highest level of a heading inside an article; the page's title stands above it.
const TOP_LEVEL: usize = 2;

/// Most tags of raw HTML in a text; what follows is shown as text. Real issues have a dozen, and the time to
/// sanitise elements grows with the square of their depth.
const RAW_TAG_LIMIT: usize = 1_000;

/// Renders a text that has been read as `issue`.
pub fn render(document: &Document<'_>, issue: &Issue, options: ArticleOptions<'_>) -> Article {
    let levels = levels(issue);
    let mut mapper = Mapper {
        document,
        options,
        levels: &levels,
        marks: marks(issue),
        next_mark: 0,
        items: item_ids(issue, options),
        behind: beside::behind(issue, options),
        next_heading: 0,
        unlinked: 0,
        comment: sanitise::Comment::default(),
        tags: 0,
        block: None,
        table: Table::default(),
        out: Vec::with_capacity(document.events.len()),
        raw: false,
    };
    let blocks = blocks(document);
    let foreign = mapper.run(&blocks);
    let mut html = String::with_capacity(document.text.len() * 3 / 2);
    html::push_html(&mut html, mapper.out.into_iter());
    if foreign {
        html = sanitise::clean(&html);
    }
    let lost = options
        .anchors
        .iter()
        .filter(|(_, to)| issue.headings.iter().all(|heading| heading.id != *to));
    let lost: String = lost.map(|(id, _)| anchor(id)).collect();
    if !lost.is_empty() {
        html.insert_str(0, &lost);
    }
    Article {
        html,
        toc: toc(issue, &levels),
    }
}

/// The top-level blocks as ranges of events.
pub(super) fn blocks(document: &Document<'_>) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (index, (event, _)) in document.events.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            blocks.push(start..index + 1);
            start = index + 1;
        }
    }
    blocks
}

/// Levels without gaps, from 2 to 6: a heading stands one level below the last one with a lower number.
pub(super) fn levels(issue: &Issue) -> Vec<usize> {
    let mut open: Vec<u8> = Vec::new();
    let level = |heading: &crate::issue::Heading| {
        while open.last().is_some_and(|above| *above >= heading.level) {
            open.pop();
        }
        open.push(heading.level);
        (open.len() - 1 + TOP_LEVEL).min(6)
    };
    issue.headings.iter().map(level).collect()
}

fn toc(issue: &Issue, levels: &[usize]) -> Vec<TocEntry> {
    let mut root: Vec<TocEntry> = Vec::new();
    for (heading, level) in issue.headings.iter().zip(levels) {
        let entry = TocEntry {
            id: heading.id.clone(),
            text: heading.title.clone(),
            children: Vec::new(),
        };
        let mut list = &mut root;
        for _ in TOP_LEVEL..*level {
            if list.is_empty() {
                break;
            }
            let last = list.len() - 1;
            list = &mut list[last].children;
        }
        list.push(entry);
    }
    root
}

/// A mark as it is shown.
struct ShownMark {
    span: Span,
    html: String,
}

fn marks(issue: &Issue) -> Vec<ShownMark> {
    let mut shown: Vec<ShownMark> = Vec::new();
    for mark in issue.items.iter().flat_map(|item| &item.marks) {
        let Some(id) = &mark.id else { continue };
        let name = sanitise::escape(&mark.name);
        let html = format!(
            "<span class=\"mark mark-{}\">{name}</span>",
            sanitise::escape(id)
        );
        match shown.last_mut().filter(|last| last.span == mark.span) {
            // `[ZH|EN]` is two marks in one pair of brackets.
            Some(last) => last.html.extend([" ", &html]),
            None => shown.push(ShownMark {
                span: mark.span,
                html,
            }),
        }
    }
    shown.sort_by_key(|mark| mark.span.start);
    shown
}

fn item_ids<'a>(issue: &Issue, options: ArticleOptions<'a>) -> HashMap<usize, &'a str> {
    let ids = issue.items.iter().zip(options.item_ids);
    let ids = ids.filter(|(_, id)| !id.is_empty());
    ids.map(|(item, id)| (item.span.start, id.as_str()))
        .collect()
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    head: bool,
}

/// Turns the parser's events into those that are written.
struct Mapper<'d, 't, 'o> {
    document: &'d Document<'t>,
    options: ArticleOptions<'o>,
    levels: &'d [usize],
    marks: Vec<ShownMark>,
    next_mark: usize,
    /// The ids of items, by where the items begin.
    items: HashMap<usize, &'o str>,
    /// What stands behind links, by where these begin.
    behind: HashMap<usize, String>,
    next_heading: usize,
    /// Open links that are not written because of their address.
    unlinked: usize,
    comment: sanitise::Comment,
    /// Tags of raw HTML so far.
    tags: usize,
    /// Whether the HTML block that is open begins with an element; none until its first line.
    block: Option<bool>,
    table: Table,
    out: Vec<Event<'d>>,
    /// Whether the current block holds raw HTML.
    raw: bool,
}

impl<'d> Mapper<'d, '_, '_> {
    /// Maps all blocks; says whether the whole must be sanitised because raw HTML spans blocks.
    fn run(&mut self, blocks: &[Range<usize>]) -> bool {
        let document = self.document;
        let footnotes = document
            .events
            .iter()
            .any(|(event, _)| matches!(event, Event::FootnoteReference(_)));
        let mut foreign = false;
        for block in blocks {
            let begin = self.out.len();
            self.raw = false;
            let mut html_block = false;
            let mut events = &document.events[block.clone()];
            if self.options.on_page
                && let Some(opened) = rows::open(events)
            {
                self.out.push(Event::Html(opened.into()));
                events = &events[1..];
            }
            for (event, span) in events {
                html_block |= matches!(event, Event::Start(Tag::HtmlBlock));
                self.map(event, *span);
            }
            if !self.raw {
                continue;
            }
            if html_block || footnotes {
                foreign = true;
            } else {
                let mut html = String::new();
                html::push_html(&mut html, self.out.drain(begin..));
                self.out.push(Event::Html(sanitise::clean(&html).into()));
                self.out.push(Event::Html("\n".into()));
            }
        }
        foreign
    }

    fn map(&mut self, event: &'d Event<'_>, span: Span) {
        if self.take_mark(event, span) {
            return;
        }
        match event {
            Event::Html(html) => {
                let known = self.block;
                if let Some(raw) = self.raw_html(html, known) {
                    self.block = known.or(Some(raw));
                }
            }
            Event::InlineHtml(html) => {
                self.raw_html(html, None);
            }
            Event::Start(Tag::Item) => self.open_item("li", event, span),
            Event::Start(Tag::Paragraph) => self.open_item("p", event, span),
            Event::Start(Tag::Heading { .. }) => self.open_heading(),
            Event::End(TagEnd::Heading(_)) => {
                let level = heading_level(self.levels[self.next_heading]);
                self.next_heading += 1;
                self.out.push(Event::End(TagEnd::Heading(level)));
            }
            Event::Start(Tag::HtmlBlock) => self.block = None,
            Event::End(TagEnd::HtmlBlock) => {}
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => self.open_link(tag),
            Event::End(TagEnd::Link | TagEnd::Image) if self.unlinked > 0 => self.unlinked -= 1,
            Event::End(TagEnd::Link) => self.close_link(event, span),
            Event::Start(Tag::Table(alignments)) => {
                self.table = Table {
                    alignments: alignments.clone(),
                    ..Table::default()
                };
                self.out.push(Event::Start(Tag::Table(vec![
                    Alignment::None;
                    alignments.len()
                ])));
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                self.table.head = matches!(event, Event::Start(Tag::TableHead));
                self.table.column = 0;
                self.out.push(event.clone());
            }
            Event::Start(Tag::TableCell) => self.open_cell(),
            Event::End(TagEnd::TableCell) => {
                let tag = if self.table.head { "</th>" } else { "</td>" };
                self.out.push(Event::Html(tag.into()));
            }
            _ => self.out.push(event.clone()),
        }
    }

    fn open_heading(&mut self) {
        let heading = &self.document.headings[self.next_heading];
        let level = heading_level(self.levels[self.next_heading]);
        let old = self
            .options
            .anchors
            .iter()
            .filter(|(_, to)| *to == heading.id);
        self.out
            .extend(old.map(|(id, _)| Event::Html(anchor(id).into())));
        self.out.push(Event::Start(Tag::Heading {
            level,
            id: (!self.options.without_ids).then(|| heading.id.as_str().into()),
            classes: beside::vouched(&heading.id, self.options)
                .map(Into::into)
                .collect(),
            attrs: Vec::new(),
        }));
    }

    /// An entry of a list, or a paragraph that is one in all but its marker.
    fn open_item(&mut self, element: &str, event: &'d Event<'_>, span: Span) {
        self.out.push(match self.items.remove(&span.start) {
            Some(id) => {
                let class =
                    beside::vouched(id, self.options).map(|name| format!(" class=\"{name}\""));
                let class: String = class.collect();
                Event::Html(format!("<{element} id=\"{id}\"{class}>").into())
            }
            None => event.clone(),
        });
    }

    /// Writes a mark instead of the text events it is made of.
    fn take_mark(&mut self, event: &Event<'_>, span: Span) -> bool {
        let Some(mark) = self.marks.get(self.next_mark) else {
            return false;
        };
        if span.end <= mark.span.start || !matches!(event, Event::Text(_) | Event::Code(_)) {
            return false;
        }
        if span.start <= mark.span.start {
            let html = mark.html.clone();
            self.out.push(Event::InlineHtml(html.into()));
        }
        if span.end >= mark.span.end {
            self.next_mark += 1;
            // The parser may join the closing bracket with the text behind it.
            let rest = mark_rest(event, span, self.marks[self.next_mark - 1].span);
            self.out
                .extend(rest.map(|text| Event::Text(text.to_owned().into())));
        }
        true
    }

    fn open_cell(&mut self) {
        let class = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Left) => " class=\"align-left\"",
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-right\"",
            _ => "",
        };
        self.table.column += 1;
        let tag = if self.table.head {
            format!("<th scope=\"col\"{class}>")
        } else {
            format!("<td{class}>")
        };
        self.out.push(Event::Html(tag.into()));
    }

    fn open_link(&mut self, tag: &'d Tag<'_>) {
        let (Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = tag else {
            return;
        };
        if sanitise::runs_code(dest_url) || self.unlinked > 0 {
            self.unlinked += 1;
            return;
        }
        let mut tag = tag.clone();
        if let Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } = &mut tag {
            let before = match dest_url.as_bytes() {
                [b'/', b'/', ..] => "",
                [b'/', ..] => self.options.root,
                [b'#', ..] => self.options.page,
                _ => "",
            };
            if !before.is_empty() {
                *dest_url = format!("{before}{dest_url}").into();
            }
        }
        self.out.push(Event::Start(tag));
    }

    fn close_link(&mut self, event: &'d Event<'_>, span: Span) {
        let host = self.options.on_page.then(|| named::behind(&self.out));
        self.out
            .extend(host.flatten().map(|html| Event::InlineHtml(html.into())));
        self.out.push(event.clone());
        let behind = self.behind.remove(&span.start);
        self.out
            .extend(behind.map(|html| Event::InlineHtml(html.into())));
    }

    /// Comments are left out, known elements wait for the sanitiser, anything else is text. A line of an
    /// HTML block is what the block's first line was (`known`). Says what it was taken for.
    fn raw_html(&mut self, html: &'d CowStr<'_>, known: Option<bool>) -> Option<bool> {
        let rest = self.comment.strip(html);
        if rest.trim().is_empty() {
            return None;
        }
        self.tags += rest.matches('<').count();
        let raw = known.unwrap_or_else(|| sanitise::is_element(rest)) && self.tags <= RAW_TAG_LIMIT;
        self.raw |= raw;
        let text = CowStr::Borrowed(rest);
        self.out.push(if raw {
            Event::InlineHtml(text)
        } else {
            Event::Text(text)
        });
        Some(raw)
    }
}

fn anchor(id: &str) -> String {
    format!("<span id=\"{}\"></span>\n", sanitise::escape(id))
}

/// What follows a mark inside the event that ends it.
fn mark_rest<'e>(event: &'e Event<'_>, span: Span, mark: Span) -> Option<&'e str> {
    let Event::Text(text) = event else {
        return None;
    };
    let behind = span.end - mark.end;
    let rest = text
        .len()
        .checked_sub(behind)
        .and_then(|start| text.get(start..))?;
    (!rest.is_empty()).then_some(rest)
}

fn heading_level(level: usize) -> HeadingLevel {
    HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
}
