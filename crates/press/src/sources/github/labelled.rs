//! What is open and got a label in the window, by repository, and which repositories have nothing.

use super::super::{Errand, Found, title};
use super::api::{Api, Named, Nodes};
use crate::config::{GithubLabelled, Repository, Source};
use crate::error::Result;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write;

/// The question: issues and pull requests of one repository, each with when it got its labels.
pub(super) const QUESTION: &str = "query($owner: String!, $name: String!, $label: String!, $issuesAfter: String, $pullsAfter: String) {
  repository(owner: $owner, name: $name) {
    issues(states: OPEN, labels: [$label], first: 50, after: $issuesAfter) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        title
        url
        labels(first: 50) { nodes { name } }
        timelineItems(itemTypes: [LABELED_EVENT], last: 100) {
          nodes { ... on LabeledEvent { createdAt label { name } } }
        }
      }
    }
    pullRequests(states: OPEN, labels: [$label], first: 50, after: $pullsAfter) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        title
        url
        labels(first: 50) { nodes { name } }
        timelineItems(itemTypes: [LABELED_EVENT], last: 100) {
          nodes { ... on LabeledEvent { createdAt label { name } } }
        }
      }
    }
  }
}";

#[derive(Deserialize)]
struct Data {
    repository: Option<Lists>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lists {
    issues: Nodes<Labelled>,
    pull_requests: Nodes<Labelled>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Labelled {
    number: u64,
    title: String,
    url: String,
    labels: Option<Nodes<Named>>,
    timeline_items: Nodes<Event>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    created_at: Timestamp,
    label: Named,
}

/// The beginning of labels that say what is proposed, and the proposal that is usual.
const DISPOSITION: &str = "disposition-";
const USUAL: &str = "merge";

impl Labelled {
    fn has(&self, label: &str) -> bool {
        let labels = self.labels.iter().flat_map(Nodes::all);
        labels
            .map(|own| &own.name)
            .any(|own| own.eq_ignore_ascii_case(label))
    }

    /// When it got a label last.
    fn labelled(&self, label: &str) -> Option<Timestamp> {
        let events = self.timeline_items.all();
        let events = events.filter(|event| event.label.name.eq_ignore_ascii_case(label));
        events.map(|event| event.created_at).max()
    }

    /// What is proposed, as a mark, unless it is what is usual.
    fn disposition(&self) -> String {
        let labels = self.labels.iter().flat_map(Nodes::all);
        let mut said = labels.filter_map(|label| label.name.strip_prefix(DISPOSITION));
        match said.next() {
            Some(USUAL) => String::new(),
            Some(other) => format!("[disposition: {other}] "),
            None => "[disposition: unspecified] ".to_owned(),
        }
    }
}

/// Reads labels.
pub(in crate::sources) async fn labelled(
    source: &Source,
    kind: &GithubLabelled,
    errand: Errand<'_>,
) -> Result<Found> {
    let api = Api::new(source, &kind.api, errand)?;
    let mut found = Found::default();
    let (mut text, mut without, mut failed) = (String::new(), Vec::new(), None);
    for repository in &kind.repositories {
        let items = match items(&api, kind, repository).await {
            Ok(items) => items,
            Err(error) => {
                let name = repository.repository.get_ref();
                found
                    .notices
                    .push(format!("{name} was left out: {}", error.message()));
                failed = Some(error);
                continue;
            }
        };
        let new = items.iter().filter(|item| {
            let extra = repository.labels.iter().all(|label| item.has(label));
            let set = item.labelled(&kind.label);
            extra && set.is_some_and(|set| errand.window.holds(set))
        });
        let new: Vec<&Labelled> = new.collect();
        if new.is_empty() {
            without.push(heading(&api, kind, repository));
            continue;
        }
        let _ = writeln!(
            text,
            "{} {}\n",
            kind.heading,
            heading(&api, kind, repository)
        );
        for item in new {
            let mark = if kind.dispositions {
                item.disposition()
            } else {
                String::new()
            };
            let _ = writeln!(
                text,
                "* {mark}[{}]({})",
                title::markdown(&item.title),
                item.url
            );
        }
        text.push('\n');
    }
    // If nothing answered there is nothing to say, not even that there is nothing.
    if let Some(error) = failed.filter(|_| found.notices.len() == kind.repositories.len()) {
        return Err(error);
    }
    if let Some(none) = kind.none.as_ref().filter(|_| !without.is_empty()) {
        let _ = writeln!(
            text,
            "{}",
            none.replace("{repositories}", &listed(&without))
        );
    }
    found.block = Some(text);
    Ok(found)
}

/// Everything that is open and has the label.
async fn items(
    api: &Api<'_>,
    kind: &GithubLabelled,
    repository: &Repository,
) -> Result<Vec<Labelled>> {
    let full = repository.repository.get_ref();
    let (owner, name) = full.split_once('/').unwrap_or((full, ""));
    let mut items: Vec<Labelled> = Vec::new();
    let (mut issues, mut pulls): (Option<String>, Option<String>) = (None, None);
    loop {
        let variables = json!({
            "owner": owner, "name": name, "label": kind.label, "issuesAfter": issues, "pullsAfter": pulls,
        });
        let data: Data = api.query(QUESTION, variables).await?;
        let Some(lists) = data.repository else {
            return Ok(items);
        };
        for item in lists.issues.all().chain(lists.pull_requests.all()) {
            // One list may be at its end while the other goes on.
            if items.iter().all(|known| known.url != item.url) {
                items.push(item.clone());
            }
        }
        let next = (lists.issues.next(), lists.pull_requests.next());
        if next == (None, None) || next == (issues.clone(), pulls.clone()) {
            items.sort_by_key(|item| std::cmp::Reverse(item.number));
            return Ok(items);
        }
        issues = next.0.or(issues);
        pulls = next.1.or(pulls);
    }
}

/// A repository's name, linked to the list of what has the label.
fn heading(api: &Api<'_>, kind: &GithubLabelled, repository: &Repository) -> String {
    let encoded = |label: &str| {
        let quoted = match label.contains(' ') {
            true => format!("\"{label}\""),
            false => label.to_owned(),
        };
        let bytes: String = url_encoded(&quoted);
        format!("%20label%3A{bytes}")
    };
    let mut labels: String = repository
        .labels
        .iter()
        .map(|label| encoded(label))
        .collect();
    labels.push_str(&encoded(&kind.label));
    let (web, full) = (api.web(), repository.repository.get_ref());
    let link = format!(
        "[{}]({web}/{full}/issues?q=is%3Aopen{labels}%20sort%3Aupdated-desc)",
        title::markdown(&repository.title)
    );
    match &repository.after {
        Some(after) => format!("{link} {after}"),
        None => link,
    }
}

fn url_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(byte.into());
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// "a,\nb or\nc"
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or\n{last}", most.join(",\n")),
    }
}
