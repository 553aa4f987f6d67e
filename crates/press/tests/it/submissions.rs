//! Submissions: a contributor's link from the first answer to the draft, and what editors decide, on both databases.

mod forge;
#[cfg(unix)]
mod killed;
mod merging;
mod pulls;

pub(crate) use forge::Hosting;
pub(crate) use pulls::{by_the_book, everything_asked};

use crate::postgres::on_each;
use crate::world::World;
use jiff::Timestamp;
use press::config::Config;
use press::pipeline::submissions::{
    Already, Answer, Desk, Origin, Receipt, Refusal, Sender, Sent, Status, SubmissionState,
};
use press::store::Store;
use std::sync::Arc;

pub(crate) const DRAFT: &str = "draft/004.md";

pub(crate) const TEXT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\nHello.\n\n\
    ## Links\n\n<!-- Links go here -->\n\n- [Gulls of Kiel](https://kiel.example/gulls)\n\n\
    ## Upcoming Events\n\n### Europe\n\n\
    * 2025-06-03 | Kiel, DE | [Gull Friends](https://kiel.example/)\n    * [**A day at the sea**](https://kiel.example/sea)\n\n\
    ## Bye\n\nUntil next week.\n";

const EXTRA: &str = r#"
[schedule]
weekday = "wednesday"
first-date = "2025-03-19"
first-number = 1

[submissions]
per-sender = 3
per-host = 4
deadline-hours = 12
repository = "gull/weekly"
api = "http://api.github.test"
"#;

/// A newsletter with a draft that people send links for.
pub(crate) fn world() -> World {
    let world = World::new(3);
    let config = world.read("press.toml");
    world.write("press.toml", format!("{config}{EXTRA}"));
    world.write(DRAFT, TEXT);
    world
}

/// Half a day before the deadline of issue 4 in Berlin.
pub(crate) fn now() -> Timestamp {
    "2025-04-07T22:00:00Z".parse().unwrap()
}

fn later() -> Timestamp {
    "2025-04-08T12:00:00Z".parse().unwrap()
}

/// A desk that keeps its things in the database of a trial.
async fn desk(world: &World, store: &crate::postgres::Trial) -> Desk {
    let mut config = Config::load(world.folder(), None).unwrap();
    config.store = store.database.clone();
    Desk::open(&config).await.unwrap()
}

fn sent(url: &str) -> Sent {
    Sent {
        url: url.to_owned(),
        title: "How gulls sleep".to_owned(),
        section: Some("links".to_owned()),
        ..Sent::default()
    }
}

const ADA: Sender<'_> = Sender {
    origin: Origin::Form,
    key: "2001:db8::/64",
};

#[track_caller]
fn received(answer: Answer) -> Receipt {
    match answer {
        Answer::Received(receipt) => *receipt,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(answer: Answer) -> Refusal {
    match answer {
        Answer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn status(desk: &Desk, token: &str, now: Timestamp) -> Status {
    desk.status(token, now).await.unwrap().unwrap()
}

#[test]
fn a_sender_hears_everything_at_once() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let link = Sent {
            marks: vec!["Video".to_owned()],
            note: Some("I wrote it.".to_owned()),
            contact: Some("ada@terns.example".to_owned()),
            machine_written: Some(false),
            title: "How gulls sleep in the wind and why they never fall...".to_owned(),
            ..sent("https://sleep.example/gulls?utm_source=weekly&p=1")
        };
        let receipt = received(desk.submit(&link, ADA, now()).await.unwrap());
        assert_eq!(receipt.status.url, "https://sleep.example/gulls?p=1");
        assert_eq!(receipt.status.issue, Some(4));
        assert_eq!(receipt.status.state, SubmissionState::Queued);
        let address = &receipt.cleaned[0];
        assert_eq!(address.what, "address");
        assert!(address.from.contains("utm_source"));
        let rules: Vec<&str> = receipt
            .findings
            .iter()
            .map(|one| one.rule.as_str())
            .collect();
        let cleaned: Vec<&str> = receipt
            .cleaned
            .iter()
            .map(|one| one.what.as_str())
            .collect();
        assert!(
            rules.contains(&"truncated-title") || cleaned.contains(&"truncated-title"),
            "{rules:?} {cleaned:?}"
        );
        // What the sender is shown names nobody; the editor sees whom to answer.
        let shown = serde_json::to_string(&status(&desk, &receipt.token, now()).await).unwrap();
        assert!(
            !shown.contains("ada@") && !shown.contains("I wrote it"),
            "{shown}"
        );
        let entry = desk.entry(receipt.id).await.unwrap();
        assert_eq!(entry.contact.as_deref(), Some("ada@terns.example"));
        assert_eq!(entry.remark.as_deref(), Some("I wrote it."));
        assert!(entry.text.starts_with("* [video] ["), "{}", entry.text);
        let listed = desk
            .entries(&[SubmissionState::Queued], false, now())
            .await
            .unwrap();
        let listed = serde_json::to_string(&listed).unwrap();
        assert!(!listed.contains("ada@"), "{listed}");
        // And is forgotten when asked to be, while the link stays.
        assert!(desk.erase(&receipt.token).await.unwrap());
        assert!(!desk.erase(&receipt.token).await.unwrap());
        let entry = desk.entry(receipt.id).await.unwrap();
        assert_eq!((entry.contact, entry.remark), (None, None));
        assert_eq!(desk.status("guessed", now()).await.unwrap(), None);
        desk.close().await;
    });
}

#[test]
fn what_is_known_is_not_taken_in_again() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let ask = async |url: &str| desk.submit(&sent(url), ADA, now()).await.unwrap();
        let past = ask("http://www.birds.example/2/flight/?fbclid=1").await;
        let Answer::Known(Already::Published { issue, date, title }) = past else {
            panic!("{past:?}");
        };
        assert_eq!((issue, title.as_str()), (Some(2), "A gull in flight 2"));
        assert_eq!(date.to_string(), "2025-03-26");
        let draft = ask("https://kiel.example/gulls/").await;
        let section = "Links".to_owned();
        assert_eq!(draft, Answer::Known(Already::InDraft { section }));
        let first = received(ask("https://sleep.example/1").await);
        let again = ask("https://sleep.example/1#top").await;
        assert_eq!(again, Answer::Known(Already::Submitted { issue: Some(4) }));
        // What was declined may be sent again: its reason may be gone.
        desk.decline(first.id, "paywall", "eve", now())
            .await
            .unwrap();
        received(ask("https://sleep.example/1").await);
        desk.close().await;
    });
}

#[test]
fn too_much_is_refused_and_told_so() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let ask = async |url: &str, key: &str, now| {
            let sender = Sender { key, ..ADA };
            desk.submit(&sent(url), sender, now).await.unwrap()
        };
        for number in 0..3 {
            received(ask(&format!("https://sleep.example/{number}"), "a", now()).await);
        }
        let refusal = refused(ask("https://elsewhere.example/", "a", now()).await);
        assert!(refusal.message.contains("24 hours"), "{refusal:?}");
        assert_eq!(refusal.retry_after_s, Some(86_400));
        received(ask("https://sleep.example/3", "b", now()).await);
        let refusal = refused(ask("https://www.sleep.example/4", "c", now()).await);
        assert!(refusal.message.contains("sleep.example"), "{refusal:?}");
        // The window moves on.
        let tomorrow = now() + jiff::SignedDuration::from_hours(25);
        received(ask("https://sleep.example/5", "a", tomorrow).await);
        desk.close().await;
    });
}

#[test]
fn many_at_once_are_no_more_than_may_be() {
    on_each(async |store| {
        let world = world();
        let desk = Arc::new(desk(&world, store).await);
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..12 {
            let desk = Arc::clone(&desk);
            asking.spawn(async move {
                let link = sent(&format!("https://host{number}.example/"));
                let answer = desk.submit(&link, ADA, now()).await.unwrap();
                matches!(answer, Answer::Received(_))
            });
        }
        let taken = asking.join_all().await;
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 3);
    });
}

#[test]
fn what_cannot_be_a_link_is_refused_field_by_field() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let good = || sent("https://sleep.example/");
        let long = "x".repeat(5_000);
        for (field, link) in [
            ("url", sent("javascript:alert(1)")),
            ("url", sent("https://")),
            ("url", sent("https://user@sleep.example/")),
            ("url", sent("https://sleep.example/ a")),
            ("url", sent(&format!("https://sleep.example/{long}"))),
            (
                "title",
                Sent {
                    title: " \u{200b}\n".to_owned(),
                    ..good()
                },
            ),
            (
                "title",
                Sent {
                    title: long.clone(),
                    ..good()
                },
            ),
            (
                "note",
                Sent {
                    note: Some(long.clone()),
                    ..good()
                },
            ),
            (
                "contact",
                Sent {
                    contact: Some("call me".to_owned()),
                    ..good()
                },
            ),
            (
                "section",
                Sent {
                    section: Some("gossip".to_owned()),
                    ..good()
                },
            ),
            (
                "marks",
                Sent {
                    marks: vec!["](x".to_owned()],
                    ..good()
                },
            ),
        ] {
            let refusal = refused(desk.submit(&link, ADA, now()).await.unwrap());
            assert_eq!(refusal.field.as_deref(), Some(field), "{refusal:?}");
        }
        // A title is text, whatever it looks like.
        let link = Sent {
            title: "a](https://evil.example) <b> [c".to_owned(),
            ..good()
        };
        let receipt = received(desk.submit(&link, ADA, now()).await.unwrap());
        desk.accept(receipt.id, None, "eve", now()).await.unwrap();
        let entry = desk.entry(receipt.id).await.unwrap();
        assert_eq!(entry.url, "https://sleep.example/");
        desk.close().await;
    });
}

#[test]
fn after_the_deadline_it_is_for_the_next_issue() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let early = received(
            desk.submit(&sent("https://a.example/"), ADA, now())
                .await
                .unwrap(),
        );
        let late = received(
            desk.submit(&sent("https://b.example/"), ADA, later())
                .await
                .unwrap(),
        );
        assert_eq!((early.status.issue, late.status.issue), (Some(4), Some(5)));
        let moved = status(&desk, &early.token, later()).await;
        assert_eq!((moved.issue, moved.moved), (Some(5), true));
        assert_eq!(moved.history.last().unwrap().what, "moved");
        // An editor may take it all the same.
        desk.accept(early.id, None, "eve", later()).await.unwrap();
        let taken = status(&desk, &early.token, later()).await;
        assert_eq!(taken.state, SubmissionState::Accepted);
        desk.close().await;
    });
}

#[test]
fn editors_decide_and_the_history_says_so() {
    on_each(async |store| {
        let world = world();
        let desk = desk(&world, store).await;
        let receipt = received(
            desk.submit(
                &Sent {
                    section: None,
                    ..sent("https://a.example/")
                },
                ADA,
                now(),
            )
            .await
            .unwrap(),
        );
        let id = receipt.id;
        let error = desk
            .accept(id, None, "eve", now())
            .await
            .unwrap_err()
            .message();
        assert!(error.contains("--section"), "{error}");
        let error = desk
            .accept(id, Some("gossip"), "eve", now())
            .await
            .unwrap_err()
            .message();
        assert!(error.contains("no section `gossip`"), "{error}");
        let day = "2025-04-20".parse().unwrap();
        desk.snooze(id, day, "eve", now()).await.unwrap();
        assert!(
            desk.entries(&[SubmissionState::Queued], false, now())
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            desk.entries(&[SubmissionState::Queued], true, now())
                .await
                .unwrap()
                .len(),
            1
        );
        let past = desk
            .snooze(id, "2025-04-01".parse().unwrap(), "eve", now())
            .await;
        assert!(past.unwrap_err().message().contains("not ahead"));
        assert_eq!(
            desk.move_on(id, None, "eve", now()).await.unwrap().issue,
            Some(5)
        );
        let closed = desk
            .move_on(id, Some(3), "eve", now())
            .await
            .unwrap_err()
            .message();
        assert!(closed.contains("issue 3 is closed"), "{closed}");
        desk.accept(id, Some("Links"), "eve", now()).await.unwrap();
        let empty = desk.decline(id, " ", "eve", now()).await;
        assert!(empty.unwrap_err().message().contains("nothing says why"));
        let declined = desk.decline(id, "page-title", "eve", now()).await.unwrap();
        assert_eq!(declined.reason.as_deref(), Some("page-title"));
        let shown = status(&desk, &receipt.token, now()).await;
        let steps: Vec<&str> = shown
            .history
            .iter()
            .map(|step| step.what.as_str())
            .collect();
        assert_eq!(steps, ["sent", "moved", "accepted", "declined"]);
        assert!(shown.history.iter().all(|step| step.who.is_none()));
        assert!(
            desk.snooze(id, day, "eve", now())
                .await
                .unwrap_err()
                .message()
                .contains("declined")
        );
        assert!(
            desk.entry(99)
                .await
                .unwrap_err()
                .message()
                .contains("no submission 99")
        );
        desk.close().await;
    });
}

#[test]
fn a_number_without_its_letter_or_with_one_too_many_is_said_to_be_what_it_is() {
    let world = world();
    let config = Config::load(world.folder(), None).unwrap();
    crate::postgres::block_on(async {
        let desk = Desk::open(&config).await.unwrap();
        let link = sent("https://a.example/");
        received(desk.submit(&link, ADA, now()).await.unwrap());
        desk.decline(1, "paywall", "eve", now()).await.unwrap();
        desk.close().await;
    });
    for command in [&["inbox", "show", "1"][..], &["take", "1"]] {
        world.press(command).refuses(&[
            "there is no candidate 1",
            "s1 is “How gulls sleep”, declined",
            "`press inbox show s1` shows it",
        ]);
    }
    crate::postgres::block_on(async {
        let store = Store::open(&config.store).await.unwrap();
        let found = |page: &str| press::store::Candidate {
            page: page.to_owned(),
            url: format!("https://{page}/"),
            title: format!("Found at {page}"),
            source: "feed".to_owned(),
            ..Default::default()
        };
        let found = [found("b.example"), found("c.example")];
        store.record_candidates(&found, 1).await.unwrap();
        store.close().await;
    });
    for command in [&["inbox", "show", "s2"][..], &["take", "s2"]] {
        world.press(command).refuses(&[
            "there is no submission 2",
            "2 without an s is a candidate, “Found at c.example”",
            "`press inbox show 2` shows it",
        ]);
    }
}

#[test]
fn the_inbox_shows_both_and_commands_take_both() {
    let world = world();
    let config = Config::load(world.folder(), None).unwrap();
    let id = crate::postgres::block_on(async {
        let desk = Desk::open(&config).await.unwrap();
        let link = sent("https://a.example/");
        let receipt = received(desk.submit(&link, ADA, now()).await.unwrap());
        desk.close().await;
        let store = Store::open(&config.store).await.unwrap();
        let found = press::store::Candidate {
            page: "b.example".to_owned(),
            url: "https://b.example/".to_owned(),
            title: "Found".to_owned(),
            source: "feed".to_owned(),
            ..Default::default()
        };
        store.record_candidates(&[found], 1).await.unwrap();
        store.close().await;
        receipt.id
    });
    let shown = world.press(&["inbox"]).succeeds();
    assert!(
        shown.out.contains("s1  How gulls sleep") && shown.out.contains("Found"),
        "{}",
        shown.out
    );
    assert!(
        shown.err.contains("1 submission, 1 candidate"),
        "{}",
        shown.err
    );
    let json = world.press(&["inbox", "--format", "json"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (&json[0]["kind"], &json[0]["state"]),
        (&"submission".into(), &"queued".into())
    );
    assert_eq!(
        (&json[1]["kind"], &json[1]["source"]),
        (&"candidate".into(), &"feed".into())
    );
    world
        .press(&["inbox", "show", "77"])
        .refuses(&["no candidate 77", "`press inbox --all` lists them"]);
    let name = format!("s{id}");
    let taken = world.press(&["take", &name]).succeeds();
    assert!(
        taken.err.contains("accepted: Links: How gulls sleep"),
        "{}",
        taken.err
    );
    world.press(&["drop", &name]).refuses(&["nothing says why"]);
    world
        .press(&["drop", &name, "--reason", "paywall"])
        .succeeds();
    world
        .press(&["take", "sx"])
        .refuses(&["12 is a candidate, s12 is a submission"]);
    world
        .press(&["submissions", "snooze", "s9", "--until", "2099-01-01"])
        .refuses(&["no submission 9"]);
    let all = world.press(&["submissions", "list", "--all"]).succeeds();
    assert!(all.out.contains("declined · paywall"), "{}", all.out);
    // What is decided is found all the same.
    let shown = world.press(&["inbox", "show", &name]).succeeds();
    assert!(shown.out.contains("declined"), "{}", shown.out);
    let whole = world.press(&["submissions", "show", &name]).succeeds();
    assert!(
        whole.out.contains("declined by editor: paywall"),
        "{}",
        whole.out
    );
    assert_eq!(world.read(DRAFT), TEXT);
}
