//! How many, by what: numbers about the audience that name nobody.

use super::Store;
use super::statement::{Row, statements, values};
use crate::error::Result;
use std::collections::BTreeMap;

statements! {
    BY_LIST = "SELECT list, state, COUNT(*) AS count FROM subscription GROUP BY list, state ORDER BY list, state";
    SUPPRESSED = "SELECT reason, COUNT(*) AS count FROM suppression GROUP BY reason ORDER BY reason";
    PEOPLE = "SELECT COUNT(*) FROM subscriber";
    DOMAINS = "SELECT domain AS name, COUNT(*) AS count FROM subscriber GROUP BY domain \
               ORDER BY COUNT(*) DESC, domain LIMIT $1";
    LANGUAGES = "SELECT language AS name, COUNT(*) AS count FROM subscriber WHERE language IS NOT NULL \
                 GROUP BY language ORDER BY COUNT(*) DESC, language";
    REGIONS = "SELECT regions AS name, COUNT(*) AS count FROM subscriber WHERE regions IS NOT NULL GROUP BY regions";
    LEFT_OUT = "SELECT left_out AS name, COUNT(*) AS count FROM subscriber WHERE left_out IS NOT NULL \
                GROUP BY left_out";
    TEXT_ONLY = "SELECT COUNT(*) FROM subscriber WHERE text_only";
    BOUNCING = "SELECT COUNT(*) FROM subscriber WHERE soft_bounces > 0";
}

/// A number of something.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// What.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// Numbers about the audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// People who are known, whatever they subscribed to.
    pub people: i64,
    /// By list and state.
    pub lists: BTreeMap<String, BTreeMap<String, i64>>,
    /// Addresses that must not be mailed, by reason.
    pub suppressed: Vec<Count>,
    /// The domains with most addresses.
    pub domains: Vec<Count>,
    /// Languages that people prefer.
    pub languages: Vec<Count>,
    /// Regions that people chose; who chose several counts for each.
    pub regions: Vec<Count>,
    /// Sections that people leave out.
    pub left_out: Vec<Count>,
    /// People who want no HTML.
    pub text_only: i64,
    /// People whose last mails bounced softly.
    pub bouncing: i64,
}

impl Store {
    /// Numbers about the audience, with this many domains.
    pub async fn stats(&self, domains: i64) -> Result<Stats> {
        let mut reading = self.begin_reading().await?;
        let mut stats = Stats::default();
        let of_list = |row: &Row| Ok((row.take("list")?, row.take("state")?, row.take("count")?));
        for (list, state, count) in reading.fetch(&BY_LIST, values![], of_list).await? {
            let list: &mut BTreeMap<String, i64> = stats.lists.entry(list).or_default();
            list.insert(state, count);
        }
        let reason = |row: &Row| {
            let name = row.take("reason")?;
            Ok(Count {
                name,
                count: row.take("count")?,
            })
        };
        stats.suppressed = reading.fetch(&SUPPRESSED, values![], reason).await?;
        stats.domains = reading.fetch(&DOMAINS, values![domains], count).await?;
        stats.languages = reading.fetch(&LANGUAGES, values![], count).await?;
        stats.regions = each(reading.fetch(&REGIONS, values![], count).await?);
        stats.left_out = each(reading.fetch(&LEFT_OUT, values![], count).await?);
        for (number, statement) in [
            (&mut stats.people, &PEOPLE),
            (&mut stats.text_only, &TEXT_ONLY),
            (&mut stats.bouncing, &BOUNCING),
        ] {
            let found = reading.find(statement, values![], Row::first::<i64>);
            *number = found.await?.unwrap_or(0);
        }
        reading.roll_back().await;
        Ok(stats)
    }
}

fn count(row: &Row) -> sqlx::Result<Count> {
    Ok(Count {
        name: row.take("name")?,
        count: row.take("count")?,
    })
}

/// Lists of words, each word for itself, the most frequent first.
fn each(lists: Vec<Count>) -> Vec<Count> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for list in lists {
        let words: Vec<String> = serde_json::from_str(&list.name).unwrap_or_default();
        for word in words {
            *counts.entry(word).or_default() += list.count;
        }
    }
    let mut counts: Vec<Count> = counts
        .into_iter()
        .map(|(name, count)| Count { name, count })
        .collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));
    counts
}
