//! One event listed twice.

use crate::canonical::canonical;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::{Event, PlaceMode};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-event",
    level: Level::Warn,
    page: include_str!("duplicate_event.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let mut by_title = HashMap::new();
    let mut by_url = HashMap::new();
    for event in &context.issue().events {
        let url = canonical(&event.url);
        let title_key = (event.date, group(event), event.title.to_lowercase());
        let titled = event.date.and(by_title.insert(title_key, event));
        // A page of its own, told by its number, has one date; a group's page may announce many.
        let key = (
            url.clone(),
            if has_number(&url) { None } else { event.date },
        );
        let linked = (!url.is_empty())
            .then(|| by_url.insert(key, event))
            .flatten();
        let Some(first) = [titled, linked]
            .into_iter()
            .flatten()
            .find(|first| is_same(first, event))
        else {
            continue;
        };
        let finding = context.finding(
            event.span.trimmed(context.text()),
            "this event is listed already",
        );
        context.report(finding.with_place(first.span.trimmed(context.text()), "here first"));
    }
}

/// Whether two entries are one event too often: events that can be attended on line stand under their region too.
fn is_same(first: &Event, second: &Event) -> bool {
    let on_line = |event: &Event| event.place.mode != PlaceMode::InPerson;
    let parallel = first.item == second.item;
    let elsewhere = first.section != second.section && (on_line(first) || on_line(second));
    let tour = first.section != second.section && first.place.city != second.place.city;
    !parallel && !elsewhere && !tour
}

fn group(event: &Event) -> String {
    event
        .organisers
        .first()
        .map_or_else(String::new, |organiser| {
            if organiser.url.is_empty() {
                organiser.name.to_lowercase()
            } else {
                canonical(&organiser.url)
            }
        })
}

/// Whether a page's address ends in the number of one event.
fn has_number(url: &str) -> bool {
    let last = url.rsplit('/').next().unwrap_or_default();
    last.bytes().filter(u8::is_ascii_digit).count() >= 8
}
