//! Events that a page tells machines about: schema.org's `Event`, as JSON-LD or as microdata.
//!
//! Both become the same tree of values first. Nothing is guessed from what only people can read.

mod microdata;

use super::{Event, Group, PlaceMode, Town, last_day};
use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

/// Deepest nesting of values that is looked at.
const DEPTH: usize = 12;
/// More events than any page has.
const EVENTS: usize = 500;

/// What a page tells of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its events.
    pub events: Vec<Event>,
    /// Titles of events whose day nobody can read.
    pub undated: Vec<String>,
}

/// The events of a page. Times in UTC are brought to `zone`, if it is known; others say how late it is where it happens.
pub fn events_on_page(html: &str, url: &str, zone: Option<&TimeZone>) -> Page {
    let mut found = Vec::new();
    for value in microdata::values(html) {
        find(&value, 0, &mut found);
    }
    let (mut events, mut undated) = (Vec::new(), Vec::new());
    for value in found.into_iter().take(EVENTS) {
        match event(&value, url, zone) {
            Some(event) => events.push(event),
            None => undated.push(super::plain_title(&text(&value["name"]))),
        }
    }
    let mut seen: Vec<(String, Date)> = Vec::new();
    events.retain(|event| {
        let key = (super::page_key(&event.url), event.date);
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    Page { events, undated }
}

/// The outermost events in a tree of values: parts of an event are none of their own.
fn find(value: &Value, depth: usize, found: &mut Vec<Value>) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Array(values) => values
            .iter()
            .for_each(|value| find(value, depth + 1, found)),
        Value::Object(_) if is_event(value) => found.push(value.clone()),
        Value::Object(fields) => {
            fields
                .values()
                .for_each(|value| find(value, depth + 1, found));
        }
        _ => {}
    }
}

fn is_event(value: &Value) -> bool {
    let names = |name: &str| {
        let name = name.rsplit(['/', ':', '#']).next().unwrap_or_default();
        name.ends_with("Event") || matches!(name, "Hackathon" | "Festival" | "EventSeries")
    };
    all(&value["@type"])
        .into_iter()
        .any(|name| name.as_str().is_some_and(names))
        && !text(&value["startDate"]).is_empty()
}

/// One or many values as many.
fn all(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// A text, or that of the first of many, or the name of a thing.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => values.first().map(text).unwrap_or_default(),
        Value::Object(fields) => ["name", "@value", "url", "@id"]
            .iter()
            .filter_map(|key| fields.get(*key))
            .map(text)
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn event(value: &Value, page: &str, zone: Option<&TimeZone>) -> Option<Event> {
    let (date, time, start) = moment(&text(&value["startDate"]), zone)?;
    let end = moment(&text(&value["endDate"]), zone);
    let end_date = end.and_then(|(day, time, end)| match time {
        Some(_) => last_day(start, end),
        None => (day > date).then_some(day),
    });
    let status = text(&value["eventStatus"]);
    let (town, virtual_too) = places(&value["location"]);
    let url = match text(&value["url"]) {
        own if own.is_empty() => page.to_owned(),
        own => absolute(&own, page),
    };
    let groups = all(&value["organizer"]).into_iter().map(|group| Group {
        name: text(group),
        url: absolute(&text(&group["url"]), page),
    });
    Some(Event {
        key: text(&value["identifier"]),
        title: text(&value["name"]),
        url,
        groups: groups.filter(|group| !group.name.is_empty()).collect(),
        date,
        time,
        end_date,
        zone: zone.and_then(TimeZone::iana_name).map(str::to_owned),
        mode: mode(&text(&value["eventAttendanceMode"]), &town, virtual_too),
        town,
        paid: is_paid(value),
        cancelled: status.ends_with("EventCancelled") || status.ends_with("EventPostponed"),
        source: String::new(),
    })
}

fn mode(said: &str, town: &Town, on_line: bool) -> PlaceMode {
    let name = said.rsplit('/').next().unwrap_or_default();
    match name {
        "OnlineEventAttendanceMode" | "online" => PlaceMode::Virtual,
        "MixedEventAttendanceMode" | "mixed" => PlaceMode::Hybrid,
        "OfflineEventAttendanceMode" | "offline" => PlaceMode::InPerson,
        _ if on_line && town.city.is_some() => PlaceMode::Hybrid,
        _ if on_line => PlaceMode::Virtual,
        _ => PlaceMode::InPerson,
    }
}

/// Whether an offer asks for money, and none is free.
fn is_paid(value: &Value) -> bool {
    if let Some(free) = value["isAccessibleForFree"].as_bool() {
        return !free;
    }
    let offers = all(&value["offers"]);
    let prices = offers.iter().flat_map(|offer| {
        [&offer["price"], &offer["lowPrice"]]
            .map(text)
            .into_iter()
            .filter(|price| !price.is_empty())
    });
    let prices: Vec<f64> = prices
        .filter_map(|price| price.replace(',', ".").parse().ok())
        .collect();
    !prices.is_empty() && prices.iter().all(|price| *price > 0.0)
}

/// The town of the first place that has one, and whether there is a place on line.
fn places(value: &Value) -> (Town, bool) {
    let (mut town, mut on_line) = (Town::default(), false);
    for place in all(value) {
        let kind = text(&place["@type"]);
        let words = place.as_str().unwrap_or_default();
        if kind.ends_with("VirtualLocation") || words.starts_with("http") || is_on_line(words) {
            on_line = true;
        } else if town.city.is_none() {
            town = match &place["address"] {
                Value::Object(_) | Value::Array(_) => address(all(&place["address"])[0]),
                Value::String(address) => super::town_of(address),
                _ => super::town_of(words),
            };
        }
    }
    (town, on_line)
}

fn is_on_line(words: &str) -> bool {
    matches!(
        words.to_lowercase().trim(),
        "online" | "on line" | "virtual" | "zoom" | "remote"
    )
}

fn address(value: &Value) -> Town {
    let part = |key: &str| Some(text(&value[key])).filter(|part| !part.is_empty());
    Town {
        city: part("addressLocality"),
        state: part("addressRegion"),
        country: part("addressCountry"),
    }
}

/// `2026-03-05`, `2026-03-05T19:00+01:00`, `2026-03-05 19:00:00`: the day and the time there.
fn moment(text: &str, zone: Option<&TimeZone>) -> Option<(Date, Option<Time>, DateTime)> {
    let text = text.trim();
    let utc = text.ends_with(['Z', 'z']) || text.ends_with("+00:00");
    if let (true, Some(zone), Ok(stamp)) = (utc, zone, text.parse::<jiff::Timestamp>()) {
        let there: Zoned = stamp.to_zoned(zone.clone());
        return Some((there.date(), Some(there.time()), there.datetime()));
    }
    let day: Date = text.get(..10)?.parse().ok()?;
    let clock = text[10..].trim_start_matches(['T', 't', ' ']);
    let clock = clock
        .get(..8)
        .filter(|clock| clock.matches(':').count() == 2)
        .or(clock.get(..5));
    let time: Option<Time> = clock.and_then(|clock| clock.parse().ok());
    Some((day, time, day.to_datetime(time.unwrap_or_default())))
}

/// An address as seen from the page `base`.
fn absolute(url: &str, base: &str) -> String {
    let Some(parts) = crate::canonical::parts(base).filter(|_| !url.is_empty()) else {
        return url.to_owned();
    };
    if crate::canonical::parts(url).is_some() {
        return url.to_owned();
    }
    if let Some(rest) = url.strip_prefix("//") {
        return format!("{}://{rest}", parts.scheme);
    }
    let folder = match url.starts_with('/') {
        true => "",
        false => parts.path.rfind('/').map_or("/", |at| &parts.path[..=at]),
    };
    format!("{}://{}{folder}{url}", parts.scheme, parts.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://gulls.example/talks/may";

    fn told(event: &Event) -> String {
        let town = [&event.town.city, &event.town.state, &event.town.country];
        let town: Vec<&str> = town.into_iter().flatten().map(String::as_str).collect();
        let groups: Vec<&str> = event
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect();
        format!(
            "{} {:?} {:?} | {} {:?} | {} | {} {}{}{}",
            event.date,
            event.time.map(|time| time.to_string()),
            event.end_date.map(|date| date.to_string()),
            town.join(", "),
            event.mode,
            groups.join(", "),
            event.title,
            event.url,
            if event.paid { " paid" } else { "" },
            if event.cancelled { " cancelled" } else { "" },
        )
    }

    fn all_told(html: &str) -> Vec<String> {
        events_on_page(html, PAGE, None)
            .events
            .iter()
            .map(told)
            .collect()
    }

    #[test]
    fn json_ld_tells_of_an_event() {
        let html = r#"<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite"},
            {"@type":["BusinessEvent"],"name":"Wings &amp; wheels","url":"/talks/may?x=1","startDate":"2026-05-07T19:00:00+02:00",
             "endDate":"2026-05-08T00:30:00+02:00","eventStatus":"https://schema.org/EventScheduled",
             "eventAttendanceMode":"https://schema.org/MixedEventAttendanceMode",
             "location":[{"@type":"VirtualLocation","url":"https://call.example"},{"@type":"Place","name":"Hall",
               "address":{"@type":"PostalAddress","addressLocality":"Oslo","addressCountry":{"@type":"Country","name":"NO"}}}],
             "organizer":[{"@type":"Organization","name":"Gulls","url":"https://gulls.example"}],
             "offers":{"price":"12,50"},"subEvent":[{"@type":"Event","name":"part","startDate":"2026-05-07"}]}]}</script>"#;
        assert_eq!(
            all_told(html),
            [
                "2026-05-07 Some(\"19:00:00\") None | Oslo, NO Hybrid | Gulls | Wings &amp; wheels \
              https://gulls.example/talks/may?x=1 paid"
            ]
        );
    }

    #[test]
    fn microdata_tells_of_an_event() {
        let html = "<div itemscope itemtype='http://schema.org/Event'><h1 itemprop=name>Crabs <b>&amp; co</b></h1>\
            <a itemprop=url href='may.html'>more</a><time itemprop=startDate datetime='2026-05-07'>7 May</time>\
            <time itemprop=endDate content='2026-05-09'>9 May</time>\
            <link itemprop=eventStatus href='https://schema.org/EventCancelled'><p>Where? <br>\
            <span itemprop=location itemscope itemtype='https://schema.org/Place'><span itemprop=address itemscope \
            itemtype='https://schema.org/PostalAddress'><span itemprop=addressLocality>Bergen</span>\
            <meta itemprop=addressCountry content=NO></span></span></div><p itemprop=name>stray";
        assert_eq!(
            all_told(html),
            [
                "2026-05-07 None Some(\"2026-05-09\") | Bergen, NO InPerson |  | Crabs & co \
              https://gulls.example/talks/may.html cancelled"
            ]
        );
    }

    #[test]
    fn times_in_utc_are_brought_home() {
        let html = r#"<script type='application/ld+json'>[{"@type":"Event","name":"Late","startDate":"2026-05-07T23:30:00Z"}]</script>"#;
        assert!(all_told(html)[0].starts_with("2026-05-07"));
        let home = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            events_on_page(html, PAGE, Some(&home)).events[0]
                .date
                .to_string(),
            "2026-05-08"
        );
    }

    #[test]
    fn days_that_nobody_can_read_are_told() {
        let html = r#"<script type='application/ld+json'>[{"@type":"Event","name":"A &amp; B","startDate":"12.5.2026 at 7"},
            {"@type":"Event","name":"C"},{"@type":"Event","name":"D","startDate":"2026-05-12"}]</script>"#;
        let page = events_on_page(html, PAGE, None);
        assert_eq!(
            (page.events.len(), page.undated),
            (1, vec!["A & B".to_owned()])
        );
    }

    #[test]
    fn no_page_is_too_odd() {
        let deep = format!(
            "<script type=application/ld+json>{}</script>",
            "[".repeat(100_000)
        );
        let scopes = "<div itemscope itemprop=x>".repeat(20_000);
        for html in [
            "",
            "<script type=application/ld+json>{\"@type\":\"Event\",\"startDate\":7}</script>",
            "<script type=application/ld+json>{\"@type\":\"Event\",\"startDate\":\"soon\"}</script>",
            "<script type=application/ld+json>{\"@type\":\"Event\",\"startDate\":\"2026-13-45\u{e9}T\"}",
            "</div></p></script>",
            &deep,
            &scopes,
        ] {
            assert_eq!(events_on_page(html, PAGE, None).events, []);
        }
    }
}
