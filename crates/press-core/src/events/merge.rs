//! Bringing what was found into the list that stands in a draft.
//!
//! The list is the editors'. A line that is there stays word for word, but for what changed *at the source* since the
//! last run: its day, its title, its place. Whoever changed a line by hand meant it. What was found the last time
//! tells the two apart; when nothing is known of a last time, only a new day is believed.

mod change;
mod memory;
mod pairs;

use super::list::{Entry, List};
use super::same::page_key;
use super::unite::unite;
use super::write::{lines, place};
use super::{Event, Habits, Notice, NoticeKind, PlaceMode, Regions, Said, Style, tidy};
use crate::format::Format;
use jiff::civil::Date;
use memory::Memory;
use pairs::Pairs;

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
    let memory = Memory::find(&list, &events, &pairs, terms);
    let mut work = Work {
        list,
        regions: Regions::of(terms.format),
        terms,
        notices,
        wanted: Vec::new(),
        gone: Vec::new(),
        added: 0,
    };
    work.miss(&pairs);
    let mut said = Vec::with_capacity(events.len());
    for (at, event) in events.into_iter().enumerate() {
        let (there, before) = (pairs.of(at), memory.of(at));
        let mut sections = match there.is_empty() {
            true => work.add(&event, before),
            false => work.compare(&event, there, before),
        };
        // Where it was listed once it is known as listed: else it would come back. What is called off now may.
        let listed = before.filter(|_| !event.cancelled || there.is_empty());
        for id in listed.iter().flat_map(|before| &before.sections) {
            if !sections.contains(id) {
                sections.push(id.clone());
            }
        }
        said.push(Said {
            event,
            sections,
            gone: false,
        });
    }
    said.extend(memory.rest(terms));
    work.finish(said)
}

/// A merge that is under way. Indices of parts hold until it is finished.
struct Work<'a> {
    list: List,
    regions: Regions<'a>,
    terms: &'a Terms<'a>,
    notices: Vec<Notice>,
    /// Lines to come, with their sections.
    wanted: Vec<(String, String)>,
    /// Parts that go.
    gone: Vec<usize>,
    added: usize,
}

impl Work<'_> {
    /// What was said of the event on whose page an entry leads.
    fn said_at(&self, entry: &Entry) -> Option<&Said> {
        let page = page_key(&entry.event.url);
        let same =
            |said: &&Said| said.event.date == entry.date() && page_key(&said.event.url) == page;
        self.terms.said.iter().find(same)
    }

    /// Whether what was said of an event still stands in the list.
    fn stands(&self, said: &Said) -> bool {
        let page = page_key(&said.event.url);
        let mut entries = self.list.entries();
        entries.any(|(_, _, entry)| {
            entry.date() == said.event.date && page_key(&entry.event.url) == page
        })
    }

    /// An event that is not in the list.
    ///
    /// Gives the sections in which it stands from now on.
    fn add(&mut self, event: &Event, before: Option<&Said>) -> Vec<String> {
        let Terms { from, until, .. } = *self.terms;
        if event.cancelled || event.last_day() < from || event.date > until {
            return Vec::new();
        }
        // It was listed, and an editor took it out. What had another day then may be still there, as another event.
        let taken_out = |said: &Said| {
            !said.sections.is_empty() && (said.event.date == event.date || !self.stands(said))
        };
        if before.is_some_and(taken_out) {
            return Vec::new();
        }
        let sections = self.regions.wanted(event, self.terms.habits);
        if sections.is_empty() {
            let message = format!(
                "nobody can tell in which region `{}` of {} belongs, so it is not listed",
                event.title, event.date
            );
            self.notices.push(Notice::doubt(&event.url, message));
            return Vec::new();
        }
        if event.mode == PlaceMode::Hybrid && sections.len() < 2 && self.regions.below.len() > 1 {
            let message = format!(
                "`{}` of {} is on site too, but nobody can tell where",
                event.title, event.date
            );
            self.notices.push(Notice::doubt(&event.url, message));
        }
        let text = lines(event, &self.list.hand);
        let sections: Vec<String> = sections.into_iter().map(str::to_owned).collect();
        for section in &sections {
            self.wanted.push((text.clone(), section.clone()));
        }
        self.added += 1;
        sections
    }

    /// Events of the list that their source does not have any more.
    fn miss(&mut self, pairs: &Pairs) {
        let mut notices = Vec::new();
        for (at, _, entry) in self.list.entries() {
            if pairs.has(at) || entry.last_day() < self.terms.from {
                continue;
            }
            let source = self.said_at(entry).map(|said| &said.event.source);
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
    fn cancel(&mut self, event: &Event, there: &[usize], before: Option<&Said>) {
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
        // It went when that was said first; whoever put it back meant it.
        if before.is_some_and(|said| said.event.cancelled && said.event.date == event.date) {
            return;
        }
        self.gone.extend(there);
        let message = format!("`{}` of {} was called off", event.title, event.date);
        self.notices
            .push(Notice::new(NoticeKind::Cancelled, &event.url, message));
    }

    fn finish(mut self, said: Vec<Said>) -> Merged {
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

/// The place of an event as it is written.
fn place_of(event: &Event) -> String {
    place(&event.town, event.mode)
}
