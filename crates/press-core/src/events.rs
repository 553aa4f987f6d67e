//! Events that sources found, and how they come into the list of a draft.
//!
//! Each source has a form of its own for what an event is; here is the one that all of them are brought to. A found
//! event is tidied first, then compared with the other sources' and with the list that was carried over, and only what
//! is new is written. What stands in the list is the editors': it stays word for word unless the event itself changed.
//!
//! Where sources are, and what was found last time, is known to `press`; nothing here asks anybody.

mod address;
mod habits;
mod list;
mod merge;
mod notice;
mod page;
mod same;
mod text;
mod tidy;
mod unite;
mod write;

pub use crate::issue::PlaceMode;
pub use address::town_of;
pub use habits::Habits;
pub use merge::{Merged, Terms, merge};
pub use notice::{Notice, NoticeKind};
pub use page::{Page, events_on_page};
pub use same::{are_near, group_key, page_key};
pub use text::plain_title;
pub use tidy::tidy;

use crate::format::{Format, SectionKind};
use crate::places;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event as a source found it. Days and times are those of the place where it is held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What the source calls it, the same in every run; empty if it has no such name.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Who holds it.
    pub groups: Vec<Group>,
    /// The first day.
    pub date: Date,
    /// When it begins on that day, if it does not last all day.
    pub time: Option<Time>,
    /// The last day, if there are several.
    pub end_date: Option<Date>,
    /// The time zone, by its IANA name.
    pub zone: Option<String>,
    /// Where.
    pub town: Town,
    /// On site, on line, or both.
    pub mode: PlaceMode,
    /// Whether it costs money.
    pub paid: bool,
    /// Whether it was called off.
    pub cancelled: bool,
    /// The source that found it.
    pub source: String,
}

impl Event {
    /// The last day.
    pub fn last_day(&self) -> Date {
        self.end_date.unwrap_or(self.date)
    }
}

/// Who holds an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// Its page; may be empty.
    pub url: String,
}

/// A town with its state and country, each as it was found or as it is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Town {
    /// The town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// An event that was found in an earlier run, and the sections in which it stood afterwards.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What the source said.
    pub event: Event,
    /// The ids of the sections that had it.
    pub sections: Vec<String>,
    /// Whether no source had it in the last run.
    #[serde(default)]
    pub gone: bool,
}

/// How a newsletter writes places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// The countries whose states are written, by their codes.
    pub states: Vec<String>,
    /// How countries are written whose code is not what is written: `GB` as `UK`.
    pub countries: BTreeMap<String, String>,
}

impl Default for Style {
    fn default() -> Style {
        let states = ["AU", "CA", "US"];
        Style {
            states: states.map(str::to_owned).to_vec(),
            countries: BTreeMap::new(),
        }
    }
}

/// The last day of something that begins and ends so, if that is not the first: an evening that ends after midnight is
/// one day.
pub fn last_day(start: DateTime, end: DateTime) -> Option<Date> {
    let hours = (end - start).get_hours() + 24 * (end - start).get_days();
    if end <= start || hours < 18 {
        return None;
    }
    let midnight = end.time() == Time::midnight();
    let last = match midnight {
        true => end.date().yesterday().ok()?,
        false => end.date(),
    };
    (last > start.date()).then_some(last)
}

/// The sections of a newsletter that hold events: one for all of them, and those for regions below it.
#[derive(Clone, Debug, Default)]
struct Regions<'f> {
    top: Option<(&'f str, &'f str)>,
    below: Vec<Region<'f>>,
}

#[derive(Clone, Debug)]
struct Region<'f> {
    id: &'f str,
    title: &'f str,
    on_line: bool,
    lies: Vec<places::Region>,
}

impl<'f> Regions<'f> {
    fn of(format: &'f Format) -> Regions<'f> {
        let is_events = |index: usize| format.sections[index].kind == SectionKind::Events;
        let specs = format.sections.iter().enumerate();
        let specs = specs.filter(|(index, _)| is_events(*index));
        let (top, below): (Vec<_>, Vec<_>) =
            specs.partition(|(_, spec)| !spec.parent.is_some_and(is_events));
        let first = top.first();
        let below = below
            .into_iter()
            .filter(|(_, spec)| spec.parent == first.map(|(index, _)| *index));
        Regions {
            top: first.map(|(_, spec)| (spec.id.as_str(), spec.title.as_str())),
            below: below
                .map(|(_, spec)| {
                    let words = format!("{} {}", spec.id, spec.title).to_lowercase();
                    let mut lies = places::regions_named(&spec.title);
                    lies.extend(places::regions_named(&spec.id));
                    Region {
                        id: &spec.id,
                        title: &spec.title,
                        on_line: words.contains("virtual") || words.contains("online"),
                        lies,
                    }
                })
                .collect(),
        }
    }

    /// The sections an event belongs in; none if nobody can tell.
    fn wanted(&self, event: &Event, habits: &Habits) -> Vec<&'f str> {
        let Some((top, _)) = self.top else {
            return Vec::new();
        };
        let on_line = self.below.iter().find(|region| region.on_line);
        let on_line = on_line.map(|region| region.id);
        let there = self.region(&event.town, habits);
        let all_in_one = self.below.is_empty().then_some(top);
        match event.mode {
            PlaceMode::Virtual => on_line.or(there).or(all_in_one).into_iter().collect(),
            PlaceMode::InPerson => there.or(all_in_one).into_iter().collect(),
            PlaceMode::Hybrid => {
                let both: Vec<&str> = on_line.into_iter().chain(there).collect();
                if both.is_empty() {
                    all_in_one.into_iter().collect()
                } else {
                    both
                }
            }
        }
    }

    fn region(&self, town: &Town, habits: &Habits) -> Option<&'f str> {
        let usual = habits.section(town);
        let usual = usual.and_then(|id| self.below.iter().find(|region| region.id == id));
        if let Some(region) = usual.filter(|region| !region.on_line) {
            return Some(region.id);
        }
        let code = places::country_code(town.country.as_deref()?)?;
        let lies = places::regions_of(code);
        let holds = |place| move |region: &&Region<'_>| region.lies.contains(place);
        let found = lies
            .iter()
            .find_map(|place| self.below.iter().find(holds(place)));
        found.map(|region| region.id)
    }

    /// Where a section stands among the others.
    fn rank(&self, id: &str) -> usize {
        let at = self.below.iter().position(|region| region.id == id);
        at.map_or(0, |at| at + 1)
    }

    fn title(&self, id: &str) -> Option<&'f str> {
        let region = self.below.iter().find(|region| region.id == id);
        region.map(|region| region.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_long_evening_is_one_day() {
        let start = date(2026, 3, 5).at(19, 0, 0, 0);
        assert_eq!(last_day(start, date(2026, 3, 6).at(1, 30, 0, 0)), None);
        assert_eq!(
            last_day(start, date(2026, 3, 6).at(17, 0, 0, 0)),
            Some(date(2026, 3, 6))
        );
        let morning = date(2026, 3, 5).at(0, 0, 0, 0);
        assert_eq!(last_day(morning, date(2026, 3, 6).at(0, 0, 0, 0)), None);
        assert_eq!(
            last_day(morning, date(2026, 3, 8).at(0, 0, 0, 0)),
            Some(date(2026, 3, 7))
        );
        assert_eq!(last_day(start, morning), None);
    }
}
