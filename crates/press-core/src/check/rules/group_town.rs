//! Events whose town is not the one that the group is named after.

use crate::check::archive::Archive;
use crate::check::wording::one_slip_apart;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::{Event, PlaceMode};
use crate::places::country_code;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "group-town",
    level: Level::Warn,
    page: include_str!("group_town.md"),
    check,
};

/// How often a word must be the town of earlier events before a group's name is read as holding a town.
const OFTEN: usize = 3;

fn check(context: &mut Context<'_>) {
    let (issue, date, archive) = (context.issue(), context.date(), context.facts.archive);
    let mut last = None;
    for event in &issue.events {
        if last == Some(event.item) {
            continue;
        }
        let Some((town, group)) = other_town(archive, date, event) else {
            continue;
        };
        last = Some(event.item);
        let city = event.place.city.as_deref().unwrap_or_default();
        let message = format!("the place is {city}, the group `{group}` is of {town}");
        let finding = context.finding(issue.items[event.item].text, message);
        context.report(
            finding.with_help("correct the place or the group, or leave it if they travel"),
        );
    }
}

/// The town in the name of the only group of an event, if it is another than the event's.
fn other_town<'e>(
    archive: Option<&Archive>,
    date: Option<Date>,
    event: &'e Event,
) -> Option<(String, &'e str)> {
    let [group] = event.organisers.as_slice() else {
        return None;
    };
    let city = event.place.city.as_deref()?.to_lowercase();
    let (name, url) = (group.name.to_lowercase(), group.url.to_lowercase());
    let first = city.split([' ', '-', '/']).next().unwrap_or(&city);
    if city.len() < 3
        || event.place.mode == PlaceMode::Virtual
        || name.contains(first)
        || url.contains(first)
    {
        return None;
    }
    let own = archive.map_or(0, |archive| {
        let events = archive.events_of(&group.url, date);
        let here = |town: Option<&str>| town.is_some_and(|town| town.to_lowercase() == city);
        events.filter(|past| here(past.city())).take(OFTEN).count()
    });
    // Groups named after a big town next door meet where they meet.
    if own >= OFTEN {
        return None;
    }
    let town = named_last(&group.name).or_else(|| {
        let words = group
            .name
            .split(|character: char| !character.is_alphabetic());
        let capital = words.filter(|word| word.len() >= 4 && word.starts_with(char::is_uppercase));
        let mut towns = capital
            .filter(|word| archive.is_some_and(|archive| is_elsewhere(archive, date, word, event)));
        towns.next()
    })?;
    // A slip in the town's name is no other town.
    let other = country_code(town).is_none() && !one_slip_apart(&town.to_lowercase(), &city);
    other.then(|| (town.to_owned(), group.name.as_str()))
}

/// Whether a word is a town that earlier issues know in another country or state. Groups named after a big town
/// do meet next door.
fn is_elsewhere(archive: &Archive, date: Option<Date>, word: &str, event: &Event) -> bool {
    let newest: Vec<_> = archive.events_in(word, date).take(OFTEN).collect();
    let Some(last) = newest.first().filter(|_| newest.len() == OFTEN) else {
        return false;
    };
    let place = &event.place;
    let there = last.country().and_then(country_code);
    let here = place.country.as_deref().and_then(country_code);
    let states =
        last.state().is_some() && place.state.is_some() && last.state() != place.state.as_deref();
    there.is_some() && here.is_some() && (there != here || states)
}

/// `Somewhere` at the end of a name such as "Programming in Somewhere".
fn named_last(name: &str) -> Option<&str> {
    let (_, town) = name.rsplit_once(" in ")?;
    let word = town.len() >= 4
        && town.chars().all(char::is_alphabetic)
        && town.starts_with(char::is_uppercase);
    // A programming language is no town.
    (word && !name.to_lowercase().ends_with("in rust")).then_some(town)
}
