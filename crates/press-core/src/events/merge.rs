//! Bringing what was found into the list that stands in a draft.
//!
//! The list is the editors'. A line that is there stays word for word, but for what changed *at the source* since the
//! last run: its day, its title, its place. Whoever changed a line by hand meant it. What was found the last time
//! tells the two apart; when nothing is known of a last time, only a new day is believed.

mod change;
mod pairs;

use super::list::{Entry, List};
use super::same::page_key;
use super::unite::unite;
use super::write::{lines, place};
use super::{Event, Habits, Notice, NoticeKind, PlaceMode, Regions, Said, Style, tidy};
use crate::format::Format;
use jiff::civil::Date;
use pairs::Pairs;
use std::collections::HashSet;

/// What holds for a merge.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// How the newsletter's issues look.
    pub format: &'a Format,
    /// How it writes places.
    pub style: &'a Style,
    /// How it wrote them before.
    pub habits: &'a Habits,
    /// The day of the issue: what is over before it is not listed.
    pub from: Date,
    /// The last day whose events are listed. Those that are in the list already stay, whatever their day.
    pub until: Date,
    /// What was found before.
    pub said: &'a [Said],
    /// The sources that were read to their end in this run.
    pub complete: &'a [String],
}

/// A list after a merge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// The list.
    pub text: String,
    /// What a person should hear.
    pub notices: Vec<Notice>,
    /// What to remember for the next run.
    pub said: Vec<Said>,
    /// How many events are new in the list.
    pub added: usize,
}

/// The list with what was found. A second run with its outcome changes nothing.
pub fn merge(list: &str, found: &[Event], terms: &Terms<'_>) -> Merged {
    let mut notices = Vec::new();
    let mut tidied = Vec::with_capacity(found.len());
    for event in found {
        let (event, doubts) = tidy(event, terms.style, terms.habits);
        let listed = |event: &Event| event.last_day() >= terms.from;
        if event.as_ref().is_none_or(listed) {
            notices.extend(doubts);
        }
        tidied.extend(event.filter(listed));
    }
    let events = unite(tidied);
    let list = List::parse(list, terms.format, terms.from);
    let pairs = Pairs::find(&list, &events);
    let mut work = Work {
        list,
        regions: Regions::of(terms.format),
        terms,
        notices,
        days: days_of(&events),
        wanted: Vec::new(),
        gone: Vec::new(),
        added: 0,
    };
    work.miss(&pairs);
    for (at, event) in events.iter().enumerate() {
        let there = pairs.of(at);
        if there.is_empty() {
            work.add(event);
        } else {
            work.compare(event, there);
        }
    }
    work.finish(events)
}

/// A merge that is under way. Indices of parts hold until it is finished.
struct Work<'a> {
    list: List,
    regions: Regions<'a>,
    terms: &'a Terms<'a>,
    notices: Vec<Notice>,
    /// The pages and days that were found.
    days: HashSet<(String, Date)>,
    /// Lines to come, with their sections.
    wanted: Vec<(String, String)>,
    /// Parts that go.
    gone: Vec<usize>,
    added: usize,
}

impl Work<'_> {
    /// What was said of an event before.
    fn said(&self, event: &Event) -> Option<&Said> {
        said_before(event, self.terms, &self.days)
    }

    /// What was said of the event on whose page an entry leads.
    fn said_at(&self, entry: &Entry) -> Option<&Said> {
        let page = page_key(&entry.event.url);
        let same =
            |said: &&Said| said.event.date == entry.date() && page_key(&said.event.url) == page;
        self.terms.said.iter().find(same)
    }

    /// An event that is not in the list.
    fn add(&mut self, event: &Event) {
        let Terms { from, until, .. } = *self.terms;
        if event.cancelled || event.last_day() < from || event.date > until {
            return;
        }
        // It was listed, and an editor took it out.
        if self
            .said(event)
            .is_some_and(|said| !said.sections.is_empty())
        {
            return;
        }
        let sections = self.regions.wanted(event, self.terms.habits);
        if sections.is_empty() {
            let message = format!(
                "nobody can tell in which region `{}` of {} belongs, so it is not listed",
                event.title, event.date
            );
            self.notices.push(Notice::doubt(&event.url, message));
            return;
        }
        if event.mode == PlaceMode::Hybrid && sections.len() < 2 && self.regions.below.len() > 1 {
            let message = format!(
                "`{}` of {} is on site too, but nobody can tell where",
                event.title, event.date
            );
            self.notices.push(Notice::doubt(&event.url, message));
        }
        let text = lines(event, &self.list.hand);
        for section in sections {
            self.wanted.push((text.clone(), section.to_owned()));
        }
        self.added += 1;
    }

    /// Events of the list that their source does not have any more.
    fn miss(&mut self, pairs: &Pairs) {
        let mut notices = Vec::new();
        for (at, _, entry) in self.list.entries() {
            if pairs.has(at) || entry.last_day() < self.terms.from {
                continue;
            }
            let page = page_key(&entry.event.url);
            let said =
                self.terms.said.iter().find(|said| {
                    page_key(&said.event.url) == page && said.event.date == entry.date()
                });
            let source = said.map(|said| &said.event.source);
            if let Some(source) = source.filter(|source| self.terms.complete.contains(source)) {
                let message = format!(
                    "`{}` of {} is not in {source} any more; it stays in the list",
                    entry.event.title,
                    entry.date()
                );
                notices.push(Notice::doubt(&entry.event.url, message));
            }
        }
        self.notices.extend(notices);
    }

    /// Takes an event out of the list.
    fn cancel(&mut self, event: &Event, there: &[usize]) {
        let shared = |at: &usize| {
            let entry = self.list.parts[*at].entry.as_ref();
            entry.is_some_and(|entry| entry.events > 1)
        };
        if there.iter().any(shared) {
            let message = format!(
                "`{}` of {} was called off; it shares its line with another event, so take it out",
                event.title, event.date
            );
            self.notices.push(Notice::doubt(&event.url, message));
            return;
        }
        self.gone.extend(there);
        let message = format!("`{}` of {} was called off", event.title, event.date);
        self.notices
            .push(Notice::new(NoticeKind::Cancelled, &event.url, message));
    }

    fn finish(mut self, events: Vec<Event>) -> Merged {
        let mut gone = std::mem::take(&mut self.gone);
        gone.sort_unstable();
        gone.dedup();
        for at in gone.into_iter().rev() {
            self.list.parts.remove(at);
        }
        for (text, section) in std::mem::take(&mut self.wanted) {
            self.list.insert(text, &section, &self.regions);
        }
        let text = self.list.text();
        let said = remember(&text, events, self.terms);
        let mut notices: Vec<Notice> = Vec::with_capacity(self.notices.len());
        for notice in self.notices {
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
        notices.sort_by_key(|notice| notice.kind);
        Merged {
            text,
            notices,
            said,
            added: self.added,
        }
    }
}

fn days_of(events: &[Event]) -> HashSet<(String, Date)> {
    let events = events.iter();
    events
        .map(|event| (page_key(&event.url), event.date))
        .collect()
}

/// What was said of an event before, if that is not over: of the same day, or of a day that is not named any more.
fn said_before<'t>(
    event: &Event,
    terms: &Terms<'t>,
    days: &HashSet<(String, Date)>,
) -> Option<&'t Said> {
    let page = page_key(&event.url);
    let mut moved = None;
    for said in terms.said {
        let old = &said.event;
        let named = !event.key.is_empty() && old.key == event.key && old.source == event.source;
        let old_page = page_key(&old.url);
        if old.last_day() < terms.from || !(named || old_page == page) {
            continue;
        }
        if old.date == event.date {
            return Some(said);
        }
        if !days.contains(&(old_page, old.date)) {
            moved = moved.or(Some(said));
        }
    }
    moved
}

/// What to remember: what was found now, and what was found before and is still ahead.
fn remember(text: &str, events: Vec<Event>, terms: &Terms<'_>) -> Vec<Said> {
    let list = List::parse(text, terms.format, terms.from);
    let pairs = Pairs::find(&list, &events);
    let sections = |at: usize| -> Vec<String> {
        let parts = pairs.of(at).iter().map(|part| &list.parts[*part]);
        parts.filter_map(|part| part.section.clone()).collect()
    };
    let days = days_of(&events);
    let mut known: Vec<&Said> = Vec::new();
    let mut said = Vec::with_capacity(events.len());
    for (at, event) in events.into_iter().enumerate() {
        let mut sections = sections(at);
        if let Some(before) = said_before(&event, terms, &days) {
            known.push(before);
            // Once listed, always known as listed: else it would come back.
            if sections.is_empty() {
                sections.clone_from(&before.sections);
            }
        }
        said.push(Said { event, sections });
    }
    for old in terms.said {
        if old.event.last_day() >= terms.from && !known.contains(&old) {
            said.push(old.clone());
        }
    }
    said
}

/// The place of an event as it is written.
fn place_of(event: &Event) -> String {
    place(&event.town, event.mode)
}
