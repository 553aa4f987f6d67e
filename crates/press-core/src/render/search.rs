//! Search: every item of every issue, found by its words, without a server.
//!
//! The index is many small files, of which a reader's browser loads those that a question needs: a *head* that says
//! what there is, *shards* with the words of a stretch of the alphabet and where they stand, *blocks* with the entries
//! as they are shown, and a list of *words* for typing errors. Years that are over and the newest year are separate
//! *parts*, so a new issue leaves nearly all files as they are. `docs/search.md` has the form of the files.
//!
//! The same questions are answered here, for the command line and the server, and by `theme/search.js` in browsers: same
//! files, same order of results. All numbers are whole, so that both come to the same. A test holds them together.

mod entries;
mod head;
mod merge;
mod question;
mod rank;
mod read;
mod show;
#[cfg(test)]
mod tests;
mod words;
mod year;

pub use head::{Head, Named, Part, YearHead};
pub use question::{Filters, Question};
pub use rank::{Answer, search};
pub use read::{Damaged, Files};
pub use show::Found;

use crate::format::Format;
use crate::render::record::Record;
use entries::Furniture;
pub use entries::Seen;
pub use merge::Past;
use year::Year;

/// Entries in a block.
const BLOCK: usize = 40;

/// A file of the index, not packed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leaf {
    /// Its number among its like.
    at: usize,
    hash: u32,
    /// What stands in it.
    content: Vec<u8>,
}

impl Leaf {
    fn new(at: usize, content: Vec<u8>) -> Leaf {
        // Half of it is enough to tell one version of a file from another.
        let hash = xxhash_rust::xxh3::xxh3_64(&content) as u32;
        Leaf { at, hash, content }
    }
}

/// The files of an index: the head apart, because its name stays.
#[derive(Clone, Debug)]
pub struct Index {
    /// What there is.
    pub head: Head,
    /// All else, by name. Names hold a hash of the content.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The name of a file; `kind` tells blocks of a year, shards and words from each other.
fn name(kind: &str, at: usize, hash: u32) -> String {
    format!("{kind}{at}-{hash:08x}.bin")
}

/// The issues of a year, ready to be read by themselves.
#[derive(Debug)]
pub struct Stack<'r> {
    year: i16,
    issues: Vec<&'r Record>,
    furniture: Vec<Vec<Furniture>>,
}

/// One year, read.
pub struct Volume<'r>(Year<'r>);

/// Sorts `records`, oldest first, into years that are over and the newest.
pub fn past_and_newest<'s, 'r>(records: &'s [&'r Record]) -> (&'s [&'r Record], &'s [&'r Record]) {
    let newest = records.last().map(|record| record.head.date.year());
    let over = records.partition_point(|record| Some(record.head.date.year()) != newest);
    records.split_at(over)
}

/// Sorts `records`, oldest first, into years; `seen` is what stood in earlier ones.
pub fn stacks<'r>(records: &[&'r Record], seen: &mut Seen) -> Vec<Stack<'r>> {
    let years = records.chunk_by(|one, other| one.head.date.year() == other.head.date.year());
    let stack = |issues: &[&'r Record]| Stack {
        year: issues.first().map_or(0, |issue| issue.head.date.year()),
        furniture: issues.iter().map(|issue| seen.furniture(issue)).collect(),
        issues: issues.to_vec(),
    };
    years.map(stack).collect()
}

impl<'r> Stack<'r> {
    /// Reads the issues: most of the work, and years can be read side by side.
    pub fn read(&self) -> Volume<'r> {
        let issues = self
            .issues
            .iter()
            .copied()
            .zip(self.furniture.iter().map(Vec::as_slice));
        let issues: Vec<(&Record, &[Furniture])> = issues.collect();
        Volume(Year::new(self.year, &issues))
    }
}

/// The index of all volumes, oldest first, and what may be kept of it; `seen` is what stood in all but the newest year.
/// `format` knows the names of marks.
pub fn index(mut volumes: Vec<Volume<'_>>, seen: Seen, format: &Format) -> (Index, Past) {
    let newest = volumes.pop();
    let (past, files) = Past::new(volumes, seen);
    let mut index = past.index(newest, format);
    index.files.extend(files);
    (index, past)
}
