//! The newsletter's life in numbers: what it held year by year, where it led, how long it was, who wrote it.

use super::record::{Record, host_of};
use crate::format::{Format, SectionKind};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of an issue's making, from the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Making {
    /// Everybody who changed its text.
    pub contributors: BTreeSet<String>,
    /// Changes after the day of publication.
    pub corrections: usize,
}

/// All numbers of a newsletter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// Published issues.
    pub issues: usize,
    /// Entries of lists with a link.
    pub items: usize,
    /// Links.
    pub links: usize,
    /// Events, each counted once for every issue that tells of it.
    pub events: usize,
    /// The years, in order, without gaps.
    pub years: Vec<i16>,
    /// Issues of each year.
    pub issues_by_year: Vec<usize>,
    /// Items of each year.
    pub items_by_year: Vec<usize>,
    /// The length of a year's typical issue (the median), in words.
    pub words_by_year: Vec<usize>,
    /// Items of each section and year: those sections that had most, and all others as one.
    pub sections: Vec<Series>,
    /// Events of each region and year.
    pub regions: Vec<Series>,
    /// Hosts that were linked most, in all years.
    pub hosts: Vec<(String, usize)>,
    /// The same in the last year.
    pub hosts_lately: Vec<(String, usize)>,
    /// What is known from the repository; nothing where there is none.
    pub making: Option<MakingByYear>,
}

/// A row of numbers, one for each year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series {
    /// What is counted.
    pub name: String,
    /// The numbers.
    pub counts: Vec<usize>,
}

impl Series {
    /// The sum of all years.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// How the issues of the years were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MakingByYear {
    /// Different people of each year.
    pub people: Vec<usize>,
    /// People who made a year's typical issue (the median).
    pub people_an_issue: Vec<usize>,
    /// Changes after publication.
    pub corrections: Vec<usize>,
    /// Everybody, all years.
    pub everybody: usize,
}

/// Sections that have a row of their own.
const SECTIONS: usize = 8;
/// Hosts that are named.
const HOSTS: usize = 20;

impl Statistics {
    /// Counts what issues hold; `making` is what is known of each, if the repository is at hand. Issues are oldest
    /// first.
    pub fn new(records: &[&Record], format: &Format, making: Option<&[Making]>) -> Statistics {
        let year = |record: &&&Record| record.head.date.year();
        let years = match (records.first(), records.last()) {
            (Some(first), Some(last)) => (year(&first)..=year(&last)).collect(),
            _ => Vec::new(),
        };
        let counter = Counter {
            first: years.first().copied().unwrap_or_default(),
            years: years.len(),
            records,
        };
        let last = years.last().copied();
        Statistics {
            issues: records.len(),
            items: records.iter().map(|record| record.items.len()).sum(),
            links: records.iter().map(|record| record.links).sum(),
            events: records.iter().map(|record| record.events.len()).sum(),
            issues_by_year: counter.sums(|_| 1),
            items_by_year: counter.sums(|record| record.items.len()),
            words_by_year: counter.medians(|at| records[at].words),
            sections: counter.sections(format),
            regions: counter.regions(format),
            hosts: counter.hosts(None),
            hosts_lately: counter.hosts(last),
            making: making.map(|making| counter.making(making)),
            years,
        }
    }
}

struct Counter<'a> {
    first: i16,
    years: usize,
    records: &'a [&'a Record],
}

impl Counter<'_> {
    fn year(&self, at: usize) -> usize {
        usize::try_from(self.records[at].head.date.year() - self.first).unwrap_or_default()
    }

    fn sums(&self, count: impl Fn(&Record) -> usize) -> Vec<usize> {
        let mut sums = vec![0; self.years];
        for (at, record) in self.records.iter().enumerate() {
            sums[self.year(at)] += count(record);
        }
        sums
    }

    fn medians(&self, number: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut all = vec![Vec::new(); self.years];
        for at in 0..self.records.len() {
            all[self.year(at)].push(number(at));
        }
        all.into_iter().map(median).collect()
    }

    /// Items by section, under the heading that a section has today. A part of a section counts for the whole.
    fn sections(&self, format: &Format) -> Vec<Series> {
        let mut counts: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, record) in self.records.iter().enumerate() {
            let year = self.year(at);
            for item in &record.items {
                let Some(spec) = item.section.and_then(|one| spec_of(record, one, format)) else {
                    continue;
                };
                counts.entry(spec).or_insert_with(|| vec![0; self.years])[year] += 1;
            }
        }
        let named = counts
            .into_iter()
            .map(|(spec, counts)| (format.sections[spec].title.clone(), counts))
            // What stands under no heading, such as the editors' own links, is no section to readers.
            .filter(|(title, _)| !title.is_empty());
        largest(named, SECTIONS, self.years)
    }

    /// Events by the section in which they stand.
    fn regions(&self, format: &Format) -> Vec<Series> {
        let title = |id: &str| {
            let spec = format.sections.iter().find(|spec| spec.id == id);
            spec.map(|spec| spec.title.clone())
        };
        let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, record) in self.records.iter().enumerate() {
            let year = self.year(at);
            for event in &record.events {
                let section = event.section.map(|one| &record.sections[one]);
                let name = section.and_then(|one| one.id.as_deref().and_then(title));
                let Some(name) = name else { continue };
                counts.entry(name).or_insert_with(|| vec![0; self.years])[year] += 1;
            }
        }
        largest(counts.into_iter(), SECTIONS, self.years)
    }

    fn hosts(&self, year: Option<i16>) -> Vec<(String, usize)> {
        let wanted = |record: &&&Record| year.is_none_or(|year| record.head.date.year() == year);
        let mut counts: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for record in self.records.iter().filter(wanted) {
            for item in &record.items {
                *counts.entry(host_of(&item.url)).or_default() += 1;
            }
        }
        counts.remove("");
        let mut counts: Vec<(Cow<'_, str>, usize)> = counts.into_iter().collect();
        counts.sort_unstable_by(|(host, one), (other_host, other)| {
            other.cmp(one).then_with(|| host.cmp(other_host))
        });
        counts.truncate(HOSTS);
        let owned = |(host, count): (Cow<'_, str>, usize)| (host.into_owned(), count);
        counts.into_iter().map(owned).collect()
    }

    fn making(&self, making: &[Making]) -> MakingByYear {
        let mut people = vec![BTreeSet::new(); self.years];
        let mut corrections = vec![0; self.years];
        for (at, one) in making.iter().enumerate().take(self.records.len()) {
            people[self.year(at)].extend(&one.contributors);
            corrections[self.year(at)] += one.corrections;
        }
        let everybody: BTreeSet<&&String> = people.iter().flatten().collect();
        MakingByYear {
            everybody: everybody.len(),
            people_an_issue: self
                .medians(|at| making.get(at).map_or(0, |one| one.contributors.len())),
            people: people.iter().map(BTreeSet::len).collect(),
            corrections,
        }
    }
}

/// The number in the middle; the larger one of two.
pub fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The section that counts for an item: the outermost that is no mere group, or its own.
fn spec_of(record: &Record, section: usize, format: &Format) -> Option<usize> {
    let mut at = Some(section);
    let mut found = None;
    while let Some(section) = at.and_then(|at| record.sections.get(at)) {
        let id = section.id.as_deref();
        let spec = format
            .sections
            .iter()
            .position(|spec| Some(spec.id.as_str()) == id);
        let counts = spec.filter(|spec| format.sections[*spec].kind != SectionKind::Group);
        found = counts.or(found);
        at = section.parent;
    }
    found
}

/// The largest rows, and all others as one.
fn largest(
    rows: impl Iterator<Item = (String, Vec<usize>)>,
    most: usize,
    years: usize,
) -> Vec<Series> {
    let series = rows.map(|(name, counts)| Series { name, counts });
    let mut series: Vec<Series> = series.collect();
    series.sort_by(|one, other| {
        other
            .total()
            .cmp(&one.total())
            .then_with(|| one.name.cmp(&other.name))
    });
    if series.len() > most + 1 {
        let rest = series.split_off(most);
        let sum = |at: usize| rest.iter().map(|one| one.counts[at]).sum();
        series.push(Series {
            name: "Others".to_owned(),
            counts: (0..years).map(sum).collect(),
        });
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Definitions, SectionSpec};
    use crate::issue::{Document, Issue, Source};
    use crate::render::record::anchors;
    use crate::render::site::IssueHead;

    fn format() -> Format {
        let links = SectionSpec::new("links", SectionKind::Links, "Links");
        let events = SectionSpec::new("events", SectionKind::Events, "Events");
        let mut north = SectionSpec::new("north", SectionKind::Events, "North");
        north.parent = Some(1);
        let editors = SectionSpec::new("editors", SectionKind::Editors, "");
        let editors = editors.with_openings(["Edited by"]);
        Format::new(
            vec![links, events, north, editors],
            Vec::new(),
            Definitions::First,
        )
    }

    fn record(year: i16, body: &str) -> Record {
        let text = format!("Title: X\nDate: {year}-02-04\n\n{body}");
        let source = Source::new(&text, Definitions::First);
        let document = Document::parse(&source);
        let head = IssueHead {
            title: "X".to_owned(),
            number: None,
            date: jiff::civil::date(year, 2, 4),
            modified: None,
            url: "/x/".to_owned(),
            category: None,
            draft: false,
        };
        let issue = Issue::read(&document, &format());
        Record::new(&document, &issue, &anchors(&issue), head)
    }

    #[test]
    fn years_are_counted_without_gaps() {
        let first = record(
            2023,
            "## Links\n\n* [a](https://a.example/1)\n* [b](https://www.b.example/1)\n\n## Strange\n\n* [c](https://a.example/2)\n",
        );
        let later = "## Events\n\n### North\n\n* 2025-03-01 | Oslo, NO | [Gulls](https://gulls.example)\n  * [Night](https://gulls.example/1)\n\nEdited by\n\n* [Ada](https://ada.example)\n";
        let last = record(2025, later);
        let making = |names: &[&str], corrections| Making {
            contributors: names.iter().map(|name| (*name).to_owned()).collect(),
            corrections,
        };
        let made = [making(&["Ada", "Bob"], 2), making(&["Ada"], 0)];
        let numbers = Statistics::new(&[&first, &last], &format(), Some(&made));
        assert_eq!(numbers.years, [2023, 2024, 2025]);
        assert_eq!(numbers.issues_by_year, [1, 0, 1]);
        assert_eq!(numbers.items_by_year, [3, 0, 3]);
        let shown: Vec<_> = numbers
            .sections
            .iter()
            .map(|one| (one.name.as_str(), one.counts.clone()))
            .collect();
        // A part of a section counts for the whole, and so does what stands under a heading that nobody knows; the
        // editors' own links stand under none.
        assert_eq!(shown, [("Links", vec![3, 0, 0]), ("Events", vec![0, 0, 2])]);
        assert_eq!(numbers.regions[0].name, "North");
        assert_eq!(numbers.hosts[0], ("a.example".to_owned(), 2));
        assert_eq!(numbers.hosts_lately[0], ("gulls.example".to_owned(), 2));
        let making = numbers.making.expect("the repository is at hand");
        assert_eq!(
            (making.people, making.everybody, making.corrections),
            (vec![2, 0, 1], 2, vec![2, 0, 0])
        );
    }

    #[test]
    fn nothing_published_is_nothing_counted() {
        assert_eq!(Statistics::new(&[], &format(), None), Statistics::default());
    }
}
