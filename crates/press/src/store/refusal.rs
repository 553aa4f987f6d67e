//! Messages that were refused for good, and perhaps not only for their recipients: whether others were taken tells.

use super::Store;
use super::db::atomically;
use super::statement::{Row, statements, values};
use crate::error::Result;

statements! {
    /// Rows of the campaign are looked through until there is one, so this is asked only about what was refused. The orders
    /// have PostgreSQL take the index, and the condition on `due_s` has SQLite take the small one.
    OTHERS = "SELECT r.refused_s IS NOT NULL AS again, \
              (SELECT d.subscriber FROM delivery d WHERE d.campaign = $1 AND d.state = 2 \
               ORDER BY d.subscriber LIMIT 1) IS NOT NULL AS taken, \
              (SELECT d.subscriber FROM delivery d WHERE d.campaign = $1 AND d.state = 2 \
               AND d.settled_s > r.refused_s ORDER BY d.subscriber LIMIT 1) IS NOT NULL AS since, \
              (SELECT d.due_s FROM delivery d WHERE d.campaign = $1 AND d.part >= 0 AND d.due_s >= 0 \
               AND d.state IN (0, 3) AND d.state = 0 ORDER BY d.part, d.due_s LIMIT 1) IS NOT NULL AS untried \
              FROM campaign c LEFT JOIN refusal r ON r.campaign = c.id AND r.subscriber = $2 WHERE c.id = $1";
    NOTE = "INSERT INTO refusal (campaign, subscriber, refused_s) VALUES ($1, $2, $3) \
            ON CONFLICT (campaign, subscriber) DO NOTHING";
}

/// What is known when a message is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// This person's was refused before.
    pub again: bool,
    /// Somebody's of the campaign was taken.
    pub taken: bool,
    /// Somebody's was taken after this person's was refused first.
    pub since: bool,
    /// There are some whose turn has not come.
    pub untried: bool,
}

impl Store {
    /// Writes down that a message was refused, the first time that it was, and what is known of others.
    pub async fn record_refusal(&self, campaign: i64, who: i64, now_s: i64) -> Result<Refusal> {
        let read = |row: &Row| {
            Ok(Refusal {
                again: row.take("again")?,
                taken: row.take("taken")?,
                since: row.take("since")?,
                untried: row.take("untried")?,
            })
        };
        atomically!(self, transaction => {
            let others = transaction.find(&OTHERS, values![campaign, who], read).await?;
            transaction.execute(&NOTE, values![campaign, who, now_s]).await?;
            Ok(others.unwrap_or_default())
        })
    }
}
