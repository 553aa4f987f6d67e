//! What differs between the list we make and the one that was published, and whose slip it is.

use super::rows::Row;
use super::{Outcome, Replay};
use jiff::civil::Date;
use press_core::events::{PlaceMode, are_near, group_key, page_key};
use press_core::issue::{self, Issue};
use press_core::places::country_code;

/// Whose doing a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Ours.
    Ours,
    /// The published line is odd in a way that was noted before anybody compared.
    NotedAnomaly,
    /// A hybrid event that was published in one of its two sections only, or one half as something else.
    HalfHybrid,
    /// A state that is written against the house style, or left out against it.
    State,
    /// `GB` for `UK`, capital letters.
    Spelling,
    /// An event that vanished from the published list and was there again a week later.
    LostAndFound,
    /// Listed beyond the days the issue names.
    BeyondWindow,
    /// Over before the issue appeared.
    Over,
    /// Listed twice.
    Twice,
    /// Odd in the issue before already, and carried over word for word.
    CarriedOdd,
    /// Two events of one day whose order is not that of their places, there or in the issue before.
    Order,
}

pub(super) struct Difference {
    pub(super) cause: Cause,
    pub(super) text: String,
}

/// One entry of ours.
struct Own {
    section: String,
    event: issue::Event,
    page: String,
}

fn own_events(replay: &Replay, date: Date, outcome: &Outcome) -> Vec<Own> {
    let read = read(replay, date, &outcome.text);
    let own = read.events.iter().map(|event| {
        let section = event.section.map(|at| read.sections[at].title.as_str());
        Own {
            section: section.unwrap_or_default().trim_end_matches(':').to_owned(),
            page: page_key(&event.url),
            event: event.clone(),
        }
    });
    own.collect()
}

fn read(replay: &Replay, date: Date, list: &str) -> Issue {
    let text = format!("Title: Events\nDate: {date}\n\n## Upcoming Events\n\n{list}");
    Issue::parse(&text, &replay.format)
}

pub(super) fn differences(replay: &Replay, issue: u32, outcome: &Outcome) -> Vec<Difference> {
    let theirs = replay.rows(issue + 1);
    let mut ours = own_events(replay, theirs[0].issue_date, outcome);
    let mut found = Vec::new();
    for row in &theirs {
        let section = row.section.trim_end_matches(':');
        let same = |own: &Own| own.page == row.page && own.section == section;
        let exact = ours
            .iter()
            .position(|own| same(own) && own.event.date == row.date);
        match exact.or_else(|| ours.iter().position(same)) {
            Some(at) => {
                let own = ours.remove(at);
                if let Some(what) = unlike(row, &own.event) {
                    let cause = slip(replay, row, &own.event);
                    found.push(Difference {
                        cause,
                        text: format!("{what} ({})", row.url),
                    });
                }
            }
            None => found.push(missing(replay, row)),
        }
    }
    found.extend(ours.iter().map(|own| surplus(replay, issue, own)));
    found
}

/// What differs in two lines of one event.
fn unlike(row: &Row, own: &issue::Event) -> Option<String> {
    let key = |url: &str, name: &str| {
        group_key(&press_core::events::Group {
            name: name.to_owned(),
            url: url.to_owned(),
        })
    };
    let their_groups: Vec<String> = row
        .groups
        .iter()
        .map(|(name, url)| key(url, name))
        .collect();
    let our_groups: Vec<String> = own
        .organisers
        .iter()
        .map(|one| key(&one.url, &one.name))
        .collect();
    let their_title = row.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let pairs = [
        (format!("{:?}", row.date), format!("{:?}", own.date)),
        (format!("{:?}", row.end_date), format!("{:?}", own.end_date)),
        (row.location.clone(), own.place.text.clone()),
        (
            their_title,
            own.title.split_whitespace().collect::<Vec<_>>().join(" "),
        ),
        (their_groups.join(" "), our_groups.join(" ")),
        (row.paid.to_string(), own.paid.to_string()),
    ];
    let unlike: Vec<String> = pairs
        .iter()
        .filter(|(theirs, ours)| theirs != ours)
        .map(|(theirs, ours)| format!("theirs `{theirs}`, ours `{ours}`"))
        .collect();
    (!unlike.is_empty()).then(|| unlike.join("; "))
}

fn slip(replay: &Replay, row: &Row, own: &issue::Event) -> Cause {
    if is_odd(row) {
        return Cause::NotedAnomaly;
    }
    let before = replay.rows(row.issue - 1);
    let before = before
        .iter()
        .filter(|old| old.page == row.page && old.section == row.section);
    let carried = before
        .clone()
        .any(|old| old.location == own.place.text && old.title == own.title);
    let ends: Vec<_> = replay
        .rows(row.issue - 1)
        .iter()
        .filter(|old| old.page == row.page)
        .map(|old| old.end_date)
        .collect();
    if ends.iter().any(|end| *end != ends[0]) {
        return Cause::CarriedOdd;
    }
    if is_double(replay, row) {
        return Cause::Twice;
    }
    if carried && before.clone().any(|old| is_odd(old)) {
        return Cause::CarriedOdd;
    }
    let rest = |own: &issue::Event| {
        let event = issue::Event {
            place: issue::Place {
                text: row.location.clone(),
                ..own.place.clone()
            },
            ..own.clone()
        };
        unlike(row, &event).is_none()
    };
    if !rest(own) {
        return Cause::Ours;
    }
    let place = &own.place;
    let city = |city: &Option<String>| city.as_deref().unwrap_or_default().to_lowercase();
    let country = |country: &Option<String>| country.as_deref().and_then(country_code);
    let here =
        city(&row.city) == city(&place.city) && country(&row.country) == country(&place.country);
    if here && row.mode != place.mode {
        return Cause::HalfHybrid;
    }
    if here && row.state != place.state {
        let wanted = matches!(country(&row.country), Some("US" | "CA" | "AU"));
        // Ours is right if it has a state where one is wanted, and none elsewhere.
        return match (wanted == place.state.is_some(), carried) {
            (true, _) => Cause::State,
            (false, true) => Cause::CarriedOdd,
            (false, false) => Cause::Ours,
        };
    }
    if here { Cause::Spelling } else { Cause::Ours }
}

/// Whether somebody who only looked at the issue found a line odd, for more than its blanks or its place in the list.
fn is_odd(row: &Row) -> bool {
    let harmless = [
        "sub-entry",
        "same day",
        "not sorted",
        "region heading",
        "date after",
    ];
    row.anomalies
        .iter()
        .any(|kind| harmless.iter().all(|start| !kind.starts_with(start)))
}

/// Whether one event is listed under two addresses.
fn is_double(replay: &Replay, row: &Row) -> bool {
    let rows = replay.rows(row.issue);
    rows.iter().any(|other| {
        other.page != row.page
            && other.date == row.date
            && other.city == row.city
            && are_near(&other.title, &row.title)
    })
}

fn missing(replay: &Replay, row: &Row) -> Difference {
    let text = format!(
        "not in ours: {:?} {} | {} {}",
        row.date, row.section, row.location, row.url
    );
    let rows = replay.rows(row.issue);
    let twins = rows
        .iter()
        .filter(|other| other.page == row.page && other.date == row.date);
    let same = twins
        .clone()
        .filter(|other| other.section == row.section)
        .count();
    let noted = row.anomalies.iter().any(|kind| {
        kind.starts_with("wrong region")
            || kind.starts_with("in Virtual but")
            || kind.starts_with("entry line")
            || kind.starts_with("no country")
    });
    let until = row.issue_date + jiff::Span::new().days(28);
    let cause = if row.end_date.or(row.date) < Some(row.issue_date) {
        Cause::Over
    } else if row.date > Some(until) {
        Cause::BeyondWindow
    } else if same > 1 || is_double(replay, row) {
        Cause::Twice
    } else if noted {
        Cause::NotedAnomaly
    } else {
        Cause::Ours
    };
    Difference { cause, text }
}

fn surplus(replay: &Replay, issue: u32, own: &Own) -> Difference {
    let event = &own.event;
    let text = format!(
        "only in ours: {:?} {} | {} {}",
        event.date, own.section, event.place.text, event.url
    );
    let now = replay.rows(issue + 1);
    let elsewhere: Vec<&&Row> = now
        .iter()
        .filter(|row| row.page == own.page && row.date == event.date)
        .collect();
    let later = replay.rows(issue + 2);
    let before = replay.rows(issue);
    let odd = before.iter().any(|row| row.page == own.page && is_odd(row));
    let before: Vec<&&Row> = before
        .iter()
        .filter(|row| row.page == own.page && row.section == own.section)
        .collect();
    let twins = before.iter().filter(|row| row.date == event.date).count();
    let twice = twins > 1 && !elsewhere.is_empty();
    let cause = if twice || odd {
        Cause::CarriedOdd
    } else if event.place.mode == PlaceMode::Hybrid && !elsewhere.is_empty() {
        Cause::HalfHybrid
    } else if elsewhere.iter().any(|row| {
        row.anomalies
            .iter()
            .any(|kind| kind.starts_with("wrong region"))
    }) {
        Cause::NotedAnomaly
    } else if elsewhere.is_empty() && later.iter().any(|row| row.page == own.page) {
        Cause::LostAndFound
    } else {
        Cause::Ours
    };
    Difference { cause, text }
}

/// Pairs of events of one section that stand the other way round.
pub(super) fn disorder(replay: &Replay, issue: u32, outcome: &Outcome) -> Vec<Difference> {
    let theirs = replay.rows(issue + 1);
    let before = replay.rows(issue);
    let ours = own_events(replay, theirs[0].issue_date, outcome);
    let place = |rows: &[&Row], own: &Own| {
        rows.iter().position(|row| {
            row.page == own.page
                && row.section.trim_end_matches(':') == own.section
                && row.date == own.event.date
        })
    };
    let mut found = Vec::new();
    for (at, one) in ours.iter().enumerate() {
        let later = ours[at + 1..].iter();
        for other in later.filter(|other| other.section == one.section && other.page != one.page) {
            let there = |rows: &[&Row]| Some((place(rows, one)?, place(rows, other)?));
            let Some((first, second)) = there(&theirs).filter(|(first, second)| first > second)
            else {
                continue;
            };
            let twins = |own: &Own| {
                let same = |row: &&&Row| {
                    row.page == own.page && row.section.trim_end_matches(':') == own.section
                };
                theirs
                    .iter()
                    .filter(same)
                    .count()
                    .max(before.iter().filter(same).count())
            };
            if twins(one) > 1 || twins(other) > 1 {
                continue;
            }
            let key = |row: &Row| (row.date, row.location.to_lowercase());
            let unsorted = key(theirs[second]) >= key(theirs[first]);
            let inherited = there(&before).is_some_and(|(first, second)| first < second);
            let cause = if unsorted || inherited {
                Cause::Order
            } else {
                Cause::Ours
            };
            let text = format!("order: {} before {}", one.event.url, other.event.url);
            found.push(Difference { cause, text });
        }
    }
    found
}

/// Events that were carried over, are ahead, and were not called off, and that our list does not have.
pub(super) fn lost(replay: &Replay, issue: u32, carried: &str, outcome: &Outcome) -> Vec<String> {
    let date = replay.rows(issue + 1)[0].issue_date;
    let events = |list: &str| read(replay, date, list).events;
    let there = events(&outcome.text);
    let called_off = |event: &issue::Event| {
        let group = event.organisers.first().map(|one| page_key(&one.url));
        outcome.told.contains(&page_key(&event.url)) || group.is_none()
    };
    let known = |event: &issue::Event| {
        let group = |event: &issue::Event| event.organisers.first().map(|one| page_key(&one.url));
        there.iter().any(|other| {
            page_key(&other.url) == page_key(&event.url)
                || (group(other) == group(event) && other.date == event.date)
        })
    };
    let gone = events(carried)
        .into_iter()
        .filter(|event| !known(event) && !called_off(event));
    gone.map(|event| format!("{:?} {}", event.date, event.url))
        .collect()
}
