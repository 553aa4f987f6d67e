//! The world of the replay as servers tell it: Meetup with its login, calendars, a page of events. What each can say at all
//! is decided by what it says in reality: Meetup knows one home for a group, calendars know no prices.

use super::Replay;
use super::rows::Row;
use super::stand_in::{dice, found, nation, spelled, zone};
use crate::gatherings::{KEY, login};
use crate::server::{Asked, Reply, Server, send};
use crate::world::World;
use jiff::ToSpan;
use jiff::civil::Date;
use press::config::group_name;
use press_core::events::{Event, PlaceMode, Town, page_key};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What the environment has for Meetup.
pub(super) const KEYS: [(&str, &str); 4] = [
    ("MEETUP_CLIENT_KEY", "client"),
    ("MEETUP_MEMBER_ID", "42"),
    ("MEETUP_KEY_ID", "key"),
    ("MEETUP_PRIVATE_KEY", KEY),
];

/// A group with fewer events in all these issues has no calendar.
const BUSY: usize = 6;

/// What is said at the moment.
#[derive(Default)]
struct Told {
    /// Groups at Meetup by name, with their events.
    groups: BTreeMap<String, (Value, Vec<Value>)>,
    /// Events of calendars, by the number of the calendar.
    calendars: Vec<String>,
    /// Pages with events; one page tells of an address and a day once.
    pages: Vec<Vec<Value>>,
}

pub(super) struct Servers {
    server: Server,
    told: Arc<Mutex<Told>>,
    /// Groups at Meetup by name: their addresses, and where they are at home.
    groups: BTreeMap<String, (String, Town)>,
    /// Groups with calendars: address, name, and place as press.toml says it.
    calendars: Vec<(String, String, String)>,
}

impl Servers {
    pub(super) fn start(replay: &Replay) -> Servers {
        let told = Arc::new(Mutex::new(Told::default()));
        let now = Arc::clone(&told);
        let server = Server::start(move |asked| reply(asked, &now.lock().unwrap()));
        Servers {
            server,
            told,
            groups: groups(replay),
            calendars: calendars(replay),
        }
    }

    /// The flagship's configuration with these servers in place of its sources.
    pub(super) fn configure(&self, world: &World) {
        let example = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples/this-week-in-rust/press.toml");
        let example = std::fs::read_to_string(example).unwrap();
        let (head, rest) = example.split_once("[[source]]").unwrap();
        let sections = &rest[rest.find("[[section]]").unwrap()..];
        let head = head.replace("[collect]\n", "[collect]\nprivate = [\"127.0.0.1\"]\n");
        let at = format!("http://{}", self.server.address);
        let shared = "section = \"events\"\nauto = true";
        let mut sources = format!(
            "[[source]]\nname = \"meetup\"\nkind = \"meetup\"\n{shared}\ngroups-file = \"meetup-groups.txt\"\n\
             api = \"{at}/gql-ext\"\nlogin = \"{at}/oauth2/access\"\n\n\
             [[source]]\nname = \"agenda\"\nkind = \"event-page\"\n{shared}\nurls = [\"{at}/agenda/0\", \"{at}/agenda/1\"]\n\n"
        );
        for (at_most, (url, name, place)) in self.calendars.iter().enumerate() {
            let name = json!(name);
            let _ = write!(
                sources,
                "[[source]]\nname = \"calendar-{at_most}\"\nkind = \"ical\"\n{shared}\nurl = \"{at}/calendars/{at_most}.ics\"\n\
                 group = {name}\ngroup-url = \"{url}\"\nplace = \"{place}\"\n\n"
            );
        }
        world.write("press.toml", format!("{head}{sources}{sections}"));
        let groups = self.groups.values().map(|(url, _)| format!("{url}\n"));
        let groups: String = groups.collect();
        world.write(
            "meetup-groups.txt",
            format!("# All of them\n{groups}no-more-of-this\n"),
        );
    }

    /// From now on the servers say what is known when an issue is made.
    pub(super) fn play(&self, replay: &Replay, issue: u32) {
        let mut told = Told {
            calendars: vec![String::new(); self.calendars.len()],
            pages: vec![Vec::new(), Vec::new()],
            ..Told::default()
        };
        for (name, (url, town)) in &self.groups {
            let thrown = dice(name);
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            let head = json!({
                "name": name, "link": url,
                "city": spelled(part(&town.city), thrown), "state": part(&town.state),
                "country": nation(&part(&town.country), thrown / 5),
                "timezone": town.country.as_deref().and_then(zone),
            });
            told.groups.insert(name.clone(), (head, Vec::new()));
        }
        let events = found(replay, issue);
        let mut halves: HashMap<(String, Date), Vec<Event>> = HashMap::new();
        let mut order = Vec::new();
        for event in events {
            let key = (page_key(&event.url), event.date);
            if !halves.contains_key(&key) {
                order.push(key.clone());
            }
            halves.entry(key).or_default().push(event);
        }
        for key in order {
            self.tell(&halves[&key], &mut told);
        }
        *self.told.lock().unwrap() = told;
    }

    /// Puts one event, or its two halves, where somebody can say it.
    fn tell(&self, halves: &[Event], told: &mut Told) {
        let event = &halves[0];
        let names: Option<Vec<String>> =
            event.groups.iter().map(|one| at_meetup(&one.url)).collect();
        let names = names.filter(|names| !names.is_empty() && event.source == "meetup");
        let at_home = |name: &String| {
            let same = |one: &Option<String>, other: &Option<String>| {
                let plain =
                    |part: &Option<String>| part.as_deref().map(|part| part.trim().to_lowercase());
                plain(one) == plain(other)
            };
            event.mode != PlaceMode::Virtual || same(&self.groups[name].1.city, &event.town.city)
        };
        if let Some(names) = names.filter(|names| names.iter().all(at_home)) {
            for name in names {
                let (head, events) = told.groups.get_mut(&name).unwrap();
                let own = event
                    .groups
                    .iter()
                    .find(|one| at_meetup(&one.url).as_ref() == Some(&name));
                head["name"] = json!(own.unwrap().name);
                events.extend(halves.iter().map(node));
            }
            return;
        }
        let calendar = event.groups.first().and_then(|group| {
            let own = |(url, ..): &(String, String, String)| *url == group.url;
            self.calendars.iter().position(own)
        });
        let plain = event.groups.len() == 1 && halves.len() == 1 && !event.paid;
        match calendar.filter(|_| plain && event.mode == PlaceMode::InPerson) {
            Some(at) => told.calendars[at].push_str(&entry(event)),
            None => {
                for (at, half) in halves.iter().enumerate() {
                    told.pages[at].push(schema(half));
                }
            }
        }
    }
}

/// The name of a group whose page is at Meetup.
fn at_meetup(url: &str) -> Option<String> {
    let own = page_key(url).starts_with("meetup.com/");
    own.then(|| group_name(url).to_lowercase())
}

/// All groups at Meetup. They are at home where their events on line are, else where they meet.
fn groups(replay: &Replay) -> BTreeMap<String, (String, Town)> {
    let mut all: BTreeMap<String, (String, Vec<&Row>)> = BTreeMap::new();
    for row in &replay.rows {
        for (_, url) in &row.groups {
            let Some(name) = at_meetup(url) else { continue };
            let known = all.entry(name).or_insert_with(|| (url.clone(), Vec::new()));
            known.1.push(row);
        }
    }
    let home = |rows: Vec<&Row>| {
        let on_line = rows.iter().filter(|row| row.mode == PlaceMode::Virtual);
        let mut places: Vec<&&Row> = on_line.filter(|row| row.city.is_some()).collect();
        if places.is_empty() {
            places = rows.iter().filter(|row| row.city.is_some()).collect();
        }
        let times = |row: &&&Row| places.iter().filter(|other| other.city == row.city).count();
        let most = places.iter().copied().max_by_key(times);
        most.map_or_else(Town::default, |row| Town {
            city: row.city.clone(),
            state: row.state.clone(),
            country: row.country.clone(),
        })
    };
    let all = all.into_iter();
    all.map(|(name, (url, rows))| (name, (url, home(rows))))
        .collect()
}

/// Groups elsewhere that meet often.
fn calendars(replay: &Replay) -> Vec<(String, String, String)> {
    let mut rows: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &replay.rows {
        let one = row.groups.first().filter(|_| row.groups.len() == 1);
        if let Some((_, url)) =
            one.filter(|(_, url)| at_meetup(url).is_none() && url.contains("://"))
        {
            rows.entry(url).or_default().push(row);
        }
    }
    let busy = rows.into_iter().filter(|(_, rows)| {
        let pages: BTreeSet<&str> = rows.iter().map(|row| row.page.as_str()).collect();
        pages.len() >= BUSY
    });
    busy.map(|(url, rows)| {
        let place = rows.iter().find(|row| row.mode == PlaceMode::InPerson);
        let place = place.map_or_else(|| "Oslo, NO".to_owned(), |row| row.location.clone());
        (url.to_owned(), rows[0].groups[0].0.clone(), place)
    })
    .collect()
}

fn reply(asked: &Asked, told: &Told) -> Reply {
    let path = asked.path.as_str();
    let number = |start: &str, end: &str| -> Option<usize> {
        path.strip_prefix(start)?.strip_suffix(end)?.parse().ok()
    };
    if path == "/oauth2/access" {
        return login(asked);
    }
    if path == "/gql-ext" {
        return graphql(asked, told);
    }
    if let Some(events) = number("/calendars/", ".ics").and_then(|at| told.calendars.get(at)) {
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Gulls//EN\r\n{events}END:VCALENDAR\r\n"
        );
        return send(
            200,
            "content-type: text/calendar; charset=utf-8\r\n",
            &calendar,
        );
    }
    if let Some(events) = number("/agenda/", "").and_then(|at| told.pages.get(at)) {
        let data = json!({ "@context": "https://schema.org", "@graph": events }).to_string();
        let data = data.replace("</", "<\\/");
        let page = format!(
            "<!doctype html><title>Agenda</title><script type=\"application/ld+json\">{data}</script>"
        );
        return send(200, "content-type: text/html; charset=utf-8\r\n", &page);
    }
    send(404, "", "")
}

/// Two pages for a group that has more than three events.
fn graphql(asked: &Asked, told: &Told) -> Reply {
    if !asked.headers.contains("authorization: bearer hush-hush") {
        return send(401, "", "{}");
    }
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let variables = &body["variables"];
    let mut data = serde_json::Map::new();
    for at in 0.. {
        let Some(name) = variables[format!("u{at}")].as_str() else {
            break;
        };
        let group = told.groups.get(&name.to_lowercase()).map(|(head, events)| {
            let from: usize = variables[format!("a{at}")]
                .as_str()
                .map_or(0, |after| after.parse().unwrap());
            let until = events.len().min(from + 3);
            let edges: Vec<Value> = events[from..until]
                .iter()
                .map(|node| json!({ "node": node }))
                .collect();
            let mut group = head.clone();
            group["events"] = json!({
                "pageInfo": { "hasNextPage": until < events.len(), "endCursor": until.to_string() },
                "edges": edges,
            });
            group
        });
        data.insert(format!("g{at}"), group.unwrap_or_default());
    }
    send(
        200,
        "content-type: application/json\r\n",
        &json!({ "data": data }).to_string(),
    )
}

/// An event as Meetup tells it.
fn node(event: &Event) -> Value {
    let kind = match event.mode {
        PlaceMode::InPerson => "PHYSICAL",
        PlaceMode::Virtual => "ONLINE",
        PlaceMode::Hybrid => "HYBRID",
    };
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let town = &event.town;
    let hall = json!({ "city": part(&town.city), "state": part(&town.state), "country": part(&town.country), "venueType": "" });
    let call = json!({ "city": "", "state": "", "country": "", "venueType": "online" });
    let last = event.end_date.unwrap_or(event.date);
    let fee = event.paid.then(|| json!({ "amount": 12.5 }));
    json!({
        "token": page_key(&event.url), "title": event.title, "eventUrl": event.url,
        "dateTime": format!("{}T18:30:00+02:00", event.date), "endTime": format!("{last}T20:30:00+02:00"),
        "eventType": kind, "status": if event.cancelled { "CANCELLED" } else { "ACTIVE" },
        "feeSettings": fee, "venues": [call, hall],
    })
}

/// An event as a calendar tells it.
fn entry(event: &Event) -> String {
    let compact = |day: Date| day.strftime("%Y%m%d").to_string();
    let text = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        text.replace(',', "\\,").replace(';', "\\;")
    };
    let start = match (event.end_date, &event.zone) {
        (Some(last), _) => format!(
            "DTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}",
            compact(event.date),
            compact(last + 1.days())
        ),
        (None, Some(zone)) => format!(
            "DTSTART;TZID={zone}:{}T183000\r\nDURATION:PT2H",
            compact(event.date)
        ),
        (None, None) => format!("DTSTART:{}T183000", compact(event.date)),
    };
    let town = [&event.town.city, &event.town.state, &event.town.country];
    let town: Vec<&str> = town.into_iter().flatten().map(String::as_str).collect();
    let status = if event.cancelled {
        "CANCELLED"
    } else {
        "CONFIRMED"
    };
    let lines = format!(
        "BEGIN:VEVENT\r\nUID:{}@gulls\r\n{start}\r\nSUMMARY:{}\r\nLOCATION:{}\r\nSTATUS:{status}\r\nURL:{}\r\nEND:VEVENT\r\n",
        page_key(&event.url),
        text(&event.title),
        text(&format!("The Hall, {}", town.join(", "))),
        event.url,
    );
    lines.split_inclusive("\r\n").map(folded).collect()
}

/// Lines are no longer than 75 bytes.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for sign in line.chars() {
        if length + sign.len_utf8() > 74 && !matches!(sign, '\r' | '\n') {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(sign);
        length += sign.len_utf8();
    }
    out
}

/// An event as a page tells machines about it.
fn schema(event: &Event) -> Value {
    let mode = match event.mode {
        PlaceMode::InPerson => "Offline",
        PlaceMode::Virtual => "Online",
        PlaceMode::Hybrid => "Mixed",
    };
    let town = &event.town;
    let place = json!({ "@type": "Place", "name": "The Hall", "address": {
        "@type": "PostalAddress", "addressLocality": town.city, "addressRegion": town.state, "addressCountry": town.country,
    }});
    let call = json!({ "@type": "VirtualLocation", "url": "https://call.example/" });
    let groups = event
        .groups
        .iter()
        .map(|group| json!({ "@type": "Organization", "name": group.name, "url": group.url }));
    let offers = json!({ "@type": "Offer", "price": if event.paid { "12.50" } else { "0" } });
    json!({
        "@type": "Event", "name": event.title, "url": event.url,
        "startDate": event.date.to_string(), "endDate": event.end_date.map(|day| day.to_string()),
        "eventStatus": if event.cancelled { "https://schema.org/EventCancelled" } else { "https://schema.org/EventScheduled" },
        "eventAttendanceMode": format!("https://schema.org/{mode}EventAttendanceMode"),
        "location": [call, place], "organizer": groups.collect::<Vec<_>>(), "offers": offers,
    })
}
