//! What differs between the list we make and the one that was published, and whose slip it is.

use super::Replay;
use super::rows::Row;
use press_core::events::{Merged, PlaceMode, group_key, page_key};
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

pub(super) fn differences(replay: &Replay, issue: u32, merged: &Merged) -> Vec<Difference> {
    let theirs = replay.rows(issue + 1);
    let date = theirs[0].issue_date;
    let text = format!(
        "Title: Events\nDate: {date}\n\n## Upcoming Events\n\n{}",
        merged.text
    );
    let read = Issue::parse(&text, &replay.format);
    let mut ours: Vec<Own> = read
        .events
        .iter()
        .map(|event| Own {
            section: event
                .section
                .map(|at| read.sections[at].title.clone())
                .unwrap_or_default(),
            page: page_key(&event.url),
            event: event.clone(),
        })
        .collect();
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
                    let cause = slip(row, &own.event);
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
        (their_title, own.title.clone()),
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

fn slip(row: &Row, own: &issue::Event) -> Cause {
    let noted = row
        .anomalies
        .iter()
        .any(|kind| !kind.starts_with("sub-entry") && !kind.starts_with("same day"));
    if noted {
        return Cause::NotedAnomaly;
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
        return if wanted == place.state.is_some() {
            Cause::State
        } else {
            Cause::Ours
        };
    }
    if here { Cause::Spelling } else { Cause::Ours }
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
    } else if same > 1 {
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
    let cause = if event.place.mode == PlaceMode::Hybrid && !elsewhere.is_empty() {
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

/// Events that were carried over, are ahead, and were not called off, and that our list does not have.
pub(super) fn lost(replay: &Replay, issue: u32, carried: &str, merged: &Merged) -> Vec<String> {
    let date = replay.rows(issue + 1)[0].issue_date;
    let read = |list: &str| {
        let text = format!("Title: Events\nDate: {date}\n\n## Upcoming Events\n\n{list}");
        Issue::parse(&text, &replay.format).events
    };
    let there = read(&merged.text);
    let told: Vec<String> = merged
        .notices
        .iter()
        .map(|notice| page_key(&notice.url))
        .collect();
    let called_off = |event: &issue::Event| {
        let group = event.organisers.first().map(|one| page_key(&one.url));
        told.contains(&page_key(&event.url)) || group.is_none()
    };
    let known = |event: &issue::Event| {
        let group = |event: &issue::Event| event.organisers.first().map(|one| page_key(&one.url));
        there.iter().any(|other| {
            page_key(&other.url) == page_key(&event.url)
                || (group(other) == group(event) && other.date == event.date)
        })
    };
    let gone = read(carried)
        .into_iter()
        .filter(|event| !known(event) && !called_off(event));
    gone.map(|event| format!("{:?} {}", event.date, event.url))
        .collect()
}
