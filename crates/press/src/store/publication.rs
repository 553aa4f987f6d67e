//! Publications: which issue goes out, who is at it, what was done of it where.
//!
//! A step is written down as begun before anything leaves, and as done after the world has answered. What stands there as
//! begun may have happened or not: whoever comes next asks the world, and where the world cannot tell, a person.

use super::Store;
use super::statement::{Row, statements, values};
use crate::error::Result;

statements! {
    BEGIN = "INSERT INTO publication (issue, title, draft, path, began_s, holder, held_until_s) \
             VALUES ($1, $2, $3, $4, $5, '', 0) ON CONFLICT (issue) DO NOTHING";
    /// Whoever holds it may hold it on: two programs on one machine are kept apart by a lock on a file.
    HOLD = "UPDATE publication SET holder = $2, held_until_s = $3 \
            WHERE issue = $1 AND (holder = $2 OR held_until_s < $4)";
    RELEASE = "UPDATE publication SET holder = '', held_until_s = 0 WHERE issue = $1 AND holder = $2";
    END = "UPDATE publication SET ended_s = $2 WHERE issue = $1 AND ended_s IS NULL";
    REOPEN = "UPDATE publication SET ended_s = NULL WHERE issue = $1";
    FIND = "SELECT issue, title, draft, path, began_s, ended_s, holder, held_until_s FROM publication WHERE issue = $1";
    /// What never passed the gate was not begun.
    OPEN = "SELECT issue, title, draft, path, began_s, ended_s, holder, held_until_s FROM publication p \
            WHERE ended_s IS NULL AND EXISTS (SELECT 1 FROM publication_step s WHERE s.issue = p.issue) \
            ORDER BY began_s, issue LIMIT 1";
    NEWEST = "SELECT issue, title, draft, path, began_s, ended_s, holder, held_until_s FROM publication \
              ORDER BY began_s DESC, issue DESC LIMIT $1";
    RECORD = "INSERT INTO publication_step (issue, step, target, state, detail, address, digest, who, recorded_s) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (issue, step, target) DO UPDATE \
              SET state = $4, detail = $5, address = $6, digest = $7, who = $8, recorded_s = $9";
    STEPS = "SELECT step, target, state, detail, address, digest, who, recorded_s FROM publication_step \
             WHERE issue = $1 ORDER BY recorded_s, step, target";
}

/// An issue that goes out, or went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// What stands for the issue in ids.
    pub issue: String,
    /// Its title.
    pub title: String,
    /// The draft it was, from the newsletter's folder.
    pub draft: String,
    /// Where it is as an issue, from the newsletter's folder.
    pub path: String,
    /// When it was begun.
    pub began_s: i64,
    /// When everything was done.
    pub ended_s: Option<i64>,
    /// Who is at it, on which machine; empty if nobody.
    pub holder: String,
    /// Until when that is believed.
    pub held_until_s: i64,
}

/// How a step is at one of its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It was begun; what came of it is not known here.
    Begun,
    /// It is done.
    Done,
    /// It was refused.
    Failed,
}

impl StepState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            StepState::Begun => "begun",
            StepState::Done => "done",
            StepState::Failed => "failed",
        }
    }

    fn parse(name: &str) -> StepState {
        match name {
            "done" => StepState::Done,
            "failed" => StepState::Failed,
            // What nobody can read is asked about.
            _ => StepState::Begun,
        }
    }
}

/// A step at one of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// The step.
    pub step: String,
    /// Where: a channel, a place of the site, a list; empty if there is one only.
    pub target: String,
    /// How it is.
    pub state: StepState,
    /// What there is to say of it.
    pub detail: Option<String>,
    /// Where it can be seen.
    pub address: Option<String>,
    /// What tells the thing that was put there from others.
    pub digest: Option<String>,
    /// Who did it.
    pub who: String,
    /// When.
    pub recorded_s: i64,
}

fn publication(row: &Row) -> sqlx::Result<Publication> {
    Ok(Publication {
        issue: row.take("issue")?,
        title: row.take("title")?,
        draft: row.take("draft")?,
        path: row.take("path")?,
        began_s: row.take("began_s")?,
        ended_s: row.take("ended_s")?,
        holder: row.take("holder")?,
        held_until_s: row.take("held_until_s")?,
    })
}

fn step(row: &Row) -> sqlx::Result<StepRecord> {
    Ok(StepRecord {
        step: row.take("step")?,
        target: row.take("target")?,
        state: StepState::parse(&row.take::<String>("state")?),
        detail: row.take("detail")?,
        address: row.take("address")?,
        digest: row.take("digest")?,
        who: row.take("who")?,
        recorded_s: row.take("recorded_s")?,
    })
}

impl Store {
    /// Writes down that an issue is to go out, if that does not stand there yet.
    pub async fn record_publication(&self, new: &Publication) -> Result<()> {
        let values = values![&new.issue, &new.title, &new.draft, &new.path, new.began_s];
        self.execute(&BEGIN, values).await.map(|_| ())
    }

    /// Takes a publication in hand until a time, or holds it on; whether that was possible.
    pub async fn hold_publication(
        &self,
        issue: &str,
        holder: &str,
        until_s: i64,
        now_s: i64,
    ) -> Result<bool> {
        let held = self.execute(&HOLD, values![issue, holder, until_s, now_s]);
        Ok(held.await? > 0)
    }

    /// Lets go of a publication.
    pub async fn release_publication(&self, issue: &str, holder: &str) -> Result<()> {
        let released = self.execute(&RELEASE, values![issue, holder]);
        released.await.map(|_| ())
    }

    /// Writes down that everything is done.
    pub async fn record_publication_end(&self, issue: &str, now_s: i64) -> Result<()> {
        self.execute(&END, values![issue, now_s]).await.map(|_| ())
    }

    /// Writes down that there is something to be done again.
    pub async fn reopen_publication(&self, issue: &str) -> Result<()> {
        self.execute(&REOPEN, values![issue]).await.map(|_| ())
    }

    /// The publication of an issue.
    pub async fn find_publication(&self, issue: &str) -> Result<Option<Publication>> {
        self.find(&FIND, values![issue], publication).await
    }

    /// The first publication that was begun and not ended.
    pub async fn find_open_publication(&self) -> Result<Option<Publication>> {
        self.find(&OPEN, values![], publication).await
    }

    /// The newest publications, newest first.
    pub async fn newest_publications(&self, most: i64) -> Result<Vec<Publication>> {
        self.fetch(&NEWEST, values![most], publication).await
    }

    /// Writes down how a step is at a target.
    pub async fn record_publication_step(&self, issue: &str, record: &StepRecord) -> Result<()> {
        let values = values![
            issue,
            &record.step,
            &record.target,
            record.state.name(),
            &record.detail,
            &record.address,
            &record.digest,
            &record.who,
            record.recorded_s
        ];
        self.execute(&RECORD, values).await.map(|_| ())
    }

    /// All that was done for an issue, in the order in which it was written down.
    pub async fn publication_steps(&self, issue: &str) -> Result<Vec<StepRecord>> {
        self.fetch(&STEPS, values![issue], step).await
    }
}
