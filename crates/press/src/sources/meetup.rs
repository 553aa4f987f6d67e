//! Groups at Meetup, asked by GraphQL.
//!
//! Several groups are asked for in one question, and the token of one run is for all of them. What is asked is in
//! `question`; its words are compared with Meetup's published schema by a test.

mod login;
mod question;

use super::event::{Usual, days};
use super::{Errand, Found, answer};
use crate::config::{Meetup, Source, group_name};
use crate::error::{Error, Result};
use crate::http::Request;
use jiff::civil::{Date, DateTime};
use press_core::canonical::parts;
use press_core::events::{Event, Group, PlaceMode, Town, last_day};
use question::{Answer, Node, Page, Told, Venue};
use serde_json::{Map, Value, json};

/// So many groups are asked for at once.
const TOGETHER: usize = 10;
/// A group with more events than this has a mistake in it.
const PAGES: usize = 20;

/// A group as it is asked for, and as its address is written.
struct Wanted<'a> {
    name: String,
    url: Option<&'a str>,
}

/// Reads all groups of a source.
pub(super) async fn meetup(source: &Source, kind: &Meetup, errand: Errand<'_>) -> Result<Found> {
    let token = login::token(source, kind, errand).await?;
    let asking = Asking {
        errand,
        kind,
        token,
        days: days(errand.window),
        usual: Usual {
            source: &source.name,
            words: &kind.words,
            ..Usual::default()
        },
    };
    let groups: Vec<Wanted<'_>> = kind
        .groups
        .iter()
        .map(|group| wanted(group.get_ref()))
        .collect();
    let mut found = Found::default();
    for (asked, some) in groups.chunks(TOGETHER).enumerate() {
        match asking.groups(some, &mut found).await {
            Ok(()) => {}
            // What was found stays found; whoever refuses now would refuse again.
            Err(error) if asked > 0 => {
                let (left, error) = (groups.len() - asked * TOGETHER, error.message());
                found.partial = true;
                found.notices.push(format!(
                    "the last {left} of {} groups were not read: {error}",
                    groups.len()
                ));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// A group as it is asked for. Its address is written as it stands in the configuration, if that has one.
fn wanted(written: &str) -> Wanted<'_> {
    Wanted {
        name: group_name(written),
        url: parts(written).map(|_| written),
    }
}

struct Asking<'a> {
    errand: Errand<'a>,
    kind: &'a Meetup,
    token: String,
    days: (Date, Date),
    usual: Usual<'a>,
}

impl Asking<'_> {
    /// Asks for some groups, and goes on with those that have more events than one answer holds.
    async fn groups(&self, groups: &[Wanted<'_>], found: &mut Found) -> Result<()> {
        let mut open: Vec<(&Wanted<'_>, Option<String>)> =
            groups.iter().map(|group| (group, None)).collect();
        for _ in 0..PAGES {
            if open.is_empty() {
                return Ok(());
            }
            let answer = self.ask(&open).await?;
            for problem in &answer.errors {
                found.partial = true;
                let group = problem.group().and_then(|at| open.get(at));
                let of = group.map(|(group, _)| format!(" of `{}`", group.name));
                let of = of.unwrap_or_default();
                let notice = format!("Meetup says{of}: {}", problem.message);
                if !found.notices.contains(&notice) {
                    found.notices.push(notice);
                }
            }
            let blamed = |at: usize| {
                let mut errors = answer.errors.iter();
                errors.any(|problem| problem.group().is_none_or(|group| group == at))
            };
            let told = answer.data.unwrap_or_default();
            let mut more = Vec::new();
            for (at, (group, _)) in open.iter().enumerate() {
                let next = match told.get(&format!("g{at}")) {
                    Some(Some(told)) => self.take(group, told, found),
                    Some(None) if !blamed(at) => {
                        found
                            .notices
                            .push(format!("Meetup has no group `{}`: take it out", group.name));
                        None
                    }
                    _ => None,
                };
                more.extend(next.map(|next| (*group, Some(next))));
            }
            open = more;
        }
        found.partial = true;
        found
            .notices
            .push("some groups have so many events that not all were read".to_owned());
        Ok(())
    }

    async fn ask(&self, open: &[(&Wanted<'_>, Option<String>)]) -> Result<Answer> {
        let url = answer::address(self.kind.api.get_ref(), "")?;
        let mut variables = Map::new();
        variables.insert(
            "from".to_owned(),
            json!(format!("{}T00:00:00Z", self.days.0)),
        );
        variables.insert(
            "until".to_owned(),
            json!(format!("{}T00:00:00Z", self.days.1)),
        );
        for (at, (group, after)) in open.iter().enumerate() {
            variables.insert(format!("u{at}"), json!(group.name));
            variables.insert(format!("a{at}"), json!(after));
        }
        let asked =
            json!({ "query": question::text(open.len()), "variables": Value::Object(variables) });
        let request = Request::post(url, "application/json", asked.to_string()).bearer(&self.token);
        let answer: Answer = answer::ask_json(self.errand.http, request, "").await?;
        match answer.errors.first().filter(|_| answer.data.is_none()) {
            Some(problem) => {
                Err(Error::new("Meetup did not answer").because(problem.message.clone()))
            }
            None => Ok(answer),
        }
    }

    /// Takes a group's events; where the next ones begin, if there are more.
    fn take(&self, wanted: &Wanted<'_>, told: &Told, found: &mut Found) -> Option<String> {
        for edge in &told.events.edges {
            let Some(event) = event(wanted, told, &edge.node) else {
                found.notices.push(format!(
                    "nobody can tell when {} takes place",
                    edge.node.event_url
                ));
                continue;
            };
            if self.usual.wants(&event.title) {
                found.events.push(self.usual.complete(event));
            }
        }
        let Some(Page {
            has_next_page: true,
            end_cursor,
        }) = &told.events.page_info
        else {
            return None;
        };
        end_cursor.clone()
    }
}

fn event(wanted: &Wanted<'_>, told: &Told, node: &Node) -> Option<Event> {
    let start = local(node.date_time.as_deref()?)?;
    let end = node.end_time.as_deref().and_then(local);
    let on_line = |venue: &&Venue| venue.venue_type.as_deref() == Some("online");
    let halls = node.venues.iter().flatten().filter(|venue| !on_line(venue));
    let hall = halls.clone().find(|venue| has(venue.city.as_deref()));
    let home = Town {
        city: told.city.clone(),
        state: told.state.clone(),
        country: told.country.clone(),
    };
    let mode = match node.event_type.as_str() {
        "HYBRID" => PlaceMode::Hybrid,
        "ONLINE" => PlaceMode::Virtual,
        _ => PlaceMode::InPerson,
    };
    // An event on line takes place where its group is at home.
    let hall = hall
        .filter(|_| mode != PlaceMode::Virtual)
        .map(|venue| Town {
            city: venue.city.clone(),
            state: venue
                .state
                .clone()
                .filter(|state| !state.is_empty())
                .or_else(|| told.state.clone()),
            country: venue
                .country
                .clone()
                .filter(|country| !country.is_empty())
                .or_else(|| told.country.clone()),
        });
    Some(Event {
        key: node.token.clone(),
        title: node.title.clone(),
        url: node.event_url.clone(),
        groups: vec![Group {
            name: told.name.clone(),
            url: wanted
                .url
                .map(str::to_owned)
                .or_else(|| told.link.clone())
                .unwrap_or_default(),
        }],
        date: start.date(),
        time: Some(start.time()),
        end_date: end.and_then(|end| last_day(start, end)),
        zone: told.timezone.clone(),
        town: hall.unwrap_or(home),
        mode,
        paid: node
            .fee_settings
            .as_ref()
            .is_some_and(|fee| fee.amount > 0.0),
        cancelled: node.status.contains("CANCELLED"),
        source: String::new(),
    })
}

fn has(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// `2026-03-05T19:00:00+01:00` and `2026-03-05T19:00+01:00`: the time there.
fn local(text: &str) -> Option<DateTime> {
    let end = text
        .char_indices()
        .skip(11)
        .find(|(_, sign)| matches!(sign, '+' | '-' | 'Z' | '['));
    text[..end.map_or(text.len(), |(at, _)| at)].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_place() {
        let read = |text| local(text).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(read("2026-03-05T19:00-08:00"), "2026-03-05T19:00:00");
        assert_eq!(read("2026-03-05T19:00:00+01:00"), "2026-03-05T19:00:00");
        assert_eq!(read("2026-03-05T19:00:00Z[UTC]"), "2026-03-05T19:00:00");
        assert_eq!(read("soon"), "");
        assert_eq!(read("2026-03-05T\u{e9}\u{e9}"), "");
    }
}
