//! How often something may be done in an hour, kept where all servers of a newsletter see it.
//!
//! Who does it is known by a keyed hash only, and for a day. Hours begin when clocks say so: at worst twice as much passes
//! in an hour that straddles two.

use super::Store;
use super::db::{Transaction, atomically};
use super::signup::SignUp;
use super::statement::{Row, rows, statements, values};
use crate::error::Result;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

statements! {
    COUNT of (name TEXT, more BIGINT) = "INSERT INTO quota (name, began_s, count) \
             SELECT name, CAST($2 AS BIGINT), more FROM given WHERE TRUE ON CONFLICT (name, began_s) \
             DO UPDATE SET count = quota.count + excluded.count RETURNING name, count";
    TAKEN = "SELECT count FROM quota WHERE name = $1 AND began_s = $2";
    FORGET = "DELETE FROM quota WHERE began_s < $1";
}

/// So many turns in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Whose.
    pub name: String,
    /// How many.
    pub most: i64,
}

/// How many turns somebody takes now.
#[derive(Serialize)]
struct Turns<'a> {
    name: &'a str,
    more: i64,
}

/// The stretch of time that is counted, in seconds.
const HOUR_S: i64 = 3_600;

/// Counts everybody's turns; for each the first quota that is used up. Turns that were refused count too: who goes on
/// hammering waits longer.
pub(super) async fn count(
    transaction: &mut Transaction,
    asked: &[SignUp],
    now_s: i64,
) -> Result<Vec<Option<String>>> {
    let began_s = now_s - now_s.rem_euclid(HOUR_S);
    // Locks are taken in one order, so that two servers never wait for each other.
    let mut turns: BTreeMap<&str, i64> = BTreeMap::new();
    for quota in asked.iter().flat_map(|one| &one.quotas) {
        *turns.entry(&quota.name).or_default() += 1;
    }
    let turns: Vec<Turns<'_>> = turns
        .into_iter()
        .map(|(name, more)| Turns { name, more })
        .collect();
    let taken = rows(&turns);
    let pair = |row: &Row| Ok((row.take::<String>("name")?, row.take::<i64>("count")?));
    let counts = transaction.fetch(&COUNT, values![&taken, began_s], pair);
    let mut counts: HashMap<String, i64> = counts.await?.into_iter().collect();
    for turns in &turns {
        // As it was before these.
        *counts.entry(turns.name.to_owned()).or_insert(turns.more) -= turns.more;
    }
    let mut used_up = Vec::with_capacity(asked.len());
    for one in asked {
        let mut over = None;
        for quota in &one.quotas {
            let count = counts.entry(quota.name.clone()).or_default();
            *count += 1;
            if *count > quota.most && over.is_none() {
                over = Some(quota.name.clone());
            }
        }
        used_up.push(over);
    }
    Ok(used_up)
}

impl Store {
    /// Counts one turn against a quota; whether it was still free.
    pub async fn take_turn(&self, quota: &Quota, now_s: i64) -> Result<bool> {
        let began_s = now_s - now_s.rem_euclid(HOUR_S);
        let one = rows(&[Turns {
            name: &quota.name,
            more: 1,
        }]);
        let count = atomically!(self, transaction => {
            let count = |row: &Row| row.take::<i64>("count");
            transaction.find(&COUNT, values![&one, began_s], count).await
        });
        Ok(count?.unwrap_or(1) <= quota.most)
    }

    /// Whether there are turns left, without taking one.
    pub async fn has_turns(&self, quota: &Quota, now_s: i64) -> Result<bool> {
        let began_s = now_s - now_s.rem_euclid(HOUR_S);
        let values = values![&quota.name, began_s];
        let count = self.find(&TAKEN, values, Row::first::<i64>).await?;
        Ok(count.unwrap_or(0) < quota.most)
    }

    /// Forgets what was counted before a time.
    pub async fn forget_quotas(&self, before_s: i64) -> Result<u64> {
        self.execute(&FORGET, values![before_s]).await
    }
}
