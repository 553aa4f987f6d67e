//! The world as it was when an issue was made: what its sources would have said, with the noise they make. Which noise
//! an event gets depends on its address alone, so it is the same every week.

use super::Replay;
use super::rows::Row;
use press_core::events::{Event, Group, PlaceMode, Town, are_near};

/// What all sources say when an issue is made.
pub(super) fn found(replay: &Replay, issue: u32) -> Vec<Event> {
    let rows = replay.rows(issue);
    let mut events = Vec::new();
    let mut done: Vec<(&str, _)> = Vec::new();
    for row in &rows {
        let Some(date) = row.date else { continue };
        if done.contains(&(row.page.as_str(), date)) {
            continue;
        }
        done.push((&row.page, date));
        let twins: Vec<&Row> = rows
            .iter()
            .filter(|other| other.page == row.page && other.date == row.date)
            .copied()
            .collect();
        events.extend(noisy(&twins));
    }
    events.extend(called_off(replay, issue));
    events
}

/// Events of the issue before that were ahead and that nobody listed again: they were called off.
fn called_off(replay: &Replay, issue: u32) -> Vec<Event> {
    let (Some(today), later) = (
        replay.rows(issue).first().map(|row| row.issue_date),
        replay.rows(issue + 1),
    ) else {
        return Vec::new();
    };
    let now = replay.rows(issue);
    let known = |row: &&Row, rows: &[&Row]| {
        let group = |row: &Row| {
            row.groups
                .first()
                .map(|(_, url)| press_core::events::page_key(url))
        };
        rows.iter().any(|other| {
            other.page == row.page
                || (group(other) == group(row)
                    && other.date == row.date
                    && are_near(&other.title, &row.title))
        })
    };
    let before = replay.rows(issue - 1);
    let gone = before
        .iter()
        .filter(|row| row.end_date.or(row.date) >= Some(today));
    let gone = gone.filter(|row| !known(row, &now) && !known(row, &later));
    gone.flat_map(|row| noisy(&[row]))
        .map(|event| Event {
            cancelled: true,
            ..event
        })
        .collect()
}

/// One event as its source tells it.
fn noisy(twins: &[&Row]) -> Vec<Event> {
    let row = twins[0];
    let dice = dice(&row.page);
    let modes: Vec<PlaceMode> = twins.iter().map(|twin| twin.mode).collect();
    let split = modes.iter().any(|mode| *mode != modes[0]);
    let hybrid = split || modes[0] == PlaceMode::Hybrid;
    let group = |(name, url): &(String, String)| Group {
        name: wrapped(name, dice / 3),
        url: url.clone(),
    };
    let event = Event {
        title: wrapped(&row.title, dice),
        url: address(&row.url, dice),
        groups: row.groups.iter().map(group).collect(),
        date: row.date.unwrap(),
        end_date: twins.iter().filter_map(|twin| twin.end_date).max(),
        town: Town {
            city: row.city.clone().map(|city| spelled(city, dice / 7)),
            state: row.state.clone(),
            country: row
                .country
                .as_deref()
                .map(|country| nation(country, dice / 5)),
        },
        zone: row.country.as_deref().and_then(zone).map(str::to_owned),
        mode: if hybrid { PlaceMode::Hybrid } else { row.mode },
        paid: row.paid,
        source: if row.page.starts_with("meetup.com/") {
            "meetup"
        } else {
            "calendars"
        }
        .to_owned(),
        ..Event::default()
    };
    if !hybrid || dice.is_multiple_of(2) {
        return vec![event];
    }
    // Some groups announce both halves of a hybrid event.
    [PlaceMode::InPerson, PlaceMode::Virtual]
        .map(|mode| Event {
            mode,
            ..event.clone()
        })
        .to_vec()
}

/// What is thrown for a page.
pub(super) fn dice(page: &str) -> u32 {
    page.bytes().fold(7u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    })
}

/// A clock of the country; sources name it from the group's place, which is not what is wrong.
pub(super) fn zone(country: &str) -> Option<&'static str> {
    let zones = [
        ("AR", "America/Argentina/Buenos_Aires"),
        ("AU", "Australia/Sydney"),
        ("CA", "America/Toronto"),
        ("CH", "Europe/Zurich"),
        ("CN", "Asia/Shanghai"),
        ("CZ", "Europe/Prague"),
        ("DE", "Europe/Berlin"),
        ("ES", "Europe/Madrid"),
        ("FR", "Europe/Paris"),
        ("IL", "Asia/Jerusalem"),
        ("IT", "Europe/Rome"),
        ("MX", "America/Mexico_City"),
        ("NO", "Europe/Oslo"),
        ("NZ", "Pacific/Auckland"),
        ("PL", "Europe/Warsaw"),
        ("SE", "Europe/Stockholm"),
        ("UK", "Europe/London"),
        ("US", "America/Chicago"),
    ];
    zones
        .iter()
        .find(|(code, _)| *code == country)
        .map(|(_, zone)| *zone)
}

/// Titles come with entities, elements, and odd blanks.
fn wrapped(title: &str, dice: u32) -> String {
    let title = title.replace('&', "&amp;");
    match dice % 4 {
        0 => format!("<b>{title}</b>"),
        1 => format!("  {}\u{a0}\n", title.replace('\'', "&#39;")),
        2 => title.replace(' ', "  "),
        _ => title,
    }
}

fn address(url: &str, dice: u32) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    match dice % 3 {
        0 if url.contains("meetup.com/") => format!("{url}{sign}eventOrigin=group_upcoming_events"),
        1 if !url.contains('#') => format!("{url}{sign}utm_source=calendar"),
        _ => url.to_owned(),
    }
}

pub(super) fn spelled(city: String, dice: u32) -> String {
    match dice % 6 {
        0 => city.to_uppercase(),
        1 => format!(" {city} "),
        _ => city,
    }
}

/// Countries come as codes in small letters, as names, and wrong.
pub(super) fn nation(country: &str, dice: u32) -> String {
    let code = if country == "UK" { "GB" } else { country };
    let name = match code {
        "DE" => "Germany",
        "GB" => "United Kingdom",
        "US" => "USA",
        "NL" => "The Netherlands",
        other => other,
    };
    match dice % 12 {
        0 => "FR".to_owned(),
        1..5 => code.to_lowercase(),
        5 | 6 => name.to_owned(),
        _ => code.to_owned(),
    }
}
