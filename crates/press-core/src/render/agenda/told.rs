//! What one issue tells of an event, in however many of its sections.

use super::super::record::{Record, RecordEvent};
use super::{Facts, Off, called_off, page_key};
use crate::issue::{Place, PlaceMode};

/// An event of one issue.
pub(super) struct Told {
    /// What its page is compared by.
    pub(super) page: String,
    /// The id of its line in the issue.
    pub(super) anchor: String,
    pub(super) facts: Facts,
}

/// The events of an issue that have a day and a page, in the order of the text.
pub(super) fn of(record: &Record) -> impl Iterator<Item = Told> + '_ {
    record.events.iter().filter_map(|event| one(record, event))
}

fn one(record: &Record, listed: &RecordEvent) -> Option<Told> {
    let event = &listed.event;
    let date = event.date?;
    if event.url.trim().is_empty() {
        return None;
    }
    let mut title = crate::text::plain_line(event.title.trim_start_matches('$'));
    if title.is_empty() {
        let group = event.organisers.first();
        title = group.map_or_else(|| "Event".to_owned(), |group| group.name.clone());
    }
    Some(Told {
        page: page_key(&event.url),
        anchor: listed.anchor.clone(),
        facts: Facts {
            off: called_off::is_said(&title).then_some(Off::Said),
            title,
            url: event.url.trim().to_owned(),
            organisers: event.organisers.clone(),
            place: event.place.clone(),
            paid: event.paid,
            date,
            end: event.end_date.unwrap_or(date),
            sections: section(record, listed.section).into_iter().collect(),
        },
    })
}

/// The innermost section around `section` that the newsletter knows.
fn section(record: &Record, section: Option<usize>) -> Option<String> {
    let mut next = section;
    while let Some(section) = next.map(|at| &record.sections[at]) {
        if section.id.is_some() {
            return section.id.clone();
        }
        next = section.parent;
    }
    None
}

impl Told {
    /// Takes in what another line of the issue says of the same event.
    pub(super) fn join(&mut self, other: Told) {
        let (own, other) = (&mut self.facts, other.facts);
        own.off = own.off.or(other.off);
        own.paid |= other.paid;
        own.end = own.end.max(other.end);
        own.place = both(&own.place, &other.place);
        for section in other.sections {
            if !own.sections.contains(&section) {
                own.sections.push(section);
            }
        }
        for organiser in other.organisers {
            if own
                .organisers
                .iter()
                .all(|known| known.name != organiser.name)
            {
                own.organisers.push(organiser);
            }
        }
    }
}

/// One place of two: where people meet, and that one can also take part on line if one of the two is there.
fn both(one: &Place, other: &Place) -> Place {
    let on_line = |place: &Place| place.mode != PlaceMode::InPerson;
    let there = |place: &Place| place.mode != PlaceMode::Virtual;
    let (place, second) = match there(other) && !there(one) {
        true => (other, one),
        false => (one, other),
    };
    let mode = if there(place) && (on_line(place) || on_line(second)) {
        PlaceMode::Hybrid
    } else {
        place.mode
    };
    Place {
        mode,
        ..place.clone()
    }
}
