//! The archive as files for other programs: JSON, CSV, SQLite, Parquet, all from one list of tables.

mod parquet;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::records;
use crate::store::export::{self, Datum};
pub use press_core::render::data::DataFormat;
use press_core::render::data::{Cell, Column, Kind, Object, Row, TABLES, Table};
use press_core::render::record::Record;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// How it is written.
    pub format: DataFormat,
    /// Only these tables; none for all.
    pub tables: &'w [String],
    /// Only issues of this day or later.
    pub since: Option<jiff::civil::Date>,
}

/// A file that was written, with the number of its rows.
#[derive(Debug)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Rows, of all its tables.
    pub rows: usize,
}

/// Writes the archive below `folder`, which is made if needed; a table is a file `items.json`, a database
/// `archive.sqlite`.
pub fn write(config: &Config, wanted: &Wanted<'_>, folder: &Path) -> Result<Vec<Written>> {
    let tables = tables(wanted.tables)?;
    let records = chosen(config, wanted)?;
    std::fs::create_dir_all(folder)
        .map_err(|cause| Error::io("make the folder", folder, &cause))?;
    if wanted.format == DataFormat::Sqlite {
        let path = folder.join("archive.sqlite");
        let rows = database(&path, &tables, &records)?;
        return Ok(vec![Written { path, rows }]);
    }
    let one = |table: &&Table| {
        let rows = table.rows(&records);
        let path = folder.join(format!("{}.{}", table.name, wanted.format.ending()));
        let bytes = encode(table, &rows, wanted.format)?;
        crate::newsletter::write(&path, &bytes)?;
        Ok(Written {
            path,
            rows: rows.len(),
        })
    };
    let written: Vec<Result<Written>> = tables.par_iter().map(one).collect();
    written.into_iter().collect()
}

/// One table as text, for a pipe.
pub fn text(config: &Config, wanted: &Wanted<'_>) -> Result<String> {
    let tables = tables(wanted.tables)?;
    let [table] = tables.as_slice() else {
        return Err(Error::new("only one table fits on the standard output")
            .help("name one with `--table`, or a folder for all with `--out`"));
    };
    if matches!(wanted.format, DataFormat::Sqlite | DataFormat::Parquet) {
        let name = wanted.format.ending();
        return Err(
            Error::new(format!("{name} is no text")).help("name a folder for it with `--out`")
        );
    }
    let records = chosen(config, wanted)?;
    let bytes = encode(table, &table.rows(&records), wanted.format)?;
    String::from_utf8(bytes).map_err(|_| Error::new("the archive holds what is no text"))
}

fn tables(names: &[String]) -> Result<Vec<&'static Table>> {
    if names.is_empty() {
        return Ok(TABLES.iter().collect());
    }
    let named = |name: &String| {
        Table::named(name).ok_or_else(|| {
            let all: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
            Error::new(format!("there is no table `{name}`"))
                .help(format!("tables are {}", all.join(", ")))
        })
    };
    names.iter().map(named).collect()
}

fn chosen(config: &Config, wanted: &Wanted<'_>) -> Result<Vec<Record>> {
    let mut records = records::all(config)?;
    records.retain(|record| wanted.since.is_none_or(|since| record.head.date >= since));
    Ok(records)
}

/// A table's rows as a file's bytes.
pub(in crate::pipeline) fn encode(
    table: &Table,
    rows: &[Row<'_>],
    format: DataFormat,
) -> Result<Vec<u8>> {
    match format {
        DataFormat::Json => Ok(json(table, rows)),
        DataFormat::Csv => csv(table, rows),
        DataFormat::Parquet => parquet::encode(table, rows),
        DataFormat::Sqlite => Err(Error::new("a database holds all tables at once")),
    }
}

/// A list with an object on each line: it is read as a whole, or line by line.
fn json(table: &Table, rows: &[Row<'_>]) -> Vec<u8> {
    let mut text = Vec::with_capacity(rows.len() * 256 + 4);
    text.push(b'[');
    for (at, row) in rows.iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        let written = serde_json::to_writer(&mut text, &Object { table, row });
        written.expect("memory takes all, and all values are plain");
    }
    text.extend_from_slice(b"\n]\n");
    text
}

/// RFC 4180 with a line of names.
fn csv(table: &Table, rows: &[Row<'_>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 128));
    let names = table.columns.iter().map(|column| column.name);
    let mut written = writer.write_record(names);
    for row in rows {
        written = written
            .and_then(|()| writer.write_record(row.iter().map(|cell| cell.plain().into_owned())));
    }
    let failed = |cause: String| Error::new("the table cannot be written").because(cause);
    written.map_err(|cause| failed(cause.to_string()))?;
    writer
        .into_inner()
        .map_err(|cause| failed(cause.to_string()))
}

/// Columns of a database by which people look things up.
const INDEXED: &[&str] = &["issue", "host", "starts"];

/// Writes a database; gives the number of its rows.
pub(in crate::pipeline) fn database(
    path: &Path,
    tables: &[&Table],
    records: &[Record],
) -> Result<usize> {
    let rows: Vec<Vec<Row<'_>>> = tables.iter().map(|table| table.rows(records)).collect();
    let count = rows.iter().map(Vec::len).sum();
    let texts: Vec<Texts> = rows
        .iter()
        .map(|rows| rows.iter().map(plain).collect())
        .collect();
    let tables = tables.iter().zip(&rows).zip(&texts);
    let tables = tables.map(|((table, rows), texts)| of_database(table, rows, texts));
    super::runtime()?.block_on(export::write(path, tables.collect()))?;
    Ok(count)
}

/// The rows of a table as texts.
type Texts = Vec<Vec<String>>;

fn of_database<'t>(table: &'t Table, rows: &[Row<'_>], texts: &'t Texts) -> export::Table<'t> {
    let column = |column: &'t Column| (column.name, kind(column.kind));
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let mut filled = Vec::with_capacity(rows.len());
    for (row, texts) in rows.iter().zip(texts) {
        let cells = row.iter().zip(texts);
        filled.push(cells.map(|(cell, text)| value(cell, text)).collect());
    }
    export::Table {
        name: table.name,
        columns: table.columns.iter().map(column).collect(),
        indexed: INDEXED.iter().copied().filter(|name| has(name)).collect(),
        rows: filled,
    }
}

fn plain(row: &Row<'_>) -> Vec<String> {
    row.iter().map(|cell| cell.plain().into_owned()).collect()
}

fn kind(kind: Kind) -> export::Kind {
    match kind {
        Kind::Number | Kind::Flag => export::Kind::Number,
        Kind::Text | Kind::Day | Kind::Texts => export::Kind::Text,
    }
}

fn value<'v>(cell: &Cell<'_>, text: &'v str) -> Datum<'v> {
    match cell {
        Cell::Number(number) => Datum::Number(*number),
        Cell::Flag(flag) => Datum::Number(Some(i64::from(*flag))),
        Cell::Day(None) => Datum::Text(None),
        Cell::Text(_) | Cell::Texts(_) | Cell::Day(_) => Datum::Text(Some(text)),
    }
}
