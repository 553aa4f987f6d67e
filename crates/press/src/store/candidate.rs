//! Candidates: what sources found, each page once, and what editors decided.
//!
//! What editors decide changes a candidate only together with a row of its history.

use super::Store;
use super::db::atomically;
use super::statement::{Row, Value, statements, values};
use super::submission::{Decision, decision};
use crate::error::Result;

/// What a source found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// What tells pages apart: the canonical form of the address.
    pub page: String,
    /// The address as it is to be printed.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The source that found it.
    pub source: String,
    /// The section it is for.
    pub section: Option<String>,
    /// Who wrote the page, or brought the link.
    pub author: Option<String>,
    /// When it appeared, in seconds since 1970.
    pub published_s: Option<i64>,
    /// Likes, votes, stars.
    pub points: Option<i64>,
    /// Comments.
    pub comments: Option<i64>,
    /// Where they are.
    pub place: Option<String>,
    /// What else an editor should know.
    pub note: Option<String>,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has decided.
    Open,
    /// It went into a draft.
    Taken,
    /// Nobody wants it.
    Dropped,
}

impl State {
    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Taken => "taken",
            State::Dropped => "dropped",
        }
    }

    fn of(name: &str) -> State {
        match name {
            "taken" => State::Taken,
            "dropped" => State::Dropped,
            _ => State::Open,
        }
    }
}

/// A candidate as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// What was found.
    pub candidate: Candidate,
    /// When it was seen first, in seconds since 1970.
    pub first_seen_s: i64,
    /// What became of it.
    pub state: State,
    /// The draft it went into.
    pub draft: Option<String>,
    /// The issue that it waits for, if not the next.
    pub issue: Option<i64>,
    /// Until when nobody is to be shown it.
    pub snoozed_until_s: Option<i64>,
    /// Why nobody wants it.
    pub reason: Option<String>,
}

/// What an editor decides about a candidate; any decision wakes it that does not let it rest.
#[derive(Clone, Debug, Default)]
pub struct Choosing<'a> {
    /// Who.
    pub who: &'a str,
    /// What the history calls it.
    pub what: &'a str,
    /// What the history says besides.
    pub detail: Option<&'a str>,
    /// The new state; none if it stays.
    pub state: Option<State>,
    /// The states from which it can be done.
    pub from: &'a [State],
    /// The draft it goes into.
    pub draft: Option<&'a str>,
    /// The issue that it waits for from now on; none if that stays.
    pub issue: Option<i64>,
    /// Until when it rests.
    pub snooze_s: Option<i64>,
    /// Why nobody wants it.
    pub reason: Option<&'a str>,
}

/// What recording did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Candidates that were not known.
    pub new: usize,
    /// Those that were.
    pub known: usize,
}

/// A question for candidates, with all that is kept of them.
macro_rules! candidates {
    ($which:literal) => {
        concat!(
            "SELECT id, page, url, title, source, section, author, published_s, first_seen_s, points, comments, place, \
             note, state, draft, issue, snoozed_until_s, reason FROM candidate ",
            $which
        )
    };
}

statements! {
    ADD = "INSERT INTO candidate (page, url, title, source, section, author, published_s, first_seen_s, points, \
           comments, place, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
           ON CONFLICT (page) DO NOTHING";
    /// What is known again has a new reception, as long as nobody has decided.
    RENEW = "UPDATE candidate SET points = COALESCE($2, points), comments = COALESCE($3, comments), \
             place = COALESCE($4, place), note = COALESCE($5, note) \
             WHERE page = $1 AND source = $6 AND state = 'open'";
    KNOWN = "SELECT id FROM candidate WHERE page = $1";
    IN_STATE = candidates!("WHERE state = $1 ORDER BY first_seen_s, id");
    OF_NUMBER = candidates!("WHERE id = $1");
    /// PostgreSQL holds the row for whoever decides; SQLite writes one at a time by itself.
    HOLD = candidates!("WHERE id = $1"), postgres = candidates!("WHERE id = $1 FOR UPDATE");
    DECIDE = "UPDATE candidate SET state = COALESCE($2, state), draft = COALESCE($3, draft), decided_s = $4, \
              issue = COALESCE($5, issue), snoozed_until_s = $6, reason = $7 WHERE id = $1";
    NOTE = "INSERT INTO choice (candidate, at_s, who, what, detail) VALUES ($1, $2, $3, $4, $5)";
    HISTORY = "SELECT at_s, who, what, detail FROM choice WHERE candidate = $1 ORDER BY id";
}

impl Store {
    /// Records what a source found, all or nothing. Of what is known only the reception is brought up to date.
    pub async fn record_candidates(&self, found: &[Candidate], now_s: i64) -> Result<Recorded> {
        atomically!(self, transaction => {
            let mut recorded = Recorded::default();
            for candidate in found {
                match transaction.execute(&ADD, candidate.values(now_s)).await? {
                    0 => recorded.known += 1,
                    _ => {
                        recorded.new += 1;
                        continue;
                    }
                }
                let values = values![
                    &candidate.page,
                    candidate.points,
                    candidate.comments,
                    &candidate.place,
                    &candidate.note,
                    &candidate.source,
                ];
                transaction.execute(&RENEW, values).await?;
            }
            Ok(recorded)
        })
    }

    /// How many of these are not known.
    pub async fn count_unknown(&self, found: &[Candidate]) -> Result<usize> {
        let mut unknown = 0;
        for candidate in found {
            let known = self.find(&KNOWN, values![&candidate.page], Row::first::<i64>);
            unknown += usize::from(known.await?.is_none());
        }
        Ok(unknown)
    }

    /// The candidates in one state, those that were seen first coming first.
    pub async fn candidates(&self, state: State) -> Result<Vec<Kept>> {
        self.fetch(&IN_STATE, values![state.name()], kept).await
    }

    /// The candidate of this number.
    pub async fn find_candidate(&self, id: i64) -> Result<Option<Kept>> {
        self.find(&OF_NUMBER, values![id], kept).await
    }

    /// Records what an editor decided. It gives the candidate as it was before, and whether that could be decided then;
    /// none if there is no such candidate.
    pub async fn record_choice(
        &self,
        id: i64,
        choosing: &Choosing<'_>,
        now_s: i64,
    ) -> Result<Option<(Kept, bool)>> {
        atomically!(self, transaction => {
            let Some(before) = transaction.find(&HOLD, values![id], kept).await? else {
                return Ok(None);
            };
            let may = choosing.from.contains(&before.state);
            if may {
                let values = values![
                    id,
                    choosing.state.map(State::name),
                    choosing.draft,
                    now_s,
                    choosing.issue,
                    choosing.snooze_s,
                    choosing.reason,
                ];
                transaction.execute(&DECIDE, values).await?;
                let note = values![id, now_s, choosing.who, choosing.what, choosing.detail];
                transaction.execute(&NOTE, note).await?;
            }
            Ok(Some((before, may)))
        })
    }

    /// What editors decided about a candidate, oldest first.
    pub async fn candidate_history(&self, id: i64) -> Result<Vec<Decision>> {
        self.fetch(&HISTORY, values![id], decision).await
    }
}

impl Candidate {
    fn values(&self, now_s: i64) -> [Value<'_>; 12] {
        [
            Value::from(&self.page),
            Value::from(&self.url),
            Value::from(&self.title),
            Value::from(&self.source),
            Value::from(&self.section),
            Value::from(&self.author),
            Value::from(self.published_s),
            Value::from(now_s),
            Value::from(self.points),
            Value::from(self.comments),
            Value::from(&self.place),
            Value::from(&self.note),
        ]
    }
}

fn kept(row: &Row) -> sqlx::Result<Kept> {
    let state: String = row.take("state")?;
    Ok(Kept {
        id: row.take("id")?,
        candidate: Candidate {
            page: row.take("page")?,
            url: row.take("url")?,
            title: row.take("title")?,
            source: row.take("source")?,
            section: row.take("section")?,
            author: row.take("author")?,
            published_s: row.take("published_s")?,
            points: row.take("points")?,
            comments: row.take("comments")?,
            place: row.take("place")?,
            note: row.take("note")?,
        },
        first_seen_s: row.take("first_seen_s")?,
        state: State::of(&state),
        draft: row.take("draft")?,
        issue: row.take("issue")?,
        snoozed_until_s: row.take("snoozed_until_s")?,
        reason: row.take("reason")?,
    })
}
