//! The tables of a database as it names them itself, and their rows as plain values: for copies of everything, whatever
//! tables there are. Only tables of ours are looked at; a schema may hold those of others.

use super::Store;
use super::db::Transaction;
use super::migrate::{ALL_STEPS, tables_made};
use super::statement::{Row, Value, statements, values};
use crate::error::{Error, Result};
use std::collections::HashSet;

statements! {
    NAMES = "SELECT name FROM sqlite_schema WHERE type = 'table'",
        postgres = "SELECT CAST(relname AS TEXT) AS name FROM pg_class WHERE relkind = 'r' \
                    AND relnamespace = CAST(current_schema() AS REGNAMESPACE)";
    /// A key's columns have the numbers 1, 2, …, others 0.
    COLUMNS = "SELECT name, type AS kind, pk AS key FROM pragma_table_info($1) ORDER BY cid",
        postgres = "SELECT CAST(a.attname AS TEXT) AS name, format_type(a.atttypid, NULL) AS kind, \
                    CAST(COALESCE((SELECT array_position(CAST(i.indkey AS INT2[]), a.attnum) + 1 FROM pg_index i \
                    WHERE i.indrelid = a.attrelid AND i.indisprimary), 0) AS BIGINT) AS key FROM pg_attribute a \
                    WHERE a.attrelid = CAST(quote_ident($1) AS REGCLASS) AND a.attnum > 0 AND NOT a.attisdropped \
                    ORDER BY a.attnum";
    LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = $1",
        postgres = "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() \
                    AND sequencename = $1 || '_id_seq' AND last_value IS NOT NULL";
    FORGET_NUMBER = "DELETE FROM sqlite_sequence WHERE name = $1", postgres = "SELECT CAST($1 AS TEXT)";
    SET_NUMBER = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)",
        postgres = "SELECT setval(pg_get_serial_sequence(quote_ident($1), 'id'), $2)";
}

/// Tables whose rows mean something to programs that run, and to nobody else.
pub(super) const PASSING: [&str; 2] = ["arrival", "worker"];

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The highest number that it ever gave, if it gives numbers.
    pub last: Option<i64>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: ColumnKind,
    /// Its place in the key, from 1; 0 for none.
    key: i64,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Whole numbers.
    Int,
    /// Texts.
    Text,
    /// True or false.
    Bool,
    /// Bytes.
    Bytes,
}

/// A value, whatever column it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Datum {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Datum::Null => Value::Int(None),
            Datum::Int(value) => Value::Int(Some(*value)),
            Datum::Text(value) => Value::Text(Some(value)),
            Datum::Bool(value) => Value::Bool(Some(*value)),
            Datum::Bytes(value) => Value::Bytes(Some(value)),
        }
    }

    /// Whether it may stand in a column of this kind.
    pub(super) fn fits(&self, kind: ColumnKind) -> bool {
        match self {
            Datum::Null => true,
            Datum::Int(_) => kind == ColumnKind::Int,
            Datum::Text(_) => kind == ColumnKind::Text,
            Datum::Bool(_) => kind == ColumnKind::Bool,
            Datum::Bytes(_) => kind == ColumnKind::Bytes,
        }
    }
}

impl ColumnKind {
    /// The kind of a type, by the names that our steps use.
    fn of(name: &str) -> Option<ColumnKind> {
        Some(match name.to_ascii_lowercase().as_str() {
            "bigint" | "integer" | "smallint" => ColumnKind::Int,
            "text" => ColumnKind::Text,
            "boolean" => ColumnKind::Bool,
            "blob" | "bytea" => ColumnKind::Bytes,
            _ => return None,
        })
    }
}

/// Rows that are read in one go. Those with bytes are long.
const PAGE: usize = 1_000;
const LONG_PAGE: usize = 50;

impl Table {
    /// Its name and these columns of it, as an `INSERT` says it.
    pub(super) fn target(&self, columns: &[&Column]) -> String {
        let columns: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        format!("{} ({})", quoted(&self.name), columns.join(", "))
    }

    /// Where the columns of its key stand, in the key's order.
    pub fn key(&self) -> Vec<usize> {
        let places = 0..self.columns.len();
        let mut key: Vec<usize> = places.filter(|at| self.columns[*at].key > 0).collect();
        key.sort_by_key(|at| self.columns[*at].key);
        key
    }

    /// The question for its next rows in the order of its key: all, or those after a key.
    fn question(&self, server: bool, after: bool) -> String {
        let shown: Vec<String> = self.columns.iter().map(|c| c.shown(server)).collect();
        let key = self.key();
        let key = key.iter().map(|at| self.columns[*at].ordered(server));
        let key: Vec<String> = key.collect();
        let places: Vec<String> = (1..=key.len()).map(|at| format!("${at}")).collect();
        let (key, places) = (key.join(", "), places.join(", "));
        let rest = match after {
            true => format!("WHERE ({key}) > ({places}) "),
            false => String::new(),
        };
        let long = self.columns.iter().any(|c| c.kind == ColumnKind::Bytes);
        let page = if long { LONG_PAGE } else { PAGE };
        let (shown, name) = (shown.join(", "), quoted(&self.name));
        format!("SELECT {shown} FROM {name} {rest}ORDER BY {key} LIMIT {page}")
    }

    fn read(&self, row: &Row) -> sqlx::Result<Vec<Datum>> {
        self.columns.iter().map(|column| column.read(row)).collect()
    }
}

impl Column {
    /// As it is asked for: numbers of any width come as those of 64 bits.
    fn shown(&self, server: bool) -> String {
        let name = quoted(&self.name);
        match self.kind {
            ColumnKind::Int if server => format!("CAST({name} AS BIGINT) AS {name}"),
            _ => name,
        }
    }

    /// As rows are ordered by it, the same everywhere.
    fn ordered(&self, server: bool) -> String {
        let name = quoted(&self.name);
        match self.kind {
            ColumnKind::Text if server => format!("{name} COLLATE \"C\""),
            _ => name,
        }
    }

    fn read(&self, row: &Row) -> sqlx::Result<Datum> {
        let name = self.name.as_str();
        let datum = match self.kind {
            ColumnKind::Int => row.take::<Option<i64>>(name)?.map(Datum::Int),
            ColumnKind::Text => row.take::<Option<String>>(name)?.map(Datum::Text),
            ColumnKind::Bool => row.take::<Option<bool>>(name)?.map(Datum::Bool),
            ColumnKind::Bytes => row.take::<Option<Vec<u8>>>(name)?.map(Datum::Bytes),
        };
        Ok(datum.unwrap_or(Datum::Null))
    }
}

/// A name in a statement. Those of our steps are plain; a quotation mark in one would end it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Transaction {
    /// Our tables, in the order in which steps made them.
    pub(super) async fn tables(&mut self) -> Result<Vec<Table>> {
        let there = self.fetch(&NAMES, values![], Row::first::<String>).await?;
        let there: HashSet<String> = there.into_iter().collect();
        let mut tables = Vec::new();
        for name in tables_made().filter(|name| there.contains(*name)) {
            let last = self.find(&LAST_NUMBER, values![name], Row::first).await?;
            tables.push(Table {
                name: name.to_owned(),
                columns: self.fetch(&COLUMNS, values![name], column).await?,
                last,
            });
        }
        Ok(tables)
    }

    /// Sees to it that a table gives numbers after this one only.
    pub(super) async fn set_last(&mut self, table: &str, last: i64) -> Result<()> {
        self.fetch(&FORGET_NUMBER, values![table], |_| Ok(()))
            .await?;
        self.fetch(&SET_NUMBER, values![table, last], |_| Ok(()))
            .await?;
        Ok(())
    }
}

fn column(row: &Row) -> sqlx::Result<Column> {
    let name: String = row.take("name")?;
    let kind: String = row.take("kind")?;
    let known = ColumnKind::of(&kind);
    Ok(Column {
        kind: known.ok_or_else(|| sqlx::Error::Decode(format!("{name} is a {kind}").into()))?,
        name,
        key: row.take("key")?,
    })
}

/// All rows of a database as they are at one moment, whoever writes meanwhile.
#[derive(Debug)]
pub struct Snapshot {
    reading: Transaction,
    /// The tables whose rows are worth keeping; of others their names and numbers.
    pub tables: Vec<Table>,
    /// How many steps made the tables.
    pub steps: usize,
    /// What kind of database it is.
    pub kind: &'static str,
}

impl Store {
    /// Holds the database still for a reader. Writers do not wait for it.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut reading = self.begin_reading().await?;
        let mut tables = reading.tables().await?;
        for table in &mut tables {
            if PASSING.contains(&table.name.as_str()) {
                table.columns.clear();
            } else if table.key().is_empty() {
                let error = Error::new(format!("the table {} has no key", table.name));
                return Err(error.help("this is a mistake in press; please report it"));
            }
        }
        let kind = match reading.is_of_server() {
            true => "postgres",
            false => "sqlite",
        };
        Ok(Snapshot {
            reading,
            tables,
            steps: ALL_STEPS,
            kind,
        })
    }
}

impl Snapshot {
    /// The next rows of a table, by its place among the tables: the first, or those after the last row that was given.
    pub async fn page(&mut self, table: usize, after: Option<&[Datum]>) -> Result<Vec<Vec<Datum>>> {
        let table = &self.tables[table];
        if table.columns.is_empty() {
            return Ok(Vec::new());
        }
        let question = table.question(self.reading.is_of_server(), after.is_some());
        let key = table.key();
        let after = after.map(|row| key.iter().map(|at| row[*at].value()).collect());
        let values: Vec<Value<'_>> = after.unwrap_or_default();
        let read = |row: &Row| table.read(row);
        self.reading.fetch_text(question, &values, read).await
    }

    /// Lets go of it.
    pub async fn close(self) {
        self.reading.roll_back().await;
    }
}
