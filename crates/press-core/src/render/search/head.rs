//! The head of an index: what there is, and where.

use serde::{Deserialize, Serialize};

/// The form of the files. Whoever reads another says so.
pub(super) const FORM: u32 = 1;

/// What there is to find, and in which files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The form of the files: 1.
    pub form: u32,
    /// Issues in the index.
    pub issues: u32,
    /// Entries in the index.
    pub entries: u32,
    /// Links that they have.
    pub links: u32,
    /// Words of so many entries that they say little.
    pub common: Vec<String>,
    /// Sections that entries stand in, in the order of the newest issues.
    pub sections: Vec<Named>,
    /// Marks that entries have, the most frequent first.
    pub marks: Vec<Named>,
    /// The hosts that most entries lead to, the most frequent first.
    pub hosts: Vec<(String, u32)>,
    /// The years, oldest first.
    pub years: Vec<YearHead>,
    /// The years that are over, and the newest year.
    pub parts: Vec<Part>,
}

/// Something to choose by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its identity.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What holds it is called; empty for what stands by itself.
    pub within: String,
    /// In how many entries.
    pub count: u32,
}

/// A year with the blocks of its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearHead {
    /// The year.
    pub year: i16,
    /// Its first entry.
    pub first: u32,
    /// The hashes of its blocks, in the names of their files: eight digits each.
    pub blocks: String,
}

/// A stretch of years with words of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The shards, by the first word in each, in the order of their words.
    pub first: Vec<String>,
    /// The hashes of the shards.
    pub shards: String,
    /// The hash of the words that are tried for typing errors.
    pub words: String,
}

/// The hash at a place in a list of hashes.
pub(super) fn hash(hashes: &str, at: usize) -> Option<&str> {
    hashes.get(at.checked_mul(8)?..at.checked_mul(8)?.checked_add(8)?)
}

impl Head {
    /// The years of which nothing changes any more, and the newest: each with its own words.
    pub(super) fn block_of(&self, entry: u32) -> Option<(String, usize)> {
        let next = self.years.partition_point(|year| year.first <= entry);
        let year = self.years.get(next.checked_sub(1)?)?;
        let within = (entry - year.first) as usize;
        let block = within / super::BLOCK;
        let hash = hash(&year.blocks, block)?;
        let name = format!("{}-{block}-{hash}.bin", year.year);
        Some((name, within % super::BLOCK))
    }

    /// The entries of a year: the first, and the first that is not.
    pub(super) fn span_of(&self, year: i16) -> (u32, u32) {
        let Some(at) = self.years.iter().position(|one| one.year == year) else {
            return (0, 0);
        };
        let end = self
            .years
            .get(at + 1)
            .map_or(self.entries, |next| next.first);
        (self.years[at].first, end)
    }
}
