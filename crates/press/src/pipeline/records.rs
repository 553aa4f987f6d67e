//! All published issues as data: for search, lists through time, streams, exports.
//!
//! Records are made with the pages and kept between runs; whoever needs one that is not kept has it made from its
//! text. They are loaded only if somebody needs them, since reading back all of a large archive takes its time too.

use crate::config::Config;
use crate::error::Result;
use crate::pipeline::build::BuildOptions;
use crate::pipeline::build::sources::{self, Source};
use crate::pipeline::build::state::State;
use crate::pipeline::kept::{self, Key};
use press_core::issue::{Document, Issue, markdown};
use press_core::render::record::{self, Record};
use press_core::render::{site, statistics};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

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
    let mut shelf = Shelf::new(config, &published);
    shelf.fill()?;
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
    pub(super) words: Key,
}

/// The records of one run: empty at first, then those that the run made, then all.
pub(super) struct Shelf<'a> {
    config: &'a Config,
    sources: Vec<&'a Source>,
    records: Vec<Option<Record>>,
    /// What was kept before, as it was read.
    kept: Vec<u8>,
    /// Whether all records are there.
    full: bool,
    /// Whether there are some that were not kept yet.
    news: bool,
}

impl<'a> Shelf<'a> {
    /// A shelf for the records of published `sources`, oldest first.
    pub(super) fn new(config: &'a Config, sources: &[&'a Source]) -> Shelf<'a> {
        Shelf {
            config,
            records: sources.iter().map(|_| None).collect(),
            sources: sources.to_vec(),
            kept: Vec::new(),
            full: sources.is_empty(),
            news: false,
        }
    }

    /// Puts in what was made in this run, in the order of the sources.
    pub(super) fn put(&mut self, at: usize, record: Record) {
        self.records[at] = Some(record);
        self.news = true;
    }

    /// What may be made of the records depends on these.
    pub(super) fn sides(&self) -> Sides {
        let held = |source: &&Source| source.held.get().copied().unwrap_or_default();
        let all: Vec<Held> = self.sources.iter().map(held).collect();
        let each = |side: fn(&Held) -> Key| Key::of(all.iter().map(side).collect::<Vec<_>>());
        let mut years: BTreeMap<i16, (Vec<Key>, Vec<usize>)> = BTreeMap::new();
        for (source, held) in self.sources.iter().zip(&all) {
            let year = years.entry(source.head.date.year()).or_default();
            year.0.push(held.whole);
            year.1.push(held.words);
        }
        let words = years
            .values()
            .map(|(_, words)| statistics::median(words.clone()));
        Sides {
            whole: each(|held| held.whole),
            events: each(|held| held.events),
            words: Key::of(words.collect::<Vec<_>>()),
            years: years
                .into_iter()
                .map(|(year, (keys, _))| (year, Key::of(keys)))
                .collect(),
        }
    }

    fn keys(&self) -> Vec<Key> {
        let key = |source: &&Source| Key::of((source.content, &source.head));
        self.sources.iter().map(key).collect()
    }

    /// Adds what is kept from earlier runs, and makes what is in neither.
    pub(super) fn fill(&mut self) -> Result<()> {
        let missing = self.records.iter().any(Option::is_none);
        if missing {
            let kept = kept::read_bytes(&self.path(), self.program());
            self.kept = kept.unwrap_or_default();
        }
        let kept = rows(&self.kept);
        let config = self.config;
        let keys = self.keys();
        let slots = self.records.par_iter_mut().zip(&self.sources).zip(keys);
        let made = slots.filter(|((record, _), _)| record.is_none());
        let made = made.map(|((slot, source), key)| {
            let known = kept
                .get(&key.bytes())
                .and_then(|row| postcard::from_bytes(row).ok());
            let is_new = known.is_none();
            *slot = Some(match known {
                Some(record) => record,
                None => read(config, source)?,
            });
            Ok(is_new)
        });
        let made: Vec<bool> = made.collect::<Result<_>>()?;
        // What is kept of issues that are gone, or were otherwise then, is let go.
        self.news |= made.contains(&true) || kept.len() > made.len();
        self.full = true;
        Ok(())
    }

    /// All records, oldest first; none before [`Shelf::fill`].
    pub(super) fn records(&self) -> Vec<&Record> {
        if self.full {
            self.records.iter().flatten().collect()
        } else {
            Vec::new()
        }
    }

    /// Keeps them for the next run, if all are there and some are new.
    pub(super) fn keep(&self) {
        if !self.full || !self.news {
            return;
        }
        let known = rows(&self.kept);
        let mut body = Vec::with_capacity(kept::HEAD + self.kept.len());
        body.resize(kept::HEAD, 0);
        for (key, record) in self.keys().into_iter().zip(self.records.iter().flatten()) {
            let start = body.len() + ROW_HEAD;
            body.resize(start, 0);
            match known.get(&key.bytes()) {
                Some(row) => body.extend_from_slice(row),
                None => match postcard::to_extend(record, body) {
                    Ok(longer) => body = longer,
                    Err(_) => return,
                },
            }
            let len = (body.len() - start) as u64;
            body[start - ROW_HEAD..start].copy_from_slice(&row_head(key, len));
        }
        kept::seal(&self.path(), self.program(), body);
    }

    fn into_records(mut self) -> Vec<Record> {
        let records = std::mem::take(&mut self.records);
        records.into_iter().flatten().collect()
    }

    fn path(&self) -> PathBuf {
        kept::folder(self.config.home()).join("records")
    }

    fn program(&self) -> Key {
        Key::of((&self.config.text, kept::program()))
    }
}

impl Drop for Shelf<'_> {
    /// Millions of short texts are freed beside what comes next, or not at all where the program ends.
    fn drop(&mut self) {
        let records = std::mem::take(&mut self.records);
        std::thread::spawn(move || drop(records));
    }
}

/// Key and length of a row come before it.
const ROW_HEAD: usize = 16;

fn row_head(key: Key, len: u64) -> [u8; ROW_HEAD] {
    let mut head = [0; ROW_HEAD];
    head[..8].copy_from_slice(&key.bytes());
    head[8..].copy_from_slice(&len.to_le_bytes());
    head
}

/// The rows of a file of records, by key. They are read one by one, on all cores.
fn rows(mut body: &[u8]) -> HashMap<[u8; 8], &[u8]> {
    let mut rows = HashMap::new();
    while let Some((head, rest)) = body.split_first_chunk::<ROW_HEAD>() {
        let (key, len) = head.split_at(8);
        let len = len.try_into().map_or(0, u64::from_le_bytes);
        let Some((row, rest)) = rest.split_at_checked(usize::try_from(len).unwrap_or(usize::MAX))
        else {
            break;
        };
        rows.insert(key.try_into().unwrap_or_default(), row);
        body = rest;
    }
    rows
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
