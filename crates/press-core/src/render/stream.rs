//! Streams: what is new in one section, under one mark, among the events of one region, as entries of a feed.
//!
//! An item that was listed in one of the last issues already is not new, wherever it stood. Sections of prose and
//! quotations have one entry for each issue.

mod html;

use super::agenda::{self, Agenda, Entry};
use super::calendar;
use super::record::{Record, RecordItem};
use super::site::IssueHead;
use crate::format::{Format, SectionKind, SectionSpec};
use crate::slug::slugify;
use html::{Escaped, linked};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a stream is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StreamKind {
    /// A section.
    Section,
    /// A mark.
    Mark,
    /// Events.
    Events,
}

/// One stream.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct Stream {
    /// Its part of addresses.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What is in it, as a sentence without full stop.
    pub about: String,
    /// What it is of.
    pub kind: StreamKind,
    /// Newest first.
    pub entries: Vec<StreamEntry>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StreamEntry {
    /// The issue, as an index into all of them.
    pub issue: usize,
    /// The id of its place in that issue.
    pub anchor: String,
    /// What it is called.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// One line.
    pub summary: String,
    /// What there is to read.
    pub html: String,
    /// The day of the last change.
    pub changed: Date,
}

/// What streams are made from.
#[derive(Clone, Copy, Debug)]
pub struct Streams<'a> {
    /// All issues, oldest first.
    pub heads: &'a [&'a IssueHead],
    /// What the last of them hold, from [`Streams::from`] on at least.
    pub records: &'a [&'a Record],
    /// How the newsletter is written.
    pub format: &'a Format,
    /// Scheme and host of the site, before the paths of issues.
    pub origin: &'a str,
    /// The site's address, before links that begin with `/`.
    pub root: &'a str,
    /// Most entries of a stream.
    pub most: usize,
}

/// What appeared so many days before the newest issue makes a stream.
const RECENT_DAYS: i64 = 400;
/// What stood in one of so many issues before is not new.
const REPEATED: usize = 8;

/// Where entries go: a section of the format, or a mark.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Section(usize),
    Mark(&'a str),
}

/// An entry before it is written.
enum Found<'a> {
    Item(usize, &'a RecordItem),
    /// A section of an issue as a whole.
    Section(usize, usize),
}

impl<'a> Streams<'a> {
    /// All streams: sections in their order, then marks, then those of [`Streams::events`].
    pub fn all(&self, events: Vec<Stream>) -> Vec<Stream> {
        let found = self.find();
        let mut taken = HashSet::new();
        let mut streams: Vec<Stream> = Vec::new();
        for (key, found) in &found {
            let stream = self.stream(key, found);
            if !stream.slug.is_empty() && taken.insert(stream.slug.clone()) {
                streams.push(stream);
            }
        }
        let events = events.into_iter();
        streams.extend(events.filter(|stream| taken.insert(stream.slug.clone())));
        streams
    }

    /// The first of the issues whose records must be known, if only streams of events are not asked for.
    pub fn from(heads: &[&IssueHead]) -> usize {
        first(heads).saturating_sub(REPEATED)
    }

    fn record(&self, issue: usize) -> &'a Record {
        self.records[issue + self.records.len() - self.heads.len()]
    }

    /// What belongs where, newest issue first, and no more than is wanted.
    fn find(&self) -> BTreeMap<Key<'a>, Vec<Found<'a>>> {
        let first = first(self.heads);
        let start = first.saturating_sub(REPEATED);
        let listed = (start..self.heads.len()).map(|issue| {
            let items = self.record(issue).items.iter();
            items.map(|item| item.url.as_str()).collect()
        });
        let listed: Vec<HashSet<&str>> = listed.collect();
        let ids = self.format.sections.iter().enumerate();
        let ids: HashMap<&str, usize> = ids.map(|(at, spec)| (spec.id.as_str(), at)).collect();
        let mut found: BTreeMap<Key<'a>, Vec<Found<'a>>> = BTreeMap::new();
        for issue in (first..self.heads.len()).rev() {
            let record = self.record(issue);
            let before = &listed[(issue - start).saturating_sub(REPEATED)..issue - start];
            let specs = specs(record, &ids);
            for item in record.items.iter().filter(|item| item.parent.is_none()) {
                if before.iter().any(|urls| urls.contains(item.url.as_str())) {
                    continue;
                }
                for key in self.keys(item, &specs) {
                    self.put(&mut found, key, Found::Item(issue, item));
                }
            }
            for (at, spec) in specs.iter().enumerate() {
                let Some(spec) = spec.filter(|_| record.sections[at].id.is_some()) else {
                    continue;
                };
                if is_told_whole(self.format.sections[spec].kind)
                    && self.says_something(issue, at, spec)
                {
                    self.put(&mut found, Key::Section(spec), Found::Section(issue, at));
                }
            }
        }
        found
    }

    fn put(&self, found: &mut BTreeMap<Key<'a>, Vec<Found<'a>>>, key: Key<'a>, one: Found<'a>) {
        let stream = found.entry(key).or_default();
        if stream.len() < self.most {
            stream.push(one);
        }
    }

    /// The streams of an item: its section's, that of a section around it of the same kind, its marks'.
    fn keys(&self, item: &'a RecordItem, specs: &[Option<usize>]) -> Vec<Key<'a>> {
        let mut keys = Vec::new();
        let own = item.section.and_then(|at| specs[at]);
        let sections = &self.format.sections;
        let mut next = own;
        while let Some(at) = next.filter(|at| {
            let kind = sections[*at].kind;
            has_items(kind) && own.is_some_and(|own| sections[own].kind == kind)
        }) {
            keys.push(Key::Section(at));
            next = sections[at].parent;
        }
        let marks = item
            .marks
            .iter()
            .filter(|mark| self.format.find_mark(mark).is_some());
        keys.extend(marks.map(|mark| Key::Mark(mark)));
        keys
    }

    fn stream(&self, key: &Key<'_>, found: &[Found<'_>]) -> Stream {
        let entries = found.iter().map(|one| match one {
            Found::Item(issue, item) => self.item(*issue, item),
            Found::Section(issue, at) => self.whole(*issue, *at),
        });
        let (slug, title, about, kind) = match key {
            Key::Section(at) => {
                let spec = &self.format.sections[*at];
                let title = self.title(spec);
                let about = match is_told_whole(spec.kind) {
                    true => format!("“{title}” of each issue"),
                    false => format!("What is new under “{title}”"),
                };
                (slugify(&spec.id), title, about, StreamKind::Section)
            }
            Key::Mark(id) => {
                let label = self.format.find_mark(id).map_or(*id, |mark| mark.label);
                let about = format!("What is marked “{label}”, from all sections");
                (
                    slugify(&format!("mark-{id}")),
                    label.to_owned(),
                    about,
                    StreamKind::Mark,
                )
            }
        };
        Stream {
            slug,
            title,
            about,
            kind,
            entries: entries.collect(),
        }
    }

    /// A section's title, with that of the section around it where two sections are called the same.
    fn title(&self, spec: &SectionSpec) -> String {
        let own = match spec.title.is_empty() {
            true => &spec.id,
            false => &spec.title,
        };
        let same = self
            .format
            .sections
            .iter()
            .filter(|other| other.title == spec.title);
        match spec.parent.filter(|_| same.count() > 1) {
            Some(parent) => format!("{}: {own}", self.format.sections[parent].title),
            None => own.clone(),
        }
    }

    fn item(&self, issue: usize, item: &RecordItem) -> StreamEntry {
        let record = self.record(issue);
        let mut text = String::from("<p>");
        for mark in &item.marks {
            let label = self
                .format
                .find_mark(mark)
                .map_or(mark.as_str(), |mark| mark.label);
            text.push_str(&format!("[{}] ", Escaped(label)));
        }
        text.push_str(&self.line(item));
        text.push_str("</p>\n");
        let at = record.items.iter().position(|one| std::ptr::eq(one, item));
        let below = record
            .items
            .iter()
            .filter(|one| at.is_some() && one.parent == at);
        let below: String = below
            .map(|one| format!("<li>{}</li>\n", self.line(one)))
            .collect();
        if !below.is_empty() {
            text.push_str(&format!("<ul>\n{below}</ul>\n"));
        }
        let section = item.section.map_or("", |at| &record.sections[at].title);
        text.push_str(&self.foot(issue, &item.anchor, section));
        StreamEntry {
            issue,
            anchor: item.anchor.clone(),
            title: item.title.clone(),
            url: html::absolute(&item.url, self.root)
                .unwrap_or_else(|| self.place(issue, &item.anchor)),
            summary: match item.note.is_empty() {
                true => section.to_owned(),
                false => item.note.clone(),
            },
            html: text,
            changed: record.head.last_day(),
        }
    }

    fn line(&self, item: &RecordItem) -> String {
        let own = [(item.title.clone(), item.url.clone())];
        let link = linked(&item.title, &own, self.root);
        let note = linked(&item.note, &item.more, self.root);
        let gap = match item.note.starts_with([',', '.', ';', ':', ')']) || note.is_empty() {
            true => "",
            false => " ",
        };
        format!("{link}{gap}{note}")
    }

    /// A section of an issue as a whole.
    fn whole(&self, issue: usize, at: usize) -> StreamEntry {
        let record = self.record(issue);
        let section = &record.sections[at];
        let passages = record.passages.iter().filter(|one| one.section == Some(at));
        let mut text = String::new();
        for passage in passages.clone() {
            let words = linked(&passage.text, &passage.links, self.root);
            text.push_str(&match passage.quoted {
                true => format!("<blockquote><p>{words}</p></blockquote>\n"),
                false => format!("<p>{words}</p>\n"),
            });
        }
        let items = record.items.iter().filter(|item| item.section == Some(at));
        let items: String = items
            .clone()
            .map(|item| format!("<li>{}</li>\n", self.line(item)))
            .collect();
        if !items.is_empty() {
            text.push_str(&format!("<ul>\n{items}</ul>\n"));
        }
        let first = passages.clone().next();
        let first_link =
            first.and_then(|one| one.links.iter().find(|(words, _)| !words.is_empty()));
        let quote = passages.clone().find(|one| one.quoted);
        let said = quote.or(first).map_or("", |one| one.text.as_str());
        let words = match (quote, first_link) {
            (None, Some((words, _))) => format!("{}: {}", section.title, cut(words)),
            _ if said.is_empty() => section.title.clone(),
            _ => cut(said),
        };
        let anchor = match section.anchor.is_empty() {
            true => section.id.clone().unwrap_or_default(),
            false => section.anchor.clone(),
        };
        text.push_str(&self.foot(issue, &section.anchor, &section.title));
        StreamEntry {
            issue,
            title: words,
            url: self.place(issue, &section.anchor),
            anchor,
            summary: cut(said),
            html: text,
            changed: record.head.last_day(),
        }
    }

    /// Whether a section has more to say than that there is nothing this week.
    fn says_something(&self, issue: usize, at: usize, spec: usize) -> bool {
        let record = self.record(issue);
        let plain = |text: &str| text.trim_matches(['*', '_', ' ']).to_lowercase();
        let placeholders = &self.format.sections[spec].placeholder;
        let placeholders: Vec<String> = placeholders.iter().map(|text| plain(text)).collect();
        let says = |text: &str| {
            let text = plain(text);
            !placeholders
                .iter()
                .any(|nothing| text.starts_with(nothing.as_str()))
        };
        let first = record.passages.iter().find(|one| one.section == Some(at));
        let items = || record.items.iter().any(|item| item.section == Some(at));
        first.map_or_else(items, |one| says(&one.text))
    }

    /// Events as they are announced, all of them and those of each region; they depend on nothing else of the issues.
    pub fn events(&self, agenda: &Agenda) -> Vec<Stream> {
        let first = first(self.heads);
        let mut entries: Vec<&Entry> = agenda.entries.iter().collect();
        entries.retain(|entry| entry.first.issue >= first);
        // Issues come one after the other, and in an issue the first event is the next.
        entries.sort_by_key(|entry| (usize::MAX - entry.first.issue, entry.facts.date));
        let mut streams = Vec::new();
        let sections = self.format.sections.iter();
        let tops = sections.filter(|spec| spec.kind == SectionKind::Events);
        for (at, spec) in tops.enumerate() {
            let of = |entry: &&&Entry| at == 0 || entry.facts.sections.contains(&spec.id);
            let found = entries.iter().filter(of).take(self.most);
            let found: Vec<StreamEntry> = found.map(|entry| self.event(entry)).collect();
            if found.is_empty() {
                continue;
            }
            streams.push(Stream {
                slug: slugify(&spec.id),
                about: match at {
                    0 => "Events as they are announced".to_owned(),
                    _ => format!("Events as they are announced under “{}”", spec.title),
                },
                title: match at {
                    0 => "All events".to_owned(),
                    _ => format!("Events: {}", spec.title),
                },
                kind: StreamKind::Events,
                entries: found,
            });
        }
        streams
    }

    fn event(&self, entry: &Entry) -> StreamEntry {
        let facts = &entry.facts;
        let days = agenda::page::days(facts.date, facts.end);
        let days = format!("{days} {}", facts.end.year());
        let place = calendar::place(facts);
        let (place, comma) = (place.as_str(), if place.is_empty() { "" } else { ", " });
        let off = if facts.off.is_some() {
            "Cancelled: "
        } else {
            ""
        };
        let own = [(facts.title.clone(), facts.url.clone())];
        let groups = facts.organisers.iter().map(|group| {
            let own = [(group.name.clone(), group.url.clone())];
            linked(&group.name, &own, self.root)
        });
        let groups: Vec<String> = groups.collect();
        let mut text = format!(
            "<p>{off}{}</p>\n<p>{days}{comma}{}</p>\n",
            linked(&facts.title, &own, self.root),
            Escaped(place)
        );
        if !groups.is_empty() {
            text.push_str(&format!("<p>{}</p>\n", groups.join(", ")));
        }
        text.push_str(&self.foot(entry.first.issue, &entry.first.anchor, ""));
        let place = self.place(entry.first.issue, &entry.first.anchor);
        StreamEntry {
            issue: entry.first.issue,
            // A line of an issue may have several events.
            anchor: entry.id.clone(),
            title: format!("{off}{}", facts.title),
            url: html::absolute(&facts.url, self.root).unwrap_or(place),
            summary: format!("{days}{comma}{}", calendar::place(facts)),
            html: text,
            changed: entry.changed,
        }
    }

    /// Where an entry comes from.
    fn foot(&self, issue: usize, anchor: &str, section: &str) -> String {
        let title = &self.heads[issue].title;
        let comma = if section.is_empty() { "" } else { ", " };
        let (place, title) = (self.place(issue, anchor), Escaped(title));
        format!(
            "<p><a href=\"{}\">{title}</a>{comma}{}</p>\n",
            Escaped(&place),
            Escaped(section)
        )
    }

    fn place(&self, issue: usize, anchor: &str) -> String {
        format!("{}{}", self.origin, self.heads[issue].address(anchor))
    }
}

/// The first of the issues that count.
fn first(heads: &[&IssueHead]) -> usize {
    let newest = heads.last().map(|head| head.date);
    let since = newest
        .unwrap_or_default()
        .saturating_sub(RECENT_DAYS.days());
    heads.partition_point(|head| head.date < since)
}

/// For each section of an issue the section of the format: its own, or that around one which nobody knows.
fn specs(record: &Record, ids: &HashMap<&str, usize>) -> Vec<Option<usize>> {
    let mut specs: Vec<Option<usize>> = Vec::with_capacity(record.sections.len());
    for section in &record.sections {
        let known = section.id.as_deref().and_then(|id| ids.get(id).copied());
        let around = || {
            section
                .parent
                .and_then(|parent| specs.get(parent).copied().flatten())
        };
        specs.push(known.or_else(around));
    }
    specs
}

/// Whether each item of a section is an entry.
fn has_items(kind: SectionKind) -> bool {
    use SectionKind::{Calls, Jobs, Links, Papers, PullRequests, Rfcs};
    matches!(kind, Calls | Jobs | Links | Papers | PullRequests | Rfcs)
}

/// Whether a section is one entry as a whole.
fn is_told_whole(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::Prose | SectionKind::Quote)
}

/// Most characters of a title that is made from a text.
const TITLE_CHARACTERS: usize = 80;

fn cut(text: &str) -> String {
    if text.chars().count() <= TITLE_CHARACTERS {
        return text.to_owned();
    }
    let short: String = text.chars().take(TITLE_CHARACTERS).collect();
    let whole = short
        .rsplit_once(' ')
        .map_or(short.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests;
