//! Events and streams on the site: pages, calendars and feeds that other programs can read, and links that lead somewhere.

use crate::archive::{archive, example};
use crate::calendars::python;
use crate::world::{World, assert_same_tree, changed, issue_path};
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
use calcard::{Entry as Parsed, Parser};
use press::config::Config;
use press_core::render::agenda::Agenda;
use press_core::render::calendar::{self, Calendar, Origin};
use press_core::render::record::Record;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::process::{Command, Stdio};

type Site = BTreeMap<String, Vec<u8>>;

/// A newsletter of two issues with events here and on line; `second` are the lines of the second.
fn newsletter(second: &str) -> World {
    let world = World::new(0);
    let issue = |number: u32, date: &str, lines: &str| {
        format!(
            "Title: Gulls {number}\nNumber: {number}\nDate: {date}\n\n## Links\n\n* [video] [Wings {number}](https://a.example/{number})\n\n## Upcoming Events\n\n{lines}"
        )
    };
    world.write(&issue_path(1), issue(1, "2026-03-04", FIRST));
    world.write(&issue_path(2), issue(2, "2026-03-11", second));
    world
}

const FIRST: &str = "\
* 2026-03-12 | Virtual | [Terns](https://terns.example/)
    * [**On line**](https://terns.example/1)

### Europe

* 2026-03-18 | Oslo, NO | [Gulls](https://gulls.example/)
    * [**A night, with \"wings\"; \\<b>**](https://gulls.example/night)
* 2026-03-30 - 2026-04-01 | Hybrid (Kiel, DE) | [Gulls](https://gulls.example/)
    * $[**Three days**](https://gulls.example/days)
";

/// The night is gone, the days were moved.
const SECOND: &str = "\
* 2026-03-12 | Virtual | [Terns](https://terns.example/)
    * [**On line**](https://terns.example/1)

### Europe

* 2026-04-02 - 2026-04-04 | Hybrid (Kiel, DE) | [Gulls](https://gulls.example/)
    * $[**Three days**](https://gulls.example/days)
";

fn text(site: &Site, path: &str) -> String {
    let content = site.get(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(content.clone()).unwrap()
}

fn calendar(text: &str) -> ICalendar {
    let mut parser = Parser::new(text);
    let Parsed::ICalendar(calendar) = parser.entry() else {
        panic!("no calendar: {text}");
    };
    assert!(matches!(parser.entry(), Parsed::Eof), "{text}");
    calendar
}

/// Each event's property as it is written.
fn said(text: &str, name: &str) -> Vec<String> {
    let unfolded = text.replace("\r\n ", "");
    let lines = unfolded
        .split("\r\n")
        .filter_map(|line| line.strip_prefix(name));
    lines
        .map(|rest| rest.trim_start_matches(':').to_owned())
        .collect()
}

#[test]
fn events_have_pages_and_calendars() {
    let world = newsletter(SECOND);
    world.build().succeeds();
    let site = world.tree("site");
    let below: Vec<&str> = site
        .keys()
        .filter_map(|path| path.strip_prefix("events/"))
        .filter(|path| !path.starts_with("event/"))
        .collect();
    assert_eq!(
        below,
        [
            "2026-03/index.html",
            "2026-04/index.html",
            "all.ics",
            "countries/germany.ics",
            "countries/norway.ics",
            "europe.ics",
            "europe/index.html",
            "index.html",
            "virtual.ics",
        ]
    );
    let all = text(&site, "events/all.ics");
    assert_eq!(
        said(&all, "STATUS"),
        ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    );
    assert_eq!(said(&all, "SEQUENCE"), ["0", "1", "1"]);
    assert_eq!(
        said(&all, "DTSTART;VALUE=DATE"),
        ["20260312", "20260318", "20260402"]
    );
    assert_eq!(
        said(&all, "DTEND;VALUE=DATE"),
        ["20260313", "20260319", "20260405"]
    );
    assert_eq!(said(&text(&site, "events/virtual.ics"), "SUMMARY").len(), 2);
    assert_eq!(
        said(&text(&site, "events/countries/norway.ics"), "STATUS"),
        ["CANCELLED"]
    );
    // What is called off is in no file of its own.
    assert_eq!(
        site.keys()
            .filter(|path| path.starts_with("events/event/"))
            .count(),
        2
    );
    let page = text(&site, "events/index.html");
    for part in [
        "webcal://gull.example/events/all.ics",
        "href=\"/events/europe.ics\"",
        "No longer listed",
        "https://calendar.google.com/calendar/render?action=TEMPLATE&amp;text=On%20line",
        "A night, with &quot;wings&quot;; &lt;b&gt;",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(text(&site, "events/2026-03/index.html").contains(">2 April 2026</a>"));
    let region = text(&site, "events/europe/index.html");
    let machines = region
        .split("<script type=\"application/ld+json\">")
        .nth(1)
        .unwrap();
    let machines = machines.split("</script>").next().unwrap();
    let machines: serde_json::Value = serde_json::from_str(machines).unwrap();
    let days = &machines["@graph"][1];
    assert_eq!(days["eventStatus"], "https://schema.org/EventRescheduled");
    assert_eq!(days["previousStartDate"], "2026-03-30");
    assert_eq!(days["location"][0]["address"]["addressLocality"], "Kiel");
    let map = text(&site, "sitemap.xml");
    assert!(map.contains("https://gull.example/events/europe/") && !map.contains(".ics"));
}

#[test]
fn every_link_beside_an_event_leads_to_its_line() {
    let world = newsletter(SECOND);
    world.build().succeeds();
    assert_eq!(dead(&world.tree("site")), (8, Vec::new()));
    // Neither mails nor feeds have such links.
    assert!(!world.read("site/atom.xml").contains("/events/2026-"));
}

/// How many links beside events there are, and those that lead nowhere.
fn dead(site: &Site) -> (usize, Vec<String>) {
    let mut ids: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (path, content) in site.iter().filter(|(path, _)| path.starts_with("events/2")) {
        let text = std::str::from_utf8(content).unwrap();
        let own = text
            .split("id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let own: Vec<&str> = own.collect();
        let unique: HashSet<&str> = own.iter().copied().collect();
        assert_eq!(own.len(), unique.len(), "{path} has an id twice");
        ids.insert(path.trim_end_matches("index.html"), unique);
    }
    let (mut count, mut dead) = (0, Vec::new());
    for (path, content) in site.iter().filter(|(path, _)| path.ends_with(".html")) {
        let text = String::from_utf8_lossy(content);
        for link in text.split("href=\"/events/2").skip(1) {
            let link = format!("events/2{}", link.split('"').next().unwrap_or_default());
            let Some((page, id)) = link.split_once('#') else {
                continue;
            };
            count += 1;
            if !ids.get(page).is_some_and(|ids| ids.contains(id)) {
                dead.push(format!("{path}: {link}"));
            }
        }
    }
    (count, dead)
}

#[test]
fn sections_and_marks_have_streams() {
    let world = newsletter(SECOND);
    world.build().succeeds();
    let site = world.tree("site");
    let feeds: Vec<&str> = site
        .keys()
        .filter_map(|path| path.strip_prefix("streams/"))
        .collect();
    assert_eq!(
        feeds,
        [
            "events-europe.json",
            "events-europe.xml",
            "events.json",
            "events.xml",
            "index.html",
            "links.json",
            "links.xml",
            "mark-video.json",
            "mark-video.xml",
            "streams.opml",
        ]
    );
    for path in feeds
        .iter()
        .filter(|path| path.ends_with("xml") || path.ends_with("json"))
    {
        let text = text(&site, &format!("streams/{path}"));
        let feed = feed_rs::parser::parse(text.as_bytes()).unwrap();
        let ids: HashSet<&String> = feed.entries.iter().map(|entry| &entry.id).collect();
        assert_eq!(ids.len(), feed.entries.len(), "{path}");
        assert!(!feed.entries.is_empty(), "{path}");
    }
    let links = text(&site, "streams/links.xml");
    assert!(
        links.contains("<id>tag:gull.example,2026-03-11:/issues/2/#i-"),
        "{links}"
    );
    let page = text(&site, "streams/index.html");
    for link in [
        "/streams/links.xml",
        "/streams/mark-video.json",
        "/streams/streams.opml",
        "/events/europe.ics",
        "/atom.xml",
    ] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn the_feeds_of_streams_are_as_the_newsletters_own() {
    let world = newsletter(SECOND);
    world.edit(
        "press.toml",
        "[[feed]]\npath = \"/atom.xml\"\nformat = \"atom\"\n",
        "",
    );
    world.edit("press.toml", "[feeds]", "[feeds]\nstream-entries = 1");
    world.build().succeeds();
    let links = world.read("site/streams/links.xml");
    assert!(
        links.contains("<rss") && links.matches("<item>").count() == 1,
        "{links}"
    );
}

#[test]
fn a_newsletter_whose_last_event_was_years_ago_links_only_what_is_there() {
    let world = newsletter(SECOND);
    world.write(
        &issue_path(3),
        "Title: Gulls 3\nNumber: 3\nDate: 2029-03-11\n\n## Links\n\n* [A](https://a.example/a)\n",
    );
    world.build().succeeds();
    let site = world.tree("site");
    // Two addresses that people may have subscribed to stay for two years, that of all events for ever.
    let calendars: Vec<&String> = site.keys().filter(|path| path.ends_with(".ics")).collect();
    assert_eq!(calendars, ["events/all.ics"]);
    let pages = text(&site, "events/index.html") + &text(&site, "streams/index.html");
    assert!(
        !pages.contains("europe") && !pages.contains("countries/"),
        "{pages}"
    );
    assert!(pages.contains("No events to come"), "{pages}");
    // One that never had any has a page that says so, and no calendar.
    let none = World::new(0);
    none.write(
        &issue_path(3),
        "Title: Gulls 3\nNumber: 3\nDate: 2029-03-11\n\nHello.\n",
    );
    none.build().succeeds();
    let site = none.tree("site");
    assert!(site.keys().all(|path| !path.ends_with(".ics")));
    let page = text(&site, "events/index.html");
    assert!(
        page.contains("No events are listed") && !page.contains(".ics"),
        "{page}"
    );
}

#[test]
fn who_wants_neither_has_neither() {
    let world = newsletter(SECOND);
    world.edit(
        "press.toml",
        "[site]",
        "[site]\nevents = \"\"\nstreams = \"\"",
    );
    world.build().succeeds();
    let site = world.tree("site");
    assert!(
        site.keys()
            .all(|path| !path.starts_with("events/") && !path.starts_with("streams/"))
    );
    let page = text(&site, "issues/2/index.html");
    assert!(
        !page.contains("class=\"add\"") && !page.contains("/streams/"),
        "{page}"
    );
    // Pages stand below such an address.
    world.edit("press.toml", "events = \"\"", "events = \"/events\"");
    world
        .build()
        .refuses(&["pages stand below this address", "press.toml:"]);
}

#[test]
fn a_site_may_stand_in_a_folder_and_its_events_elsewhere() {
    let world = newsletter(SECOND);
    world.edit(
        "press.toml",
        "https://gull.example",
        "https://gull.example/weekly",
    );
    world.edit("press.toml", "[site]", "[site]\nevents = \"/meet/\"");
    world.build().succeeds();
    let page = world.read("site/issues/2/index.html");
    assert!(page.contains("href=\"/weekly/meet/2026-04/#e-"), "{page}");
    let events = world.read("site/meet/index.html");
    assert!(
        events.contains("webcal://gull.example/weekly/meet/all.ics"),
        "{events}"
    );
    let calendar = world.read("site/meet/all.ics").replace("\r\n ", "");
    assert!(calendar.contains("SOURCE;VALUE=URI:https://gull.example/weekly/meet/all.ics"));
    assert!(
        calendar.contains("https://gull.example/weekly/issues/1/#i-"),
        "{calendar}"
    );
}

#[test]
fn an_edit_writes_only_what_it_changes() {
    let world = newsletter(SECOND);
    world.build().succeeds();
    let before = world.tree("site");
    world.build().succeeds();
    assert_same_tree(&before, &world.tree("site"));
    let other = SECOND.replace("Three days", "Three nights");
    world.edit(&issue_path(2), SECOND, &other);
    world.build().succeeds();
    let after = world.tree("site");
    let changed = changed(&before, &after);
    let changed: Vec<&str> = changed.iter().map(|path| path.as_ref()).collect();
    assert!(changed.contains(&"events/europe.ics"), "{changed:?}");
    for same in [
        "events/virtual/index.html",
        "events/countries/norway.ics",
        "streams/links.xml",
        "streams/index.html",
    ] {
        assert!(!changed.contains(&same), "{changed:?}");
    }
    let again = newsletter(&other);
    again.build().succeeds();
    assert_same_tree(&after, &again.tree("site"));
}

/// Another parser's opinion on each calendar: its events' ids, days and names.
const ASK: &str = "
import icalendar, json, sys
found = []
for text in json.load(sys.stdin):
    calendar = icalendar.Calendar.from_ical(text)
    assert not calendar.errors, calendar.errors
    events = []
    for event in calendar.walk('VEVENT'):
        assert not event.errors, event.errors
        events.append([str(event['UID']), str(event['DTSTART'].dt), str(event['DTEND'].dt), int(event['SEQUENCE']), str(event['SUMMARY'])])
    found.append(events)
json.dump(found, sys.stdout)
";

#[test]
fn another_parser_reads_the_same_calendars() {
    let world = newsletter(SECOND);
    world.build().succeeds();
    let Some(python) = python() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI has Python's icalendar"
        );
        println!("not run: there is no Python with icalendar");
        return;
    };
    let site = world.tree("site");
    let calendars = site.keys().filter(|path| path.ends_with(".ics"));
    let texts: Vec<String> = calendars.map(|path| text(&site, path)).collect();
    let mut child = Command::new(python)
        .args(["-c", ASK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = serde_json::to_vec(&texts).unwrap();
    child.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    type Event = (String, String, String, u32, String);
    let found: Vec<Vec<Event>> = serde_json::from_slice(&output.stdout).unwrap();
    for (text, events) in texts.iter().zip(&found) {
        let ids: Vec<&str> = events.iter().map(|event| event.0.as_str()).collect();
        assert_eq!(ids, said(text, "UID"));
    }
    let all = &found[0];
    let shown: Vec<String> = all
        .iter()
        .map(|(_, start, end, changes, name)| format!("{start} {end} {changes} {name}"))
        .collect();
    assert_eq!(
        shown,
        [
            "2026-03-12 2026-03-13 0 On line (Terns)",
            "2026-03-18 2026-03-19 1 Cancelled: A night, with \"wings\"; <b> (Gulls)",
            "2026-04-02 2026-04-05 1 Three days (Gulls)",
        ]
    );
}

/// So many issues of the archive are each taken as the newest.
const WEEKS: usize = 50;
/// With so many before them.
const BEFORE: usize = 100;

#[test]
fn calendars_of_the_archive_hold_from_week_to_week() {
    let Some(archive) = archive() else { return };
    let world = World::empty();
    std::fs::copy(example().join("press.toml"), world.path("press.toml")).unwrap();
    for entry in std::fs::read_dir(example()).unwrap().flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), world.folder().join(entry.file_name())).unwrap();
        }
    }
    let config = Config::load(&archive, Some(&world.path("press.toml"))).unwrap();
    let records = press::pipeline::records::all(&config).unwrap();
    let records: Vec<&Record> = records.iter().rev().take(WEEKS + BEFORE).rev().collect();
    let weeks: Vec<String> = (BEFORE..records.len())
        .into_par_iter()
        .map(|newest| whole_calendar(&records[..=newest]))
        .collect();
    assert_eq!(weeks.len(), WEEKS);
    let mut known: HashMap<String, i64> = HashMap::new();
    for text in &weeks {
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        let calendar = calendar(text);
        let mut ids = HashSet::new();
        let events = calendar.components.iter();
        let events = events.filter(|one| one.component_type == ICalendarComponentType::VEvent);
        for event in events {
            let value = |name: &ICalendarProperty| {
                let mut entries = event.entries.iter().filter(|entry| entry.name == *name);
                let entry = entries.next().unwrap_or_else(|| panic!("no {name:?}"));
                assert!(entries.next().is_none(), "{name:?} twice");
                entry.values[0].clone()
            };
            let id = value(&ICalendarProperty::Uid).as_text().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} twice");
            let changes = value(&ICalendarProperty::Sequence).as_integer().unwrap();
            let before = known.insert(id.clone(), changes);
            assert!(
                before.is_none_or(|before| before <= changes),
                "{id} fell to {changes}"
            );
            for name in [&ICalendarProperty::Dtstart, &ICalendarProperty::Dtend] {
                let day = value(name);
                let day = day.as_partial_date_time().unwrap();
                assert!(!day.has_time() && day.has_date(), "{id}: {day:?}");
            }
        }
        assert!(ids.len() > 20, "{}", ids.len());
    }
    assert!(
        known.len() > 700 && known.values().any(|changes| *changes > 0),
        "{}",
        known.len()
    );
}

/// The calendar of all events as it was with the last of these issues.
fn whole_calendar(records: &[&Record]) -> String {
    let agenda = Agenda::of(records, 28);
    let whole = Calendar {
        name: "All".to_owned(),
        description: "All".to_owned(),
        page: "https://weekly.example/events/".to_owned(),
        source: Some("https://weekly.example/events/all.ics".to_owned()),
    };
    let event = |entry: &&press_core::render::agenda::Entry| {
        let head = &records[entry.latest.issue].head;
        let origin = Origin {
            host: "weekly.example",
            issue: &head.title,
            line: &head.url,
        };
        calendar::event(entry, &[], origin)
    };
    let events: Vec<String> = agenda.ahead().iter().map(event).collect();
    whole.write(events.iter().map(String::as_str))
}
