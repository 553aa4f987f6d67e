//! How often something may be done in an hour, kept where all servers of a newsletter see it.
//!
//! Who does it is known by a keyed hash only, and for a day. Hours begin when clocks say so: at worst twice as much passes
//! in an hour that straddles two.

use super::Store;
use super::db::{Transaction, atomically};
use super::signup::SignUp;
use super::statement::{Row, statements, values};
use crate::error::Result;
use std::collections::HashMap;

statements! {
    COUNT = "INSERT INTO quota (name, began_s, count) VALUES ($1, $2, $3) ON CONFLICT (name, began_s) \
             DO UPDATE SET count = quota.count + $3 RETURNING count";
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
    let mut more: HashMap<&str, i64> = HashMap::new();
    for quota in asked.iter().flat_map(|one| &one.quotas) {
        *more.entry(&quota.name).or_default() += 1;
    }
    // Locks are taken in one order, so that two servers never wait for each other.
    let mut names: Vec<(&str, i64)> = more.into_iter().collect();
    names.sort_unstable();
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for (name, more) in names {
        let all = transaction.find(&COUNT, values![name, began_s, more], Row::first::<i64>);
        counts.insert(name, all.await?.unwrap_or(more) - more);
    }
    let mut used_up = Vec::with_capacity(asked.len());
    for one in asked {
        let mut over = None;
        for quota in &one.quotas {
            let count = counts.entry(&quota.name).or_default();
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
        let values = values![&quota.name, began_s, 1_i64];
        let count = atomically!(self, transaction => {
            transaction.find(&COUNT, values, Row::first::<i64>).await
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
