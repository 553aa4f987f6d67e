//! Pull requests as they were read last. Reading one again at the same commit changes nothing; a new commit replaces those
//! of its items that nobody has decided on.

use super::Store;
use super::db::{Transaction, atomically};
use super::statement::{Row, statements, values};
use super::submission::{self, NewSubmission, Step, Submission, SubmissionState};
use crate::error::Result;

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: i64,
    /// The commit that was read.
    pub head: String,
    /// The account that opened it.
    pub author: String,
    /// Its title.
    pub title: String,
    /// Whether it is open.
    pub open: bool,
    /// What it changes beside its items: JSON.
    pub changes: String,
    /// Why it cannot be merged by us.
    pub obstacle: Option<String>,
    /// Our comment on it.
    pub comment: Option<i64>,
    /// The hash of what our comment says.
    pub said: Option<String>,
}

/// What reading a pull request did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PullRecorded {
    /// Items that are new.
    pub new: usize,
    /// Items that are different now, and wait again.
    pub changed: usize,
    /// Items that are there no more.
    pub withdrawn: usize,
}

statements! {
    ALONE = "SELECT 1", postgres = "SELECT 1 FROM pg_advisory_xact_lock(1886548851, 7)";
    FIND = "SELECT number, head, author, title, open, changes, obstacle, comment, said FROM pull WHERE number = $1";
    OPEN = "SELECT number, head, author, title, open, changes, obstacle, comment, said FROM pull WHERE open \
            ORDER BY number";
    KEEP = "INSERT INTO pull (number, head, author, title, open, changes, obstacle, read_s) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (number) DO UPDATE SET head = excluded.head, \
            title = excluded.title, open = excluded.open, changes = excluded.changes, obstacle = excluded.obstacle, \
            read_s = excluded.read_s";
    CLOSE = "UPDATE pull SET open = FALSE WHERE number = $1";
    SAID = "UPDATE pull SET comment = $2, said = $3 WHERE number = $1";
    ITEMS = "SELECT id, origin, pull, page, sender, item, title, url, section, remark, contact, machine_written, state, \
             issue, snoozed_until_s, reason, created_s FROM submission WHERE pull = $1 ORDER BY position, id";
    RENAME = "UPDATE submission SET title = $2, url = $3, position = $4 WHERE id = $1";
}

impl Store {
    /// The pull request of this number, if it was ever read.
    pub async fn find_pull(&self, number: i64) -> Result<Option<Pull>> {
        self.find(&FIND, values![number], read).await
    }

    /// The pull requests that were open when they were read last.
    pub async fn open_pulls(&self) -> Result<Vec<Pull>> {
        self.fetch(&OPEN, values![], read).await
    }

    /// Records a pull request with its items, all or nothing.
    pub async fn record_pull(
        &self,
        pull: &Pull,
        items: &[NewSubmission],
        now_s: i64,
    ) -> Result<PullRecorded> {
        atomically!(self, transaction => {
            transaction.fetch(&ALONE, values![], |_| Ok(())).await?;
            let known = transaction.find(&FIND, values![pull.number], read).await?;
            if known.is_some_and(|known| known.head == pull.head && known.open) {
                return Ok(PullRecorded::default());
            }
            let values = values![
                pull.number,
                &pull.head,
                &pull.author,
                &pull.title,
                pull.open,
                &pull.changes,
                &pull.obstacle,
                now_s,
            ];
            transaction.execute(&KEEP, values).await?;
            let before = transaction.fetch(&ITEMS, values![pull.number], submission::read).await?;
            bring_up_to_date(&mut transaction, before, items, now_s).await
        })
    }

    /// Records that a pull request was closed: what nobody has placed is withdrawn. How many items that were.
    pub async fn record_pull_closed(&self, number: i64, now_s: i64) -> Result<usize> {
        atomically!(self, transaction => {
            transaction.fetch(&ALONE, values![], |_| Ok(())).await?;
            transaction.execute(&CLOSE, values![number]).await?;
            let items = transaction.fetch(&ITEMS, values![number], submission::read).await?;
            let mut withdrawn = 0;
            for item in items {
                if matches!(item.state, SubmissionState::Queued | SubmissionState::Accepted) {
                    withdraw(&mut transaction, item.id, "the pull request was closed", now_s).await?;
                    withdrawn += 1;
                }
            }
            Ok(withdrawn)
        })
    }

    /// Records our comment on a pull request.
    pub async fn record_comment(&self, number: i64, comment: i64, said: &str) -> Result<()> {
        let values = values![number, comment, said];
        self.execute(&SAID, values).await.map(|_| ())
    }
}

/// Brings the items of a pull request to what it has now.
async fn bring_up_to_date(
    transaction: &mut Transaction,
    mut before: Vec<Submission>,
    items: &[NewSubmission],
    now_s: i64,
) -> Result<PullRecorded> {
    let mut recorded = PullRecorded::default();
    for new in items {
        // A page may be proposed twice, and an item's address may be what has changed.
        let same = |old: &Submission| old.page == new.page;
        let Some(at) = before.iter().position(same) else {
            submission::add(transaction, new, now_s).await?;
            recorded.new += 1;
            continue;
        };
        let old = before.remove(at);
        let position = new.pull.map_or(0, |(_, position)| position);
        let values = values![old.id, &new.title, &new.url, position];
        transaction.execute(&RENAME, values).await?;
        let closed = matches!(
            old.state,
            SubmissionState::Placed | SubmissionState::Declined
        );
        let again = old.state == SubmissionState::Withdrawn;
        if closed || old.item == new.item && !again {
            continue;
        }
        // What was accepted is not what is there now.
        let step = Step {
            who: "sender",
            what: if again { "sent again" } else { "changed" },
            state: Some(SubmissionState::Queued),
            issue: new.issue,
            item: Some((&new.item, new.section.as_deref())),
            ..Step::default()
        };
        submission::take(transaction, old.id, &step, now_s).await?;
        recorded.changed += 1;
    }
    for old in before {
        if matches!(
            old.state,
            SubmissionState::Queued | SubmissionState::Accepted
        ) {
            withdraw(
                transaction,
                old.id,
                "the pull request has it no more",
                now_s,
            )
            .await?;
            recorded.withdrawn += 1;
        }
    }
    Ok(recorded)
}

async fn withdraw(transaction: &mut Transaction, id: i64, why: &str, now_s: i64) -> Result<()> {
    let step = Step {
        who: "sender",
        what: "withdrawn",
        detail: Some(why),
        state: Some(SubmissionState::Withdrawn),
        ..Step::default()
    };
    submission::take(transaction, id, &step, now_s).await
}

fn read(row: &Row) -> sqlx::Result<Pull> {
    Ok(Pull {
        number: row.take("number")?,
        head: row.take("head")?,
        author: row.take("author")?,
        title: row.take("title")?,
        open: row.take("open")?,
        changes: row.take("changes")?,
        obstacle: row.take("obstacle")?,
        comment: row.take("comment")?,
        said: row.take("said")?,
    })
}
