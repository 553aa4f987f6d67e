//! What sources of events have in common: which days they look at, what the configuration says where a source does not.

pub use press_core::events::Event;

use super::{Candidate, Window};
use jiff::ToSpan;
use jiff::civil::Date;
use press_core::events::{Group, PlaceMode, Town, plain_title};

/// How far ahead sources look, in days. Which of the events are listed is decided later.
const AHEAD_DAYS: i32 = 120;

/// The days whose events are found: from a little before the issue's, since one may have begun.
pub(super) fn days(window: &Window) -> (Date, Date) {
    let from = window.issue.checked_sub(7.days()).unwrap_or(Date::MIN);
    (
        from,
        window
            .issue
            .checked_add(AHEAD_DAYS.days())
            .unwrap_or(Date::MAX),
    )
}

/// What the configuration says of a source's events.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usual<'a> {
    pub(super) source: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) group_url: Option<&'a str>,
    pub(super) place: Option<&'a str>,
    pub(super) words: &'a [String],
}

impl Usual<'_> {
    /// Whether the title has one of the words that are asked for.
    pub(super) fn wants(&self, title: &str) -> bool {
        let title = title.to_lowercase();
        let has = |word: &String| title.contains(&word.to_lowercase());
        self.words.is_empty() || self.words.iter().any(has)
    }

    /// Fills in what the source does not say.
    pub(super) fn complete(&self, mut event: Event) -> Event {
        self.source.clone_into(&mut event.source);
        if let Some(name) = self.group {
            let url = self.group_url.unwrap_or_default().to_owned();
            let name = name.to_owned();
            if event.groups.is_empty() || self.group_url.is_some() {
                event.groups = vec![Group { name, url }];
            }
        }
        if event.town.city.is_none()
            && let Some(place) = self.place
        {
            event.town = town(place);
        }
        if event.town.city.is_none() && event.mode == PlaceMode::Hybrid {
            event.mode = PlaceMode::Virtual;
        }
        event
    }
}

/// An event as something to choose.
pub(super) fn candidate(event: &Event) -> Candidate {
    let town = [&event.town.city, &event.town.state, &event.town.country];
    let town: Vec<&str> = town.into_iter().flatten().map(String::as_str).collect();
    let groups: Vec<&str> = event
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let called_off = if event.cancelled { "called off" } else { "" };
    let note = [
        event.date.to_string(),
        town.join(", "),
        groups.join(", "),
        called_off.to_owned(),
    ];
    let note: Vec<String> = note.into_iter().filter(|part| !part.is_empty()).collect();
    Candidate {
        url: event.url.clone(),
        title: plain_title(&event.title),
        note: Some(note.join(" | ")),
        ..Candidate::default()
    }
}

/// `City, CC` or `City, ST, CC`.
fn town(place: &str) -> Town {
    let parts: Vec<&str> = place.split(',').map(str::trim).collect();
    let own = |part: &&str| Some((**part).to_owned());
    match parts.as_slice() {
        [city, country] => Town {
            city: own(city),
            state: None,
            country: own(country),
        },
        [city, state, country] => Town {
            city: own(city),
            state: own(state),
            country: own(country),
        },
        _ => Town {
            city: own(&place),
            ..Town::default()
        },
    }
}
