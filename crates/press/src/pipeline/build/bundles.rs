//! Files that are made of all issues at once: search, streams, lists through time. Which files there are depends on
//! what the issues hold, so a bundle is made as a whole or not at all; of its files only those are written that changed.

mod data;
mod events;
mod lists;
mod search;
mod statistics;
mod streams;

use super::state::{BundleState, OutputState};
use super::{Round, Settled, Site};
use crate::error::Result;
use crate::pipeline::kept::Key;
use crate::pipeline::records::{Shelf, Sides};
use press_core::render::address;
use press_core::render::agenda::Agenda;
use press_core::render::record::Record;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// A file of a bundle.
pub(super) struct File {
    /// Its address on the site, from the slash.
    pub(super) path: String,
    pub(super) content: Content,
    /// Whether it is a page that search engines are told of.
    pub(super) page: bool,
}

/// What is in a file.
pub(super) enum Content {
    Made(Vec<u8>),
    /// What was in it before.
    Standing,
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content::Made(bytes)
    }
}

type Make<'a> = Box<dyn Fn(&[&Record]) -> Result<Vec<File>> + Send + Sync + 'a>;

/// Files that are made together from the records of all published issues, oldest first.
pub(super) struct Bundle<'a> {
    /// By which the next build knows it.
    pub(super) name: String,
    /// What it depends on besides configuration, theme and program: sides of the issues, and what else there is.
    pub(super) key: Key,
    pub(super) make: Make<'a>,
}

/// All bundles of a site.
fn all<'a>(
    site: &'a Site<'_>,
    sides: &Sides,
    stands: impl Fn(&str) -> bool + Send + Sync + 'a,
) -> Result<Vec<Bundle<'a>>> {
    let mut bundles = data::all(site, sides);
    bundles.extend(lists::all(site, sides.whole));
    bundles.extend(search::all(site, sides, stands));
    bundles.extend(statistics::all(site, sides)?);
    let known = Known::default();
    bundles.extend(events::bundle(site, sides.events, &known));
    bundles.extend(streams::bundle(site, sides, &known));
    Ok(bundles)
}

/// What several bundles are made from; the first that needs it works it out.
#[derive(Clone, Default)]
struct Known {
    agenda: Arc<OnceLock<Agenda>>,
}

impl Known {
    fn agenda(&self, site: &Site<'_>, records: &[&Record]) -> &Agenda {
        let days = site.config.draft.event_days;
        self.agenda.get_or_init(|| Agenda::of(records, days.into()))
    }
}

/// What became of the bundles: the files, what the next build should know, and the addresses of pages.
#[derive(Default)]
pub(super) struct Bundled {
    pub(super) files: Vec<Settled>,
    pub(super) states: Vec<(String, BundleState)>,
    pub(super) pages: Vec<String>,
    /// Whether some are not as they would be made now.
    pub(super) behind: bool,
}

impl Round<'_> {
    /// Makes what must be made. The records are only filled up if anything must.
    pub(super) fn bundles(&self, shelf: &mut Shelf<'_>) -> Result<Bundled> {
        let bundles = all(self.site, &shelf.sides(), |address| self.is_kept(address))?.into_iter();
        let keyed = bundles.map(|bundle| (Key::of((self.site.global, bundle.key)), bundle));
        let keyed: Vec<(Key, Bundle<'_>)> = keyed.collect();
        let behind = |(key, bundle): &(Key, Bundle<'_>)| !self.stands(&bundle.name, *key);
        let behind = keyed.iter().any(behind);
        if behind && !self.options.pages_only {
            shelf.fill()?;
        }
        let records = shelf.records();
        let settled = keyed
            .into_par_iter()
            .map(|(key, bundle)| self.bundle(&bundle, key, &records));
        let settled: Vec<Result<Bundled>> = settled.collect();
        let mut whole = Bundled {
            behind: behind && self.options.pages_only,
            ..Bundled::default()
        };
        for bundled in settled {
            let bundled = bundled?;
            whole.files.extend(bundled.files);
            whole.states.extend(bundled.states);
            whole.pages.extend(bundled.pages);
        }
        Ok(whole)
    }

    /// Whether all of a bundle is as the last build left it.
    fn stands(&self, name: &str, key: Key) -> bool {
        let known = self
            .state
            .bundles
            .get(name)
            .filter(|known| known.key == key);
        known.is_some_and(|known| {
            known
                .files
                .iter()
                .all(|(path, _)| self.kept(path).is_some())
        })
    }

    /// What is known of a file that stands as the last build left it.
    fn kept(&self, path: &str) -> Option<OutputState> {
        let known = self.state.outputs.get(path)?;
        (self.output.stamp(path) == Some(known.stamp)).then_some(*known)
    }

    fn is_kept(&self, address: &str) -> bool {
        let path = address::file_of(address);
        path.is_some_and(|path| self.kept(&path).is_some())
    }

    fn bundle(&self, bundle: &Bundle<'_>, key: Key, records: &[&Record]) -> Result<Bundled> {
        if self.options.pages_only || self.stands(&bundle.name, key) {
            return Ok(self.as_it_was(&bundle.name));
        }
        let made = (bundle.make)(records)?;
        let settled = made.into_par_iter().map(|file| {
            let path = address::file_of(&file.path).unwrap_or_default();
            let settled = match &file.content {
                Content::Made(content) if path.ends_with(search::PACKED) => {
                    self.place_packed(path, key, content)?
                }
                Content::Made(content) => self.place(path, key, content)?,
                Content::Standing => {
                    let stamp = self.output.stamp(&path).unwrap_or_default();
                    Settled::standing(path, OutputState { key, stamp })
                }
            };
            Ok((settled, file.page.then_some(file.path)))
        });
        let settled: Vec<Result<(Settled, Option<String>)>> = settled.collect();
        let mut bundled = Bundled::default();
        let mut files = Vec::new();
        for one in settled {
            let (settled, page) = one?;
            files.push((settled.path.clone(), page.clone()));
            bundled.files.push(settled);
            bundled.pages.extend(page);
        }
        bundled
            .states
            .push((bundle.name.clone(), BundleState { key, files }));
        Ok(bundled)
    }

    /// Writes a file whose name holds a hash of its content: where one of that name stands, it need not be packed to
    /// know that it is the same.
    fn place_packed(&self, path: String, key: Key, content: &[u8]) -> Result<Settled> {
        match self.kept(&path) {
            Some(OutputState { stamp, .. }) => {
                Ok(Settled::standing(path, OutputState { key, stamp }))
            }
            None => self.place(path, key, &crate::pipeline::search::pack(content)),
        }
    }

    fn as_it_was(&self, name: &str) -> Bundled {
        let mut bundled = Bundled::default();
        let Some(known) = self.state.bundles.get(name) else {
            return bundled;
        };
        for (path, page) in &known.files {
            bundled.files.extend(
                self.kept(path)
                    .map(|state| Settled::standing(path.clone(), state)),
            );
            bundled.pages.extend(page.clone());
        }
        bundled.states.push((name.to_owned(), known.clone()));
        bundled
    }
}
