//! What real issues listed, as somebody else read it.

use jiff::civil::Date;
use press_core::events::{PlaceMode, page_key};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// One entry of an issue.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) issue: u32,
    pub(super) issue_date: Date,
    pub(super) section: String,
    pub(super) date: Option<Date>,
    pub(super) end_date: Option<Date>,
    pub(super) location: String,
    pub(super) mode: PlaceMode,
    pub(super) city: Option<String>,
    pub(super) state: Option<String>,
    pub(super) country: Option<String>,
    pub(super) groups: Vec<(String, String)>,
    pub(super) title: String,
    pub(super) url: String,
    pub(super) page: String,
    pub(super) paid: bool,
    /// What is odd about it, in the words of whoever looked.
    pub(super) anomalies: Vec<String>,
}

pub(super) fn load(folder: &Path) -> Option<Vec<Row>> {
    let lines = |name: &str| -> Option<Vec<Value>> {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        Some(
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    };
    let anomalies = lines("anomalies.jsonl")?;
    Some(
        lines("events.jsonl")?
            .iter()
            .map(|event| row(event, &anomalies))
            .collect(),
    )
}

fn row(event: &Value, anomalies: &[Value]) -> Row {
    let text = |key: &str| event[key].as_str().map(str::to_owned);
    let day = |key: &str| event[key].as_str().and_then(|day| day.parse().ok());
    let groups = event["groups"].as_array().unwrap().iter();
    let groups = groups.map(|group| {
        let part = |key: &str| group[key].as_str().unwrap_or_default().to_owned();
        (part("name"), part("url"))
    });
    let (line, below) = (&event["line"], &event["title_line"]);
    let odd = anomalies.iter().filter(|one| {
        one["issue"] == event["issue"] && (one["line"] == *line || one["line"] == *below)
    });
    let url = text("url").unwrap_or_default();
    Row {
        issue: u32::try_from(event["issue"].as_u64().unwrap()).unwrap(),
        issue_date: day("issue_date").unwrap(),
        section: text("section").unwrap(),
        date: day("date"),
        end_date: day("end_date"),
        location: text("location").unwrap_or_default(),
        mode: match event["mode"].as_str() {
            Some("virtual") => PlaceMode::Virtual,
            Some("hybrid") => PlaceMode::Hybrid,
            _ => PlaceMode::InPerson,
        },
        city: text("city"),
        state: text("state"),
        country: text("country"),
        groups: groups.filter(|(name, _)| !name.is_empty()).collect(),
        title: text("title").unwrap_or_default(),
        page: page_key(&url),
        url,
        paid: event["paid"].as_bool().unwrap_or_default(),
        anomalies: odd
            .map(|one| one["kind"].as_str().unwrap().to_owned())
            .collect(),
    }
}
