//! A database filled with what another one held, in one transaction: until its end nothing has changed, for nobody.
//!
//! What was there is replaced, not mixed in, but for what must not be forgotten. Who was erased, suppressed or left since
//! the copy was made stays so; who has got an issue since does not get it again; what people sent and chose since is there,
//! with what editors decided; and nothing begins to leave by itself. [`carried`] has the statements for that.

mod carried;

use super::Store;
use super::db::Transaction;
use super::migrate::ALL_STEPS;
use super::statement::{Row, statements, values};
use super::table::{Column, Datum, PASSING, Table};
use crate::error::{Error, Result};
use carried::{CARRIED, CARRY, Carry, MERGE, NUMBERED};
use std::collections::HashMap;

statements! {
    WORKERS = "SELECT id FROM worker ORDER BY id";
    KEY_OF = "SELECT value FROM secret WHERE name = 'suppression'";
    SUPPRESSED = "SELECT COUNT(*) FROM suppression";
    HURRY = "SELECT 1", postgres = "SET LOCAL lock_timeout = '30s'";
    PAUSE = "UPDATE campaign SET state = 'paused', \
             reason = 'it was restored from a backup: see what has left, then let it go on' \
             WHERE state IN ('planned', 'sending')";
    INTO_FILE = "PRAGMA wal_checkpoint(TRUNCATE)", postgres = "SELECT 1";
}

/// Tables that a database may have rows in without holding anything that is worth keeping.
const UNIMPORTANT: [&str; 2] = ["secret", "quota"];

/// Clocks differ: what happened so long before a copy is taken for what happened after it.
const MARGIN_S: i64 = 3600;

/// What was kept of the database that was replaced, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CarriedOver {
    /// Suppressions that the backup does not have.
    pub suppressed: u64,
    /// People of the backup who were erased since.
    pub erased: u64,
    /// Subscriptions of the backup that ended since.
    pub left: u64,
    /// Campaigns that began since.
    pub campaigns: u64,
    /// Deliveries of the backup that were settled since.
    pub deliveries: u64,
    /// Campaigns that wait for a person now.
    pub paused: u64,
    /// Submissions that came since.
    pub submissions: u64,
    /// What was decided since about submissions and candidates.
    pub decisions: u64,
    /// What was nominated since.
    pub nominations: u64,
    /// Ballots and readings of likes that the backup does not have.
    pub ballots: u64,
}

/// What a database is to be filled with.
#[derive(Clone, Copy, Debug)]
pub struct Refill {
    /// How many steps made the tables of the backup.
    pub steps: usize,
    /// When the backup was made, in seconds since 1970.
    pub made_s: i64,
    /// Whether what is there may go.
    pub replace: bool,
}

/// A database on its way to what a backup held. Dropped, it is as it was.
#[derive(Debug)]
pub struct Restoring {
    transaction: Transaction,
    refill: Refill,
    tables: Vec<Table>,
    last: HashMap<String, i64>,
    /// The key of the suppression list that was there, if it held anything.
    key: Option<String>,
    carries: bool,
    now_s: i64,
}

impl Store {
    /// Begins to fill this database with what a backup held.
    pub async fn restore(&self, refill: Refill, now_s: i64) -> Result<Restoring> {
        if refill.steps > ALL_STEPS {
            let error = Error::new("the backup was made by a newer press");
            return Err(error.help("use that one").state("nothing was changed"));
        }
        self.refuse_workers().await?;
        let mut transaction = self.begin().await?;
        transaction.execute(&HURRY, values![]).await?;
        transaction.lock_steps().await?;
        let tables = transaction.tables().await?;
        let occupied = transaction.is_occupied(&tables).await?;
        if occupied && !refill.replace {
            transaction.roll_back().await;
            let error = Error::new(format!("{} is not empty", self.place));
            return Err(error
                .help("`--replace` puts the backup in the place of what is there; `press backup` first keeps that")
                .state("nothing was changed"));
        }
        let mut key = None;
        if occupied {
            if transaction.count(&SUPPRESSED).await? > 0 {
                key = transaction.find(&KEY_OF, values![], Row::first).await?;
            }
            let since = (refill.made_s - MARGIN_S).to_string();
            let script = CARRY.replace("{since}", &since);
            transaction.run_script(script).await?;
        }
        let last = tables.iter();
        let last = last.filter_map(|table| Some((table.name.clone(), table.last?)));
        let last = last.collect();
        for table in tables.iter().rev() {
            let text = format!("DROP TABLE {}", super::table::quoted(&table.name));
            transaction.run_script(text).await?;
        }
        transaction.take_steps(0, refill.steps).await?;
        Ok(Restoring {
            tables: transaction.tables().await?,
            transaction,
            refill,
            last,
            key,
            carries: occupied,
            now_s,
        })
    }

    /// A worker that sends would go on with what is not there any more.
    async fn refuse_workers(&self) -> Result<()> {
        for id in self.fetch(&WORKERS, values![], Row::first::<i64>).await? {
            if !self.is_free(id).await? {
                let error = Error::new(format!("somebody sends from {}", self.place));
                return Err(error
                    .because(format!("worker {id} runs"))
                    .help("end `press server`, `press worker` and `press send` first")
                    .state("nothing was changed"));
            }
        }
        Ok(())
    }

    /// Whether any program that sends is alive: how many.
    pub async fn living_workers(&self) -> Result<usize> {
        let mut living = 0;
        for id in self.fetch(&WORKERS, values![], Row::first::<i64>).await? {
            living += usize::from(!self.is_free(id).await?);
        }
        Ok(living)
    }
}

impl Transaction {
    async fn count(&mut self, question: &super::Statement) -> Result<i64> {
        let count = self.find(question, values![], Row::first::<i64>).await?;
        Ok(count.unwrap_or(0))
    }

    async fn is_occupied(&mut self, tables: &[Table]) -> Result<bool> {
        for table in tables {
            let name = table.name.as_str();
            if PASSING.contains(&name) || UNIMPORTANT.contains(&name) {
                continue;
            }
            let text = format!("SELECT 1 FROM {} LIMIT 1", super::table::quoted(name));
            if !self.fetch_text(text, &[], |_| Ok(())).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn damaged(why: impl Into<String>) -> Error {
    let error = Error::new("the backup does not fit its own version").because(why);
    error.state("nothing was changed")
}

impl Restoring {
    /// Adds rows to a table; values stand in the order of `columns`.
    pub async fn load(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Datum>],
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let Some(table) = self.tables.iter().find(|known| known.name == table) else {
            return Err(damaged(format!("there was no table `{table}`")));
        };
        let mut chosen: Vec<&Column> = Vec::new();
        for name in columns {
            let known = table.columns.iter().find(|column| column.name == *name);
            let known =
                known.ok_or_else(|| damaged(format!("`{}` has no `{name}`", table.name)))?;
            chosen.push(known);
        }
        for row in rows {
            let fits = row.len() == chosen.len()
                && row.iter().zip(&chosen).all(|(datum, c)| datum.fits(c.kind));
            if !fits {
                return Err(damaged(format!(
                    "a row of `{}` cannot stand there",
                    table.name
                )));
            }
        }
        let values = rows.iter();
        let values = values.map(|row| row.iter().map(Datum::value).collect::<Vec<_>>());
        let target = table.target(&chosen);
        self.transaction
            .load_into(&target, chosen.len(), values)
            .await
    }

    /// Notes the highest number that a table of the backup had given.
    pub fn note_last(&mut self, table: &str, last: i64) {
        let known = self.last.entry(table.to_owned()).or_insert(last);
        *known = last.max(*known);
    }

    /// Takes the steps that are missing, brings in what must not be forgotten, and makes everything so.
    pub async fn finish(mut self, store: &Store) -> Result<CarriedOver> {
        let transaction = &mut self.transaction;
        transaction.take_steps(self.refill.steps, ALL_STEPS).await?;
        for table in transaction.tables().await? {
            // Only tables that give numbers have given one.
            let numbered = table
                .columns
                .first()
                .is_some_and(|first| first.name == "id");
            if let Some(last) = self.last.get(&table.name).filter(|_| numbered) {
                transaction.set_last(&table.name, (*last).max(1)).await?;
            }
        }
        let mut done = CarriedOver::default();
        if self.carries {
            self.refuse_other_key(store).await?;
            self.merge(&mut done).await?;
        }
        done.paused = self.transaction.execute(&PAUSE, values![]).await?;
        self.transaction.commit().await?;
        // People who were erased stand in the file's journal until this is done.
        store.fetch(&INTO_FILE, values![], |_| Ok(())).await?;
        Ok(done)
    }

    async fn refuse_other_key(&mut self, store: &Store) -> Result<()> {
        let Some(before) = &self.key else {
            return Ok(());
        };
        let now = self.transaction.find(&KEY_OF, values![], Row::first);
        let now: Option<String> = now.await?;
        if now.is_none_or(|now| now == *before) {
            return Ok(());
        }
        let error = Error::new("the backup is not one of this database")
            .because(format!(
                "{} knows who must not be mailed by another key, and the backup's cannot read that list",
                store.place
            ))
            .help("restore it into an empty database: another `file` or `url` in `[store]`");
        Err(error.state("nothing was changed"))
    }

    async fn merge(&mut self, done: &mut CarriedOver) -> Result<()> {
        let transaction = &mut self.transaction;
        // Numbers that a table gives itself are taken as they are.
        let given = match transaction.is_of_server() {
            true => "OVERRIDING SYSTEM VALUE ",
            false => "",
        };
        for (carry, text) in MERGE {
            let text = text.replace("{given}", given);
            let since = (self.refill.made_s - MARGIN_S).to_string();
            let text = text.replace("{since}", &since);
            let text = text.replace("{now}", &self.now_s.to_string());
            let changed = transaction.execute_text(text).await?;
            match carry {
                Carry::Nothing => {}
                Carry::Suppressed => done.suppressed = changed,
                Carry::Campaigns => done.campaigns = changed,
                Carry::Deliveries => done.deliveries = changed,
                Carry::Left => done.left = changed,
                Carry::Erased => done.erased = changed,
                Carry::Submissions => done.submissions = changed,
                Carry::Decisions => done.decisions += changed,
                Carry::Nominations => done.nominations = changed,
                Carry::Ballots => done.ballots = changed,
            }
        }
        for name in NUMBERED {
            let text = format!("SELECT COALESCE(MAX(id), 0) FROM {name}");
            let highest = transaction.fetch_text(text, &[], Row::first::<i64>).await?;
            let given = self.last.get(name).copied().unwrap_or(0);
            let last = highest.into_iter().fold(given, i64::max);
            transaction.set_last(name, last.max(1)).await?;
        }
        for name in CARRIED {
            transaction
                .run_script(format!("DROP TABLE carried_{name}"))
                .await?;
        }
        Ok(())
    }
}
