//! What readers send at the newsletter's own pages, links and nominations, and what they see of it afterwards.

use crate::postgres::{Trial, block_on, stores};
use crate::reader::{FORM, Line, Running, encode, link};
use crate::submissions::{DRAFT, TEXT};
use crate::world::World;
use serde_json::{Value, json};

const SETTINGS: &str = r#"
[schedule]
weekday = "wednesday"
first-date = "2025-03-19"
first-number = 1

[submissions]
per-sender = 3

[[section]]
id = "pick"
title = "Pick of the Week"
kind = "prose"

[[section]]
id = "quote"
title = "Quote of the Week"
kind = "quote"

[[vote]]
id = "pick"
section = "pick"
nominates = "link"

[[vote]]
id = "quote"
section = "quote"
nominates = "quote"
"#;

pub(crate) fn open(trial: &Trial) -> (World, Running) {
    let world = World::new(3);
    let config = format!("{}{SETTINGS}{}", world.read("press.toml"), trial.toml());
    world.write("press.toml", config);
    world.write(DRAFT, TEXT);
    let server = Running::start(&world);
    (world, server)
}

/// Sends JSON.
pub(crate) fn say(server: &Running, path: &str, body: &Value) -> (u16, Value) {
    let kind = ("Content-Type", "application/json");
    let reply = server.ask("POST", path, &[kind], &body.to_string());
    (reply.status(), serde_json::from_slice(&reply.body).unwrap())
}

fn on_each(work: impl Fn(&World, &Running)) {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let (world, server) = open(&trial);
        work(&world, &server);
    }
}

/// A link as the form has it.
fn form<'f>(url: &'f str, title: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("url", url),
        ("title", title),
        ("section", "links"),
        ("machine", "no"),
    ]
}

#[test]
fn a_link_is_sent_and_its_sender_sees_what_becomes_of_it() {
    on_each(|world, server| {
        let page = server
            .get("/submit?url=https%3A%2F%2Fa.example%2F&title=From+a+bookmark")
            .is(200);
        page.says(&[
            "value=\"https://a.example/\"",
            "value=\"From a bookmark\"",
            "<option value=\"links\">",
        ]);
        let sent = form(
            "https://sleep.example/gulls?utm_source=mail",
            "How gulls sleep",
        );
        let thanks = server.post("/submit", &sent).is(200).says(&[
            "Thank you",
            "What we put right",
            "utm_source",
        ]);
        let text = thanks.text();
        let status = link(&text, "/submissions/").split('"').next().unwrap();
        server.get(status).is(200).says(&[
            "How gulls sleep",
            "It waits for issue",
            "href=\"https://sleep.example/gulls\"",
        ]);
        server
            .post("/submit", &sent)
            .is(200)
            .says(&["We know it already", "Somebody sent it before you"]);

        let known = form("https://birds.example/2/flight", "A gull in flight");
        server
            .post("/submit", &known)
            .is(200)
            .says(&["It was in issue 2 of 2025-03-26", "A gull in flight 2"]);
        let there = form("https://kiel.example/gulls", "Gulls of Kiel");
        server
            .post("/submit", &there)
            .is(200)
            .says(&["stands in the next issue already"]);

        world
            .press(&["submissions", "decline", "1", "rule 3: no advertisements"])
            .succeeds();
        let declined = server
            .get(status)
            .is(200)
            .says(&["It was declined: rule 3: no advertisements."]);
        // Nothing tells who decided.
        assert!(!declined.text().contains("editor"), "{}", declined.text());
        server.get("/submissions/none").is(404);
    });
}

#[test]
fn what_is_sent_wrong_or_too_often_is_told() {
    on_each(|_, server| {
        server
            .post("/submit", &form("gopher://a.example", "A"))
            .is(422)
            .says(&[
                "begins with https://",
                "id=\"mistake\"",
                "value=\"gopher://a.example\"",
            ]);
        server
            .post(
                "/submit",
                &form("https://a.example/\"><script>x</script>", "A"),
            )
            .is(422)
            .says(&["&lt;script&gt;"]);
        server
            .post("/submit", &form("https://a.example/", " "))
            .is(422)
            .says(&["The title is missing", "maxlength=\"2000\"></textarea>"]);
        let evil = form(
            "https://a.example/x",
            "<img src=x onerror=alert(1)> [a](javascript:alert(1))",
        );
        let page = server.post("/submit", &evil).is(200).text();
        assert!(
            !page.contains("<img src=x") && !page.contains("href=\"javascript"),
            "{page}"
        );
        for (at, status) in [(1, 200), (2, 200), (3, 429)] {
            let url = format!("https://host{at}.example/");
            server.post("/submit", &form(&url, "One more")).is(status);
        }
        let body = encode(&form("https://b.example/", "B"));
        server
            .ask(
                "POST",
                "/submit",
                &[FORM, ("Origin", "https://evil.example")],
                &body,
            )
            .is(403);
        let mut robot = form("https://spam.example/", "Spam");
        robot.push(("website", "x"));
        server.post("/submit", &robot).is(200).says(&["Thank you"]);
    });
}

#[test]
fn readers_nominate_what_editors_count() {
    on_each(|world, server| {
        server.get("/nominate").is(200).says(&[
            "Pick of the Week",
            "Quote of the Week",
            "What was said",
        ]);
        let pick = [
            ("vote", "pick"),
            ("title", "gullwing"),
            ("url", "https://code.example/gullwing"),
            ("text", "doors for gulls"),
            ("name", "Ada"),
        ];
        server
            .post("/nominate", &pick)
            .is(200)
            .says(&["on the list for the next issue"]);
        server
            .post("/nominate", &pick)
            .is(200)
            .says(&["You nominated this before"]);
        let quote = [
            ("vote", "quote"),
            ("text", "Fly.\nOr swim."),
            ("by", "A gull"),
            ("name", "Bob"),
        ];
        server.post("/nominate", &quote).is(200);
        server
            .post("/nominate", &[("vote", "quote"), ("text", " ")])
            .is(422)
            .says(&["What was said is missing"]);
        server
            .post("/nominate", &[("vote", "pick"), ("title", "x")])
            .is(422)
            .says(&["address of its page is missing"]);
        server.post("/nominate", &[("vote", "none")]).is(422);
        let listed = world.press(&["vote", "list"]).succeeds();
        assert!(
            listed.out.contains("gullwing") && listed.out.contains("Fly."),
            "{}",
            listed.out
        );
    });
}

#[test]
fn a_program_sends_a_link_and_hears_what_the_form_says() {
    on_each(|world, server| {
        let sent = |body: Value| say(server, "/api/submissions", &body);
        let link = json!({
            "url": "https://sleep.example/gulls?utm_source=mail", "title": "How gulls sleep", "section": "links",
            "note": "I\u{0}wrote it.", "machine_written": false,
        });
        let (status, receipt) = sent(link.clone());
        assert_eq!(status, 201, "{receipt}");
        assert_eq!(receipt["status"]["url"], "https://sleep.example/gulls");
        assert!(receipt["status"]["issue"].is_i64(), "{receipt}");
        assert_eq!(receipt["cleaned"][0]["what"], "address");
        let (status, known) = sent(link);
        assert_eq!((status, &known["known"]), (200, &json!("submitted")));
        let old = json!({ "url": "https://birds.example/2/flight", "title": "A gull in flight" });
        let (status, known) = sent(old);
        assert_eq!((status, &known["issue"]), (200, &json!(2)), "{known}");
        let (status, wrong) = sent(json!({ "url": "gopher://a.example", "title": "A" }));
        assert_eq!((status, &wrong["field"]), (422, &json!("url")), "{wrong}");
        let (status, wrong) = sent(json!({ "url": "https://a.example/", "spam": 1 }));
        assert_eq!(status, 422, "{wrong}");

        let token = receipt["token"].as_str().unwrap();
        let place = format!("/api/submissions/{token}");
        let standing: Value = serde_json::from_slice(&server.get(&place).is(200).body).unwrap();
        assert_eq!(standing, receipt["status"]);
        world
            .press(&["submissions", "decline", "1", "paywall"])
            .succeeds();
        let standing: Value = serde_json::from_slice(&server.get(&place).is(200).body).unwrap();
        assert_eq!(standing["state"], "declined");
        assert_eq!(standing["reason"], "paywall");
        let steps = standing["history"].as_array().unwrap();
        assert!(
            steps.iter().all(|step| step.get("who").is_none()),
            "{standing}"
        );
        server.get("/api/submissions/none").is(404);

        for at in 1..3 {
            let one = json!({ "url": format!("https://host{at}.example/"), "title": "One more" });
            assert_eq!(sent(one).0, 201);
        }
        let one = json!({ "url": "https://host3.example/", "title": "One more" }).to_string();
        let kind = ("Content-Type", "application/json");
        let busy = server.ask("POST", "/api/submissions", &[kind], &one);
        assert_eq!(busy.status(), 429, "{}", busy.text());
        assert_eq!(busy.header("retry-after"), Some("86400"));
    });
}

#[test]
fn a_program_nominates_and_is_told_of_everything_but_the_senders() {
    on_each(|_, server| {
        let sent = |body: Value| say(server, "/api/nominations", &body);
        let pick = json!({
            "vote": "pick", "title": "gullwing", "url": "https://code.example/gullwing", "text": "doors for gulls",
            "name": "Ada Tern",
        });
        assert_eq!(sent(pick.clone()).0, 201);
        assert_eq!(sent(pick).0, 200);
        let quote = json!({ "vote": "quote", "text": "Fly.\u{0}\nOr swim.", "by": "A gull" });
        assert_eq!(sent(quote).0, 201);
        let (status, wrong) = sent(json!({ "vote": "quote", "text": " " }));
        assert_eq!(status, 422);
        assert!(
            wrong["detail"].as_str().unwrap().contains("What was said"),
            "{wrong}"
        );
        let page = server.get("/api/votes").is(200);
        let votes: Value = serde_json::from_slice(&page.body).unwrap();
        let votes = votes["votes"].as_array().unwrap();
        assert_eq!(votes.len(), 2, "{votes:?}");
        assert_eq!(votes[0]["vote"], "pick");
        assert_eq!(votes[0]["title"], "Pick of the Week");
        assert_eq!(votes[0]["issue"], 4);
        assert_eq!(votes[0]["nominations"][0]["title"], "gullwing");
        assert_eq!(
            votes[0]["nominations"][0]["url"],
            "https://code.example/gullwing"
        );
        assert_eq!(votes[1]["nominations"][0]["by"], "A gull");
        assert!(!page.text().contains("Ada Tern"), "{}", page.text());
    });
}

#[test]
fn what_was_taken_in_is_there_after_a_power_cut() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let (world, server) = open(&trial);
        let address = server.address.clone();
        let (sender, taken) = std::sync::mpsc::channel();
        let sending = std::thread::spawn(move || {
            let mut line = Line::open(&address);
            for at in 0.. {
                let url = format!("https://host{at}.example/");
                let from = format!("198.51.100.{}", at % 250);
                let headers = [FORM, ("X-Forwarded-For", from.as_str())];
                let body = encode(&form(&url, "One more"));
                match line.try_ask("POST", "/submit", &headers, &body) {
                    Ok(reply) if reply.status() == 200 => {
                        let text = reply.text();
                        let path = link(&text, "/submissions/").split('"').next().unwrap();
                        sender.send(path.to_owned()).unwrap();
                    }
                    _ => return,
                }
            }
        });
        let mut paths: Vec<String> = taken.iter().take(12).collect();
        server.kill();
        sending.join().unwrap();
        paths.extend(taken.try_iter());
        let server = Running::start(&world);
        for path in paths {
            server.get(&path).is(200).says(&["It waits for issue"]);
        }
    }
}
