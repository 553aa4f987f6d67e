//! Which of the events that were found stand in the list already, and where.

use crate::events::list::{Entry, List};
use crate::events::same::{are_near, folded, group_key, page_key, share_a_group};
use crate::events::{Event, Group};
use std::collections::HashMap;

/// Found events with the parts of the list that hold them.
pub(super) struct Pairs {
    parts: Vec<Vec<usize>>,
}

/// An entry of the list that may belong to a found event.
struct Known<'l> {
    part: usize,
    entry: &'l Entry,
    page: String,
    groups: Vec<Group>,
    taken: bool,
}

impl Pairs {
    pub(super) fn find(list: &List, events: &[Event]) -> Pairs {
        let mut known: Vec<Known<'_>> = list
            .entries()
            .map(|(at, _, entry)| known(at, entry))
            .collect();
        let mut pairs = Pairs {
            parts: vec![Vec::new(); events.len()],
        };
        let pages: Vec<String> = events.iter().map(|event| page_key(&event.url)).collect();
        pairs.same_page_and_day(events, &pages, &mut known);
        pairs.same_page(events, &pages, &mut known);
        for (at, event) in events.iter().enumerate() {
            if !pairs.parts[at].is_empty() {
                continue;
            }
            // A page that was found belongs to another event.
            let free = |known: &&mut Known<'_>| !known.taken && !pages.contains(&known.page);
            for known in known.iter_mut().filter(free) {
                if is_meant(event, known) {
                    known.taken = true;
                    pairs.parts[at].push(known.part);
                }
            }
        }
        pairs
    }

    /// The parts that hold a found event.
    pub(super) fn of(&self, event: usize) -> &[usize] {
        &self.parts[event]
    }

    /// Whether a part holds a found event.
    pub(super) fn has(&self, part: usize) -> bool {
        self.parts.iter().any(|parts| parts.contains(&part))
    }

    fn same_page_and_day(&mut self, events: &[Event], pages: &[String], known: &mut [Known<'_>]) {
        let mut days: HashMap<(&str, jiff::civil::Date), Vec<usize>> = HashMap::new();
        for (at, event) in events.iter().enumerate() {
            days.entry((pages[at].as_str(), event.date))
                .or_default()
                .push(at);
        }
        for known in known {
            let Some(found) = days.get(&(known.page.as_str(), known.entry.date())) else {
                continue;
            };
            let near = |at: &&usize| are_near(&events[**at].title, &known.entry.event.title);
            let at = found.iter().find(near).or(found.first());
            if let Some(at) = at {
                known.taken = true;
                self.parts[*at].push(known.part);
            }
        }
    }

    /// One page with one event here and there: it has another day now. A page that several events share tells nothing.
    fn same_page(&mut self, events: &[Event], pages: &[String], known: &mut [Known<'_>]) {
        for (at, event) in events.iter().enumerate() {
            let alone = (0..events.len())
                .filter(|other| pages[*other] == pages[at])
                .all(|other| other == at || !self.parts[other].is_empty());
            // What was called off is on the day it was to be.
            if !alone || event.cancelled || !self.parts[at].is_empty() {
                continue;
            }
            let own = event
                .groups
                .iter()
                .any(|group| group_key(group) == pages[at]);
            let meant = |known: &&mut Known<'_>| {
                let named = are_near(&event.title, &known.entry.event.title);
                !known.taken && known.page == pages[at] && (named || !own)
            };
            // Of two days of one page only the first can have moved.
            let mut first = None;
            for known in known.iter_mut().filter(meant) {
                if *first.get_or_insert(known.entry.date()) == known.entry.date() {
                    known.taken = true;
                    self.parts[at].push(known.part);
                }
            }
        }
    }
}

fn known(part: usize, entry: &Entry) -> Known<'_> {
    let groups = entry.event.organisers.iter().map(|organiser| Group {
        name: organiser.name.clone(),
        url: organiser.url.clone(),
    });
    Known {
        part,
        page: page_key(&entry.event.url),
        groups: groups.collect(),
        entry,
        taken: false,
    }
}

/// Whether an entry means this event though its address is another.
fn is_meant(event: &Event, known: &Known<'_>) -> bool {
    let entry = known.entry;
    if entry.date() != event.date {
        return false;
    }
    let near = are_near(&event.title, &entry.event.title);
    let city = |city: &Option<String>| city.as_deref().map(folded);
    let one_town = city(&event.town.city) == city(&entry.event.place.city);
    if share_a_group(&event.groups, &known.groups) {
        return near || (one_town && event.mode == entry.mode() && !event.cancelled);
    }
    near && one_town && event.town.city.is_some()
}
