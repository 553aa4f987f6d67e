//! Those who ask for a list by themselves: what is written down when somebody asks, answers, or never does.
//!
//! Whoever fills in a form may be anybody, so the address is only noted, and a letter asks it. Requests are written down
//! in lots: one transaction, and one wait for the disk, for all that came meanwhile. Nothing here tells whether an address
//! was known; letters of a day are limited by the address, however it is spelt and whatever became of the person.

use super::arrival::by_index;
use super::db::{Transaction, atomically};
use super::letter::{self, LetterKind, NewLetter};
use super::ready::fresh_token;
use super::statement::{Row, rows, statements, values};
use super::subscriber::{SubscriptionState, leave};
use super::suppression::Hasher;
use super::{Store, quota};
use crate::error::Result;
use press_core::mailbox::EmailAddress;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

statements! {
    /// Nobody is noted who called our mail spam, or whom an editor keeps out.
    NOTE of (address TEXT, address_key TEXT, address_hash TEXT, domain TEXT, token TEXT, language TEXT) =
           "INSERT INTO subscriber (address, address_key, address_hash, domain, token, language, created_s) \
            SELECT g.address, g.address_key, g.address_hash, g.domain, g.token, g.language, CAST($2 AS BIGINT) \
            FROM given g WHERE NOT EXISTS (SELECT 1 FROM suppression x \
            WHERE x.address_hash = g.address_hash AND x.reason IN ('complaint', 'manual')) \
            ON CONFLICT (address_key) DO NOTHING";
    STANDING of (address_key TEXT) =
               "SELECT g.address_key, p.list, p.state FROM given g CROSS JOIN subscriber s CROSS JOIN subscription p \
                WHERE s.address_key = g.address_key AND p.subscriber = s.id";
    ASK of (address_key TEXT, list TEXT) = "INSERT INTO subscription (list, subscriber, state, created_s) \
           SELECT g.list, s.id, 'unconfirmed', CAST($2 AS BIGINT) FROM given g CROSS JOIN subscriber s \
           WHERE s.address_key = g.address_key ON CONFLICT (list, subscriber) DO NOTHING";
    CONFIRM = "UPDATE subscription SET state = 'confirmed', confirmed_s = $3, unsubscribed_s = NULL \
               WHERE subscriber = $1 AND list = $2 AND state <> 'confirmed'";
    /// Only what is asked about now: a list may have been left again.
    SUBSCRIBE = "INSERT INTO subscription (list, subscriber, state, created_s, confirmed_s) \
                 VALUES ($2, $1, 'confirmed', $3, $3) ON CONFLICT (list, subscriber) DO UPDATE \
                 SET state = 'confirmed', confirmed_s = $3, unsubscribed_s = NULL \
                 WHERE subscription.state <> 'confirmed'";
    CONSENT = "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how, form_version) \
               VALUES ($1, $2, 'confirmed', $3, $3, $4, $5)";
    /// Who answers that they want it has a mailbox again, and is not forgotten any more.
    LIFT = "DELETE FROM suppression WHERE reason IN ('erased', 'hard-bounce') AND address_hash = \
            (SELECT address_hash FROM subscriber WHERE id = $1)";
    CHOOSE = "UPDATE subscriber SET regions = $2, left_out = $3, text_only = $4 WHERE id = $1";
    /// Those who never answered. Who came in otherwise has a record of consent, and is the editors' business.
    SILENT = "SELECT p.subscriber, p.list FROM subscription p WHERE p.state = 'unconfirmed' AND p.created_s < $1 \
              AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.subscriber = p.subscriber AND c.list = p.list) \
              ORDER BY p.created_s LIMIT 500";
    FORGET = "DELETE FROM subscription WHERE subscriber = $1 AND list = $2 AND state = 'unconfirmed'";
    FORGET_PERSON = "DELETE FROM subscriber WHERE id = $1 \
                     AND NOT EXISTS (SELECT 1 FROM subscription p WHERE p.subscriber = $1)";
}

/// Somebody who asks.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address that was typed.
    pub address: EmailAddress,
    /// The lists, by id.
    pub lists: Vec<String>,
    /// The language of the form.
    pub language: Option<String>,
    /// The version of the form.
    pub form_version: String,
    /// Whose turns this counts against, and how many there are in an hour.
    pub quotas: Vec<quota::Quota>,
}

/// What a preferences page may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The lists that the person wants, by id, of all that the page showed.
    pub lists: Vec<(String, bool)>,
    /// Regions of events; empty for all.
    pub regions: Vec<String>,
    /// Sections that are left out, by id.
    pub left_out: Vec<String>,
    /// Whether mails have no HTML part.
    pub text_only: bool,
}

/// Letters to one address are at least so far apart, in seconds.
const BETWEEN_S: i64 = 24 * 3_600;

impl Store {
    /// Writes down who asked; for each the quota that was used up, if one was. `valid_s` is how long a letter's question
    /// can be answered.
    pub async fn sign_up(
        &self,
        asked: &[SignUp],
        valid_s: i64,
        now_s: i64,
    ) -> Result<Vec<Option<String>>> {
        let hasher = self.hasher().await?;
        atomically!(self, transaction => {
            by_index(&mut transaction).await?;
            let used_up = quota::count(&mut transaction, asked, now_s).await?;
            let may = asked.iter().zip(&used_up).filter(|(_, used_up)| used_up.is_none());
            for round in rounds(may.map(|(one, _)| one), &hasher)? {
                note(&mut transaction, &round, (valid_s, now_s)).await?;
            }
            Ok(used_up)
        })
    }

    /// Records what a person answered to the question in a letter: the person's number and the lists, or nothing if the
    /// token opens nothing.
    pub async fn answer(&self, token: &str, now_s: i64) -> Result<Option<(i64, Vec<String>)>> {
        atomically!(self, transaction => {
            let found = letter::find(&mut transaction, token, LetterKind::Confirm, now_s).await?;
            let Some(found) = found else {
                return Ok(None);
            };
            let version = found.form_version.as_deref();
            for list in &found.lists {
                let values = values![found.subscriber, list, now_s];
                if transaction.execute(&CONFIRM, values).await? > 0 {
                    let values = values![found.subscriber, list, now_s, "form", version];
                    transaction.execute(&CONSENT, values).await?;
                }
            }
            transaction.execute(&LIFT, values![found.subscriber]).await?;
            letter::used(&mut transaction, token, now_s).await?;
            Ok(Some((found.subscriber, found.lists)))
        })
    }

    /// Records what a person prefers. Lists that are new are confirmed: the page was reached from a mail of ours.
    pub async fn prefer(
        &self,
        subscriber: i64,
        wanted: &Preferences,
        form_version: &str,
        now_s: i64,
    ) -> Result<()> {
        let regions = super::subscriber::kept(&wanted.regions);
        let left_out = super::subscriber::kept(&wanted.left_out);
        atomically!(self, transaction => {
            let values = values![subscriber, &regions, &left_out, wanted.text_only];
            transaction.execute(&CHOOSE, values).await?;
            for (list, wants) in &wanted.lists {
                if !wants {
                    let how = ("preferences", Some(form_version), now_s);
                    leave(&mut transaction, subscriber, Some(list), how).await?;
                    continue;
                }
                let values = values![subscriber, list, now_s];
                if transaction.execute(&SUBSCRIBE, values).await? > 0 {
                    let values = values![subscriber, list, now_s, "preferences", form_version];
                    transaction.execute(&CONSENT, values).await?;
                }
            }
            Ok(())
        })
    }

    /// Forgets those who asked before `before_s` and never answered; how many subscriptions.
    pub async fn forget_silent(&self, before_s: i64) -> Result<u64> {
        let mut forgotten = 0;
        loop {
            let one_lot = atomically!(self, transaction => {
                let pair = |row: &Row| Ok((row.take::<i64>("subscriber")?, row.take::<String>("list")?));
                let silent = transaction.fetch(&SILENT, values![before_s], pair).await?;
                for (subscriber, list) in &silent {
                    transaction.execute(&FORGET, values![*subscriber, list]).await?;
                    transaction.execute(&FORGET_PERSON, values![*subscriber]).await?;
                }
                Ok(silent.len() as u64)
            });
            let one_lot = one_lot?;
            forgotten += one_lot;
            if one_lot == 0 {
                return Ok(forgotten);
            }
        }
    }
}

/// A person who may be new, as a row.
#[derive(Serialize)]
struct Person<'a> {
    address: &'a str,
    address_key: String,
    address_hash: String,
    domain: &'a str,
    token: String,
    language: Option<&'a str>,
    /// What the person asked for.
    #[serde(skip)]
    asked: &'a SignUp,
}

/// Somebody who asks for a list, as a row.
#[derive(Serialize)]
struct Ask<'a> {
    address_key: &'a str,
    list: &'a str,
}

/// How people stand to lists: by the key of the address, then by list.
type Standing = HashMap<String, HashMap<String, String>>;

/// Requests in rounds, no two of one address in the same: what the first has done, the next must see. Addresses are the
/// same here if only one letter a day goes to them. Who asks twice for the same has said nothing new.
fn rounds<'a>(
    asked: impl Iterator<Item = &'a SignUp>,
    hasher: &Hasher,
) -> Result<Vec<Vec<Person<'a>>>> {
    let mut rounds: Vec<Vec<Person<'a>>> = Vec::new();
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut known = HashSet::new();
    for one in asked {
        let key = one.address.key();
        if !known.insert((key.clone(), &one.lists)) {
            continue;
        }
        let hash = hasher.hash(&one.address);
        let turn = turns.entry(hash.clone()).or_default();
        if rounds.len() == *turn {
            rounds.push(Vec::new());
        }
        rounds[*turn].push(Person {
            address: one.address.expose(),
            address_key: key,
            address_hash: hash,
            domain: one.address.domain(),
            token: fresh_token()?,
            language: one.language.as_deref(),
            asked: one,
        });
        *turn += 1;
    }
    Ok(rounds)
}

/// Writes down a round of requests.
async fn note(
    transaction: &mut Transaction,
    people: &[Person<'_>],
    (valid_s, now_s): (i64, i64),
) -> Result<()> {
    let standing = meet(transaction, people, now_s).await?;
    let none = HashMap::new();
    let of = |person: &Person<'_>| standing.get(&person.address_key).unwrap_or(&none);
    let confirmed = SubscriptionState::Confirmed.name();
    let wanted = people.iter().map(|person| {
        let wants = |list: &&String| of(person).get(*list).is_none_or(|state| state != confirmed);
        person.asked.lists.iter().filter(wants).cloned().collect()
    });
    let wanted: Vec<Vec<String>> = wanted.collect();
    let mut asks = Vec::new();
    let mut letters = Vec::with_capacity(people.len());
    for (person, wanted) in people.iter().zip(&wanted) {
        let new = wanted.iter().filter(|list| !of(person).contains_key(*list));
        asks.extend(new.map(|list| Ask {
            address_key: &person.address_key,
            list,
        }));
        letters.push(person.letter(wanted));
    }
    if !asks.is_empty() {
        let asks = rows(&asks);
        transaction.execute(&ASK, values![&asks, now_s]).await?;
    }
    let times = letter::Times {
        now_s,
        valid_s,
        between_s: BETWEEN_S,
    };
    let written = letter::write(transaction, &letters, times).await?;
    let again = |letter: &&NewLetter<'_>| {
        letter.kind == LetterKind::Confirm && !written.contains(letter.address.1)
    };
    let again: Vec<&NewLetter<'_>> = letters.iter().filter(again).collect();
    letter::widen(transaction, &again, now_s).await
}

/// Notes those who are new; how they all stand.
async fn meet(
    transaction: &mut Transaction,
    people: &[Person<'_>],
    now_s: i64,
) -> Result<Standing> {
    let people = rows(people);
    transaction.execute(&NOTE, values![&people, now_s]).await?;
    let read = |row: &Row| {
        let state = (row.take::<String>("list")?, row.take::<String>("state")?);
        Ok((row.take::<String>("address_key")?, state))
    };
    let mut standing = Standing::new();
    for (key, (list, state)) in transaction.fetch(&STANDING, values![&people], read).await? {
        standing.entry(key).or_default().insert(list, state);
    }
    Ok(standing)
}

impl Person<'_> {
    /// The letter that answers: a question about the lists that are wanted, or word that there is nothing to ask.
    fn letter<'l>(&'l self, wanted: &'l [String]) -> NewLetter<'l> {
        let (kind, lists) = match wanted.is_empty() {
            true => (LetterKind::Known, &*self.asked.lists),
            false => (LetterKind::Confirm, wanted),
        };
        NewLetter {
            kind,
            address: (&self.address_key, &self.address_hash),
            lists,
            form_version: Some(&self.asked.form_version),
        }
    }
}
