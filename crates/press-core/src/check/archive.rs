//! What rules may know of earlier issues.
//!
//! It is flat: rows of numbers and one text that holds all strings. So it is small, it is kept between runs as it
//! is, and reading it back makes nothing anew. A [`Digest`] is what one issue gives to it; what rules get out of
//! it are views such as [`PastIssue`], which borrow all they say.

mod digest;
mod index;
mod rows;
mod words;

use crate::text::collapsed;
pub use digest::{Digest, EventDigest, LinkDigest, SectionDigest};
pub use words::{SHORTEST_WORD, USUAL};

use crate::canonical::canonical;
use crate::check::wording::fingerprint;
use crate::issue::Issue;
use index::{Index, key};
use jiff::civil::Date;
use memchr::memmem::Finder;
use rows::{EventRow, IssueRow, LinkRow, NameRow, SectionRow, Strings, Text};
use serde::{Deserialize, Serialize};
use words::Words;

/// All earlier issues with what is looked up in them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Archive {
    text: Strings,
    /// In order of time; their links, events and sections follow each other in the same order.
    issues: Vec<IssueRow>,
    links: Vec<LinkRow>,
    events: Vec<EventRow>,
    sections: Vec<SectionRow>,
    links_by_url: Index,
    /// Links of items only.
    links_by_place: Index,
    events_by_group: Index,
    events_by_city: Index,
    /// The towns of all events, in lower case.
    cities: Vec<Text>,
    words: Words,
    names: Vec<NameRow>,
    names_by_word: Index,
}

/// An earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastIssue<'a> {
    archive: &'a Archive,
    row: &'a IssueRow,
}

/// A link of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastLink<'a> {
    archive: &'a Archive,
    at: u32,
    row: &'a LinkRow,
}

/// An event of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastEvent<'a> {
    archive: &'a Archive,
    at: u32,
    row: &'a EventRow,
}

/// A section of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastSection<'a> {
    archive: &'a Archive,
    row: &'a SectionRow,
}

impl<'a> PastIssue<'a> {
    /// Its file, as findings name it.
    pub fn path(&self) -> &'a str {
        self.archive.text.get(self.row.path)
    }

    /// Its number.
    pub fn number(&self) -> Option<u32> {
        self.row.number
    }

    /// The day of publication.
    pub fn date(&self) -> Date {
        self.row.date()
    }

    /// Its links, in the order of the text.
    pub fn links(&self) -> impl DoubleEndedIterator<Item = PastLink<'a>> + use<'a> {
        let archive = self.archive;
        let (start, end) = self.row.links;
        (start..end).filter_map(|at| archive.link(at))
    }

    /// Its events, in the order of the text.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = PastEvent<'a>> + use<'a> {
        let archive = self.archive;
        let (start, end) = self.row.events;
        (start..end).filter_map(|at| archive.event(at))
    }

    /// Those of its sections that the format knows, in the order of the text.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = PastSection<'a>> + use<'a> {
        let archive = self.archive;
        let rows = archive.sections.get(self.row.sections());
        let rows = rows.unwrap_or_default().iter();
        rows.map(|row| PastSection { archive, row })
    }

    /// Its section of this identity, the first if there are several.
    pub fn section(&self, id: &str) -> Option<PastSection<'a>> {
        self.sections().find(|section| section.id() == id)
    }

    /// What it says before its first section, white space collapsed.
    pub fn greeting(&self) -> &'a str {
        self.archive.text.get(self.row.greeting)
    }

    /// What its section of this identity says, or its greeting if none is given.
    pub fn said_in(&self, section: Option<&str>) -> &'a str {
        section.map_or_else(
            || self.greeting(),
            |id| self.section(id).map_or("", |section| section.text()),
        )
    }
}

impl<'a> PastLink<'a> {
    /// The issue that has it.
    pub fn issue(&self) -> PastIssue<'a> {
        self.archive.holder(self.at, |issue| issue.links)
    }

    /// The form by which addresses are compared.
    pub fn canonical(&self) -> &'a str {
        self.archive.text.get(self.row.canonical)
    }

    /// Its text.
    pub fn title(&self) -> &'a str {
        self.archive.text.get(self.row.title)
    }

    /// Identity of the section it stands in.
    pub fn section(&self) -> Option<&'a str> {
        self.archive.text.some(self.row.section)
    }

    /// Whether both stand in sections of one identity.
    pub fn is_beside(&self, other: &PastLink<'_>) -> bool {
        // Equal strings of this kind are kept once.
        self.row.section == other.row.section
    }

    /// 1-based.
    pub fn line(&self) -> usize {
        self.row.line as usize
    }

    /// Whether it is the link of an item, not one inside a sentence.
    pub fn is_of_item(&self) -> bool {
        self.row.item
    }

    /// Ids of the item's marks, separated by blanks.
    pub fn marks(&self) -> &'a str {
        self.archive.text.get(self.row.marks)
    }

    /// Whether the item has a mark of this identity.
    pub fn has_mark(&self, id: &str) -> bool {
        self.marks().split(' ').any(|mark| mark == id)
    }
}

impl<'a> PastEvent<'a> {
    /// The issue that has it.
    pub fn issue(&self) -> PastIssue<'a> {
        self.archive.holder(self.at, |issue| issue.events)
    }

    /// The first day.
    pub fn date(&self) -> Option<Date> {
        self.row.date()
    }

    /// Its page, in the form by which addresses are compared.
    pub fn url(&self) -> &'a str {
        self.archive.text.get(self.row.url)
    }

    /// What it is called.
    pub fn title(&self) -> &'a str {
        self.archive.text.get(self.row.title)
    }

    /// The first organiser's name.
    pub fn group(&self) -> &'a str {
        self.archive.text.get(self.row.group)
    }

    /// Town.
    pub fn city(&self) -> Option<&'a str> {
        self.archive.text.some(self.row.city)
    }

    /// State or province.
    pub fn state(&self) -> Option<&'a str> {
        self.archive.text.some(self.row.state)
    }

    /// Country.
    pub fn country(&self) -> Option<&'a str> {
        self.archive.text.some(self.row.country)
    }

    /// Identity of the section, usually a region.
    pub fn section(&self) -> Option<&'a str> {
        self.archive.text.some(self.row.section)
    }

    /// 1-based.
    pub fn line(&self) -> usize {
        self.row.line as usize
    }
}

impl<'a> PastSection<'a> {
    /// Its identity.
    pub fn id(&self) -> &'a str {
        self.archive.text.get(self.row.id)
    }

    /// What it says, white space collapsed; of lists of links nothing.
    pub fn text(&self) -> &'a str {
        self.archive.text.get(self.row.text)
    }

    /// The level of its heading; 0 if it has none.
    pub fn level(&self) -> u8 {
        self.row.level
    }

    /// 1-based.
    pub fn line(&self) -> usize {
        self.row.line as usize
    }
}

impl Archive {
    /// How many issues there are before `date`: what may be known of the world on that day.
    fn count(&self, date: Option<Date>) -> usize {
        let day = rows::packed(date);
        date.map_or(self.issues.len(), |_| {
            self.issues.partition_point(|issue| issue.day() < day)
        })
    }

    /// The rows of the issues before `date`.
    fn known(&self, date: Option<Date>) -> &[IssueRow] {
        &self.issues[..self.count(date)]
    }

    /// The issues before `date`, oldest first: what may be known of the world on that day.
    pub fn before(
        &self,
        date: Option<Date>,
    ) -> impl DoubleEndedIterator<Item = PastIssue<'_>> + ExactSizeIterator {
        let archive = self;
        let known = self.known(date).iter();
        known.map(move |row| PastIssue { archive, row })
    }

    /// The last `count` issues before `date`, oldest first; fewer if there are no more.
    pub fn last(&self, count: usize, date: Option<Date>) -> Vec<PastIssue<'_>> {
        let before = self.before(date);
        let first = before.len().saturating_sub(count);
        before.skip(first).collect()
    }

    /// Where a link with this [canonical](crate::canonical::canonical) form stood in issues before `date`, oldest
    /// first.
    pub fn links_to<'a>(
        &'a self,
        form: &str,
        date: Option<Date>,
    ) -> impl DoubleEndedIterator<Item = PastLink<'a>> + Clone {
        let end = self.known(date).last().map_or(0, |issue| issue.links.1);
        let places = self.links_by_url.find(key(form));
        places.filter_map(move |at| self.link(at).filter(|_| at < end))
    }

    /// Items of issues before `date` from one [place](places_of), newest first.
    pub fn items_on<'a>(
        &'a self,
        place: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = PastLink<'a>> {
        let end = self.known(date).last().map_or(0, |issue| issue.links.1);
        let places = self.links_by_place.find(key(place)).rev();
        places.filter_map(move |at| self.link(at).filter(|_| at < end))
    }

    /// Whether a word of at least [`SHORTEST_WORD`] bytes stood in any issue before `date`.
    pub fn knows_word(&self, word: &str, date: Option<Date>) -> bool {
        self.words.knows(fingerprint(word), self.count(date))
    }

    /// Whether the word of a [`fingerprint`] stood in any of the first `count` issues.
    pub(crate) fn knows(&self, fingerprint: u64, count: usize) -> bool {
        self.words.knows(fingerprint, count)
    }

    /// Whether the word of a [`fingerprint`] stood in at least [`USUAL`] of the first `count` issues.
    pub(crate) fn is_usual(&self, fingerprint: u64, count: usize) -> bool {
        self.words.is_usual(fingerprint, count)
    }

    /// How the issues among the last `window` before `date` that have a name with the letters of a
    /// [`fingerprint`] write it: every way with the number of issues. Only names that some issue writes with a
    /// capital inside are kept.
    pub(crate) fn written(
        &self,
        fingerprint: u64,
        date: Option<Date>,
        window: usize,
    ) -> Vec<(&str, usize)> {
        let count = self.count(date);
        let mut ways: Vec<(&str, usize)> = Vec::new();
        let rows = self.names_by_word.find(fingerprint);
        for name in rows.filter_map(|at| self.names.get(at as usize)) {
            let issue = name.issue as usize;
            if issue >= count || issue + window < count {
                continue;
            }
            let name = self.text.get(name.text);
            match ways.iter_mut().find(|(way, _)| *way == name) {
                Some((_, times)) => *times += 1,
                None => ways.push((name, 1)),
            }
        }
        ways
    }

    /// Events of a group in issues before `date`, newest first. The group is named by its address.
    pub fn events_of(
        &self,
        group_url: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = PastEvent<'_>> {
        let places = self.events_by_group.find(key(&canonical(group_url)));
        self.events_at(places.rev(), date)
    }

    /// Events in a town in issues before `date`, newest first.
    pub fn events_in(&self, city: &str, date: Option<Date>) -> impl Iterator<Item = PastEvent<'_>> {
        let places = self.events_by_city.find(key(&city.to_lowercase()));
        self.events_at(places.rev(), date)
    }

    /// The towns of all events, in lower case, in no order. Whether one was known on a day, its
    /// [events](Archive::events_in) say.
    pub fn cities(&self) -> impl Iterator<Item = &str> {
        self.cities.iter().map(|city| self.text.get(*city))
    }

    fn events_at<'a>(
        &'a self,
        places: impl Iterator<Item = u32>,
        date: Option<Date>,
    ) -> impl Iterator<Item = PastEvent<'a>> {
        let end = self.known(date).last().map_or(0, |issue| issue.events.1);
        places.filter_map(move |at| self.event(at).filter(|_| at < end))
    }

    /// The issue that a row belongs to. `range` gives the rows of an issue.
    fn holder(&self, row: u32, range: impl Fn(&IssueRow) -> (u32, u32)) -> PastIssue<'_> {
        let at = self.issues.partition_point(|issue| range(issue).1 <= row);
        // Rows exist only behind an issue; a damaged file may say otherwise.
        let row = self.issues.get(at).unwrap_or(&IssueRow::NOWHERE);
        PastIssue { archive: self, row }
    }

    fn link(&self, at: u32) -> Option<PastLink<'_>> {
        let row = self.links.get(at as usize)?;
        let archive = self;
        Some(PastLink { archive, at, row })
    }

    fn event(&self, at: u32) -> Option<PastEvent<'_>> {
        let row = self.events.get(at as usize)?;
        let archive = self;
        Some(PastEvent { archive, at, row })
    }
}

/// A text that is looked for in many others. Long ones are found by how they begin: preparing a search for all of
/// them would take longer than most searches.
pub(crate) struct Sought<'t> {
    text: &'t str,
    beginning: Finder<'t>,
}

/// How many bytes of a text tell it from nearly all others.
const BEGINNING: usize = 24;

impl<'t> Sought<'t> {
    pub(crate) fn new(text: &'t str) -> Sought<'t> {
        let beginning = text.as_bytes().get(..BEGINNING);
        Sought {
            text,
            beginning: Finder::new(beginning.unwrap_or(text.as_bytes())),
        }
    }

    /// Whether it stands in `other`.
    pub(crate) fn is_in(&self, other: &str) -> bool {
        let places = self.beginning.find_iter(other.as_bytes());
        let text = self.text.as_bytes();
        let mut rests = places.map(|at| &other.as_bytes()[at..]);
        rests.any(|rest| rest.starts_with(text))
    }
}

/// The places an address belongs to: its site, and its part of the site if it lies below one. The address is in the
/// form by which addresses are compared.
pub fn places_of(canonical: &str) -> impl Iterator<Item = &str> {
    let site = canonical.find(['/', '?', '#']).unwrap_or(canonical.len());
    let part = canonical[site..]
        .strip_prefix('/')
        .and_then(|path| path.find('/'))
        .map(|length| &canonical[..site + 1 + length]);
    std::iter::once(&canonical[..site]).chain(part)
}

/// The section in which a place lies.
pub fn section_at(issue: &Issue, offset: usize) -> Option<usize> {
    issue
        .sections
        .partition_point(|section| section.head.start <= offset)
        .checked_sub(1)
}

/// A section's own text without comments and definitions, white space collapsed: what is compared when it is
/// asked whether a section is new.
pub fn section_text(issue: &Issue, section: usize) -> String {
    let content = issue.sections[section].content;
    let definitions = issue.definitions.iter().map(|definition| definition.span);
    let mut hidden: Vec<_> = issue.comments.iter().copied().chain(definitions).collect();
    hidden.retain(|span| content.contains(*span));
    hidden.sort();
    let mut text = String::new();
    let mut at = content.start;
    for span in hidden {
        if span.start >= at {
            text.push_str(&issue.text()[at..span.start]);
            at = span.end;
        }
    }
    text.push_str(&issue.text()[at..content.end]);
    collapsed(&text)
}
