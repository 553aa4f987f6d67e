//! Events that stand under another part of the world.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::PlaceMode;
use crate::places::{country_code, regions_named, regions_of};

pub(super) const RULE: Rule = Rule {
    name: "event-region",
    level: Level::Deny,
    page: include_str!("event_region.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let date = context.date();
    let mut last = None;
    let mut named = (None, Vec::new());
    for event in &issue.events {
        let Some(section) = event.section.map(|section| &issue.sections[section]) else {
            continue;
        };
        if named.0 != event.section {
            let mut regions = regions_named(&section.title);
            if let Some(id) = &section.id {
                regions.extend(regions_named(id));
            }
            named = (event.section, regions);
        }
        let here = &named.1;
        let code = event.place.country.as_deref().and_then(country_code);
        let Some(code) = code.filter(|_| !here.is_empty() && last != Some(event.item)) else {
            continue;
        };
        // On line, the country is that of the group; people add the time zone's region as they like.
        let there = regions_of(code);
        if event.place.mode == PlaceMode::Virtual
            || there.iter().any(|region| here.contains(region))
        {
            continue;
        }
        last = Some(event.item);
        let city = event.place.city.as_deref().unwrap_or_default();
        let usual = context.facts.archive.map_or(0, |archive| {
            let events = archive.events_in(city, date);
            let same = |past: &str| country_code(past) == Some(code);
            let here = events.filter(|past| {
                past.section() == section.id.as_deref() && past.country().is_some_and(same)
            });
            here.count()
        });
        // What a newsletter does again and again is its way to count continents.
        if usual >= 6 {
            continue;
        }
        let country = event.place.country.as_deref().unwrap_or_default();
        let message = format!("{city}, {country} does not lie in `{}`", section.title);
        let finding = context.finding(issue.items[event.item].text, message);
        context.report(finding.with_help("move it to its region, or correct the country"));
    }
}
