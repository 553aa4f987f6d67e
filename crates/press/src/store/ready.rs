//! People made ready to come in, on any thread: tokens, hashes of addresses, and the best order. A database that is busy
//! with others leaves the time for it.

use super::arrival::Arrival;
use super::subscriber::kept;
use super::suppression::{Hasher, random};
use crate::error::Result;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// Makes people ready to come in. That takes time, which a database that is busy with others leaves.
#[derive(Clone, Debug)]
pub struct Maker {
    pub(super) hasher: Hasher,
}

/// People who are ready to come in.
#[derive(Debug)]
pub struct Ready {
    pub(super) arrivals: Vec<Arrival>,
    pub(super) made: Vec<Made>,
    pub(super) order: Vec<usize>,
}

impl Ready {
    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }
}

/// What has to be made for a row.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) token: String,
    pub(super) regions: Option<String>,
    pub(super) left_out: Option<String>,
}

impl Maker {
    /// Makes people ready: their tokens, the hashes of their addresses, and the order in which they come in, by address. So
    /// the pages of an index are each looked for once, not again and again.
    pub fn make(&self, arrivals: Vec<Arrival>) -> Result<Ready> {
        let made = arrivals.par_iter().map(|one| self.made(one));
        let made = made.collect::<Result<Vec<Made>>>()?;
        let mut order: Vec<usize> = (0..made.len()).collect();
        order.sort_by(|one, other| made[*one].key.cmp(&made[*other].key));
        Ok(Ready {
            arrivals,
            made,
            order,
        })
    }

    fn made(&self, arrival: &Arrival) -> Result<Made> {
        let token = match &arrival.token {
            Some(token) => token.clone(),
            None => fresh_token()?,
        };
        Ok(Made {
            key: arrival.address.key(),
            hash: self.hasher.hash(&arrival.address),
            token,
            regions: kept(&arrival.regions),
            left_out: kept(&arrival.left_out),
        })
    }
}

/// Letters and digits that survive servers which make everything small.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Length of a token: 26 letters of five bits hold 130.
const TOKEN_LENGTH: usize = 26;

/// A token, which stands for a person or a letter in links and envelopes: 128 random bits that name nobody.
pub(super) fn fresh_token() -> Result<String> {
    let bits = u128::from_le_bytes(random::<16>()?);
    let letter = |at: usize| char::from(ALPHABET[((bits >> (5 * at)) & 31) as usize]);
    Ok((0..TOKEN_LENGTH).map(letter).collect())
}

/// Whether a text could be a token.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}
