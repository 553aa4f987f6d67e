//! The newsletter's life in numbers: what it held year by year, where it led, how long it was, who wrote it.

use super::record::{Record, host_of};
use crate::format::{Format, SectionKind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of an issue's making, from the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What one year gives to the numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct YearNumbers {
    issues: usize,
    items: usize,
    links: usize,
    events: usize,
    /// Items by section, which is an index into those of the format. A part of a section counts for the whole.
    sections: BTreeMap<usize, usize>,
    /// Events by the heading that their section has today.
    regions: BTreeMap<String, usize>,
}

impl YearNumbers {
    /// Counts what the issues of a year hold.
    pub fn new(records: &[&Record], format: &Format) -> YearNumbers {
        let title = |id: &str| {
            let spec = format.sections.iter().find(|spec| spec.id == id);
            spec.map(|spec| spec.title.clone())
        };
        let mut numbers = YearNumbers::default();
        for record in records {
            numbers.issues += 1;
            numbers.items += record.items.len();
            numbers.links += record.links;
            numbers.events += record.events.len();
            let specs = (0..record.sections.len()).map(|at| spec_of(record, at, format));
            let specs: Vec<Option<usize>> = specs.collect();
            for spec in record
                .items
                .iter()
                .filter_map(|item| specs.get(item.section?).copied().flatten())
            {
                *numbers.sections.entry(spec).or_default() += 1;
            }
            for event in &record.events {
                let section = event.section.map(|one| &record.sections[one]);
                let name = section.and_then(|one| one.id.as_deref().and_then(title));
                if let Some(name) = name {
                    *numbers.regions.entry(name).or_default() += 1;
                }
            }
        }
        numbers
    }
}

/// A year with what it gives.
#[derive(Clone, Debug)]
pub struct Year<'y> {
    /// The year.
    pub year: i16,
    /// What its issues hold.
    pub numbers: Cow<'y, YearNumbers>,
    /// The hosts that their items lead to, and how many do.
    pub hosts: Vec<(Cow<'y, str>, usize)>,
    /// The length of a typical issue (the median), in words.
    pub words: usize,
}

impl Statistics {
    /// Counts what issues hold; `making` is what is known of each, if the repository is at hand. Issues are oldest
    /// first.
    pub fn new(records: &[&Record], format: &Format, making: Option<&[Making]>) -> Statistics {
        let year = |record: &Record| record.head.date.year();
        let years = records.chunk_by(|one, other| year(one) == year(other));
        let years = years.map(|records| {
            let mut hosts: HashMap<Cow<'_, str>, usize> = HashMap::new();
            for item in records.iter().flat_map(|record| &record.items) {
                *hosts.entry(host_of(&item.url)).or_default() += 1;
            }
            hosts.remove("");
            Year {
                year: year(records[0]),
                numbers: Cow::Owned(YearNumbers::new(records, format)),
                hosts: hosts.into_iter().collect(),
                words: median(records.iter().map(|record| record.words).collect()),
            }
        });
        Statistics::of(&years.collect::<Vec<_>>(), format, making)
    }

    /// Puts together what the years give, oldest first.
    pub fn of(years: &[Year<'_>], format: &Format, making: Option<&[Making]>) -> Statistics {
        let span: Vec<i16> = match (years.first(), years.last()) {
            (Some(first), Some(last)) => (first.year..=last.year).collect(),
            _ => Vec::new(),
        };
        let counter = Counter {
            first: span.first().copied().unwrap_or_default(),
            span: span.len(),
            years,
        };
        let sum = |count: fn(&YearNumbers) -> usize| {
            let counts = years.iter().map(|year| count(&year.numbers));
            counts.sum()
        };
        let title = |at: usize| {
            let spec = format.sections.get(at);
            spec.map_or_else(String::new, |spec| spec.title.clone())
        };
        Statistics {
            issues: sum(|year| year.issues),
            items: sum(|year| year.items),
            links: sum(|year| year.links),
            events: sum(|year| year.events),
            issues_by_year: counter.by_year(|year| year.numbers.issues),
            items_by_year: counter.by_year(|year| year.numbers.items),
            words_by_year: counter.by_year(|year| year.words),
            sections: counter.series(|year| &year.sections, |at| title(*at)),
            regions: counter.series(|year| &year.regions, String::clone),
            hosts: hosts(years),
            hosts_lately: hosts(years.last().map(std::slice::from_ref).unwrap_or_default()),
            making: making.map(|making| counter.making(making)),
            years: span,
        }
    }
}

struct Counter<'a> {
    first: i16,
    /// Years from the first to the last; there may be some of which nothing is known.
    span: usize,
    years: &'a [Year<'a>],
}

impl Counter<'_> {
    fn at(&self, year: &Year<'_>) -> usize {
        usize::try_from(year.year - self.first).unwrap_or_default()
    }

    fn by_year(&self, number: impl Fn(&Year<'_>) -> usize) -> Vec<usize> {
        let mut numbers = vec![0; self.span];
        for year in self.years {
            numbers[self.at(year)] = number(year);
        }
        numbers
    }

    /// The largest rows of what the years count. What has no name, such as the editors' own links, which stand under no
    /// heading, is nothing to readers.
    fn series<'y, N: Ord + 'y>(
        &'y self,
        counts: impl Fn(&'y YearNumbers) -> &'y BTreeMap<N, usize>,
        name: impl Fn(&N) -> String,
    ) -> Vec<Series> {
        let mut rows: BTreeMap<&N, Vec<usize>> = BTreeMap::new();
        for year in self.years {
            for (one, count) in counts(&year.numbers) {
                rows.entry(one).or_insert_with(|| vec![0; self.span])[self.at(year)] += count;
            }
        }
        let named = rows.into_iter().map(|(one, counts)| (name(one), counts));
        largest(
            named.filter(|(name, _)| !name.is_empty()),
            SECTIONS,
            self.span,
        )
    }

    fn making(&self, making: &[Making]) -> MakingByYear {
        let mut people = vec![BTreeSet::new(); self.span];
        let mut people_an_issue = vec![0; self.span];
        let mut corrections = vec![0; self.span];
        let mut rest = making;
        for year in self.years {
            let of_year;
            (of_year, rest) = rest.split_at(year.numbers.issues.min(rest.len()));
            let at = self.at(year);
            people[at].extend(of_year.iter().flat_map(|one| &one.contributors));
            corrections[at] = of_year.iter().map(|one| one.corrections).sum();
            let counts = of_year.iter().map(|one| one.contributors.len());
            people_an_issue[at] = median(counts.collect());
        }
        let everybody: BTreeSet<&&String> = people.iter().flatten().collect();
        MakingByYear {
            everybody: everybody.len(),
            people_an_issue,
            people: people.iter().map(BTreeSet::len).collect(),
            corrections,
        }
    }
}

/// The hosts that most items of some years led to.
fn hosts(years: &[Year<'_>]) -> Vec<(String, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (host, count) in years.iter().flat_map(|year| &year.hosts) {
        *counts.entry(host).or_default() += count;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(host, one), (other_host, other)| {
        other.cmp(one).then_with(|| host.cmp(other_host))
    });
    counts.truncate(HOSTS);
    let owned = |(host, count): (&str, usize)| (host.to_owned(), count);
    counts.into_iter().map(owned).collect()
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
