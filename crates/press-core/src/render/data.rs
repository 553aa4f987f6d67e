//! The archive as data: tables of issues, items, links, events and calls for papers, for whoever wants to count, search
//! or draw. One list of columns is the schema of all forms: JSON, CSV, SQLite, Parquet, and of the page that explains
//! them.

use super::record::{Record, host_of};
use crate::issue::PlaceMode;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataFormat {
    /// A list of objects for each table.
    Json,
    /// A file for each table, with a line of names.
    Csv,
    /// One SQLite database.
    Sqlite,
    /// An Apache Parquet file for each table.
    Parquet,
}

impl DataFormat {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            DataFormat::Json => "json",
            DataFormat::Csv => "csv",
            DataFormat::Sqlite => "sqlite",
            DataFormat::Parquet => "parquet",
        }
    }
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; empty where there is none.
    Text,
    /// A whole number, or nothing.
    Number,
    /// A day, `2026-02-25`, or nothing.
    Day,
    /// Yes or no.
    Flag,
    /// Several short texts. In forms without lists they are one text, split by `|`.
    Texts,
}

impl Kind {
    /// Its name in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Day => "day",
            Kind::Flag => "yes or no",
            Kind::Texts => "texts",
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What stands in it.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
}

/// A table of the archive.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, also of its files.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
    rows: for<'r> fn(&'r Record, &mut Vec<Row<'r>>),
    count: fn(&Record) -> usize,
}

/// The cells of a row, in the order of the columns.
pub type Row<'r> = Vec<Cell<'r>>;

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell<'r> {
    /// Text.
    Text(Cow<'r, str>),
    /// A whole number.
    Number(Option<i64>),
    /// A day.
    Day(Option<jiff::civil::Date>),
    /// Yes or no.
    Flag(bool),
    /// Several short texts.
    Texts(Cow<'r, [String]>),
}

impl Cell<'_> {
    /// The same value on its own.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Number(number) => Cell::Number(number),
            Cell::Day(day) => Cell::Day(day),
            Cell::Flag(flag) => Cell::Flag(flag),
            Cell::Texts(texts) => Cell::Texts(Cow::Owned(texts.into_owned())),
        }
    }
}

impl Table {
    /// The rows that issues give, in their order.
    pub fn rows<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Vec<Row<'r>> {
        let mut rows = Vec::new();
        for record in records {
            (self.rows)(record, &mut rows);
        }
        rows
    }

    /// How many rows an issue gives.
    pub fn count(&self, record: &Record) -> usize {
        (self.count)(record)
    }

    /// The table of this name.
    pub fn named(name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| table.name == name)
    }
}

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

const ISSUE: Column = column(
    "issue",
    Kind::Text,
    "the issue: `id` in the table of issues",
);
const SECTION: Column = column(
    "section",
    Kind::Text,
    "the section's identity in `press.toml`; empty for a heading that is none of them",
);
const ANCHOR: Column = column(
    "anchor",
    Kind::Text,
    "the id of the line on the issue's page: its address is `url` of the issue, `#`, and this",
);

/// All tables.
pub const TABLES: &[Table] = &[
    Table {
        name: "issues",
        about: "a published issue",
        columns: &[
            column(
                "id",
                Kind::Text,
                "its number, or else day and title; no two are the same",
            ),
            column("number", Kind::Number, "its number, if it has one"),
            column("title", Kind::Text, "its title"),
            column("date", Kind::Day, "the day of publication"),
            column("url", Kind::Text, "its page, as a path on the site"),
            column("category", Kind::Text, "its category, if it has one"),
            column(
                "corrected",
                Kind::Day,
                "the day of its last correction, if there was one that readers should know",
            ),
            column("items", Kind::Number, "entries of lists with a link"),
            column("links", Kind::Number, "links, all together"),
            // Words would be another file for each comma that is corrected.
            column("minutes", Kind::Number, "minutes it takes to read"),
        ],
        rows: issues,
        count: |_| 1,
    },
    Table {
        name: "items",
        about: "an entry of a list that has a link",
        columns: &[
            ISSUE,
            column(
                "position",
                Kind::Number,
                "from 1, in the order of the issue",
            ),
            SECTION,
            column("heading", Kind::Text, "the heading under which it stands"),
            ANCHOR,
            column(
                "parent",
                Kind::Text,
                "`anchor` of the item in whose list it stands",
            ),
            column("title", Kind::Text, "the text of its first link"),
            column("url", Kind::Text, "where that leads"),
            column("host", Kind::Text, "the host of it, without `www.`"),
            column(
                "marks",
                Kind::Texts,
                "its marks: `video`, or a language such as `de`",
            ),
            column(
                "authors",
                Kind::Texts,
                "who wrote the page, where the item says so",
            ),
            column("note", Kind::Text, "what follows the link, as plain text"),
        ],
        rows: items,
        count: |record| record.items.len(),
    },
    Table {
        name: "links",
        about: "a link in an entry of a list, or in a paragraph or quotation outside of lists",
        columns: &[
            ISSUE,
            SECTION,
            column(
                "anchor",
                Kind::Text,
                "`anchor` of the item that holds it; empty in paragraphs",
            ),
            column("title", Kind::Text, "its text"),
            column("url", Kind::Text, "where it leads"),
            column("host", Kind::Text, "the host of it, without `www.`"),
        ],
        rows: links,
        count: |record| {
            let more = record.items.iter().map(|item| 1 + item.more.len());
            let beside = record.passages.iter().map(|passage| passage.links.len());
            more.chain(beside).sum()
        },
    },
    Table {
        name: "events",
        about: "a meetup or a conference, once for each issue that tells of it",
        columns: &[
            ISSUE,
            SECTION,
            column(
                "heading",
                Kind::Text,
                "the heading under which it stands, usually a region",
            ),
            ANCHOR,
            column("title", Kind::Text, "what it is called"),
            column("url", Kind::Text, "its page"),
            column("starts", Kind::Day, "its first day"),
            column("ends", Kind::Day, "its last day, if there are several"),
            column("mode", Kind::Text, "`in-person`, `virtual` or `hybrid`"),
            column("place", Kind::Text, "where, as it is written"),
            column("city", Kind::Text, "the town"),
            column("state", Kind::Text, "state or province, where one is given"),
            column("country", Kind::Text, "mostly two letters"),
            column("organisers", Kind::Text, "who holds it, split by `, `"),
            column("paid", Kind::Flag, "whether it costs money"),
        ],
        rows: events,
        count: |record| record.events.len(),
    },
    Table {
        name: "papers",
        about: "a call for papers, once for each issue that tells of it",
        columns: &[
            ISSUE,
            ANCHOR,
            column("name", Kind::Text, "what the conference is called"),
            column("url", Kind::Text, "where talks are handed in"),
            column("closes", Kind::Day, "the last day for it"),
            column(
                "place",
                Kind::Text,
                "where the conference is, as it is written",
            ),
            column("starts", Kind::Day, "its first day"),
            column("ends", Kind::Day, "its last day, if there are several"),
        ],
        rows: papers,
        count: |record| record.papers.len(),
    },
];

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

fn count<'r>(count: usize) -> Cell<'r> {
    Cell::Number(i64::try_from(count).ok())
}

fn section(record: &Record, at: Option<usize>) -> Cell<'_> {
    let section = at.and_then(|at| record.sections.get(at));
    text(
        section
            .and_then(|one| one.id.as_deref())
            .unwrap_or_default(),
    )
}

fn heading(record: &Record, at: Option<usize>) -> Cell<'_> {
    let section = at.and_then(|at| record.sections.get(at));
    text(section.map_or("", |section| &section.title))
}

fn issue<'r>(record: &Record) -> Cell<'r> {
    Cell::Text(record.head.id().into())
}

fn issues<'r>(record: &'r Record, rows: &mut Vec<Row<'r>>) {
    let head = &record.head;
    rows.push(vec![
        issue(record),
        Cell::Number(head.number.map(i64::from)),
        text(&head.title),
        Cell::Day(Some(head.date)),
        text(&head.url),
        text(head.category.as_ref().map_or("", |category| &category.name)),
        Cell::Day(head.modified.map(jiff::civil::DateTime::date)),
        count(record.items.len()),
        count(record.links),
        count(super::site::minutes(record.words)),
    ]);
}

fn items<'r>(record: &'r Record, rows: &mut Vec<Row<'r>>) {
    rows.extend(record.items.iter().enumerate().map(|(at, item)| {
        let parent = item.parent.and_then(|parent| record.items.get(parent));
        vec![
            issue(record),
            count(at + 1),
            section(record, item.section),
            heading(record, item.section),
            text(&item.anchor),
            text(parent.map_or("", |parent| &parent.anchor)),
            text(&item.title),
            text(&item.url),
            Cell::Text(host_of(&item.url)),
            Cell::Texts(Cow::Borrowed(&item.marks)),
            Cell::Texts(Cow::Borrowed(&item.authors)),
            text(&item.note),
        ]
    }));
}

fn links<'r>(record: &'r Record, rows: &mut Vec<Row<'r>>) {
    let mut push = |at: Option<usize>, anchor: &'r str, title: &'r str, url: &'r str| {
        let host = Cell::Text(host_of(url));
        let cells = [
            section(record, at),
            text(anchor),
            text(title),
            text(url),
            host,
        ];
        rows.push(std::iter::once(issue(record)).chain(cells).collect());
    };
    for item in &record.items {
        push(item.section, &item.anchor, &item.title, &item.url);
        for (title, url) in &item.more {
            push(item.section, &item.anchor, title, url);
        }
    }
    for passage in &record.passages {
        for (title, url) in &passage.links {
            push(passage.section, "", title, url);
        }
    }
}

fn events<'r>(record: &'r Record, rows: &mut Vec<Row<'r>>) {
    rows.extend(record.events.iter().map(|found| {
        let event = &found.event;
        let mode = match event.place.mode {
            PlaceMode::InPerson => "in-person",
            PlaceMode::Virtual => "virtual",
            PlaceMode::Hybrid => "hybrid",
        };
        let named = event
            .organisers
            .iter()
            .map(|organiser| organiser.name.as_str());
        let organisers: Vec<&str> = named.collect();
        let place = &event.place;
        vec![
            issue(record),
            section(record, found.section),
            heading(record, found.section),
            text(&found.anchor),
            text(&event.title),
            text(&event.url),
            Cell::Day(event.date),
            Cell::Day(event.end_date),
            text(mode),
            text(&place.text),
            text(place.city.as_deref().unwrap_or_default()),
            text(place.state.as_deref().unwrap_or_default()),
            text(place.country.as_deref().unwrap_or_default()),
            Cell::Text(organisers.join(", ").into()),
            Cell::Flag(event.paid),
        ]
    }));
}

fn papers<'r>(record: &'r Record, rows: &mut Vec<Row<'r>>) {
    rows.extend(record.papers.iter().map(|found| {
        let paper = &found.paper;
        vec![
            issue(record),
            text(&found.anchor),
            text(&paper.name),
            text(&paper.url),
            Cell::Day(paper.closes),
            text(&paper.place.text),
            Cell::Day(paper.date),
            Cell::Day(paper.end_date),
        ]
    }));
}

/// A row as an object of JSON: all columns in their order, `null` for a number or a day that is not there.
#[derive(Debug)]
pub struct Object<'o, 'r> {
    /// The row's table.
    pub table: &'o Table,
    /// The row.
    pub row: &'o Row<'r>,
}

impl Serialize for Object<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.row.len()))?;
        for (column, cell) in self.table.columns.iter().zip(self.row) {
            match cell {
                Cell::Text(text) => map.serialize_entry(column.name, text)?,
                Cell::Number(number) => map.serialize_entry(column.name, number)?,
                Cell::Day(day) => map.serialize_entry(column.name, day)?,
                Cell::Flag(flag) => map.serialize_entry(column.name, flag)?,
                Cell::Texts(texts) => map.serialize_entry(column.name, &**texts)?,
            }
        }
        map.end()
    }
}

impl Cell<'_> {
    /// The cell where there is nothing but text.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Cell::Text(text) => text.as_ref().into(),
            Cell::Number(number) => number.map_or(String::new(), |one| one.to_string()).into(),
            Cell::Day(day) => day.map_or(String::new(), |day| day.to_string()).into(),
            Cell::Flag(true) => "true".into(),
            Cell::Flag(false) => "false".into(),
            Cell::Texts(texts) => texts.join("|").into(),
        }
    }
}
