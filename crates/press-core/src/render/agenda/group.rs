//! Events by where they are: regions as the newsletter has them, countries, and what one can take part in on line.

use super::{Agenda, Entry};
use crate::format::{Format, SectionKind};
use crate::issue::PlaceMode;
use crate::places;
use crate::slug::slugify;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// By what events belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// All of them.
    All,
    /// A section below that of events.
    Region,
    /// That one can take part on line.
    OnLine,
    /// The country.
    Country,
}

/// Events that belong together.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// By what.
    pub kind: GroupKind,
    /// Its part of addresses.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// Its events to come, by day.
    pub ahead: Vec<&'a Entry>,
    /// Its last event that is over.
    pub last: Option<&'a Entry>,
}

impl<'a> Group<'a> {
    fn new(kind: GroupKind, slug: String, title: &str) -> Group<'a> {
        Group {
            kind,
            slug,
            title: title.to_owned(),
            ahead: Vec::new(),
            last: None,
        }
    }

    /// Takes in an event; they come by day.
    fn take(&mut self, entry: &'a Entry, today: Date) {
        if entry.facts.end >= today {
            self.ahead.push(entry);
        } else {
            self.last = Some(entry);
        }
    }

    /// What its calendar holds: what is to come, or else the last event, since a calendar without events is none.
    pub fn listed(&self) -> Vec<&'a Entry> {
        match (self.ahead.is_empty(), self.last) {
            (true, Some(last)) => vec![last],
            _ => self.ahead.clone(),
        }
    }

    /// Whether there is anything in it.
    fn is_some(&self) -> bool {
        !self.ahead.is_empty() || self.last.is_some()
    }
}

/// All groups of a newsletter's events.
#[derive(Clone, Debug)]
pub struct Groups<'a> {
    /// All events.
    pub all: Group<'a>,
    /// The sections below the section of events, in the newsletter's order.
    pub regions: Vec<Group<'a>>,
    /// What can be taken part in on line, where no region says so.
    pub on_line: Option<Group<'a>>,
    /// Countries by their names.
    pub countries: Vec<Group<'a>>,
}

impl<'a> Groups<'a> {
    /// All of them, the largest first.
    pub fn each(&self) -> impl Iterator<Item = &Group<'a>> {
        let all = std::iter::once(&self.all);
        all.chain(&self.regions)
            .chain(&self.on_line)
            .chain(&self.countries)
    }
}

/// What had no event for so many days has no page and no calendar.
const QUIET_DAYS: i64 = 730;

/// Names that addresses below that of the events have already.
const TAKEN: [&str; 4] = ["all", "virtual", "countries", "event"];

impl Agenda {
    /// The events in their groups.
    pub fn groups(&self, format: &Format) -> Groups<'_> {
        let today = self.today.unwrap_or_default();
        let since = today.saturating_sub(QUIET_DAYS.days());
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        super::by_day(&mut entries);
        let mut all = Group::new(GroupKind::All, "all".to_owned(), "All events");
        for entry in &entries {
            all.take(entry, today);
        }
        entries.retain(|entry| entry.facts.end >= since);
        let mut groups = Groups {
            all,
            regions: Vec::new(),
            on_line: None,
            countries: countries(&entries, today),
        };
        let mut taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
        let mut on_line = false;
        for spec in regions(format) {
            let is_on_line = is_on_line(&spec.id) || is_on_line(&spec.title);
            let slug = match is_on_line && !on_line {
                true => "virtual".to_owned(),
                false => slugify(&spec.title),
            };
            on_line |= is_on_line;
            if slug.is_empty() || (slug != "virtual" && !taken.insert(slug.clone())) {
                continue;
            }
            let mut region = Group::new(GroupKind::Region, slug, &spec.title);
            for entry in entries
                .iter()
                .filter(|entry| entry.facts.sections.contains(&spec.id))
            {
                region.take(entry, today);
            }
            groups.regions.push(region);
        }
        groups.regions.retain(Group::is_some);
        if !on_line {
            let mut group = Group::new(GroupKind::OnLine, "virtual".to_owned(), "Virtual");
            let virtual_ones = |entry: &&&Entry| entry.facts.place.mode != PlaceMode::InPerson;
            for entry in entries.iter().filter(virtual_ones) {
                group.take(entry, today);
            }
            groups.on_line = Some(group).filter(Group::is_some);
        }
        groups
    }
}

fn countries<'a>(entries: &[&'a Entry], today: Date) -> Vec<Group<'a>> {
    let mut countries: BTreeMap<&str, Group<'a>> = BTreeMap::new();
    for entry in entries {
        let Some(name) = entry.facts.country().and_then(places::country_name) else {
            continue;
        };
        let country = countries.entry(name);
        let country =
            country.or_insert_with(|| Group::new(GroupKind::Country, slugify(name), name));
        country.take(entry, today);
    }
    countries.into_values().collect()
}

/// The sections below sections of events.
pub fn regions(format: &Format) -> impl Iterator<Item = &crate::format::SectionSpec> {
    let is_events = |index: usize| format.sections[index].kind == SectionKind::Events;
    let below = move |spec: &&crate::format::SectionSpec| {
        spec.kind == SectionKind::Events && spec.parent.is_some_and(is_events)
    };
    format.sections.iter().filter(below)
}

fn is_on_line(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("virtual") || words.contains("online")
}
