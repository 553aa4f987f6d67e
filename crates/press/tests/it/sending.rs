//! `press send`, `press campaign`, `press worker`: an issue goes to a list, and everybody is accounted for.

use crate::postgres::of_its_own;
use crate::relay::{Act, Relay, Setup, Stage, say};
use crate::transport::relay_lines;
use crate::world::{Run, World, press};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const MAIL: &str = "[mail]\nfrom = \"Weekly <news@weekly.example>\"\n[sending]\nretry-s = 0\nattempts = 3\n[transport]\nkind = \"smtp\"\n";

/// A newsletter of two issues with so many readers, whose relay is this one.
pub(crate) fn newsletter(relay: &Relay, readers: usize) -> World {
    let world = World::new(2);
    let toml = world.read("press.toml");
    world.write(
        "press.toml",
        format!("{toml}\n{MAIL}{}", relay_lines(relay, "connections = 2")),
    );
    let mut people = "email,name,status\n".to_owned();
    for number in 0..readers {
        people.push_str(&format!(
            "reader-{number}@host-{}.example,Reader {number},confirmed\n",
            number % 3
        ));
    }
    world.write("people.csv", people);
    import(&world, "people.csv");
    world
}

pub(crate) fn import(world: &World, file: &str) {
    let path = world.path(file);
    world
        .press(&["subscribers", "import", path.to_str().unwrap()])
        .succeeds();
}

pub(crate) fn show(world: &World, campaign: &str) -> Value {
    let run = world
        .press(&["campaign", "show", campaign, "--format", "json"])
        .succeeds();
    serde_json::from_str(&run.out).unwrap()
}

/// The states that are not empty.
pub(crate) fn states(world: &World, campaign: &str) -> BTreeMap<String, i64> {
    let shown = show(world, campaign);
    assert_eq!(shown["holds"], true, "{shown}");
    let counts = shown["deliveries"].as_object().unwrap();
    let counts = counts
        .iter()
        .map(|(name, count)| (name.clone(), count.as_i64().unwrap()));
    counts
        .filter(|(name, count)| *count > 0 && name != "audience")
        .collect()
}

pub(crate) fn counts<const N: usize>(counts: [(&str, i64); N]) -> BTreeMap<String, i64> {
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

#[test]
fn an_issue_reaches_everybody_once_and_is_refused_the_second_time() {
    let relay = Relay::start();
    let world = newsletter(&relay, 30);
    let run = world.press(&["send", "2", "--confirm", "30"]).succeeds();
    assert!(run.out.contains("30 people = 30 sent"), "{}", run.out);
    let mut recipients = relay.recipients();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), 30);
    let accepted = relay.accepted();
    let first = String::from_utf8(accepted[0].content.clone()).unwrap();
    assert!(
        first.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{first}"
    );
    assert!(
        accepted[0].from.starts_with("bounces+c1-s"),
        "{}",
        accepted[0].from
    );
    let mut ids: Vec<&String> = accepted.iter().map(|one| &one.message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 30);
    // The same again is refused, with the day of the first.
    world.press(&["send", "2", "--confirm", "30"]).refuses(&[
        "went to list weekly already",
        "campaign 1 was made 20",
        "nothing was sent",
    ]);
    let text = world.read("content/002.md");
    world.write("content/002.md", format!("{text}\nA word more.\n"));
    let run = world.press(&["campaign", "show", "1"]).succeeds();
    assert!(
        run.out.contains("the issue has changed since"),
        "{}",
        run.out
    );
    assert_eq!(states(&world, "1"), counts([("sent", 30)]));
    assert_eq!(relay.accepted().len(), 30);
}

#[test]
fn nothing_leaves_that_was_not_meant_to() {
    let relay = Relay::start();
    let world = newsletter(&relay, 3);
    world
        .press(&["send", "2"])
        .refuses(&["3 people", "--confirm 3", "nothing was sent"]);
    world
        .press(&["send", "2", "--confirm", "4"])
        .refuses(&["3 people, not to 4", "nothing was sent"]);
    world
        .press(&["send", "2", "--list", "daily", "--confirm", "3"])
        .refuses(&["no list `daily`"]);
    world
        .press(&["send", "9", "--confirm", "3"])
        .refuses(&["9"]);
    let text = world.read("content/002.md");
    world.write("content/002.md", format!("{text}\n* [Nothing]()\n"));
    world.press(&["send", "2", "--confirm", "3"]).refuses(&[
        "hold it up",
        "press check",
        "nothing was sent",
    ]);
    world.write("content/002.md", text);
    for number in 0..3 {
        let address = format!("reader-{number}@host-{number}.example");
        world.press(&["subscribers", "remove", &address]).succeeds();
    }
    world
        .press(&["send", "2", "--confirm", "3"])
        .refuses(&["nobody would get it"]);
    assert!(relay.accepted().is_empty());
}

#[test]
fn a_test_goes_to_its_addresses_and_into_no_book() {
    let relay = Relay::start();
    let world = newsletter(&relay, 3);
    world
        .press(&[
            "send",
            "latest",
            "--test",
            "me@tern.example",
            "you@tern.example",
        ])
        .succeeds();
    assert_eq!(relay.recipients(), ["me@tern.example", "you@tern.example"]);
    let first = String::from_utf8(relay.accepted()[0].content.clone()).unwrap();
    assert!(first.contains("Subject: [test] "), "{first}");
    world
        .press(&["send", "latest", "--test", "me at tern"])
        .refuses(&["no address"]);
    let run = world.press(&["campaign", "list"]).succeeds();
    assert!(run.out.is_empty(), "{}", run.out);
}

#[test]
fn refusals_are_kept_apart_and_nobody_who_bounced_is_mailed_again() {
    let relay = Relay::scripted(|moment| match (moment.stage, moment.to) {
        (Stage::Recipient, "reader-0@host-0.example") => say("550 5.1.1 nobody here"),
        (Stage::Recipient, "reader-1@host-1.example") => say("552 5.2.2 mailbox full"),
        (Stage::Recipient, "reader-2@host-2.example") => say("450 4.2.1 not now"),
        (Stage::End, "reader-3@host-0.example") => Act::Close,
        _ => Act::Go,
    });
    let world = newsletter(&relay, 8);
    let run = world.press(&["send", "1", "--confirm", "8"]);
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    assert_eq!(
        states(&world, "1"),
        counts([("sent", 4), ("failed", 3), ("uncertain", 1)])
    );
    let shown = show(&world, "1");
    let failed = shown["undone"]["failed"].to_string();
    for said in ["nobody here", "mailbox full", "given up after 3 attempts"] {
        assert!(failed.contains(said), "{failed}");
    }
    assert!(
        !failed.contains("reader-"),
        "addresses are masked: {failed}"
    );
    // The next issue leaves out the one that is not there.
    let run = world.press(&["send", "2", "--confirm", "7"]);
    assert!(run.out.contains("7 people ="), "{}{}", run.out, run.err);
}

#[test]
fn what_is_uncertain_is_sent_again_only_on_demand_and_as_the_same_message() {
    let silent = AtomicBool::new(true);
    let relay = Relay::scripted(move |moment| {
        let hers = moment.stage == Stage::End && moment.to == "reader-1@host-1.example";
        match hers && silent.swap(false, Ordering::Relaxed) {
            true => Act::AcceptAndClose,
            false => Act::Go,
        }
    });
    let world = newsletter(&relay, 4);
    world.press(&["send", "1", "--confirm", "4"]);
    assert_eq!(states(&world, "1"), counts([("sent", 3), ("uncertain", 1)]));
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(relay.accepted().len(), 4);
    world
        .press(&["campaign", "resend-uncertain", "1"])
        .succeeds();
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(
        states(&world, "1"),
        counts([("queued", 1), ("sent", 3)]),
        "it waits to be resumed"
    );
    world.press(&["campaign", "resume", "1"]).succeeds();
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(states(&world, "1"), counts([("sent", 4)]));
    let twice: Vec<String> = relay
        .accepted()
        .into_iter()
        .filter(|one| one.to.starts_with("reader-1@"))
        .map(|one| one.message_id)
        .collect();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn a_refused_login_or_message_pauses_and_loses_nobody() {
    let relay = Relay::scripted(|moment| match moment.stage {
        Stage::End => say("554 5.7.1 this is spam"),
        _ => Act::Go,
    });
    let world = newsletter(&relay, 5);
    world
        .press(&["send", "1", "--confirm", "5"])
        .refuses(&["this is spam"]);
    let shown = show(&world, "1");
    assert_eq!(shown["state"], "paused");
    assert!(
        shown["reason"].as_str().unwrap().contains("refused"),
        "{shown}"
    );
    assert_eq!(states(&world, "1"), counts([("queued", 5)]));
    let locked = Setup {
        login: Some(("gull".to_owned(), "secret".to_owned())),
        ..Setup::default()
    };
    let locked = locked.start();
    let world = newsletter(&locked, 2);
    let run = world.press(&["send", "1", "--confirm", "2"]);
    assert_ne!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(locked.accepted().is_empty());
}

/// Resumes a campaign, and works until nothing is due.
fn go_on(world: &World) {
    world.press(&["campaign", "resume", "1"]).succeeds();
    world.press(&["worker", "--until-done"]);
}

#[test]
fn a_readers_filter_holds_nobody_up() {
    let relay = Relay::scripted(|moment| match (moment.stage, moment.to) {
        (Stage::End, "reader-4@host-1.example") => say("554 5.7.1 our filter says no"),
        _ => Act::Go,
    });
    let world = newsletter(&relay, 9);
    let run = world.press(&["send", "1", "--confirm", "9"]);
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    assert_eq!(states(&world, "1"), counts([("sent", 8), ("failed", 1)]));
    let shown = show(&world, "1");
    assert_eq!(shown["state"], "finished", "{shown}");
    let failed = &shown["undone"]["failed"][0];
    assert_eq!(failed["reply"], "554 5.7.1 our filter says no", "{shown}");
    assert_eq!(failed["attempts"], 2, "it had a second try: {shown}");
    // A filter says nothing of whether somebody is there.
    let run = world.press(&["send", "2", "--confirm", "9"]);
    assert!(run.out.contains("9 people ="), "{}{}", run.out, run.err);
}

#[test]
fn what_stopped_a_campaign_goes_last_and_does_not_stop_it_twice() {
    let relay = Relay::scripted(|moment| match (moment.stage, moment.to) {
        (Stage::End, "reader-0@host-0.example") => say("550 5.7.26 who are you"),
        _ => Act::Go,
    });
    let world = newsletter(&relay, 6);
    world
        .press(&["send", "1", "--confirm", "6"])
        .refuses(&["who are you"]);
    assert_eq!(show(&world, "1")["state"], "paused");
    go_on(&world);
    assert_eq!(states(&world, "1"), counts([("sent", 5), ("failed", 1)]));
    assert_eq!(show(&world, "1")["state"], "finished");
}

#[test]
fn a_relay_that_has_had_enough_stops_the_campaign_and_loses_nobody() {
    let (mended, taken) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
    let open = Arc::clone(&mended);
    let relay = Relay::scripted(move |moment| match moment.stage {
        Stage::End if open.load(Ordering::Relaxed) => Act::Go,
        Stage::End if taken.fetch_add(1, Ordering::Relaxed) >= 10 => say("554 5.7.1 enough of you"),
        _ => Act::Go,
    });
    let world = newsletter(&relay, 100);
    world
        .press(&["send", "1", "--confirm", "100"])
        .refuses(&["enough of you"]);
    for _ in 0..3 {
        let states = states(&world, "1");
        assert_eq!(states["sent"], 10, "{states:?}");
        assert!(!states.contains_key("failed"), "{states:?}");
        assert_eq!(show(&world, "1")["state"], "paused");
        go_on(&world);
    }
    mended.store(true, Ordering::Relaxed);
    go_on(&world);
    assert_eq!(states(&world, "1"), counts([("sent", 100)]));
}

#[test]
fn a_domain_that_refuses_everybody_is_left_alone_while_others_get_theirs() {
    let relay = Relay::scripted(|moment| match moment.stage {
        Stage::End if moment.to.ends_with("@host-2.example") => {
            say("550 5.7.1 we think it is spam")
        }
        _ => Act::Go,
    });
    let world = newsletter(&relay, 60);
    let toml = world
        .read("press.toml")
        .replace("retry-s = 0", "retry-s = 3000");
    world.write("press.toml", toml);
    let run = world.press(&["send", "1", "--confirm", "60"]);
    assert_eq!(
        states(&world, "1"),
        counts([("deferred", 20), ("sent", 40)])
    );
    assert!(
        run.err.contains("host-2.example refuses the message"),
        "{}",
        run.err
    );
    let tried = relay
        .commands()
        .iter()
        .filter(|said| said.contains("@host-2.example"))
        .count();
    assert!(tried < 15, "{tried} of 20 were tried");
}

#[test]
fn a_slice_goes_first() {
    let relay = Relay::start();
    let world = newsletter(&relay, 20);
    let run = world.press(&["send", "1", "--confirm", "20", "--slice", "10%"]);
    assert!(run.out.contains("paused"), "{}{}", run.out, run.err);
    assert_eq!(states(&world, "1"), counts([("queued", 18), ("sent", 2)]));
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(relay.accepted().len(), 2);
    world.press(&["campaign", "resume", "1"]).succeeds();
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(states(&world, "1"), counts([("sent", 20)]));
}

#[test]
fn a_sending_can_be_planned_and_called_off() {
    let relay = Relay::start();
    let world = newsletter(&relay, 4);
    world
        .press(&[
            "send",
            "1",
            "--confirm",
            "4",
            "--at",
            "2999-01-01T00:00:00Z",
        ])
        .succeeds();
    world.press(&["worker", "--until-done"]).succeeds();
    assert!(relay.accepted().is_empty());
    world.press(&["campaign", "cancel", "1"]).succeeds();
    world
        .press(&["campaign", "cancel", "1"])
        .refuses(&["campaign 1 is cancelled", "nothing was changed"]);
    world
        .press(&["campaign", "pause", "7"])
        .refuses(&["no campaign 7"]);
    world
        .press(&[
            "send",
            "1",
            "--confirm",
            "4",
            "--at",
            "2001-01-01T00:00:00Z",
        ])
        .succeeds();
    world.press(&["worker", "--until-done"]).succeeds();
    assert_eq!(states(&world, "2"), counts([("sent", 4)]));
    let listed = world.press(&["campaign", "list"]).succeeds();
    assert_eq!(listed.out.lines().count(), 2, "{}", listed.out);
}

#[test]
fn each_reader_gets_the_variant_that_was_chosen() {
    let relay = Relay::start();
    let world = newsletter(&relay, 2);
    let people = "email,status,text-only\nplain@host.example,confirmed,true\n";
    world.write("plain.csv", people);
    import(&world, "plain.csv");
    world.press(&["send", "1", "--confirm", "3"]).succeeds();
    for message in relay.accepted() {
        let content = String::from_utf8(message.content).unwrap();
        assert_eq!(
            content.contains("text/html"),
            message.to != "plain@host.example",
            "{content}"
        );
    }
}

/// So many people and kills: all of them where the tests take their time.
fn size() -> (&'static str, &'static str) {
    match std::env::var_os("CI") {
        Some(_) => ("20000", "50"),
        None => ("1500", "12"),
    }
}

/// A rehearsal, whose words on the way are given to `heard`.
fn rehearse(world: &World, more: &[&str], mut heard: impl FnMut(&str)) -> Value {
    let (people, kills) = size();
    let mut arguments = vec![
        "campaign", "rehearse", "--people", people, "--kills", kills, "--format", "json",
    ];
    arguments.extend(more);
    let mut child = press()
        .current_dir(world.folder())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        println!("{line}");
        heard(&line);
    }
    let run = Run::new(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.out);
    serde_json::from_str(&run.out).unwrap()
}

#[track_caller]
fn assert_good(account: &Value) {
    println!("{account}");
    for wrong in ["lost", "twice", "unknown", "open", "unequal", "without"] {
        assert_eq!(account[wrong], 0, "{wrong}: {account}");
    }
    let (people, kills) = size();
    assert_eq!(account["kills"].to_string(), kills);
    let accounted = |name: &str| account[name].as_i64().unwrap();
    let certain = accounted("people") - accounted("uncertain") - accounted("failed");
    let taken = certain + accounted("uncertain_taken");
    assert_eq!(accounted("taken"), taken, "of {people}: {account}");
}

#[test]
fn killed_again_and_again_it_loses_nobody_on_sqlite() {
    let world = World::new(2);
    assert_good(&rehearse(&world, &["--seed", "7"], |_| {}));
}

#[test]
fn killed_again_and_again_it_loses_nobody_on_postgresql_that_goes_away_too() {
    let Some((mut cluster, _)) = of_its_own() else {
        return;
    };
    let url = cluster.url("postgres");
    let world = World::new(2);
    let more = ["--workers", "4", "--seed", "8", "--database", url.as_str()];
    let account = rehearse(&world, &more, |line| {
        if line.starts_with("after 6 kills") {
            cluster.stop();
            cluster.start_again();
        }
    });
    assert_good(&account);
}
