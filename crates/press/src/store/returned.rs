//! Mails that came back, written down once each, and what they change: whom we mail no more, and soft bounces counted.

use super::Store;
use super::db::{Transaction, atomically};
use super::statement::{Row, statements, values};
use super::suppression::{Reason, suppress_hash};
use crate::error::Result;

statements! {
    HASH = "SELECT address_hash FROM subscriber WHERE id = $1";
    /// Whether this campaign's message to somebody was counted already.
    COUNTED = "SELECT COUNT(*) FROM returned WHERE subscriber = $1 AND campaign = $2 AND kind = 'soft'";
    NOTE = "INSERT INTO returned (mail, campaign, subscriber, kind, recorded_s) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (subscriber, campaign, mail) DO NOTHING";
    /// A bounce after a long silence is the first again.
    COUNT = "UPDATE subscriber SET soft_bounces = CASE WHEN bounced_s >= $3 THEN soft_bounces + 1 ELSE 1 END, \
             bounced_s = $2 WHERE id = $1";
    SO_FAR = "SELECT soft_bounces FROM subscriber WHERE id = $1";
}

/// What a mail that came back says of a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// Nobody is there.
    Hard,
    /// It did not arrive this time.
    Soft,
    /// The person called it spam.
    Complaint,
}

impl Return {
    fn name(self) -> &'static str {
        match self {
            Return::Hard => "hard",
            Return::Soft => "soft",
            Return::Complaint => "complaint",
        }
    }
}

/// A mail that came back.
#[derive(Clone, Copy, Debug)]
pub struct ReturnedMail<'m> {
    /// Its own id: the same one counts once.
    pub id: &'m str,
    /// The campaign of the message that it is about.
    pub campaign: i64,
    /// The subscriber whom the message was for.
    pub subscriber: i64,
    /// What it says.
    pub says: Return,
}

/// What it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it was written down before.
    Known,
    /// Nothing: the subscriber was erased.
    Gone,
    /// The address is not mailed any more.
    Suppressed,
    /// So many soft bounces there were in a row.
    Counted(i64),
    /// The person has left all lists.
    Left,
}

/// Soft bounces further apart than this, in seconds, are not in a row: mails arrived in between.
const APART_S: i64 = 45 * 86_400;

/// Counts a soft bounce of a subscriber.
pub(super) async fn count_soft(transaction: &mut Transaction, who: i64, now_s: i64) -> Result<()> {
    let values = values![who, now_s, now_s - APART_S];
    transaction.execute(&COUNT, values).await.map(|_| ())
}

impl Store {
    /// Writes down a mail that came back, and does what follows from it, in one go.
    pub async fn record_returned(&self, mail: &ReturnedMail<'_>, now_s: i64) -> Result<Change> {
        atomically!(self, transaction => { record(&mut transaction, mail, now_s).await })
    }
}

/// Writes down one mail that came back.
pub(super) async fn record(
    transaction: &mut Transaction,
    mail: &ReturnedMail<'_>,
    now_s: i64,
) -> Result<Change> {
    let who = mail.subscriber;
    let hash = transaction.find(&HASH, values![who], Row::first::<String>);
    let Some(hash) = hash.await? else {
        return Ok(Change::Gone);
    };
    let counted = transaction.find(&COUNTED, values![who, mail.campaign], Row::first::<i64>);
    let counted = counted.await?;
    let note = values![mail.id, mail.campaign, who, mail.says.name(), now_s];
    if transaction.execute(&NOTE, note).await? == 0 {
        return Ok(Change::Known);
    }
    let reason = match mail.says {
        Return::Hard => Reason::HardBounce,
        Return::Complaint => Reason::Complaint,
        Return::Soft => {
            if counted == Some(0) {
                count_soft(transaction, who, now_s).await?;
            }
            let so_far = transaction.find(&SO_FAR, values![who], Row::first::<i64>);
            return Ok(Change::Counted(so_far.await?.unwrap_or(0)));
        }
    };
    suppress_hash(transaction, &hash, reason, now_s).await?;
    Ok(Change::Suppressed)
}
