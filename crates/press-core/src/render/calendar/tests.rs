//! Calendars as another program's parser reads them.

use super::*;
use crate::issue::{Organiser, Place};
use crate::render::agenda::Line;
use calcard::icalendar::{ICalendarComponent, ICalendarComponentType, ICalendarProperty};
use calcard::{Entry as Parsed, Parser};
use jiff::civil::date;
use proptest::prelude::*;

fn entry(title: &str, place: &str) -> Entry {
    Entry {
        id: "abcdefghjkmn".to_owned(),
        facts: Facts {
            title: title.to_owned(),
            url: "https://gulls.example/night".to_owned(),
            organisers: vec![Organiser {
                name: "Gulls".to_owned(),
                url: String::new(),
            }],
            place: Place::parse(place),
            paid: false,
            date: date(2026, 3, 19),
            end: date(2026, 3, 20),
            sections: vec!["events-europe".to_owned()],
            off: None,
        },
        changes: 2,
        changed: date(2026, 2, 25),
        first: line(),
        latest: line(),
        announced: vec![(date(2026, 3, 19), "e-1".to_owned())],
    }
}

fn line() -> Line {
    Line {
        issue: 0,
        anchor: "i-1".to_owned(),
    }
}

fn written(entry: &Entry, name: &str) -> String {
    let origin = Origin {
        host: "weekly.example",
        issue: "Weekly 7",
        line: "https://weekly.example/7/#i-1",
    };
    let calendar = Calendar {
        name: name.to_owned(),
        description: "Events".to_owned(),
        page: "https://weekly.example/events/".to_owned(),
        source: Some("https://weekly.example/events/all.ics".to_owned()),
    };
    calendar.write([event(entry, &["Europe"], origin).as_str()])
}

/// The components, if it is one sound calendar and nothing else.
fn read(text: &str) -> Vec<ICalendarComponent> {
    let mut parser = Parser::new(text);
    let parsed = parser.entry();
    let Parsed::ICalendar(calendar) = parsed else {
        panic!("no calendar: {parsed:?}\n{text}");
    };
    assert!(matches!(parser.entry(), Parsed::Eof), "{text}");
    calendar.components
}

fn said(component: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let mut entries = component.entries.iter().filter(|entry| entry.name == *name);
    let entry = entries.next().unwrap_or_else(|| panic!("no {name:?}"));
    assert!(entries.next().is_none(), "{name:?} twice");
    let value = entry.values.first().and_then(|value| value.as_text());
    value.unwrap_or_default().to_owned()
}

fn only_event(text: &str) -> ICalendarComponent {
    let components = read(text);
    let events = components.into_iter();
    let mut events = events.filter(|one| one.component_type == ICalendarComponentType::VEvent);
    let event = events.next().expect("an event");
    assert!(events.next().is_none(), "{text}");
    event
}

#[test]
fn an_event_is_written_as_the_standard_says() {
    insta::assert_snapshot!(
        written(&entry("Wings, tails; \\o/", "Hybrid (Oslo, NO)"), "Weekly").replace("\r\n", "\n")
    );
}

#[test]
fn what_is_off_says_so() {
    let mut gone = entry("Night", "Oslo, NO");
    gone.facts.off = Some(Off::Gone);
    let text = written(&gone, "Weekly");
    let event = only_event(&text);
    assert!(text.contains("\r\nSTATUS:CANCELLED\r\n"));
    assert_eq!(
        said(&event, &ICalendarProperty::Summary),
        "Cancelled: Night (Gulls)"
    );
    let about = said(&event, &ICalendarProperty::Description);
    assert!(
        about.contains("No longer listed since 25 February 2026"),
        "{about}"
    );
}

#[test]
fn no_title_writes_a_line_of_its_own() {
    let hostile =
        "Night\r\nATTENDEE:mailto:you@victim.example\nEND:VEVENT\rBEGIN:VALARM\u{2028}X:1\u{85}Y:2";
    let mut entry = entry(hostile, "Oslo\\, NO");
    entry.facts.url = "https://a.example/\r\nATTACH:file:///etc/passwd\"<x>".to_owned();
    entry.facts.organisers[0].name = "A\r\nB:1".to_owned();
    let text = written(&entry, "Weekly\r\nMETHOD:REQUEST");
    let components = read(&text);
    assert_eq!(components.len(), 2, "{text}");
    for line in text.split("\r\n") {
        for begin in [
            "ATTENDEE",
            "METHOD",
            "ATTACH",
            "BEGIN:VALARM",
            "X:",
            "Y:",
            "B:",
        ] {
            assert!(!line.starts_with(begin), "{text}");
        }
    }
}

#[test]
fn a_calendar_has_a_name_for_old_and_new_programs() {
    let text = written(&entry("Night", ""), "Terns & gulls: Europe");
    for line in [
        "NAME:Terns & gulls: Europe",
        "X-WR-CALNAME:Terns & gulls: Europe",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
        "SOURCE;VALUE=URI:https://weekly.example/events/all.ics",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}\n{text}");
    }
    assert!(
        !text.contains("METHOD") && !text.contains("LOCATION"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn any_text_survives(title in "\\PC{0,200}", place in "\\PC{0,120}") {
        let mut entry = entry(&title, "");
        entry.facts.organisers.clear();
        entry.facts.place.text = place.clone();
        let text = written(&entry, &title);
        // Other ends of lines are written as the one there is.
        let one = |text: &str| text.replace(['\u{2028}', '\u{2029}'], "\n").trim().to_owned();
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75, "{line}");
            prop_assert!(!line.contains(['\r', '\n']), "{line}");
        }
        let event = only_event(&text);
        // Parsers may trim what a value begins and ends with.
        let summary = said(&event, &ICalendarProperty::Summary);
        prop_assert_eq!(summary.trim(), one(&title));
        if !place.is_empty() {
            let location = said(&event, &ICalendarProperty::Location);
            prop_assert_eq!(location.trim(), one(&place));
        }
    }
}
