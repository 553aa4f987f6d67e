//! The database as one file, and back: on SQLite, on PostgreSQL, and from one to the other.
//!
//! A backup is our own text of all rows, not a copy of a database's files and not what `pg_dump` writes: so it is the same
//! for both databases, needs no program beside `press`, can be read by people, and a newsletter that grows moves to a server
//! by restoring its backup there. All rows are read in one transaction, so it shows one moment whoever writes meanwhile.
//! [`file`] has its form; `place` writes it as a whole or not at all.

mod file;
mod place;

pub use file::Summary;
pub use place::Done;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::runtime;
use crate::store::{CarriedOver, Datum, Refill, Store};
use file::{Line, Reader, Writer};
use jiff::Timestamp;
use std::io::Write;
use std::path::Path;

/// Rows that are written to a database in one go.
const ROWS: usize = 2_000;

/// Writes a backup: into `target`, or into a new file in it if it is a folder, where the newest `keep` stay.
pub fn backup(config: &Config, target: &Path, keep: Option<usize>, now: Timestamp) -> Result<Done> {
    if !config.store.may_exist() {
        let error = Error::new(format!("there is no database yet at {}", config.store));
        return Err(error
            .help("`[store]` of press.toml names it; the first command that needs it makes it"));
    }
    let place = place::Place::choose(target, keep, now)?;
    runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let written = place.write(async |out| dump(&store, out, now).await).await;
        store.close().await;
        written
    })
}

/// Writes everything that a database holds.
async fn dump(store: &Store, out: &mut dyn Write, now: Timestamp) -> Result<()> {
    let mut snapshot = store.snapshot().await?;
    let mut writer = Writer::new(out);
    writer.head(snapshot.steps, now.as_second(), snapshot.kind)?;
    for at in 0..snapshot.tables.len() {
        writer.table(&snapshot.tables[at])?;
        let mut page = snapshot.page(at, None).await?;
        while let Some(last) = page.last() {
            for row in &page {
                writer.row(row)?;
            }
            page = snapshot.page(at, Some(last)).await?;
        }
    }
    snapshot.close().await;
    writer.end()
}

/// Reads a backup to its end and sees whether it is whole. Nothing is changed anywhere.
pub fn verify(path: &Path) -> Result<Summary> {
    file::verify(path)
}

/// Fills the newsletter's database with a backup. The whole file is verified before anything changes, and all of it comes
/// in or nothing.
pub fn restore(
    config: &Config,
    path: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<(Summary, CarriedOver)> {
    let summary = verify(path)?;
    let refill = Refill {
        steps: summary.steps,
        made_s: summary.made_s,
        replace,
    };
    runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let done = load(&store, path, refill, now).await;
        store.close().await;
        Ok((summary, done?))
    })
}

async fn load(store: &Store, path: &Path, refill: Refill, now: Timestamp) -> Result<CarriedOver> {
    let mut restoring = store.restore(refill, now.as_second()).await?;
    let mut reader = Reader::open(path)?;
    let (mut table, mut columns) = (String::new(), Vec::new());
    let mut rows: Vec<Vec<Datum>> = Vec::new();
    while let Some(line) = reader.next()? {
        match line {
            Line::Head(_) => {}
            Line::Table(next) => {
                restoring.load(&table, &columns, &rows).await?;
                rows.clear();
                if let Some(last) = next.last {
                    restoring.note_last(&next.table, last);
                }
                (table, columns) = (next.table, next.columns);
            }
            Line::Row(row) => rows.push(row),
        }
        if rows.len() == ROWS {
            restoring.load(&table, &columns, &rows).await?;
            rows.clear();
        }
    }
    restoring.load(&table, &columns, &rows).await?;
    restoring.finish(store).await
}
