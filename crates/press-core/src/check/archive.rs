//! What rules may know of earlier issues: compact enough to be kept between runs.

use crate::canonical::canonical;
use crate::check::wording::{self, fingerprint};
use crate::format::Format;
use crate::issue::{Issue, Section};
use crate::span::LineIndex;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An earlier issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastIssue {
    /// Its file, as findings name it.
    pub path: String,
    /// Its number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Date,
    /// Its links, those of items first among equals.
    pub links: Vec<PastLink>,
    /// Its events.
    pub events: Vec<PastEvent>,
    /// Its sections with their own text, white space collapsed, comments and definitions left out.
    pub sections: Vec<PastSection>,
    /// What it says before its first section, white space collapsed.
    pub greeting: String,
    /// Fingerprints of its longer words, each once.
    pub words: Vec<u64>,
    /// Its words with capitals inside, each once: names such as `OpenSSL`.
    pub names: Vec<String>,
}

/// A link of an earlier issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastLink {
    /// The form by which addresses are compared.
    pub canonical: String,
    /// Its text.
    pub title: String,
    /// 1-based.
    pub line: u32,
    /// Identity of the section it stands in.
    pub section: Option<String>,
    /// Whether it is the link of an item, not one inside a sentence.
    pub item: bool,
    /// Ids of the item's marks.
    pub marks: Vec<String>,
}

/// An event of an earlier issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastEvent {
    /// The first day.
    pub date: Option<Date>,
    /// Its page, in the form by which addresses are compared.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// The first organiser's name.
    pub group: String,
    /// The first organiser's page, in the form by which addresses are compared.
    pub group_url: String,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Identity of the section, usually a region.
    pub section: Option<String>,
    /// 1-based.
    pub line: u32,
}

/// A section of an earlier issue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PastSection {
    /// Its identity.
    pub id: String,
    /// Its own text, as [`section_text`] gives it.
    pub text: String,
    /// The level of its heading; 0 if it has none.
    pub level: u8,
    /// 1-based.
    pub line: u32,
}

/// All earlier issues with what is looked up in them.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    issues: Vec<PastIssue>,
    by_url: HashMap<String, Vec<(u32, u32)>>,
    by_group: HashMap<String, Vec<(u32, u32)>>,
    /// Links of items only.
    by_host: HashMap<String, Vec<(u32, u32)>>,
    by_city: HashMap<String, Vec<(u32, u32)>>,
    by_word: HashMap<u64, WordUse, BuildHasherDefault<Fingerprints>>,
    /// Issues that have a name, whatever its capitals, and which of their names it is.
    by_name: HashMap<u64, Vec<(u32, u32)>, BuildHasherDefault<Fingerprints>>,
}

/// A hasher for what is a hash already.
#[derive(Clone, Copy, Debug, Default)]
struct Fingerprints(u64);

impl Hasher for Fingerprints {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

/// Words of fewer letters are not kept: one slip makes another word of them too easily.
pub const SHORTEST_WORD: usize = 5;

/// In how many issues a word must stand before it is called usual.
pub const USUAL: u32 = 8;

/// How issues use a word, as positions in their order.
#[derive(Clone, Copy, Debug)]
struct WordUse {
    first: u32,
    /// The issue since which it is usual.
    usual: u32,
    count: u32,
}

impl PastIssue {
    /// What later issues need to know of `issue`, which stands in the file `path`. None for undated texts.
    pub fn new(issue: &Issue, format: &Format, path: &str) -> Option<PastIssue> {
        let date = issue.masthead.date?;
        let lines = LineIndex::new(issue.text());
        Some(PastIssue {
            path: path.to_owned(),
            number: issue.masthead.number,
            date,
            links: past_links(issue, &lines),
            events: past_events(issue, &lines),
            sections: past_sections(issue, format, &lines),
            greeting: collapsed(issue.masthead.greeting.of(issue.text())),
            words: longer_words(issue),
            names: names(issue),
        })
    }
}

/// Fingerprints of the longer words, each once, in order.
fn longer_words(issue: &Issue) -> Vec<u64> {
    let words = wording::words(issue.text(), &issue.prose).into_iter();
    let longer = words.filter(|(_, word)| word.len() >= SHORTEST_WORD);
    let mut words: Vec<u64> = longer.map(|(_, word)| fingerprint(word)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a word has capitals after small letters or before them, not only in front.
fn is_name(word: &str) -> bool {
    let inner = word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    inner && word.len() >= SHORTEST_WORD && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn names(issue: &Issue) -> Vec<String> {
    let words = wording::words(issue.text(), &issue.prose).into_iter();
    let names = words.filter(|(_, word)| is_name(word));
    let mut names: Vec<String> = names.map(|(_, name)| name.to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn line_of(lines: &LineIndex, offset: usize) -> u32 {
    u32::try_from(lines.line(offset)).unwrap_or(u32::MAX)
}

fn id_of(issue: &Issue, section: Option<usize>) -> Option<String> {
    section.and_then(|section| issue.sections[section].id.clone())
}

fn past_links(issue: &Issue, lines: &LineIndex) -> Vec<PastLink> {
    let mut items = vec![None; issue.links.len()];
    for item in &issue.items {
        if let Some(link) = item.link {
            items[link] = Some(item);
        }
    }
    let links = issue.links.iter().zip(items);
    let links = links.filter(|(link, _)| !link.image && !link.url.is_empty());
    let past = links.map(|(link, item)| {
        let own = item.and_then(|item| item.section);
        let section = own.or_else(|| section_at(issue, link.span.start));
        let marks = item.into_iter().flat_map(|item| &item.marks);
        PastLink {
            canonical: canonical(&link.url),
            title: link.title.clone(),
            line: line_of(lines, link.span.start),
            section: id_of(issue, section),
            item: item.is_some(),
            marks: marks.filter_map(|mark| mark.id.clone()).collect(),
        }
    });
    past.collect()
}

fn past_events(issue: &Issue, lines: &LineIndex) -> Vec<PastEvent> {
    let past = |event: &crate::issue::Event| {
        let (group, group_url) = event
            .organisers
            .first()
            .map_or_else(Default::default, |organiser| {
                (organiser.name.clone(), canonical(&organiser.url))
            });
        PastEvent {
            date: event.date,
            url: canonical(&event.url),
            title: event.title.clone(),
            group,
            group_url,
            city: event.place.city.clone(),
            state: event.place.state.clone(),
            country: event.place.country.clone(),
            section: id_of(issue, event.section),
            line: line_of(lines, event.span.start),
        }
    };
    issue.events.iter().map(past).collect()
}

fn past_sections(issue: &Issue, format: &Format, lines: &LineIndex) -> Vec<PastSection> {
    let past = |(index, section): (usize, &Section)| {
        let level = |heading: usize| issue.headings[heading].level;
        Some(PastSection {
            id: format.sections.get(section.spec?)?.id.clone(),
            text: section_text(issue, index),
            level: section.heading.map_or(0, level),
            line: line_of(lines, section.head.start),
        })
    };
    issue.sections.iter().enumerate().filter_map(past).collect()
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

/// The host of an address in the form by which addresses are compared.
fn host(canonical: &str) -> &str {
    canonical.split(['/', '?', '#']).next().unwrap_or_default()
}

impl Archive {
    /// An archive of issues, in any order.
    pub fn new(mut issues: Vec<PastIssue>) -> Archive {
        issues.sort_by(|one, other| (one.date, &one.path).cmp(&(other.date, &other.path)));
        let mut archive = Archive {
            issues,
            ..Archive::default()
        };
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        for (at, issue) in archive.issues.iter().enumerate() {
            for (link, found) in issue.links.iter().enumerate() {
                archive
                    .by_url
                    .entry(found.canonical.clone())
                    .or_default()
                    .push((index(at), index(link)));
                if found.item {
                    archive
                        .by_host
                        .entry(host(&found.canonical).to_owned())
                        .or_default()
                        .push((index(at), index(link)));
                }
            }
            for word in &issue.words {
                let known = archive.by_word.entry(*word).or_insert(WordUse {
                    first: index(at),
                    usual: u32::MAX,
                    count: 0,
                });
                known.count += 1;
                if known.count == USUAL {
                    known.usual = index(at);
                }
            }
            for (name, written) in issue.names.iter().enumerate() {
                let places = archive.by_name.entry(fingerprint(written)).or_default();
                places.push((index(at), index(name)));
            }
            for (event, found) in issue.events.iter().enumerate() {
                archive
                    .by_group
                    .entry(found.group_url.clone())
                    .or_default()
                    .push((index(at), index(event)));
                if let Some(city) = &found.city {
                    let places = archive.by_city.entry(city.to_lowercase()).or_default();
                    places.push((index(at), index(event)));
                }
            }
        }
        archive
    }

    /// The issues before `date`, oldest first: what may be known of the world on that day.
    pub fn before(&self, date: Option<Date>) -> &[PastIssue] {
        let count = date.map_or(self.issues.len(), |date| {
            self.issues.partition_point(|issue| issue.date < date)
        });
        &self.issues[..count]
    }

    /// Where a link stood in issues before `date`, oldest first.
    pub fn links_to(&self, url: &str, date: Option<Date>) -> Vec<(&PastIssue, &PastLink)> {
        let count = self.before(date).len();
        let places = self.by_url.get(&canonical(url)).into_iter().flatten();
        let places = places.map(|(issue, link)| {
            (
                &self.issues[*issue as usize],
                *issue as usize,
                *link as usize,
            )
        });
        places
            .filter(|(_, at, _)| *at < count)
            .map(|(issue, _, link)| (issue, &issue.links[link]))
            .collect()
    }

    /// Items of issues before `date` whose links lead to the host of `canonical`, newest first.
    pub fn items_on<'a>(
        &'a self,
        canonical: &str,
        date: Option<Date>,
    ) -> impl Iterator<Item = (&'a PastIssue, &'a PastLink)> {
        let count = self.before(date).len();
        let places = self.by_host.get(host(canonical)).into_iter().flatten();
        places.rev().filter_map(move |(issue, link)| {
            let found = &self.issues[*issue as usize];
            ((*issue as usize) < count).then(|| (found, &found.links[*link as usize]))
        })
    }

    /// Whether a word of at least [`SHORTEST_WORD`] bytes stood in any issue before `date`.
    pub fn knows_word(&self, word: &str, date: Option<Date>) -> bool {
        let count = self.before(date).len();
        let known = self.by_word.get(&fingerprint(word));
        known.is_some_and(|known| (known.first as usize) < count)
    }

    /// Whether a word stood in at least [`USUAL`] of the first `count` issues.
    pub fn is_usual_word(&self, word: &str, count: usize) -> bool {
        let known = self.by_word.get(&fingerprint(word));
        known.is_some_and(|known| (known.usual as usize) < count)
    }

    /// How the issues among the last `window` before `date` that have a name with these letters write it: every
    /// way with the number of issues.
    pub fn written(&self, word: &str, date: Option<Date>, window: usize) -> Vec<(&str, usize)> {
        let count = self.before(date).len();
        let places = self.by_name.get(&fingerprint(word)).into_iter().flatten();
        let mut ways: Vec<(&str, usize)> = Vec::new();
        for (issue, name) in places {
            let issue = *issue as usize;
            if issue >= count || issue + window < count {
                continue;
            }
            let name = self.issues[issue].names[*name as usize].as_str();
            match ways.iter_mut().find(|(way, _)| *way == name) {
                Some((_, times)) => *times += 1,
                None => ways.push((name, 1)),
            }
        }
        ways
    }

    /// Events of a group in issues before `date`, oldest first.
    pub fn events_of(&self, group_url: &str, date: Option<Date>) -> Vec<(&PastIssue, &PastEvent)> {
        self.events_at(self.by_group.get(&canonical(group_url)), date)
    }

    /// Events in a town in issues before `date`, oldest first.
    pub fn events_in(&self, city: &str, date: Option<Date>) -> Vec<(&PastIssue, &PastEvent)> {
        self.events_at(self.by_city.get(&city.to_lowercase()), date)
    }

    /// The towns of all events, in lower case, in no order. Whether one was known on a day, its
    /// [events](Archive::events_in) say.
    pub fn cities(&self) -> impl Iterator<Item = &str> {
        self.by_city.keys().map(String::as_str)
    }

    fn events_at(
        &self,
        places: Option<&Vec<(u32, u32)>>,
        date: Option<Date>,
    ) -> Vec<(&PastIssue, &PastEvent)> {
        let count = self.before(date).len();
        let known = places
            .into_iter()
            .flatten()
            .filter(|(issue, _)| (*issue as usize) < count);
        let found = known.map(|(issue, event)| {
            let issue = &self.issues[*issue as usize];
            (issue, &issue.events[*event as usize])
        });
        found.collect()
    }
}
