//! All events that the issues ever told of, each once: what calendars and the pages of events are made of.
//!
//! An issue lists an event anew each week until it is over, perhaps in two sections, perhaps on another day than
//! before. Issues are read from the oldest to the newest, and what is known after one never depends on later ones: so an
//! event's id and its count of changes are the same in every build.

mod called_off;
pub mod group;
pub mod page;
mod told;

use super::record::{Record, hashed};
use crate::canonical::canonical;
use crate::issue::{Organiser, Place, PlaceMode};
use crate::places;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};
use told::Told;

/// All events, and the day on which the newest issue looks ahead.
#[derive(Debug, Default)]
pub struct Agenda {
    /// In the order in which issues told of them.
    pub entries: Vec<Entry>,
    /// The day of the newest issue.
    pub today: Option<Date>,
}

/// An event as it is known after all issues.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is known by, for ever.
    pub id: String,
    /// What it is.
    pub facts: Facts,
    /// How often the facts changed: `SEQUENCE` of RFC 5545.
    pub changes: u32,
    /// The first day of the last change, or of the first telling.
    pub changed: Date,
    /// Where it was told of first.
    pub first: Line,
    /// Where was told last what holds now.
    pub latest: Line,
    /// The days for which it was announced, each with the id under which issues link to it on the page of the month. The
    /// same day stands here twice if its page has another address now.
    pub announced: Vec<(Date, String)>,
}

impl Entry {
    /// The day for which it was announced last before it was moved.
    pub fn moved_from(&self) -> Option<Date> {
        let days = self.announced.iter().rev().map(|(day, _)| *day);
        days.into_iter().find(|day| *day != self.facts.date)
    }
}

/// A line of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The issue, as an index into the records.
    pub issue: usize,
    /// The id of the line; empty if it has none.
    pub anchor: String,
}

/// What an issue tells of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Who holds it.
    pub organisers: Vec<Organiser>,
    /// Where.
    pub place: Place,
    /// Whether it costs money.
    pub paid: bool,
    /// The first day.
    pub date: Date,
    /// The last day, which may be the first.
    pub end: Date,
    /// The ids of the sections that list it.
    pub sections: Vec<String>,
    /// Why it does not take place, if it does not.
    pub off: Option<Off>,
}

/// How issues tell that an event does not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// Its title says so.
    Said,
    /// An issue that covers its day lists it no longer.
    Gone,
}

impl Facts {
    /// Whether the two may be one event that changed its page.
    fn is_like(&self, other: &Facts) -> bool {
        let known = |one: &Organiser| {
            let mut others = other.organisers.iter();
            let page = |organiser: &Organiser| page_key(&organiser.url);
            others.any(|other| {
                one.name.eq_ignore_ascii_case(&other.name)
                    || (!one.url.is_empty() && page(one) == page(other))
            })
        };
        self.title.eq_ignore_ascii_case(&other.title) || self.organisers.iter().any(known)
    }

    /// Whether somebody who noted the one should hear of the other. How addresses are written does not matter.
    fn differ(&self, other: &Facts) -> bool {
        let (own, others) = (self.organisers.iter(), other.organisers.iter());
        let same = own
            .map(|group| &group.name)
            .eq(others.map(|group| &group.name));
        let words = (&self.title, &self.place, &self.sections);
        let told = (self.date, self.end, self.paid, self.off);
        words != (&other.title, &other.place, &other.sections)
            || told != (other.date, other.end, other.paid, other.off)
            || !same
    }

    /// The code of the country in which people come together; none on line, or if nobody can tell.
    pub fn country(&self) -> Option<&'static str> {
        if self.place.mode == PlaceMode::Virtual {
            return None;
        }
        let code = places::country_code(self.place.country.as_deref()?)?;
        // `San Francisco, CA` is not in Canada.
        let state = self.place.state.is_none()
            && places::has_states(code)
            && !places::countries_of_state(code).is_empty();
        let lies = places::regions_of(code);
        let named = self
            .sections
            .iter()
            .flat_map(|id| places::regions_named(id));
        let named: Vec<places::Region> = named.collect();
        let fits = named.is_empty() || named.iter().any(|region| lies.contains(region));
        (!state && fits).then_some(code)
    }
}

/// The id of an event's line on the page of the month, as far as one issue knows it.
pub fn anchor(url: &str, date: Date) -> String {
    anchor_of(&page_key(url), date)
}

fn anchor_of(page: &str, date: Date) -> String {
    let words = format!("{page}\n{date}");
    format!("e-{}", hashed(words.as_bytes(), 7))
}

/// The address of the page of a date's month, below that of events.
pub fn month_address(below: &str, date: Date) -> String {
    format!("{below}{:04}-{:02}/", date.year(), date.month())
}

/// What an event's page is compared by.
fn page_key(url: &str) -> String {
    canonical(url).to_lowercase()
}

/// Some issues leave out what takes place on the next days: before so many are over, nothing is missed.
const LEFT_OUT_DAYS: i32 = 3;

/// A moved event of a series is looked for so many days around its old day, since the next one is not far.
const NEAR_DAYS: i32 = 3;

impl Agenda {
    /// The events of issues, oldest first. An issue lists those of `window_days`.
    pub fn of(records: &[&Record], window_days: i32) -> Agenda {
        let mut fold = Fold {
            window_days,
            ..Fold::default()
        };
        for (issue, record) in records.iter().enumerate() {
            fold.read(issue, record);
        }
        Agenda {
            entries: fold.entries,
            today: records.last().map(|record| record.head.date),
        }
    }

    /// The events that were not over on the day of the newest issue, by day.
    pub fn ahead(&self) -> Vec<&Entry> {
        let Some(today) = self.today else {
            return Vec::new();
        };
        let ahead = self.entries.iter();
        let mut ahead: Vec<&Entry> = ahead.filter(|entry| entry.facts.end >= today).collect();
        by_day(&mut ahead);
        ahead
    }
}

/// Brings events into the order of their days.
pub fn by_day(entries: &mut [&Entry]) {
    entries.sort_by(|one, other| {
        let key = |entry: &Entry| (entry.facts.date, entry.facts.end);
        let words = |entry: &Entry| (entry.facts.place.text.clone(), entry.facts.title.clone());
        key(one)
            .cmp(&key(other))
            .then_with(|| words(one).cmp(&words(other)))
            .then_with(|| one.id.cmp(&other.id))
    });
}

/// What is known after the issues that were read so far.
#[derive(Default)]
struct Fold {
    window_days: i32,
    entries: Vec<Entry>,
    /// The events of each page.
    pages: HashMap<String, Vec<usize>>,
    ids: HashSet<String>,
    /// Those that were not over when the last issue appeared.
    ahead: Vec<usize>,
}

impl Fold {
    fn read(&mut self, issue: usize, record: &Record) {
        let today = record.head.date;
        let mut pages: BTreeMap<String, Vec<Told>> = BTreeMap::new();
        for told in told::of(record) {
            let days = pages.entry(told.page.clone()).or_default();
            match days
                .iter_mut()
                .find(|day| day.facts.date == told.facts.date)
            {
                Some(day) => day.join(told),
                None => days.push(told),
            }
        }
        let days = pages.values().flatten().map(|told| told.facts.date);
        let to_come: Vec<Date> = days.filter(|date| *date > today).collect();
        let first = to_come.iter().min().copied().unwrap_or(today);
        let now = Now {
            issue,
            today,
            first: first.min(today.saturating_add(LEFT_OUT_DAYS.days())),
            changed: record.head.last_day(),
        };
        let listed = self.take_over(pages, now);
        self.ahead.retain(|at| self.entries[*at].facts.end >= today);
        if let Some(last) = to_come.iter().max() {
            self.cancel(now, *last, &listed);
        }
    }

    /// Takes over what an issue tells: of events that stand as they stood, then of those that are on another day, then
    /// of those that have another page, and what is left is new. Gives the events that it lists.
    fn take_over(&mut self, pages: BTreeMap<String, Vec<Told>>, now: Now) -> HashSet<usize> {
        let mut listed = HashSet::new();
        let mut left = Vec::new();
        for told in pages.into_values() {
            let single = told.len() == 1;
            for told in told {
                match self.on_its_day(&told) {
                    Some(at) => {
                        listed.insert(at);
                        self.update(at, told, now);
                    }
                    None => left.push((told, single)),
                }
            }
        }
        let mut new = Vec::new();
        for (told, single) in left {
            match self.moved(&told, now, single, &listed) {
                Some(at) => {
                    listed.insert(at);
                    self.update(at, told, now);
                }
                None => new.push(told),
            }
        }
        for told in new {
            let at = match self.twin(&told, &listed) {
                Some(at) => {
                    let events = self.pages.entry(told.page.clone()).or_default();
                    events.push(at);
                    self.update(at, told, now);
                    at
                }
                None => self.add(told, now),
            };
            listed.insert(at);
        }
        listed
    }

    fn of_page(&self, page: &str) -> &[usize] {
        self.pages.get(page).map_or(&[], Vec::as_slice)
    }

    fn on_its_day(&self, told: &Told) -> Option<usize> {
        let known = self.of_page(&told.page).iter().rev();
        let mut same = known.filter(|at| self.entries[**at].facts.date == told.facts.date);
        same.next().copied()
    }

    /// The event that `told` is, on another day: the only one of its page, or one of a series that is no longer where it
    /// was a few days away.
    fn moved(&self, told: &Told, now: Now, single: bool, listed: &HashSet<usize>) -> Option<usize> {
        let known = self.of_page(&told.page);
        let waits = |at: &usize| {
            let entry = &self.entries[*at];
            // What was called off may come back when its first day is over, but a series just goes on.
            let back = entry.facts.off.is_some() && known.len() == 1;
            !listed.contains(at) && (entry.facts.date >= now.first || back)
        };
        let waiting: Vec<usize> = known.iter().copied().filter(waits).collect();
        if let ([only], true) = (waiting.as_slice(), single) {
            return Some(*only);
        }
        let distance = |at: &usize| {
            (self.entries[*at].facts.date - told.facts.date)
                .get_days()
                .abs()
        };
        let nearest = waiting.into_iter().min_by_key(distance);
        nearest.filter(|at| distance(at) <= NEAR_DAYS)
    }

    /// The event that `told` is, on another page: on the same day, no longer listed where it was, and of the same name or
    /// group. Some sites give an evening of a series another address once it is announced.
    fn twin(&self, told: &Told, listed: &HashSet<usize>) -> Option<usize> {
        let same = |at: &&usize| {
            let facts = &self.entries[**at].facts;
            !listed.contains(*at) && facts.date == told.facts.date && facts.is_like(&told.facts)
        };
        self.ahead.iter().find(same).copied()
    }

    fn update(&mut self, at: usize, told: Told, now: Now) {
        let entry = &mut self.entries[at];
        let mut facts = told.facts;
        if called_off::is_all(&facts.title) {
            facts.title.clone_from(&entry.facts.title);
        }
        let place = (facts.date, anchor_of(&told.page, facts.date));
        if !entry.announced.contains(&place) {
            entry.announced.push(place);
        }
        if !facts.differ(&entry.facts) {
            return;
        }
        entry.facts = facts;
        entry.latest = now.line(told.anchor);
        entry.changed = now.changed;
        entry.changes += 1;
        if !self.ahead.contains(&at) {
            self.ahead.push(at);
        }
    }

    fn add(&mut self, told: Told, now: Now) -> usize {
        let at = self.entries.len();
        let page = &told.page;
        let events = self.pages.entry(page.clone()).or_default();
        // The first event of a page is known by the page alone: so it stays itself if its day is put right.
        let mut words = match events.is_empty() {
            true => page.clone(),
            false => format!("{page}\n{}", told.facts.date),
        };
        let mut id = hashed(words.as_bytes(), 12);
        while !self.ids.insert(id.clone()) {
            words.push('\n');
            id = hashed(words.as_bytes(), 12);
        }
        events.push(at);
        self.ahead.push(at);
        self.entries.push(Entry {
            id,
            announced: vec![(told.facts.date, anchor_of(&told.page, told.facts.date))],
            facts: told.facts,
            changes: 0,
            changed: now.changed,
            first: now.line(told.anchor.clone()),
            latest: now.line(told.anchor),
        });
        at
    }

    /// Takes what is no longer listed as called off, if its day is still to come, and among the days that the issue lists:
    /// some begin with tomorrow, some later. A section that lost all of its many events was cut; a list that lost most of
    /// its events is not the whole list.
    fn cancel(&mut self, now: Now, last: Date, listed: &HashSet<usize>) {
        let last = last.min(now.today.saturating_add(self.window_days.days()));
        let of = |at: usize| &self.entries[at].facts;
        let due = |at: &usize| {
            let facts = of(*at);
            facts.off.is_none() && (now.first..=last).contains(&facts.date)
        };
        let due: Vec<usize> = self.ahead.iter().copied().filter(due).collect();
        let is_gone = |at: &usize| !listed.contains(at);
        let all_gone = due.iter().copied().filter(is_gone).count();
        if due.len() >= MANY && all_gone * 2 > due.len() {
            return;
        }
        let mut sections: HashMap<Option<&String>, (usize, usize)> = HashMap::new();
        for at in &due {
            let (all, gone) = sections.entry(of(*at).sections.first()).or_default();
            *all += 1;
            *gone += usize::from(is_gone(at));
        }
        let is_cut = |at: usize| {
            let (all, gone) = sections[&of(at).sections.first()];
            all >= FEW && all == gone
        };
        let gone: Vec<usize> = due
            .iter()
            .copied()
            .filter(|at| is_gone(at) && !is_cut(*at))
            .collect();
        for at in gone {
            let entry = &mut self.entries[at];
            entry.facts.off = Some(Off::Gone);
            entry.changes += 1;
            entry.changed = now.changed;
        }
    }
}

/// So many events of a section do not vanish by themselves all at once.
const FEW: usize = 3;
/// Of so many events most do not vanish by themselves at once.
const MANY: usize = 6;

/// The issue that is read.
#[derive(Clone, Copy)]
struct Now {
    issue: usize,
    today: Date,
    /// The first day to come for which it lists anything; what was to be before it may be left out.
    first: Date,
    changed: Date,
}

impl Now {
    fn line(&self, anchor: String) -> Line {
        Line {
            issue: self.issue,
            anchor,
        }
    }
}

#[cfg(test)]
mod tests;
