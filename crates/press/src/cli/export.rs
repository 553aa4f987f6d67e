//! `press export`

use super::{Global, plural, terminal};
use crate::error::Result;
use crate::pipeline::export::{self, DataFormat, Wanted};
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How to write
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
    /// Only this table: issues, items, links, events or papers; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Only issues of this day or later
    #[arg(long, value_name = "DAY")]
    since: Option<Date>,
    /// The folder to write into; without it one table is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// A list of objects for each table
    Json,
    /// A file for each table, with a line of names
    Csv,
    /// One SQLite database
    Sqlite,
    /// An Apache Parquet file for each table
    Parquet,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let wanted = Wanted {
        format: match arguments.format {
            Form::Json => DataFormat::Json,
            Form::Csv => DataFormat::Csv,
            Form::Sqlite => DataFormat::Sqlite,
            Form::Parquet => DataFormat::Parquet,
        },
        tables: &arguments.tables,
        since: arguments.since,
    };
    let Some(folder) = &arguments.out else {
        terminal::result(export::text(&config, &wanted)?.trim_end());
        return Ok(());
    };
    for written in export::write(&config, &wanted, folder)? {
        let rows = plural(written.rows, "row");
        terminal::result(&format!("{}: {rows}", written.path.display()));
    }
    Ok(())
}
