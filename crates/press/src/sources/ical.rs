//! Calendars in the iCalendar format.
//!
//! The parser and the arithmetic of recurrences are calcard's. What belongs together is found here: it would match an
//! exception by its sequence number, which calendars raise with each change, so each series is expanded alone
//! and its exceptions are put in their places by the moment they stand for.

mod series;

use super::event::{Usual, days};
use super::{Errand, Found, answer};
use crate::config::{Ical, Source};
use crate::error::{Error, Result};
use crate::http::Request;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty,
};
use calcard::{Entry, Parser};
use jiff::civil::Date;
use press_core::events::{Event, Group, PlaceMode, plain_title, town_of};
use series::{Days, Held, held, is_in_utc};
use std::collections::BTreeSet;

/// Reads one calendar.
pub(super) async fn ical(source: &Source, kind: &Ical, errand: Errand<'_>) -> Result<Found> {
    let url = answer::address(kind.url.get_ref(), "")?;
    let response = answer::ask(errand.http, Request::get(url.clone()), "").await?;
    let text = String::from_utf8_lossy(&response.body);
    let zone = kind.timezone.as_ref().map(|zone| zone.get_ref().as_str());
    let usual = Usual {
        source: &source.name,
        group: kind.group.as_deref(),
        group_url: kind.group_url.as_deref(),
        place: kind.place.as_deref(),
        words: &kind.words,
    };
    let newsletter = errand.window.timezone.iana_name().unwrap_or("UTC");
    let reader = Reader {
        days: days(errand.window),
        zone,
        newsletter,
        usual,
    };
    reader.read(&text).map_err(|error| {
        error.help(format!(
            "see what {url} answers: perhaps it is the page of a calendar"
        ))
    })
}

struct Reader<'a> {
    days: (Date, Date),
    zone: Option<&'a str>,
    newsletter: &'a str,
    usual: Usual<'a>,
}

impl Reader<'_> {
    fn read(&self, text: &str) -> Result<Found> {
        let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        let mut found = Found::default();
        let (mut calendars, mut broken) = (0, false);
        let mut parser = Parser::new(text);
        loop {
            match parser.entry() {
                Entry::ICalendar(calendar) => {
                    calendars += 1;
                    self.calendar(&calendar, &mut found);
                }
                Entry::Eof => break,
                Entry::TooManyComponents => {
                    found
                        .notices
                        .push("the calendar is too long; its end was not read".to_owned());
                    break;
                }
                Entry::UnterminatedComponent(_) | Entry::UnexpectedComponentEnd { .. } => {
                    broken = true;
                }
                _ => {}
            }
        }
        if calendars == 0 {
            return Err(Error::new("there is no calendar in what came"));
        }
        let last = text.trim_end().lines().next_back().unwrap_or_default();
        if broken || !last.trim().eq_ignore_ascii_case("END:VCALENDAR") {
            found.partial = true;
            let notice = "the calendar breaks off; what was lost is not known";
            found.notices.push(notice.to_owned());
        }
        Ok(found)
    }

    fn calendar(&self, calendar: &ICalendar, found: &mut Found) {
        let root = calendar
            .components
            .iter()
            .find(|component| component.component_type == ICalendarComponentType::VCalendar);
        let said = |name: &str| root.and_then(|root| other(root, name));
        let own = said("X-WR-TIMEZONE");
        let stated = self.zone.map(str::to_owned).or(own);
        // Times that name no zone are then told by the newsletter's, which does not say where an event is.
        let borrowed = stated.is_none().then_some(self.newsletter);
        let default = stated.unwrap_or_else(|| self.newsletter.to_owned());
        let days = Days {
            from: self.days.0,
            until: self.days.1,
            zone: &default,
        };
        let (all, odd) = held(calendar, &days);
        found.notices.extend(odd);
        found.notices.extend(doubts(calendar, &all, borrowed));
        let name = said("X-WR-CALNAME")
            .map(|name| plain_title(&name))
            .filter(|name| !name.is_empty());
        for held in all {
            let mut event = event(&held, name.as_deref());
            event.zone = event.zone.filter(|zone| Some(zone.as_str()) != borrowed);
            if self.usual.wants(&event.title) {
                found.events.push(self.usual.complete(event));
            }
        }
    }
}

/// What is doubtful about the clocks of what is held: time zones that nobody knows, and times in UTC of which nobody says
/// what day it is there.
fn doubts(calendar: &ICalendar, all: &[Held<'_>], borrowed: Option<&str>) -> Vec<String> {
    let resolver = calendar.build_tz_resolver();
    let starts = all.iter().filter_map(|held| {
        let start = held.component.property(&ICalendarProperty::Dtstart);
        start.filter(|_| held.time.is_some())
    });
    let starts: Vec<&ICalendarEntry> = starts.collect();
    let named = starts.iter().filter_map(|start| start.tz_id());
    let unknown: BTreeSet<&str> = named
        .filter(|name| resolver.resolve(name).is_none())
        .collect();
    let mut doubts: Vec<String> = unknown
        .into_iter()
        .map(|name| {
            let name: String = name.chars().take(80).collect();
            format!("nobody knows the time zone `{name}`; its times are taken as they stand there")
        })
        .collect();
    let in_utc = starts.iter().any(|start| is_in_utc(start));
    if let Some(zone) = borrowed.filter(|_| in_utc) {
        doubts.push(format!(
            "its times are in UTC and it names no time zone, so days are those of {zone}; `timezone` of the source says \
             where it is"
        ));
    }
    doubts
}

fn event(held: &Held<'_>, calendar: Option<&str>) -> Event {
    let component = held.component;
    let words = |property: &ICalendarProperty| words(component, property).unwrap_or_default();
    let location = words(&ICalendarProperty::Location);
    let description = words(&ICalendarProperty::Description);
    let call = first_address(&location).is_some() || is_on_line(&location);
    let own = words(&ICalendarProperty::Url);
    let found = [own.as_str(), description.as_str()]
        .into_iter()
        .find_map(first_address);
    let url = found
        .or_else(|| first_address(&location))
        .unwrap_or_default();
    let group = |name: &str| Group {
        name: name.to_owned(),
        url: String::new(),
    };
    let status = words(&ICalendarProperty::Status);
    Event {
        key: held.key.clone(),
        title: words(&ICalendarProperty::Summary),
        url: url.to_owned(),
        groups: calendar.map(group).into_iter().collect(),
        date: held.date,
        time: held.time,
        end_date: held.end_date,
        zone: held.zone.clone(),
        town: if call {
            Default::default()
        } else {
            town_of(&location)
        },
        mode: if call {
            PlaceMode::Virtual
        } else {
            PlaceMode::InPerson
        },
        paid: false,
        cancelled: status.eq_ignore_ascii_case("CANCELLED"),
        source: String::new(),
    }
}

/// The text of a property.
fn words(component: &ICalendarComponent, property: &ICalendarProperty) -> Option<String> {
    let value = component.property(property)?.values.first()?;
    value.clone().into_text().map(std::borrow::Cow::into_owned)
}

/// The text of a property that no standard knows.
fn other(component: &ICalendarComponent, name: &str) -> Option<String> {
    let named = |property: &ICalendarProperty| match property {
        ICalendarProperty::Other(other) => other.eq_ignore_ascii_case(name),
        _ => false,
    };
    let entry = component.entries.iter().find(|entry| named(&entry.name))?;
    entry
        .values
        .first()?
        .clone()
        .into_text()
        .map(std::borrow::Cow::into_owned)
}

fn is_on_line(location: &str) -> bool {
    let location = location.trim().to_lowercase();
    let words = [
        "online",
        "on line",
        "virtual",
        "zoom",
        "google meet",
        "discord",
        "jitsi",
        "remote",
    ];
    words
        .iter()
        .any(|word| location == *word || location.starts_with(&format!("{word} ")))
}

/// The first address of the web in a text.
fn first_address(text: &str) -> Option<&str> {
    let starts = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| text.find(scheme));
    let rest = &text[starts.min()?..];
    let ends =
        |sign: char| sign.is_whitespace() || matches!(sign, '"' | '<' | '>' | ')' | ']' | '\\');
    let end = rest.find(ends).unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    (url.len() > "https://".len()).then_some(url)
}

#[cfg(test)]
mod tests;
