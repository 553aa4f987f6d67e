//! The records of one run, year by year: a build that changes one year reads back, and keeps anew, no other.

use super::read;
use crate::config::Config;
use crate::error::Result;
use crate::pipeline::build::sources::Source;
use crate::pipeline::kept::{self, Key};
use press_core::render::record::Record;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Which records somebody needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Needs {
    /// Those of all years.
    All,
    /// Those of these years.
    Years(BTreeSet<i16>),
}

impl Needs {
    /// Nothing.
    pub(in crate::pipeline) fn none() -> Needs {
        Needs::Years(BTreeSet::new())
    }

    /// The needs of both.
    pub(in crate::pipeline) fn and(self, other: &Needs) -> Needs {
        match (self, other) {
            (Needs::Years(mut years), Needs::Years(others)) => {
                years.extend(others);
                Needs::Years(years)
            }
            _ => Needs::All,
        }
    }

    fn has(&self, year: i16) -> bool {
        match self {
            Needs::All => true,
            Needs::Years(years) => years.contains(&year),
        }
    }
}

/// The records of one run: empty at first, then those that the run made, then what somebody needs.
pub(in crate::pipeline) struct Shelf<'a> {
    config: &'a Config,
    /// Oldest first.
    years: Vec<Year<'a>>,
}

struct Year<'a> {
    year: i16,
    sources: Vec<&'a Source>,
    records: Vec<Option<Record>>,
    /// What was kept before, as it was read.
    kept: Vec<u8>,
    /// Whether all of its records are there.
    full: bool,
    /// Whether there are some that were not kept yet.
    news: bool,
}

impl<'a> Shelf<'a> {
    /// A shelf for the records of published `sources`, oldest first, with those that were `made` in this run.
    pub(in crate::pipeline) fn new(
        config: &'a Config,
        sources: &[&'a Source],
        made: impl IntoIterator<Item = Option<Record>>,
    ) -> Shelf<'a> {
        let mut made = made.into_iter().chain(std::iter::repeat_with(|| None));
        let year = |source: &Source| source.head.date.year();
        let years = sources.chunk_by(|one, other| year(one) == year(other));
        let years = years.map(|sources| {
            let records: Vec<Option<Record>> = made.by_ref().take(sources.len()).collect();
            Year {
                year: year(sources[0]),
                news: records.iter().any(Option::is_some),
                sources: sources.to_vec(),
                records,
                kept: Vec::new(),
                full: false,
            }
        });
        Shelf {
            config,
            years: years.collect(),
        }
    }

    /// Adds what is kept from earlier runs, and makes what is in neither.
    pub(in crate::pipeline) fn fill(&mut self, needs: &Needs) -> Result<()> {
        let config = self.config;
        let program = self.program();
        let paths: Vec<PathBuf> = self.years.iter().map(|year| self.path(year)).collect();
        let years = self.years.par_iter_mut().zip(paths);
        let years = years.filter(|(year, _)| needs.has(year.year) && !year.full);
        years.try_for_each(|(year, path)| {
            if year.records.iter().any(Option::is_none) {
                year.kept = kept::read_bytes(&path, program).unwrap_or_default();
            }
            year.fill(config)
        })
    }

    /// The records of the years in `needs` that were filled in, oldest first.
    pub(in crate::pipeline) fn records(&self, needs: &Needs) -> Vec<&Record> {
        let years = self.years.iter();
        let years = years.filter(|year| needs.has(year.year) && year.full);
        years
            .flat_map(|year| year.records.iter().flatten())
            .collect()
    }

    /// Keeps what is new for the next run, of the years that are there as a whole.
    pub(in crate::pipeline) fn keep(&self) {
        let years = self.years.par_iter().filter(|year| year.full && year.news);
        years.for_each(|year| {
            if let Some(body) = year.body() {
                kept::seal(&self.path(year), self.program(), body);
            }
        });
        kept::retain(self.config.home(), NAME, |rest| {
            self.years.iter().any(|year| year.year.to_string() == rest)
        });
    }

    pub(super) fn into_records(mut self) -> Vec<Record> {
        let years = std::mem::take(&mut self.years).into_iter();
        years
            .flat_map(|year| year.records.into_iter().flatten())
            .collect()
    }

    fn path(&self, year: &Year<'_>) -> PathBuf {
        kept::folder(self.config.home()).join(format!("{NAME}{}", year.year))
    }

    fn program(&self) -> Key {
        Key::of((&self.config.text, kept::program()))
    }
}

/// How the names of files with records begin; the year follows.
const NAME: &str = "records-";

impl Year<'_> {
    fn keys(&self) -> Vec<Key> {
        let key = |source: &&Source| Key::of((source.content, &source.head));
        self.sources.iter().map(key).collect()
    }

    fn fill(&mut self, config: &Config) -> Result<()> {
        let kept = kept::rows(&self.kept);
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

    /// The bytes of its file, with room for their head.
    fn body(&self) -> Option<Vec<u8>> {
        let known = kept::rows(&self.kept);
        let mut body = Vec::with_capacity(kept::HEAD + self.kept.len());
        body.resize(kept::HEAD, 0);
        for (key, record) in self.keys().into_iter().zip(self.records.iter().flatten()) {
            let row = match known.get(&key.bytes()) {
                Some(row) => Cow::Borrowed(*row),
                None => Cow::Owned(postcard::to_allocvec(record).ok()?),
            };
            kept::put_row(&mut body, key, &row);
        }
        Some(body)
    }
}

impl Drop for Shelf<'_> {
    /// Millions of short texts are freed beside what comes next, or not at all where the program ends.
    fn drop(&mut self) {
        let years = std::mem::take(&mut self.years).into_iter();
        let records: Vec<Vec<Option<Record>>> = years.map(|year| year.records).collect();
        std::thread::spawn(move || drop(records));
    }
}
