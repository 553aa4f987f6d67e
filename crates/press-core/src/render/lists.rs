//! Lists through time: all libraries of the week, all quotes, all calls for papers, and where readers were led: hosts
//! and authors with their first and last mention.

use super::record::{Passage, Record, host_of};
use super::site::IssueHead;
use crate::format::SectionKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What the rows of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Texts, such as quotations.
    Passages,
    /// Items.
    Items,
    /// Calls for papers.
    Papers,
    /// Hosts or people, with how often they were named.
    Mentions,
}

/// A list through time, as its page is given it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct List {
    /// What it is called.
    pub title: String,
    /// Its part of addresses.
    pub slug: String,
    /// What its rows are.
    pub form: Form,
    /// Number of rows that are shown.
    pub count: usize,
    /// Number of rows there are.
    pub all: usize,
    /// The rows by year, newest first; what is no matter of years is in one group without year.
    pub groups: Vec<Group>,
}

/// Rows of one year.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Group {
    /// The year.
    pub year: Option<i16>,
    /// Its rows, newest first.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// What the issue is called for short: `No. 53`, or its title.
    pub issue: String,
    /// The place's address.
    pub url: String,
    /// The day, `2026-02-25`.
    pub date: String,
}

impl Place {
    fn new(head: &IssueHead, anchor: &str) -> Place {
        Place {
            issue: head
                .number
                .map_or_else(|| head.title.clone(), |number| format!("No. {number}")),
            url: head.address(anchor),
            date: head.date.to_string(),
        }
    }
}

/// Most rows of hosts and authors: beyond that nobody reads on, and the page grows without end.
const MOST: usize = 1_000;

/// What one year gives to the lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct YearLists {
    /// For each of the sections that have a list.
    sections: Vec<Part>,
    hosts: Vec<Mention>,
    authors: Vec<Mention>,
}

/// What a year gives to the list of one section.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Part {
    /// None in a year without such a section.
    form: Option<Form>,
    /// Newest first.
    rows: Vec<Row>,
}

/// How often somebody was named in a year, where first, where last.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mention {
    name: String,
    count: usize,
    first: At<String>,
    last: At<String>,
}

/// An item: the index of its issue in the year, and its id there.
type At<T> = (usize, T);

impl YearLists {
    /// What the issues of a year, oldest first, give to the lists of the sections with these ids.
    pub fn new(records: &[&Record], ids: &[&str]) -> YearLists {
        let mut hosts = Mentions::default();
        let mut authors = Mentions::default();
        for (issue, record) in records.iter().enumerate() {
            for item in &record.items {
                let at = (issue, item.anchor.as_str());
                hosts.add(host_of(&item.url), (1, at, at));
                for author in &item.authors {
                    authors.add(Cow::Borrowed(author), (1, at, at));
                }
            }
        }
        YearLists {
            sections: ids.iter().map(|id| Part::new(records, id)).collect(),
            hosts: hosts.of_year(),
            authors: authors.of_year(),
        }
    }

    /// The hosts that items of the year led to, and how many did.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, usize)> {
        let hosts = self.hosts.iter();
        hosts.map(|host| (host.name.as_str(), host.count))
    }
}

impl Part {
    fn new(records: &[&Record], id: &str) -> Part {
        let mut part = Part::default();
        for record in records.iter().rev() {
            for (at, section) in record.sections.iter().enumerate() {
                if section.id.as_deref() == Some(id) {
                    let (found, form) = of_one(record, at, section.kind);
                    part.rows.extend(found);
                    part.form = Some(form);
                }
            }
        }
        part
    }
}

/// A year with what it gives.
#[derive(Clone, Copy, Debug)]
pub struct Year<'y> {
    /// The year.
    pub year: i16,
    /// Its issues, oldest first.
    pub heads: &'y [&'y IssueHead],
    /// What they give.
    pub lists: &'y YearLists,
}

/// What the section at `at`, among those that [`YearLists::new`] was given, held through time. `years` are oldest first.
pub fn of_section(years: &[Year<'_>], at: usize, title: &str) -> List {
    let mut form = Form::Items;
    let mut groups: Vec<Group> = Vec::new();
    for year in years.iter().rev() {
        let Some(part) = year.lists.sections.get(at) else {
            continue;
        };
        form = part.form.unwrap_or(form);
        if !part.rows.is_empty() {
            groups.push(Group {
                year: Some(year.year),
                rows: part.rows.clone(),
            });
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
fn of_one(record: &Record, at: usize, kind: SectionKind) -> (Vec<Row>, Form) {
    let anchor = record.sections[at].anchor.as_str();
    let passages = || {
        record
            .passages
            .iter()
            .filter(move |passage| passage.section == Some(at))
    };
    match kind {
        SectionKind::Quote => (quotes(record, anchor, passages()), Form::Passages),
        SectionKind::Prose => (prose(record, anchor, passages()), Form::Items),
        SectionKind::Papers => (papers(record, at), Form::Papers),
        _ => (items(record, at), Form::Items),
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
                first: Place::new(&record.head, anchor),
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
            first: Place::new(&record.head, anchor),
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
            first: Place::new(&record.head, &found.anchor),
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
        first: Place::new(&record.head, &item.anchor),
        ..Row::default()
    };
    items.map(row).collect()
}

/// Every host that an item led to, those first that were named most.
pub fn hosts(years: &[Year<'_>]) -> List {
    let url = |host: &str| format!("https://{host}/");
    Mentions::of_years(years, |lists| &lists.hosts).list(years, "Hosts", url)
}

/// Everybody whom an item names as author, those first that were named most.
pub fn authors(years: &[Year<'_>]) -> List {
    let url = |_: &str| String::new();
    Mentions::of_years(years, |lists| &lists.authors).list(years, "Authors", url)
}

/// How often somebody was named, where first, where last; `A` is a place.
type Count<A> = (usize, A, A);

/// Who was named.
struct Mentions<'r, A> {
    known: HashMap<Cow<'r, str>, Count<A>>,
}

impl<A> Default for Mentions<'_, A> {
    fn default() -> Self {
        Mentions {
            known: HashMap::new(),
        }
    }
}

impl<'r, A> Mentions<'r, A> {
    fn add(&mut self, name: Cow<'r, str>, (count, first, last): Count<A>) {
        if name.is_empty() {
            return;
        }
        match self.known.entry(name) {
            Entry::Occupied(known) => {
                let known = known.into_mut();
                known.0 += count;
                known.2 = last;
            }
            Entry::Vacant(new) => drop(new.insert((count, first, last))),
        }
    }
}

impl Mentions<'_, At<&str>> {
    fn of_year(self) -> Vec<Mention> {
        let owned = |(issue, anchor): At<&str>| (issue, anchor.to_owned());
        let known = self.known.into_iter();
        let mention = known.map(|(name, (count, first, last))| Mention {
            name: name.into_owned(),
            count,
            first: owned(first),
            last: owned(last),
        });
        mention.collect()
    }
}

impl<'y> Mentions<'y, (usize, &'y At<String>)> {
    fn of_years(
        years: &[Year<'y>],
        of: impl Fn(&'y YearLists) -> &'y [Mention],
    ) -> Mentions<'y, (usize, &'y At<String>)> {
        let mut mentions = Mentions::default();
        for (at, year) in years.iter().enumerate() {
            for one in of(year.lists) {
                let count = (one.count, (at, &one.first), (at, &one.last));
                mentions.add(Cow::Borrowed(&one.name), count);
            }
        }
        mentions
    }

    fn list(self, years: &[Year<'_>], title: &str, url: impl Fn(&str) -> String) -> List {
        let mut known: Vec<_> = self.known.into_iter().collect();
        let all = known.len();
        known.sort_unstable_by(|(name, one), (other_name, other)| {
            let most = other.0.cmp(&one.0);
            most.then_with(|| name.cmp(other_name))
        });
        known.truncate(MOST);
        let place = |(year, (issue, anchor)): (usize, &At<String>)| {
            let head = years[year].heads.get(*issue);
            head.map_or_else(Place::default, |head| Place::new(head, anchor))
        };
        let rows = known.into_iter().map(|(name, (count, first, last))| Row {
            url: url(&name),
            title: name.into_owned(),
            note: String::new(),
            count,
            first: place(first),
            last: Some(place(last)),
        });
        let rows: Vec<Row> = rows.collect();
        List {
            title: title.to_owned(),
            slug: crate::slug::slugify(title),
            form: Form::Mentions,
            count: rows.len(),
            all,
            groups: vec![Group { year: None, rows }],
        }
    }
}
