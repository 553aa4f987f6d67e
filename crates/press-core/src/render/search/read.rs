//! Reading the files of an index back. They come from a disk or a network, so nothing is believed of them.

use super::head::{Head, Part, hash};
use super::name;
use super::words::order;
use serde::Deserialize;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Where the files of an index come from, unpacked.
pub trait Files {
    /// The file of that name, unless it is not there or cannot be read.
    fn load(&self, name: &str) -> Option<Cow<'_, [u8]>>;
}

/// A file of the index is not there, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its name.
    pub file: String,
}

/// A word stands in an entry at one or several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) position: u32,
    pub(super) class: u8,
}

/// The words of the index, in both parts.
pub(super) struct Dictionary<'f, F: ?Sized> {
    pub(super) files: &'f F,
    pub(super) head: &'f Head,
}

/// A word and the list of its places.
pub(super) struct Term<'b> {
    pub(super) text: String,
    pub(super) postings: &'b [u8],
}

/// A shard: its file's name and content.
pub(super) struct Shard<'f> {
    name: String,
    bytes: Cow<'f, [u8]>,
}

impl<'f, F: Files + ?Sized> Dictionary<'f, F> {
    /// The shards of a part that hold the words from `low` to those that begin with `high`.
    fn range(part: &Part, low: &str, high: &str) -> std::ops::Range<usize> {
        let first = part
            .first
            .partition_point(|first| order(first, low) != Ordering::Greater);
        let beyond =
            |first: &String| order(first, high) != Ordering::Greater || first.starts_with(high);
        let end = part.first.partition_point(beyond);
        first.saturating_sub(1)..end
    }

    /// How many shards of the years that are over hold words that begin with `prefix`.
    pub(super) fn breadth(&self, prefix: &str) -> usize {
        let parts = self.head.parts.iter();
        let ranges = parts.map(|part| Self::range(part, prefix, prefix).len());
        ranges.max().unwrap_or(0)
    }

    /// The shards in which a word stands, and those that begin with it if `prefix`.
    pub(super) fn shards(&self, word: &str, prefix: bool) -> Result<Vec<Shard<'f>>, Damaged> {
        let mut shards = Vec::new();
        for (at, part) in self.head.parts.iter().enumerate() {
            let mut range = Self::range(part, word, word);
            if !prefix {
                let end = part
                    .first
                    .partition_point(|first| order(first, word) != Ordering::Greater);
                range.end = end;
            }
            for shard in range {
                let hash = hash(&part.shards, shard).unwrap_or_default();
                let hash = u32::from_str_radix(hash, 16).unwrap_or(0);
                shards.push(self.shard(name(["o", "n"][at.min(1)], shard, hash))?);
            }
        }
        Ok(shards)
    }

    fn shard(&self, name: String) -> Result<Shard<'f>, Damaged> {
        match self.files.load(&name) {
            Some(bytes) => Ok(Shard { name, bytes }),
            None => Err(Damaged { file: name }),
        }
    }

    /// The words that are tried for typing errors.
    pub(super) fn words(&self) -> Result<Vec<String>, Damaged> {
        let mut words = Vec::new();
        for (at, part) in self.head.parts.iter().enumerate() {
            let hash = u32::from_str_radix(&part.words, 16).unwrap_or(0);
            let shard = self.shard(name(["ow", "nw"][at.min(1)], 0, hash))?;
            let mut reader = Reader {
                bytes: &shard.bytes,
            };
            let read = || {
                let mut word = Vec::new();
                for _ in 0..reader.number()? {
                    reader.term(&mut word)?;
                    words.push(String::from_utf8(word.clone()).ok()?);
                }
                Some(())
            };
            let mut read = read;
            read().ok_or(Damaged { file: shard.name })?;
        }
        words.sort_unstable();
        words.dedup();
        Ok(words)
    }
}

impl Shard<'_> {
    /// The words for which `wanted` holds.
    pub(super) fn find(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Term<'_>>, Damaged> {
        self.read(wanted).ok_or_else(|| self.damaged())
    }

    pub(super) fn damaged(&self) -> Damaged {
        Damaged {
            file: self.name.clone(),
        }
    }

    fn read(&self, wanted: impl Fn(&str) -> bool) -> Option<Vec<Term<'_>>> {
        let mut reader = Reader { bytes: &self.bytes };
        let mut found = Vec::new();
        let mut term = Vec::new();
        let mut start = 0_usize;
        for _ in 0..reader.number()? {
            reader.term(&mut term)?;
            let text = std::str::from_utf8(&term).ok()?;
            let len = reader.number()? as usize;
            if wanted(text) {
                found.push((text.to_owned(), start, len));
            }
            start = start.checked_add(len)?;
        }
        let lists = reader.bytes;
        let cut = |(text, start, len): (String, usize, usize)| {
            let postings = lists.get(start..start.checked_add(len)?)?;
            Some(Term { text, postings })
        };
        found.into_iter().map(cut).collect()
    }
}

/// Tells each entry of a list of places, with the places in it. Nothing if the list is not one.
pub(super) fn each(
    postings: &[u8],
    entries: u32,
    mut told: impl FnMut(usize, &[Spot]),
) -> Option<()> {
    let mut reader = Reader { bytes: postings };
    let mut entry = 0_u32;
    let mut spots = Vec::new();
    while !reader.bytes.is_empty() {
        entry = entry
            .checked_add(reader.number()?)
            .filter(|entry| *entry < entries)?;
        spots.clear();
        let mut position = 0_u32;
        loop {
            let byte = reader.byte()?;
            let mut further = u32::from(byte & 15);
            if further == 15 {
                further = further.checked_add(reader.number()?)?;
            }
            position = position.checked_add(further)?;
            let class = byte >> 4 & 7;
            spots.push(Spot { position, class });
            if byte & 0x80 == 0 {
                break;
            }
        }
        told(entry as usize, &spots);
    }
    Some(())
}

struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = 0_u64;
        for shift in 0..5 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * shift);
            if byte & 0x80 == 0 {
                return u32::try_from(number).ok();
            }
        }
        None
    }

    fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    /// Makes `term` the next one.
    fn term(&mut self, term: &mut Vec<u8>) -> Option<()> {
        let shared = self.number()? as usize;
        let rest = self.number()? as usize;
        let rest = self.take(rest)?;
        (shared <= term.len()).then(|| {
            term.truncate(shared);
            term.extend_from_slice(rest);
        })
    }
}

/// An issue as a block names it: number, date, address, title.
pub(super) type IssueRow = (Option<u32>, String, String, String);

/// An entry as it is shown: title, address, note, marks, section, id on the issue's page, issues.
pub(super) type EntryRow = (
    String,
    String,
    String,
    Vec<String>,
    String,
    String,
    Vec<usize>,
);

/// A block of entries.
#[derive(Deserialize)]
pub(super) struct Block(pub(super) Vec<IssueRow>, pub(super) Vec<EntryRow>);

/// The block of that name.
pub(super) fn block<F: Files + ?Sized>(files: &F, name: &str) -> Result<Block, Damaged> {
    let read = || serde_json::from_slice(&files.load(name)?).ok();
    read().ok_or_else(|| Damaged {
        file: name.to_owned(),
    })
}
