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
use press_core::render::record::Record;
use rayon::prelude::*;
use std::collections::HashMap;
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

/// The records of one run: empty at first, then those that the run made, then all.
pub(super) struct Shelf<'a> {
    config: &'a Config,
    sources: Vec<&'a Source>,
    records: Vec<Option<Record>>,
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
            full: sources.is_empty(),
            news: false,
        }
    }

    /// Puts in what was made in this run, in the order of the sources.
    pub(super) fn put(&mut self, at: usize, record: Record) {
        self.records[at] = Some(record);
        self.news = true;
    }

    /// What all that is made of the records depends on.
    pub(super) fn key(&self) -> Key {
        Key::of(self.keys())
    }

    fn keys(&self) -> Vec<Key> {
        let key = |source: &&Source| Key::of((source.content, &source.head));
        self.sources.iter().map(key).collect()
    }

    /// Adds what is kept from earlier runs, and makes what is in neither.
    pub(super) fn fill(&mut self) -> Result<()> {
        let missing = self.records.iter().any(Option::is_none);
        let mut kept = if missing { self.load() } else { HashMap::new() };
        let keys = self.keys();
        for (record, key) in self.records.iter_mut().zip(keys) {
            if record.is_none() {
                *record = kept.remove(&key);
            }
        }
        // What is kept of issues that are gone, or were otherwise then, is let go.
        self.news |= !kept.is_empty() || self.records.iter().any(Option::is_none);
        let config = self.config;
        let records = self.records.par_iter_mut().zip(&self.sources);
        records
            .filter(|(record, _)| record.is_none())
            .try_for_each(|(record, source)| {
                *record = Some(read(config, source)?);
                Ok(())
            })?;
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
        let rows: Vec<(Key, &Record)> = self
            .keys()
            .into_iter()
            .zip(self.records.iter().flatten())
            .collect();
        kept::write_value(&self.path(), self.program(), &rows);
    }

    fn into_records(self) -> Vec<Record> {
        self.records.into_iter().flatten().collect()
    }

    fn load(&self) -> HashMap<Key, Record> {
        let rows: Option<Vec<(Key, Record)>> = kept::read_value(&self.path(), self.program());
        rows.unwrap_or_default().into_iter().collect()
    }

    fn path(&self) -> PathBuf {
        kept::folder(self.config.home()).join("records")
    }

    fn program(&self) -> Key {
        Key::of((&self.config.text, kept::program()))
    }
}

fn read(config: &Config, source: &Source) -> Result<Record> {
    let text = source.text()?;
    let prepared = markdown::Source::new(&text, config.format.definitions);
    let document = Document::parse(&prepared);
    let issue = Issue::read(&document, &config.format);
    Ok(Record::new(&document, &issue, source.head.clone()))
}
