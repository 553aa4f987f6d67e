//! The flat form of an archive: rows of numbers, one text with all strings, and how they are made of digests.

use super::digest::{Digest, EventDigest, LinkDigest, SectionDigest};
use super::index::{Index, key};
use super::words::Words;
use super::{Archive, places_of};
use crate::check::wording::fingerprint;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// A string as its place among all [`Strings`]; [`NONE`] where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Text {
    start: u32,
    len: u32,
}

const NONE: Text = Text {
    start: u32::MAX,
    len: 0,
};

/// All strings of an archive, one behind the other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Strings(String);

impl Strings {
    /// A string; empty if there is none.
    pub(super) fn get(&self, text: Text) -> &str {
        self.some(text).unwrap_or_default()
    }

    /// A string, if there is one.
    pub(super) fn some(&self, text: Text) -> Option<&str> {
        let start = text.start as usize;
        self.0.get(start..start.checked_add(text.len as usize)?)
    }

    fn add(&mut self, string: &str) -> Text {
        let text = Text {
            start: number(self.0.len()),
            len: number(string.len()),
        };
        self.0.push_str(string);
        text
    }
}

fn has_inner_capital(word: &str) -> bool {
    word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// A day in one number; 0 is none.
pub(super) fn packed(date: Option<Date>) -> u32 {
    let part = |part: i8| u32::from(part.unsigned_abs());
    date.map_or(0, |date| {
        let year = u32::from(date.year().unsigned_abs());
        year << 9 | part(date.month()) << 5 | part(date.day())
    })
}

fn unpacked(date: u32) -> Option<Date> {
    let year = i16::try_from(date >> 9).ok()?;
    Date::new(year, (date >> 5 & 15) as i8, (date & 31) as i8).ok()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct IssueRow {
    pub(super) path: Text,
    pub(super) number: Option<u32>,
    date: u32,
    pub(super) greeting: Text,
    /// Where its rows begin and end.
    pub(super) links: (u32, u32),
    pub(super) events: (u32, u32),
    sections: (u32, u32),
}

impl IssueRow {
    /// An issue that says nothing.
    pub(super) const NOWHERE: IssueRow = IssueRow {
        path: NONE,
        number: None,
        date: 0,
        greeting: NONE,
        links: (0, 0),
        events: (0, 0),
        sections: (0, 0),
    };

    pub(super) fn date(&self) -> Date {
        unpacked(self.date).unwrap_or(Date::MIN)
    }

    /// The day of publication as a number that grows with time.
    pub(super) fn day(&self) -> u32 {
        self.date
    }

    pub(super) fn sections(&self) -> Range<usize> {
        self.sections.0 as usize..self.sections.1 as usize
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LinkRow {
    pub(super) canonical: Text,
    pub(super) title: Text,
    pub(super) section: Text,
    pub(super) marks: Text,
    pub(super) line: u32,
    pub(super) item: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EventRow {
    date: u32,
    pub(super) url: Text,
    pub(super) title: Text,
    pub(super) group: Text,
    pub(super) city: Text,
    pub(super) state: Text,
    pub(super) country: Text,
    pub(super) section: Text,
    pub(super) line: u32,
}

impl EventRow {
    pub(super) fn date(&self) -> Option<Date> {
        unpacked(self.date)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SectionRow {
    pub(super) id: Text,
    pub(super) text: Text,
    pub(super) line: u32,
    pub(super) level: u8,
}

/// A word with capitals, as an issue writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NameRow {
    pub(super) issue: u32,
    pub(super) text: Text,
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// An archive that is being made.
#[derive(Default)]
struct Builder {
    archive: Archive,
    /// Strings that come again in other rows.
    known: HashMap<u64, Text, BuildHasherDefault<Hashed>>,
    towns: HashSet<u64>,
    by_url: Vec<(u64, u32)>,
    by_place: Vec<(u64, u32)>,
    by_group: Vec<(u64, u32)>,
    by_city: Vec<(u64, u32)>,
    by_word: Vec<(u64, u32)>,
}

/// Half of the work of making an archive.
type Half<'a> = &'a mut (dyn FnMut() + Send);

impl Archive {
    /// An archive of issues, in any order.
    pub fn new(issues: Vec<Digest>) -> Archive {
        Archive::joined(issues, |one, other| {
            one();
            other();
        })
    }

    /// An archive of issues, in any order, made in two halves that do not need each other: `both` runs them, at once
    /// if it can.
    pub fn joined(mut issues: Vec<Digest>, both: impl FnOnce(Half<'_>, Half<'_>)) -> Archive {
        issues.sort_by(|one, other| (one.date, &one.path).cmp(&(other.date, &other.path)));
        let (mut archive, mut words) = (Archive::default(), Words::default());
        both(&mut || archive = Archive::of(&issues), &mut || {
            words = Words::new(issues.iter().map(|issue| issue.words.as_slice()));
        });
        archive.words = words;
        archive
    }

    /// All but the words.
    fn of(issues: &[Digest]) -> Archive {
        let mut builder = Builder::default();
        for issue in issues {
            builder.issue(issue);
        }
        builder.names(issues);
        let mut archive = builder.archive;
        archive.links_by_url = Index::from(builder.by_url);
        archive.links_by_place = Index::from(builder.by_place);
        archive.events_by_group = Index::from(builder.by_group);
        archive.events_by_city = Index::from(builder.by_city);
        archive.names_by_word = Index::from(builder.by_word);
        archive
    }
}

impl Builder {
    fn issue(&mut self, issue: &Digest) {
        let starts = self.sizes();
        for link in &issue.links {
            self.link(link);
        }
        for event in &issue.events {
            self.event(event);
        }
        for section in &issue.sections {
            self.section(section);
        }
        let ends = self.sizes();
        let row = IssueRow {
            path: self.archive.text.add(&issue.path),
            number: issue.number,
            date: packed(Some(issue.date)),
            greeting: self.archive.text.add(&issue.greeting),
            links: (starts[0], ends[0]),
            events: (starts[1], ends[1]),
            sections: (starts[2], ends[2]),
        };
        self.archive.issues.push(row);
    }

    /// All ways to write what some issue writes with a capital inside.
    fn names(&mut self, issues: &[Digest]) {
        let named: HashSet<u64> = issues
            .iter()
            .flat_map(|issue| &issue.names)
            .filter(|name| has_inner_capital(name))
            .map(|name| fingerprint(name))
            .collect();
        for (at, issue) in issues.iter().enumerate() {
            for (word, name) in issue.names.iter().map(|name| (fingerprint(name), name)) {
                if named.contains(&word) {
                    let row = NameRow {
                        issue: number(at),
                        text: self.again(name),
                    };
                    self.by_word.push((word, number(self.archive.names.len())));
                    self.archive.names.push(row);
                }
            }
        }
    }

    fn sizes(&self) -> [u32; 3] {
        let archive = &self.archive;
        [
            number(archive.links.len()),
            number(archive.events.len()),
            number(archive.sections.len()),
        ]
    }

    /// A string that may have come before.
    fn again(&mut self, string: &str) -> Text {
        let text = &mut self.archive.text;
        let known = self.known.entry(key(string));
        *known.or_insert_with(|| text.add(string))
    }

    fn optional(&mut self, string: Option<&str>) -> Text {
        string.map_or(NONE, |string| self.again(string))
    }

    fn link(&mut self, link: &LinkDigest) {
        let at = number(self.archive.links.len());
        self.by_url.push((key(&link.canonical), at));
        if link.item {
            let places = places_of(&link.canonical).map(|place| (key(place), at));
            self.by_place.extend(places);
        }
        let row = LinkRow {
            canonical: self.again(&link.canonical),
            title: self.again(&link.title),
            section: self.optional(link.section.as_deref()),
            marks: self.again(&link.marks.join(" ")),
            line: link.line,
            item: link.item,
        };
        self.archive.links.push(row);
    }

    fn event(&mut self, event: &EventDigest) {
        let at = number(self.archive.events.len());
        self.by_group.push((key(&event.group_url), at));
        if let Some(city) = &event.city {
            let city = city.to_lowercase();
            let key = key(&city);
            if self.towns.insert(key) {
                let city = self.again(&city);
                self.archive.cities.push(city);
            }
            self.by_city.push((key, at));
        }
        let row = EventRow {
            date: packed(event.date),
            url: self.again(&event.url),
            title: self.again(&event.title),
            group: self.again(&event.group),
            city: self.optional(event.city.as_deref()),
            state: self.optional(event.state.as_deref()),
            country: self.optional(event.country.as_deref()),
            section: self.optional(event.section.as_deref()),
            line: event.line,
        };
        self.archive.events.push(row);
    }

    fn section(&mut self, section: &SectionDigest) {
        let row = SectionRow {
            id: self.again(&section.id),
            text: self.archive.text.add(&section.text),
            line: section.line,
            level: section.level,
        };
        self.archive.sections.push(row);
    }
}
