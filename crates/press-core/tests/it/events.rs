//! Events that were found, brought into a list that editors have.

use jiff::civil::{Date, date};
use press_core::events::{
    Event, Group, Habits, Merged, NoticeKind, PlaceMode, Said, Style, Terms, Town, are_near, merge,
    page_key, plain_title, tidy,
};
use press_core::format::{Definitions, Format, SectionKind, SectionSpec};
use press_core::issue::Issue;
use proptest::prelude::*;
use std::collections::BTreeMap;

const FROM: Date = date(2026, 3, 5);

fn format() -> Format {
    let events = |id: &str, title: &str| SectionSpec::new(id, SectionKind::Events, title);
    let region = |id: &str, title: &str| {
        let mut spec = events(id, title);
        spec.parent = Some(0);
        spec
    };
    let sections = vec![
        events("events", "Events"),
        region("virtual", "Virtual"),
        region("asia", "Asia"),
        region("europe", "Europe"),
        region("north-america", "North America"),
    ];
    Format::new(sections, Vec::new(), Definitions::First)
}

fn style() -> Style {
    Style {
        countries: BTreeMap::from([("GB".to_owned(), "UK".to_owned())]),
        ..Style::default()
    }
}

fn merged(list: &str, found: &[Event], said: &[Said], habits: &Habits) -> Merged {
    let (format, style, complete) = (format(), style(), ["gulls".to_owned()]);
    let terms = Terms {
        format: &format,
        style: &style,
        habits,
        from: FROM,
        until: date(2026, 4, 2),
        said,
        complete: &complete,
    };
    merge(list, found, &terms)
}

fn run(list: &str, found: &[Event], said: &[Said]) -> Merged {
    merged(list, found, said, &Habits::default())
}

fn event(day: i8, title: &str, place: (&str, &str)) -> Event {
    Event {
        title: title.to_owned(),
        url: format!(
            "https://gulls.example/{day}-{}",
            title.to_lowercase().replace(' ', "-")
        ),
        groups: vec![Group {
            name: "Gulls".to_owned(),
            url: "https://gulls.example/group".to_owned(),
        }],
        date: date(2026, 3, day),
        town: Town {
            city: Some(place.0.to_owned()),
            state: None,
            country: Some(place.1.to_owned()),
        },
        source: "gulls".to_owned(),
        ..Event::default()
    }
}

const LIST: &str = "### Virtual\n\
    * 2026-03-10 | Virtual (Oslo, NO) | [Gulls](https://gulls.example/group)\n    \
        * [**Beaks at night**](https://gulls.example/10-beaks)\n\n\
    ### Europe\n\
    * 2026-03-07 | Bergen, NO | [Terns](https://terns.example/)\n    \
        * [**Nets**](https://terns.example/nets) | [map](https://map.example/)\n\
    * 2026-03-12 | Oslo, NO | [Gulls](https://gulls.example/group)\n    \
        * [**Wings**](https://gulls.example/12-wings)\n";

fn told(merged: &Merged) -> Vec<(NoticeKind, &str)> {
    merged
        .notices
        .iter()
        .map(|notice| (notice.kind, notice.message.as_str()))
        .collect()
}

#[test]
fn new_events_stand_in_their_region_in_order_of_day_and_place() {
    let paid = Event {
        paid: true,
        end_date: Some(date(2026, 3, 13)),
        ..event(12, "Fish &amp; <b>chips</b> [live]", ("BRISTOL", "gb"))
    };
    let both = Event {
        mode: PlaceMode::Hybrid,
        town: Town {
            city: Some("Seattle".to_owned()),
            state: Some("Washington".to_owned()),
            country: Some("USA".to_owned()),
        },
        ..event(8, "Far", ("", ""))
    };
    let far = event(9, "Kites", ("Kyoto", "JP"));
    let late = event(1, "Over", ("Oslo", "NO"));
    let result = run(LIST, &[paid, both, far, late], &[]);
    assert_eq!(
        result.text,
        "### Virtual\n\
         * 2026-03-08 | Hybrid (Seattle, WA, US) | [Gulls](https://gulls.example/group)\n    \
             * [**Far**](https://gulls.example/8-far)\n\
         * 2026-03-10 | Virtual (Oslo, NO) | [Gulls](https://gulls.example/group)\n    \
             * [**Beaks at night**](https://gulls.example/10-beaks)\n\n\
         ### Asia\n\
         * 2026-03-09 | Kyoto, JP | [Gulls](https://gulls.example/group)\n    \
             * [**Kites**](https://gulls.example/9-kites)\n\n\
         ### Europe\n\
         * 2026-03-07 | Bergen, NO | [Terns](https://terns.example/)\n    \
             * [**Nets**](https://terns.example/nets) | [map](https://map.example/)\n\
         * 2026-03-12 - 2026-03-13 | Bristol, UK | [Gulls](https://gulls.example/group)\n    \
             * $[**Fish & chips [live]**](https://gulls.example/12-fish-&-%3Cb%3Echips%3C/b%3E-[live])\n\
         * 2026-03-12 | Oslo, NO | [Gulls](https://gulls.example/group)\n    \
             * [**Wings**](https://gulls.example/12-wings)\n\n\
         ### North America\n\
         * 2026-03-08 | Hybrid (Seattle, WA, US) | [Gulls](https://gulls.example/group)\n    \
             * [**Far**](https://gulls.example/8-far)\n"
    );
    assert_eq!(result.added, 3);
    assert_eq!(told(&result), []);
}

#[test]
fn a_list_that_is_empty_gets_its_headings() {
    let result = run("", &[event(9, "Kites", ("Kyoto", "JP"))], &[]);
    assert_eq!(
        result.text,
        "### Asia\n* 2026-03-09 | Kyoto, JP | [Gulls](https://gulls.example/group)\n    \
             * [**Kites**](https://gulls.example/9-kites)\n"
    );
}

#[test]
fn a_new_day_is_written_and_said() {
    let mut wings = event(12, "Wings", ("Oslo", "NO"));
    wings.date = date(2026, 3, 6);
    let result = run(LIST, &[wings], &[]);
    assert!(result.text.contains(
        "### Europe\n* 2026-03-06 | Oslo, NO | [Gulls](https://gulls.example/group)\n    * [**Wings**]"
    ));
    assert_eq!(
        told(&result),
        [(
            NoticeKind::Rescheduled,
            "`Wings` moved from 2026-03-12 to 2026-03-06"
        )]
    );
    assert_eq!(result.added, 0);
}

#[test]
fn what_was_called_off_goes() {
    let off = Event {
        cancelled: true,
        ..event(12, "Wings", ("Oslo", "NO"))
    };
    let result = run(LIST, std::slice::from_ref(&off), &[]);
    assert!(!result.text.contains("Wings") && result.text.contains("Nets"));
    assert_eq!(
        told(&result),
        [(
            NoticeKind::Cancelled,
            "`Wings` of 2026-03-12 was called off"
        )]
    );
    // Once it is gone there is nothing more to say.
    let again = run(&result.text, &[off], &result.said);
    assert_eq!((again.text, again.notices), (result.text, Vec::new()));
}

#[test]
fn the_words_of_editors_stay_unless_the_source_changed_since() {
    let wings = event(12, "Wings", ("Oslo", "NO"));
    let first = run(LIST, std::slice::from_ref(&wings), &[]);
    assert_eq!(first.text, LIST);
    let edited = LIST
        .replace("**Wings**", "**Wings, by Ada**")
        .replace("| Oslo, NO |", "| Oslo/Bærum, NO |");
    let second = run(&edited, std::slice::from_ref(&wings), &first.said);
    assert_eq!(
        (second.text.as_str(), told(&second)),
        (edited.as_str(), vec![])
    );
    let renamed = Event {
        title: "Feathers and flight".to_owned(),
        mode: PlaceMode::Hybrid,
        paid: true,
        ..wings
    };
    let third = run(LIST, std::slice::from_ref(&renamed), &first.said);
    let line = "* 2026-03-12 | Hybrid (Oslo, NO) | [Gulls](https://gulls.example/group)\n    \
                * $[**Feathers and flight**](https://gulls.example/12-wings)\n";
    assert_eq!(third.text.matches(line).count(), 2, "{}", third.text);
    let fourth = run(&edited, &[renamed], &second.said);
    assert!(fourth.text.contains("**Wings, by Ada**") && fourth.text.contains("Bærum"));
    assert!(
        told(&fourth)
            .iter()
            .any(|(kind, _)| *kind == NoticeKind::Doubtful)
    );
}

#[test]
fn what_editors_took_out_does_not_come_back() {
    let found = [
        event(12, "Wings", ("Oslo", "NO")),
        event(9, "Kites", ("Kyoto", "JP")),
    ];
    let first = run(LIST, &found, &[]);
    let without = first.text.replace("### Asia\n", "");
    let start = without.find("* 2026-03-09").unwrap();
    let end = without.find("### Europe").unwrap();
    let without = format!("{}{}", &without[..start], &without[end..]);
    let second = run(&without, &found, &first.said);
    assert_eq!(second.text, without);
    let third = run(&without, &found, &second.said);
    assert_eq!(third.text, without);
}

#[test]
fn an_event_that_left_its_source_stays_and_is_named() {
    let first = run(LIST, &[event(12, "Wings", ("Oslo", "NO"))], &[]);
    let second = run(LIST, &[], &first.said);
    assert_eq!(second.text, LIST);
    assert_eq!(
        told(&second),
        [(
            NoticeKind::Doubtful,
            "`Wings` of 2026-03-12 is not in gulls any more; it stays in the list"
        )]
    );
}

#[test]
fn one_event_from_many_sources_is_one() {
    let one = event(20, "Tides and tales", ("Oslo", "NO"));
    let other = Event {
        url: "https://cal.example/e/7".to_owned(),
        groups: vec![Group {
            name: "Terns".to_owned(),
            url: "https://terns.example/".to_owned(),
        }],
        source: "terns".to_owned(),
        ..event(20, "Tides & tales!", ("oslo", "Norway"))
    };
    let halves = [PlaceMode::Virtual, PlaceMode::InPerson].map(|mode| Event {
        mode,
        url: format!("https://gulls.example/{mode:?}"),
        ..event(21, "Halves", ("Oslo", "NO"))
    });
    let all = [vec![one, other], halves.to_vec()].concat();
    let result = run("", &all, &[]);
    assert_eq!(result.added, 2, "{}", result.text);
    assert!(result.text.contains(
        "2026-03-20 | Oslo, NO | [Gulls](https://gulls.example/group) | [Terns](https://terns.example/)\n"
    ));
    assert_eq!(result.text.matches("Hybrid (Oslo, NO)").count(), 2);
}

#[test]
fn a_series_whose_page_got_an_address_of_its_own_is_no_second_event() {
    let renamed = Event {
        url: "https://gulls.example/777".to_owned(),
        ..event(12, "Wings", ("Oslo", "NO"))
    };
    let result = run(LIST, std::slice::from_ref(&renamed), &[]);
    assert_eq!(result.text, LIST.replace("/12-wings", "/777"));
    // And back again: what was said of an address two runs ago is not what is said now.
    let named = [event(12, "Wings", ("Oslo", "NO"))];
    let second = run(&result.text, &named, &result.said);
    assert_eq!(second.text, LIST);
    let third = run(&second.text, std::slice::from_ref(&renamed), &second.said);
    assert_eq!(third.text, result.text);
    // Who writes another address by hand keeps it.
    let by_hand = third.text.replace("/777", "/778");
    assert_eq!(run(&by_hand, &[renamed], &third.said).text, by_hand);
    // Two evenings of one group are two.
    let other = event(12, "Nests of the north", ("Bergen", "NO"));
    assert_eq!(run(LIST, &[other], &[]).added, 1);
}

#[test]
fn towns_are_written_as_they_always_were() {
    let mut habits = Habits::default();
    let issue = format!("Title: A 1\nDate: 2026-03-04\n\n## Events\n\n{LIST}");
    habits.learn(&Issue::parse(&issue, &format()));
    let wrong = Event {
        groups: vec![Group {
            name: "Terns".to_owned(),
            url: "https://terns.example/".to_owned(),
        }],
        zone: Some("Europe/Oslo".to_owned()),
        ..event(20, "Wrong", ("OSLO", "US"))
    };
    let result = merged("", &[wrong], &[], &habits);
    assert!(
        result
            .text
            .contains("### Europe\n* 2026-03-20 | Oslo, NO |"),
        "{}",
        result.text
    );
    assert_eq!(told(&result).len(), 1);
}

#[test]
fn what_nobody_can_place_is_named() {
    let nowhere = Event {
        town: Town::default(),
        ..event(20, "Nowhere", ("", ""))
    };
    let no_page = Event {
        url: "javascript:alert(1)".to_owned(),
        ..event(20, "Bad", ("Oslo", "NO"))
    };
    let result = run(LIST, &[nowhere, no_page], &[]);
    assert_eq!(result.text, LIST);
    assert_eq!(result.notices.len(), 2);
}

/// An event of one group and name; of its page, day, place and mode.
fn one_of_many(page: u8, day: i8, place: (&str, &str), mode: PlaceMode) -> Event {
    Event {
        url: format!("https://gulls.example/{page}"),
        mode,
        ..event(day, "Many", place)
    }
}

/// What the second of two runs with `next` changes after one with `week`: nothing.
#[track_caller]
fn settles(week: &[Event], next: &[Event]) -> Merged {
    let first = run(LIST, week, &[]);
    let second = run(&first.text, next, &first.said);
    let again = run(&second.text, next, &second.said);
    assert_eq!(again.text, second.text);
    assert_eq!(again.added, 0);
    second
}

#[test]
fn a_page_with_two_hybrid_days_of_which_one_moves_stays_as_it_was_brought() {
    let week = [
        one_of_many(11, 25, ("Oslo", "NO"), PlaceMode::Hybrid),
        one_of_many(11, 13, ("", ""), PlaceMode::Hybrid),
    ];
    let next = [one_of_many(11, 5, ("Oslo", "NO"), PlaceMode::InPerson)];
    let result = settles(&week, &next);
    // What moved is the first of the two days, and it is compared with what was said of that day.
    let moved = "`Many` moved from 2026-03-13 to 2026-03-05";
    assert!(told(&result).contains(&(NoticeKind::Rescheduled, moved)));
}

#[test]
fn an_event_known_by_its_key_takes_no_line_of_its_new_page_in_the_second_run() {
    let keyed = |event: Event| Event {
        key: "k2".to_owned(),
        ..event
    };
    let week = [
        one_of_many(4, 5, ("", ""), PlaceMode::Hybrid),
        keyed(one_of_many(0, 20, ("Austin", "US"), PlaceMode::InPerson)),
    ];
    let moved = Event {
        groups: vec![Group {
            name: "Terns".to_owned(),
            url: "https://terns.example/".to_owned(),
        }],
        ..keyed(one_of_many(4, 20, ("Oslo", "NO"), PlaceMode::InPerson))
    };
    let next = [
        moved,
        one_of_many(4, 6, ("Oslo", "NO"), PlaceMode::InPerson),
    ];
    settles(&week, &next);
}

#[test]
fn one_of_two_that_moved_together_is_new_rather_than_taken_out() {
    let week = [one_of_many(1, 9, ("Oslo", "NO"), PlaceMode::InPerson)];
    let next = [20, 21].map(|day| one_of_many(1, day, ("Oslo", "NO"), PlaceMode::InPerson));
    let result = settles(&week, &next);
    for day in ["2026-03-09", "2026-03-20", "2026-03-21"] {
        assert!(
            result.text.contains(&format!("* {day} | Oslo, NO")),
            "{day}"
        );
    }
}

#[test]
fn what_was_called_off_by_mistake_comes_back_and_takes_no_other_with_it() {
    let evening = one_of_many(1, 9, ("Oslo", "NO"), PlaceMode::InPerson);
    let off = Event {
        cancelled: true,
        ..evening.clone()
    };
    let first = run(LIST, std::slice::from_ref(&evening), &[]);
    let second = run(&first.text, std::slice::from_ref(&off), &first.said);
    assert_eq!(second.text, LIST);
    // An editor put in another one of that day: it was not what was called off.
    let other = first
        .text
        .replace("https://gulls.example/1)", "https://gulls.example/by-hand)");
    let third = run(&other, std::slice::from_ref(&off), &second.said);
    assert_eq!(third.text, other);
    let fourth = run(&second.text, std::slice::from_ref(&evening), &second.said);
    assert_eq!(fourth.text, first.text);
}

fn titles() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,8}( [a-z]{1,8}){0,3}",
        "[*_\\[\\]<>|`\\\\!&;#()$]{1,6}[a-z]{1,5}[*_\\[\\]<>|`\\\\!&;#()$]{0,4}",
        "\\PC{1,20}",
    ]
}

/// Few pages, so that they are met again, and some whose addresses are written otherwise than they came.
fn pages() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0u8..12).prop_map(|page| page.to_string()),
        1 => prop::sample::select(vec!["a(b)", "a?q=(1)", "caf\u{e9}/(x", "a<b>", "a\\b", "A%28b", "a*b_c", "a?x=1&amp;y=2#z"]).prop_map(str::to_owned),
    ]
}

prop_compose! {
    fn found()(
        title in titles(),
        day in 1i8..31,
        page in pages(),
        time in prop::option::of(prop::sample::select(vec![18i8, 20])),
        key in prop::sample::select(vec!["", "", "k1", "k2"]),
        group in 0u8..3,
        town in prop::sample::select(vec![("Oslo", "NO"), ("Kyoto", "JP"), ("Austin", "US"), ("", "")]),
        mode in prop::sample::select(vec![PlaceMode::InPerson, PlaceMode::Virtual, PlaceMode::Hybrid]),
        cancelled in prop::bool::weighted(0.1),
        long in prop::bool::weighted(0.2),
    ) -> Event {
        Event {
            key: key.to_owned(),
            url: format!("https://gulls.example/{page}"),
            time: time.map(|hour| jiff::civil::time(hour, 0, 0, 0)),
            groups: vec![Group { name: format!("G{group}"), url: format!("https://gulls.example/g{group}") }],
            mode,
            cancelled,
            end_date: long.then(|| date(2026, 3, day).tomorrow().unwrap()),
            ..event(day, &title, town)
        }
    }
}

/// Each case is several runs of the whole merge. For a long walk set `PROPTEST_CASES`.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_a_second_run_changes_nothing(
        week in prop::collection::vec(found(), 0..12),
        next in prop::collection::vec(found(), 0..12),
    ) {
        let first = run(LIST, &week, &[]);
        let parse = |list: &str| {
            Issue::parse(&format!("Title: A 1\nDate: 2026-03-05\n\n## Events\n\n{list}"), &format()).events
        };
        let listed = parse(&first.text);
        let tidied = week.iter().filter_map(|event| tidy(event, &style(), &Habits::default()).0);
        let tidied: Vec<Event> = tidied.collect();
        for event in tidied.iter().filter(|event| !event.cancelled) {
            let due = event.last_day() >= FROM && event.date <= date(2026, 4, 2);
            let meant = |one: &press_core::issue::Event| {
                one.date == Some(event.date)
                    && (page_key(&one.url) == page_key(&event.url) || are_near(&one.title, &event.title))
            };
            let twin = |one: &Event| one.cancelled && one.date == event.date && page_key(&one.url) == page_key(&event.url);
            let told = first.notices.iter().any(|notice| page_key(&notice.url) == page_key(&event.url));
            let there = listed.iter().any(meant) || told || tidied.iter().any(twin);
            prop_assert!(there || !due, "{} {} is not in\n{}", event.date, event.url, first.text);
        }
        for events in [&week, &next] {
            let second = run(&first.text, events, &first.said);
            let again = run(&second.text, events, &second.said);
            prop_assert_eq!(&again.text, &second.text);
            prop_assert_eq!(again.added, 0);
            let there = parse(&second.text);
            for event in &listed {
                let ahead = event.end_date.or(event.date) >= Some(FROM);
                let named = format!("`{}`", event.title);
                let told = second.notices.iter().any(|notice| {
                    notice.kind != NoticeKind::Doubtful
                        && (notice.url.trim_end_matches('/') == event.url || notice.message.contains(&named))
                });
                let kept = there.iter().any(|other| other.url == event.url);
                prop_assert!(kept || told || !ahead, "lost {} in\n{}", event.url, second.text);
            }
        }
        // What the editors of the carried list wrote is there word for word, if nobody found it.
        let nets = "[**Nets**](https://terns.example/nets) | [map](https://map.example/)";
        prop_assert!(first.text.contains(nets));
    }

    #[test]
    fn titles_are_read_as_they_were_written(title in titles()) {
        let one = Event {
            url: "https://gulls.example/1".to_owned(),
            ..event(20, &title, ("Oslo", "NO"))
        };
        let plain = plain_title(&title);
        let result = run("", &[one], &[]);
        let text = format!("Title: A 1\nDate: 2026-03-05\n\n## Events\n\n{}", result.text);
        let issue = Issue::parse(&text, &format());
        if plain.is_empty() {
            prop_assert!(issue.events.is_empty());
        } else {
            prop_assert_eq!(issue.events.len(), 1, "{}", text);
            prop_assert_eq!(issue.events[0].date, Some(date(2026, 3, 20)));
        }
    }
}
