//! What each year gives to pages about all years. It is kept, so that a change in one year reads back the records of no
//! other for them.

use super::super::Site;
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::{Needs, Shelf, Sides};
use press_core::render::data::{Cell, Row, TABLES, Table};
use press_core::render::lists::{self, YearLists};
use press_core::render::record::Record;
use press_core::render::site::IssueHead;
use press_core::render::statistics::{self, YearNumbers};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What one year gives.
#[derive(Serialize, Deserialize)]
struct Book {
    lists: YearLists,
    numbers: YearNumbers,
    /// The rows of the tables that are one file each, by the table's name.
    tables: Vec<(String, Vec<Row<'static>>)>,
    /// The number of rows of each table.
    counts: Vec<usize>,
}

/// The books of all years, and the heads of all issues.
pub(super) struct Books<'a> {
    heads: Vec<(i16, Vec<&'a IssueHead>)>,
    words: BTreeMap<i16, usize>,
    keys: BTreeMap<i16, Key>,
    /// What was kept, as it was read.
    kept: Vec<u8>,
    /// None as long as nobody needs them.
    books: Option<BTreeMap<i16, Book>>,
}

impl<'a> Books<'a> {
    /// The books without their content.
    pub(super) fn new(heads: &[&'a IssueHead], sides: &Sides) -> Books<'a> {
        let years = heads.chunk_by(|one, other| one.date.year() == other.date.year());
        Books {
            heads: years
                .map(|heads| (heads[0].date.year(), heads.to_vec()))
                .collect(),
            words: sides.words.clone(),
            keys: sides.years.clone(),
            kept: Vec::new(),
            books: None,
        }
    }

    /// Opens those that are kept; of the years of the others the records are needed. Nobody is given what is in books that
    /// were not opened.
    pub(super) fn open(&mut self, site: &Site<'_>) -> Needs {
        self.kept = kept::read_bytes(&path(site), site.global).unwrap_or_default();
        let kept = kept::rows(&self.kept);
        let years: Vec<(i16, Key)> = self.keys.iter().map(|(year, key)| (*year, *key)).collect();
        let known = years.into_par_iter().filter_map(|(year, key)| {
            let row = kept.get(&row_key(year, key).bytes())?;
            Some((year, postcard::from_bytes(row).ok()?))
        });
        self.books = Some(known.collect::<BTreeMap<i16, Book>>());
        Needs::Years(self.missing())
    }

    /// The years without a book, once they were opened.
    fn missing(&self) -> BTreeSet<i16> {
        let years = self.keys.keys().copied();
        let lacks = |year: &i16| {
            let books = self.books.as_ref();
            books.is_some_and(|books| !books.contains_key(year))
        };
        years.filter(lacks).collect()
    }

    /// Writes those that were not kept, from records of the shelf.
    pub(super) fn complete(&mut self, site: &Site<'_>, shelf: &Shelf<'_>) {
        let missing = self.missing();
        let Some(books) = self.books.as_mut().filter(|_| !missing.is_empty()) else {
            return;
        };
        let new = missing.into_par_iter().map(|year| {
            let records = shelf.records(&Needs::Years([year].into()));
            (year, Book::new(site, &records))
        });
        books.par_extend(new);
        self.keep(site);
    }

    fn keep(&self, site: &Site<'_>) {
        let known = kept::rows(&self.kept);
        let rows = self.books.par_iter().flatten().map(|(year, book)| {
            let key = row_key(*year, self.keys[year]);
            let row = match known.get(&key.bytes()) {
                Some(row) => Cow::Borrowed(*row),
                None => Cow::Owned(postcard::to_allocvec(book).unwrap_or_default()),
            };
            (key, row)
        });
        let rows: Vec<(Key, Cow<'_, [u8]>)> = rows.collect();
        let mut body = vec![0; kept::HEAD];
        for (key, row) in rows {
            kept::put_row(&mut body, key, &row);
        }
        kept::seal(&path(site), site.global, body);
    }

    /// All issues, oldest first.
    pub(super) fn heads(&self) -> Vec<&'a IssueHead> {
        let heads = self.heads.iter().flat_map(|(_, heads)| heads);
        heads.copied().collect()
    }

    fn each(&self) -> impl Iterator<Item = (i16, &[&'a IssueHead], &Book)> {
        let years = self.heads.iter();
        years.filter_map(|(year, heads)| {
            let book = self.books.as_ref()?.get(year)?;
            Some((*year, &heads[..], book))
        })
    }

    /// What lists are made of.
    pub(super) fn lists(&self) -> Vec<lists::Year<'_>> {
        let mut years = Vec::new();
        for (year, heads, book) in self.each() {
            let lists = &book.lists;
            years.push(lists::Year { year, heads, lists });
        }
        years
    }

    /// What the newsletter's life in numbers is made of.
    pub(super) fn numbers(&self) -> Vec<statistics::Year<'_>> {
        let mut years = Vec::new();
        for (year, _, book) in self.each() {
            let hosts = book.lists.hosts();
            years.push(statistics::Year {
                year,
                numbers: Cow::Borrowed(&book.numbers),
                hosts: hosts.map(|(host, count)| (host.into(), count)).collect(),
                words: self.words.get(&year).copied().unwrap_or_default(),
            });
        }
        years
    }

    /// The rows of a table that is one file.
    pub(super) fn rows(&self, table: &Table) -> Vec<Row<'_>> {
        let tables = self.each().flat_map(|(_, _, book)| &book.tables);
        let tables = tables.filter(|(name, _)| name == table.name);
        tables.flat_map(|(_, rows)| rows.iter().cloned()).collect()
    }

    /// How many rows each year gives to a table, oldest first.
    pub(super) fn counts(&self, table: &Table) -> Vec<(i16, usize)> {
        let at = TABLES.iter().position(|one| one.name == table.name);
        let count = |book: &Book| at.and_then(|at| book.counts.get(at)).copied();
        let years = self.each();
        years
            .map(|(year, _, book)| (year, count(book).unwrap_or_default()))
            .collect()
    }
}

impl Book {
    fn new(site: &Site<'_>, records: &[&Record]) -> Book {
        let listed = site.config.site.listed.iter();
        let ids: Vec<&str> = listed.map(|(id, _)| id.as_str()).collect();
        let owned = |row: Row<'_>| row.into_iter().map(Cell::into_owned).collect();
        let tables = TABLES.iter().filter(|table| super::data::is_whole(table));
        let rows = |table: &Table| table.rows(records.iter().copied()).into_iter().map(owned);
        let count = |table: &Table| records.iter().map(|record| table.count(record)).sum();
        Book {
            lists: YearLists::new(records, &ids),
            numbers: YearNumbers::new(records, &site.config.format),
            tables: tables
                .map(|table| (table.name.to_owned(), rows(table).collect()))
                .collect(),
            counts: TABLES.iter().map(count).collect(),
        }
    }
}

fn path(site: &Site<'_>) -> std::path::PathBuf {
    kept::folder(site.config.home()).join("years")
}

fn row_key(year: i16, key: Key) -> Key {
    Key::of((year, key))
}
