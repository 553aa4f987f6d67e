//! Whether questions to GitHub are ones that it understands, as it publishes what it understands: `@octokit/openapi` for
//! REST, `@octokit/graphql-schema` for GraphQL, which an independent validator reads.
//!
//! In `github/` is what of the two our questions touch. The forge of these tests asks this of every question it gets, so
//! whatever a source asks in any test is checked. With `GITHUB_DESCRIPTIONS` set to a folder that has both packages
//! (`npm install @octokit/openapi @octokit/graphql-schema`, then `node_modules/@octokit`), everything is held against all
//! that is published, and `cargo test -p press --test it extract -- --ignored` makes the extract again.

mod all;
mod extract;
mod graphql;
mod rest;

use crate::server::Asked;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::LazyLock;

/// What GitHub publishes, or what of it matters here.
struct Published {
    schema: graphql::Valid,
    rest: Value,
}

static PUBLISHED: LazyLock<Published> = LazyLock::new(|| {
    let (schema, rest) = match whole() {
        Some(folder) => (
            std::fs::read_to_string(folder.join("graphql-schema/schema.graphql")).unwrap(),
            std::fs::read_to_string(folder.join("openapi/generated/api.github.com.json")).unwrap(),
        ),
        None => (
            include_str!("github/schema.graphql").to_owned(),
            include_str!("github/rest.json").to_owned(),
        ),
    };
    Published {
        schema: graphql::schema(&schema),
        rest: serde_json::from_str(&rest).unwrap(),
    }
});

/// The folder with everything that is published, if somebody has it.
fn whole() -> Option<PathBuf> {
    std::env::var_os("GITHUB_DESCRIPTIONS").map(PathBuf::from)
}

/// Why the forge would refuse a question, if it would.
pub(crate) fn fault(asked: &Asked) -> Option<String> {
    match asked.path.as_str() {
        "/graphql" => {
            if asked.method != "POST" {
                return Some(format!("{} /graphql", asked.method));
            }
            let body: Value = match serde_json::from_str(&asked.body) {
                Ok(body) => body,
                Err(error) => return Some(error.to_string()),
            };
            let question = body["query"].as_str().unwrap_or_default();
            graphql::fault(&PUBLISHED.schema, question, &body["variables"])
        }
        _ => rest::fault(&PUBLISHED.rest, asked),
    }
}

/// What is wrong with an answer to a question by GraphQL, if anything is: a forge that is played must play well.
pub(crate) fn answer_fault(question: &str, data: &Value) -> Option<String> {
    graphql::answer_fault(&PUBLISHED.schema, question, data)
}

#[test]
fn questions_that_the_forge_does_not_understand_are_told_from_good_ones() {
    let good = "query($query: String!) { search(type: ISSUE, query: $query, first: 5) { issueCount nodes { ... on PullRequest { title author { login } labels(first: 3) { nodes { name } } } } } }";
    let fault = |question: &str, variables: Value| {
        graphql::fault(&PUBLISHED.schema, question, &variables).unwrap_or_default()
    };
    let given = serde_json::json!({ "query": "x" });
    assert_eq!(fault(good, given.clone()), "");
    for (from, to, expected) in [
        ("issueCount", "issuesCount", "issuesCount"),
        ("type: ISSUE, ", "", "type"),
        ("ISSUE", "PULLS", "PULLS"),
        ("first: 5", "most: 5", "most"),
        ("first: 5", "first: 101", "between 1 and 100"),
        ("labels(first: 3)", "labels", "between 1 and 100"),
        ("$query: String!", "$query: Int!", "$query"),
        ("$query: String!", "$query: String", "$query"),
        ("on PullRequest", "on Label", "Label"),
        (" { login }", "", "author"),
        ("title", "title { text }", "title"),
        (" } } } } } }", " } } } }", "syntax error"),
    ] {
        let said = fault(&good.replacen(from, to, 1), given.clone());
        assert!(said.contains(expected), "{to}: {said}");
    }
    for (variables, expected) in [
        (serde_json::json!({}), "needs $query"),
        (serde_json::json!({ "query": null }), "needs $query"),
        (serde_json::json!({ "query": 3 }), "is no String!"),
        (
            serde_json::json!({ "query": "x", "queri": "x" }),
            "does not declare $queri",
        ),
    ] {
        let said = fault(good, variables);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn questions_by_rest_are_told_apart_too() {
    let fault = |line: &str, accept: &str| {
        let (method, path) = line.split_once(' ').unwrap();
        let asked = Asked {
            method: method.to_owned(),
            host: "api.github.test".to_owned(),
            path: path.to_owned(),
            headers: format!("accept: application/{accept}\r\nuser-agent: press\r\n"),
            before: 0,
            body: String::new(),
        };
        fault(&asked).unwrap_or_default()
    };
    let plain = "vnd.github+json";
    for (line, accept) in [
        (
            "GET /repos/a/b/contents/c/d.md?ref=HEAD",
            "vnd.github.raw+json",
        ),
        ("GET /repos/a/b/git/trees/HEAD?recursive=1", plain),
        (
            "GET /repos/a/b/issues/7/comments?since=2025-01-01T00:00:00Z&per_page=100",
            plain,
        ),
    ] {
        assert_eq!(fault(line, accept), "");
    }
    for (line, accept, expected) in [
        (
            "GET /repos/a/b/git/trees/HEAD?deep=1",
            plain,
            "no parameter deep",
        ),
        ("POST /repos/a/b/git/trees/HEAD", plain, "no POST"),
        ("GET /repos/a/git/trees/HEAD", plain, "no such path"),
        ("GET /repos/a/b/git/trees/HEAD", "x", "in application/x"),
        (
            "GET /repos/a/b/issues/seven/comments",
            plain,
            "`seven` is no integer",
        ),
        (
            "GET /repos/a/b/issues/7/comments?since=monday",
            plain,
            "`monday` is no date-time",
        ),
        (
            "GET /repos/a/b/issues/7/comments?per_page=101",
            plain,
            "at most 100",
        ),
    ] {
        let said = fault(line, accept);
        assert!(said.contains(expected), "{line}: {said}");
    }
}
