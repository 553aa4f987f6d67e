//! The editors' desk for programs, and the forge that tells of pull requests: who is let in, what they do, what is left.

use crate::postgres::{Trial, block_on, stores};
use crate::reader::{Reply, Running};
use crate::sent::say;
use crate::submissions::{DRAFT, Hosting, TEXT};
use crate::world::{World, wait_for};
use press::config::Config;
use press::store::Candidate;
use ring::hmac;
use serde_json::{Value, json};

const ADA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "bbbbbbbbbbbbbbbbbbbb";

const SETTINGS: &str = r#"
[schedule]
weekday = "wednesday"
first-date = "2025-03-19"
first-number = 1

[server]
wrong-tokens-per-network = 2

[[editor]]
name = "Ada"
token-env = "TOKEN_ADA"

[[editor]]
name = "Bob"
token-env = "TOKEN_BOB"

[[vote]]
id = "pick"
section = "pick"
nominates = "link"

[[section]]
id = "pick"
title = "Pick of the Week"
kind = "prose"
"#;

fn open(trial: &Trial) -> (World, Running) {
    let world = World::new(3);
    let config = format!("{}{SETTINGS}{}", world.read("press.toml"), trial.toml());
    world.write("press.toml", config);
    world.write(DRAFT, TEXT);
    let variables = [("TOKEN_ADA", ADA), ("TOKEN_BOB", BOB)];
    let server = Running::start_with(&world, &variables);
    (world, server)
}

/// Asks as an editor.
fn ask(server: &Running, token: &str, (method, path): (&str, &str), body: &Value) -> Reply {
    let token = format!("Bearer {token}");
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    server.ask(method, &format!("/api/desk/{path}"), &headers, &body)
}

fn data(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn send(server: &Running, at: usize) {
    let link = json!({
        "url": format!("https://host{at}.example/"), "title": format!("Link {at}"), "section": "links",
    });
    assert_eq!(say(server, "/api/submissions", &link).0, 201);
}

#[test]
fn editors_decide_under_their_names() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let (_world, server) = open(&trial);
        (1..=4).for_each(|at| send(&server, at));
        let inbox = data(&ask(&server, ADA, ("GET", "inbox"), &Value::Null).is(200));
        let ids: Vec<&Value> = inbox["inbox"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["id"])
            .collect();
        assert_eq!(ids, [1, 2, 3, 4]);
        let post = |token: &str, path: &str, body: Value| {
            ask(
                &server,
                token,
                ("POST", &format!("submissions/{path}")),
                &body,
            )
        };
        let accepted = data(&post(ADA, "1/accept", json!({})).is(200));
        assert_eq!(accepted["state"], "accepted");
        let declined = data(&post(BOB, "2/decline", json!({ "reason": "paywall" })).is(200));
        assert_eq!(declined["reason"], "paywall");
        let moved = data(&post(ADA, "3/move", json!({ "to": 2000 })).is(200));
        assert_eq!(moved["issue"], 2_000);
        post(ADA, "4/snooze", json!({ "until": "2999-01-01" })).is(200);

        let shown = data(&ask(&server, BOB, ("GET", "submissions/2"), &Value::Null).is(200));
        assert_eq!(shown["history"][1]["who"], "Bob", "{shown}");
        assert_eq!(shown["history"][1]["what"], "declined");
        let inbox = data(&ask(&server, ADA, ("GET", "inbox"), &Value::Null).is(200));
        assert_eq!(inbox["inbox"].as_array().unwrap().len(), 0, "{inbox}");
        let all = data(&ask(&server, ADA, ("GET", "inbox?all=true"), &Value::Null).is(200));
        assert_eq!(all["inbox"].as_array().unwrap().len(), 2, "{all}");
        ask(&server, ADA, ("GET", "inbox?all=perhaps"), &Value::Null).is(422);

        ask(&server, ADA, ("GET", "submissions/99"), &Value::Null).is(404);
        ask(&server, ADA, ("GET", "submissions/01"), &Value::Null).is(404);
        post(ADA, "99/accept", json!({})).is(404);
        post(ADA, "1/accept", json!({ "section": "nowhere" })).is(409);
        post(ADA, "2/snooze", json!({ "until": "2999-01-01" })).is(409);
        post(ADA, "1/snooze", json!({ "until": "2001-01-01" })).is(409);
        post(ADA, "1/snooze", json!({ "until": "soon" })).is(422);
        post(ADA, "1/decline", json!({ "reason": " " })).is(422);
        let unknown = post(ADA, "1/decline", json!({ "reason": "page-titel" })).is(409);
        assert!(String::from_utf8_lossy(&unknown.body).contains("did you mean `page-title`?"));
        post(ADA, "1/move", json!({ "to": 0 })).is(422);
        let tally = data(&ask(&server, ADA, ("GET", "tally"), &Value::Null).is(200));
        assert_eq!(tally["votes"][0]["vote"], "pick");
    }
}

#[test]
fn editors_take_candidates_into_the_draft() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let (world, server) = open(&trial);
        let found = |at: usize| Candidate {
            page: format!("found{at}.example/"),
            url: format!("https://found{at}.example/"),
            title: format!("Found {at}"),
            source: "feed".to_owned(),
            section: Some("links".to_owned()),
            ..Candidate::default()
        };
        let all = [1, 2, 3, 4].map(found);
        block_on(trial.record_candidates(&all, 10)).unwrap();
        let post = |path: &str, body: Value| {
            ask(&server, ADA, ("POST", &format!("candidates/{path}")), &body)
        };
        let taken = data(&post("1/take", json!({})).is(200));
        assert_eq!(
            (&taken["title"], &taken["state"], &taken["draft"]),
            (&json!("Found 1"), &json!("taken"), &json!("004.md"))
        );
        assert!(
            world
                .read(DRAFT)
                .contains("[Found 1](https://found1.example/)")
        );
        post("2/take", json!({ "section": "nowhere" })).is(409);
        post("1/drop", json!({})).is(409);
        post("2/drop", json!({ "reason": "page-titel" })).is(409);
        post("2/drop", json!({ "reason": "page-title" })).is(200);
        for what in ["drop", "take", "move"] {
            post(&format!("9/{what}"), json!({})).is(404);
        }
        post("3/move", json!({ "to": 0 })).is(422);
        post("3/move", json!({ "to": 1 })).is(409);
        let moved = data(&post("3/move", json!({ "to": 2000 })).is(200));
        assert_eq!(
            (&moved["state"], &moved["issue"]),
            (&json!("open"), &json!(2000))
        );
        post("4/snooze", json!({})).is(422);
        post("4/snooze", json!({ "until": "2001-01-01" })).is(409);
        let rests = data(&post("4/snooze", json!({ "until": "2999-01-01" })).is(200));
        // The day begins in Berlin.
        assert_eq!(rests["snoozed_until"], "2998-12-31T23:00:00Z");
        let inbox = |all: &str| {
            let inbox = ask(&server, ADA, ("GET", &format!("inbox{all}")), &Value::Null);
            let inbox = data(&inbox.is(200));
            let ids = inbox["inbox"].as_array().unwrap().iter();
            ids.map(|one| one["id"].as_i64().unwrap())
                .collect::<Vec<_>>()
        };
        assert!(inbox("").is_empty());
        assert_eq!(inbox("?all=true"), [3, 4]);
        // They come back: the one when its issue is next, the other on its day.
        let config = Config::load(world.folder(), None).unwrap();
        let due = |day: &str| {
            let shown = press::pipeline::inbox::inbox(&config, false, day.parse().unwrap());
            let shown = serde_json::to_value(shown.unwrap()).unwrap();
            let ids = shown.as_array().unwrap().iter();
            ids.map(|one| one["id"].as_i64().unwrap())
                .collect::<Vec<_>>()
        };
        assert!(due("2063-07-01T00:00:00Z").is_empty());
        assert_eq!(due("2063-08-01T00:00:00Z"), [3]);
        assert_eq!(due("2999-01-01T00:00:00Z"), [3, 4]);
        for (id, what, detail) in [
            (1, "taken", json!("004.md: Links")),
            (2, "dropped", json!("page-title")),
            (3, "moved", json!("to issue 2000")),
            (4, "snoozed", json!("until 2999-01-01")),
        ] {
            let shown = ask(
                &server,
                BOB,
                ("GET", &format!("candidates/{id}")),
                &Value::Null,
            );
            let shown = data(&shown.is(200));
            let last = &shown["history"][0];
            assert_eq!(
                (&last["who"], &last["what"]),
                (&json!("Ada"), &json!(what)),
                "{shown}"
            );
            assert_eq!(last["detail"], detail);
        }
        ask(&server, BOB, ("GET", "candidates/9"), &Value::Null).is(404);
    }
}

#[test]
fn who_has_no_token_is_not_let_in_and_who_guesses_is_shut_out() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let (_world, server) = open(&trial);
        let none = server.get("/api/desk/inbox").is(401);
        assert_eq!(none.header("www-authenticate"), Some("Bearer"));
        server
            .ask(
                "GET",
                "/api/desk/inbox",
                &[("Authorization", "Basic eDp5")],
                "",
            )
            .is(401);
        // What is asked for is not looked at before.
        server
            .ask("POST", "/api/desk/submissions/1/accept", &[], "{")
            .is(401);
        let inbox = |token: &str| ask(&server, token, ("GET", "inbox"), &Value::Null);
        inbox(&ADA[1..]).is(401);
        inbox(ADA).is(200);
        inbox(&format!("{ADA}a")).is(401);
        let shut = inbox(ADA).is(429);
        assert_eq!(shut.header("retry-after"), Some("3600"));
        assert_eq!(
            shut.header("content-type"),
            Some("application/problem+json")
        );
        // Other networks are not shut out, nor is anything else.
        let elsewhere = [
            ("Authorization", "Bearer bbbbbbbbbbbbbbbbbbbb"),
            ("X-Forwarded-For", "192.0.2.7"),
        ];
        server.ask("GET", "/api/desk/inbox", &elsewhere, "").is(200);
        server.get("/api/lists").is(200);
    }
}

#[test]
fn the_server_does_not_start_without_good_tokens() {
    let world = World::new(1);
    world.write(
        "press.toml",
        format!(
            "{}[[editor]]\nname = \"Ada\"\ntoken-env = \"NO_SUCH_TOKEN\"\n",
            world.read("press.toml")
        ),
    );
    let run = world.press(&["server", "--listen", "127.0.0.1:0"]);
    assert!(
        run.err.contains("Ada has no token in `NO_SUCH_TOKEN`"),
        "{}",
        run.err
    );
}

fn sign(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let digits: Vec<String> = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={}", digits.concat())
}

const HOOK: &str = r#"
[collect]
private = ["127.0.0.1"]

[[webhook]]
kind = "github"
secret-env = "HOOK"

[[section]]
id = "pick"
title = "Pick of the Week"
kind = "prose"

[[vote]]
id = "pick"
section = "pick"
nominates = "link"

[[editor]]
name = "Ada"
token-env = "TOKEN_ADA"
"#;

/// A server whose forge is a machine of ours.
fn with_forge(hosting: &Hosting, trial: &Trial, more: &str) -> Running {
    let world = &hosting.world;
    let forge = format!("api = \"http://{}\"\n{more}", hosting.server.address);
    let config = world
        .read("press.toml")
        .replace("api = \"http://api.github.test\"\n", &forge);
    world.write("press.toml", format!("{config}{HOOK}{}", trial.toml()));
    let variables = [
        ("HOOK", "shared"),
        ("TOKEN_ADA", ADA),
        ("GITHUB_TOKEN", "hush"),
    ];
    Running::start_with(world, &variables)
}

fn inbox(server: &Running) -> Vec<Value> {
    let inbox = data(&ask(server, ADA, ("GET", "inbox"), &Value::Null).is(200));
    inbox["inbox"].as_array().unwrap().clone()
}

#[test]
fn the_forge_tells_of_a_pull_request_which_is_read_after_the_answer() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let hosting = Hosting::new();
        hosting.change(|text| {
            text.replace(
                "## Bye",
                "## Pick of the Week\n\nNobody knows yet.\n\n## Bye",
            )
        });
        hosting.propose(11, "ada", |text| {
            let link = "* [How gulls sleep](https://sleep.example/)\n\n## Up";
            let pick =
                "This week it is [gullwing](https://code.example/gullwing), doors for gulls.";
            text.replacen("\n\n## Up", &format!("\n{link}"), 1)
                .replace("Nobody knows yet.", pick)
        });
        let server = with_forge(&hosting, &trial, "");
        let body = r#"{"action":"opened","number":11,"repository":{"full_name":"gull/weekly"}}"#;
        let tell = |id: &str, event: &str, signature: &str| {
            let headers = [
                ("X-GitHub-Event", event),
                ("X-GitHub-Delivery", id),
                ("X-Hub-Signature-256", signature),
            ];
            server
                .ask("POST", "/webhooks/github", &headers, body)
                .status()
        };
        let good = sign("shared", body);
        assert_eq!(tell("1", "pull_request", &sign("wrong", body)), 403);
        assert_eq!(tell("1", "pull_request", ""), 403);
        assert_eq!(tell("0", "ping", &good), 200);
        assert!(hosting.server.asked().is_empty());
        assert_eq!(tell("1", "pull_request", &good), 202);
        let entry = wait_for("the pull request", || inbox(&server).pop());
        assert_eq!(entry["title"], "How gulls sleep");
        assert_eq!(
            (&entry["pull_request"], &entry["author"]),
            (&json!(11), &json!("ada"))
        );
        wait_for("the delivery to be remembered", || {
            (tell("1", "pull_request", &good) == 200).then_some(())
        });
        assert_eq!(inbox(&server).len(), 1);
        // What it adds to the section of a vote is a nomination.
        let votes = hosting.world.press(&["vote", "list"]).succeeds();
        assert!(votes.out.contains("gullwing"), "{}", votes.out);
        server
            .ask(
                "POST",
                "/webhooks/other",
                &[("X-Hub-Signature-256", &good)],
                body,
            )
            .is(404);
    }
}

#[test]
fn a_pull_request_that_cannot_be_read_may_be_told_of_again() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let hosting = Hosting::new();
        hosting.link(11, "ada", "* [How gulls sleep](https://sleep.example/)");
        let world = &hosting.world;
        let server = with_forge(&hosting, &trial, "");
        drop(server);
        // A token that the forge does not know.
        let wrong = [
            ("HOOK", "shared"),
            ("TOKEN_ADA", ADA),
            ("GITHUB_TOKEN", "other"),
        ];
        let server = Running::start_with(world, &wrong);
        let body = r#"{"action":"opened","number":11,"repository":{"full_name":"gull/weekly"}}"#;
        let good = sign("shared", body);
        let headers = [
            ("X-GitHub-Event", "pull_request"),
            ("X-GitHub-Delivery", "1"),
            ("X-Hub-Signature-256", good.as_str()),
        ];
        server
            .ask("POST", "/webhooks/github", &headers, body)
            .is(202);
        wait_for("the trouble in the log", || {
            let said = server.said.lock().unwrap();
            said.iter()
                .any(|line| line.contains("pull request 11: "))
                .then_some(())
        });
        drop(server);
        let right = [
            ("HOOK", "shared"),
            ("TOKEN_ADA", ADA),
            ("GITHUB_TOKEN", "hush"),
        ];
        let server = Running::start_with(world, &right);
        server
            .ask("POST", "/webhooks/github", &headers, body)
            .is(202);
        wait_for("the pull request", || inbox(&server).pop());
    }
}

#[test]
fn the_server_asks_the_forge_by_itself_if_it_is_told_to() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let hosting = Hosting::new();
        hosting.link(11, "ada", "* [How gulls sleep](https://sleep.example/)");
        let server = with_forge(&hosting, &trial, "poll-minutes = 60\n");
        let entry = wait_for("the pull request", || inbox(&server).pop());
        assert_eq!(entry["pull_request"], 11);
    }
}
