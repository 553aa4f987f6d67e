//! All published issues as data: for search, lists through time, streams, exports.
//!
//! Records are made with the pages and kept between runs; whoever needs one that is not kept has it made from its
//! text. They are loaded only if somebody needs them, since reading back all of a large archive takes its time too.

mod shelf;

use crate::config::Config;
use crate::error::Result;
use crate::pipeline::build::BuildOptions;
use crate::pipeline::build::sources::{self, Source};
use crate::pipeline::build::state::State;
use crate::pipeline::kept::Key;
use press_core::issue::{Document, Issue, markdown};
use press_core::render::record::{self, Record};
use press_core::render::{site, statistics};
use serde::{Deserialize, Serialize};
pub(super) use shelf::{Needs, Shelf};
use std::collections::BTreeMap;

/// The records of all published issues, oldest first. Drafts and old texts that are no issues have none.
pub fn all(config: &Config) -> Result<Vec<Record>> {
    let named = named(config)?;
    Ok(named.into_iter().map(|(_, record)| record).collect())
}

/// The same with the names of the issues' files.
pub fn named(config: &Config) -> Result<Vec<(String, Record)>> {
    let options = BuildOptions {
        out: &config.site.out,
        clean: false,
        drafts: false,
        live: false,
        pages_only: false,
        progress: &|_, _| {},
    };
    let sources = sources::load(config, &options, &State::default())?;
    let published = sources.issues.iter().filter(|source| is_published(source));
    let published: Vec<&Source> = published.collect();
    let mut shelf = Shelf::new(config, &published, []);
    shelf.fill(&Needs::All)?;
    shelf.keep();
    let names = published.iter().map(|source| source.file.name.clone());
    Ok(names.zip(shelf.into_records()).collect())
}

/// Whether a text is an issue that readers have.
pub(super) fn is_published(source: &Source) -> bool {
    !source.head.draft && !source.is_restructured()
}

/// What is known of a record without having it: what is made of one side of it stands while others change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// All but the exact number of words, which changes with every word.
    whole: Key,
    /// Its events, and where they stand.
    events: Key,
    words: usize,
}

impl Held {
    /// What `record` holds.
    pub(super) fn of(record: &Record) -> Held {
        let minutes = site::minutes(record.words);
        let (head, sections) = (&record.head, &record.sections);
        let texts = (&record.items, &record.passages, &record.papers);
        let events = hashed(&(head, sections, &record.events));
        Held {
            whole: Key::of((events, hashed(&(texts, record.links, minutes)))),
            events,
            words: record.words,
        }
    }
}

/// A key of what is kept of a value: places in the text are not.
fn hashed(value: &impl Serialize) -> Key {
    Key::of(postcard::to_allocvec(value).unwrap_or_default())
}

/// What of all records what is made of them may depend on.
pub(super) struct Sides {
    /// All but the numbers of words.
    pub(super) whole: Key,
    /// The same of each year.
    pub(super) years: BTreeMap<i16, Key>,
    /// All events.
    pub(super) events: Key,
    /// How long issues typically were, year by year.
    pub(super) words: BTreeMap<i16, usize>,
}

impl Sides {
    /// The sides of what published `sources`, oldest first, hold.
    pub(super) fn of(sources: &[&Source]) -> Sides {
        let held = |source: &&Source| source.held.get().copied().unwrap_or_default();
        let all: Vec<Held> = sources.iter().map(held).collect();
        let each = |side: fn(&Held) -> Key| Key::of(all.iter().map(side).collect::<Vec<_>>());
        let mut years: BTreeMap<i16, (Vec<Key>, Vec<usize>)> = BTreeMap::new();
        for (source, held) in sources.iter().zip(&all) {
            let year = years.entry(source.head.date.year()).or_default();
            year.0.push(held.whole);
            year.1.push(held.words);
        }
        let words = years
            .iter()
            .map(|(year, (_, words))| (*year, statistics::median(words.clone())));
        Sides {
            whole: each(|held| held.whole),
            events: each(|held| held.events),
            words: words.collect(),
            years: years
                .into_iter()
                .map(|(year, (keys, _))| (year, Key::of(keys)))
                .collect(),
        }
    }
}

fn read(config: &Config, source: &Source) -> Result<Record> {
    let text = source.text()?;
    let prepared = markdown::Source::new(&text, config.format.definitions);
    let document = Document::parse(&prepared);
    let issue = Issue::read(&document, &config.format);
    let anchors = record::anchors(&issue);
    Ok(Record::new(
        &document,
        &issue,
        &anchors,
        source.head.clone(),
    ))
}
