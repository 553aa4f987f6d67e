//! A forge that answers as GitHub does: searches, labels, files. It knows what a test tells it, and refuses questions that
//! GitHub would not understand.

use crate::questions;
use crate::server::{Asked, Reply, send};
use serde_json::{Value, json};

/// What the forge has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forge {
    /// Pull requests.
    pub(crate) pulls: Vec<Value>,
    /// What is open and labelled: repository, whether it is a pull request, and the node.
    pub(crate) labelled: Vec<(&'static str, bool, Value)>,
    /// Repositories that are known without having anything.
    pub(crate) known: Vec<&'static str>,
    /// Files: repository, path, text.
    pub(crate) files: Vec<(&'static str, &'static str, &'static str)>,
    /// The branch that is asked for; empty for the usual one.
    pub(crate) branch: &'static str,
    /// Nodes a page.
    pub(crate) page: usize,
    /// Comments: repository, number, and the comment.
    pub(crate) comments: Vec<(&'static str, u64, Value)>,
    /// Most results that a search shows; none is as GitHub has it.
    pub(crate) shown: Option<usize>,
}

/// A comment.
pub(crate) fn comment(place: &str, id: u64, login: &str, at: &str, body: &str) -> Value {
    json!({
        "id": id,
        "html_url": format!("https://github.test/{place}#issuecomment-{id}"),
        "body": body,
        "user": { "login": login, "id": 1, "type": "User" },
        "created_at": at,
        "updated_at": at,
    })
}

/// A pull request that was merged.
pub(crate) fn merged(repository: &str, number: u64, title: &str, at: &str) -> Value {
    json!({
        "__typename": "PullRequest",
        "number": number,
        "title": title,
        "url": format!("https://github.test/{repository}/pull/{number}"),
        "state": "MERGED",
        "createdAt": "2025-01-01T00:00:00Z",
        "mergedAt": at,
        "repository": { "nameWithOwner": repository },
        "author": { "__typename": "User", "login": "ada" },
        "authorAssociation": "CONTRIBUTOR",
        "labels": { "nodes": [] },
        "files": { "nodes": [] },
        "changedFiles": 1,
        "reactions": { "totalCount": 0 },
        "comments": { "totalCount": 0 },
        "commits": { "nodes": [{ "commit": { "committedDate": at } }] },
    })
}

/// Gives a pull request labels.
pub(crate) fn with_labels(mut pull: Value, labels: &[&str]) -> Value {
    let names: Vec<Value> = labels.iter().map(|name| json!({ "name": name })).collect();
    pull["labels"] = json!({ "nodes": names });
    pull
}

/// Something that is open and got its labels at certain times.
pub(crate) fn open(repository: &str, number: u64, title: &str, labels: &[(&str, &str)]) -> Value {
    let names: Vec<Value> = labels
        .iter()
        .map(|(name, _)| json!({ "name": name }))
        .collect();
    let event = |(name, at): &(&str, &str)| json!({ "createdAt": at, "actor": { "login": "ada" }, "label": { "name": name } });
    let mut events: Vec<Value> = labels.iter().map(event).collect();
    // The question asks for one kind of events; others would be empty.
    events.insert(0, json!(null));
    json!({
        "number": number,
        "title": title,
        "url": format!("https://github.test/{repository}/issues/{number}"),
        "labels": { "nodes": names },
        "timelineItems": { "nodes": events },
    })
}

impl Forge {
    /// What it answers.
    pub(crate) fn reply(&self, asked: &Asked) -> Reply {
        let (status, body) = self.answer(asked);
        let kind = "content-type: application/json; charset=utf-8\r\n";
        let next = self.next_page(asked).unwrap_or_default();
        send(status, &format!("{kind}{next}"), &body)
    }

    /// The header that leads to the next page of comments.
    fn next_page(&self, asked: &Asked) -> Option<String> {
        let (all, at) = self.comments_of(&asked.path)?;
        let end = (at + 1) * self.size();
        let mut lines = asked.headers.lines();
        let host = lines.find_map(|line| line.strip_prefix("host: "))?;
        let (path, _) = asked.path.split_once("&page=").unwrap_or((&asked.path, ""));
        let last = all.len().div_ceil(self.size());
        let link =
            |page: usize, rel: &str| format!("<http://{host}{path}&page={page}>; rel=\"{rel}\"");
        let (next, last) = (link(at + 2, "next"), link(last, "last"));
        (end < all.len()).then(|| format!("link: {next}, {last}\r\n"))
    }

    /// The comments that a path asks for, and the page of them, from nought.
    fn comments_of(&self, path: &str) -> Option<(Vec<&Value>, usize)> {
        let (place, query) = path.split_once("/comments?")?;
        let since = query.strip_prefix("since=")?.split('&').next()?;
        let page = query
            .split_once("&page=")
            .map_or(1, |(_, page)| page.parse().unwrap());
        let own = self
            .comments
            .iter()
            .filter(|(repository, number, comment)| {
                place == format!("/repos/{repository}/issues/{number}")
                    && comment["updated_at"].as_str().unwrap() >= since
            });
        Some((own.map(|(.., comment)| comment).collect(), page - 1))
    }

    fn size(&self) -> usize {
        if self.page == 0 { 50 } else { self.page }
    }

    fn answer(&self, asked: &Asked) -> (u16, String) {
        if !asked.headers.contains("authorization: bearer hush") {
            return (401, json!({ "message": "Bad credentials" }).to_string());
        }
        match asked.path.as_str() {
            _ if let Some(fault) = questions::fault(asked) => {
                (400, json!({ "message": fault }).to_string())
            }
            "/graphql" => {
                let answer = self.graphql(&asked.body);
                let body: Value = serde_json::from_str(&asked.body).unwrap();
                let question = body["query"].as_str().unwrap();
                if answer.get("errors").is_none() {
                    assert_eq!(questions::answer_fault(question, &answer["data"]), None);
                }
                (200, answer.to_string())
            }
            path => self.rest(path),
        }
    }

    fn graphql(&self, body: &str) -> Value {
        let body: Value = serde_json::from_str(body).unwrap();
        let variables = &body["variables"];
        let question = body["query"].as_str().unwrap();
        if question.contains("search(") {
            let query = variables["query"].as_str().unwrap();
            let mut found: Vec<&Value> =
                self.pulls.iter().filter(|pull| fits(query, pull)).collect();
            let count = found.len();
            found.truncate(self.shown.unwrap_or(1000));
            let mut page = self.page(&found, &variables["after"]);
            page["issueCount"] = json!(count);
            // The forge finds other things too, and says nothing of them.
            page["nodes"]
                .as_array_mut()
                .unwrap()
                .push(json!({ "__typename": "Issue" }));
            return json!({ "data": { "search": page } });
        }
        let (owner, name) = (
            variables["owner"].as_str().unwrap(),
            variables["name"].as_str().unwrap(),
        );
        let full = format!("{owner}/{name}");
        let known = self.known.contains(&full.as_str())
            || self
                .labelled
                .iter()
                .any(|(repository, ..)| *repository == full);
        if !known {
            let message = format!("Could not resolve to a Repository with the name '{full}'.");
            let errors = json!([{ "type": "NOT_FOUND", "message": message }]);
            return json!({ "data": { "repository": null }, "errors": errors });
        }
        let label = variables["label"].as_str().unwrap();
        let list = |pulls: bool| {
            let own = self
                .labelled
                .iter()
                .filter(|(repository, is_pull, _)| *repository == full && *is_pull == pulls);
            let has = |node: &&Value| node["labels"].to_string().contains(&format!("\"{label}\""));
            own.map(|(_, _, node)| node)
                .filter(has)
                .collect::<Vec<&Value>>()
        };
        json!({ "data": { "repository": {
            "issues": self.page(&list(false), &variables["issuesAfter"]),
            "pullRequests": self.page(&list(true), &variables["pullsAfter"]),
        } } })
    }

    fn page(&self, all: &[&Value], after: &Value) -> Value {
        let size = self.size();
        let start: usize = after.as_str().map_or(0, |after| after.parse().unwrap());
        let end = (start + size).min(all.len());
        json!({
            "pageInfo": { "hasNextPage": end < all.len(), "endCursor": end.to_string() },
            "nodes": all[start.min(end)..end],
        })
    }

    fn rest(&self, path: &str) -> (u16, String) {
        if let Some((all, page)) = self.comments_of(path) {
            let own: Vec<&Value> = all
                .into_iter()
                .skip(page * self.size())
                .take(self.size())
                .collect();
            return (200, json!(own).to_string());
        }
        for (repository, _, node) in &self.labelled {
            if path == format!("/repos/{repository}/issues/{}", node["number"]) {
                let body = node["body"].as_str();
                return (200, json!({ "id": 77, "html_url": node["url"], "title": node["title"], "body": body }).to_string());
            }
        }
        let branch = if self.branch.is_empty() {
            "HEAD"
        } else {
            self.branch
        };
        for (repository, file, text) in &self.files {
            if path == format!("/repos/{repository}/contents/{file}?ref={branch}") {
                return (200, (*text).to_owned());
            }
        }
        let tree = |repository: &str| {
            path == format!("/repos/{repository}/git/trees/{branch}?recursive=1")
        };
        let own = self
            .files
            .iter()
            .filter(|(repository, ..)| tree(repository));
        let entry = |path: &str, kind: &str| json!({ "path": path, "mode": "100644", "type": kind, "size": 30, "sha": "44b4", "url": "" });
        let mut entries: Vec<Value> = own.map(|(_, path, _)| entry(path, "blob")).collect();
        if entries.is_empty() {
            return (404, json!({ "message": "Not Found" }).to_string());
        }
        entries.push(entry("reports", "tree"));
        (
            200,
            json!({ "sha": "00", "tree": entries, "truncated": false }).to_string(),
        )
    }
}

/// Whether a pull request is what a search asks for, by the words that our sources use.
fn fits(query: &str, pull: &Value) -> bool {
    let text = |name: &str| pull[name].as_str().unwrap_or_default().to_owned();
    let day = |name: &str| text(name).chars().take(10).collect::<String>();
    let repository = pull["repository"]["nameWithOwner"].as_str().unwrap();
    query.split(' ').all(|word| {
        let (name, value) = word.split_once(':').unwrap();
        match (name, value) {
            ("is", "pr") => true,
            ("is", "merged") => text("state") == "MERGED",
            ("is", "open") => text("state") == "OPEN",
            ("org", owner) => repository.starts_with(&format!("{owner}/")),
            ("repo", full) => repository == full,
            ("merged", times) if times.contains('T') => within(times, &text("mergedAt")),
            ("merged", days) => within(days, &day("mergedAt")),
            ("created", days) => within(days, &day("createdAt")),
            ("updated", days) => within(days, &day("updatedAt")),
            _ => panic!("the forge does not know `{word}`"),
        }
    })
}

fn within(days: &str, day: &str) -> bool {
    if let Some((since, until)) = days.split_once("..") {
        return since <= day && day <= until;
    }
    match days.strip_prefix(">=") {
        Some(since) => since <= day,
        None => day < days.strip_prefix('<').unwrap(),
    }
}
