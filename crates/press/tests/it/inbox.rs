//! `press inbox`, `press take`, `press drop`: what sources found and nobody has chosen yet, and the database it is in.

use crate::collect::{Collecting, DRAFT};
use crate::forge::{Forge, merged};
use crate::server::Server;
use crate::world::{Run, World};
use jiff::{Timestamp, ToSpan};
use press::config::Config;
use press::pipeline::collect::{Waiting, inbox};
use std::fs;

pub(crate) const SOURCES: &str = r#"
[[source]]
name = "merged"
kind = "github-merged"
section = "changes"
organisation = "gull"
most = 0
api = "http://api.github.test"
"#;

/// A newsletter whose inbox has what a forge has.
fn filled() -> (Collecting, Server) {
    let forge = Forge {
        pulls: vec![
            merged(
                "gull/gull",
                1,
                "Add `[hints]` to Wing::fold",
                "2025-04-03T10:00:00Z",
            ),
            merged("gull/gull", 2, "Zap (all) cats", "2025-04-04T10:00:00Z"),
            // Issue 3 had this one: see the world's issues.
            merged("gull/wings", 30, "Longer wings", "2025-04-05T10:00:00Z"),
        ],
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, SOURCES);
    let world = &collecting.world;
    let past = world.read("content/003.md");
    world.write(
        "content/003.md",
        past.replace("https://code.example/", "https://github.test/"),
    );
    collecting.run();
    (collecting, server)
}

fn waiting(world: &World) -> Vec<Waiting> {
    inbox(
        &Config::load(world.folder(), None).unwrap(),
        Timestamp::now(),
    )
    .unwrap()
}

/// Numbers of what waits, by the end of its address.
#[track_caller]
fn id(world: &World, end: &str) -> String {
    let waiting = waiting(world);
    let found = waiting
        .iter()
        .find(|waiting| waiting.kept.candidate.url.ends_with(end));
    found.unwrap().kept.id.to_string()
}

#[track_caller]
pub(crate) fn fails(run: &Run, expected: &str) {
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(
        run.err.contains(expected),
        "{expected:?} is not in\n{}",
        run.err
    );
}

#[test]
fn a_second_run_adds_nothing_and_past_links_are_not_offered_again() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let first = waiting(world);
    assert_eq!(first.len(), 3);
    let again = collecting.run();
    assert_eq!(again.read[0].outcome.as_ref().unwrap().new, 0);
    assert_eq!(waiting(world).len(), 3);
    let past = first
        .iter()
        .find(|waiting| waiting.kept.candidate.url.ends_with("/30"))
        .unwrap();
    assert_eq!(past.published_in.as_deref(), Some("3"));

    let shown = world.press(&["inbox"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    assert!(
        shown.out.contains("zap (all) cats") && shown.out.contains("score 0"),
        "{}",
        shown.out
    );
    assert!(!shown.out.contains("longer wings"), "{}", shown.out);
    assert!(
        shown
            .err
            .contains("2 candidates; 1 more stood in an issue or the draft already"),
        "{}",
        shown.err
    );
    let all = world.press(&["inbox", "--all"]);
    assert!(all.out.contains("already in issue 3"), "{}", all.out);
}

#[test]
fn what_is_taken_stands_in_the_draft_and_waits_no_more() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let before = world.read(DRAFT);
    let taken = world.press(&["take", &id(world, "/1"), "--section", "Links"]);
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    let line = "* [add `[hints]` to `Wing::fold`](https://github.test/gull/gull/pull/1)";
    let text = world.read(DRAFT);
    assert!(text.contains(&format!("{line}\n")), "{text}");
    assert_eq!(text.replace(&format!("{line}\n\n"), ""), before);

    // The next one goes below it, and its marker is that of its neighbours.
    world.edit(DRAFT, line, &line.replacen('*', "-", 1));
    let taken = world.press(&["take", &id(world, "/2"), "--section", "links"]);
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    let both = format!(
        "{}\n- [zap (all) cats](https://github.test/gull/gull/pull/2)\n",
        line.replacen('*', "-", 1)
    );
    let text = world.read(DRAFT);
    assert!(text.contains(&both), "{text}");
    let left = waiting(world);
    assert_eq!(left.len(), 1, "{left:?}");

    collecting.run();
    assert_eq!(waiting(world).len(), 1);
}

#[test]
fn strangers_steer_no_terminal_and_lead_nowhere_odd() {
    let odd = |number: u64, url: &str, title: &str| {
        let mut pull = merged("gull/gull", number, title, "2025-04-03T10:00:00Z");
        pull["url"] = url.into();
        pull
    };
    let forge = Forge {
        pulls: vec![
            odd(1, "javascript:alert(1)", "A trap"),
            odd(2, "https://a.test/x y", "A gap"),
            odd(
                3,
                "https://a.test/(x)<y>",
                "Red \u{1b}[31m\u{7} alarm\nand more",
            ),
        ],
        ..Forge::default()
    };
    let server = Server::start(move |asked| forge.reply(asked));
    let collecting = Collecting::new(&server, SOURCES);
    let collected = collecting.run();
    let outcome = collected.read[0].outcome.as_ref().unwrap();
    assert!(outcome.found.notices[0].starts_with("2 found without an address"));
    let world = &collecting.world;
    let shown = world.press(&["inbox"]).out;
    assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    assert_eq!(
        world.press(&["take", "1", "--section", "links"]).code,
        Some(0)
    );
    let text = world.read(DRAFT);
    let line = "* [red \\[31m alarm and more](<https://a.test/(x)%3Cy%3E>)\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn what_is_dropped_does_not_come_back() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let number = id(world, "/2");
    let dropped = world.press(&["drop", &number]);
    assert_eq!(dropped.code, Some(0), "{}", dropped.err);
    assert!(
        dropped.err.contains("dropped: zap (all) cats"),
        "{}",
        dropped.err
    );
    collecting.run();
    assert_eq!(waiting(world).len(), 2);
    // A change of mind is possible.
    assert_eq!(world.press(&["take", &number]).code, Some(0));
    fails(&world.press(&["drop", &number]), "stands in 004.md already");
}

#[test]
fn what_stands_in_the_draft_is_not_put_in_twice() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let number = id(world, "/1");
    world.edit(
        DRAFT,
        "Bye.",
        "Bye, [you](https://github.test/gull/gull/pull/1/).",
    );
    let text = world.read(DRAFT);
    let entry = waiting(world)
        .into_iter()
        .find(|waiting| waiting.in_draft)
        .unwrap();
    assert_eq!(entry.kept.id.to_string(), number);
    assert_eq!(world.press(&["take", &number]).code, Some(0));
    assert_eq!(world.read(DRAFT), text);
}

/// What `press inbox` shows at a moment, by the ends of the addresses.
fn shown_at(world: &World, all: bool, now: Timestamp) -> Vec<String> {
    let config = Config::load(world.folder(), None).unwrap();
    let shown = press::pipeline::inbox::inbox(&config, all, now).unwrap();
    let shown = serde_json::to_value(shown).unwrap();
    let url = |one: &serde_json::Value| one["url"].as_str().unwrap().to_owned();
    let urls = shown.as_array().unwrap().iter().map(url);
    urls.map(|url| url.rsplit('/').next().unwrap().to_owned())
        .collect()
}

#[test]
fn what_rests_or_is_for_a_later_issue_comes_back() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let (one, two) = (id(world, "/1"), id(world, "/2"));
    let now = Timestamp::now();
    assert_eq!(shown_at(world, false, now), ["1", "2"]);

    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = day.saturating_add(40.days()).to_string();
    let rests = world.press(&["inbox", "snooze", &one, "--until", &until, "--by", "Eve"]);
    assert_eq!(rests.code, Some(0), "{}", rests.err);
    // The draft is for issue 4, so there is a next issue without a schedule.
    let moved = world.press(&["inbox", "move", &two, "--by", "Eve"]);
    assert!(moved.err.contains("moved to issue 5: zap"), "{}", moved.err);
    assert!(shown_at(world, false, now).is_empty());
    let mut all = shown_at(world, true, now);
    all.sort();
    assert_eq!(all, ["1", "2", "30"]);
    let later = now.saturating_add((41 * 24).hours()).unwrap();
    assert_eq!(shown_at(world, false, later), ["1"]);
    world.edit(DRAFT, "Number: 4", "Number: 5");
    assert_eq!(shown_at(world, false, now), ["2"]);
    world.edit(DRAFT, "Number: 5", "Number: 4");

    let shown = world.press(&["inbox"]);
    let end =
        "0 candidates; 1 more stood in an issue or the draft already, 2 more for later (`--all`)";
    assert!(shown.err.contains(end), "{}", shown.err);
    let all = world.press(&["inbox", "--all"]).out;
    assert!(all.contains(&format!("rests until {until}")), "{all}");
    assert!(all.contains("issue 5"), "{all}");
    // A source that finds them again wakes none.
    collecting.run();
    assert!(shown_at(world, false, now).is_empty());
    // What is moved twice goes on.
    let moved = world.press(&["inbox", "move", &two]);
    assert!(moved.err.contains("moved to issue 6"), "{}", moved.err);
    fails(
        &world.press(&["inbox", "move", &two, "--to", "3"]),
        "issue 3 is closed",
    );
    fails(
        &world.press(&["inbox", "snooze", &one, "--until", "2001-01-01"]),
        "is not ahead",
    );
}

#[test]
fn who_decided_what_is_written_down() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let (one, two) = (id(world, "/1"), id(world, "/2"));
    fails(
        &world.press(&["drop", &one, "--reason", "page-titel"]),
        "did you mean `page-title`?",
    );
    let dropped = world.press(&["drop", &one, "--reason", "page-title", "--by", "Eve"]);
    assert!(
        dropped.err.contains("dropped (page-title): add"),
        "{}",
        dropped.err
    );
    fails(&world.press(&["inbox", "move", &one]), "was dropped");
    world
        .press(&["take", &one, "--section", "links", "--by", "Ada"])
        .succeeds();
    world.press(&["inbox", "decline", &two]).succeeds();
    let shown = world.press(&["inbox", "show", &one]).out;
    assert!(shown.contains("taken into 004.md"), "{shown}");
    let lines: Vec<&str> = shown.lines().rev().take(2).collect();
    assert!(lines[1].ends_with("dropped by Eve: page-title"), "{shown}");
    assert!(lines[0].ends_with("taken by Ada: 004.md: links"), "{shown}");
    let data = world
        .press(&["inbox", "show", &two, "--format", "json"])
        .out;
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["state"], "dropped");
    assert_eq!(data["history"][0]["who"], "editor");
    fails(
        &world.press(&["inbox", "show", "99"]),
        "there is no candidate 99",
    );
    for odd in ["x1", "0", "s0", "+1", "s+1", "1.5", "99999999999999999999"] {
        let run = world.press(&["inbox", "show", odd]);
        assert_eq!(run.code, Some(2), "{odd}");
        assert!(
            run.err.contains("12 is a candidate, s12 is a submission"),
            "{}",
            run.err
        );
    }
}

#[test]
fn choosing_wrongly_is_told() {
    let (collecting, _server) = filled();
    let world = &collecting.world;
    let number = id(world, "/1");
    fails(&world.press(&["take", "99"]), "there is no candidate 99");
    fails(
        &world.press(&["take", &number, "--section", "lniks"]),
        "did you mean `links`?",
    );
    fails(
        &world.press(&["take", &number, "--section", "talks"]),
        "put its heading into the draft",
    );
    fs::remove_file(world.path(DRAFT)).unwrap();
    fails(&world.press(&["take", &number]), "there is no draft");
    assert_eq!(waiting(world).len(), 3);
}

#[test]
fn an_empty_inbox_makes_no_file() {
    let world = World::new(1);
    let shown = world.press(&["inbox"]);
    assert_eq!((shown.code, shown.err.trim()), (Some(0), "0 candidates"));
    assert!(!world.path("data").exists());
    fails(&world.press(&["collect"]), "there are no sources to read");
}
