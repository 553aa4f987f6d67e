//! What services told of messages that came back: each of their messages is taken once, and what follows from it is written
//! down in the same transaction.

use super::Store;
use super::db::atomically;
use super::returned::{self, Change, Return, ReturnedMail};
use super::statement::{Row, statements, values};
use super::subscriber::leave;
use crate::error::Result;

statements! {
    NOTE = "INSERT INTO told (webhook, message, recorded_s) VALUES ($1, $2, $3) ON CONFLICT (webhook, message) DO NOTHING";
    WAS = "SELECT COUNT(*) FROM told WHERE webhook = $1 AND message = $2";
    FORGET = "DELETE FROM told WHERE recorded_s < $1";
    /// The newest campaign of an issue to a list.
    CAMPAIGN = "SELECT COALESCE(MAX(id), 0) FROM campaign WHERE issue = $1 AND list = $2";
    /// The last campaign that reached for somebody.
    LAST = "SELECT COALESCE(MAX(campaign), 0) FROM delivery WHERE subscriber = $1 AND campaign IN (SELECT id FROM campaign)";
}

/// What a service says of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A message came back.
    Returned(Return),
    /// The person wants no more.
    Leaves,
}

/// What a service told of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The campaign of the message; 0 if there is none.
    pub campaign: i64,
    /// The person.
    pub subscriber: i64,
    /// What happened.
    pub news: News,
}

impl Store {
    /// Writes down a service's message with all that it tells, and what changed; nothing if it was taken before.
    pub async fn record_told(
        &self,
        (webhook, message): (&str, &str),
        all: &[Told],
        now_s: i64,
    ) -> Result<Option<Vec<Change>>> {
        atomically!(self, transaction => {
            let note = values![webhook, message, now_s];
            if transaction.execute(&NOTE, note).await? == 0 {
                return Ok(None);
            }
            let id = format!("{webhook} {message}");
            let mut changes = Vec::with_capacity(all.len());
            for told in all {
                changes.push(match told.news {
                    News::Leaves => {
                        let how = ("webhook", None, now_s);
                        leave(&mut transaction, told.subscriber, None, how).await?;
                        Change::Left
                    }
                    News::Returned(says) => {
                        let mail = ReturnedMail {
                            id: &id,
                            campaign: told.campaign,
                            subscriber: told.subscriber,
                            says,
                        };
                        returned::record(&mut transaction, &mail, now_s).await?
                    }
                });
            }
            Ok(Some(changes))
        })
    }

    /// Whether a message was taken.
    pub async fn was_told(&self, webhook: &str, message: &str) -> Result<bool> {
        let found = self.find(&WAS, values![webhook, message], Row::first::<i64>);
        Ok(found.await?.is_some_and(|count| count > 0))
    }

    /// The campaign that sent an issue to a list, the newest of several.
    pub async fn find_campaign_of(&self, issue: &str, list: &str) -> Result<Option<i64>> {
        let found = self.find(&CAMPAIGN, values![issue, list], Row::first::<i64>);
        Ok(found.await?.filter(|campaign| *campaign > 0))
    }

    /// The last campaign that somebody was part of.
    pub async fn find_last_campaign(&self, subscriber: i64) -> Result<Option<i64>> {
        let found = self.find(&LAST, values![subscriber], Row::first::<i64>);
        Ok(found.await?.filter(|campaign| *campaign > 0))
    }

    /// Forgets messages that were taken before a time.
    pub async fn forget_told(&self, before_s: i64) -> Result<u64> {
        self.execute(&FORGET, values![before_s]).await
    }
}
