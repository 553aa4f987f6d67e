//! Places of events whose parts cannot be right: unknown country codes, states of another country.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::Place;
use crate::places::{countries_of_state, country_code, has_states};

pub(super) const RULE: Rule = Rule {
    name: "event-place",
    level: Level::Warn,
    page: include_str!("event_place.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let events = issue.events.iter().map(|event| (event.item, &event.place));
    let papers = issue.papers.iter().map(|paper| (paper.item, &paper.place));
    let mut last = None;
    for (item, place) in events.chain(papers) {
        if last == Some(item) {
            continue;
        }
        if let Some(message) = judge(place) {
            last = Some(item);
            let finding = context.finding(issue.items[item].text, message);
            context.report(finding.with_help("write `City, Country` or `City, State, Country`"));
        }
    }
}

fn judge(place: &Place) -> Option<String> {
    // Several places in one, as for joint meetings, are looked at one by one where they are written apart.
    if place.text.contains('/') {
        return several(&place.text);
    }
    let country = place.country.as_deref()?;
    let code = country_code(country);
    let two_letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if code.is_none() && two_letters {
        let of = countries_of_state(country);
        return Some(match of.first() {
            Some(of) => format!("`{country}` is a state of {of}; the country is missing"),
            None => format!("there is no country with the code `{country}`"),
        });
    }
    let state = place.state.as_deref()?;
    if state.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("`{state}` is no state or province"));
    }
    let code = code.filter(|code| has_states(code))?;
    let upper =
        (2..=3).contains(&state.len()) && state.bytes().all(|byte| byte.is_ascii_uppercase());
    let of = countries_of_state(state);
    if !upper || of.contains(&code) {
        return None;
    }
    Some(match of.first() {
        Some(of) => format!("`{state}` is a state or province of {of}, not of {country}"),
        None => format!("`{state}` is no state or province of {country}"),
    })
}

/// A place of several, of which one lacks the comma before its country: `Oslo, NO / London UK`.
fn several(text: &str) -> Option<String> {
    let inner = text
        .rsplit_once('(')
        .map_or(text, |(_, inner)| inner)
        .trim_end_matches(')');
    let parts: Vec<&str> = inner.split('/').map(str::trim).collect();
    let with_comma = parts.iter().any(|part| part.contains(','));
    let glued = parts.iter().find(|part| {
        let last = part.rsplit_once(' ').filter(|_| !part.contains(','));
        last.is_some_and(|(_, code)| code.len() == 2 && country_code(code).is_some())
    });
    glued
        .filter(|_| with_comma)
        .map(|part| format!("`{part}` lacks a comma before the country"))
}
