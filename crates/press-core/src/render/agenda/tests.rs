//! Stories of events over several issues.

use super::*;
use crate::format::Format;
use crate::format::{Definitions, SectionKind, SectionSpec};
use crate::issue::{Document, Issue, Source};
use crate::render::record::anchors;
use crate::render::site::IssueHead;

pub(crate) fn format() -> Format {
    let mut europe = SectionSpec::new("events-europe", SectionKind::Events, "Europe");
    europe.parent = Some(0);
    let mut on_line = SectionSpec::new("events-virtual", SectionKind::Events, "Virtual");
    on_line.parent = Some(0);
    let events = SectionSpec::new("events", SectionKind::Events, "Events");
    let quote = SectionSpec::new("quote", SectionKind::Quote, "Quote");
    Format::new(
        vec![events, europe, on_line, quote],
        Vec::new(),
        Definitions::First,
    )
}

/// An issue of a day, with these lines of events.
fn issue(day: &str, lines: &str) -> Record {
    let text = format!("Title: Terns\nDate: {day}\n\n## Events\n\n{lines}\n");
    let format = format();
    let source = Source::new(&text, format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &format);
    let head = IssueHead {
        title: "Terns".to_owned(),
        number: Some(1),
        date: day.parse().expect("a day"),
        modified: None,
        url: format!("/{day}/"),
        category: None,
        draft: false,
    };
    Record::new(&document, &issue, &anchors(&issue), head)
}

fn told(day: &str, place: &str, title: &str, page: &str) -> String {
    format!(
        "* {day} | {place} | [Gulls {page}](https://gulls.example/{page})\n  * [{title}](https://gulls.example/{page})\n"
    )
}

/// Some events that are there in every issue, so that the lists are long enough.
fn others(first: &str, last: &str) -> String {
    told(first, "Bergen, NO", "First", "first") + &told(last, "Bergen, NO", "Last", "last")
}

fn agenda(issues: &[Record]) -> Agenda {
    Agenda::of(&issues.iter().collect::<Vec<_>>(), 28)
}

fn find<'a>(agenda: &'a Agenda, page: &str) -> Vec<&'a Entry> {
    let entries = agenda.entries.iter();
    entries
        .filter(|entry| entry.facts.url.ends_with(&format!("/{page}")))
        .collect()
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

#[test]
fn an_event_of_many_issues_is_one() {
    let line = told("2026-03-10", "Oslo, NO", "Night", "night");
    let agenda = agenda(&[
        issue("2026-03-01", &line),
        issue("2026-03-04", &line),
        issue("2026-03-08", &line.replace("https://", "http://www.")),
    ]);
    let [entry] = agenda.entries.as_slice() else {
        panic!("{:?}", agenda.entries);
    };
    assert_eq!(
        (entry.changes, entry.first.issue, entry.latest.issue),
        (0, 0, 0)
    );
    assert_eq!(entry.changed, day("2026-03-01"));
}

#[test]
fn each_issue_with_other_facts_is_a_change() {
    let line = told("2026-03-10", "Oslo, NO", "Night", "night");
    let agenda = agenda(&[
        issue("2026-03-01", &line),
        issue("2026-03-03", &line.replace("[Night]", "[Long night]")),
        issue("2026-03-05", &line.replace("[Night]", "[Long night]")),
        issue(
            "2026-03-07",
            &line
                .replace("Oslo", "Bergen")
                .replace("[Night]", "[Long night]"),
        ),
    ]);
    let entry = &agenda.entries[0];
    assert_eq!((entry.changes, entry.latest.issue), (2, 3));
    assert_eq!(entry.changed, day("2026-03-07"));
    assert_eq!(entry.facts.place.city.as_deref(), Some("Bergen"));
}

#[test]
fn an_event_keeps_its_id_when_it_is_moved() {
    let before = agenda(&[issue(
        "2026-03-01",
        &told("2026-03-10", "Oslo, NO", "Night", "night"),
    )]);
    let after = agenda(&[
        issue(
            "2026-03-01",
            &told("2026-03-10", "Oslo, NO", "Night", "night"),
        ),
        issue(
            "2026-03-04",
            &told("2026-03-24", "Oslo, NO", "Night", "night"),
        ),
    ]);
    let [entry] = after.entries.as_slice() else {
        panic!("{:?}", after.entries);
    };
    assert_eq!(entry.id, before.entries[0].id);
    assert_eq!((entry.changes, entry.facts.date), (1, day("2026-03-24")));
    assert_eq!(entry.moved_from(), Some(day("2026-03-10")));
    let places: Vec<&str> = entry.announced.iter().map(|(_, id)| id.as_str()).collect();
    let own = |day: &str| anchor("https://gulls.example/night", day.parse().expect("a day"));
    assert_eq!(places, [own("2026-03-10"), own("2026-03-24")]);
}

#[test]
fn evenings_of_a_series_at_one_page_are_several_events() {
    let evenings = |days: &[&str]| -> String {
        days.iter()
            .map(|day| told(day, "Oslo, NO", "Night", "night"))
            .collect()
    };
    let agenda = agenda(&[
        issue(
            "2026-03-01",
            &evenings(&["2026-03-05", "2026-03-12", "2026-03-19"]),
        ),
        // One is over, one was moved by a day, one is new.
        issue(
            "2026-03-08",
            &evenings(&["2026-03-13", "2026-03-19", "2026-03-26"]),
        ),
    ]);
    let days: Vec<(Date, u32)> = agenda
        .entries
        .iter()
        .map(|entry| (entry.facts.date, entry.changes))
        .collect();
    let expected = [
        ("2026-03-05", 0),
        ("2026-03-13", 1),
        ("2026-03-19", 0),
        ("2026-03-26", 0),
    ];
    assert_eq!(days, expected.map(|(text, changes)| (day(text), changes)));
    let ids: HashSet<&String> = agenda.entries.iter().map(|entry| &entry.id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn an_event_in_two_sections_is_one_at_both_places() {
    let lines = format!(
        "### Virtual\n\n{}\n### Europe\n\n{}",
        told("2026-03-10", "Virtual (Oslo, NO)", "Night", "night"),
        told("2026-03-10", "Oslo, NO", "Night", "night")
    );
    let agenda = agenda(&[issue("2026-03-01", &lines)]);
    let facts = &agenda.entries[0].facts;
    assert_eq!(agenda.entries.len(), 1);
    assert_eq!(facts.sections, ["events-virtual", "events-europe"]);
    assert_eq!(
        (facts.place.mode, facts.place.text.as_str()),
        (PlaceMode::Hybrid, "Oslo, NO")
    );
    assert_eq!(facts.country(), Some("NO"));
}

#[test]
fn what_is_no_longer_listed_is_off_until_it_is_listed_again() {
    let night = told("2026-03-10", "Oslo, NO", "Night", "night");
    let first = issue("2026-03-01", &(others("2026-03-05", "2026-03-20") + &night));
    let second = issue("2026-03-04", &others("2026-03-05", "2026-03-20"));
    let third = issue(
        "2026-03-06",
        &(night + &told("2026-03-20", "Bergen, NO", "Last", "last")),
    );
    let two = agenda(&[first.clone(), second.clone()]);
    let entry = find(&two, "night")[0];
    assert_eq!((entry.facts.off, entry.changes), (Some(Off::Gone), 1));
    assert_eq!(entry.changed, day("2026-03-04"));
    assert!(
        two.ahead().iter().any(|ahead| ahead.id == entry.id),
        "it stays until it is past"
    );
    let three = agenda(&[first, second, third]);
    let entry = find(&three, "night")[0];
    assert_eq!((entry.facts.off, entry.changes), (None, 2));
    assert_eq!(find(&three, "first")[0].facts.off, None, "it is past");
}

#[test]
fn what_an_issue_does_not_cover_is_not_off() {
    let listed = |day: &str, page: &str| told(day, "Oslo, NO", page, page);
    let before = issue(
        "2026-03-03",
        &(listed("2026-03-04", "tomorrow")
            + &listed("2026-03-20", "last")
            + &listed("2026-03-28", "late")
            + &listed("2026-06-01", "far")),
    );
    // It begins with the day after tomorrow and ends before the late one.
    let after = issue(
        "2026-03-03",
        &(listed("2026-03-05", "other") + &listed("2026-03-20", "last")),
    );
    let ended = agenda(&[before.clone(), after]);
    assert!(ended.entries.iter().all(|entry| entry.facts.off.is_none()));
    // An issue without events says nothing of events.
    let silent = issue("2026-03-04", "");
    assert!(
        agenda(&[before, silent])
            .entries
            .iter()
            .all(|entry| entry.facts.off.is_none())
    );
}

#[test]
fn a_section_that_was_cut_calls_nothing_off() {
    let many = |page: &str, count: i8| -> String {
        (0..count)
            .map(|at| {
                told(
                    &format!("2026-03-{:02}", 10 + at),
                    "Oslo, NO",
                    "Night",
                    &format!("{page}{at}"),
                )
            })
            .collect()
    };
    let both = format!(
        "### Virtual\n\n{}\n### Europe\n\n{}",
        many("v", 3),
        many("e", 5)
    );
    let one = format!("### Europe\n\n{}", many("e", 5));
    let cut = agenda(&[issue("2026-03-01", &both), issue("2026-03-04", &one)]);
    assert!(cut.entries.iter().all(|entry| entry.facts.off.is_none()));
    let few = format!(
        "### Virtual\n\n{}\n### Europe\n\n{}",
        many("v", 1),
        many("e", 1)
    );
    let most = agenda(&[issue("2026-03-01", &both), issue("2026-03-04", &few)]);
    assert!(most.entries.iter().all(|entry| entry.facts.off.is_none()));
}

#[test]
fn an_evening_that_got_a_page_of_its_own_is_the_same() {
    let line = |page: &str| {
        format!(
            "* 2026-03-10 | Oslo, NO | [Gulls](https://gulls.example/)\n  * [Night](https://gulls.example/{page})\n\
             * 2026-03-20 | Oslo, NO | [Terns](https://terns.example/)\n  * [Day](https://terns.example/day)\n"
        )
    };
    let agenda = agenda(&[
        issue("2026-03-01", &line("series")),
        issue("2026-03-04", &line("777")),
        issue("2026-03-05", &line("777")),
    ]);
    let night: Vec<&Entry> = agenda
        .entries
        .iter()
        .filter(|entry| entry.facts.title == "Night")
        .collect();
    assert_eq!(night.len(), 1);
    // Both places of it are known, so that links of both issues lead there.
    assert_eq!(night[0].announced.len(), 2);
    assert_eq!(night[0].facts.off, None);
}

#[test]
fn a_title_can_call_an_event_off() {
    let night = told("2026-03-10", "Oslo, NO", "Night", "night");
    let agenda = agenda(&[
        issue("2026-03-01", &night),
        issue("2026-03-04", &night.replace("[Night]", "[Cancelled]")),
    ]);
    let entry = &agenda.entries[0];
    assert_eq!(
        (entry.facts.off, entry.facts.title.as_str()),
        (Some(Off::Said), "Night")
    );
}

#[test]
fn what_was_called_off_may_come_back_later() {
    let night = told("2026-03-10", "Oslo, NO", "Night", "night");
    let agenda = agenda(&[
        issue("2026-03-01", &(others("2026-03-05", "2026-03-20") + &night)),
        issue("2026-03-04", &others("2026-03-05", "2026-03-20")),
        issue("2026-03-15", &night.replace("03-10", "04-01")),
    ]);
    let [entry] = find(&agenda, "night")[..] else {
        panic!("one event");
    };
    assert_eq!(
        (entry.facts.off, entry.facts.date, entry.changes),
        (None, day("2026-04-01"), 2)
    );
}

#[test]
fn days_may_be_several_and_what_is_going_on_is_ahead() {
    let agenda = agenda(&[issue(
        "2026-03-20",
        &told("2026-03-19 - 2026-03-21", "Oslo, NO", "Three days", "three"),
    )]);
    let ahead = agenda.ahead();
    assert_eq!(ahead.len(), 1);
    assert_eq!(
        (ahead[0].facts.date, ahead[0].facts.end),
        (day("2026-03-19"), day("2026-03-21"))
    );
}

#[test]
fn towns_that_look_like_countries_are_in_none() {
    for (place, country) in [
        ("Oslo, NO", Some("NO")),
        ("London, UK", Some("GB")),
        ("Toronto, ON, CA", Some("CA")),
        ("San Francisco, CA", None),
        ("Virtual (Oslo, NO)", None),
        ("Hybrid (Oslo, NO)", Some("NO")),
        ("Nowhere", None),
    ] {
        let agenda = agenda(&[issue(
            "2026-03-01",
            &told("2026-03-10", place, "Night", "night"),
        )]);
        assert_eq!(agenda.entries[0].facts.country(), country, "{place}");
    }
}

#[test]
fn groups_are_regions_countries_and_what_is_on_line() {
    let lines = format!(
        "### Virtual\n\n{}\n### Europe\n\n{}",
        told("2026-03-10", "Virtual", "Night", "night"),
        told("2026-02-10", "Oslo, NO", "Past", "past")
    );
    let agenda = agenda(&[issue("2026-02-01", &lines), issue("2026-03-01", &lines)]);
    let groups = agenda.groups(&format());
    let shown: Vec<String> = groups
        .each()
        .map(|group| {
            format!(
                "{} {} {}",
                group.slug,
                group.ahead.len(),
                group.listed().len()
            )
        })
        .collect();
    // A calendar is never empty: what has nothing to come has its last event.
    assert_eq!(
        shown,
        ["all 1 1", "europe 0 1", "virtual 1 1", "norway 0 1"]
    );
}
