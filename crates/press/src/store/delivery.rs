//! The ledger of deliveries: claimed before anything leaves, settled after the server's answer.
//!
//! A row is claimed by one worker at a time. What a worker claimed and has not settled when it dies is `uncertain`: it
//! may have left. Such a row is sent again only when a person says so, with the same `Message-ID`.

use super::Store;
use super::db::{Transaction, atomically};
use super::returned::count_soft;
use super::statement::{Row, rows, statements, values};
use super::worker::Worker;
use crate::error::Result;
use serde::Serialize;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Its turn has not come.
    Queued,
    /// A worker has claimed it.
    Sending,
    /// A server took it.
    Sent,
    /// It was not taken, and will be tried again.
    Deferred,
    /// It was refused for good, or tried too often.
    Failed,
    /// Its subscriber left, was erased or suppressed before it was sent.
    Skipped,
    /// Nobody knows whether it was taken.
    Uncertain,
}

use DeliveryState::{Deferred, Failed, Queued, Sending, Sent, Skipped, Uncertain};

impl DeliveryState {
    /// Its name, for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Queued => "queued",
            Sending => "sending",
            Sent => "sent",
            Deferred => "deferred",
            Failed => "failed",
            Skipped => "skipped",
            Uncertain => "uncertain",
        }
    }

    /// The state of a number in the database.
    pub(super) fn of(number: i64) -> Option<DeliveryState> {
        let all = [Queued, Sending, Sent, Deferred, Failed, Skipped, Uncertain];
        all.into_iter().find(|state| state.number() == number)
    }

    /// Its number in the database.
    fn number(self) -> i64 {
        self as i64
    }
}

/// A campaign's deliveries by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many were frozen.
    pub audience: i64,
    /// Taken by a server.
    pub sent: i64,
    /// To be tried again.
    pub deferred: i64,
    /// Refused for good.
    pub failed: i64,
    /// Left out because the subscriber left.
    pub skipped: i64,
    /// Perhaps taken.
    pub uncertain: i64,
    /// Not yet tried.
    pub queued: i64,
    /// With a worker just now.
    pub sending: i64,
}

impl Tally {
    pub(super) fn new(audience: i64, counts: &[(i64, i64)]) -> Tally {
        let of = |state: DeliveryState| {
            let found = counts.iter().find(|(number, _)| *number == state.number());
            found.map_or(0, |(_, count)| *count)
        };
        Tally {
            audience,
            sent: of(Sent),
            deferred: of(Deferred),
            failed: of(Failed),
            skipped: of(Skipped),
            uncertain: of(Uncertain),
            queued: of(Queued),
            sending: of(Sending),
        }
    }

    /// How many are settled for good.
    pub fn settled(&self) -> i64 {
        self.sent + self.failed + self.skipped + self.uncertain
    }

    /// The count of every state, with its name, in the order of the equation.
    pub fn parts(&self) -> [(&'static str, i64); 7] {
        [
            (Sent.name(), self.sent),
            (Deferred.name(), self.deferred),
            (Failed.name(), self.failed),
            (Skipped.name(), self.skipped),
            (Uncertain.name(), self.uncertain),
            (Queued.name(), self.queued),
            (Sending.name(), self.sending),
        ]
    }

    /// Whether everybody is accounted for.
    pub fn holds(&self) -> bool {
        self.audience == self.parts().iter().map(|(_, count)| count).sum::<i64>()
    }
}

/// A claimed delivery.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its campaign.
    pub campaign: i64,
    /// Its subscriber's number.
    pub subscriber: i64,
    /// The variant of the message.
    pub variant: i64,
    /// How often it has been tried, this time included.
    pub attempts: i64,
    /// For whom it is, or why it must not leave.
    pub person: std::result::Result<Person, String>,
}

/// A row of the ledger, for people.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The subscriber's number.
    pub subscriber: i64,
    /// The address; none if the subscriber was erased.
    pub address: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is due, in seconds since 1970.
    pub due_s: i64,
    /// What was said of it.
    pub reply: Option<String>,
}

/// Whom a message is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The address.
    pub address: String,
    /// The name, if it is known.
    pub name: Option<String>,
    /// What stands for this person in addresses of the web.
    pub token: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Person(…)")
    }
}

/// What a worker says of a delivery that it had claimed.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    /// Its campaign.
    #[serde(skip)]
    pub campaign: i64,
    /// Who claimed it.
    #[serde(skip)]
    pub worker: i64,
    /// Its subscriber's number.
    pub subscriber: i64,
    /// What became of it, as the database has it.
    #[serde(serialize_with = "number")]
    pub state: DeliveryState,
    /// How often it has been tried.
    pub attempts: i64,
    /// Not before, in seconds since 1970, for what is tried again.
    pub due_s: i64,
    /// What the server said, or why it did not leave.
    pub reply: String,
    /// Whether the server refused the address: for good, or for this time.
    #[serde(skip)]
    pub bounced: Option<Bounced>,
}

/// A server refused an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounced {
    /// It must not be mailed any more.
    Hard,
    /// It may be mailed again; refusals are counted.
    Soft,
}

fn number<S: serde::Serializer>(
    state: &DeliveryState,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_i64(state.number())
}

/// What a worker writes down at a time: what became of messages, and what it takes on next.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'t> {
    /// What has come back.
    pub settled: &'t [Settled],
    /// From which campaigns, and which parts of their audiences, to claim; in this order.
    pub parts: &'t [(i64, i64)],
    /// At most so many.
    pub most: i64,
    /// The time, in seconds since 1970.
    pub now_s: i64,
}

/// How one person's delivery is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The variant of the message.
    pub variant: i64,
    /// How far it is.
    pub state: DeliveryState,
    /// What was said of it last.
    pub reply: Option<String>,
}

statements! {
    /// Claims what is due, while its campaign sends. On PostgreSQL workers pass over what another one is claiming.
    CLAIM = "WITH next AS MATERIALIZED (\
                 SELECT subscriber FROM delivery WHERE campaign = $1 AND part = $2 AND state IN (0, 3) AND due_s <= $3 \
                 AND EXISTS (SELECT 1 FROM campaign WHERE id = $1 AND state = 'sending') \
                 ORDER BY due_s, subscriber LIMIT $4) \
             UPDATE delivery SET state = 1, worker = $5, batch = $6, attempts = attempts + 1 \
             FROM next WHERE delivery.campaign = $1 AND delivery.subscriber = next.subscriber",
    postgres = "WITH next AS MATERIALIZED (\
                 SELECT subscriber FROM delivery WHERE campaign = $1 AND part = $2 AND state IN (0, 3) AND due_s <= $3 \
                 AND EXISTS (SELECT 1 FROM campaign WHERE id = $1 AND state = 'sending') \
                 ORDER BY due_s, subscriber LIMIT $4 FOR UPDATE SKIP LOCKED) \
             UPDATE delivery SET state = 1, worker = $5, batch = $6, attempts = attempts + 1 \
             FROM next WHERE delivery.campaign = $1 AND delivery.subscriber = next.subscriber";

    /// For whom the claimed deliveries are, as it is known now.
    CLAIMED = "SELECT d.campaign AS campaign, d.subscriber AS subscriber, CAST(d.variant AS BIGINT) AS variant, \
               CAST(d.attempts AS BIGINT) AS attempts, s.address AS address, s.name AS name, s.token AS token, \
               CASE WHEN s.id IS NULL THEN 'was erased' WHEN x.address_hash IS NOT NULL THEN 'must not be mailed' \
                    WHEN n.state IS NULL OR n.state <> 'confirmed' THEN 'has left the list' END AS obstacle \
               FROM delivery d JOIN campaign c ON c.id = d.campaign LEFT JOIN subscriber s ON s.id = d.subscriber \
               LEFT JOIN subscription n ON n.subscriber = d.subscriber AND n.list = c.list \
               LEFT JOIN suppression x ON x.address_hash = s.address_hash \
               WHERE d.worker = $1 AND d.batch = $2 AND d.state = 1";

    /// Settles what this worker claimed; also what was taken from it as uncertain, should it live after all.
    SETTLE of (subscriber BIGINT, state SMALLINT, attempts SMALLINT, due_s BIGINT, reply TEXT) =
             "UPDATE delivery SET state = given.state, attempts = given.attempts, due_s = given.due_s, \
              reply = given.reply, settled_s = $4 FROM given \
              WHERE delivery.campaign = $2 AND delivery.subscriber = given.subscriber AND delivery.worker = $3 \
              AND delivery.state IN (1, 6)";

    /// A hard bounce keeps the address out of every later mail.
    KEEP_OUT = "INSERT INTO suppression (address_hash, reason, since_s) \
                SELECT s.address_hash, 'hard-bounce', $2 FROM subscriber s WHERE s.id = $1 \
                ON CONFLICT (address_hash) DO NOTHING";
    /// What is due later than anything is ever put off stands there because a clock was wrong.
    HURRY = "UPDATE delivery SET due_s = $2 WHERE campaign = $1 AND part IN (0, 1) AND due_s > $3 AND state IN (0, 3)";

    /// When the next delivery is due.
    NEXT = "SELECT MIN(due_s) AS due_s FROM delivery WHERE campaign = $1 AND part = $2 AND due_s >= 0 \
            AND state IN (0, 3)";

    /// Uncertain ones go out again: a person has said so.
    AGAIN = "UPDATE delivery SET state = 0, due_s = 0, reply = 'sent again on demand' \
             WHERE campaign = $1 AND state = 6";
    REOPEN = "UPDATE campaign SET state = 'paused', reason = 'uncertain deliveries are to be sent again', ended_s = NULL \
              WHERE id = $1 AND state = 'finished'";

    /// How one person's delivery is.
    OF_PERSON = "SELECT CAST(d.variant AS BIGINT) AS variant, CAST(d.state AS BIGINT) AS state, d.reply AS reply \
                 FROM delivery d WHERE d.campaign = $1 AND d.subscriber = $2";

    /// What is not sent or refused, with what was said of it.
    UNDONE = "SELECT d.subscriber AS subscriber, CAST(d.attempts AS BIGINT) AS attempts, \
              d.due_s AS due_s, d.reply AS reply, s.address AS address FROM delivery d \
              LEFT JOIN subscriber s ON s.id = d.subscriber \
              WHERE d.campaign = $1 AND d.state = $2 ORDER BY d.subscriber LIMIT $3";
}

fn read_claimed(row: &Row) -> sqlx::Result<Claimed> {
    let person = match row.take::<Option<String>>("obstacle")? {
        Some(obstacle) => Err(obstacle),
        None => Ok(Person {
            address: row.take("address")?,
            name: row.take("name")?,
            token: row.take("token")?,
        }),
    };
    Ok(Claimed {
        campaign: row.take("campaign")?,
        subscriber: row.take("subscriber")?,
        variant: row.take("variant")?,
        attempts: row.take("attempts")?,
        person,
    })
}

async fn settle(transaction: &mut Transaction, settled: &[Settled], now_s: i64) -> Result<()> {
    let mut claims: Vec<(i64, i64)> = settled
        .iter()
        .map(|one| (one.campaign, one.worker))
        .collect();
    claims.sort_unstable();
    claims.dedup();
    for (campaign, worker) in claims {
        let own = |one: &&Settled| (one.campaign, one.worker) == (campaign, worker);
        let own: Vec<&Settled> = settled.iter().filter(own).collect();
        let json = rows(&own);
        let values = values![&json, campaign, worker, now_s];
        transaction.execute(&SETTLE, values).await?;
    }
    for one in settled {
        match one.bounced {
            Some(Bounced::Hard) => {
                let values = values![one.subscriber, now_s];
                transaction.execute(&KEEP_OUT, values).await?;
            }
            Some(Bounced::Soft) => count_soft(transaction, one.subscriber, now_s).await?,
            None => {}
        }
    }
    Ok(())
}

impl Store {
    /// Settles what left, and claims what leaves next, in one transaction. What is claimed is on the disk before this
    /// returns. If it fails, the same can be asked for again, whether or not it was done after all.
    pub async fn record_turn(&self, worker: &mut Worker, turn: &Turn<'_>) -> Result<Vec<Claimed>> {
        let (id, batch) = (worker.id, worker.batch());
        let now_s = turn.now_s;
        let claimed: Vec<Claimed> = atomically!(self, transaction => {
            settle(&mut transaction, turn.settled, now_s).await?;
            if turn.parts.is_empty() {
                return Ok(Vec::new());
            }
            let mut room = turn.most;
            for (campaign, part) in turn.parts {
                if room <= 0 {
                    break;
                }
                let values = values![*campaign, *part, now_s, room, id, batch];
                let claimed = transaction.execute(&CLAIM, values).await?;
                room -= i64::try_from(claimed).unwrap_or(room);
            }
            let claimed = values![id, batch];
            transaction.fetch(&CLAIMED, claimed, read_claimed).await
        })?;
        worker.end_batch();
        Ok(claimed)
    }

    /// When the next delivery of a part is due, in seconds since 1970.
    pub async fn find_next_due(&self, campaign: i64, part: i64) -> Result<Option<i64>> {
        let next = self
            .find(&NEXT, values![campaign, part], Row::first)
            .await?;
        Ok(next.flatten())
    }

    /// Makes due what a wrong clock has put off for longer than `most_s` seconds.
    pub async fn record_right_time(&self, campaign: i64, now_s: i64, most_s: i64) -> Result<()> {
        let values = values![campaign, now_s, now_s + most_s];
        self.execute(&HURRY, values).await.map(|_| ())
    }

    /// How a person's delivery of a campaign is, if there is one.
    pub async fn find_delivery(&self, campaign: i64, subscriber: i64) -> Result<Option<Standing>> {
        let read = |row: &Row| {
            Ok(Standing {
                variant: row.take("variant")?,
                state: DeliveryState::of(row.take("state")?).unwrap_or(Uncertain),
                reply: row.take("reply")?,
            })
        };
        let values = values![campaign, subscriber];
        self.find(&OF_PERSON, values, read).await
    }

    /// The first deliveries of a campaign in a state.
    pub async fn find_deliveries(
        &self,
        campaign: i64,
        state: DeliveryState,
        most: i64,
    ) -> Result<Vec<Delivery>> {
        let read = |row: &Row| {
            Ok(Delivery {
                subscriber: row.take("subscriber")?,
                address: row.take("address")?,
                attempts: row.take("attempts")?,
                due_s: row.take("due_s")?,
                reply: row.take("reply")?,
            })
        };
        let values = values![campaign, state.number(), most];
        self.fetch(&UNDONE, values, read).await
    }

    /// Queues uncertain deliveries again; how many.
    pub async fn record_again(&self, campaign: i64) -> Result<u64> {
        atomically!(self, transaction => {
            let again = transaction.execute(&AGAIN, values![campaign]).await?;
            if again > 0 {
                transaction.execute(&REOPEN, values![campaign]).await?;
            }
            Ok(again)
        })
    }
}
