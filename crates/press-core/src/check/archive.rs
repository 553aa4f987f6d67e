//! What rules may know of earlier issues.
//!
//! It is flat: rows of numbers and one text that holds all strings. So it is small, it is kept between runs as it
//! is, and reading it back makes nothing anew. A [`Digest`] is what one issue gives to it; what rules get out of
//! it are views such as [`PastIssue`], which borrow all they say.

mod digest;
mod index;
mod rows;
mod words;

pub use digest::{Digest, EventDigest, LinkDigest, SectionDigest};
pub use words::{SHORTEST_WORD, USUAL};

use crate::canonical::canonical;
use crate::issue::Issue;
use index::{Index, key};
use jiff::civil::Date;
use rows::{EventRow, IssueRow, LinkRow, SectionRow, Strings, Text};
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
    links_by_host: Index,
    events_by_group: Index,
    events_by_city: Index,
    /// The towns of all events, in lower case.
    cities: Vec<Text>,
    words: Words,
}

/// An earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastIssue<'a> {
    archive: &'a Archive,
    row: &'a IssueRow,
    /// Its file, as findings name it.
    pub path: &'a str,
    /// Its number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Date,
}

/// A link of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastLink<'a> {
    /// The form by which addresses are compared.
    pub canonical: &'a str,
    /// Its text.
    pub title: &'a str,
    /// 1-based.
    pub line: usize,
    /// Identity of the section it stands in.
    pub section: Option<&'a str>,
    /// Whether it is the link of an item, not one inside a sentence.
    pub item: bool,
    marks: &'a str,
}

/// An event of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastEvent<'a> {
    /// The first day.
    pub date: Option<Date>,
    /// Its page, in the form by which addresses are compared.
    pub url: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// The first organiser's name.
    pub group: &'a str,
    /// Town.
    pub city: Option<&'a str>,
    /// State or province.
    pub state: Option<&'a str>,
    /// Country.
    pub country: Option<&'a str>,
    /// Identity of the section, usually a region.
    pub section: Option<&'a str>,
    /// 1-based.
    pub line: usize,
}

/// A section of an earlier issue.
#[derive(Clone, Copy, Debug)]
pub struct PastSection<'a> {
    /// Its identity.
    pub id: &'a str,
    /// What it says, white space collapsed; of lists of links nothing.
    pub text: &'a str,
    /// The level of its heading; 0 if it has none.
    pub level: u8,
    /// 1-based.
    pub line: usize,
}

impl<'a> PastIssue<'a> {
    /// Its links, in the order of the text.
    pub fn links(&self) -> impl DoubleEndedIterator<Item = PastLink<'a>> + use<'a> {
        let archive = self.archive;
        let rows = archive.links.get(self.row.links()).unwrap_or_default();
        rows.iter().map(|row| archive.link(row))
    }

    /// Its events, in the order of the text.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = PastEvent<'a>> + use<'a> {
        let archive = self.archive;
        let rows = archive.events.get(self.row.events()).unwrap_or_default();
        rows.iter().map(|row| archive.event(row))
    }

    /// Those of its sections that the format knows, in the order of the text.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = PastSection<'a>> + use<'a> {
        let archive = self.archive;
        let rows = archive.sections.get(self.row.sections());
        rows.unwrap_or_default().iter().map(|row| PastSection {
            id: archive.text.get(row.id),
            text: archive.text.get(row.text),
            level: row.level,
            line: row.line as usize,
        })
    }

    /// Its section of this identity, the first if there are several.
    pub fn section(&self, id: &str) -> Option<PastSection<'a>> {
        self.sections().find(|section| section.id == id)
    }

    /// What it says before its first section, white space collapsed.
    pub fn greeting(&self) -> &'a str {
        self.archive.text.get(self.row.greeting)
    }
}

impl PastLink<'_> {
    /// Whether the item has a mark of this identity.
    pub fn has_mark(&self, id: &str) -> bool {
        self.marks.split(' ').any(|mark| mark == id)
    }
}

/// An event, or a link, and the issue that has it.
pub type Past<'a, T> = (PastIssue<'a>, T);

impl Archive {
    /// How many issues there are before `date`: what may be known of the world on that day.
    fn count(&self, date: Option<Date>) -> usize {
        date.map_or(self.issues.len(), |date| {
            self.issues.partition_point(|issue| issue.date() < date)
        })
    }

    /// The issues before `date`, oldest first: what may be known of the world on that day.
    pub fn before(
        &self,
        date: Option<Date>,
    ) -> impl DoubleEndedIterator<Item = PastIssue<'_>> + ExactSizeIterator {
        let known = &self.issues[..self.count(date)];
        known.iter().map(|row| self.issue(row))
    }

    /// The last `count` issues before `date`, oldest first; fewer if there are no more.
    pub fn last(&self, count: usize, date: Option<Date>) -> Vec<PastIssue<'_>> {
        let before = self.before(date);
        let first = before.len().saturating_sub(count);
        before.skip(first).collect()
    }

    /// Where a link with this [canonical] form stood in issues before `date`, oldest first.
    pub fn links_to(&self, form: &str, date: Option<Date>) -> Vec<Past<'_, PastLink<'_>>> {
        let places = self.links_by_url.find(key(form));
        let found = self.of_issues(places, date, |issue| issue.links);
        let links = found.filter_map(|(issue, at)| Some((issue, self.link(self.links.get(at)?))));
        links.filter(|(_, link)| link.canonical == form).collect()
    }

    /// Items of issues before `date` whose links lead to the host of `canonical`, newest first.
    pub fn items_on<'a>(
        &'a self,
        canonical: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = Past<'a, PastLink<'a>>> {
        let places = self.links_by_host.find(key(host(canonical))).rev();
        let found = self.of_issues(places, date, |issue| issue.links);
        found.filter_map(|(issue, at)| Some((issue, self.link(self.links.get(at)?))))
    }

    /// Whether a word of at least [`SHORTEST_WORD`] bytes stood in any issue before `date`.
    pub fn knows_word(&self, word: &str, date: Option<Date>) -> bool {
        self.words.knows(word, self.count(date))
    }

    /// Whether the word of a [fingerprint](crate::check::wording::fingerprint) stood in at least [`USUAL`] of
    /// the first `count` issues.
    pub(crate) fn is_usual(&self, fingerprint: u64, count: usize) -> bool {
        self.words.is_usual(fingerprint, count)
    }

    /// Events of a group in issues before `date`, newest first.
    pub fn events_of(
        &self,
        group_url: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = Past<'_, PastEvent<'_>>> {
        let places = self.events_by_group.find(key(&canonical(group_url)));
        self.events_at(places.rev(), date)
    }

    /// Events in a town in issues before `date`, newest first.
    pub fn events_in(
        &self,
        city: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = Past<'_, PastEvent<'_>>> {
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
    ) -> impl Iterator<Item = Past<'a, PastEvent<'a>>> {
        let found = self.of_issues(places, date, |issue| issue.events);
        found.filter_map(|(issue, at)| Some((issue, self.event(self.events.get(at)?))))
    }

    /// Rows, each with the issue before `date` that it belongs to. `range` gives the rows of an issue.
    fn of_issues<'a>(
        &'a self,
        rows: impl Iterator<Item = u32>,
        date: Option<Date>,
        range: impl Fn(&IssueRow) -> (u32, u32),
    ) -> impl Iterator<Item = Past<'a, usize>> {
        let known = &self.issues[..self.count(date)];
        rows.filter_map(move |row| {
            let at = known.partition_point(|issue| range(issue).1 <= row);
            Some((self.issue(known.get(at)?), row as usize))
        })
    }

    fn issue<'a>(&'a self, row: &'a IssueRow) -> PastIssue<'a> {
        PastIssue {
            archive: self,
            row,
            path: self.text.get(row.path),
            number: row.number,
            date: row.date(),
        }
    }

    fn link(&self, row: &LinkRow) -> PastLink<'_> {
        PastLink {
            canonical: self.text.get(row.canonical),
            title: self.text.get(row.title),
            line: row.line as usize,
            section: self.text.some(row.section),
            item: row.item,
            marks: self.text.get(row.marks),
        }
    }

    fn event(&self, row: &EventRow) -> PastEvent<'_> {
        PastEvent {
            date: row.date(),
            url: self.text.get(row.url),
            title: self.text.get(row.title),
            group: self.text.get(row.group),
            city: self.text.some(row.city),
            state: self.text.some(row.state),
            country: self.text.some(row.country),
            section: self.text.some(row.section),
            line: row.line as usize,
        }
    }
}

/// The host of an address in the form by which addresses are compared.
fn host(canonical: &str) -> &str {
    canonical.split(['/', '?', '#']).next().unwrap_or_default()
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

/// A text with all white space made single blanks, so that line breaks do not matter when it is compared.
pub fn collapsed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
