//! Processes that send, and how a dead one is told from a slow one.
//!
//! A worker holds a lock for as long as it lives: on PostgreSQL an advisory lock of a connection of its own, beside an
//! SQLite file a lock on another file. Both go with the process, however it ends, and no clock is asked. What was claimed
//! by a worker without its lock is uncertain. Should it live after all — its connection broke — it settles its own rows
//! nevertheless, and takes a new number for the next ones.

use super::Store;
use super::db::{Db, atomically};
use super::statement::{Row, statements, values};
use crate::error::{Error, Result};
use sqlx::{Connection, PgConnection};
use std::fs::{File, TryLockError};
use std::path::PathBuf;

/// A process that sends.
#[derive(Debug)]
pub struct Worker {
    /// Its number; none is given twice.
    pub id: i64,
    batch: i64,
    lock: Lock,
}

#[derive(Debug)]
enum Lock {
    File(File, PathBuf),
    Server(Box<PgConnection>),
}

impl Worker {
    /// The number of the claim that it is about to make. It stays the same until the claim is known to be made.
    pub(super) fn batch(&self) -> i64 {
        self.batch
    }

    pub(super) fn end_batch(&mut self) {
        self.batch += 1;
    }
}

statements! {
    ENLIST = "INSERT INTO worker (name, began_s) VALUES ($1, $2) RETURNING id";
    DISMISS = "DELETE FROM worker WHERE id = $1";
    /// Whose claims are not settled.
    CLAIMING = "SELECT DISTINCT worker FROM delivery WHERE state = 1";
    BURY = "UPDATE delivery SET state = 6, settled_s = $2, \
            reply = 'the program ended while the message was on its way' WHERE worker = $1 AND state = 1";
    /// Locks of two numbers are told apart from those of one that other programs may use.
    LOCK = "SELECT $1 = $1", postgres = "SELECT pg_try_advisory_lock(1886545267, CAST($1 AS INTEGER))";
    IS_FREE = "SELECT $1 = $1", postgres = "SELECT pg_try_advisory_xact_lock(1886545267, CAST($1 AS INTEGER))";
}

impl Store {
    /// Takes up work as a worker with a number of its own.
    pub async fn enlist(&self, name: &str, now_s: i64) -> Result<Worker> {
        let id = atomically!(self, transaction => {
            transaction.find(&ENLIST, values![name, now_s], Row::first).await
        });
        let id: i64 = id?.unwrap_or_default();
        let lock = match &self.db {
            Db::Sqlite(..) => {
                let path = self.lock_file(id);
                let file = File::create(&path)
                    .map_err(|cause| Error::io("make the file", &path, &cause))?;
                let locked = file.try_lock();
                locked.map_err(|cause| Error::io("lock the file", &path, &cause.into()))?;
                Lock::File(file, path)
            }
            Db::Postgres(pool) => {
                let connection = self.connection(pool).await?;
                let mut connection = connection.detach();
                let locked = LOCK
                    .for_postgres(&values![id])
                    .execute(&mut connection)
                    .await;
                locked.map_err(|cause| self.trouble(&cause))?;
                Lock::Server(Box::new(connection))
            }
        };
        Ok(Worker { id, batch: 0, lock })
    }

    /// Whether a worker still holds its lock. If not, another one may have taken it for dead, and it needs a new number.
    pub async fn is_alive(&self, worker: &mut Worker) -> bool {
        match &mut worker.lock {
            Lock::File(..) => true,
            Lock::Server(connection) => connection.ping().await.is_ok(),
        }
    }

    /// Leaves in order: everything it claimed is settled.
    pub async fn dismiss(&self, worker: Worker) -> Result<()> {
        self.execute(&DISMISS, values![worker.id]).await?;
        match worker.lock {
            Lock::File(file, path) => {
                drop(file);
                let _ = std::fs::remove_file(path);
            }
            Lock::Server(connection) => {
                let _ = connection.close().await;
            }
        }
        Ok(())
    }

    /// Declares uncertain what dead workers had claimed; how many deliveries.
    pub async fn record_dead_workers(&self, now_s: i64) -> Result<u64> {
        let mut uncertain = 0;
        for id in self.fetch(&CLAIMING, values![], Row::first::<i64>).await? {
            if self.is_free(id).await? {
                uncertain += self.execute(&BURY, values![id, now_s]).await?;
                self.execute(&DISMISS, values![id]).await?;
            }
        }
        Ok(uncertain)
    }

    /// Whether nobody holds a worker's lock.
    pub(super) async fn is_free(&self, id: i64) -> Result<bool> {
        if let Db::Postgres(_) = &self.db {
            let mut transaction = self.begin().await?;
            let free = transaction.find(&IS_FREE, values![id], Row::first).await?;
            transaction.roll_back().await;
            return Ok(free.unwrap_or(false));
        }
        let path = self.lock_file(id);
        let Ok(file) = File::open(&path) else {
            return Ok(true);
        };
        match file.try_lock() {
            Ok(()) => {
                let _ = std::fs::remove_file(&path);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(cause)) => Err(Error::io("lock the file", &path, &cause)),
        }
    }

    fn lock_file(&self, worker: i64) -> PathBuf {
        let mut name = self.file.clone().unwrap_or_default().into_os_string();
        name.push(format!("-worker-{worker}"));
        PathBuf::from(name)
    }
}
