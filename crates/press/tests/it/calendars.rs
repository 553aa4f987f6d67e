//! Calendars as we read them, held against what another parser makes of them: `another_parser.py`, with Python's `icalendar`
//! and `recurring-ical-events`.
//!
//! A machine without them says so and proves nothing, unless `CI` is set; `.ci/run` installs them.

use crate::collect::{Collecting, DRAFT};
use crate::server::{Server, send};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use press::pipeline::collect::Read;
use press_core::events::Event;
use serde_json::json;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

const SCRIPT: &str = include_str!("another_parser.py");
const AWKWARD: &str = include_str!("../../src/sources/ical/awkward.ics");
/// The days that are compared: those of an issue of a week later that sources look at.
const FROM: Date = date(2026, 3, 1);
const UNTIL: Date = date(2026, 7, 6);
/// So many calendars are made up.
const MADE_UP: u64 = 300;

/// Before version 3 the expander lost the last time of a series that ends with it.
const HAS_IT: &str = "from importlib.metadata import version\nimport icalendar\n\
    assert int(version('recurring-ical-events').split('.')[0]) >= 3";

/// A Python that has what the script needs: `PRESS_PYTHON`, or that of the system.
pub(crate) fn python() -> Option<OsString> {
    let can = |python: &OsString| {
        let mut command = Command::new(python);
        let done = command.args(["-c", HAS_IT]).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
    };
    let named = std::env::var_os("PRESS_PYTHON").unwrap_or("python3".into());
    Some(named).filter(can)
}

/// What the other parser finds in each calendar.
fn others(python: &OsStr, calendars: &[String]) -> Vec<Vec<String>> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it ran before");
    let asked = json!({
        "from": FROM.to_string(), "until": UNTIL.to_string(), "zone": "Europe/Berlin", "calendars": calendars,
    });
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(asked.to_string().as_bytes())
        .expect("it listens");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("lists of lines")
}

/// What we find in each calendar: each is a source of its own.
fn ours(calendars: &[String]) -> Vec<Vec<String>> {
    let texts = calendars.to_vec();
    let server = Server::start(move |asked| {
        let at: usize = asked.path.trim_matches('/').parse().unwrap();
        send(200, "content-type: text/calendar\r\n", &texts[at])
    });
    let source = |at: usize| {
        format!(
            "[[source]]\nname = \"c{at}\"\nkind = \"ical\"\nsection = \"events\"\nauto = true\nurl = \"http://c.test/{at}\"\n\n"
        )
    };
    let sources: String = (0..calendars.len()).map(source).collect();
    let mut collecting = Collecting::new(&server, &sources);
    let issue = FROM + 7.days();
    collecting.world.write(
        DRAFT,
        format!("Title: Gulls 4\nNumber: 4\nDate: {issue}\n\nHello.\n"),
    );
    collecting.dry_run = true;
    collecting.settings.timeout = Duration::from_secs(60);
    let lines = |read: &Read| {
        let outcome = read.outcome.as_ref().unwrap();
        let events = outcome.found.events.iter();
        let mut lines: Vec<String> = events
            .filter(|event| event.date >= FROM)
            .map(line)
            .collect();
        lines.sort();
        lines
    };
    collecting.run().read.iter().map(lines).collect()
}

/// An event as the script writes it. What lasts until the next morning is another test's business.
fn line(event: &Event) -> String {
    match (event.time, event.end_date) {
        (Some(time), _) => format!("{} {time} {}", event.date, event.title),
        (None, Some(end)) => format!("{} to {end} all day {}", event.date, event.title),
        (None, None) => format!("{} all day {}", event.date, event.title),
    }
}

/// Dice that fall the same way on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % count
    }

    fn one_of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        let count = u64::try_from(all.len()).expect("few");
        all[usize::try_from(self.below(count)).expect("few")]
    }

    /// A calendar with a series, what is left out and moved, and a day or two.
    fn calendar(&mut self) -> String {
        let zone = self.one_of(&[
            "Europe/Oslo",
            "America/New_York",
            "Asia/Kolkata",
            "Australia/Sydney",
            "",
        ]);
        let whole = self.below(4) == 0;
        let utc = zone.is_empty() && self.below(2) == 0;
        let clock = format!("T{:02}{}00", 8 + self.below(13), self.one_of(&["00", "30"]));
        let time = |name: &str, day: Date| {
            let day = day.strftime("%Y%m%d");
            match (whole, utc, zone) {
                (true, ..) => format!("{name};VALUE=DATE:{day}"),
                (_, true, _) => format!("{name}:{day}{clock}Z"),
                (_, _, "") => format!("{name}:{day}{clock}"),
                (_, _, zone) => format!("{name};TZID={zone}:{day}{clock}"),
            }
        };
        let start = self.day();
        let title = self.one_of(&[
            "Gulls \u{1f980}",
            "Terns\\, and\\; more",
            "\u{9632}\u{8868} night",
            "Back\\\\slash",
        ]);
        let mut text = format!(
            "BEGIN:VEVENT\r\nUID:series\r\n{}\r\nSUMMARY:{title}\r\n",
            time("DTSTART", start)
        );
        let rule = self.rule(start);
        let _ = write!(
            text,
            "RRULE:{rule}{}\r\n",
            self.end(whole, !whole && (utc || !zone.is_empty()))
        );
        let occurrences = self.plain_occurrences(&rule, start);
        let mut rest = String::new();
        for day in occurrences {
            match self.below(6) {
                0 => text.push_str(&format!("{}\r\n", time("EXDATE", day))),
                1 => {
                    let moved = day.checked_add(1.days()).expect("in the calendar");
                    let _ = write!(
                        rest,
                        "BEGIN:VEVENT\r\nUID:series\r\n{}\r\n{}\r\nSEQUENCE:{}\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n",
                        time("RECURRENCE-ID", day),
                        time("DTSTART", moved),
                        self.below(3)
                    );
                }
                _ => {}
            }
        }
        text.push_str("END:VEVENT\r\n");
        let (first, length) = (self.day(), i64::try_from(1 + self.below(3)).expect("few"));
        let end = first.checked_add(length.days()).expect("in the calendar");
        let _ = write!(
            rest,
            "BEGIN:VEVENT\r\nUID:days\r\nDTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\nSUMMARY:Days\r\nEND:VEVENT\r\n",
            first.strftime("%Y%m%d"),
            end.strftime("%Y%m%d")
        );
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Gulls//EN\r\n{text}{rest}END:VCALENDAR\r\n"
        );
        text.split_inclusive("\r\n").map(folded).collect()
    }

    fn day(&mut self) -> Date {
        let days = i64::try_from(self.below(150)).expect("few");
        date(2026, 1, 15)
            .checked_add(days.days())
            .expect("in the calendar")
    }

    /// A rule whose first time is the start, as RFC 5545 (3.8.5.3) asks of calendars.
    fn rule(&mut self, start: Date) -> String {
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let name = |day: Date| {
            let at = usize::try_from(day.weekday().to_monday_zero_offset());
            names[at.expect("a day")]
        };
        let other = name(start + 3.days());
        let last = start.day() + 7 > start.days_in_month();
        let week = (start.day() - 1) / 7 + 1;
        let interval = 1 + self.below(3);
        match self.below(9) {
            0 => format!("FREQ=DAILY;INTERVAL={}", 3 * interval),
            1 => format!("FREQ=WEEKLY;INTERVAL={interval};BYDAY={}", name(start)),
            2 if week < 5 => format!("FREQ=MONTHLY;BYDAY={week}{}", name(start)),
            3 if start.day() <= 28 => format!(
                "FREQ=MONTHLY;INTERVAL={interval};BYMONTHDAY={}",
                start.day()
            ),
            4 => format!("FREQ=WEEKLY;WKST=SU;BYDAY={},{other}", name(start)),
            5 if last => format!("FREQ=MONTHLY;BYDAY=-1{}", name(start)),
            6 if week < 5 => format!("FREQ=MONTHLY;BYDAY={};BYSETPOS={week}", name(start)),
            7 => "FREQ=YEARLY".to_owned(),
            _ => format!("FREQ=WEEKLY;INTERVAL={interval}"),
        }
    }

    fn end(&mut self, whole: bool, absolute: bool) -> String {
        match (self.below(3), whole) {
            (0, _) => format!(";COUNT={}", 2 + self.below(12)),
            (1, true) => ";UNTIL=20260610".to_owned(),
            (1, false) if absolute => ";UNTIL=20260610T235959Z".to_owned(),
            (1, false) => ";UNTIL=20260610T235959".to_owned(),
            _ => String::new(),
        }
    }

    /// Days on which a weekly or daily series is held, for what is left out and moved; none of others.
    fn plain_occurrences(&mut self, rule: &str, start: Date) -> Vec<Date> {
        let part = |key: &str| rule.split(';').find_map(|part| part.strip_prefix(key));
        let interval: i64 = part("INTERVAL=").map_or(1, |count| count.parse().expect("a number"));
        let step = match part("FREQ=") {
            _ if part("WKST=").is_some() => return Vec::new(),
            Some("DAILY") => interval,
            Some("WEEKLY") => 7 * interval,
            _ => return Vec::new(),
        };
        // The first one stays, and what was moved by a day stays clear of the next.
        let days = (1..6).map(|at| start.checked_add((2 * at * step).days()));
        days.flatten().collect()
    }
}

/// Lines of 75 bytes at most; where they are folded is nobody's business, so it is done early.
fn folded(line: &str) -> String {
    let mut out = String::new();
    for (at, sign) in line.chars().enumerate() {
        if at > 0 && at % 23 == 0 && !matches!(sign, '\r' | '\n') {
            out.push_str("\r\n ");
        }
        out.push(sign);
    }
    out
}

#[test]
fn calendars_are_read_as_another_parser_reads_them() {
    let Some(python) = python() else {
        let ci = std::env::var_os("CI").is_some();
        assert!(!ci, "CI needs recurring-ical-events");
        println!("python3 has no recurring-ical-events of version 3: nothing is compared");
        return;
    };
    let mut calendars = vec![AWKWARD.to_owned()];
    calendars.extend((0..MADE_UP).map(|seed| Dice(seed).calendar()));
    let (ours, others) = (ours(&calendars), others(&python, &calendars));
    let both = calendars.iter().zip(ours.iter().zip(&others));
    let unlike = both.filter(|(_, (ours, theirs))| ours != theirs);
    let unlike = unlike.map(|(calendar, (ours, theirs))| {
        let (ours, theirs) = (ours.join("\n"), theirs.join("\n"));
        format!("{calendar}\nours:\n{ours}\ntheirs:\n{theirs}")
    });
    let unlike: Vec<String> = unlike.collect();
    let times: usize = ours.iter().map(Vec::len).sum();
    println!("{} calendars with {times} events", calendars.len());
    assert!(times > 1_000);
    assert!(
        unlike.is_empty(),
        "{} are read otherwise, the first:\n{}",
        unlike.len(),
        unlike[0]
    );
}
