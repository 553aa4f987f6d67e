//! The archive as a database of its own, for people who want to ask it questions. It has nothing to do with the
//! newsletter's database: no migrations, no people, and its tables are what the caller says.

use super::load;
use super::statement::Value;
use super::trouble;
use crate::error::{Error, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::path::Path;

/// What stands in a column of the file.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, yes (1) or no (0).
    Number,
}

/// A table of the file.
#[derive(Debug)]
pub struct Table<'t> {
    /// Its name, a word of letters.
    pub name: &'t str,
    /// Names and kinds of its columns.
    pub columns: Vec<(&'t str, Kind)>,
    /// Columns by which people look things up.
    pub indexed: Vec<&'t str>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<Datum<'t>>>,
}

/// A value of the file.
#[derive(Clone, Copy, Debug)]
pub enum Datum<'t> {
    /// Text, or nothing.
    Text(Option<&'t str>),
    /// A number, or nothing.
    Number(Option<i64>),
}

impl<'t> Datum<'t> {
    fn value(&self) -> Value<'t> {
        match self {
            Datum::Text(text) => Value::Text(*text),
            Datum::Number(number) => Value::Int(*number),
        }
    }
}

/// Makes the file at `path` from tables. What stood there is replaced when the new one is whole.
pub async fn write(path: &Path, tables: Vec<Table<'_>>) -> Result<()> {
    let aside = path.with_extension("press-new");
    // What a run that died left behind.
    let _ = std::fs::remove_file(&aside);
    let filled = fill(&aside, tables).await;
    let filled = filled.map_err(|cause| trouble::of(&path.display().to_string(), &cause));
    let renamed = filled.and_then(|()| {
        std::fs::rename(&aside, path).map_err(|cause| Error::io("write", path, &cause))
    });
    renamed.inspect_err(|_| {
        let _ = std::fs::remove_file(&aside);
    })
}

fn values<'t>(row: &Vec<Datum<'t>>) -> Vec<Value<'t>> {
    row.iter().map(Datum::value).collect()
}

async fn fill(path: &Path, tables: Vec<Table<'_>>) -> sqlx::Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    // A run that dies leaves a file aside that nobody looks at, so nothing needs to be undone.
    let options = options.journal_mode(SqliteJournalMode::Off);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute("BEGIN").await?;
    for table in tables {
        let columns = table.columns.iter().map(|(name, kind)| match kind {
            Kind::Text => format!("\"{name}\" TEXT"),
            Kind::Number => format!("\"{name}\" INTEGER"),
        });
        let columns: Vec<String> = columns.collect();
        let name = table.name;
        let text = format!("CREATE TABLE \"{name}\" ({})", columns.join(", "));
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(text)))
            .await?;
        let mut rows = table.rows.iter().map(values);
        while let Some(query) = load::insert(name, columns.len(), &mut rows) {
            query.execute(&mut connection).await?;
        }
        for column in table.indexed {
            let text = format!("CREATE INDEX \"{name}_{column}\" ON \"{name}\" (\"{column}\")");
            connection
                .execute(sqlx::raw_sql(AssertSqlSafe(text)))
                .await?;
        }
    }
    connection.execute("COMMIT").await?;
    connection.close().await
}
