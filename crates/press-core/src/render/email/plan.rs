//! What of a text a mail shows: parts that are taken out, and what is said in their place.
//!
//! A plan is carried out on the parser's events, so HTML and plain text are made from the same.

use crate::issue::{Document, Issue};
use crate::render::article;
use crate::span::Span;
use pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A top-level block of the text.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Its events.
    pub(super) events: Range<usize>,
    /// The section in which it stands.
    pub(super) section: Option<usize>,
    /// Whether it is its section's heading.
    pub(super) heading: bool,
    /// The entries of a list, as ranges of events.
    pub(super) items: Vec<Range<usize>>,
}

/// A sentence in place of what is missing, ending in a link.
#[derive(Clone, Debug)]
struct Notice {
    sentence: String,
    link: String,
    url: String,
}

/// What is shown of a text.
#[derive(Debug)]
pub(super) struct Plan<'d> {
    document: &'d Document<'d>,
    issue: &'d Issue,
    url: &'d str,
    blocks: Vec<Block>,
    /// First events of ranges that are not shown, and their ends.
    gone: BTreeMap<usize, usize>,
    left_out: BTreeSet<usize>,
    /// What is said at the end of a section's own text.
    notices: BTreeMap<Option<usize>, Notice>,
    /// How many items a section lost for want of room.
    cut: BTreeMap<Option<usize>, usize>,
}

impl<'d> Plan<'d> {
    /// A plan that shows everything. `url` is the issue's page.
    pub(super) fn new(document: &'d Document<'d>, issue: &'d Issue, url: &'d str) -> Plan<'d> {
        let mut plan = Plan {
            document,
            issue,
            url,
            blocks: Vec::new(),
            gone: BTreeMap::new(),
            left_out: BTreeSet::new(),
            notices: BTreeMap::new(),
            cut: BTreeMap::new(),
        };
        let mut section = None;
        for events in article::blocks(document) {
            let start = document.events[events.start].1.start;
            let next = section.map_or(0, |section: usize| section + 1);
            let begun = issue.sections[next..]
                .iter()
                .take_while(|section| section.head.start <= start)
                .count();
            if begun > 0 {
                section = Some(next + begun - 1);
            }
            let heading = matches!(
                document.events[events.start].0,
                Event::Start(Tag::Heading { .. })
            );
            let items = items(document, &events);
            plan.blocks.push(Block {
                events,
                section,
                heading,
                items,
            });
        }
        plan
    }

    pub(super) fn issue(&self) -> &'d Issue {
        self.issue
    }

    pub(super) fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// Blocks that are still shown, at least in part.
    pub(super) fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.blocks
            .iter()
            .filter(|block| !self.is_gone(&block.events))
    }

    /// Whether these events are not shown.
    pub(super) fn is_gone(&self, events: &Range<usize>) -> bool {
        let before = self.gone.range(..=events.start).next_back();
        before.is_some_and(|(_, end)| *end >= events.end)
    }

    /// Does not show these events.
    pub(super) fn take_out(&mut self, events: &Range<usize>) {
        let end = self.gone.entry(events.start).or_insert(events.end);
        *end = (*end).max(events.end);
    }

    /// Leaves out a section with all below it.
    pub(super) fn leave_out(&mut self, section: usize) {
        let below = |at: &usize| self.above(*at).any(|above| above == section);
        let sections: Vec<usize> = (0..self.issue.sections.len()).filter(below).collect();
        self.left_out.extend(sections);
        let blocks = self.blocks.iter();
        let blocks: Vec<Range<usize>> = blocks
            .filter(|block| block.section.is_some_and(|at| self.left_out.contains(&at)))
            .map(|block| block.events.clone())
            .collect();
        blocks.iter().for_each(|events| self.take_out(events));
    }

    pub(super) fn is_left_out(&self, section: usize) -> bool {
        self.left_out.contains(&section)
    }

    /// The section and those that hold it.
    fn above(&self, section: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(section), |section| {
            self.issue.sections[*section].parent
        })
    }

    /// Leaves out an item of the issue.
    pub(super) fn leave_out_item(&mut self, item: usize) {
        let span = self.issue.items[item].span;
        let found = self
            .blocks
            .iter()
            .flat_map(|block| &block.items)
            .find(|events| self.document.events[events.start].1.start == span.start);
        if let Some(events) = found.cloned() {
            self.take_out(&events);
        }
    }

    /// Says something at the end of a section, with a link to the section on the web.
    pub(super) fn say(&mut self, section: usize, sentence: String, link: &str) {
        let notice = Notice {
            sentence,
            link: link.to_owned(),
            url: self.page_of(Some(section)),
        };
        self.notices.insert(Some(section), notice);
    }

    /// Notes that a section lost items, or more of its text, for want of room, and says so in it.
    pub(super) fn shorten(&mut self, section: Option<usize>, items: usize) {
        let cut = self.cut.entry(section).or_default();
        *cut += items;
        let sentence = match *cut {
            0 => "There is more ".to_owned(),
            1 => "1 more is ".to_owned(),
            count => format!("{count} more are "),
        };
        let notice = Notice {
            sentence: sentence + "in this issue ",
            link: "on the web".to_owned(),
            url: self.page_of(section),
        };
        self.notices.insert(section, notice);
    }

    /// Takes back what is said in a section. Gives the bytes that it took.
    pub(super) fn hush(&mut self, section: Option<usize>) -> i64 {
        let said = self.notices.remove(&section);
        said.map_or(0, |_| super::budget::NOTICE as i64)
    }

    /// Where a section stands on the web.
    fn page_of(&self, section: Option<usize>) -> String {
        let heading = section.and_then(|section| self.issue.sections[section].heading);
        let id = heading.map(|heading| &self.issue.headings[heading].id);
        id.map_or_else(|| self.url.to_owned(), |id| format!("{}#{id}", self.url))
    }

    /// Sections that lost something for want of room, by title.
    pub(super) fn shortened(&self) -> Vec<String> {
        let title = |section: &Option<usize>| match section {
            Some(section) => self.issue.sections[*section].title.clone(),
            None => "(before the sections)".to_owned(),
        };
        self.cut.keys().map(title).collect()
    }

    /// How many items are shown below a section of the top level.
    pub(super) fn shown_items(&self, top: Option<usize>) -> usize {
        let blocks = self.blocks().filter(|block| self.top(block.section) == top);
        blocks
            .flat_map(|block| &block.items)
            .filter(|item| !self.is_gone(item))
            .count()
    }

    /// How many items sections below the top-level one lost.
    pub(super) fn cut_items(&self, top: Option<usize>) -> usize {
        let below = self
            .cut
            .iter()
            .filter(|(section, _)| self.top(**section) == top);
        below.map(|(_, count)| count).sum()
    }

    fn top(&self, section: Option<usize>) -> Option<usize> {
        section.and_then(|section| self.above(section).last())
    }

    /// What stands before the sections, and the sections of the top level.
    pub(super) fn tops(&self) -> Vec<Option<usize>> {
        let sections = self.issue.sections.iter().enumerate();
        let tops = sections
            .filter(|(_, section)| section.parent.is_none())
            .map(|(at, _)| Some(at));
        std::iter::once(None).chain(tops).collect()
    }

    /// What is left: of all, or of what stands in one section of the top level.
    pub(super) fn carry_out(&self, only: Option<Option<usize>>) -> (Document<'d>, Issue) {
        let mut document = empty(self.document);
        let mut last = None;
        for (at, block) in self.blocks.iter().enumerate() {
            if only.is_none_or(|top| self.top(block.section) == top) {
                if !self.is_lonely_heading(at) {
                    self.carry(block, &mut document);
                }
                last = Some(at);
            }
            let next = self.blocks.get(at + 1).map(|block| block.section);
            if last == Some(at) && next != Some(block.section) {
                self.notice(block.section, &mut document);
            }
        }
        let starts = document
            .events
            .iter()
            .filter(|(event, _)| matches!(event, Event::Start(_)));
        let starts: BTreeSet<usize> = starts.map(|(_, span)| span.start).collect();
        let mut issue = self.issue.clone();
        issue
            .headings
            .retain(|heading| starts.contains(&heading.span.start));
        // Items keep their places, by which events name them; of one that is not shown no mark is looked for.
        let gone = issue
            .items
            .iter_mut()
            .filter(|item| !starts.contains(&item.span.start));
        gone.for_each(|item| item.marks.clear());
        (document, issue)
    }

    /// A heading below which everything is gone, and nothing is said, is not shown either.
    fn is_lonely_heading(&self, at: usize) -> bool {
        let block = &self.blocks[at];
        let Some(section) = block.section.filter(|_| block.heading) else {
            return false;
        };
        let below = |other: &&Block| {
            other
                .section
                .is_some_and(|other| self.above(other).any(|above| above == section))
        };
        let mut rest = self.blocks[at + 1..].iter().take_while(below).peekable();
        let lost = rest.peek().is_some() && rest.all(|block| self.is_empty(block));
        let said = self
            .notices
            .keys()
            .flatten()
            .any(|said| self.above(*said).any(|above| above == section));
        lost && !said
    }

    /// Whether nothing of a block is shown.
    fn is_empty(&self, block: &Block) -> bool {
        self.is_gone(&block.events)
            || (!block.items.is_empty() && block.items.iter().all(|item| self.is_gone(item)))
    }

    fn carry(&self, block: &Block, document: &mut Document<'d>) {
        if self.is_empty(block) {
            return;
        }
        let mut at = block.events.start;
        while at < block.events.end {
            if let Some(end) = self.gone.get(&at) {
                at = *end;
                continue;
            }
            document.events.push(self.document.events[at].clone());
            if matches!(
                self.document.events[at].0,
                Event::Start(Tag::Heading { .. })
            ) {
                let span = self.document.events[at].1;
                document.headings.extend(
                    self.document
                        .headings
                        .iter()
                        .find(|heading| heading.span == span)
                        .cloned(),
                );
            }
            at += 1;
        }
    }

    fn notice(&self, section: Option<usize>, document: &mut Document<'d>) {
        let Some(notice) = self.notices.get(&section) else {
            return;
        };
        let end = document.events.last().map_or(0, |(_, span)| span.end);
        let place = Span::new(end, end);
        let link = Tag::Link {
            link_type: LinkType::Inline,
            dest_url: notice.url.clone().into(),
            title: "".into(),
            id: "".into(),
        };
        let events = [
            Event::Start(Tag::Paragraph),
            Event::Start(Tag::Emphasis),
            Event::Text(notice.sentence.clone().into()),
            Event::Start(link),
            Event::Text(notice.link.clone().into()),
            Event::End(TagEnd::Link),
            Event::Text(".".into()),
            Event::End(TagEnd::Emphasis),
            Event::End(TagEnd::Paragraph),
        ];
        document.events.extend(events.map(|event| (event, place)));
    }
}

/// The entries of the list that these events are; none for another block.
fn items(document: &Document<'_>, events: &Range<usize>) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    if !matches!(document.events[events.start].0, Event::Start(Tag::List(_))) {
        return items;
    }
    let (mut depth, mut start) = (0usize, 0);
    for at in events.clone() {
        match &document.events[at].0 {
            Event::Start(_) => {
                if depth == 1 {
                    start = at;
                }
                depth += 1;
            }
            Event::End(_) => {
                depth -= 1;
                if depth == 1 {
                    items.push(start..at + 1);
                }
            }
            _ => {}
        }
    }
    items
}

/// The document without events and headings.
fn empty<'d>(document: &Document<'d>) -> Document<'d> {
    Document {
        text: document.text,
        original: document.original,
        masthead: document.masthead.clone(),
        events: Vec::new(),
        headings: Vec::new(),
        links: document.links.clone(),
        definitions: Vec::new(),
        comments: Vec::new(),
        findings: Vec::new(),
    }
}

/// A copy whose events can be changed.
pub(super) fn copy<'d>(document: &Document<'d>) -> Document<'d> {
    Document {
        events: document.events.clone(),
        headings: document.headings.clone(),
        ..empty(document)
    }
}
