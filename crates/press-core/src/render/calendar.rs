//! Calendars: events as iCalendar (RFC 5545), with the names and intervals of RFC 7986 and what older programs read instead.
//!
//! Issues tell days and no times, so events are all-day and mean that day wherever they are held: no time zone moves them to
//! the day before. Nothing here depends on when a calendar is made.

use super::agenda::{Entry, Facts, Off};
use crate::issue::PlaceMode;
use jiff::civil::Date;

/// What a calendar is called and where it is.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// What programs show.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The page with the same events.
    pub page: String,
    /// Its own address; none for the file of a single event.
    pub source: Option<String>,
}

/// Where an event was told of.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The newsletter's host, which makes ids unique in the world.
    pub host: &'a str,
    /// What the issue is called.
    pub issue: &'a str,
    /// The event's line in the issue.
    pub line: &'a str,
}

/// How often programs should ask again: issues come once a week, corrections any day.
const REFRESH: &str = "P1D";

impl Calendar {
    /// The calendar with these events, each as [`event`] writes it. There must be one: a calendar without any is none
    /// (RFC 5545, section 3.6).
    pub fn write<'e>(&self, events: impl IntoIterator<Item = &'e str>) -> String {
        let mut lines = Lines::default();
        lines.plain("BEGIN", "VCALENDAR");
        lines.plain("VERSION", "2.0");
        lines.plain("PRODID", "-//Pressroom//press//EN");
        lines.plain("CALSCALE", "GREGORIAN");
        // No METHOD: that would make an invitation of it, and mail programs would ask for an answer.
        if let Some(source) = &self.source {
            lines.text("NAME", &self.name);
            lines.text("X-WR-CALNAME", &self.name);
            lines.text("DESCRIPTION", &self.description);
            lines.text("X-WR-CALDESC", &self.description);
            lines.address("URL", &self.page);
            lines.address("SOURCE;VALUE=URI", source);
            lines.plain("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
            lines.plain("X-PUBLISHED-TTL", REFRESH);
        }
        for event in events {
            lines.0.push_str(event);
        }
        lines.plain("END", "VCALENDAR");
        lines.0
    }
}

/// One event; `sections` are the names of its regions.
pub fn event(entry: &Entry, sections: &[&str], origin: Origin<'_>) -> String {
    let facts = &entry.facts;
    let mut lines = Lines::default();
    lines.plain("BEGIN", "VEVENT");
    lines.text("UID", &format!("{}@{}", entry.id, origin.host));
    // Without METHOD this is when the event was last changed (RFC 5545, section 3.8.7.2).
    lines.plain("DTSTAMP", &format!("{}T000000Z", day(entry.changed)));
    lines.plain("LAST-MODIFIED", &format!("{}T000000Z", day(entry.changed)));
    lines.plain("SEQUENCE", &entry.changes.to_string());
    lines.plain("DTSTART;VALUE=DATE", &day(facts.date));
    // The day after the last one.
    let end = facts.end.max(facts.date).tomorrow().unwrap_or(facts.date);
    lines.plain("DTEND;VALUE=DATE", &day(end));
    let off = facts.off.is_some();
    lines.plain("STATUS", if off { "CANCELLED" } else { "CONFIRMED" });
    lines.text("SUMMARY", &summary(facts));
    let place = place(facts);
    if !place.is_empty() {
        lines.text("LOCATION", &place);
    }
    lines.address("URL", &facts.url);
    if !sections.is_empty() {
        let named: Vec<String> = sections.iter().map(|name| escaped(name)).collect();
        lines.plain("CATEGORIES", &named.join(","));
    }
    lines.text("DESCRIPTION", &description(entry, origin));
    // Nobody is busy because something takes place somewhere.
    lines.plain("TRANSP", "TRANSPARENT");
    lines.plain("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
    lines.plain("END", "VEVENT");
    lines.0
}

/// What an event is called where only one line is shown.
pub fn summary(facts: &Facts) -> String {
    let said = match facts.off {
        // Some programs show events of any state alike.
        Some(Off::Gone) => "Cancelled: ",
        Some(Off::Said) | None => "",
    };
    let group = facts.organisers.first().map(|group| group.name.trim());
    let group = group.filter(|name| !name.is_empty() && !facts.title.contains(name));
    let group = group.map_or_else(String::new, |name| format!(" ({name})"));
    format!("{said}{}{group}", facts.title)
}

/// Where an event is, in words.
pub fn place(facts: &Facts) -> String {
    let place = &facts.place;
    let lower = place.text.to_lowercase();
    let told = ["virtual", "online", "hybrid"]
        .iter()
        .any(|word| lower.contains(word));
    match place.mode {
        PlaceMode::Virtual if place.text.is_empty() => "Virtual".to_owned(),
        PlaceMode::Hybrid if !told => format!("{} + Virtual", place.text),
        _ => place.text.clone(),
    }
}

/// What else there is to say.
pub fn description(entry: &Entry, origin: Origin<'_>) -> String {
    let facts = &entry.facts;
    let groups: Vec<&str> = facts
        .organisers
        .iter()
        .map(|group| group.name.trim())
        .collect();
    let mut lines = Vec::new();
    if groups.iter().any(|name| !name.is_empty()) {
        lines.push(groups.join(", "));
    }
    if facts.off == Some(Off::Gone) {
        let since = entry.changed.strftime("%-d %B %Y");
        lines.push(format!("No longer listed since {since}"));
    }
    if facts.paid {
        lines.push("Not free".to_owned());
    }
    lines.push(facts.url.clone());
    lines.push(format!("{}: {}", origin.issue, origin.line));
    lines.join("\n")
}

/// A day as calendars write it.
pub(super) fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// Most bytes in a line without its end (RFC 5545, section 3.1).
const LINE_BYTES: usize = 75;

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A value that holds nothing to escape.
    fn plain(&mut self, name: &str, value: &str) {
        let mut left = LINE_BYTES;
        for piece in [name, ":", value] {
            for character in piece.chars() {
                if character.len_utf8() > left {
                    self.0.push_str("\r\n ");
                    left = LINE_BYTES - 1;
                }
                self.0.push(character);
                left -= character.len_utf8();
            }
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.plain(name, &escaped(value));
    }

    /// An address: what cannot stand in one is written as its code.
    fn address(&mut self, name: &str, url: &str) {
        let mut plain = String::with_capacity(url.len());
        for character in url.trim().chars() {
            match character {
                _ if character.is_control() => {}
                ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                    plain.push_str(&super::address::encoded(character.encode_utf8(&mut [0; 4])));
                }
                _ => plain.push(character),
            }
        }
        self.plain(name, &plain);
    }
}

/// A text as a value (RFC 5545, section 3.3.11): no line of it can become a property of its own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
