//! What can be found: every item with a link, every event, and every passage with a link that does not stand in each issue.

use super::year::Fast;
use crate::format::SectionKind;
use crate::render::record::{Passage, Record, RecordEvent, RecordItem};
use crate::render::sanitise::runs_code;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Signs of a quotation that stand in its title.
const TITLE: usize = 110;

/// How often a passage may come again before it is taken for furniture.
const FURNITURE: u32 = 3;

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry<'r> {
    pub(super) title: Cow<'r, str>,
    /// Where it leads.
    pub(super) url: &'r str,
    pub(super) note: Cow<'r, str>,
    pub(super) marks: &'r [String],
    /// Its section in the issue, as an index.
    pub(super) section: Option<usize>,
    /// Its id on the page, or that of its section.
    pub(super) anchor: &'r str,
    /// Where its further links lead.
    pub(super) more: Vec<&'r str>,
    /// By how much its title counts less than that of a link.
    pub(super) lesser: u8,
}

/// Whether a passage stands in every issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Furniture {
    /// It stood in no earlier issue.
    No,
    /// Its words did, around other links: "Thanks to Ada for the suggestion!"
    Frame,
    /// It did, but for its numbers.
    Yes,
}

/// The passages of some issues, by hashes, with how often each came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen(HashMap<u64, u32>);

impl Seen {
    /// What the passages of the next issue are. The first few of a kind are no furniture, so that a new issue takes nothing
    /// out of old ones.
    pub(super) fn furniture(&mut self, record: &Record) -> Vec<Furniture> {
        let mut plain = Vec::new();
        let mut quoted = false;
        let judged = record.passages.iter().map(|passage| {
            let of_quotation = std::mem::replace(&mut quoted, passage.quoted);
            let judged = self.judge(passage, &mut plain);
            // Who said it: the same person may say much.
            if of_quotation { Furniture::No } else { judged }
        });
        judged.collect()
    }

    fn again(&mut self, bytes: &[u8]) -> bool {
        let hash = xxhash_rust::xxh3::xxh3_64(bytes);
        let count = self.0.entry(hash).or_default();
        *count = count.saturating_add(1);
        *count > FURNITURE
    }

    /// `plain` is room to work in.
    fn judge(&mut self, passage: &Passage, plain: &mut Vec<u8>) -> Furniture {
        if passage.links.is_empty() {
            return Furniture::No;
        }
        plain.clear();
        plain.extend(passage.text.bytes().filter(|byte| !byte.is_ascii_digit()));
        let whole = self.again(plain);
        // The texts of links stand in the passage one after the other.
        plain.clear();
        let mut rest = passage.text.as_str();
        for (title, _) in &passage.links {
            if let Some((before, after)) = rest.split_once(title.as_str()) {
                plain.extend(before.bytes().filter(|byte| !byte.is_ascii_digit()));
                plain.push(0);
                rest = after;
            }
        }
        plain.extend(rest.bytes().filter(|byte| !byte.is_ascii_digit()));
        match (whole, self.again(plain)) {
            (true, _) => Furniture::Yes,
            (_, true) => Furniture::Frame,
            _ => Furniture::No,
        }
    }
}

/// What can be found in an issue, in the order of its kinds: events, items, passages.
pub(super) fn entries<'r>(record: &'r Record, furniture: &[Furniture]) -> Vec<Entry<'r>> {
    let maker = Maker { record };
    let (mut entries, told) = maker.events();
    let items = record.items.iter().enumerate();
    let items = items.filter(|(at, _)| !told.contains(at));
    entries.extend(items.map(|(_, item)| maker.item(item)));
    entries.extend(maker.passages(furniture));
    entries.retain(|entry| !runs_code(entry.url) && !entry.title.trim().is_empty());
    entries
}

struct Maker<'r> {
    record: &'r Record,
}

impl<'r> Maker<'r> {
    fn kind(&self, section: Option<usize>) -> SectionKind {
        let section = section.and_then(|at| self.record.sections.get(at));
        section.map_or(SectionKind::Links, |section| section.kind)
    }

    fn lesser(&self, section: Option<usize>) -> u8 {
        match self.kind(section) {
            SectionKind::Events
            | SectionKind::Jobs
            | SectionKind::Editors
            | SectionKind::Papers => 2,
            SectionKind::PullRequests | SectionKind::Calls => 1,
            _ => 0,
        }
    }

    /// The events, and the items that they stand for.
    fn events(&self) -> (Vec<Entry<'r>>, HashSet<usize>) {
        let items = &self.record.items;
        if self.record.events.is_empty() {
            return (Vec::new(), HashSet::new());
        }
        let anchors = items
            .iter()
            .enumerate()
            .map(|(at, item)| (item.anchor.as_str(), at));
        let anchors: HashMap<&str, usize, Fast> = anchors.collect();
        let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(parent) = item.parent {
                below.entry(parent).or_default().push(at);
            }
        }
        let mut told = HashSet::new();
        let mut entries = Vec::new();
        for event in &self.record.events {
            let Some(line) = anchors.get(event.anchor.as_str()) else {
                continue;
            };
            let nested = below.get(line).map_or(&[][..], Vec::as_slice);
            let own = |at: &usize| names(event, &items[*at].url);
            told.extend(std::iter::once(line).chain(nested).filter(|at| own(at)));
            entries.extend(self.event(event, &items[*line]));
        }
        (entries, told)
    }

    fn event(&self, event: &'r RecordEvent, line: &'r RecordItem) -> Option<Entry<'r>> {
        let what = &event.event;
        let url = if what.url.is_empty() {
            &line.url
        } else {
            &what.url
        };
        let title = if what.title.is_empty() {
            &line.title
        } else {
            &what.title
        };
        let date = what.date.map(|date| date.to_string());
        let place = Some(&what.place.text)
            .filter(|place| !place.is_empty())
            .cloned();
        let organisers = what.organisers.iter().map(|one| one.name.clone());
        let organisers = organisers.filter(|name| !name.is_empty() && name != title);
        let note: Vec<String> = date.into_iter().chain(place).chain(organisers).collect();
        (!url.is_empty()).then(|| Entry {
            title: Cow::Borrowed(title),
            url,
            note: Cow::Owned(note.join(" · ")),
            marks: &line.marks,
            section: event.section,
            anchor: &event.anchor,
            more: what.organisers.iter().map(|one| one.url.as_str()).collect(),
            lesser: self.lesser(event.section),
        })
    }

    fn item(&self, item: &'r RecordItem) -> Entry<'r> {
        let title = if item.title.is_empty() {
            &item.url
        } else {
            &item.title
        };
        Entry {
            title: Cow::Borrowed(title),
            url: &item.url,
            note: Cow::Borrowed(&item.note),
            marks: &item.marks,
            section: item.section,
            anchor: &item.anchor,
            more: item.more.iter().map(|(_, url)| url.as_str()).collect(),
            lesser: self.lesser(item.section),
        }
    }

    fn passages(&self, furniture: &[Furniture]) -> Vec<Entry<'r>> {
        let what = |at: usize| furniture.get(at).copied().unwrap_or(Furniture::No);
        let all = &self.record.passages;
        let mut entries: Vec<Entry<'r>> = Vec::new();
        // Where the passages end that belong to the last entry.
        let mut end = 0;
        for (at, passage) in all.iter().enumerate() {
            if at < end || what(at) == Furniture::Yes {
                continue;
            }
            let source = all.get(at + 1).filter(|next| is_source(passage, next));
            let source = source.filter(|_| what(at + 1) != Furniture::Yes);
            let entry = match (source, passage.quoted, what(at)) {
                (Some(source), ..) => self.quotation(passage, source),
                (None, true, _) => self.quotation(passage, passage),
                (None, false, Furniture::No) => self.passage(passage),
                _ => None,
            };
            let Some(mut entry) = entry else { continue };
            end = at + if source.is_some() { 2 } else { 1 };
            // "Thanks to Ada for the suggestion!" below what she suggested.
            while let Some(next) = all.get(end).filter(|next| next.section == passage.section)
                && what(end) == Furniture::Frame
                && !next.quoted
            {
                entry.note = Cow::Owned(format!("{} {}", entry.note, next.text));
                entry
                    .more
                    .extend(next.links.iter().map(|(_, url)| url.as_str()));
                end += 1;
            }
            entries.push(entry);
        }
        entries
    }

    /// A quotation; what leads to where it was said stands below it.
    fn quotation(&self, passage: &'r Passage, source: &'r Passage) -> Option<Entry<'r>> {
        let own = std::ptr::eq(passage, source);
        let mut links = source.links.iter().map(|(_, url)| url.as_str());
        let url = links.next_back()?;
        let end = passage.text.char_indices().nth(TITLE).map(|(at, _)| at);
        let cut = end.map(|end| passage.text[..end].rfind(' ').unwrap_or(end));
        let title = match cut {
            Some(cut) => Cow::Owned(format!("{} …", &passage.text[..cut])),
            None => Cow::Borrowed(passage.text.as_str()),
        };
        let rest = cut.map_or("", |cut| passage.text[cut..].trim_start());
        let said_by = if own { "" } else { source.text.as_str() };
        let note = match (rest.is_empty(), said_by.is_empty()) {
            (false, false) => Cow::Owned(format!("… {rest} {said_by}")),
            (false, true) => Cow::Owned(format!("… {rest}")),
            _ => Cow::Borrowed(said_by),
        };
        let own_links = passage
            .links
            .iter()
            .filter(|_| !own)
            .map(|(_, url)| url.as_str());
        Some(Entry {
            title,
            note,
            more: links.chain(own_links).collect(),
            ..self.bare(passage, url)
        })
    }

    /// A passage, called as its first link is.
    fn passage(&self, passage: &'r Passage) -> Option<Entry<'r>> {
        let (title, url) = passage.links.first()?;
        let named = title.chars().any(char::is_alphanumeric);
        let title = if named { title } else { &passage.text };
        let note = if *title == passage.text {
            ""
        } else {
            passage.text.as_str()
        };
        Some(Entry {
            title: Cow::Borrowed(title),
            note: Cow::Borrowed(note),
            more: passage.links[1..]
                .iter()
                .map(|(_, url)| url.as_str())
                .collect(),
            ..self.bare(passage, url)
        })
    }

    fn bare(&self, passage: &Passage, url: &'r str) -> Entry<'r> {
        let section = passage.section.and_then(|at| self.record.sections.get(at));
        Entry {
            title: Cow::Borrowed(""),
            url,
            note: Cow::Borrowed(""),
            marks: &[],
            section: passage.section,
            anchor: section.map_or("", |section| section.anchor.as_str()),
            more: Vec::new(),
            // Where lists stand, text is what stands beside them.
            lesser: match self.kind(passage.section) {
                SectionKind::Prose | SectionKind::Quote | SectionKind::Group => 0,
                _ => 2,
            },
        }
    }
}

/// Whether a link is one of the event's own.
fn names(event: &RecordEvent, url: &str) -> bool {
    event.event.url == url || event.event.organisers.iter().any(|one| one.url == url)
}

/// Whether what follows a quotation says whose it is: a short line with a link.
fn is_source(passage: &Passage, next: &Passage) -> bool {
    let short = next.text.chars().count() <= TITLE;
    passage.quoted
        && !next.quoted
        && next.section == passage.section
        && short
        && !next.links.is_empty()
}
