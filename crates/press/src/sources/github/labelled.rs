//! What is open and got a label in the window, by repository, and which repositories have nothing.

use super::super::{Errand, Found, title};
use super::api::{Api, Named, Nodes, Turned};
use super::steps::{self, Set};
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
          nodes { ... on LabeledEvent { createdAt actor { login } label { name } } }
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
          nodes { ... on LabeledEvent { createdAt actor { login } label { name } } }
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
    /// None for an event of another kind, of which nothing was asked.
    created_at: Option<Timestamp>,
    /// None for an account that is no more.
    actor: Option<Actor>,
    label: Option<Named>,
}

#[derive(Clone, Deserialize)]
struct Actor {
    login: String,
}

/// One that is written, and where it says what to do, if that is wanted and was found.
struct Item {
    labelled: Labelled,
    steps: Option<String>,
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

    /// When it got a label last, and from whom.
    fn set(&self, label: &str) -> Option<Set> {
        let events = self.timeline_items.all();
        let own = |name: &Named| name.name.eq_ignore_ascii_case(label);
        let events = events.filter(|event| event.label.as_ref().is_some_and(own));
        let last = events.max_by_key(|event| event.created_at)?;
        Some(Set {
            at: last.created_at?,
            by: last.actor.as_ref().map(|actor| actor.login.clone()),
        })
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
        let mut items = match items(&api, kind, repository).await {
            Ok(items) => items,
            Err(error) => {
                let (name, why) = (repository.repository.get_ref(), error.message());
                found.notices.push(format!("{name} was left out: {why}"));
                failed = Some(error);
                continue;
            }
        };
        items.retain(|item| {
            let extra = repository.labels.iter().all(|label| item.has(label));
            let set = item.set(&kind.label);
            extra && set.is_some_and(|set| errand.window.holds(set.at))
        });
        let heading = heading(&api, kind, repository);
        if items.is_empty() {
            without.push(heading);
            continue;
        }
        let mut told = Vec::new();
        for labelled in items {
            let steps = steps(&api, kind, repository, &labelled).await;
            let steps = steps.unwrap_or_else(|notice| {
                found.notices.push(notice);
                None
            });
            told.push(Item { labelled, steps });
        }
        group(&mut text, kind, &heading, &told);
    }
    // If nothing answered there is nothing to say, not even that there is nothing.
    if let Some(error) = failed.filter(|_| text.is_empty() && without.is_empty()) {
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

/// A heading and its items.
fn group(text: &mut String, kind: &GithubLabelled, heading: &str, items: &[Item]) {
    let _ = writeln!(text, "{} {heading}\n", kind.heading);
    for Item { labelled, steps } in items {
        let mark = match kind.dispositions {
            true => labelled.disposition(),
            false => String::new(),
        };
        let link = title::link(&labelled.title, &labelled.url);
        let _ = writeln!(text, "* {mark}{link}");
        if let (Some(name), Some(url)) = (&kind.steps, steps) {
            let _ = writeln!(text, "  * {}", title::link(name, url));
        }
    }
    text.push('\n');
}

/// Where an item says what is to be done, if that is wanted; else what to tell the editor.
async fn steps(
    api: &Api<'_>,
    kind: &GithubLabelled,
    repository: &Repository,
    item: &Labelled,
) -> std::result::Result<Option<String>, String> {
    let (Some(name), Some(set)) = (&kind.steps, item.set(&kind.label)) else {
        return Ok(None);
    };
    let place = format!(
        "/repos/{}/issues/{}",
        repository.repository.get_ref(),
        item.number
    );
    match steps::find(api, &place, &set, &kind.steps_words).await {
        Ok(Some(url)) => Ok(Some(url)),
        Ok(None) => Err(format!(
            "no comment of {} has one of `steps-words`: if it says what to do, add the link `{name}` by hand",
            item.url
        )),
        Err(error) => Err(format!(
            "`{name}` of {} was not found: {}",
            item.url,
            error.message()
        )),
    }
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
    let mut turned = Turned::of(format!("the list of `{}` in {full}", kind.label));
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
        if next == (None, None) {
            items.sort_by_key(|item| std::cmp::Reverse(item.number));
            return Ok(items);
        }
        issues = next.0.or(issues);
        pulls = next.1.or(pulls);
        turned.on(format!("{issues:?} {pulls:?}"))?;
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
