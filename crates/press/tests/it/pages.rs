//! Lists that come in pages, and a forge that has had enough: the real program and a forge on this machine.

use crate::collect::{Collecting, DRAFT};
use crate::forge::{Forge, comment, merged, open};
use crate::server::{Asked, Reply, Server, send};
use crate::world::wait_for;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const AT: &str = "2025-04-03T10:00:00Z";
const JSON: &str = "content-type: application/json\r\n";

const CALLS: &str = r#"
[[source]]
name = "calls"
kind = "github-labelled"
section = "links"
auto = true
label = "call-for-testing"
steps = "Testing steps"
none = "*Nothing to test by\n{repositories}.*"
api = "API"
repositories = [{ title = "Gull", repository = "gull/gull" }, { title = "Eggs", repository = "gull/eggs" }]
"#;

const MERGED: &str = r#"
[[source]]
name = "merged"
kind = "github-merged"
section = "changes"
auto = true
organisation = "gull"
api = "API"
"#;

/// A newsletter whose sources ask a server on this machine, as the program knows it.
struct Story {
    collecting: Collecting,
    server: Server,
}

impl Story {
    fn new(sources: &str, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Story {
        let server = Server::start(reply);
        let api = format!("http://{}", server.address);
        let settings = "\n[collect]\nprivate = [\"127.0.0.1\"]\npatience-s = 20\n";
        let sources = sources.replace("API", &api);
        let collecting = Collecting::new(&server, &format!("{settings}{sources}"));
        Story { collecting, server }
    }

    /// Runs the program, and gives what it said in one text.
    fn run(&self, token: &str) -> (Option<i32>, String) {
        let mut command = self.collecting.world.command(&["collect"]);
        let output = command.env("GITHUB_TOKEN", token).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            !said.contains("hush") && !said.contains("panicked"),
            "{said}"
        );
        (output.status.code(), said)
    }

    #[track_caller]
    fn says(&self, code: i32, parts: &[&str]) -> String {
        let (found, said) = self.run("hush");
        assert_eq!(found, Some(code), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in\n{said}");
        }
        said
    }
}

fn call(number: u64, title: &str) -> (&'static str, bool, Value) {
    let labels = [("call-for-testing", AT)];
    (
        "gull/gull",
        number.is_multiple_of(2),
        open("gull/gull", number, title, &labels),
    )
}

fn said(number: u64, id: u64, body: &str) -> (&'static str, u64, Value) {
    let place = format!("gull/gull/issues/{number}");
    ("gull/gull", number, comment(&place, id, "ada", AT, body))
}

/// Six calls, by cursors two a page, and the comments of each, by `Link` two a page.
fn calls() -> Forge {
    let mut own_text = call(5, "Test the nest");
    own_text.2["body"] = json!("Why.\n\n## How to test\n\nSit in it.");
    let mut comments: Vec<_> = (0..7).map(|id| said(1, 10 + id, "Lovely.")).collect();
    comments.push(said(1, 20, "## Testing Steps\n\n1. Dive"));
    comments.push(said(1, 21, "Thanks!"));
    comments.push(said(
        2,
        30,
        "[Testing instructions](https://gull.test/swim) are there.",
    ));
    comments.push(said(3, 40, "> Testing steps?\n\nSoon."));
    comments.push(said(4, 50, "A call for testing: fly."));
    let mut old = said(6, 60, "Testing steps: of another year.");
    old.2["updated_at"] = json!("2024-04-03T10:00:00Z");
    comments.push(old);
    Forge {
        labelled: vec![
            call(1, "Dive"),
            call(2, "Swim"),
            call(3, "Wait"),
            call(4, "Fly"),
            own_text,
            call(6, "Walk"),
        ],
        known: vec!["gull/eggs"],
        comments,
        page: 2,
        ..Forge::default()
    }
}

#[test]
fn a_call_for_testing_leads_to_its_steps_however_many_pages_away() {
    let forge = calls();
    let story = Story::new(CALLS, move |asked| forge.reply(asked));
    let said = story.says(0, &["add the link `Testing steps` by hand"]);
    let block = story.collecting.block("links");
    let api = format!("http://{}", story.server.address);
    let list = |name: &str| {
        format!(
            "{api}/gull/{name}/issues?q=is%3Aopen%20label%3Acall-for-testing%20sort%3Aupdated-desc"
        )
    };
    let item = |number: u64, title: &str, steps: &str| {
        let steps = match steps.is_empty() {
            true => String::new(),
            false => format!("  * [Testing steps]({steps})\n"),
        };
        format!("* [{title}](https://github.test/gull/gull/issues/{number})\n{steps}")
    };
    let at = |number: u64, id: u64| {
        format!("https://github.test/gull/gull/issues/{number}#issuecomment-{id}")
    };
    let expected = format!(
        "##### [Gull]({})\n\n{}{}{}{}{}{}\n*Nothing to test by\n[Eggs]({}).*\n",
        list("gull"),
        item(6, "Walk", ""),
        item(
            5,
            "Test the nest",
            "https://github.test/gull/gull/issues/5#issue-77"
        ),
        item(4, "Fly", &at(4, 50)),
        item(3, "Wait", ""),
        item(2, "Swim", "https://gull.test/swim"),
        item(1, "Dive", &at(1, 20)),
        list("eggs"),
    );
    assert_eq!(block, expected);
    for number in [3, 6] {
        let place = format!("no comment of https://github.test/gull/gull/issues/{number} has");
        assert!(said.contains(&place), "{said}");
    }
    // Nine comments are five pages; all were asked for, with the token.
    let asked = story.server.asked();
    let pages = asked
        .iter()
        .filter(|asked| asked.path.contains("/issues/1/comments"));
    let pages: Vec<&Asked> = pages.collect();
    assert_eq!(pages.len(), 5, "{:?}", story.server.lines());
    assert!(
        pages
            .iter()
            .all(|asked| asked.headers.contains("bearer hush"))
    );
}

/// A forge whose comments' next page is somewhere.
fn leading_to(next: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Story {
    let forge = calls();
    Story::new(CALLS, move |asked| {
        match asked.path.contains("/issues/1/comments") {
            true => {
                let link = format!("{JSON}link: <{}>; rel=\"next\"\r\n", next(asked));
                send(200, &link, "[]")
            }
            false => forge.reply(asked),
        }
    })
}

#[test]
fn a_next_page_on_another_server_is_told_and_never_asked() {
    // Another port of the same machine is another server too.
    let thief = Server::start(|_| send(200, JSON, "[]"));
    let address = thief.address;
    let story = leading_to(move |_| format!("http://{address}/steal"));
    story.says(0, &["is said to be at 127.0.0.1", "its own server only"]);
    assert_eq!(thief.asked().len(), 0);
    // The other items have their links all the same.
    let block = story.collecting.block("links");
    assert!(
        block.contains("issuecomment-50") && block.contains("[Dive]"),
        "{block}"
    );
}

#[test]
fn pages_in_a_circle_are_told() {
    let story = leading_to(|asked| {
        let (path, _) = asked.path.split_once("&page=").unwrap_or((&asked.path, ""));
        let page = if asked.path.ends_with("&page=3") {
            2
        } else {
            3
        };
        format!("{path}&page={page}")
    });
    story.says(0, &["/issues/1/comments does not end", "was there before"]);
    let asked = story.server.lines().into_iter();
    let asked = asked
        .filter(|line| line.contains("/issues/1/comments"))
        .count();
    assert!(asked <= 4, "{asked}");

    // The same with cursors: a, b, a, b and so on.
    let story = Story::new(MERGED, |asked| {
        let cursor = if asked.body.contains("\"a\"") {
            "b"
        } else {
            "a"
        };
        let page = json!({ "issueCount": 200, "nodes": [], "pageInfo": { "hasNextPage": true, "endCursor": cursor } });
        send(
            200,
            JSON,
            &json!({ "data": { "search": page } }).to_string(),
        )
    });
    let said = story.says(1, &["merged:2025-04-02..2025-04-02` does not end"]);
    assert!(said.contains("try again later"), "{said}");
    assert_eq!(story.collecting.block("changes"), "");
}

/// A forge that says no at first, so many times, and then is kind.
fn strict(times: usize, refusal: fn() -> Reply) -> Story {
    let forge = Forge {
        pulls: vec![merged("gull/gull", 1, "Fly", AT)],
        ..Forge::default()
    };
    let asked_so_far = Arc::new(AtomicUsize::new(0));
    Story::new(MERGED, move |asked| {
        match asked_so_far.fetch_add(1, Ordering::SeqCst) < times {
            true => refusal(),
            false => forge.reply(asked),
        }
    })
}

#[test]
fn a_limit_that_passes_is_waited_for_and_one_that_does_not_is_told() {
    let too_fast = || {
        let said = json!({ "message": "You have exceeded a secondary rate limit." });
        send(403, &format!("{JSON}retry-after: 0\r\n"), &said.to_string())
    };
    let story = strict(2, too_fast);
    story.says(0, &["1 source read"]);
    assert!(story.collecting.block("changes").contains("[fly]"));

    let used_up = || send(429, &format!("{JSON}retry-after: 3600\r\n"), "{}");
    let story = strict(usize::MAX, used_up);
    story.says(1, &["wait", "try again in an hour"]);
    // It was told once, and kept to it.
    assert_eq!(story.server.asked().len(), 1, "{:?}", story.server.lines());

    // GitHub says the same in an answer that looks well.
    let limited = || {
        let errors = json!([{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }]);
        send(200, JSON, &json!({ "errors": errors }).to_string())
    };
    let story = strict(usize::MAX, limited);
    story.says(1, &["was asked too much", "try again in an hour"]);
}

#[test]
fn a_token_that_expired_is_told_once_and_nothing_is_lost() {
    let forge = calls();
    let story = Story::new(&format!("{MERGED}{CALLS}"), move |asked| forge.reply(asked));
    story.says(0, &["2 sources read"]);
    let before = story.collecting.world.read(DRAFT);
    let (code, said) = story.run("old");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("Bad credentials").count(), 2, "{said}");
    assert!(said.contains("make a new one"), "{said}");
    assert_eq!(story.collecting.world.read(DRAFT), before);
}

#[test]
fn a_day_with_more_than_the_forge_shows_is_asked_for_in_parts() {
    // Thirty pull requests of one day, of which a search shows seven.
    let at = |number: u64| format!("2025-04-03T{:02}:{:02}:00Z", number % 24, number);
    let pulls = (1..=30).map(|number| merged("gull/gull", number, "Fly", &at(number)));
    let forge = Forge {
        pulls: pulls.collect(),
        page: 5,
        ..Forge::default()
    };
    let crowd: Vec<Value> = (0..1001)
        .map(|number| {
            let (hour, minute) = (number / 60, number % 60);
            let at = format!("2025-04-04T{hour:02}:{minute:02}:00Z");
            merged("gull/gull", 100 + number, "Dive", &at)
        })
        .collect();
    let mut all = forge.clone();
    all.pulls.extend(crowd);
    all.page = 50;
    let story = Story::new(MERGED, move |asked| all.reply(asked));
    let said = story.says(0, &["1 source read"]);
    assert!(!said.contains("not complete"), "{said}");
    let block = story.collecting.block("changes");
    assert!(block.starts_with("1031 pull requests"), "{block:.200}");
    assert_eq!(block.matches("\n* [").count(), 1031);

    // A search that was not complete is said: it counts more than it shows.
    let hiding = Forge {
        shown: Some(7),
        ..forge
    };
    let story = Story::new(MERGED, move |asked| hiding.reply(asked));
    story.says(
        0,
        &["counts 30 pull requests merged in 2025-04-03..2025-04-03 and shows 7"],
    );
}

#[test]
fn a_run_that_is_killed_in_the_middle_loses_nothing() {
    let forge = Forge {
        pulls: vec![merged("gull/gull", 1, "Fly", AT)],
        ..calls()
    };
    let asleep = Arc::new(AtomicBool::new(true));
    let sleeps = Arc::clone(&asleep);
    let story = Story::new(&format!("{MERGED}{CALLS}"), move |asked| {
        let call = asked.body.contains("call-for-testing");
        match call && sleeps.load(Ordering::SeqCst) {
            true => Reply::Silence,
            false => forge.reply(asked),
        }
    });
    let world = &story.collecting.world;
    let before = world.read(DRAFT);
    let mut command = world.command(&["collect"]);
    let mut child = command
        .env("GITHUB_TOKEN", "hush")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // All of one source was read, and the other waits for its answer.
    wait_for("both sources", || {
        let asked = story.server.asked();
        let last = asked
            .iter()
            .any(|asked| asked.body.contains("merged:2025-04-08"));
        let call = asked
            .iter()
            .any(|asked| asked.body.contains("call-for-testing"));
        (last && call).then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.read(DRAFT), before);
    asleep.store(false, Ordering::SeqCst);
    story.says(
        0,
        &[
            "2 sources read",
            "block changes: written",
            "block links: written",
        ],
    );
    story.says(
        0,
        &["block changes: nothing new", "block links: nothing new"],
    );
}

#[test]
fn what_an_editor_gets_wrong_is_told_before_anything_is_asked() {
    let story = Story::new(MERGED, |_| send(500, "", ""));
    for (arguments, expected) in [
        (["--since", "tomorrow"], "a day is written as 2026-11-19"),
        (["--replay", "nowhere"], "there is no recording nowhere"),
        (["mergd", "--dry-run"], "did you mean `merged`?"),
    ] {
        let run = story
            .collecting
            .world
            .press(&[&["collect"], &arguments[..]].concat());
        run.refuses(&[expected]);
    }
    assert_eq!(story.server.asked().len(), 0);
}
