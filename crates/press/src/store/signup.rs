//! Those who ask for a list by themselves: what is written down when somebody asks, answers, or never does.
//!
//! Whoever fills in a form may be anybody, so the address is only noted, and a letter asks it. Requests are written down
//! in lots: one transaction, and one wait for the disk, for all that came meanwhile. Nothing here tells whether an address
//! was known; letters of a day are limited by the address, however it is spelt and whatever became of the person.

use super::db::{Transaction, atomically};
use super::letter::{self, LetterKind};
use super::statement::{Row, statements, values};
use super::subscriber::SubscriptionState;
use super::suppression::{Hasher, random};
use super::{Store, quota};
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use press_core::mailbox::EmailAddress;
use std::collections::HashMap;

statements! {
    /// Nobody is noted who called our mail spam, or whom an editor keeps out.
    NOTE = "INSERT INTO subscriber (address, address_key, address_hash, domain, token, language, created_s) \
            SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), \
            CAST($6 AS TEXT), CAST($7 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM suppression x \
            WHERE x.address_hash = $3 AND x.reason IN ('complaint', 'manual')) \
            ON CONFLICT (address_key) DO NOTHING";
    STANDING = "SELECT p.list, p.state FROM subscription p JOIN subscriber s ON s.id = p.subscriber \
                WHERE s.address_key = $1";
    ASK = "INSERT INTO subscription (list, subscriber, state, created_s) \
           SELECT CAST($2 AS TEXT), s.id, 'unconfirmed', CAST($3 AS BIGINT) FROM subscriber s WHERE s.address_key = $1 \
           ON CONFLICT (list, subscriber) DO NOTHING";
    CONFIRM = "UPDATE subscription SET state = 'confirmed', confirmed_s = $3, unsubscribed_s = NULL \
               WHERE subscriber = $1 AND list = $2 AND state <> 'confirmed'";
    /// Only what is asked about now: a list may have been left again.
    SUBSCRIBE = "INSERT INTO subscription (list, subscriber, state, created_s, confirmed_s) \
                 VALUES ($2, $1, 'confirmed', $3, $3) ON CONFLICT (list, subscriber) DO UPDATE \
                 SET state = 'confirmed', confirmed_s = $3, unsubscribed_s = NULL \
                 WHERE subscription.state <> 'confirmed'";
    CONSENT = "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how, form_version) \
               VALUES ($1, $2, $5, $3, $3, $4, $6)";
    /// Who answers that they want it has a mailbox again, and is not forgotten any more.
    LIFT = "DELETE FROM suppression WHERE reason IN ('erased', 'hard-bounce') AND address_hash = \
            (SELECT address_hash FROM subscriber WHERE id = $1)";
    LEAVE = "UPDATE subscription SET state = 'unsubscribed', unsubscribed_s = $3 \
             WHERE subscriber = $1 AND list = $2 AND state <> 'unsubscribed'";
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

/// A token: 128 random bits. It opens what it was made for, and names nobody.
pub(super) fn fresh_token() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<16>()?))
}

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
            let used_up = quota::count(&mut transaction, asked, now_s).await?;
            for (one, used_up) in asked.iter().zip(&used_up) {
                if used_up.is_none() {
                    note(&mut transaction, one, &hasher, (valid_s, now_s)).await?;
                }
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
                    let values = values![found.subscriber, list, now_s, "form", "confirmed", version];
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
                let (statement, state) = match wants {
                    true => (&SUBSCRIBE, "confirmed"),
                    false => (&LEAVE, "unsubscribed"),
                };
                let changed = transaction.execute(statement, values![subscriber, list, now_s]).await?;
                if changed > 0 {
                    let values = values![subscriber, list, now_s, "preferences", state, form_version];
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

/// Writes down one request.
async fn note(
    transaction: &mut Transaction,
    one: &SignUp,
    hasher: &Hasher,
    (valid_s, now_s): (i64, i64),
) -> Result<()> {
    let (key, hash) = (one.address.key(), hasher.hash(&one.address));
    let token = fresh_token()?;
    let values = values![
        one.address.expose(),
        &key,
        &hash,
        one.address.domain(),
        &token,
        &one.language,
        now_s
    ];
    transaction.execute(&NOTE, values).await?;
    let pair = |row: &Row| Ok((row.take::<String>("list")?, row.take::<String>("state")?));
    let standing = transaction.fetch(&STANDING, values![&key], pair).await?;
    let standing: HashMap<String, String> = standing.into_iter().collect();
    let confirmed = SubscriptionState::Confirmed.name();
    let wants = |list: &&String| standing.get(*list).is_none_or(|state| state != confirmed);
    let wanted: Vec<String> = one.lists.iter().filter(wants).cloned().collect();
    for list in wanted.iter().filter(|list| !standing.contains_key(*list)) {
        transaction
            .execute(&ASK, values![&key, list, now_s])
            .await?;
    }
    let kind = match wanted.is_empty() {
        true => LetterKind::Known,
        false => LetterKind::Confirm,
    };
    let lists = if wanted.is_empty() {
        &one.lists
    } else {
        &wanted
    };
    let letter = letter::NewLetter {
        kind,
        address: (&key, &hash),
        lists,
        form_version: Some(&one.form_version),
        created_s: now_s,
        expires_s: now_s + valid_s,
    };
    let written = letter::write(transaction, &letter, BETWEEN_S).await?;
    if !written && kind == LetterKind::Confirm {
        letter::widen(transaction, &hash, &wanted, now_s).await?;
    }
    Ok(())
}
