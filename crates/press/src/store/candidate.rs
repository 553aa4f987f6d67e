//! Candidates: what sources found, each page once, and what editors decided.

use super::{Db, Store};
use crate::error::Result;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

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

const COLUMNS: &str = "id, page, url, title, source, section, author, published_s, first_seen_s, points, comments, \
                       place, note, state, draft";

impl Store {
    /// Records what a source found, all or nothing. Of what is known only the reception is brought up to date.
    pub async fn record_candidates(&self, found: &[Candidate], now_s: i64) -> Result<Recorded> {
        let Db::Sqlite(pool) = &self.db;
        let trouble = |cause| self.trouble(&cause);
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(trouble)?;
        let mut recorded = Recorded::default();
        for candidate in found {
            let new = sqlx::query(
                "INSERT INTO candidate (page, url, title, source, section, author, published_s, first_seen_s, points, \
                 comments, place, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT (page) DO NOTHING",
            )
            .bind(&candidate.page)
            .bind(&candidate.url)
            .bind(&candidate.title)
            .bind(&candidate.source)
            .bind(&candidate.section)
            .bind(&candidate.author)
            .bind(candidate.published_s)
            .bind(now_s)
            .bind(candidate.points)
            .bind(candidate.comments)
            .bind(&candidate.place)
            .bind(&candidate.note)
            .execute(&mut *transaction)
            .await
            .map_err(trouble)?;
            if new.rows_affected() > 0 {
                recorded.new += 1;
                continue;
            }
            recorded.known += 1;
            sqlx::query(
                "UPDATE candidate SET points = COALESCE($2, points), comments = COALESCE($3, comments), \
                 place = COALESCE($4, place), note = COALESCE($5, note) \
                 WHERE page = $1 AND source = $6 AND state = 'open'",
            )
            .bind(&candidate.page)
            .bind(candidate.points)
            .bind(candidate.comments)
            .bind(&candidate.place)
            .bind(&candidate.note)
            .bind(&candidate.source)
            .execute(&mut *transaction)
            .await
            .map_err(trouble)?;
        }
        transaction.commit().await.map_err(trouble)?;
        Ok(recorded)
    }

    /// How many of these are not known.
    pub async fn count_unknown(&self, found: &[Candidate]) -> Result<usize> {
        let Db::Sqlite(pool) = &self.db;
        let mut unknown = 0;
        for candidate in found {
            let known = sqlx::query_scalar::<_, i64>("SELECT id FROM candidate WHERE page = $1");
            let known = known.bind(&candidate.page).fetch_optional(pool).await;
            let known = known.map_err(|cause| self.trouble(&cause))?;
            unknown += usize::from(known.is_none());
        }
        Ok(unknown)
    }

    /// The candidates in one state, those that were seen first coming first.
    pub async fn candidates(&self, state: State) -> Result<Vec<Kept>> {
        let Db::Sqlite(pool) = &self.db;
        let text =
            format!("SELECT {COLUMNS} FROM candidate WHERE state = $1 ORDER BY first_seen_s, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(state.name());
        let rows = rows.fetch_all(pool).await;
        let kept = rows.and_then(|rows| rows.iter().map(kept).collect());
        kept.map_err(|cause| self.trouble(&cause))
    }

    /// The candidate of this number.
    pub async fn find_candidate(&self, id: i64) -> Result<Option<Kept>> {
        let Db::Sqlite(pool) = &self.db;
        let text = format!("SELECT {COLUMNS} FROM candidate WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id);
        let row = row.fetch_optional(pool).await;
        let kept = row.and_then(|row| row.as_ref().map(kept).transpose());
        kept.map_err(|cause| self.trouble(&cause))
    }

    /// Records what an editor decided: the state, the draft if it went into one, and when.
    pub async fn record_decision(
        &self,
        id: i64,
        state: State,
        draft: Option<&str>,
        now_s: i64,
    ) -> Result<()> {
        let Db::Sqlite(pool) = &self.db;
        let text = "UPDATE candidate SET state = $2, draft = $3, decided_s = $4 WHERE id = $1";
        let update = sqlx::query(text)
            .bind(id)
            .bind(state.name())
            .bind(draft)
            .bind(now_s);
        let done = update.execute(pool).await;
        done.map(|_| ()).map_err(|cause| self.trouble(&cause))
    }
}

fn kept(row: &SqliteRow) -> sqlx::Result<Kept> {
    let state: String = row.try_get("state")?;
    Ok(Kept {
        id: row.try_get("id")?,
        candidate: Candidate {
            page: row.try_get("page")?,
            url: row.try_get("url")?,
            title: row.try_get("title")?,
            source: row.try_get("source")?,
            section: row.try_get("section")?,
            author: row.try_get("author")?,
            published_s: row.try_get("published_s")?,
            points: row.try_get("points")?,
            comments: row.try_get("comments")?,
            place: row.try_get("place")?,
            note: row.try_get("note")?,
        },
        first_seen_s: row.try_get("first_seen_s")?,
        state: State::of(&state),
        draft: row.try_get("draft")?,
    })
}
