//! Files that are made of all issues at once: search, streams, lists through time. Which files there are depends on
//! what the issues hold, so a bundle is made as a whole or not at all; of its files only those are written that changed.

mod books;
mod data;
mod events;
mod lists;
mod search;
mod statistics;
mod streams;

use super::state::{BundleState, OutputState};
use super::{Round, Settled, Site, Source};
use crate::error::Result;
use crate::pipeline::kept::Key;
use crate::pipeline::records::{Needs, Shelf, Sides};
use books::Books;
use press_core::render::address;
use press_core::render::agenda::Agenda;
use press_core::render::record::Record;
use press_core::render::site::IssueHead;
use rayon::prelude::*;
use std::hash::Hash;
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
    /// The same, and the key of all that it was made from.
    Keyed(Key, Vec<u8>),
    /// What was in it before.
    Standing,
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content::Made(bytes)
    }
}

type Make<'a> = Box<dyn Fn(&Given<'_>) -> Result<Vec<File>> + Send + Sync + 'a>;

/// Files that are made together.
pub(super) struct Bundle<'a> {
    /// By which the next build knows it.
    pub(super) name: String,
    /// What it depends on besides configuration, theme and program: sides of the issues, and what else there is.
    pub(super) key: Key,
    pub(super) from: MadeFrom<'a>,
    pub(super) make: Make<'a>,
}

/// What a bundle is made from.
pub(super) enum MadeFrom<'a> {
    /// The records of published issues; of which, is only asked if it must be made.
    Records(Box<dyn Fn(&Given<'_>) -> Needs + Send + Sync + 'a>),
    /// The books of all years.
    Books,
}

impl<'a> MadeFrom<'a> {
    /// All records.
    fn all() -> MadeFrom<'a> {
        MadeFrom::Records(Box::new(|_| Needs::All))
    }
}

/// What a bundle is given.
pub(super) struct Given<'g> {
    round: &'g Round<'g>,
    /// The records that it needs, oldest first.
    records: Vec<&'g Record>,
    books: &'g Books<'g>,
}

impl Given<'_> {
    /// Whether the file at an address stands as the last build left it.
    fn is_kept(&self, address: &str) -> bool {
        let path = address::file_of(address);
        path.is_some_and(|path| self.round.kept(&path).is_some())
    }

    /// The content of the file at an address, which is only made if what it is made from, as `key` tells, is not what
    /// it was.
    fn keyed(
        &self,
        address: &str,
        key: impl Hash,
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Content> {
        let key = Key::of((self.round.site.global, key));
        let known = address::file_of(address).and_then(|path| self.round.kept(&path));
        match known.filter(|known| known.key == key) {
            Some(_) => Ok(Content::Standing),
            None => Ok(Content::Keyed(key, make()?)),
        }
    }
}

/// All bundles of a site.
fn all<'a>(site: &'a Site<'_>, sides: &Sides) -> Result<Vec<Bundle<'a>>> {
    let mut bundles = data::all(site, sides);
    bundles.extend(lists::all(site, sides.whole));
    bundles.extend(search::all(site, sides));
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

impl<'a> Round<'a> {
    /// Makes what must be made. Of the records only those are read back that something is made from.
    pub(super) fn bundles(&self, sources: &[&'a Source], shelf: &mut Shelf<'_>) -> Result<Bundled> {
        let sides = Sides::of(sources);
        let heads: Vec<&IssueHead> = sources.iter().map(|source| &source.head).collect();
        let mut books = Books::new(&heads, &sides);
        let bundles = all(self.site, &sides)?.into_iter();
        let keyed = bundles.map(|bundle| {
            let key = Key::of((self.site.global, bundle.key));
            let stands = self.stands(&bundle.name, key);
            (key, bundle, stands)
        });
        let keyed: Vec<(Key, Bundle<'_>, bool)> = keyed.collect();
        let behind = keyed.iter().any(|(.., stands)| !stands);
        let needs = match self.options.pages_only {
            true => keyed.iter().map(|_| None).collect(),
            false => self.needs(&keyed, &mut books),
        };
        let all = needs.iter().flatten().fold(Needs::none(), Needs::and);
        shelf.fill(&all)?;
        books.complete(self.site, shelf);
        let settled = keyed.into_par_iter().zip(needs);
        let settled = settled.map(|((key, bundle, _), needs)| {
            let Some(needs) = needs else {
                return Ok(self.as_it_was(&bundle.name));
            };
            let given = Given {
                round: self,
                records: shelf.records(&needs),
                books: &books,
            };
            self.bundle(&bundle, key, &given)
        });
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

    /// Which records each bundle needs; none that stand.
    fn needs(
        &self,
        bundles: &[(Key, Bundle<'_>, bool)],
        books: &mut Books<'_>,
    ) -> Vec<Option<Needs>> {
        let of_books = |(_, bundle, stands): &(Key, Bundle<'_>, bool)| {
            !stands && matches!(bundle.from, MadeFrom::Books)
        };
        let of_books = bundles.iter().any(of_books).then(|| books.open(self.site));
        let given = Given {
            round: self,
            records: Vec::new(),
            books,
        };
        let needs = bundles
            .iter()
            .map(|(_, bundle, stands)| match &bundle.from {
                _ if *stands => None,
                MadeFrom::Books => of_books.clone(),
                MadeFrom::Records(needs) => Some(needs(&given)),
            });
        needs.collect()
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

    fn bundle(&self, bundle: &Bundle<'_>, key: Key, given: &Given<'_>) -> Result<Bundled> {
        let made = (bundle.make)(given)?;
        let settled = made.into_par_iter().map(|file| {
            let path = address::file_of(&file.path).unwrap_or_default();
            let settled = match &file.content {
                Content::Made(content) if path.ends_with(search::PACKED) => {
                    self.place_packed(path, key, content)?
                }
                Content::Made(content) => self.place(path, key, content)?,
                Content::Keyed(own, content) => self.place(path, *own, content)?,
                Content::Standing => {
                    let known = self.kept(&path).unwrap_or(OutputState {
                        key,
                        stamp: self.output.stamp(&path).unwrap_or_default(),
                    });
                    Settled::standing(path, known)
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
