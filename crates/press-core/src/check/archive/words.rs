//! Which words earlier issues use, and since when.

use super::index::Index;
use serde::{Deserialize, Serialize};

/// Words of fewer bytes are not kept: one slip makes another word of them too easily.
pub const SHORTEST_WORD: usize = 5;

/// In how many issues a word must stand before it is called usual.
pub const USUAL: u16 = 8;

/// The words of all issues. Issues are named by their position in time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Index", into = "Index")]
pub(super) struct Words {
    /// For each word the issue that had it first, and the one since which it is usual, in one number.
    uses: Index,
    /// One bit for some of the hashes of usual words: most of what is asked is none, and is told so at once.
    sieve: Vec<u64>,
}

/// Bits of the sieve, a power of two: some forty for each usual word of the largest archive.
const SIEVE_BITS: u64 = 1 << 20;

/// The position that stands for "never".
const NEVER: u16 = u16::MAX;

impl From<Index> for Words {
    fn from(uses: Index) -> Words {
        let mut sieve = vec![0; usize::try_from(SIEVE_BITS / 64).unwrap_or(1)];
        for (hash, number) in uses.rows() {
            if unpacked(*number).1 != NEVER {
                let bit = hash % SIEVE_BITS;
                sieve[(bit / 64) as usize] |= 1 << (bit % 64);
            }
        }
        Words { uses, sieve }
    }
}

impl From<Words> for Index {
    fn from(words: Words) -> Index {
        words.uses
    }
}

fn packed(first: u16, usual: u16) -> u32 {
    u32::from(first) << 16 | u32::from(usual)
}

fn unpacked(number: u32) -> (u16, u16) {
    ((number >> 16) as u16, number as u16)
}

impl Words {
    /// From the fingerprints of each issue's words, each once, issues in order of time.
    pub(super) fn new<'d>(issues: impl Iterator<Item = &'d [u64]>) -> Words {
        let mut all: Vec<(u64, u32)> = Vec::new();
        for (at, words) in issues.enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            all.extend(words.iter().map(|word| (*word, at)));
        }
        all.sort_unstable();
        let position = |at: u32| u16::try_from(at).unwrap_or(NEVER);
        let uses = all.chunk_by(|one, other| one.0 == other.0).map(|word| {
            let usual = word.get(usize::from(USUAL) - 1);
            let usual = usual.map_or(NEVER, |(_, at)| position(*at));
            (word[0].0, packed(position(word[0].1), usual))
        });
        Words::from(Index::from(uses.collect::<Vec<_>>()))
    }

    /// Whether the word of this fingerprint stood in any of the first `count` issues.
    pub(super) fn knows(&self, fingerprint: u64, count: usize) -> bool {
        let number = self.uses.first(fingerprint);
        number.is_some_and(|number| usize::from(unpacked(number).0) < count)
    }

    /// Whether the word of this fingerprint stood in at least [`USUAL`] of the first `count` issues.
    pub(super) fn is_usual(&self, fingerprint: u64, count: usize) -> bool {
        let bit = fingerprint % SIEVE_BITS;
        let word = self.sieve.get((bit / 64) as usize).copied().unwrap_or(0);
        word >> (bit % 64) & 1 == 1 && {
            let number = self.uses.first(fingerprint);
            number.is_some_and(|number| usize::from(unpacked(number).1) < count)
        }
    }
}
