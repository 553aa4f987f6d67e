//! What somebody got, for the page on which they see all that is known of them.

use super::Store;
use super::delivery::DeliveryState;
use super::statement::{Row, statements, values};
use crate::error::Result;

statements! {
    RECEIVED = "SELECT c.issue, c.list, d.state, d.settled_s, d.reply FROM campaign c \
                JOIN delivery d ON d.campaign = c.id AND d.subscriber = $1 ORDER BY c.id DESC";
}

/// A mail that was to go to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The issue.
    pub issue: String,
    /// The list.
    pub list: String,
    /// What became of it.
    pub state: &'static str,
    /// When that was settled, in seconds since 1970.
    pub settled_s: Option<i64>,
    /// What the server said.
    pub reply: Option<String>,
}

impl Store {
    /// The mails that were to go to a subscriber, the newest first.
    pub async fn received(&self, subscriber: i64) -> Result<Vec<Received>> {
        self.fetch(&RECEIVED, values![subscriber], received).await
    }
}

fn received(row: &Row) -> sqlx::Result<Received> {
    let state = DeliveryState::of(row.take("state")?);
    Ok(Received {
        issue: row.take("issue")?,
        list: row.take("list")?,
        state: state.map_or("unknown", DeliveryState::name),
        settled_s: row.take("settled_s")?,
        reply: row.take("reply")?,
    })
}
