//! Events on pages: rows for templates, and what machines read beside them (schema.org).

use super::super::calendar::{self, Origin};
use super::super::{address, sanitise};
use super::{Entry, Facts, Off};
use crate::issue::PlaceMode;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

/// An event in a list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// Its ids on the page of its month.
    pub ids: Vec<String>,
    /// What it is called.
    pub title: String,
    /// Its page; empty if that is no address to follow.
    pub url: String,
    /// The first day, as `2026-03-05`.
    pub date: String,
    /// Its days in words.
    pub days: String,
    /// Where.
    pub place: String,
    /// Who holds it.
    pub groups: Vec<Link>,
    /// Whether it costs money.
    pub paid: bool,
    /// Empty, or why it does not take place then: `cancelled`, `gone`, `moved`.
    pub state: &'static str,
    /// Where it is now, if it was moved.
    pub to: Option<Link>,
    /// The line in the issue.
    pub issue: Link,
    /// How it comes into a calendar of one's own; only of events to come.
    pub add: Option<Add>,
}

/// Something to follow.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Link {
    /// What it says.
    pub title: String,
    /// Where it leads; may be empty.
    pub url: String,
}

/// Ways into a calendar.
#[derive(Clone, Debug, Serialize)]
pub struct Add {
    /// A file with this event.
    pub file: String,
    /// Google's calendar, with the event filled in.
    pub google: String,
    /// Outlook's.
    pub outlook: String,
}

/// The row of an event. `issue` is its line on the site, `file` the path of a calendar with this event alone, if it is to
/// come.
pub fn row(entry: &Entry, issue: Link, file: Option<String>, origin: Origin<'_>) -> Row {
    let facts = &entry.facts;
    let groups = facts
        .organisers
        .iter()
        .filter(|group| !group.name.trim().is_empty());
    let groups = groups.map(|group| Link {
        title: group.name.clone(),
        url: followed(&group.url),
    });
    Row {
        ids: Vec::new(),
        title: facts.title.clone(),
        url: followed(&facts.url),
        date: facts.date.to_string(),
        days: days(facts.date, facts.end),
        place: calendar::place(facts),
        groups: groups.collect(),
        paid: facts.paid,
        state: match facts.off {
            Some(Off::Said) => "cancelled",
            Some(Off::Gone) => "gone",
            None => "",
        },
        to: None,
        issue,
        add: file
            .filter(|_| facts.off.is_none())
            .map(|file| add(entry, file, origin)),
    }
}

fn followed(url: &str) -> String {
    if sanitise::runs_code(url) {
        return String::new();
    }
    url.to_owned()
}

/// Days in words: "Thu 5 March", "19–20 March", "30 March – 2 April".
pub fn days(date: Date, end: Date) -> String {
    if end <= date {
        return date.strftime("%a %-d %B").to_string();
    }
    if (date.year(), date.month()) == (end.year(), end.month()) {
        return format!("{}–{}", date.day(), end.strftime("%-d %B"));
    }
    format!("{} – {}", date.strftime("%-d %B"), end.strftime("%-d %B"))
}

/// Google's and Outlook's own pages for a new event. Nothing is asked of them before somebody follows the link.
fn add(entry: &Entry, file: String, origin: Origin<'_>) -> Add {
    let facts = &entry.facts;
    let end = facts.end.max(facts.date);
    let after = end.saturating_add(1.day());
    let text = address::encoded(&calendar::summary(facts));
    let place = address::encoded(&calendar::place(facts));
    let about = address::encoded(&calendar::description(entry, origin));
    Add {
        google: format!(
            "https://calendar.google.com/calendar/render?action=TEMPLATE&text={text}&dates={}/{}&location={place}&details={about}",
            calendar::day(facts.date),
            calendar::day(after),
        ),
        outlook: format!(
            "https://outlook.live.com/calendar/0/action/compose?rru=addevent&allday=true&subject={text}&startdt={}&enddt={after}\
             &location={place}&body={about}",
            facts.date,
        ),
        file,
    }
}

/// What search engines and calendars read of events on a page (schema.org), for a `<script>`.
pub fn json_ld(entries: &[&Entry]) -> Option<String> {
    if entries.is_empty() {
        return None;
    }
    let graph: Vec<Value> = entries.iter().map(|entry| thing(entry)).collect();
    let data = json!({ "@context": "https://schema.org", "@graph": graph });
    // Inside a script element `<` could end it.
    Some(data.to_string().replace('<', "\\u003c"))
}

fn thing(entry: &Entry) -> Value {
    let facts = &entry.facts;
    let mode = match facts.place.mode {
        PlaceMode::InPerson => "Offline",
        PlaceMode::Virtual => "Online",
        PlaceMode::Hybrid => "Mixed",
    };
    let status = match (facts.off, entry.moved_from()) {
        (Some(_), _) => "EventCancelled",
        (None, Some(_)) => "EventRescheduled",
        (None, None) => "EventScheduled",
    };
    let mut thing = json!({
        "@type": "Event",
        "name": facts.title,
        "url": facts.url,
        "startDate": facts.date.to_string(),
        "endDate": facts.end.max(facts.date).to_string(),
        "eventAttendanceMode": format!("https://schema.org/{mode}EventAttendanceMode"),
        "eventStatus": format!("https://schema.org/{status}"),
        "location": locations(facts),
    });
    if let (None, Some(former)) = (facts.off, entry.moved_from()) {
        thing["previousStartDate"] = former.to_string().into();
    }
    if let Some(group) = facts.organisers.first() {
        thing["organizer"] = json!({ "@type": "Organization", "name": group.name });
        if !group.url.is_empty() {
            thing["organizer"]["url"] = group.url.as_str().into();
        }
    }
    if facts.paid {
        thing["isAccessibleForFree"] = false.into();
    }
    thing
}

fn locations(facts: &Facts) -> Value {
    let place = &facts.place;
    let mut locations = Vec::new();
    if place.mode != PlaceMode::Virtual {
        let mut address = json!({ "@type": "PostalAddress" });
        for (key, part) in [
            ("addressLocality", &place.city),
            ("addressRegion", &place.state),
            ("addressCountry", &place.country),
        ] {
            if let Some(part) = part {
                address[key] = part.as_str().into();
            }
        }
        locations.push(json!({ "@type": "Place", "name": place.text, "address": address }));
    }
    if place.mode != PlaceMode::InPerson {
        locations.push(json!({ "@type": "VirtualLocation", "url": facts.url }));
    }
    match locations.len() {
        1 => locations.remove(0),
        _ => locations.into(),
    }
}
