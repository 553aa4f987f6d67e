//! Readers at the newsletter's own pages: they subscribe, confirm, choose, leave, look at what is known, are forgotten.

use crate::postgres::{Trial, block_on, stores};
use crate::reader::{FORM, Line, Running, encode, letters, link};
use crate::world::{World, wait_for};
use press::store::SubscriptionState;
use press_core::mailbox::EmailAddress;

const SETTINGS: &str = r#"
[mail]
from = "editors@gull.example"

[transport]
kind = "file"
folder = "outbox"

[[list]]
id = "weekly"
name = "The Weekly Gull"

[[list]]
id = "events"
name = "Gull Events"
description = "Only where to meet."

[server]
proof-bits = 0
"#;

/// A newsletter with a server, on a database.
fn open(trial: &Trial, more: &str) -> World {
    let world = World::new(1);
    let mut config = world.read("press.toml");
    config.push_str(SETTINGS);
    config.push_str(more);
    config.push_str(&trial.toml());
    world.write("press.toml", config);
    world
}

/// Does something with a server on each database.
fn on_each(more: &str, work: impl Fn(&World, &Running, &Trial)) {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let world = open(&trial, more);
        let server = Running::start(&world);
        work(&world, &server, &trial);
    }
}

/// The newest letter, once there are so many.
#[track_caller]
fn letter(world: &World, count: usize) -> String {
    let folder = world.path("outbox");
    let all = wait_for("a letter", || {
        Some(letters(&folder)).filter(|all| all.len() >= count)
    });
    assert_eq!(all.len(), count);
    all.into_iter().next_back().unwrap()
}

/// How somebody stands to a list.
fn state(trial: &Trial, address: &str, list: &str) -> Option<SubscriptionState> {
    block_on(async {
        let address = EmailAddress::parse(address).unwrap();
        let found = trial.find_subscriber(&address).await.unwrap()?;
        let subscriptions = trial.subscriptions(found.id).await.unwrap();
        let one = subscriptions.into_iter().find(|one| one.list == list);
        one.map(|one| one.state)
    })
}

/// The path of somebody's preferences page.
fn preferences(trial: &Trial, address: &str) -> String {
    block_on(async {
        let address = EmailAddress::parse(address).unwrap();
        let found = trial.find_subscriber(&address).await.unwrap().unwrap();
        format!("/preferences/{}", found.token)
    })
}

const ADA: &str = "Ada@gull.example";

/// Ada subscribes and confirms.
fn subscribe(world: &World, server: &Running) {
    server
        .post("/subscribe", &[("address", ADA), ("list", "weekly")])
        .is(200);
    let letter = letter(world, 1);
    server.post(link(&letter, "/confirm/"), &[]).is(200);
}

#[test]
fn a_reader_subscribes_confirms_chooses_and_leaves() {
    on_each("", |world, server, trial| {
        server
            .get("/subscribe")
            .is(200)
            .says(&["<form", "Gull Events", "name=\"address\""]);
        let form = [
            ("address", " Ada@gull.example "),
            ("list", "weekly"),
            ("list", "events"),
        ];
        server
            .post("/subscribe", &form)
            .is(200)
            .says(&["Look into your mailbox"]);
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Unconfirmed)
        );

        let letter = letter(world, 1);
        assert!(letter.contains("To: Ada@gull.example\r\n"), "{letter}");
        assert!(
            letter.contains("Auto-Submitted: auto-generated\r\n"),
            "{letter}"
        );
        assert!(!letter.contains("List-"), "{letter}");
        let confirm = link(&letter, "/confirm/");
        for _ in 0..3 {
            server
                .get(confirm)
                .is(200)
                .says(&["Gull Events", "Yes, send it to me"]);
            server.ask("HEAD", confirm, &[], "").is(200);
        }
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Unconfirmed)
        );
        let preferences = preferences(trial, ADA);
        let page = server
            .post(confirm, &[])
            .is(200)
            .says(&["You are subscribed", &preferences]);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Confirmed)
        );
        assert_eq!(
            state(trial, ADA, "events"),
            Some(SubscriptionState::Confirmed)
        );
        server
            .post(confirm, &[])
            .is(200)
            .says(&["You are subscribed"]);

        let form = [
            ("list", "weekly"),
            ("region", "europe"),
            ("section", "links"),
            ("text-only", "yes"),
        ];
        let saved = server.post(&preferences, &form).is(303);
        let again = server.get(saved.header("location").unwrap()).is(200);
        again.says(&[
            "Saved.",
            "value=\"europe\" checked",
            "id=\"text-only\" name=\"text-only\" value=\"yes\" checked",
        ]);
        let ada = block_on(trial.find_subscriber(&EmailAddress::parse(ADA).unwrap()))
            .unwrap()
            .unwrap();
        assert_eq!(
            (ada.regions, ada.text_only),
            (vec!["europe".to_owned()], true)
        );
        assert_eq!(ada.left_out, ["changes", "events", "talks"]);
        assert_eq!(
            state(trial, ADA, "events"),
            Some(SubscriptionState::Unsubscribed)
        );

        let leave = preferences.replace("preferences", "unsubscribe");
        server.get(&leave).is(200).says(&["<button"]);
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Confirmed)
        );
        server
            .post(&leave, &[])
            .is(200)
            .says(&["You are unsubscribed"]);
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Unsubscribed)
        );
        let consents = block_on(trial.consents(ada.id)).unwrap();
        let told: Vec<String> = consents
            .iter()
            .map(|one| format!("{} {} {}", one.list, one.state.name(), one.how))
            .collect();
        assert_eq!(
            told,
            [
                "weekly confirmed form",
                "events confirmed form",
                "events unsubscribed preferences",
                "weekly unsubscribed form",
            ]
        );
    });
}

#[test]
fn one_click_leaves_and_looking_does_not() {
    on_each("", |world, server, trial| {
        subscribe(world, server);
        let path = preferences(trial, ADA).replace("preferences", "unsubscribe");
        for method in ["GET", "HEAD"] {
            server.ask(method, &path, &[], "").is(200);
        }
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Confirmed)
        );
        // A mailbox provider's machine: no cookies, no origin, another site's word for where it comes from.
        let machine = [
            FORM,
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "https://mail.example"),
        ];
        server
            .ask("POST", &path, &machine, "List-Unsubscribe=One-Click")
            .is(200);
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Unsubscribed)
        );
        server
            .ask("POST", &path, &machine, "List-Unsubscribe=One-Click")
            .is(200);
        let ada = block_on(trial.find_subscriber(&EmailAddress::parse(ADA).unwrap()))
            .unwrap()
            .unwrap();
        let last = block_on(trial.consents(ada.id)).unwrap().pop().unwrap();
        assert_eq!(last.how, "one-click");
    });
}

#[test]
fn nothing_tells_whether_an_address_is_known() {
    on_each("", |world, server, trial| {
        subscribe(world, server);
        let answer = |address: &str| {
            let reply = server.post("/subscribe", &[("address", address), ("list", "weekly")]);
            let head: Vec<&str> = reply
                .head
                .lines()
                .filter(|line| !line.starts_with("date:"))
                .collect();
            (head.join("\n"), reply.text())
        };
        assert_eq!(answer("ada@gull.example"), answer("nobody@gull.example"));
        let account = |address: &str| {
            server
                .post("/account", &[("address", address)])
                .is(200)
                .text()
        };
        assert_eq!(account(ADA), account("stranger@gull.example"));
        assert_eq!(
            state(trial, ADA, "weekly"),
            Some(SubscriptionState::Confirmed)
        );
    });
}

#[test]
fn who_is_forgotten_stays_so_until_they_come_back_themselves() {
    on_each("", |world, server, trial| {
        subscribe(world, server);
        server.get("/account").is(200).says(&["name=\"address\""]);
        server.post("/account", &[("address", ADA)]).is(200);
        let account = letter(world, 2);
        let path = link(&account, "/account/");
        server
            .get(path)
            .is(200)
            .says(&["Ada@gull.example", "The Weekly Gull", "confirmed"]);
        let export = server.post(&format!("{path}/export"), &[]).is(200);
        let export: serde_json::Value = serde_json::from_slice(&export.body).unwrap();
        assert_eq!(export["address"], "Ada@gull.example");
        assert_eq!(export["consents"][0]["form_version"], "1");
        let erase = format!("{path}/erase");
        server.post(&erase, &[]).is(422);
        server.get(&erase).is(405);
        server
            .post(&erase, &[("sure", "yes")])
            .is(200)
            .says(&["deleted"]);
        server.get(path).is(404);
        assert_eq!(state(trial, ADA, "weekly"), None);

        world.write("in.csv", "email,status\nada@gull.example,confirmed\n");
        let file = world.path("in.csv").display().to_string();
        let import = world.press(&["subscribers", "import", &file]).succeeds();
        assert!(import.err.contains("being erased"), "{import:?}");
        assert_eq!(state(trial, ADA, "weekly"), None);
        // Letters of that day are used up, even though nothing is known of the person any more.
        server
            .post("/subscribe", &[("address", ADA), ("list", "weekly")])
            .is(200);
        assert_eq!(letters(&world.path("outbox")).len(), 2);
    });
}

#[test]
fn the_same_address_gets_one_letter_a_day_however_many_ask() {
    let more = "sign-ups = 1000000\nsign-ups-per-network = 1000000\n";
    on_each(more, |world, server, trial| {
        let ask = |network: usize| {
            let mut line = Line::open(&server.address);
            for round in 0..100 {
                let victim = (network * 100 + round) * 7 % 500;
                // Capitals, and letters outside ASCII in the domain, are no way around.
                let address = match round % 3 {
                    0 => format!("Victim{victim}@gull.example"),
                    1 => format!("victim{victim}@GULL.example"),
                    _ => format!("VICTIM{victim}@gull.example"),
                };
                let from = format!("198.51.100.{network}");
                let headers = [FORM, ("X-Forwarded-For", from.as_str())];
                let body = encode(&[("address", &address), ("list", "weekly")]);
                line.ask("POST", "/subscribe", &headers, &body).is(200);
            }
        };
        std::thread::scope(|scope| {
            for part in 0..4 {
                scope.spawn(move || (0..25).for_each(|network| ask(part * 25 + network)));
            }
        });
        let waiting =
            || Some(block_on(trial.letters_waiting()).unwrap()).filter(|waiting| *waiting == 0);
        wait_for("all letters", waiting);
        let letters = letters(&world.path("outbox"));
        let line = |letter: &String| {
            letter
                .lines()
                .find(|line| line.starts_with("To: "))
                .unwrap()
                .to_lowercase()
        };
        let mut to: Vec<String> = letters.iter().map(line).collect();
        to.sort();
        let count = to.len();
        to.dedup();
        assert_eq!((count, to.len()), (500, 500));
    });
}

#[test]
fn a_network_and_everybody_together_have_so_many_turns_an_hour() {
    let more = "sign-ups = 12\nsign-ups-per-network = 5\n";
    on_each(more, |_, server, _| {
        let ask = |from: &str, who: &str| {
            let headers = [FORM, ("X-Forwarded-For", from)];
            let body = encode(&[
                ("address", &format!("{who}@gull.example")),
                ("list", "weekly"),
            ]);
            server.ask("POST", "/subscribe", &headers, &body).status()
        };
        let of = |from: &str, name: &str| -> Vec<u16> {
            (0..6).map(|at| ask(from, &format!("{name}{at}"))).collect()
        };
        assert_eq!(of("192.0.2.1", "a"), [200, 200, 200, 200, 200, 429]);
        // A /64 is one customer.
        let mut turns = Vec::new();
        for host in 1..=6 {
            turns.push(ask(&format!("2001:db8:0:1::{host}"), &format!("b{host}")));
        }
        assert_eq!(turns, [200, 200, 200, 200, 200, 429]);
        // Refused ones were counted too: all turns of the hour are used up.
        assert_eq!(ask("192.0.2.99", "c"), 429);
        assert_eq!(server.get("/subscribe").status(), 200);
    });
}

#[test]
fn machines_that_fill_in_everything_or_do_no_work_come_slowly_or_not_at_all() {
    let more = "sign-ups-without-proof = 2\n";
    let trial = block_on(stores()).remove(0);
    let world = open(&trial, more);
    world.edit("press.toml", "proof-bits = 0", "proof-bits = 12");
    let server = Running::start(&world);
    let page = server.get("/subscribe").is(200).text();
    let challenge = page
        .split("data-challenge=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let post = |address: &str, nonce: &str| {
        let form = [
            ("address", address),
            ("list", "weekly"),
            ("challenge", challenge),
            ("nonce", nonce),
        ];
        server.post("/subscribe", &form).status()
    };
    let turns: Vec<u16> = (0..3)
        .map(|at| post(&format!("plain{at}@gull.example"), ""))
        .collect();
    assert_eq!(turns, [200, 200, 429]);
    let asked = press::pipeline::public::Challenge {
        text: challenge.to_owned(),
        bits: 12,
    };
    let nonce = press::pipeline::public::prove(&asked, "proved@gull.example");
    assert_eq!(post("proved@gull.example", &nonce), 200);
    assert_eq!(post("other@gull.example", &nonce), 429);

    let form = [
        ("address", "robot@gull.example"),
        ("list", "weekly"),
        ("website", "https://spam.example"),
    ];
    server
        .post("/subscribe", &form)
        .is(200)
        .says(&["Look into your mailbox"]);
    assert_eq!(state(&trial, "robot@gull.example", "weekly"), None);
}

#[test]
fn what_is_typed_wrong_is_told_and_stands_in_the_form() {
    on_each("", |_, server, _| {
        let typed = "<script>alert(1)</script>\"@gull";
        let page = server
            .post("/subscribe", &[("address", typed), ("list", "weekly")])
            .is(422);
        let page = page.says(&["role=\"alert\"", "&lt;script&gt;", "aria-invalid"]);
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
        server
            .post(
                "/subscribe",
                &[("address", "a@b.example"), ("list", "none")],
            )
            .is(422)
            .says(&["no such list"]);
        server
            .post("/subscribe", &[("address", "a@b.example")])
            .is(422)
            .says(&["at least one list"]);
        server
            .post("/account", &[("address", "nobody")])
            .is(422)
            .says(&["there is no @ in the address"]);
        for path in [
            "/confirm/none",
            "/preferences/none",
            "/unsubscribe/none",
            "/account/none",
        ] {
            server.get(path).is(404).says(&["This link opens nothing"]);
            server.post(path, &[]).status();
        }
    });
}

#[test]
fn forms_of_other_sites_are_refused() {
    on_each(
        "origins = [\"https://friends.example\"]\n",
        |_, server, _| {
            let body = encode(&[("address", "a@b.example"), ("list", "weekly")]);
            let post = |headers: &[(&str, &str)]| {
                let mut all = vec![FORM];
                all.extend_from_slice(headers);
                server.ask("POST", "/subscribe", &all, &body).status()
            };
            assert_eq!(post(&[("Origin", "https://evil.example")]), 403);
            assert_eq!(
                post(&[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")]),
                403
            );
            assert_eq!(post(&[("Sec-Fetch-Site", "same-site")]), 403);
            assert_eq!(
                post(&[
                    ("Origin", "https://friends.example"),
                    ("Sec-Fetch-Site", "cross-site")
                ]),
                200
            );
            assert_eq!(post(&[("Origin", "https://gull.example")]), 200);
            assert_eq!(post(&[]), 200);
        },
    );
}

#[test]
fn what_was_answered_with_success_is_there_after_a_power_cut() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let world = open(
            &trial,
            "sign-ups = 1000000\nsign-ups-per-network = 1000000\n",
        );
        for round in 0..3 {
            let server = Running::start(&world);
            let writer = |writer: usize, address: String| {
                std::thread::spawn(move || {
                    let mut line = Line::open(&address);
                    let name = |at: &usize| format!("r{round}w{writer}n{at}@gull.example");
                    let taken = |who: &String| {
                        let body = encode(&[("address", who), ("list", "weekly")]);
                        let reply = line.try_ask("POST", "/subscribe", &[FORM], &body);
                        reply.is_ok_and(|reply| reply.status() == 200)
                    };
                    (0..)
                        .map(|at| name(&at))
                        .take_while(taken)
                        .collect::<Vec<String>>()
                })
            };
            let writers: Vec<_> = (0..4)
                .map(|at| writer(at, server.address.clone()))
                .collect();
            let some = format!("r{round}w0n{}@gull.example", 10 * (round + 1));
            wait_for("some to be taken", || state(&trial, &some, "weekly"));
            server.kill();
            let taken: Vec<String> = writers
                .into_iter()
                .flat_map(|writer| writer.join().unwrap())
                .collect();
            assert!(taken.len() >= 10, "{}", taken.len());
            for who in taken {
                assert_eq!(
                    state(&trial, &who, "weekly"),
                    Some(SubscriptionState::Unconfirmed),
                    "{who}"
                );
            }
        }
    }
}

#[test]
fn who_never_answers_is_forgotten() {
    on_each("", |_, server, trial| {
        server
            .post("/subscribe", &[("address", ADA), ("list", "weekly")])
            .is(200);
        block_on(async {
            let now_s = jiff::Timestamp::now().as_second();
            assert_eq!(trial.forget_silent(now_s - 60).await.unwrap(), 0);
            assert_eq!(trial.forget_silent(now_s + 60).await.unwrap(), 1);
        });
        assert_eq!(state(trial, ADA, "weekly"), None);
    });
}

#[test]
fn it_ends_in_order_and_says_how_it_is() {
    let trial = block_on(stores()).remove(0);
    let world = open(&trial, "");
    let server = Running::start(&world);
    server.get("/healthz").is(200);
    server.get("/readyz").is(200);
    // A request that is not whole yet is waited for, and answered.
    let mut line = Line::open(&server.address);
    let body = encode(&[("address", ADA), ("list", "weekly")]);
    let head = format!(
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n{}: {}\r\nContent-Length: {}\r\n\r\n",
        FORM.0,
        FORM.1,
        body.len()
    );
    line.send(head.as_bytes()).unwrap();
    server.get("/healthz").is(200);
    let id = server.child.id().to_string();
    std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .unwrap();
    let said = std::sync::Arc::clone(&server.said);
    wait_for("the end to begin", || {
        said.lock()
            .unwrap()
            .iter()
            .any(|line| line.starts_with("ending"))
            .then_some(())
    });
    line.send(body.as_bytes()).unwrap();
    assert_eq!(line.read(false).unwrap().status(), 200);
    let mut server = server;
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert_eq!(
        state(&trial, ADA, "weekly"),
        Some(SubscriptionState::Unconfirmed)
    );
    let said = said.lock().unwrap().join("\n").to_lowercase();
    assert!(said.contains("\"route\":\"/subscribe\""), "{said}");
    assert!(!said.contains("ada@"), "{said}");
}

#[test]
fn a_place_that_is_taken_is_told() {
    let trial = block_on(stores()).remove(0);
    let world = open(&trial, "");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    world
        .press(&["server", "--listen", &place])
        .refuses(&["cannot listen at", "listen` under [server]"]);
}

#[test]
fn who_was_told_that_they_are_subscribed_is_so_after_a_power_cut() {
    for trial in block_on(stores()) {
        println!("on {}", trial.name());
        let world = open(
            &trial,
            "sign-ups = 1000000\nsign-ups-per-network = 1000000\n",
        );
        let server = Running::start(&world);
        let who = |at: usize| format!("reader{at}@gull.example");
        for at in 0..60 {
            server
                .post("/subscribe", &[("address", &who(at)), ("list", "weekly")])
                .is(200);
        }
        letter(&world, 60);
        let all = letters(&world.path("outbox"));
        let address = server.address.clone();
        let confirming = std::thread::spawn(move || {
            let mut line = Line::open(&address);
            let mut told = Vec::new();
            for letter in &all {
                let reply = line.try_ask("POST", link(letter, "/confirm/"), &[FORM], "");
                if !reply.is_ok_and(|reply| reply.status() == 200) {
                    break;
                }
                let line = letter.lines().find(|line| line.starts_with("To: "));
                told.push(line.unwrap()[4..].trim_matches(['<', '>']).to_owned());
            }
            told
        });
        let confirmed = || {
            let known = |at: &usize| {
                state(&trial, &who(*at), "weekly") == Some(SubscriptionState::Confirmed)
            };
            Some((0..60).filter(known).count()).filter(|count| *count >= 10)
        };
        wait_for("some to confirm", confirmed);
        server.kill();
        let told = confirming.join().unwrap();
        assert!(told.len() >= 9, "{}", told.len());
        for address in told {
            let state = state(&trial, &address, "weekly");
            assert_eq!(state, Some(SubscriptionState::Confirmed), "{address}");
        }
    }
}
