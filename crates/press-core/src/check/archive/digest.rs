//! What is taken from an issue for the comparison with later ones.

use super::words::SHORTEST_WORD;
use super::{section_at, section_text};
use crate::canonical::canonical;
use crate::check::wording::{self, Word};
use crate::format::{Format, SectionKind};
use crate::issue::{Issue, Section};
use crate::span::LineIndex;
use crate::text::collapsed;
use jiff::civil::Date;

/// What of an issue later ones are compared with.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Its file, as findings name it.
    pub path: String,
    /// Its number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Date,
    /// Its links, those of items first among equals.
    pub links: Vec<LinkDigest>,
    /// Its events.
    pub events: Vec<EventDigest>,
    /// Its sections.
    pub sections: Vec<SectionDigest>,
    /// What it says before its first section, white space collapsed.
    pub greeting: String,
    /// Fingerprints of its longer words, each once.
    pub words: Vec<u64>,
    /// Its longer words that have capitals and small letters, each once.
    pub names: Vec<String>,
}

/// A link of an earlier issue.
#[derive(Clone, Debug)]
pub struct LinkDigest {
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
#[derive(Clone, Debug)]
pub struct EventDigest {
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
#[derive(Clone, Debug)]
pub struct SectionDigest {
    /// Its identity.
    pub id: String,
    /// What it says, as far as it is compared: see [`said`].
    pub text: String,
    /// The level of its heading; 0 if it has none.
    pub level: u8,
    /// 1-based.
    pub line: u32,
}

impl Digest {
    /// What later issues need to know of `issue`, which stands in the file `path`. None for undated texts.
    pub fn new(issue: &Issue, format: &Format, path: &str) -> Option<Digest> {
        let date = issue.masthead.date?;
        let lines = LineIndex::new(issue.text());
        let mut words = wording::words(issue.text(), &issue.prose);
        words.retain(|word| word.text.len() >= SHORTEST_WORD);
        Some(Digest {
            path: path.to_owned(),
            number: issue.masthead.number,
            date,
            links: past_links(issue, &lines),
            events: past_events(issue, &lines),
            sections: past_sections(issue, format, &lines),
            greeting: collapsed(issue.masthead.greeting.of(issue.text())),
            words: longer_words(&words),
            names: names(&words),
        })
    }
}

/// Fingerprints of words, each once, in order.
fn longer_words(words: &[Word<'_>]) -> Vec<u64> {
    let mut words: Vec<u64> = words.iter().map(|word| word.fingerprint).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn names(words: &[Word<'_>]) -> Vec<String> {
    let mixed = |text: &str| {
        text.bytes().any(|byte| byte.is_ascii_uppercase())
            && text.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    let names = words.iter().map(|word| word.text);
    let mut names: Vec<&str> = names.filter(|name| mixed(name)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

fn line_of(lines: &LineIndex, offset: usize) -> u32 {
    u32::try_from(lines.line(offset)).unwrap_or(u32::MAX)
}

fn id_of(issue: &Issue, section: Option<usize>) -> Option<String> {
    section.and_then(|section| issue.sections[section].id.clone())
}

fn past_links(issue: &Issue, lines: &LineIndex) -> Vec<LinkDigest> {
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
        LinkDigest {
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

fn past_events(issue: &Issue, lines: &LineIndex) -> Vec<EventDigest> {
    let past = |event: &crate::issue::Event| {
        let (group, group_url) = event
            .organisers
            .first()
            .map_or_else(Default::default, |organiser| {
                (organiser.name.clone(), canonical(&organiser.url))
            });
        EventDigest {
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

fn past_sections(issue: &Issue, format: &Format, lines: &LineIndex) -> Vec<SectionDigest> {
    let past = |(index, section): (usize, &Section)| {
        let level = |heading: usize| issue.headings[heading].level;
        Some(SectionDigest {
            id: format.sections.get(section.spec?)?.id.clone(),
            text: said(issue, index),
            level: section.heading.map_or(0, level),
            line: line_of(lines, section.head.start),
        })
    };
    issue.sections.iter().enumerate().filter_map(past).collect()
}

/// What a section says, as far as later ones are compared with it: all where people write sentences, elsewhere what
/// stands beside the lists.
fn said(issue: &Issue, section: usize) -> String {
    match issue.sections[section].kind {
        SectionKind::Prose | SectionKind::Quote | SectionKind::Calls | SectionKind::Jobs => {
            section_text(issue, section)
        }
        _ => beside_lists(issue, section),
    }
}

/// The lines of a section that begin neither an item nor, by a blank, its continuation.
fn beside_lists(issue: &Issue, section: usize) -> String {
    let lines = issue.sections[section].content.of(issue.text()).lines();
    let own = lines.filter(|line| !line.starts_with(['*', '-', '+', ' ', '\t', '#', '<']));
    collapsed(&own.collect::<Vec<_>>().join(" "))
}
