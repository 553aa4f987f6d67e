//! What cannot be in Git, kept in a database: what sources found, and what was generated for a draft.
//!
//! Typed functions over SQL that more than one database understands; `Db` has an arm for each. Callers see neither. The
//! file is the newsletter's data, no cache: what cannot be read is an error, and never replaced.

mod candidate;
mod generated;
mod trouble;

pub use candidate::{Candidate, Kept, Recorded, State};

use crate::error::{Error, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The databases that are understood.
#[derive(Clone, Debug)]
enum Db {
    Sqlite(SqlitePool),
}

/// The newsletter's database.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    path: PathBuf,
}

/// The steps from an empty database to the present one. A step that was taken somewhere is never changed.
const STEPS: &[&str] = &[include_str!("../migrations/sqlite/0001_candidates.sql")];

/// Longest that we wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the database in a file, and makes it if it is not there.
    pub async fn open(path: &Path) -> Result<Store> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| Error::io("make the folder", folder, &cause))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(PATIENCE)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(2 * PATIENCE)
            .connect_with(options)
            .await;
        let store = Store {
            db: Db::Sqlite(pool.map_err(|cause| trouble::of(path, &cause))?),
            path: path.to_owned(),
        };
        store.bring_up_to_date().await?;
        Ok(store)
    }

    /// Closes it, so that all it has stands in the one file.
    pub async fn close(self) {
        match self.db {
            Db::Sqlite(pool) => pool.close().await,
        }
    }

    /// Takes the steps that this database has not taken yet.
    async fn bring_up_to_date(&self) -> Result<()> {
        let Db::Sqlite(pool) = &self.db;
        let mut connection = pool.acquire().await.map_err(|cause| self.trouble(&cause))?;
        let version = "PRAGMA user_version";
        let taken: i64 = sqlx::query_scalar(version)
            .fetch_one(&mut *connection)
            .await
            .map_err(|cause| self.trouble(&cause))?;
        let taken = usize::try_from(taken).unwrap_or(usize::MAX);
        if taken > STEPS.len() {
            return Err(
                Error::new(format!("{} was made by a newer press", self.path.display()))
                    .help("use that one")
                    .state("nothing was changed"),
            );
        }
        for (at, step) in STEPS.iter().enumerate().skip(taken) {
            // Whoever comes second finds the step taken.
            let text = format!(
                "BEGIN IMMEDIATE; {step}; PRAGMA user_version = {}; COMMIT",
                at + 1
            );
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(text))
                .execute(&mut *connection)
                .await;
            if let Err(cause) = done {
                let _ = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
                let now: i64 = sqlx::query_scalar(version)
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(|cause| self.trouble(&cause))?;
                if usize::try_from(now).unwrap_or(0) <= at {
                    return Err(self.trouble(&cause));
                }
            }
        }
        Ok(())
    }

    fn trouble(&self, cause: &sqlx::Error) -> Error {
        trouble::of(&self.path, cause)
    }
}
