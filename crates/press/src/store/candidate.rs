//! Candidates: what sources found, each page once, and what editors decided.

use super::Store;
use super::db::atomically;
use super::statement::{Row, Value, statements, values};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
             note, state, draft FROM candidate ",
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
    DECIDE = "UPDATE candidate SET state = $2, draft = $3, decided_s = $4 WHERE id = $1";
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

    /// Records what an editor decided: the state, the draft if it went into one, and when.
    pub async fn record_decision(
        &self,
        id: i64,
        state: State,
        draft: Option<&str>,
        now_s: i64,
    ) -> Result<()> {
        let values = values![id, state.name(), draft, now_s];
        self.execute(&DECIDE, values).await.map(|_| ())
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
    })
}
