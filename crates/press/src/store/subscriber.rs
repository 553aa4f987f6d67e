//! The audience: subscribers, what they subscribed to, and what is known of their consent.
//!
//! Whoever comes in comes by `store/arrival.rs`, one or a million. Here are the ways to look, and the ways out.

use super::db::{Transaction, atomically};
use super::statement::{Row, statements, values};
use super::suppression::{Reason, suppress_hash};
use super::{Store, arrival};
use crate::error::{Error, Result};
use press_core::mailbox::EmailAddress;

/// Questions for subscribers, with all that is kept of them.
macro_rules! subscribers {
    ($which:literal) => {
        concat!(
            "SELECT s.id, s.address, s.token, s.name, s.language, s.regions, s.left_out, s.text_only, s.soft_bounces, \
             s.bounced_s, s.created_s FROM subscriber s ",
            $which
        )
    };
}

statements! {
    OF_ADDRESS = subscribers!("WHERE s.address_key = $1");
    OF_TOKEN = subscribers!("WHERE s.token = $1");
    OF_NUMBER = subscribers!("WHERE s.id = $1");
    SUBSCRIPTIONS = "SELECT list, state, created_s, confirmed_s, unsubscribed_s FROM subscription \
                     WHERE subscriber = $1 ORDER BY list";
    CONSENTS = "SELECT list, state, given_s, how, form_version, source FROM consent WHERE subscriber = $1 ORDER BY id";
    /// All rows of subscribers between two numbers, one for each subscription.
    LISTED = "SELECT s.id, s.address, s.token, s.name, s.language, s.regions, s.left_out, s.text_only, s.soft_bounces, \
              s.bounced_s, s.created_s, p.list, p.state, p.created_s AS subscribed_s, p.confirmed_s, p.unsubscribed_s, \
              x.reason, x.since_s, \
              (SELECT c.how FROM consent c WHERE c.subscriber = s.id AND c.list = p.list ORDER BY c.id DESC LIMIT 1) \
              AS how, \
              (SELECT c.form_version FROM consent c WHERE c.subscriber = s.id AND c.list = p.list \
              ORDER BY c.id DESC LIMIT 1) AS form_version \
              FROM subscriber s JOIN subscription p ON p.subscriber = s.id \
              LEFT JOIN suppression x ON x.address_hash = s.address_hash \
              WHERE s.id > $1 AND s.id <= $2 AND (CAST($3 AS TEXT) IS NULL OR p.list = $3) \
              AND (CAST($4 AS TEXT) IS NULL OR p.state = $4) AND (CAST($5 AS TEXT) IS NULL OR s.domain = $5) \
              ORDER BY s.id, p.list";
    LAST = "SELECT COALESCE(MAX(id), 0) FROM subscriber";
    LEAVE = "UPDATE subscription SET state = 'unsubscribed', unsubscribed_s = $3 \
             WHERE subscriber = $1 AND state <> 'unsubscribed' AND (CAST($2 AS TEXT) IS NULL OR list = $2)";
    NOTE_LEAVING = "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how, form_version) \
                    SELECT subscriber, list, 'unsubscribed', CAST($3 AS BIGINT), CAST($3 AS BIGINT), \
                    CAST($4 AS TEXT), CAST($5 AS TEXT) FROM subscription \
                    WHERE subscriber = $1 AND state <> 'unsubscribed' AND (CAST($2 AS TEXT) IS NULL OR list = $2)";
    FLUSH = "PRAGMA wal_checkpoint(TRUNCATE)", postgres = "SELECT 1";
    /// What servers said may quote the address.
    ERASE_REPLIES = "UPDATE delivery SET reply = NULL WHERE campaign IN (SELECT id FROM campaign) \
                     AND subscriber = $1 AND reply IS NOT NULL";
    ERASE_CONSENT = "DELETE FROM consent WHERE subscriber = $1";
    ERASE_SUBSCRIPTIONS = "DELETE FROM subscription WHERE subscriber = $1";
    ERASE = "DELETE FROM subscriber WHERE id = $1";
}

/// How somebody stands to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Asked for it, and has not answered our question whether it was really them.
    Unconfirmed,
    /// Wants it.
    Confirmed,
    /// Wants it no more.
    Unsubscribed,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [SubscriptionState; 3] = [
        SubscriptionState::Unconfirmed,
        SubscriptionState::Confirmed,
        SubscriptionState::Unsubscribed,
    ];

    /// Its name in the database and in files.
    pub fn name(self) -> &'static str {
        match self {
            SubscriptionState::Unconfirmed => "unconfirmed",
            SubscriptionState::Confirmed => "confirmed",
            SubscriptionState::Unsubscribed => "unsubscribed",
        }
    }

    /// The state of this name.
    pub fn of(name: &str) -> Option<SubscriptionState> {
        SubscriptionState::ALL
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A person who reads, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The number in this database.
    pub id: i64,
    /// The address.
    pub address: EmailAddress,
    /// What stands for the person in links and envelopes.
    pub token: String,
    /// What the person is called.
    pub name: Option<String>,
    /// The language the person prefers.
    pub language: Option<String>,
    /// Regions of events; empty for all.
    pub regions: Vec<String>,
    /// Sections that are left out, by id.
    pub left_out: Vec<String>,
    /// Whether mails have no HTML part.
    pub text_only: bool,
    /// Soft bounces since the last mail that arrived.
    pub soft_bounces: i64,
    /// When a mail bounced last, in seconds since 1970.
    pub bounced_s: Option<i64>,
    /// When the person was seen first, in seconds since 1970.
    pub created_s: i64,
}

/// Somebody and a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The list.
    pub list: String,
    /// How it stands.
    pub state: SubscriptionState,
    /// When the person asked for it, in seconds since 1970.
    pub created_s: i64,
    /// When the person confirmed that.
    pub confirmed_s: Option<i64>,
    /// When the person had enough.
    pub unsubscribed_s: Option<i64>,
}

/// What a person agreed to, and how we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The list.
    pub list: String,
    /// The state that it led to.
    pub state: SubscriptionState,
    /// When, in seconds since 1970.
    pub given_s: i64,
    /// By what: `form`, `import`, `command`, …
    pub how: String,
    /// The version of the form that was shown.
    pub form_version: Option<String>,
    /// The file it was taken from, or what an editor wrote.
    pub source: Option<String>,
}

/// A subscriber with one subscription, as lists and files show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub subscriber: Subscriber,
    /// What.
    pub subscription: Subscription,
    /// Why the address must not be mailed, and since when.
    pub suppression: Option<(Reason, i64)>,
    /// How the last consent was given, and the version of its form.
    pub consent: Option<(String, Option<String>)>,
}

/// Which subscriptions are listed; everything without any of these.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'f> {
    /// Of this list.
    pub list: Option<&'f str>,
    /// In this state.
    pub state: Option<SubscriptionState>,
    /// With addresses at this domain, in its ASCII form.
    pub domain: Option<&'f str>,
}

/// Numbers of subscribers that are looked at in one go.
const STRIDE: i64 = 5_000;

impl Store {
    /// Who has this address.
    pub async fn find_subscriber(&self, address: &EmailAddress) -> Result<Option<Subscriber>> {
        let key = address.key();
        self.find(&OF_ADDRESS, values![&key], subscriber).await
    }

    /// Who is meant by what stands in a link or an envelope.
    pub async fn find_subscriber_by_token(&self, token: &str) -> Result<Option<Subscriber>> {
        self.find(&OF_TOKEN, values![token], subscriber).await
    }

    /// The subscriber of this number.
    pub async fn find_subscriber_by_id(&self, id: i64) -> Result<Option<Subscriber>> {
        self.find(&OF_NUMBER, values![id], subscriber).await
    }

    /// What somebody subscribed to.
    pub async fn subscriptions(&self, subscriber: i64) -> Result<Vec<Subscription>> {
        let read = |row: &Row| subscription(row, "created_s");
        self.fetch(&SUBSCRIPTIONS, values![subscriber], read).await
    }

    /// All that is known of somebody's consent, the oldest first.
    pub async fn consents(&self, subscriber: i64) -> Result<Vec<Consent>> {
        self.fetch(&CONSENTS, values![subscriber], consent).await
    }

    /// Tells all subscriptions of a filter, as they are at one moment, in the order of the subscribers' numbers; ends
    /// early when `tell` says so.
    pub async fn each_subscription(
        &self,
        filter: Filter<'_>,
        mut tell: impl FnMut(Listed) -> Result<bool>,
    ) -> Result<()> {
        let mut reading = self.begin_reading().await?;
        let last = reading.find(&LAST, values![], Row::first::<i64>).await?;
        let last = last.unwrap_or(0);
        let (mut from, state) = (0, filter.state.map(SubscriptionState::name));
        'all: while from < last {
            let values = values![from, from + STRIDE, filter.list, state, filter.domain];
            for listed in reading.fetch(&LISTED, values, listed).await? {
                if !tell(listed)? {
                    break 'all;
                }
            }
            from += STRIDE;
        }
        reading.roll_back().await;
        Ok(())
    }

    /// Ends somebody's subscription to a list, or to all; how many ended.
    pub async fn unsubscribe(
        &self,
        subscriber: i64,
        list: Option<&str>,
        how: &str,
        now_s: i64,
    ) -> Result<u64> {
        atomically!(self, transaction => {
            leave(&mut transaction, subscriber, list, (how, None, now_s)).await
        })
    }

    /// Removes all that is known of a person, and sees to it that nothing brings the address back; whether anything was
    /// known. Campaigns of the past keep their counts.
    pub async fn erase(&self, address: &EmailAddress, now_s: i64) -> Result<bool> {
        let hash = self.hasher().await?.hash(address);
        let key = address.key();
        let erased = atomically!(self, transaction => {
            let found = transaction.find(&OF_ADDRESS, values![&key], subscriber).await?;
            if let Some(found) = &found {
                erase_rows(&mut transaction, found.id).await?;
            }
            suppress_hash(&mut transaction, &hash, Reason::Erased, now_s).await?;
            Ok(found.is_some())
        });
        // Until it is written into the file itself, what was there before still is.
        self.execute(&FLUSH, values![]).await?;
        erased
    }

    /// Lets one person in, or changes a subscription, by the same rules as an import.
    pub async fn receive_one(
        &self,
        arrival: &arrival::Arrival,
        terms: &arrival::Terms,
    ) -> Result<arrival::Arrived> {
        let mut receiving = self.receive(terms.clone()).await?;
        let refused = receiving.add(vec![arrival.clone()]).await?;
        if let Some((_, why)) = refused.into_iter().next() {
            return Err(Error::new(why));
        }
        receiving.commit().await
    }
}

/// Ends somebody's subscription to a list, or to all; how many ended. It is noted how, and by which version of a form.
pub(super) async fn leave(
    transaction: &mut Transaction,
    subscriber: i64,
    list: Option<&str>,
    (how, form_version, now_s): (&str, Option<&str>, i64),
) -> Result<u64> {
    let values = values![subscriber, list, now_s, how, form_version];
    transaction.execute(&NOTE_LEAVING, values).await?;
    transaction
        .execute(&LEAVE, values![subscriber, list, now_s])
        .await
}

async fn erase_rows(transaction: &mut Transaction, id: i64) -> Result<()> {
    for statement in [&ERASE_REPLIES, &ERASE_CONSENT, &ERASE_SUBSCRIPTIONS, &ERASE] {
        transaction.execute(statement, values![id]).await?;
    }
    Ok(())
}

/// A list of words as it is kept: JSON, or nothing for an empty one.
pub(super) fn kept(words: &[String]) -> Option<String> {
    let list = || serde_json::to_string(words).expect("words are JSON");
    (!words.is_empty()).then(list)
}

fn words(kept: Option<String>) -> sqlx::Result<Vec<String>> {
    let Some(kept) = kept else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&kept).map_err(|cause| sqlx::Error::Decode(cause.into()))
}

fn subscriber(row: &Row) -> sqlx::Result<Subscriber> {
    let address: String = row.take("address")?;
    let address = EmailAddress::parse(&address);
    Ok(Subscriber {
        id: row.take("id")?,
        address: address.map_err(|mistake| sqlx::Error::Decode(mistake.into()))?,
        token: row.take("token")?,
        name: row.take("name")?,
        language: row.take("language")?,
        regions: words(row.take("regions")?)?,
        left_out: words(row.take("left_out")?)?,
        text_only: row.take("text_only")?,
        soft_bounces: row.take("soft_bounces")?,
        bounced_s: row.take("bounced_s")?,
        created_s: row.take("created_s")?,
    })
}

fn state(row: &Row) -> sqlx::Result<SubscriptionState> {
    let state: String = row.take("state")?;
    SubscriptionState::of(&state)
        .ok_or_else(|| sqlx::Error::Decode(format!("there is no state {state}").into()))
}

fn subscription(row: &Row, created: &str) -> sqlx::Result<Subscription> {
    Ok(Subscription {
        list: row.take("list")?,
        state: state(row)?,
        created_s: row.take(created)?,
        confirmed_s: row.take("confirmed_s")?,
        unsubscribed_s: row.take("unsubscribed_s")?,
    })
}

fn consent(row: &Row) -> sqlx::Result<Consent> {
    Ok(Consent {
        list: row.take("list")?,
        state: state(row)?,
        given_s: row.take("given_s")?,
        how: row.take("how")?,
        form_version: row.take("form_version")?,
        source: row.take("source")?,
    })
}

fn listed(row: &Row) -> sqlx::Result<Listed> {
    let reason: Option<String> = row.take("reason")?;
    let since: Option<i64> = row.take("since_s")?;
    let how: Option<String> = row.take("how")?;
    let version: Option<String> = row.take("form_version")?;
    Ok(Listed {
        subscriber: subscriber(row)?,
        subscription: subscription(row, "subscribed_s")?,
        suppression: reason.and_then(|reason| Reason::of(&reason)).zip(since),
        consent: how.map(|how| (how, version)),
    })
}
