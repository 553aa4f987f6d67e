//! Finding rows by the hash of what they are called.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// A number for a text: rows are found by it.
pub(super) fn key(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// Numbers by hashes; one hash may have several. Kept as sorted rows, so that nothing has to be built after
/// reading it back but a table of where each bucket begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u32)>", into = "Vec<(u64, u32)>")]
pub(super) struct Index {
    rows: Vec<(u64, u32)>,
    /// Where the rows begin whose hashes start with the bits that are the position here.
    starts: Vec<u32>,
}

impl From<Vec<(u64, u32)>> for Index {
    fn from(mut rows: Vec<(u64, u32)>) -> Index {
        if !rows.is_sorted() {
            rows.sort_unstable();
        }
        let mut starts = vec![0u32; (rows.len().next_power_of_two() * 2) + 1];
        let shift = shift(&starts);
        for (hash, _) in &rows {
            starts[bucket(*hash, shift) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Index { rows, starts }
    }
}

impl From<Index> for Vec<(u64, u32)> {
    fn from(index: Index) -> Self {
        index.rows
    }
}

/// By how many bits a hash is shifted to tell its bucket.
fn shift(starts: &[u32]) -> u32 {
    64 - (starts.len() - 1).trailing_zeros()
}

fn bucket(hash: u64, shift: u32) -> usize {
    // At least two buckets exist, so the shift is below 64 and the result below their number.
    usize::try_from(hash >> shift).unwrap_or(0)
}

impl Index {
    /// The numbers of a hash, in ascending order.
    pub(super) fn find(&self, hash: u64) -> impl DoubleEndedIterator<Item = u32> + Clone {
        let rows = match self.starts.len() {
            0 => &[][..],
            _ => {
                let at = bucket(hash, shift(&self.starts));
                &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
            }
        };
        let of_hash = rows.iter().filter(move |(other, _)| *other == hash);
        of_hash.map(|(_, number)| *number)
    }

    /// All rows, in the order of their hashes.
    pub(super) fn rows(&self) -> &[(u64, u32)] {
        &self.rows
    }

    /// The first number of a hash.
    pub(super) fn first(&self, hash: u64) -> Option<u32> {
        self.find(hash).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_order_and_no_others() {
        let rows: Vec<(u64, u32)> = (0..1000u32)
            .map(|number| (key(&format!("row {}", number % 400)), 999 - number))
            .collect();
        let index = Index::from(rows);
        let found: Vec<u32> = index.find(key("row 7")).collect();
        assert_eq!(found, [192, 592, 992]);
        assert_eq!(index.first(key("row 400")), None);
        assert_eq!(Index::from(Vec::new()).first(0), None);
        assert_eq!(Index::default().first(1), None);
        let same = Index::from(vec![(u64::MAX, 3), (0, 1)]);
        assert_eq!((same.first(u64::MAX), same.first(0)), (Some(3), Some(1)));
    }
}
