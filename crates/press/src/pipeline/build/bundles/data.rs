//! The archive as data beside the site: a file for each table and year, so that a new issue changes only those of its
//! year, a list of them all that programs read, and a page that explains them.

use super::super::Site;
use super::super::look::template_error;
use super::{Bundle, File};
use crate::error::Result;
use crate::pipeline::export::encode;
use crate::pipeline::records::Sides;
use press_core::render::data::{DataFormat, TABLES, Table};
use press_core::render::record::Record;
use rayon::prelude::*;
use serde::Serialize;

/// Tables that are one file each: they are small, and people want the whole.
const WHOLE: [&str; 2] = ["issues", "papers"];
/// Most of it is `items` once more; `press export` writes it.
const LEFT_OUT: &str = "links";

/// The list of all files, as programs and the page are given it.
#[derive(Serialize)]
struct Index<'i> {
    newsletter: &'i str,
    url: &'i str,
    generator: &'static str,
    tables: Vec<Described<'i>>,
}

#[derive(Serialize)]
struct Described<'i> {
    name: &'static str,
    about: &'static str,
    columns: Vec<Column>,
    files: Vec<Listed<'i>>,
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    kind: &'static str,
    about: &'static str,
}

#[derive(Serialize)]
struct Listed<'i> {
    path: String,
    format: &'i str,
    year: Option<i16>,
    rows: usize,
}

/// The bundles of the data: one for each year, and one for what is about all of them.
pub(super) fn all<'a>(site: &'a Site<'_>, sides: &Sides) -> Vec<Bundle<'a>> {
    let Some(folder) = &site.config.site.data else {
        return Vec::new();
    };
    let mut bundles = vec![Bundle {
        name: "data".to_owned(),
        key: sides.whole,
        make: Box::new(move |records| whole(site, folder, records)),
    }];
    for (&year, &key) in &sides.years {
        bundles.push(Bundle {
            name: format!("data of {year}"),
            key,
            make: Box::new(move |records| {
                let records = records
                    .iter()
                    .filter(|record| record.head.date.year() == year);
                let records: Vec<&Record> = records.copied().collect();
                let tables = TABLES.iter().filter(|table| is_by_year(table));
                let files = pairs(site, tables).map(|(table, format)| {
                    let path = address(folder, table, Some(year), format);
                    file(path, table, &records, format)
                });
                files.collect()
            }),
        });
    }
    bundles
}

fn is_by_year(table: &Table) -> bool {
    !WHOLE.contains(&table.name) && table.name != LEFT_OUT
}

fn pairs<'t>(
    site: &Site<'_>,
    tables: impl Iterator<Item = &'t Table>,
) -> impl ParallelIterator<Item = (&'t Table, DataFormat)> {
    let formats = &site.config.site.data_formats;
    let pairs: Vec<_> = tables
        .flat_map(|table| formats.iter().map(move |format| (table, *format)))
        .collect();
    pairs.into_par_iter()
}

fn address(folder: &str, table: &Table, year: Option<i16>, format: DataFormat) -> String {
    let year = year.map_or_else(String::new, |year| format!("-{year}"));
    format!("{folder}{}{year}.{}", table.name, format.ending())
}

fn file(path: String, table: &Table, records: &[&Record], format: DataFormat) -> Result<File> {
    let rows = table.rows(records.iter().copied());
    Ok(File {
        path,
        content: encode(table, &rows, format)?.into(),
        page: false,
    })
}

fn whole(site: &Site<'_>, folder: &str, records: &[&Record]) -> Result<Vec<File>> {
    let tables = TABLES.iter().filter(|table| WHOLE.contains(&table.name));
    let files = pairs(site, tables)
        .map(|(table, format)| file(address(folder, table, None, format), table, records, format));
    let mut files: Vec<File> = files.collect::<Result<_>>()?;
    let index = index(site, folder, records);
    let text = serde_json::to_string_pretty(&index).unwrap_or_default();
    files.push(File {
        path: format!("{folder}index.json"),
        content: (text + "\n").into_bytes().into(),
        page: false,
    });
    let url = site.config.on_site(folder);
    let description = format!("All issues of {} as data", site.config.newsletter.name);
    let page = super::super::targets::pages(site).library(
        "data.html",
        ("Data", &url),
        &description,
        &index,
    );
    files.push(File {
        path: folder.to_owned(),
        content: page
            .map_err(|error| template_error(site.config, &error))?
            .into_bytes()
            .into(),
        page: true,
    });
    Ok(files)
}

fn index<'i>(site: &'i Site<'_>, folder: &str, records: &[&Record]) -> Index<'i> {
    let config = site.config;
    let tables = TABLES.iter().filter(|table| table.name != LEFT_OUT);
    let described = tables.map(|table| Described {
        name: table.name,
        about: table.about,
        columns: table.columns.iter().map(column).collect(),
        files: listed(site, folder, table, records),
    });
    Index {
        newsletter: &config.newsletter.name,
        url: &config.newsletter.base_url,
        generator: concat!("Pressroom ", env!("CARGO_PKG_VERSION")),
        tables: described.collect(),
    }
}

fn column(column: &press_core::render::data::Column) -> Column {
    Column {
        name: column.name,
        kind: column.kind.name(),
        about: column.about,
    }
}

/// The files of a table, newest first.
fn listed<'i>(
    site: &Site<'_>,
    folder: &str,
    table: &Table,
    records: &[&Record],
) -> Vec<Listed<'i>> {
    let config = site.config;
    let years = records.chunk_by(|one, other| one.head.date.year() == other.head.date.year());
    let years = years
        .rev()
        .map(|records| (Some(records[0].head.date.year()), records));
    let parts: Vec<(Option<i16>, &[&Record])> = match is_by_year(table) {
        true => years.collect(),
        false => vec![(None, records)],
    };
    let mut listed = Vec::new();
    for (year, records) in parts {
        let rows = records.iter().map(|record| table.count(record)).sum();
        for format in &config.site.data_formats {
            listed.push(Listed {
                path: config.on_site(&address(folder, table, year, *format)),
                format: format.ending(),
                year,
                rows,
            });
        }
    }
    listed
}
