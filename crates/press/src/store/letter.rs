//! Letters to one person that are no issues: written in the transaction that gives the reason, sent later, and each at most
//! so often a day.
//!
//! A letter is on its way for a while only: if whoever took it never says what became of it, it goes again, as the same
//! message. What its token opens ends with a time, with the person, or when another letter takes its place.

use super::Store;
use super::arrival::by_index;
use super::db::{Transaction, atomically};
use super::ready::fresh_token;
use super::statement::{Row, rows, statements, values};
use super::suppression::suppress_hash;
use crate::error::Result;
use crate::store::Reason;
use press_core::mailbox::EmailAddress;
use serde::Serialize;
use serde_json::json;
use std::collections::{HashMap, HashSet};

statements! {
    /// Only to somebody who is known, and not so soon after another of its kind.
    WRITE of (kind TEXT, address_key TEXT, address_hash TEXT, lists TEXT, token TEXT, form_version TEXT) =
            "INSERT INTO letter (kind, subscriber, address_hash, lists, token, form_version, created_s, expires_s, state, \
             due_s, attempts) SELECT g.kind, s.id, g.address_hash, g.lists, g.token, g.form_version, \
             CAST($2 AS BIGINT), CAST($3 AS BIGINT), 0, CAST($2 AS BIGINT), 0 \
             FROM given g CROSS JOIN subscriber s WHERE s.address_key = g.address_key \
             AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.address_hash = g.address_hash \
             AND l.created_s > $4 AND (l.kind = 'account') = (g.kind = 'account')) \
             AND NOT EXISTS (SELECT 1 FROM suppression x \
             WHERE x.address_hash = g.address_hash AND x.reason IN ('complaint', 'manual')) RETURNING address_hash";
    /// Questions that can be answered, the latest of an address last.
    OPEN_QUESTIONS of (address_hash TEXT) =
        "SELECT l.address_hash, l.id, l.lists FROM given g CROSS JOIN letter l WHERE l.address_hash = g.address_hash \
         AND l.kind = 'confirm' AND l.used_s IS NULL AND l.expires_s > $2 ORDER BY l.created_s, l.id";
    WIDEN of (id BIGINT, lists TEXT) =
        "UPDATE letter SET lists = given.lists FROM given WHERE letter.id = given.id";
    OPEN = "SELECT l.id, l.subscriber, l.lists, l.form_version, l.used_s FROM letter l \
            JOIN subscriber s ON s.id = l.subscriber WHERE l.token = $1 AND l.kind = $2 AND l.expires_s > $3";
    USED = "UPDATE letter SET used_s = $2 WHERE token = $1 AND used_s IS NULL";
    /// Takes some that are due. A letter that somebody took and never settled is due again.
    CLAIM = "UPDATE letter SET state = 1, due_s = $2, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM letter WHERE state IN (0, 1) AND due_s <= $1 ORDER BY due_s LIMIT 32) RETURNING id",
        postgres = "UPDATE letter SET state = 1, due_s = $2, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM letter WHERE state IN (0, 1) AND due_s <= $1 ORDER BY due_s LIMIT 32 \
             FOR UPDATE SKIP LOCKED) RETURNING id";
    CLAIMED of (id BIGINT) =
              "SELECT l.id, l.kind, l.token, l.lists, l.attempts, l.created_s, l.expires_s, s.id AS subscriber, \
               s.address, s.token AS person FROM given g CROSS JOIN letter l CROSS JOIN subscriber s \
               WHERE l.id = g.id AND s.id = l.subscriber ORDER BY l.id";
    /// What is written next need not be on the disk when it counts as written: a letter whose end a power cut takes away goes
    /// again, as the same message.
    SOON = "SELECT 1", postgres = "SET LOCAL synchronous_commit = off";
    SETTLE = "UPDATE letter SET state = $2, due_s = $3 WHERE id = $1";
    FORGET = "DELETE FROM letter WHERE created_s < $1";
    WAITING = "SELECT COUNT(*) FROM letter WHERE state IN (0, 1)";
    HASH = "SELECT address_hash FROM subscriber WHERE id = $1";
}

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterKind {
    /// Asks whether it was really the person who asked for a list.
    Confirm,
    /// Says that the list asked for is already subscribed to.
    Known,
    /// Opens the page with all that is known of the person.
    Account,
}

impl LetterKind {
    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            LetterKind::Confirm => "confirm",
            LetterKind::Known => "known",
            LetterKind::Account => "account",
        }
    }

    fn of(name: &str) -> Option<LetterKind> {
        let all = [LetterKind::Confirm, LetterKind::Known, LetterKind::Account];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// A letter that is about to be written.
pub(super) struct NewLetter<'a> {
    pub(super) kind: LetterKind,
    /// The key and the hash of the address.
    pub(super) address: (&'a str, &'a str),
    pub(super) lists: &'a [String],
    pub(super) form_version: Option<&'a str>,
}

/// When letters are written, in seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) now_s: i64,
    /// How long their tokens open something.
    pub(super) valid_s: i64,
    /// How far the last letter to an address must be back.
    pub(super) between_s: i64,
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The letter's number.
    pub id: i64,
    /// The person's number.
    pub subscriber: i64,
    /// The lists it is about.
    pub lists: Vec<String>,
    /// The version of the form that led to it.
    pub form_version: Option<String>,
    /// When it was used first, in seconds since 1970.
    pub used_s: Option<i64>,
}

/// A letter on its way.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub kind: LetterKind,
    /// To whom it goes: number, address, and what stands for the person in links.
    pub subscriber: (i64, EmailAddress, String),
    /// What opens what it speaks of.
    pub token: String,
    /// The lists it is about.
    pub lists: Vec<String>,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was written, in seconds since 1970.
    pub created_s: i64,
    /// Until when its token opens anything.
    pub expires_s: i64,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// A server took it.
    Sent,
    /// It is to be tried again at this time, in seconds since 1970.
    Later(i64),
    /// It does not go.
    Failed,
    /// The address was refused for good.
    NoMailbox,
}

/// A letter as a row.
#[derive(Serialize)]
struct LetterRow<'a> {
    kind: &'static str,
    address_key: &'a str,
    address_hash: &'a str,
    lists: String,
    token: String,
    form_version: Option<&'a str>,
}

impl<'a> LetterRow<'a> {
    fn of(letter: &NewLetter<'a>) -> Result<LetterRow<'a>> {
        Ok(LetterRow {
            kind: letter.kind.name(),
            address_key: letter.address.0,
            address_hash: letter.address.1,
            lists: list(letter.lists),
            token: fresh_token()?,
            form_version: letter.form_version,
        })
    }
}

/// Writes letters, no two of them to one address, unless there was one like it not long ago; the hashes of the addresses
/// to which one was written.
pub(super) async fn write(
    transaction: &mut Transaction,
    letters: &[NewLetter<'_>],
    times: Times,
) -> Result<HashSet<String>> {
    let letters = letters.iter().map(LetterRow::of);
    let letters = rows(&letters.collect::<Result<Vec<_>>>()?);
    let Times {
        now_s,
        valid_s,
        between_s,
    } = times;
    let values = values![&letters, now_s, now_s + valid_s, now_s - between_s];
    let written = transaction.fetch(&WRITE, values, Row::first::<String>);
    Ok(written.await?.into_iter().collect())
}

/// Lets the last question to each of these addresses ask about the lists of the letter that is not written, too.
pub(super) async fn widen(
    transaction: &mut Transaction,
    unwritten: &[&NewLetter<'_>],
    now_s: i64,
) -> Result<()> {
    if unwritten.is_empty() {
        return Ok(());
    }
    let of = |letter: &&NewLetter<'_>| json!({ "address_hash": letter.address.1 });
    let of = rows(&unwritten.iter().map(of).collect::<Vec<_>>());
    let open = |row: &Row| {
        let question = (row.take::<i64>("id")?, words(row)?);
        Ok((row.take::<String>("address_hash")?, question))
    };
    let open = transaction.fetch(&OPEN_QUESTIONS, values![&of, now_s], open);
    let mut latest: HashMap<String, (i64, Vec<String>)> = open.await?.into_iter().collect();
    let mut wider = Vec::new();
    for letter in unwritten {
        let Some((id, mut all)) = latest.remove(letter.address.1) else {
            continue;
        };
        let more = letter.lists.iter().filter(|list| !all.contains(list));
        let more: Vec<String> = more.cloned().collect();
        if !more.is_empty() {
            all.extend(more);
            wider.push(json!({ "id": id, "lists": list(&all) }));
        }
    }
    if !wider.is_empty() {
        transaction.execute(&WIDEN, values![&rows(&wider)]).await?;
    }
    Ok(())
}

/// What a token of a letter opens now.
pub(super) async fn find(
    transaction: &mut Transaction,
    token: &str,
    kind: LetterKind,
    now_s: i64,
) -> Result<Option<Opened>> {
    transaction
        .find(&OPEN, values![token, kind.name(), now_s], opened)
        .await
}

pub(super) async fn used(transaction: &mut Transaction, token: &str, now_s: i64) -> Result<()> {
    let done = transaction.execute(&USED, values![token, now_s]);
    done.await.map(|_| ())
}

/// How long a letter is on its way before it is taken for lost, in seconds.
const ON_ITS_WAY_S: i64 = 15 * 60;

impl Store {
    /// What a token of a letter opens now.
    pub async fn find_letter(
        &self,
        token: &str,
        kind: LetterKind,
        now_s: i64,
    ) -> Result<Option<Opened>> {
        self.find(&OPEN, values![token, kind.name(), now_s], opened)
            .await
    }

    /// Writes a letter that opens a person's own page, if the address is known and there was none today.
    pub async fn write_account_letter(
        &self,
        address: &EmailAddress,
        valid_s: i64,
        now_s: i64,
    ) -> Result<bool> {
        let (key, hash) = (address.key(), self.hasher().await?.hash(address));
        let letter = NewLetter {
            kind: LetterKind::Account,
            address: (&key, &hash),
            lists: &[],
            form_version: None,
        };
        let times = Times {
            now_s,
            valid_s,
            between_s: valid_s,
        };
        let written = atomically!(self, transaction => {
            by_index(&mut transaction).await?;
            write(&mut transaction, std::slice::from_ref(&letter), times).await
        });
        Ok(!written?.is_empty())
    }

    /// Takes some letters that are due. Those whose person is gone are not among them, and do not come again.
    pub async fn claim_letters(&self, now_s: i64) -> Result<Vec<Letter>> {
        atomically!(self, transaction => {
            let values = values![now_s, now_s + ON_ITS_WAY_S];
            let ids = transaction.fetch(&CLAIM, values, Row::first::<i64>).await?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            by_index(&mut transaction).await?;
            let claimed = rows(&ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
            let letters = transaction.fetch(&CLAIMED, values![&claimed], letter).await?;
            let known: HashSet<i64> = letters.iter().map(|letter| letter.id).collect();
            for id in ids.iter().filter(|id| !known.contains(id)) {
                transaction.execute(&SETTLE, values![*id, 3_i64, now_s]).await?;
            }
            Ok(letters)
        })
    }

    /// Writes down what became of a letter.
    pub async fn settle_letter(&self, letter: &Letter, posted: Posted, now_s: i64) -> Result<()> {
        let (state, due_s) = match posted {
            Posted::Sent => (2_i64, now_s),
            Posted::Later(due_s) => (0, due_s),
            Posted::Failed | Posted::NoMailbox => (3, now_s),
        };
        atomically!(self, transaction => {
            if posted != Posted::NoMailbox {
                transaction.execute(&SOON, values![]).await?;
            }
            transaction.execute(&SETTLE, values![letter.id, state, due_s]).await?;
            if posted == Posted::NoMailbox {
                let values = values![letter.subscriber.0];
                let hash = transaction.find(&HASH, values, Row::first::<String>).await?;
                if let Some(hash) = hash {
                    suppress_hash(&mut transaction, &hash, Reason::HardBounce, now_s).await?;
                }
            }
            Ok(())
        })
    }

    /// Forgets letters that were written before a time.
    pub async fn forget_letters(&self, before_s: i64) -> Result<u64> {
        self.execute(&FORGET, values![before_s]).await
    }

    /// How many letters have not left.
    pub async fn letters_waiting(&self) -> Result<i64> {
        let count = self.find(&WAITING, values![], Row::first::<i64>).await?;
        Ok(count.unwrap_or(0))
    }
}

fn list(words: &[String]) -> String {
    serde_json::to_string(words).expect("words are JSON")
}

fn words(row: &Row) -> sqlx::Result<Vec<String>> {
    let lists: String = row.take("lists")?;
    serde_json::from_str(&lists).map_err(|cause| sqlx::Error::Decode(cause.into()))
}

fn opened(row: &Row) -> sqlx::Result<Opened> {
    Ok(Opened {
        id: row.take("id")?,
        subscriber: row.take("subscriber")?,
        lists: words(row)?,
        form_version: row.take("form_version")?,
        used_s: row.take("used_s")?,
    })
}

fn letter(row: &Row) -> sqlx::Result<Letter> {
    let kind: String = row.take("kind")?;
    let kind = LetterKind::of(&kind)
        .ok_or_else(|| sqlx::Error::Decode(format!("there are no letters {kind}").into()))?;
    let address: String = row.take("address")?;
    let address = EmailAddress::parse(&address);
    let address = address.map_err(|mistake| sqlx::Error::Decode(mistake.into()))?;
    Ok(Letter {
        id: row.take("id")?,
        kind,
        subscriber: (row.take("subscriber")?, address, row.take("person")?),
        token: row.take("token")?,
        lists: words(row)?,
        attempts: row.take("attempts")?,
        created_s: row.take("created_s")?,
        expires_s: row.take("expires_s")?,
    })
}
