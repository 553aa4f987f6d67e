//! The databases behind the store: connections, statements, transactions, and what is done again when a database was busy.
//!
//! Everything above speaks of statements and values and never of a database. In a process one writes at a time to SQLite,
//! in the order in which they came; other processes are waited for. Of PostgreSQL it is known that it may go away and
//! come back: connections are tried before they are used, and a new one is made while patience lasts.

use super::statement::{Row, Statement, Value, text_for_postgres, text_for_sqlite};
use super::{Store, trouble};
use crate::config::Database;
use crate::error::Result;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
};
use sqlx::{Connection, Executor, SqlSafeStr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The databases that are understood.
#[derive(Clone, Debug)]
pub(super) enum Db {
    /// A file; one writes at a time.
    Sqlite(SqlitePool, Arc<Mutex<()>>),
    /// A server.
    Postgres(PgPool),
}

/// How long, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest that we wait for another program that writes, or for a server that has gone away.
    pub patience: Duration,
    /// Most connections at once.
    pub connections: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(30),
            connections: 8,
        }
    }
}

/// How often a piece of work is done again that others were in the way of.
const TRIES: u32 = 8;

impl Db {
    /// Connects.
    pub(super) async fn open(database: &Database, limits: Limits) -> sqlx::Result<Db> {
        match database {
            Database::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .busy_timeout(limits.patience)
                    // What is deleted is written over: who is erased stands in no copy of the file.
                    .pragma("secure_delete", "ON")
                    .foreign_keys(true);
                let pool = sqlite(options, limits).await?;
                Ok(Db::Sqlite(pool, Arc::default()))
            }
            Database::Postgres(url) => {
                if !url.is_known() {
                    return Err(sqlx::Error::Configuration("no `postgres://`".into()));
                }
                let options: PgConnectOptions = url.expose().parse()?;
                let options = options.application_name("press");
                // Who cannot be reached at the beginning is told at once; later we are patient.
                let mut first = sqlx::PgConnection::connect_with(&options).await?;
                first.ping().await?;
                first.close().await?;
                let pool = PgPoolOptions::new()
                    .max_connections(limits.connections)
                    .acquire_timeout(limits.patience)
                    .connect_lazy_with(options);
                Ok(Db::Postgres(pool))
            }
        }
    }

    /// Has the database read a statement, without running it.
    pub(super) async fn prepare(&self, statement: &Statement) -> sqlx::Result<()> {
        match self {
            Db::Sqlite(pool, _) => {
                let text = statement.sqlite.into_sql_str();
                pool.acquire().await?.prepare(text).await.map(|_| ())
            }
            Db::Postgres(pool) => {
                let text = statement.postgres.into_sql_str();
                pool.acquire().await?.prepare(text).await.map(|_| ())
            }
        }
    }

    pub(super) async fn close(self) {
        match self {
            Db::Sqlite(pool, _) => pool.close().await,
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// Opens a file. Whoever finds it without its log makes one, and does not wait for another who does so at that moment:
/// SQLite refuses at once, whatever patience it was told to have.
async fn sqlite(options: SqliteConnectOptions, limits: Limits) -> sqlx::Result<SqlitePool> {
    let started = Instant::now();
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(limits.connections)
            .acquire_timeout(2 * limits.patience);
        match pool.connect_with(options.clone()).await {
            Err(cause) if trouble::is_busy(&cause) && started.elapsed() < limits.patience => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            opened => return opened,
        }
    }
}

/// Runs a statement: all rows, or the number of rows that it changed.
macro_rules! run {
    ($executor:expr, $query:expr, rows as $arm:ident) => {
        $query
            .fetch_all($executor)
            .await
            .map(|rows| rows.into_iter().map(Row::$arm).collect::<Vec<Row>>())
    };
    ($executor:expr, $query:expr, count) => {
        $query
            .execute($executor)
            .await
            .map(|done| done.rows_affected())
    };
}

impl Store {
    /// Runs a statement that gives nothing back; how many rows it changed.
    pub(super) async fn execute(
        &self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
    ) -> Result<u64> {
        let done = match &self.db {
            Db::Sqlite(pool, writing) => {
                let _turn = writing.lock().await;
                run!(pool, statement.for_sqlite(values.as_ref()), count)
            }
            Db::Postgres(pool) => {
                let mut connection = self.connection(pool).await?;
                run!(
                    &mut *connection,
                    statement.for_postgres(values.as_ref()),
                    count
                )
            }
        };
        done.map_err(|cause| self.trouble(&cause))
    }

    /// Runs a statement, and reads each row that it gives.
    pub(super) async fn fetch<T>(
        &self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Vec<T>> {
        let rows = match &self.db {
            Db::Sqlite(pool, _) => {
                run!(pool, statement.for_sqlite(values.as_ref()), rows as Sqlite)
            }
            Db::Postgres(pool) => {
                let mut connection = self.connection(pool).await?;
                run!(
                    &mut *connection,
                    statement.for_postgres(values.as_ref()),
                    rows as Postgres
                )
            }
        };
        let read = rows.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|cause| self.trouble(&cause))
    }

    /// Runs a statement that gives at most one row.
    pub(super) async fn find<T>(
        &self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Option<T>> {
        let mut all = self.fetch(statement, values, read).await?;
        Ok(all.pop())
    }

    /// A connection, even if the server is about to come back.
    pub(super) async fn connection(
        &self,
        pool: &PgPool,
    ) -> Result<sqlx::pool::PoolConnection<Postgres>> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let cause = match pool.acquire().await {
                Ok(connection) => return Ok(connection),
                Err(cause) => cause,
            };
            if !trouble::is_away(&cause) || started.elapsed() > self.limits.patience {
                return Err(self.trouble(&cause));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Begins to write. What is not committed was never written.
    pub(super) async fn begin(&self) -> Result<Transaction> {
        self.begin_as(["BEGIN IMMEDIATE", "BEGIN"]).await
    }

    /// Begins to read, so that everything is seen as it is now, whoever writes meanwhile.
    pub(super) async fn begin_reading(&self) -> Result<Transaction> {
        let postgres = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.begin_as(["BEGIN", postgres]).await
    }

    async fn begin_as(&self, [sqlite, postgres]: [&'static str; 2]) -> Result<Transaction> {
        let begun = match &self.db {
            Db::Sqlite(pool, writing) => {
                let reads = sqlite == "BEGIN";
                let turn = match reads {
                    true => None,
                    false => Some(Arc::clone(writing).lock_owned().await),
                };
                let begun = pool.begin_with(sqlite).await;
                begun.map(|inner| Inner::Sqlite(inner, turn))
            }
            Db::Postgres(pool) => {
                let connection = self.connection(pool).await?;
                let begun = sqlx::Transaction::begin(connection, Some(postgres.into_sql_str()));
                begun.await.map(Inner::Postgres)
            }
        };
        let inner = begun.map_err(|cause| self.trouble(&cause))?;
        Ok(Transaction {
            inner,
            store: self.clone(),
            in_the_way: false,
        })
    }

    /// Ends an attempt of [`atomically`]: its result, or nothing if it should be done again.
    pub(super) async fn settle<T>(
        &self,
        transaction: Transaction,
        done: Result<T>,
        attempt: u32,
    ) -> Option<Result<T>> {
        let last = attempt >= TRIES;
        match done {
            Ok(done) => match transaction.try_commit().await {
                Ok(()) => return Some(Ok(done)),
                Err(cause) if trouble::is_conflict(&cause) && !last => {}
                Err(cause) => return Some(Err(self.trouble(&cause))),
            },
            Err(error) => {
                let again = transaction.in_the_way && !last;
                transaction.roll_back().await;
                if !again {
                    return Some(Err(error));
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
        None
    }
}

/// Does a piece of work in one transaction, all or nothing, and again if others were in the way. The work may be done
/// several times, so it does nothing but what it does to the database. A macro, because a closure that borrows cannot
/// promise that it may go to another thread.
macro_rules! atomically {
    ($store:expr, $transaction:ident => $work:block) => {{
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut $transaction = $store.begin().await?;
            let done: $crate::error::Result<_> = async { $work }.await;
            if let Some(done) = $store.settle($transaction, done, attempt).await {
                break done;
            }
        }
    }};
}
pub(super) use atomically;

/// A transaction on any database. Dropped, it is rolled back.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) inner: Inner,
    store: Store,
    /// Whether a statement failed because of what others did at the same time.
    in_the_way: bool,
}

#[derive(Debug)]
pub(super) enum Inner {
    Sqlite(
        sqlx::Transaction<'static, Sqlite>,
        Option<OwnedMutexGuard<()>>,
    ),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Runs a statement that gives nothing back; how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
    ) -> Result<u64> {
        let done = match &mut self.inner {
            Inner::Sqlite(inner, _) => {
                run!(&mut **inner, statement.for_sqlite(values.as_ref()), count)
            }
            Inner::Postgres(inner) => {
                run!(&mut **inner, statement.for_postgres(values.as_ref()), count)
            }
        };
        done.map_err(|cause| self.failed(&cause))
    }

    /// Runs a statement, and reads each row that it gives.
    pub(super) async fn fetch<T>(
        &mut self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Vec<T>> {
        let rows = match &mut self.inner {
            Inner::Sqlite(inner, _) => {
                run!(
                    &mut **inner,
                    statement.for_sqlite(values.as_ref()),
                    rows as Sqlite
                )
            }
            Inner::Postgres(inner) => {
                let query = statement.for_postgres(values.as_ref());
                run!(&mut **inner, query, rows as Postgres)
            }
        };
        let read = rows.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|cause| self.failed(&cause))
    }

    /// Runs a statement that gives at most one row.
    pub(super) async fn find<T>(
        &mut self,
        statement: &Statement,
        values: impl AsRef<[Value<'_>]>,
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Option<T>> {
        let mut all = self.fetch(statement, values, read).await?;
        Ok(all.pop())
    }

    /// Runs a text that is made while the program runs, out of names that the database itself has told; how many rows it
    /// changed.
    pub(super) async fn execute_text(&mut self, text: String) -> Result<u64> {
        let done = match &mut self.inner {
            Inner::Sqlite(inner, _) => run!(&mut **inner, text_for_sqlite(text, &[]), count),
            Inner::Postgres(inner) => run!(&mut **inner, text_for_postgres(text, &[]), count),
        };
        done.map_err(|cause| self.failed(&cause))
    }

    /// The same for a question.
    pub(super) async fn fetch_text<T>(
        &mut self,
        text: String,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Vec<T>> {
        let rows = match &mut self.inner {
            Inner::Sqlite(inner, _) => {
                run!(&mut **inner, text_for_sqlite(text, values), rows as Sqlite)
            }
            Inner::Postgres(inner) => {
                let query = text_for_postgres(text, values);
                run!(&mut **inner, query, rows as Postgres)
            }
        };
        let read = rows.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|cause| self.failed(&cause))
    }

    /// Whether it is one of a server.
    pub(super) fn is_of_server(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// Runs texts of a migration.
    pub(super) async fn run_script(&mut self, text: String) -> Result<()> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        let done = match &mut self.inner {
            Inner::Sqlite(inner, _) => (&mut **inner).execute(script).await.map(|_| ()),
            Inner::Postgres(inner) => (&mut **inner).execute(script).await.map(|_| ()),
        };
        done.map_err(|cause| self.failed(&cause))
    }

    /// Makes everything so that was done in it.
    pub(super) async fn commit(self) -> Result<()> {
        let store = self.store.clone();
        let done = self.try_commit().await;
        done.map_err(|cause| store.trouble(&cause))
    }

    async fn try_commit(self) -> sqlx::Result<()> {
        match self.inner {
            Inner::Sqlite(inner, _turn) => inner.commit().await,
            Inner::Postgres(inner) => inner.commit().await,
        }
    }

    /// Undoes everything that was done in it.
    pub(super) async fn roll_back(self) {
        // If this fails the connection is lost, and with it what was begun.
        let _ = match self.inner {
            Inner::Sqlite(inner, _turn) => inner.rollback().await,
            Inner::Postgres(inner) => inner.rollback().await,
        };
    }

    pub(super) fn failed(&mut self, cause: &sqlx::Error) -> crate::error::Error {
        // Where the connection was lost before the end, nothing was done.
        self.in_the_way |= trouble::is_conflict(cause) || trouble::is_away(cause);
        self.store.trouble(cause)
    }
}
