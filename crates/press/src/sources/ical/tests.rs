//! Awkward calendars. `tests/it/calendars.rs` has `awkward.ics` and many more read by another parser.

use super::*;
use jiff::civil::date;

fn reader(until: Date) -> Reader<'static> {
    Reader {
        days: (date(2026, 3, 1), until),
        zone: None,
        newsletter: "Europe/Paris",
        usual: Usual {
            source: "gulls",
            ..Usual::default()
        },
    }
}

fn told(found: &Found) -> Vec<String> {
    let line = |event: &Event| {
        let time = event
            .time
            .map(|time| time.to_string())
            .unwrap_or("all day".to_owned());
        let end = event
            .end_date
            .map(|end| format!(" to {end}"))
            .unwrap_or_default();
        let off = if event.cancelled { " (off)" } else { "" };
        format!("{}{end} {time} {}{off}", event.date, event.title)
    };
    let mut lines: Vec<String> = found.events.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn an_awkward_calendar_is_read_like_others_read_it() {
    let found = reader(date(2026, 4, 30))
        .read(include_str!("awkward.ics"))
        .expect("there");
    assert_eq!(
        told(&found),
        [
            "2026-03-02 18:30:00 Named days",
            "2026-03-04 19:00:00 Weekly flock",
            "2026-03-05 18:00:00 Coast",
            "2026-03-10 00:30:00 Late in UTC",
            "2026-03-10 12:00:00 Floating lunch",
            "2026-03-13 20:00:00 Night",
            "2026-03-16 18:30:00 Named days",
            "2026-03-19 18:00:00 Weekly flock, a day late",
            "2026-03-20 to 2026-03-22 all day Three days of \u{1f980} and sea \u{2014} with a summary that is folded in the \
             middle of words and of nothing",
            "2026-03-24 all day One day",
            "2026-03-25 19:00:00 Weekly flock (off)",
            "2026-03-27 17:00:00 Last Friday",
            "2026-03-30 18:30:00 Named days",
            "2026-04-01 19:00:00 Weekly flock",
            "2026-04-02 18:00:00 Coast",
            "2026-04-08 19:00:00 Weekly flock",
            "2026-04-15 19:00:00 Weekly flock",
            "2026-04-22 19:00:00 Weekly flock",
        ]
    );
    assert_eq!(found.notices, [""; 0]);
    let by_title = |title: &str| {
        found
            .events
            .iter()
            .find(|event| event.title.starts_with(title))
            .expect("there")
    };
    assert_eq!(by_title("Three").url, "https://gulls.example/days");
    assert_eq!(by_title("Three").town.state.as_deref(), Some("TX"));
    assert_eq!(by_title("Weekly").town.city.as_deref(), Some("Oslo"));
    assert_eq!(by_title("Weekly").groups[0].name, "Gulls & Terns");
    assert_eq!(by_title("Coast").mode, PlaceMode::Virtual);
    assert_eq!(
        by_title("Coast").zone.as_deref(),
        Some("America/Los_Angeles")
    );
    // Each evening of a series is something of its own.
    let mut keys: Vec<&str> = found
        .events
        .iter()
        .map(|event| event.key.as_str())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), found.events.len());
}

#[test]
fn the_newsletters_clock_says_nothing_of_where_an_event_is() {
    let text = |head: &str, start: &str| {
        format!(
            "BEGIN:VCALENDAR\n{head}BEGIN:VEVENT\nUID:a\nDTSTART{start}\nSUMMARY:A\nLOCATION:Hall, Oslo, Norway\nEND:VEVENT\n\
             END:VCALENDAR\n"
        )
    };
    let zone = |head: &str, start: &str| {
        let found = reader(date(2026, 4, 30)).read(&text(head, start));
        found.expect("there").events[0]
            .zone
            .clone()
            .unwrap_or_default()
    };
    let own = "X-WR-TIMEZONE:Europe/Oslo\n";
    assert_eq!(zone("", ":20260302T190000Z"), "");
    assert_eq!(zone("", ":20260302T190000"), "");
    assert_eq!(zone(own, ":20260302T190000Z"), "Europe/Oslo");
    assert_eq!(
        zone("", ";TZID=Europe/Berlin:20260302T190000"),
        "Europe/Berlin"
    );
}

#[test]
fn a_series_in_utc_is_repeated_in_utc() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260316T180000Z\nDTEND:20260316T200000Z\n\
        RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20260323T180000Z\nSUMMARY:A\nEND:VEVENT\nEND:VCALENDAR\n";
    let found = reader(date(2026, 4, 30)).read(text).expect("there");
    // In Paris summer begins on 29 March.
    assert_eq!(
        told(&found),
        [
            "2026-03-16 19:00:00 A",
            "2026-03-30 20:00:00 A",
            "2026-04-06 20:00:00 A"
        ]
    );
}

#[test]
fn what_follows_an_exception_may_follow_it() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Oslo:20260302T190000\nRRULE:FREQ=WEEKLY;COUNT=4\n\
        SUMMARY:Old\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Oslo:20260316T190000\n\
        DTSTART;TZID=Europe/Oslo:20260317T200000\nSUMMARY:New\nEND:VEVENT\nEND:VCALENDAR\n";
    let found = reader(date(2026, 4, 30)).read(text).expect("there");
    assert_eq!(
        told(&found),
        [
            "2026-03-02 19:00:00 Old",
            "2026-03-09 19:00:00 Old",
            "2026-03-17 20:00:00 New",
            "2026-03-24 20:00:00 New",
        ]
    );
}

#[test]
fn damaged_calendars_give_what_is_left_or_say_that_they_are_none() {
    let whole = include_str!("awkward.ics");
    for text in [
        "",
        "<!doctype html><title>Log in</title>",
        "\u{0}\u{1}",
        "BEGIN:VCARD\nEND:VCARD\n",
    ] {
        let error = reader(date(2026, 4, 30))
            .read(text)
            .expect_err("no calendar");
        assert!(error.message().contains("no calendar"), "{text:?}");
    }
    for end in (0..whole.len()).step_by(97) {
        let cut = String::from_utf8_lossy(&whole.as_bytes()[..end]);
        let _ = reader(date(2026, 4, 30)).read(&cut);
    }
    let dateless =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:When?\nEND:VEVENT\nEND:VCALENDAR\n";
    let found = reader(date(2026, 4, 30)).read(dateless).expect("there");
    assert_eq!(found.notices, ["nobody can tell when `When?` takes place"]);
}

#[test]
fn clocks_that_nobody_knows_and_calendars_that_break_off_are_told_once() {
    let event = |start: &str| format!("BEGIN:VEVENT\nDTSTART{start}\nSUMMARY:A\nEND:VEVENT\n");
    let notices = |head: &str, starts: &[&str], end: &str| {
        let events: String = starts.iter().map(|start| event(start)).collect();
        let text = format!("BEGIN:VCALENDAR\n{head}{events}{end}");
        let found = reader(date(2026, 4, 30)).read(&text).expect("there");
        assert_eq!(found.events.len(), starts.len());
        (found.partial, found.notices)
    };
    let mars = ";TZID=Mars/Olympus:20260302T190000";
    let (utc, end) = (":20260302T190000Z", "END:VCALENDAR\n\n");
    let unknown =
        "nobody knows the time zone `Mars/Olympus`; its times are taken as they stand there";
    assert_eq!(
        notices("", &[mars, mars], end),
        (false, vec![unknown.to_owned()])
    );
    let (_, told) = notices("", &[utc, utc], end);
    assert!(
        told.len() == 1 && told[0].contains("days are those of Europe/Paris"),
        "{told:?}"
    );
    assert_eq!(
        notices("X-WR-TIMEZONE:Europe/Oslo\n", &[utc], end),
        (false, Vec::new())
    );
    assert_eq!(
        notices("", &[":20260302T190000", ";VALUE=DATE:20260302"], end),
        (false, Vec::new())
    );
    let (partial, told) = notices("", &[":20260302T190000"], "");
    assert!(partial && told[0].contains("breaks off"), "{told:?}");
}

#[test]
fn a_rule_that_never_ends_is_left_in_time() {
    let event = |uid: usize| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:Tick\nEND:VEVENT\n"
        )
    };
    let events: String = (0..50).map(event).collect();
    let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
    let found = reader(date(2026, 4, 30)).read(&text).expect("there");
    assert_eq!(found.events, []);
}
