//! Submissions: what people sent, what editors decided, and who may send how much.
//!
//! A submission changes only together with a row of its history. The public token is not here, only its hash.

use super::Store;
use super::db::{Transaction, atomically};
use super::statement::{Row, Value, statements, values};
use super::suppression::random;
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

/// How a submission came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// By the form on the site.
    Form,
    /// By the interface for programs.
    Api,
    /// By a pull request.
    PullRequest,
}

/// How a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionState {
    /// Nobody has decided.
    Queued,
    /// It is to go into the draft.
    Accepted,
    /// It stands in a draft.
    Placed,
    /// It was declined.
    Declined,
    /// Its sender took it back.
    Withdrawn,
}

/// The names of the kinds of a thing in the database.
macro_rules! names {
    ($kind:ident, $($variant:ident = $name:literal),+) => {
        impl $kind {
            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $($kind::$variant => $name,)+
                }
            }

            fn of(name: &str) -> sqlx::Result<$kind> {
                match name {
                    $($name => Ok($kind::$variant),)+
                    _ => Err(sqlx::Error::Decode(format!("there is no `{name}`").into())),
                }
            }
        }
    };
}

names!(
    Origin,
    Form = "form",
    Api = "api",
    PullRequest = "pull-request"
);
names!(
    SubmissionState,
    Queued = "queued",
    Accepted = "accepted",
    Placed = "placed",
    Declined = "declined",
    Withdrawn = "withdrawn"
);

/// A submission on its way in.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// How it came.
    pub origin: Origin,
    /// The pull request, if it came by one, and which of its items this is.
    pub pull: Option<(i64, i64)>,
    /// What tells pages apart.
    pub page: String,
    /// The host of the address.
    pub host: String,
    /// Whose limits it counts against.
    pub sender: String,
    /// The item: JSON.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The id or the heading of its section.
    pub section: Option<String>,
    /// What the sender wants editors to know.
    pub remark: Option<String>,
    /// How to reach the sender.
    pub contact: Option<String>,
    /// Whether a machine wrote the linked text.
    pub machine_written: Option<bool>,
    /// The issue that it waits for.
    pub issue: Option<i64>,
    /// The hash of its token.
    pub token_hash: Option<String>,
}

/// A submission as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its number.
    pub id: i64,
    /// How it came.
    pub origin: Origin,
    /// The pull request that brought it.
    pub pull: Option<i64>,
    /// What tells pages apart.
    pub page: String,
    /// Whose limits it counts against.
    pub sender: String,
    /// The item: JSON.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The id or the heading of its section.
    pub section: Option<String>,
    /// What the sender wants editors to know.
    pub remark: Option<String>,
    /// How to reach the sender.
    pub contact: Option<String>,
    /// Whether a machine wrote the linked text.
    pub machine_written: Option<bool>,
    /// How it stands.
    pub state: SubmissionState,
    /// The issue that it waits for or stands in.
    pub issue: Option<i64>,
    /// Until when nobody is to be shown it.
    pub snoozed_until_s: Option<i64>,
    /// Why it was declined.
    pub reason: Option<String>,
    /// When it came.
    pub created_s: i64,
}

/// A row of the history of a submission, or of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at_s: i64,
    /// Who: `sender`, `press`, or an editor.
    pub who: String,
    /// What was done.
    pub what: String,
    /// What else is to be said.
    pub detail: Option<String>,
}

/// What changes about a submission; what is not named stays.
#[derive(Clone, Debug, Default)]
pub struct Step<'a> {
    /// Who does it.
    pub who: &'a str,
    /// What the history calls it.
    pub what: &'a str,
    /// What the history says besides.
    pub detail: Option<&'a str>,
    /// The new state.
    pub state: Option<SubmissionState>,
    /// The states from which it can be done; any if there are none.
    pub from: &'a [SubmissionState],
    /// The new issue.
    pub issue: Option<i64>,
    /// The new item and section.
    pub item: Option<(&'a str, Option<&'a str>)>,
    /// Why it is declined.
    pub reason: Option<&'a str>,
    /// Until when it rests; any other step wakes it.
    pub snooze_s: Option<i64>,
}

/// How much somebody may send.
#[derive(Clone, Copy, Debug)]
pub struct SubmissionLimits {
    /// Most submissions of one sender.
    pub per_sender: i64,
    /// Most submissions of links to one host.
    pub per_host: i64,
    /// How far back is counted.
    pub window_s: i64,
}

/// What became of a submission on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It has this number.
    New(i64),
    /// This one that nobody has declined has the same page.
    Known(i64),
    /// Its sender sent too many.
    ManyOfSender,
    /// Too many lead to its host.
    ManyOfHost,
}

macro_rules! submissions {
    ($which:literal) => {
        concat!(
            "SELECT id, origin, pull, page, sender, item, title, url, section, remark, contact, machine_written, state, \
             issue, snoozed_until_s, reason, created_s FROM submission ",
            $which
        )
    };
}

statements! {
    /// Who counts and then adds does so alone. SQLite writes one at a time by itself.
    ALONE = "SELECT 1", postgres = "SELECT 1 FROM pg_advisory_xact_lock(1886548851, 7)";
    SAME_PAGE = "SELECT id FROM submission WHERE page = $1 AND state IN ('queued', 'accepted', 'placed') \
                 AND (state <> 'placed' OR created_s > $2) ORDER BY id DESC";
    OF_SENDER = "SELECT COUNT(*) FROM submission WHERE sender = $1 AND created_s > $2";
    OF_HOST = "SELECT COUNT(*) FROM submission WHERE host = $1 AND created_s > $2 AND origin <> 'pull-request'";
    ADD = "INSERT INTO submission (origin, pull, position, page, host, sender, item, title, url, section, remark, \
           contact, machine_written, state, issue, token_hash, created_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
           $10, $11, $12, $13, 'queued', $14, $15, $16) RETURNING id";
    NOTE = "INSERT INTO decision (submission, at_s, who, what, detail) VALUES ($1, $2, $3, $4, $5)";
    OF_NUMBER = submissions!("WHERE id = $1");
    OF_TOKEN = submissions!("WHERE token_hash = $1");
    OF_PULL = submissions!("WHERE pull = $1 ORDER BY position, id");
    IN_STATE = submissions!("WHERE state = $1 ORDER BY created_s, id");
    HISTORY = "SELECT at_s, who, what, detail FROM decision WHERE submission = $1 ORDER BY id";
    CHANGE = "UPDATE submission SET state = COALESCE($2, state), issue = COALESCE($3, issue), \
              item = COALESCE($4, item), section = COALESCE($5, section), reason = $6, snoozed_until_s = $7 \
              WHERE id = $1";
    FORGET = "UPDATE submission SET contact = NULL, remark = NULL WHERE token_hash = $1 \
              AND (contact IS NOT NULL OR remark IS NOT NULL)";
    HEARD = "INSERT INTO webhook (delivery, received_s) VALUES ($1, $2) ON CONFLICT (delivery) DO NOTHING";
    IS_HEARD = "SELECT 1 FROM webhook WHERE delivery = $1";
    FORGET_HEARD = "DELETE FROM webhook WHERE received_s < $1";
}

/// A new token of 256 random bits for a sender, and its hash.
pub fn submission_token() -> Result<(String, String)> {
    let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let hash = submission_token_hash(&token);
    Ok((token, hash))
}

/// The hash by which a token is kept.
pub fn submission_token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// How long a delivery is remembered: a forge offers the last ones again for three days.
const REMEMBERED_S: i64 = 30 * 86_400;

impl Store {
    /// Takes a submission in, unless its page was sent already or too much was.
    pub async fn record_submission(
        &self,
        new: &NewSubmission,
        limits: SubmissionLimits,
        now_s: i64,
    ) -> Result<Admitted> {
        let since_s = now_s - limits.window_s;
        atomically!(self, transaction => {
            transaction.fetch(&ALONE, values![], |_| Ok(())).await?;
            // What was placed long ago is the archive's to say.
            let recent = values![&new.page, now_s - 14 * 86_400];
            let same = transaction.fetch(&SAME_PAGE, recent, Row::first::<i64>).await?;
            if let Some(id) = same.first() {
                return Ok(Admitted::Known(*id));
            }
            let sent = transaction.find(&OF_SENDER, values![&new.sender, since_s], Row::first::<i64>);
            if sent.await?.unwrap_or(0) >= limits.per_sender {
                return Ok(Admitted::ManyOfSender);
            }
            let sent = transaction.find(&OF_HOST, values![&new.host, since_s], Row::first::<i64>);
            if sent.await?.unwrap_or(0) >= limits.per_host {
                return Ok(Admitted::ManyOfHost);
            }
            let id = add(&mut transaction, new, now_s).await?;
            Ok(Admitted::New(id))
        })
    }

    /// The submission of this number.
    pub async fn find_submission(&self, id: i64) -> Result<Option<Submission>> {
        self.find(&OF_NUMBER, values![id], read).await
    }

    /// The submission whose token has this hash.
    pub async fn find_submission_of(&self, token_hash: &str) -> Result<Option<Submission>> {
        self.find(&OF_TOKEN, values![token_hash], read).await
    }

    /// The submissions in one state, oldest first.
    pub async fn submissions(&self, state: SubmissionState) -> Result<Vec<Submission>> {
        self.fetch(&IN_STATE, values![state.name()], read).await
    }

    /// All items of a pull request.
    pub async fn submissions_of_pull(&self, pull: i64) -> Result<Vec<Submission>> {
        self.fetch(&OF_PULL, values![pull], read).await
    }

    /// What became of a submission, oldest first.
    pub async fn submission_history(&self, id: i64) -> Result<Vec<Decision>> {
        self.fetch(&HISTORY, values![id], decision).await
    }

    /// Takes a step with a submission. It gives the submission as it was before, and whether the step could be taken from
    /// there; none if there is no such submission.
    pub async fn record_step(
        &self,
        id: i64,
        step: &Step<'_>,
        now_s: i64,
    ) -> Result<Option<(Submission, bool)>> {
        atomically!(self, transaction => {
            transaction.fetch(&ALONE, values![], |_| Ok(())).await?;
            let Some(before) = transaction.find(&OF_NUMBER, values![id], read).await? else {
                return Ok(None);
            };
            let may = step.from.is_empty() || step.from.contains(&before.state);
            if may {
                take(&mut transaction, id, step, now_s).await?;
            }
            Ok(Some((before, may)))
        })
    }

    /// Takes out how to reach a sender, and what the sender wrote besides. The link and what became of it stay.
    pub async fn erase_sender(&self, token_hash: &str) -> Result<bool> {
        let erased = self.execute(&FORGET, values![token_hash]).await?;
        Ok(erased > 0)
    }

    /// Whether a webhook's delivery was dealt with.
    pub async fn is_delivery_known(&self, delivery: &str) -> Result<bool> {
        let known = self.find(&IS_HEARD, values![delivery], |_| Ok(()));
        Ok(known.await?.is_some())
    }

    /// Records that a webhook's delivery was dealt with.
    pub async fn record_delivery(&self, delivery: &str, now_s: i64) -> Result<()> {
        let past = values![now_s - REMEMBERED_S];
        self.execute(&FORGET_HEARD, past).await?;
        self.execute(&HEARD, values![delivery, now_s])
            .await
            .map(|_| ())
    }
}

/// Adds a submission with the first row of its history.
pub(super) async fn add(
    transaction: &mut Transaction,
    new: &NewSubmission,
    now_s: i64,
) -> Result<i64> {
    let (pull, position) = (
        new.pull.map(|(pull, _)| pull),
        new.pull.map_or(0, |(_, at)| at),
    );
    let values: [Value<'_>; 16] = values![
        new.origin.name(),
        pull,
        position,
        &new.page,
        &new.host,
        &new.sender,
        &new.item,
        &new.title,
        &new.url,
        &new.section,
        &new.remark,
        &new.contact,
        new.machine_written,
        new.issue,
        &new.token_hash,
        now_s,
    ];
    let added = transaction.find(&ADD, values, Row::first::<i64>).await?;
    let id = added.unwrap_or_default();
    let issue = new.issue.map(|issue| format!("for issue {issue}"));
    let note = values![id, now_s, "sender", "sent", &issue];
    transaction.execute(&NOTE, note).await?;
    Ok(id)
}

/// Changes a submission, and says so in its history.
pub(super) async fn take(
    transaction: &mut Transaction,
    id: i64,
    step: &Step<'_>,
    now_s: i64,
) -> Result<()> {
    let values = values![
        id,
        step.state.map(SubmissionState::name),
        step.issue,
        step.item.map(|(item, _)| item),
        step.item.and_then(|(_, section)| section),
        step.reason,
        step.snooze_s,
    ];
    transaction.execute(&CHANGE, values).await?;
    let note = values![id, now_s, step.who, step.what, step.detail];
    transaction.execute(&NOTE, note).await?;
    Ok(())
}

pub(super) fn decision(row: &Row) -> sqlx::Result<Decision> {
    Ok(Decision {
        at_s: row.take("at_s")?,
        who: row.take("who")?,
        what: row.take("what")?,
        detail: row.take("detail")?,
    })
}

pub(super) fn read(row: &Row) -> sqlx::Result<Submission> {
    let (origin, state): (String, String) = (row.take("origin")?, row.take("state")?);
    Ok(Submission {
        id: row.take("id")?,
        origin: Origin::of(&origin)?,
        pull: row.take("pull")?,
        page: row.take("page")?,
        sender: row.take("sender")?,
        item: row.take("item")?,
        title: row.take("title")?,
        url: row.take("url")?,
        section: row.take("section")?,
        remark: row.take("remark")?,
        contact: row.take("contact")?,
        machine_written: row.take("machine_written")?,
        state: SubmissionState::of(&state)?,
        issue: row.take("issue")?,
        snoozed_until_s: row.take("snoozed_until_s")?,
        reason: row.take("reason")?,
        created_s: row.take("created_s")?,
    })
}
