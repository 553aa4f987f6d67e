//! The archive as data beside the site: a file for each table and year, so that a new issue changes only those of its
//! year, a list of them all that programs read, and a page that explains them.

use super::super::Site;
use super::super::look::template_error;
use super::books::Books;
use super::{Bundle, File, MadeFrom};
use crate::error::Result;
use crate::pipeline::export::encode;
use crate::pipeline::records::{Needs, Sides};
use press_core::render::data::{DataFormat, Row, TABLES, Table};
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
        from: MadeFrom::Books,
        make: Box::new(move |given| whole(site, folder, given.books)),
    }];
    for (&year, &key) in &sides.years {
        bundles.push(Bundle {
            name: format!("data of {year}"),
            key,
            from: MadeFrom::Records(Box::new(move |_| Needs::Years([year].into()))),
            make: Box::new(move |given| {
                let tables = TABLES.iter().filter(|table| is_by_year(table));
                let files = pairs(site, tables).map(|(table, format)| {
                    let path = address(folder, table, Some(year), format);
                    file(
                        path,
                        table,
                        &table.rows(given.records.iter().copied()),
                        format,
                    )
                });
                files.collect()
            }),
        });
    }
    bundles
}

/// Whether a table is one file.
pub(super) fn is_whole(table: &Table) -> bool {
    WHOLE.contains(&table.name)
}

fn is_by_year(table: &Table) -> bool {
    !is_whole(table) && table.name != LEFT_OUT
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

fn file(path: String, table: &Table, rows: &[Row<'_>], format: DataFormat) -> Result<File> {
    Ok(File {
        path,
        content: encode(table, rows, format)?.into(),
        page: false,
    })
}

fn whole(site: &Site<'_>, folder: &str, books: &Books<'_>) -> Result<Vec<File>> {
    let tables = TABLES.iter().filter(|table| is_whole(table));
    let files = pairs(site, tables).map(|(table, format)| {
        let path = address(folder, table, None, format);
        file(path, table, &books.rows(table), format)
    });
    let mut files: Vec<File> = files.collect::<Result<_>>()?;
    let index = index(site, folder, books);
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

fn index<'i>(site: &'i Site<'_>, folder: &str, books: &Books<'_>) -> Index<'i> {
    let config = site.config;
    let tables = TABLES.iter().filter(|table| table.name != LEFT_OUT);
    let described = tables.map(|table| Described {
        name: table.name,
        about: table.about,
        columns: table.columns.iter().map(column).collect(),
        files: listed(site, folder, table, books),
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
fn listed<'i>(site: &Site<'_>, folder: &str, table: &Table, books: &Books<'_>) -> Vec<Listed<'i>> {
    let config = site.config;
    let years = books.counts(table);
    let parts: Vec<(Option<i16>, usize)> = match is_whole(table) {
        true => vec![(None, years.iter().map(|(_, rows)| rows).sum())],
        false => {
            let newest_first = years.into_iter().rev();
            newest_first
                .map(|(year, rows)| (Some(year), rows))
                .collect()
        }
    };
    let mut listed = Vec::new();
    for (year, rows) in parts {
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
