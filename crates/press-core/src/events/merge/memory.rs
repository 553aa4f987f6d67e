//! Which of what was said the last time belongs to which event that was found now.
//!
//! A merge that follows another one with the same events finds each of them as it was said; whatever it decides then, it
//! knows what the first one did. Only what changed at the source is looked for by likeness.

use super::{Pairs, Terms};
use crate::events::list::List;
use crate::events::same::{are_near, page_key};
use crate::events::{Event, Said};
use jiff::civil::Date;
use std::collections::HashSet;

/// Found events with what was said of them before.
pub(super) struct Memory<'t> {
    before: Vec<Option<&'t Said>>,
}

/// What was said, while it is given to events.
struct Known<'t> {
    said: &'t Said,
    page: String,
    taken: bool,
}

impl<'t> Memory<'t> {
    /// Gives to each event what was said of it, each saying once: what is still the same first, then what is of the
    /// same day, then of the day on which it stands in the list, last of a day that is not named any more.
    pub(super) fn find(
        list: &List,
        events: &[Event],
        pairs: &Pairs,
        terms: &Terms<'t>,
    ) -> Memory<'t> {
        let ahead = |said: &&Said| said.event.last_day() >= terms.from;
        let known = terms.said.iter().filter(ahead).map(|said| Known {
            said,
            page: page_key(&said.event.url),
            taken: false,
        });
        let mut known: Vec<Known<'t>> = known.collect();
        let pages: Vec<String> = events.iter().map(|event| page_key(&event.url)).collect();
        let dates = events.iter().map(|event| event.date);
        let found: HashSet<(&str, Date)> = pages.iter().map(String::as_str).zip(dates).collect();
        let stands = |at: usize| {
            let part = pairs.of(at).first()?;
            Some(list.parts[*part].entry.as_ref()?.date())
        };
        let mut before: Vec<Option<&'t Said>> = vec![None; events.len()];
        for nearness in 0..5 {
            for (at, event) in events.iter().enumerate() {
                let unnamed = |known: &Known<'_>| {
                    !found.contains(&(known.page.as_str(), known.said.event.date))
                };
                let is_near = |known: &Known<'_>| {
                    let old = &known.said.event;
                    match nearness {
                        0 => old == event,
                        1 => old.date == event.date && are_near(&old.title, &event.title),
                        2 => old.date == event.date,
                        3 => Some(old.date) == stands(at) && unnamed(known),
                        _ => unnamed(known),
                    }
                };
                let meant = |known: &&mut Known<'_>| {
                    let old = &known.said.event;
                    let named =
                        !event.key.is_empty() && old.key == event.key && old.source == event.source;
                    !known.taken && (named || known.page == pages[at]) && is_near(known)
                };
                if before[at].is_none()
                    && let Some(known) = known.iter_mut().find(meant)
                {
                    known.taken = true;
                    before[at] = Some(known.said);
                }
            }
        }
        Memory { before }
    }

    /// What was said of a found event before, if that is not over.
    pub(super) fn of(&self, event: usize) -> Option<&'t Said> {
        self.before[event]
    }

    /// What was said of events that were not found now and are still ahead.
    pub(super) fn rest(&self, terms: &Terms<'t>) -> Vec<Said> {
        let known = self.before.iter().flatten();
        let known: HashSet<*const Said> = known.map(|said| std::ptr::from_ref(*said)).collect();
        let rest = terms.said.iter().filter(|said| {
            said.event.last_day() >= terms.from && !known.contains(&std::ptr::from_ref(*said))
        });
        let gone = |said: &Said| Said {
            gone: true,
            ..said.clone()
        };
        rest.map(gone).collect()
    }
}
