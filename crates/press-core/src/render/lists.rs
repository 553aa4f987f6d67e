//! Lists through time: all libraries of the week, all quotes, all calls for papers, and where readers were led: hosts
//! and authors with their first and last mention.

use super::record::{Passage, Record, host_of};
use crate::format::SectionKind;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;

/// A list through time, as its page is given it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct List {
    /// What it is called.
    pub title: String,
    /// Its part of addresses.
    pub slug: String,
    /// What its rows are: `passages`, `items`, `papers` or `mentions`.
    pub form: &'static str,
    /// Number of rows that are shown.
    pub count: usize,
    /// Number of rows there are.
    pub all: usize,
    /// The rows by year, newest first; what is no matter of years is in one group without year.
    pub groups: Vec<Group>,
}

/// Rows of one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The year.
    pub year: Option<i16>,
    /// Its rows, newest first.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// What it is about; of a quotation its words.
    pub title: String,
    /// Where that leads; may be empty.
    pub url: String,
    /// What else is said.
    pub note: String,
    /// How many there are; for hosts and authors.
    pub count: usize,
    /// Where it stands; of several, the first.
    pub first: Place,
    /// The last of several.
    pub last: Option<Place>,
}

/// A place in an issue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Place {
    /// What the issue is called for short: `No. 53`, or its title.
    pub issue: String,
    /// The place's address.
    pub url: String,
    /// The day, `2026-02-25`.
    pub date: String,
}

impl Place {
    fn new(record: &Record, anchor: &str) -> Place {
        let head = &record.head;
        Place {
            issue: head
                .number
                .map_or_else(|| head.title.clone(), |number| format!("No. {number}")),
            url: record.address(anchor),
            date: head.date.to_string(),
        }
    }
}

/// Most rows of hosts and authors: beyond that nobody reads on, and the page grows without end.
const MOST: usize = 1_000;

/// What a section with this identity held through time. `records` are oldest first.
pub fn of_section(records: &[&Record], id: &str, title: &str) -> List {
    let mut form = "items";
    let mut groups: Vec<Group> = Vec::new();
    for record in records.iter().rev() {
        let mut rows = Vec::new();
        for (at, section) in record.sections.iter().enumerate() {
            if section.id.as_deref() == Some(id) {
                let (found, kind) = of_one(record, at, section.kind);
                rows.extend(found);
                form = kind;
            }
        }
        let year = Some(record.head.date.year());
        match groups.last_mut().filter(|group| group.year == year) {
            Some(group) => group.rows.extend(rows),
            None if rows.is_empty() => {}
            None => groups.push(Group { year, rows }),
        }
    }
    let count = groups.iter().map(|group| group.rows.len()).sum();
    List {
        title: title.to_owned(),
        slug: crate::slug::slugify(title),
        form,
        count,
        all: count,
        groups,
    }
}

/// What one section of one issue gives to its list, and in which form.
fn of_one(record: &Record, at: usize, kind: SectionKind) -> (Vec<Row>, &'static str) {
    let anchor = record.sections[at].anchor.as_str();
    let passages = || {
        record
            .passages
            .iter()
            .filter(move |passage| passage.section == Some(at))
    };
    match kind {
        SectionKind::Quote => (quotes(record, anchor, passages()), "passages"),
        SectionKind::Prose => (prose(record, anchor, passages()), "items"),
        SectionKind::Papers => (papers(record, at), "papers"),
        _ => (items(record, at), "items"),
    }
}

/// Quotations, each with the paragraph that follows, which says who it was.
fn quotes<'p>(
    record: &Record,
    anchor: &str,
    passages: impl Iterator<Item = &'p Passage>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for passage in passages {
        if passage.quoted {
            rows.push(Row {
                title: passage.text.clone(),
                first: Place::new(record, anchor),
                ..Row::default()
            });
        } else if let Some(row) = rows.last_mut().filter(|row| row.note.is_empty()) {
            row.note = passage
                .text
                .trim_start_matches(['–', '—', '-', ' '])
                .to_owned();
            row.url = passage
                .links
                .first()
                .map(|(_, url)| url.clone())
                .unwrap_or_default();
        }
    }
    rows
}

/// The first paragraph with a link: what it is about, and the whole paragraph.
fn prose<'p>(
    record: &Record,
    anchor: &str,
    mut passages: impl Iterator<Item = &'p Passage>,
) -> Vec<Row> {
    let row = |passage: &Passage| {
        let (title, url) = passage.links.first()?;
        Some(Row {
            title: title.clone(),
            url: url.clone(),
            note: passage.text.clone(),
            first: Place::new(record, anchor),
            ..Row::default()
        })
    };
    passages.find_map(row).into_iter().collect()
}

fn papers(record: &Record, at: usize) -> Vec<Row> {
    let of_section = |anchor: &str| {
        let item = record.items.iter().find(|item| item.anchor == anchor);
        item.is_some_and(|item| item.section == Some(at))
    };
    let papers = record.papers.iter().filter(|one| of_section(&one.anchor));
    let row = |found: &super::record::RecordPaper| {
        let paper = &found.paper;
        let closes = paper.closes.map(|day| format!("until {day}"));
        let place = Some(paper.place.text.clone()).filter(|place| !place.is_empty());
        let said: Vec<String> = [closes, place].into_iter().flatten().collect();
        Row {
            title: paper.name.clone(),
            url: paper.url.clone(),
            note: said.join(" · "),
            first: Place::new(record, &found.anchor),
            ..Row::default()
        }
    };
    papers.map(row).collect()
}

fn items(record: &Record, at: usize) -> Vec<Row> {
    let items = record.items.iter().filter(|item| item.section == Some(at));
    let row = |item: &super::record::RecordItem| Row {
        title: item.title.clone(),
        url: item.url.clone(),
        note: item.note.clone(),
        first: Place::new(record, &item.anchor),
        ..Row::default()
    };
    items.map(row).collect()
}

/// Every host that an item led to, those first that were named most.
pub fn hosts(records: &[&Record]) -> List {
    let mut mentions = Mentions::default();
    for (at, record) in records.iter().enumerate() {
        for item in &record.items {
            mentions.add(host_of(&item.url), (at, &item.anchor));
        }
    }
    mentions.list(records, "Hosts", |host| format!("https://{host}/"))
}

/// Everybody whom an item names as author, those first that were named most.
pub fn authors(records: &[&Record]) -> List {
    let mut mentions = Mentions::default();
    for (at, record) in records.iter().enumerate() {
        for item in &record.items {
            for author in &item.authors {
                mentions.add(Cow::Borrowed(author), (at, &item.anchor));
            }
        }
    }
    mentions.list(records, "Authors", |_| String::new())
}

/// An item: the index of its issue, and its id.
type At<'r> = (usize, &'r str);

/// How often somebody was named, where first, where last.
struct Mention<'r> {
    count: usize,
    first: At<'r>,
    last: At<'r>,
}

#[derive(Default)]
struct Mentions<'r> {
    known: HashMap<Cow<'r, str>, Mention<'r>>,
}

impl<'r> Mentions<'r> {
    fn add(&mut self, name: Cow<'r, str>, at: At<'r>) {
        if name.is_empty() {
            return;
        }
        let new = Mention {
            count: 0,
            first: at,
            last: at,
        };
        let known = self.known.entry(name).or_insert(new);
        known.count += 1;
        known.last = at;
    }

    fn list(self, records: &[&Record], title: &str, url: impl Fn(&str) -> String) -> List {
        let mut known: Vec<_> = self.known.into_iter().collect();
        let all = known.len();
        known.sort_unstable_by(|(name, one), (other_name, other)| {
            let most = other.count.cmp(&one.count);
            most.then_with(|| name.cmp(other_name))
        });
        known.truncate(MOST);
        let place = |(at, anchor): At<'_>| Place::new(records[at], anchor);
        let rows = known.into_iter().map(|(name, mention)| Row {
            url: url(&name),
            title: name.into_owned(),
            note: String::new(),
            count: mention.count,
            first: place(mention.first),
            last: Some(place(mention.last)),
        });
        let rows: Vec<Row> = rows.collect();
        List {
            title: title.to_owned(),
            slug: crate::slug::slugify(title),
            form: "mentions",
            count: rows.len(),
            all,
            groups: vec![Group { year: None, rows }],
        }
    }
}
