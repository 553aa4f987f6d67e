//! Addresses that must not be mailed, kept as keyed hashes: the list names nobody, and who was erased stays erased.
//!
//! The hash is HMAC-SHA256 of the address without regard to case (`EmailAddress::folded`). Its key is made once and kept in
//! the same database. A key elsewhere would protect the erased if only the database were stolen; but a key that is lost, or
//! that two machines have differently, would let everybody be mailed again who must not be, and nobody would see it.

use super::Store;
use super::db::Transaction;
use super::statement::{Row, statements, values};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use press_core::mailbox::EmailAddress;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;

statements! {
    MAKE_KEY = "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    KEY = "SELECT value FROM secret WHERE name = $1";
    /// The first reason stays.
    SUPPRESS = "INSERT INTO suppression (address_hash, reason, since_s) VALUES ($1, $2, $3) \
                ON CONFLICT (address_hash) DO NOTHING";
    FIND = "SELECT reason, since_s FROM suppression WHERE address_hash = $1";
    LIFT = "DELETE FROM suppression WHERE address_hash = $1";
}

/// Why an address must not be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Its server said that it does not exist.
    HardBounce,
    /// The person called a mail of ours spam.
    Complaint,
    /// The person wanted to be forgotten.
    Erased,
    /// An editor said so.
    Manual,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 4] = [
        Reason::HardBounce,
        Reason::Complaint,
        Reason::Erased,
        Reason::Manual,
    ];

    /// Its name in the database and in files.
    pub fn name(self) -> &'static str {
        match self {
            Reason::HardBounce => "hard-bounce",
            Reason::Complaint => "complaint",
            Reason::Erased => "erased",
            Reason::Manual => "manual",
        }
    }

    /// The reason of this name.
    pub fn of(name: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// In words, as in "kept out because of …".
    pub fn words(self) -> &'static str {
        match self {
            Reason::HardBounce => "a hard bounce",
            Reason::Complaint => "a complaint",
            Reason::Erased => "being erased",
            Reason::Manual => "an editor's decision",
        }
    }
}

/// Makes the hashes by which the suppression list knows addresses.
#[derive(Clone)]
pub struct Hasher(hmac::Key);

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hasher")
    }
}

impl Hasher {
    /// The hash of an address.
    pub fn hash(&self, address: &EmailAddress) -> String {
        let tag = hmac::sign(&self.0, address.folded().as_bytes());
        URL_SAFE_NO_PAD.encode(tag)
    }
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::new("the system gives no random numbers"))?;
    Ok(bytes)
}

impl Store {
    /// A key of this database, by its name. It is made when it is needed first, and never changes.
    pub async fn key(&self, name: &str) -> Result<Vec<u8>> {
        let key = match self.find(&KEY, values![name], Row::first::<String>).await? {
            Some(key) => key,
            None => {
                let fresh = URL_SAFE_NO_PAD.encode(random::<32>()?);
                self.execute(&MAKE_KEY, values![name, &fresh]).await?;
                // Another may have been faster.
                let key = self.find(&KEY, values![name], Row::first::<String>).await?;
                key.ok_or_else(|| Error::new(format!("{} keeps no keys", self.place)))?
            }
        };
        URL_SAFE_NO_PAD.decode(&key).map_err(|_| {
            Error::new(format!("the key of {} is damaged", self.place)).help("put back a copy")
        })
    }

    /// What makes the hashes of this database.
    pub async fn hasher(&self) -> Result<Hasher> {
        let key = self.key("suppression").await?;
        Ok(Hasher(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// Why an address must not be mailed, and since when, in seconds since 1970.
    pub async fn find_suppression(&self, address: &EmailAddress) -> Result<Option<(Reason, i64)>> {
        let hash = self.hasher().await?.hash(address);
        self.find(&FIND, values![&hash], suppression).await
    }

    /// Records that an address must not be mailed any more; whether that is new. An earlier reason stays.
    pub async fn suppress(
        &self,
        address: &EmailAddress,
        reason: Reason,
        now_s: i64,
    ) -> Result<bool> {
        let hash = self.hasher().await?.hash(address);
        let added = self.execute(&SUPPRESS, values![&hash, reason.name(), now_s]);
        Ok(added.await? > 0)
    }

    /// Records that an address may be mailed again; whether it had been suppressed.
    pub async fn lift_suppression(&self, address: &EmailAddress) -> Result<bool> {
        let hash = self.hasher().await?.hash(address);
        Ok(self.execute(&LIFT, values![&hash]).await? > 0)
    }
}

pub(super) async fn suppress_hash(
    transaction: &mut Transaction,
    hash: &str,
    reason: Reason,
    now_s: i64,
) -> Result<bool> {
    let added = transaction.execute(&SUPPRESS, values![hash, reason.name(), now_s]);
    Ok(added.await? > 0)
}

fn suppression(row: &Row) -> sqlx::Result<(Reason, i64)> {
    let name: String = row.take("reason")?;
    Ok((
        Reason::of(&name).unwrap_or(Reason::Manual),
        row.take("since_s")?,
    ))
}
