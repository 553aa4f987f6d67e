//! What Meetup is asked, and the form of its answer.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The fields of a group; the names are those of the published schema.
const FIELDS: &str = "fragment Told on Group { name link city state country timezone }
fragment Listed on GroupEventConnection {
  pageInfo { hasNextPage endCursor }
  edges { node {
    token title eventUrl dateTime endTime eventType status
    feeSettings { amount }
    venues { city state country venueType }
  } }
}";

/// The statuses that matter: what is planned, and what was.
const STATUSES: &str = "ACTIVE, AUTOSCHED, CANCELLED, CANCELLED_PERM, AUTOSCHED_CANCELLED";

/// A question about so many groups.
pub(super) fn text(groups: usize) -> String {
    let mut heads = String::from("$from: DateTime, $until: DateTime");
    let mut asked = String::new();
    for at in 0..groups {
        let _ = write!(heads, ", $u{at}: String!, $a{at}: String");
        let _ = writeln!(
            asked,
            "  g{at}: groupByUrlname(urlname: $u{at}) {{ ...Told events(first: 50, after: $a{at}, sort: ASC, filter: \
             {{ afterDateTime: $from, beforeDateTime: $until, status: [{STATUSES}] }}) {{ ...Listed }} }}"
        );
    }
    format!("query Events({heads}) {{\n{asked}}}\n{FIELDS}")
}

/// The answer: groups by what they were called in the question.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) data: Option<BTreeMap<String, Option<Told>>>,
    #[serde(default)]
    pub(super) errors: Vec<Problem>,
}

/// What could not be answered.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) message: String,
    /// Of what it is said: the name in the question first.
    #[serde(default)]
    path: Option<Vec<Value>>,
}

impl Problem {
    /// Which of the groups in the question it is about, if it says so.
    pub(super) fn group(&self) -> Option<usize> {
        self.path
            .as_ref()?
            .first()?
            .as_str()?
            .strip_prefix('g')?
            .parse()
            .ok()
    }
}

/// What is told of a group.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) link: Option<String>,
    pub(super) city: Option<String>,
    pub(super) state: Option<String>,
    pub(super) country: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) events: Listed,
}

/// Some of its events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) page_info: Option<Page>,
    pub(super) edges: Vec<Edge>,
}

/// Whether there are more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

/// One of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Edge {
    pub(super) node: Node,
}

/// An event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub(super) token: String,
    pub(super) title: String,
    pub(super) event_url: String,
    pub(super) date_time: Option<String>,
    pub(super) end_time: Option<String>,
    pub(super) event_type: String,
    pub(super) status: String,
    pub(super) fee_settings: Option<Fee>,
    pub(super) venues: Option<Vec<Venue>>,
}

/// What it costs.
#[derive(Debug, Deserialize)]
pub(super) struct Fee {
    pub(super) amount: f64,
}

/// A hall, or a place on line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Venue {
    pub(super) city: Option<String>,
    pub(super) state: Option<String>,
    pub(super) country: Option<String>,
    pub(super) venue_type: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of the published schema the question uses: types, their fields, and the types of these.
    const SCHEMA: &[(&str, &[(&str, &str)])] = &[
        ("Query", &[("groupByUrlname", "Group")]),
        (
            "Group",
            &[
                ("name", ""),
                ("link", ""),
                ("city", ""),
                ("state", ""),
                ("country", ""),
                ("timezone", ""),
                ("events", "GroupEventConnection"),
            ],
        ),
        (
            "GroupEventConnection",
            &[("pageInfo", "PageInfo"), ("edges", "EventEdge")],
        ),
        ("PageInfo", &[("hasNextPage", ""), ("endCursor", "")]),
        ("EventEdge", &[("node", "Event")]),
        (
            "Event",
            &[
                ("token", ""),
                ("title", ""),
                ("eventUrl", ""),
                ("dateTime", ""),
                ("endTime", ""),
                ("eventType", ""),
                ("status", ""),
                ("feeSettings", "EventFeeSettings"),
                ("venues", "Venue"),
            ],
        ),
        (
            "EventFeeSettings",
            &[
                ("accepts", ""),
                ("amount", ""),
                ("currency", ""),
                ("required", ""),
            ],
        ),
        (
            "Venue",
            &[
                ("city", ""),
                ("state", ""),
                ("country", ""),
                ("venueType", ""),
            ],
        ),
    ];

    const ARGUMENTS: &[&str] = &[
        "urlname",
        "after",
        "filter",
        "first",
        "sort",
        "status",
        "afterDateTime",
        "beforeDateTime",
    ];

    #[test]
    fn every_word_of_the_question_is_in_the_published_schema() {
        let text = text(2);
        let mut open: Vec<&str> = Vec::new();
        let (mut last, mut fragment) = ("Query", None);
        let spaced = text
            .replace('{', " { ")
            .replace('}', " } ")
            .replace('(', " ( ")
            .replace(')', " ) ");
        let mut words = spaced
            .split([' ', '\n', ','])
            .filter(|word| !word.is_empty())
            .peekable();
        let mut arguments = 0;
        let mut checked = 0;
        while let Some(word) = words.next() {
            match word {
                "(" => arguments += 1,
                ")" => arguments -= 1,
                _ if arguments > 0 => {
                    if let Some(name) = word.strip_suffix(':').filter(|name| !name.starts_with('$'))
                    {
                        assert!(ARGUMENTS.contains(&name), "{name}");
                        checked += 1;
                    }
                }
                "query" => {
                    words.next();
                    fragment = Some("Query");
                }
                "fragment" => {
                    words.next();
                    assert_eq!(words.next(), Some("on"));
                    fragment = words.next();
                }
                "{" => open.push(fragment.take().unwrap_or(last)),
                "}" => drop(open.pop()),
                _ if word.ends_with(':') || word.starts_with("...") => {}
                field => {
                    let kind = open.last().copied().unwrap_or_default();
                    let (_, fields) = SCHEMA.iter().find(|(name, _)| *name == kind).expect(kind);
                    let (_, of) = fields.iter().find(|(name, _)| *name == field).expect(field);
                    last = of;
                    checked += 1;
                }
            }
        }
        assert!(open.is_empty() && checked > 30, "{checked}");
    }
}
