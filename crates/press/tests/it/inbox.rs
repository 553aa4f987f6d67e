//! `press inbox`, `press take`, `press drop`: what sources found and nobody has chosen yet, and the database it is in.

use crate::collect::{Collecting, DRAFT};
use crate::forge::{Forge, merged};
use crate::server::Server;
use crate::world::{Run, World};
use press::config::Config;
use press::pipeline::collect::{Waiting, inbox};
use press::store::{Candidate, State, Store};
use std::fs;
use std::process::Command;

const SOURCES: &str = r#"
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
    inbox(&Config::load(world.folder(), None).unwrap()).unwrap()
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
fn fails(run: &Run, expected: &str) {
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
    let without = text.replace(&format!("{line}\n"), "");
    assert_eq!(without.replace("\n\n", "\n"), before.replace("\n\n", "\n"));

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

/// A store in a folder that vanishes.
fn store(work: impl AsyncFnOnce(&std::path::Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/press.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work(&path));
}

fn candidate(page: &str) -> Candidate {
    Candidate {
        page: page.to_owned(),
        url: format!("https://{page}"),
        title: "A title".to_owned(),
        source: "feed".to_owned(),
        points: Some(1),
        ..Candidate::default()
    }
}

#[test]
fn a_damaged_store_is_refused_and_stays_as_it_is() {
    store(async |path| {
        for text in [
            "This is no database, but it is long enough to be one, and somebody may want it back.",
            "x",
        ] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.repeat(100)).unwrap();
            let said = Store::open(path).await.unwrap_err().message();
            assert!(
                said.contains("is damaged") && said.contains("move it away"),
                "{said}"
            );
            assert_eq!(fs::read_to_string(path).unwrap(), text.repeat(100));
        }
    });
}

#[test]
fn a_store_of_a_newer_press_is_refused() {
    store(async |path| {
        Store::open(path).await.unwrap().close().await;
        // The version stands in the file's head.
        let mut bytes = fs::read(path).unwrap();
        bytes[60..64].copy_from_slice(&99u32.to_be_bytes());
        fs::write(path, bytes).unwrap();
        let said = Store::open(path).await.unwrap_err().message();
        assert!(said.contains("newer press"), "{said}");
    });
}

#[test]
fn two_that_write_at_once_lose_nothing() {
    store(async |path| {
        let (one, other) = tokio::join!(Store::open(path), Store::open(path));
        let (one, other) = (one.unwrap(), other.unwrap());
        let pages = |from: usize| {
            (from..from + 50)
                .map(|at| candidate(&format!("a.example/{at}")))
                .collect::<Vec<_>>()
        };
        let (low, high) = (pages(0), pages(25));
        let (first, second) = tokio::join!(
            one.record_candidates(&low, 1),
            other.record_candidates(&high, 2)
        );
        assert_eq!(first.unwrap().new + second.unwrap().new, 75);
        assert_eq!(one.candidates(State::Open).await.unwrap().len(), 75);
    });
}

#[test]
fn reception_is_brought_up_to_date_and_first_sight_stays() {
    store(async |path| {
        let store = Store::open(path).await.unwrap();
        store
            .record_candidates(&[candidate("a.example")], 10)
            .await
            .unwrap();
        let later = Candidate {
            points: Some(7),
            title: "Other".to_owned(),
            ..candidate("a.example")
        };
        let recorded = store.record_candidates(&[later], 20).await.unwrap();
        assert_eq!((recorded.new, recorded.known), (0, 1));
        let kept = store.candidates(State::Open).await.unwrap();
        let kept = &kept[0];
        assert_eq!((kept.first_seen_s, kept.candidate.points), (10, Some(7)));
        assert_eq!(kept.candidate.title, "A title");
        assert_eq!(store.find_generated("004.md", "links").await.unwrap(), None);
        for text in ["one", "two"] {
            store
                .record_generated("004.md", "links", text, 30)
                .await
                .unwrap();
        }
        let generated = store.find_generated("004.md", "links").await.unwrap();
        assert_eq!(generated.as_deref(), Some("two"));
    });
}

#[test]
fn a_store_that_may_not_be_written_is_told() {
    // Whoever may do everything may write everywhere.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let world = World::new(1);
    world.write("data", "a file where the folder should be");
    world.write(
        "press.toml",
        format!("{}{SOURCES}", world.read("press.toml")),
    );
    let run = world.press(&["collect"]);
    fails(&run, "cannot make the folder");
    if root {
        println!("as root nothing is read-only: only half is tested");
        return;
    }
    store(async |path| {
        use std::os::unix::fs::PermissionsExt;
        Store::open(path).await.unwrap().close().await;
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o555)).unwrap();
        let store = Store::open(path).await;
        let said = match store {
            Ok(store) => store
                .record_candidates(&[candidate("a.example")], 1)
                .await
                .unwrap_err(),
            Err(error) => error,
        };
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(said.message().contains("ls -ld"), "{}", said.message());
    });
}
