//! What earlier issues say of towns and groups, so that what is new is written as it always was.
//!
//! Sources are wrong about places now and then: a group in Girona that says it is in France. The newsletter knew better
//! for years.

use super::same::{folded, group_key};
use super::{Group, Town};
use crate::issue::Issue;
use crate::places::country_code;
use std::collections::HashMap;

/// What earlier issues say.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    towns: HashMap<String, Vec<Usual>>,
    groups: HashMap<String, String>,
}

/// One way in which a town was written.
#[derive(Clone, Debug)]
struct Usual {
    town: Town,
    /// The country's code.
    code: &'static str,
    /// The region in which it stood last.
    section: Option<String>,
    times: usize,
}

impl Habits {
    /// Takes in an issue. Later ones count more, so they come last.
    pub fn learn(&mut self, issue: &Issue) {
        for event in &issue.events {
            let place = &event.place;
            let (Some(city), Some(country)) = (&place.city, &place.country) else {
                continue;
            };
            let Some(code) = country_code(country) else {
                continue;
            };
            let town = Town {
                city: Some(city.clone()),
                state: place.state.clone(),
                country: Some(country.clone()),
            };
            let section = event.section.and_then(|at| issue.sections[at].id.clone());
            let section = section.filter(|_| place.mode == super::PlaceMode::InPerson);
            let key = folded(city);
            for organiser in event.organisers.iter().filter(|one| !one.url.is_empty()) {
                let group = Group {
                    name: organiser.name.clone(),
                    url: organiser.url.clone(),
                };
                self.groups.insert(group_key(&group), key.clone());
            }
            self.note(
                key,
                Usual {
                    town,
                    code,
                    section,
                    times: 1,
                },
            );
        }
    }

    fn note(&mut self, key: String, new: Usual) {
        let known = self.towns.entry(key).or_default();
        let same = |old: &&mut Usual| old.code == new.code && old.town.state == new.town.state;
        match known.iter_mut().find(same) {
            Some(old) => {
                old.times += 1;
                old.town = new.town;
                old.section = new.section.or(old.section.take());
            }
            None => known.push(new),
        }
    }

    fn of(&self, town: &Town) -> &[Usual] {
        let key = town.city.as_deref().map(folded).unwrap_or_default();
        self.towns.get(&key).map_or(&[], Vec::as_slice)
    }

    /// How a town of this name is spelled.
    pub(super) fn spelling(&self, town: &Town, code: &str) -> Option<&str> {
        let here = self.of(town).iter().filter(|usual| usual.code == code);
        here.max_by_key(|usual| usual.times)?.town.city.as_deref()
    }

    /// The state in which a town lies, if it was always the same.
    pub(super) fn state(&self, town: &Town, code: &str) -> Option<&str> {
        let mut states = self.of(town).iter().filter(|usual| usual.code == code);
        let states = states
            .by_ref()
            .filter_map(|usual| usual.town.state.as_deref());
        let states: Vec<&str> = states.collect();
        states
            .first()
            .copied()
            .filter(|first| states.iter().all(|state| state == first))
    }

    /// The one country in which towns of this name always lay.
    pub(super) fn country(&self, town: &Town) -> Option<&'static str> {
        let known = self.of(town);
        let first = known.first()?.code;
        let times: usize = known.iter().map(|usual| usual.times).sum();
        (times >= 2 && known.iter().all(|usual| usual.code == first)).then_some(first)
    }

    /// Whether one of these groups is known to meet in this town.
    pub(super) fn meets_in(&self, groups: &[Group], town: &Town) -> bool {
        let key = town.city.as_deref().map(folded);
        let home = |group: &Group| self.groups.get(&group_key(group)).cloned();
        key.is_some() && groups.iter().any(|group| home(group) == key)
    }

    /// The section in which events of this town stood.
    pub(super) fn section(&self, town: &Town) -> Option<&str> {
        let code = country_code(town.country.as_deref()?)?;
        let here = self.of(town).iter().filter(|usual| usual.code == code);
        here.max_by_key(|usual| usual.times)?.section.as_deref()
    }
}
