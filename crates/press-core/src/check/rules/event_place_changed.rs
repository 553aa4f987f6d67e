//! Events whose place contradicts what earlier issues say of the town or of the group.

use crate::check::archive::{Archive, PastEvent};
use crate::check::wording::one_slip_apart;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::{Event, Place};
use crate::places::{countries_of_state, country_code};
use jiff::civil::Date;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "event-place-changed",
    level: Level::Warn,
    page: include_str!("event_place_changed.md"),
    check,
};

/// How often earlier issues must say the same before it counts.
const OFTEN: usize = 3;

/// How many of a town's events are looked at: habits change.
const RECENT: usize = 30;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let (issue, date) = (context.issue(), context.date());
    let mut last = None;
    for event in &issue.events {
        let country = event.place.country.as_deref().unwrap_or_default();
        let known = event.place.city.as_deref().is_some_and(is_plain) && is_plain_country(country);
        if !known || last == Some(event.item) {
            continue;
        }
        if let Some((message, past)) = judge(archive, date, event) {
            last = Some(event.item);
            let finding = context.finding(issue.items[event.item].text, message);
            let (path, line) = (past.issue().path(), past.line());
            context.report(finding.with_elsewhere(path, line, "as it was written last"));
        }
    }
}

/// Whether it is one town and no enumeration.
fn is_plain(city: &str) -> bool {
    city.len() >= 3 && !city.contains(['/', '(', '+', '&', '|'])
}

/// Whether a country is one, not `AU + Virtual`.
fn is_plain_country(country: &str) -> bool {
    !country.contains(['/', '(', ')', '+', '&', '|'])
}

fn judge<'a>(
    archive: &'a Archive,
    date: Option<Date>,
    event: &Event,
) -> Option<(String, PastEvent<'a>)> {
    let place = &event.place;
    let city = place.city.as_deref()?;
    let mut town: Vec<_> = archive.events_in(city, date).take(RECENT).collect();
    if town.iter().all(|past| is_written_as(past, place)) && !town.is_empty() {
        return None;
    }
    let own_code = code(place.country.as_deref());
    // Of two towns of one name, the one in the same country is meant.
    if town.iter().any(|past| code(past.country()) == own_code) {
        town.retain(|past| code(past.country()) == own_code);
    }
    let same_place = |past: &PastEvent<'_>| is_written_as(past, place);
    if town.iter().any(same_place) {
        return rarer(&town, place);
    }
    if town.is_empty() {
        return misspelt(archive, date, place);
    }
    let (usual, count) = usual(&town)?;
    let written = whole(city, usual.state(), usual.country());
    let other = own_code != code(usual.country());
    // A namesake abroad is a new group; one that earlier issues list elsewhere is a slip.
    let groups = event.organisers.first();
    let here = |past: &PastEvent<'_>| {
        past.city()
            .is_some_and(|town| town.eq_ignore_ascii_case(city))
    };
    let known =
        groups.is_some_and(|group| archive.events_of(&group.url, date).any(|past| here(&past)));
    let new_group = groups.is_some_and(|group| !group.url.is_empty()) && !known;
    if count < OFTEN || (other && new_group) || (adds_state(&usual, place) && !other) {
        return None;
    }
    let message = format!("earlier issues write `{written}` here");
    Some((message, usual))
}

fn code(country: Option<&str>) -> Option<&'static str> {
    country.and_then(country_code)
}

/// Whether an earlier event gives state and country in the same words.
fn is_written_as(past: &PastEvent<'_>, place: &Place) -> bool {
    past.state() == place.state.as_deref() && past.country() == place.country.as_deref()
}

/// Whether a place only says more than earlier ones: a state that its country has.
fn adds_state(past: &PastEvent<'_>, place: &Place) -> bool {
    let code = place.country.as_deref().and_then(country_code);
    let state = place.state.as_deref().filter(|_| past.state().is_none());
    state.is_some_and(|state| code.is_some_and(|code| countries_of_state(state).contains(&code)))
}

/// How most earlier events of a town are written, the newest of them, and how often.
fn usual<'a>(town: &[PastEvent<'a>]) -> Option<(PastEvent<'a>, usize)> {
    let mut counts: HashMap<_, (PastEvent<'_>, usize)> = HashMap::new();
    for past in town {
        let entry = counts
            .entry((past.state(), past.country()))
            .or_insert((*past, 0));
        entry.1 += 1;
    }
    counts
        .into_values()
        .max_by_key(|(past, count)| (*count, past.issue().date()))
}

/// A way to write the same country and town that is hardly ever used (`GB` for `UK`).
fn rarer<'a>(town: &[PastEvent<'a>], place: &Place) -> Option<(String, PastEvent<'a>)> {
    let (usual, count) = usual(town)?;
    let rare = town.iter().filter(|past| is_written_as(past, place));
    let own_code = code(place.country.as_deref());
    let same = code(usual.country()) == own_code && own_code.is_some();
    let as_usual = is_written_as(&usual, place);
    if as_usual || adds_state(&usual, place) {
        return None;
    }
    let city = place.city.as_deref().unwrap_or_default();
    let written = whole(city, usual.state(), usual.country());
    (same && count >= 5 * rare.count().max(1))
        .then(|| (format!("earlier issues write `{written}` here"), usual))
}

/// What a glance tells: one slip leaves the first or the last letter and nearly the length.
fn may_be_near(known: &str, city: &str) -> bool {
    let first = known.chars().next() == city.chars().next();
    let last = || known.chars().next_back() == city.chars().next_back();
    known.len().abs_diff(city.len()) <= 4 && (first || last())
}

/// A town never heard of that is one slip from one that is listed often.
fn misspelt<'a>(
    archive: &'a Archive,
    date: Option<Date>,
    place: &Place,
) -> Option<(String, PastEvent<'a>)> {
    let city = place.city.as_deref()?.to_lowercase();
    let near = archive
        .cities()
        .filter(|known| known.len() >= 5 && may_be_near(known, &city))
        .filter(|known| one_slip_apart(known, &city));
    let towns = near.map(|known| archive.events_in(known, date).collect::<Vec<_>>());
    let own_code = code(place.country.as_deref());
    let same_country = |past: &PastEvent<'_>| code(past.country()) == own_code;
    let often = towns.filter(|town| town.len() >= OFTEN && town.iter().all(&same_country));
    let best = often.max_by_key(Vec::len)?;
    let last = *best.first()?;
    let message = format!("earlier issues write `{}`", last.city().unwrap_or_default());
    Some((message, last))
}

fn whole(city: &str, state: Option<&str>, country: Option<&str>) -> String {
    let parts = [Some(city), state, country];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
