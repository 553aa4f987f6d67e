//! Search outside browsers: the index of a newsletter, made from its records or read from its site.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::records;
use flate2::read::DeflateDecoder;
use libdeflater::{CompressionLvl, Compressor};
use press_core::render::record::Record;
use press_core::render::search::{
    self, Answer, Damaged, Files, Filters, Head, Index, Past, Question, Seen, Stack, Volume,
};
use rayon::prelude::*;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file that names all others.
pub(in crate::pipeline) const HEAD: &str = "index.json";

/// No file of an index is larger, unpacked.
const LARGEST_BYTES: u64 = 64 << 20;

/// The index of published issues, oldest first, and what may be kept of it.
pub(in crate::pipeline) fn index(config: &Config, records: &[&Record]) -> (Index, Past) {
    let (over, newest) = search::past_and_newest(records);
    let mut seen = Seen::default();
    let mut stacks = search::stacks(over, &mut seen);
    stacks.extend(search::stacks(newest, &mut seen.clone()));
    let volumes: Vec<Volume<'_>> = stacks.par_iter().map(Stack::read).collect();
    search::index(volumes, seen, &config.format)
}

/// The same without the files of the past.
pub(in crate::pipeline) fn index_after(config: &Config, past: &Past, records: &[&Record]) -> Index {
    let (_, newest) = search::past_and_newest(records);
    let stack = search::stacks(newest, &mut past.seen());
    past.index(stack.first().map(Stack::read), &config.format)
}

/// A file as it is written: packed (RFC 1951), because not every server packs what it sends.
pub(in crate::pipeline) fn pack(content: &[u8]) -> Vec<u8> {
    thread_local! {
        // Setting one up takes as long as packing a small file. More effort saves one byte in fifty and takes twice as long.
        static PACKER: RefCell<Compressor> = RefCell::new(Compressor::new(CompressionLvl::new(1).unwrap_or_default()));
    }
    PACKER.with_borrow_mut(|packer| {
        let mut packed = vec![0; packer.deflate_compress_bound(content.len())];
        let len = packer.deflate_compress(content, &mut packed);
        packed.truncate(len.expect("what is packed fits where it is said to fit"));
        packed
    })
}

/// Something to search in.
#[derive(Clone, Debug)]
pub enum Library {
    /// The issues as they are now.
    Memory(Head, HashMap<String, Vec<u8>>),
    /// The site as it was built.
    Folder(PathBuf),
}

impl Library {
    /// The index of the newsletter's published issues, made now.
    pub fn of_issues(config: &Config) -> Result<Library> {
        let records = records::all(config)?;
        let records: Vec<&Record> = records.iter().collect();
        let (index, _) = index(config, &records);
        Ok(Library::Memory(
            index.head,
            index.files.into_iter().collect(),
        ))
    }

    /// The index of the site in the folder `site`, if it is to have one.
    pub fn of_site(config: &Config, site: &Path) -> Option<Library> {
        let address = config.site.search.as_ref()?;
        Some(Library::Folder(site.join(address.trim_matches('/'))))
    }

    /// Whether there is an index yet.
    pub fn is_there(&self) -> bool {
        match self {
            Library::Memory(..) => true,
            Library::Folder(folder) => folder.join(HEAD).is_file(),
        }
    }

    /// The first `limit` entries that answer `question`.
    pub fn search(&self, question: &str, filters: &Filters, limit: usize) -> Result<Answer> {
        let question = Question::parse(question);
        let answer = match self {
            Library::Memory(head, files) => {
                search::search(&Memory(files), head, &question, filters, limit)
            }
            Library::Folder(folder) => {
                let files = Folder(folder);
                let head = files.head()?;
                search::search(&files, &head, &question, filters, limit)
            }
        };
        answer.map_err(|damaged| broken(&damaged))
    }
}

fn broken(damaged: &Damaged) -> Error {
    Error::new(format!(
        "{} of the search index is not there or cannot be read",
        damaged.file
    ))
    .help("build the site again, with `press build --clean`")
}

struct Memory<'m>(&'m HashMap<String, Vec<u8>>);

impl Files for Memory<'_> {
    fn load(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(name).map(|bytes| Cow::Borrowed(&bytes[..]))
    }
}

struct Folder<'p>(&'p Path);

impl Folder<'_> {
    fn head(&self) -> Result<Head> {
        let path = self.0.join(HEAD);
        let read = std::fs::read(&path);
        let bytes = read.map_err(|cause| {
            Error::io("read", &path, &cause).help("build the site, with `press build`")
        })?;
        serde_json::from_slice(&bytes).map_err(|_| {
            broken(&Damaged {
                file: HEAD.to_owned(),
            })
        })
    }
}

impl Files for Folder<'_> {
    fn load(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let packed = std::fs::read(self.0.join(name)).ok()?;
        let mut content = Vec::new();
        let mut reader = DeflateDecoder::new(&packed[..]).take(LARGEST_BYTES);
        reader.read_to_end(&mut content).ok()?;
        Some(Cow::Owned(content))
    }
}
