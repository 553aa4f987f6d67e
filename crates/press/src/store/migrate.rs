//! The steps from an empty database to the present one.
//!
//! Each step has a text for each database, in `migrations/`. The number of steps taken is kept in the database: SQLite has
//! a place for it, PostgreSQL a table. Several programs may start at once: one takes the steps, the others wait and find
//! them taken.

use super::Store;
use super::db::Transaction;
use super::statement::{Row, statements, values};
use crate::error::{Error, Result};

/// A step that was taken somewhere is never changed. SQLite's text, then PostgreSQL's.
const STEPS: &[[&str; 2]] = &[
    [
        include_str!("../../migrations/sqlite/0001_candidates.sql"),
        include_str!("../../migrations/postgres/0001_candidates.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0002_seen.sql"),
        include_str!("../../migrations/postgres/0002_seen.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0003_audience.sql"),
        include_str!("../../migrations/postgres/0003_audience.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0004_campaigns.sql"),
        include_str!("../../migrations/postgres/0004_campaigns.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0005_returned.sql"),
        include_str!("../../migrations/postgres/0005_returned.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0006_refusals.sql"),
        include_str!("../../migrations/postgres/0006_refusals.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0007_public.sql"),
        include_str!("../../migrations/postgres/0007_public.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0008_votes.sql"),
        include_str!("../../migrations/postgres/0008_votes.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0009_submissions.sql"),
        include_str!("../../migrations/postgres/0009_submissions.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0010_person.sql"),
        include_str!("../../migrations/postgres/0010_person.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0011_told.sql"),
        include_str!("../../migrations/postgres/0011_told.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0012_choices.sql"),
        include_str!("../../migrations/postgres/0012_choices.sql"),
    ],
    [
        include_str!("../../migrations/sqlite/0013_publications.sql"),
        include_str!("../../migrations/postgres/0013_publications.sql"),
    ],
];

statements! {
    /// Whether there is a place for the version.
    HAS_VERSION = "SELECT TRUE", postgres = "SELECT to_regclass('press_schema') IS NOT NULL";
    /// How many steps were taken.
    VERSION = "PRAGMA user_version", postgres = "SELECT COALESCE(MAX(version), 0) FROM press_schema";
    /// Only one takes steps; the lock ends with the transaction. Newsletters in schemas of their own do not wait for
    /// each other.
    LOCK = "SELECT 1", postgres = "SELECT pg_advisory_xact_lock(1886548851, hashtext(current_schema()))";
}

/// The place for the version, where it is not built in.
const PLACE: [&str; 2] = [
    "",
    "CREATE TABLE IF NOT EXISTS press_schema (version BIGINT NOT NULL)",
];

/// How many steps there are.
pub(super) const ALL_STEPS: usize = STEPS.len();

/// The names of all tables that steps make, in the order in which they are made.
pub(super) fn tables_made() -> impl Iterator<Item = &'static str> {
    let lines = STEPS.iter().flat_map(|step| step[0].lines());
    let names = lines.filter_map(|line| line.strip_prefix("CREATE TABLE "));
    names.filter_map(|rest| rest.split([' ', '(']).next())
}

impl Transaction {
    /// Waits until nobody else takes steps, and keeps others from it.
    pub(super) async fn lock_steps(&mut self) -> Result<()> {
        self.execute(&LOCK, values![]).await.map(|_| ())
    }

    /// Takes steps: those after the first `from`, up to number `to`.
    pub(super) async fn take_steps(&mut self, from: usize, to: usize) -> Result<()> {
        let which = usize::from(self.is_of_server());
        for (at, step) in STEPS.iter().enumerate().take(to).skip(from) {
            let number = at + 1;
            let noted = [
                format!("PRAGMA user_version = {number}"),
                format!("DELETE FROM press_schema; INSERT INTO press_schema VALUES ({number})"),
            ];
            let text = format!("{};\n{}", step[which], noted[which]);
            self.run_script(text).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Takes the steps that this database has not taken yet.
    pub(super) async fn bring_up_to_date(&self) -> Result<()> {
        if self.steps_taken().await? == STEPS.len() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        transaction.lock_steps().await?;
        let place = PLACE[usize::from(transaction.is_of_server())];
        transaction.run_script(place.to_owned()).await?;
        let taken = transaction.find(&VERSION, values![], Row::first::<i64>);
        let taken = self.known(taken.await?)?;
        transaction.take_steps(taken, STEPS.len()).await?;
        transaction.commit().await
    }

    async fn steps_taken(&self) -> Result<usize> {
        let there = self.find(&HAS_VERSION, values![], Row::first::<bool>);
        if there.await? != Some(true) {
            return Ok(0);
        }
        let taken = self.find(&VERSION, values![], Row::first::<i64>).await?;
        self.known(taken)
    }

    /// A number of steps, unless there are more than we know.
    fn known(&self, taken: Option<i64>) -> Result<usize> {
        let taken = usize::try_from(taken.unwrap_or(0)).unwrap_or(usize::MAX);
        if taken > STEPS.len() {
            return Err(
                Error::new(format!("{} was made by a newer press", self.place))
                    .help("use that one")
                    .state("nothing was changed"),
            );
        }
        Ok(taken)
    }
}
