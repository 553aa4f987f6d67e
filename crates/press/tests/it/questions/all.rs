//! All that our sources ask of GitHub, in one run, and whether they understand all that it may answer.

use super::{PUBLISHED, answer_fault, fault, graphql, rest};
use crate::collect::Collecting;
use crate::forge::{Forge, comment, merged, open};
use crate::server::{Asked, Server, send};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// A source of every kind, with all that makes it ask more.
const SOURCES: &str = r##"
[[source]]
name = "merged"
kind = "github-merged"
section = "changes"
auto = true
organisation = "gull"
api = "http://api.github.test"

[[source]]
name = "calls"
kind = "github-labelled"
section = "links"
auto = true
label = "call-for-testing"
dispositions = true
steps = "Testing steps"
api = "http://api.github.test"
repositories = [{ title = "Gull", repository = "gull/gull" }]

[[source]]
name = "approved"
kind = "github-rfcs"
section = "links"
auto = true
repository = "gull/rfcs"
show = "approved"
api = "http://api.github.test"

[[source]]
name = "new"
kind = "github-rfcs"
section = "links"
auto = true
repository = "gull/rfcs"
show = "new-and-updated"
api = "http://api.github.test"

[[source]]
name = "report"
kind = "github-file"
section = "links"
auto = true
repository = "gull/reports"
path = "reports/*.md"
api = "http://api.github.test"

[[source]]
name = "branch"
kind = "github-file"
section = "links"
auto = true
repository = "gull/reports"
path = "reports/*.md"
branch = "weekly/reports"
api = "http://api.github.test"
"##;

/// What makes every source ask all it can.
fn forge() -> Forge {
    let at = "2025-04-03T10:00:00Z";
    let labels = [("call-for-testing", at)];
    let say = |number: u64, id: u64, body: &str| {
        let place = format!("gull/gull/issues/{number}");
        ("gull/gull", number, comment(&place, id, "ada", at, body))
    };
    Forge {
        pulls: (1..4)
            .map(|number| merged("gull/gull", number, "Fly", at))
            .collect(),
        labelled: vec![
            ("gull/gull", false, open("gull/gull", 7, "Dive", &labels)),
            ("gull/gull", true, open("gull/gull", 8, "Swim", &labels)),
        ],
        comments: vec![
            say(7, 1, "Nice."),
            say(7, 2, "Very nice."),
            say(7, 3, "Testing steps: dive."),
        ],
        files: vec![("gull/reports", "reports/2025-04-07.md", "Well.")],
        page: 2,
        ..Forge::default()
    }
}

/// Runs all sources against a server, none of which may fail, and gives what was asked.
#[track_caller]
fn run(reply: impl Fn(&Asked) -> crate::server::Reply + Send + Sync + 'static) -> Vec<Asked> {
    let server = Server::start(reply);
    let collecting = Collecting::new(&server, SOURCES);
    for read in &collecting.run().read {
        if let Err(error) = &read.outcome {
            panic!("{}: {error}", read.source);
        }
    }
    server.asked()
}

/// Everything that our sources ask.
pub(super) fn everything_asked() -> Vec<Asked> {
    let (main, other) = (
        forge(),
        Forge {
            branch: "weekly/reports",
            ..forge()
        },
    );
    let mut all = run(move |asked| match asked.path.contains("weekly/reports") {
        true => other.reply(asked),
        false => main.reply(asked),
    });
    all.extend(crate::submissions::everything_asked());
    all
}

/// The questions by GraphQL among what was asked, each once.
pub(super) fn questions(asked: &[Asked]) -> BTreeSet<String> {
    let own = asked.iter().filter(|asked| asked.path == "/graphql");
    let text = |asked: &Asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        body["query"].as_str().unwrap().to_owned()
    };
    own.map(text).collect()
}

/// The texts between quotes in our sources that could be a path.
fn paths_in_the_sources() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/github");
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        paths.extend(code.lines().flat_map(|line| {
            let quoted = line.split('"').skip(1).step_by(2);
            let paths = quoted.filter(|text| text.starts_with('/') && text.len() > 1);
            let paths = paths.filter(|text| !text.starts_with("/api/v3") && *text != "/v3");
            paths.map(str::to_owned).collect::<Vec<_>>()
        }));
    }
    paths
}

#[test]
fn everything_that_sources_ask_is_a_question_that_the_forge_understands() {
    let asked = everything_asked();
    for asked in &asked {
        let place = format!("{} {}", asked.method, asked.path);
        assert_eq!(fault(asked), None, "{place}");
        assert_eq!(
            rest::header(asked, "x-github-api-version"),
            "2022-11-28",
            "{place}"
        );
        assert_eq!(
            rest::header(asked, "authorization"),
            "bearer hush",
            "{place}"
        );
        if asked.path == "/graphql" {
            assert_eq!(
                rest::header(asked, "content-type"),
                "application/json",
                "{place}"
            );
        }
    }
    // Nothing that the sources could ask is missing in this run: each question, each path, each kind.
    let asked_paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    for path in paths_in_the_sources() {
        let fixed: Vec<&str> = path.split(['{', '}']).step_by(2).collect();
        let fits = |asked: &&&str| {
            let mut rest = **asked;
            fixed.iter().all(|part| match rest.split_once(part) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            })
        };
        assert!(
            asked_paths.iter().any(|asked| fits(&asked)),
            "{path} was never asked"
        );
    }
    let source = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/github");
    let texts = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let written: usize = texts
        .map(|text| text.matches(": &str = \"query").count())
        .sum();
    assert_eq!(
        questions(&asked).len(),
        written,
        "a question was never asked"
    );
    let kinds = source("config/sources.rs");
    for kind in kinds.split("(\"").filter_map(|rest| rest.split_once("\",")) {
        let (name, _) = kind;
        if name.starts_with("github-") {
            assert!(
                SOURCES.contains(&format!("kind = \"{name}\"")),
                "{name} was never run"
            );
        }
    }
    // Nothing is in the extract that nobody asks.
    if super::whole().is_none() {
        let operations: BTreeSet<String> = asked
            .iter()
            .filter(|asked| asked.path != "/graphql")
            .map(|asked| rest::find(&PUBLISHED.rest, asked).unwrap().path.to_owned())
            .collect();
        let described = PUBLISHED.rest["paths"].as_object().unwrap().keys();
        assert_eq!(described.cloned().collect::<BTreeSet<_>>(), operations);
    }
}

/// Plays a forge whose answers by GraphQL are made by the schema, and those by REST are the published examples.
fn by_the_book(asked: &Asked, bare: bool, number: usize) -> (u16, String) {
    if asked.path == "/graphql" {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let question = body["query"].as_str().unwrap();
        let data = graphql::answer(&PUBLISHED.schema, question, bare, number);
        assert_eq!(answer_fault(question, &data), None);
        return (200, json!({ "data": data }).to_string());
    }
    let operation = rest::find(&PUBLISHED.rest, asked).unwrap();
    if rest::header(asked, "accept").contains("raw") {
        return (200, "Well.".to_owned());
    }
    let examples = rest::examples(&PUBLISHED.rest, operation.described);
    assert!(!examples.is_empty(), "{} has no example", operation.path);
    (200, examples[number % examples.len()].to_string())
}

#[test]
fn every_answer_by_the_book_is_understood() {
    for (bare, number) in (0..9).map(|number| (false, number)).chain([(true, 0)]) {
        run(move |asked| {
            let (status, body) = by_the_book(asked, bare, number);
            send(status, "content-type: application/json\r\n", &body)
        });
    }
}

/// Pull requests by the book, and our comments on them.
#[test]
fn every_answer_about_pull_requests_is_understood() {
    for number in 0..4 {
        let server = Server::start(move |asked| {
            assert_eq!(fault(asked), None, "{} {}", asked.method, asked.path);
            let (status, body) = by_the_book(asked, false, number);
            send(status, "content-type: application/json\r\n", &body)
        });
        let read = crate::submissions::by_the_book(&server);
        assert_eq!((read.pulls.len(), read.failed.len()), (1, 0), "{read:?}");
        let methods: BTreeSet<String> = server
            .asked()
            .into_iter()
            .map(|asked| asked.method)
            .collect();
        assert!(
            methods.contains("POST") && methods.contains("GET"),
            "{methods:?}"
        );
    }
}

/// What the examples of REST are read for must be in them: an example without it would be read as nothing.
#[test]
fn published_examples_are_read_and_not_only_passed_over() {
    let comments = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
    let examples = |path: &str| {
        let operation = &PUBLISHED.rest["paths"][path]["get"];
        rest::examples(&PUBLISHED.rest, operation)
    };
    let example = examples(comments).remove(0)[0].clone();
    let said = example["body"].as_str().unwrap().to_lowercase();
    let (bare, number) = (false, 0);
    // The event of the label is in the window by the book; the words are those of the example.
    let server = Server::start(move |asked| {
        let (status, body) = by_the_book(asked, bare, number);
        // By the book the label is called "text".
        send(status, "", &body)
    });
    let sources = SOURCES
        .replace("label = \"call-for-testing\"", "label = \"text\"")
        .replace("steps = ", &format!("steps-words = [\"{said}\"]\nsteps = "));
    let collecting = Collecting::new(&server, &sources);
    collecting.run();
    let link = format!(
        "  * [Testing steps]({})\n",
        example["html_url"].as_str().unwrap()
    );
    let block = collecting.block("links");
    assert!(block.contains(&link), "{block}");

    // A tree of the book with a report in it.
    let tree = examples("/repos/{owner}/{repo}/git/trees/{tree_sha}");
    assert!(tree.iter().all(|tree| tree["tree"][0]["path"].is_string()));
}
