//! A night with places to put the site and channels that hear of the issue: once everywhere, and the threads are linked.

use super::stage::{Stage, git};
use crate::announce::{CHANNELS, tables};
#[cfg(unix)]
use crate::world::wait_for;

/// A night that puts the site into a folder, which the host shows, and posts into two channels, one of them a forum.
pub(super) fn stage(readers: usize) -> Stage {
    stage_with(readers, "")
}

/// The same with more in its configuration.
pub(super) fn stage_with(readers: usize, places: &str) -> Stage {
    let stage = Stage::new(readers);
    let toml = stage
        .world
        .read("press.toml")
        .replace("verify = true\n", "");
    let kinds: Vec<&str> = CHANNELS.iter().map(|(kind, ..)| *kind).collect();
    let more = format!(
        "[[deploy]]\nname = \"host\"\nkind = \"folder\"\nfolder = \"public\"\n\
         [[deploy]]\nname = \"pages\"\nkind = \"git\"\nrepository = \"{}\"\nbranch = \"pages\"\n\
         {places}\
         [announcement]\nprivate = [\"127.0.0.1\"]\ntimeout-s = 5\n{}",
        stage.pages().display(),
        tables(&kinds, &stage.town_address())
    );
    stage.world.write("press.toml", format!("{toml}\n{more}"));
    stage.world.edit(
        ".gitignore",
        "/data/",
        "/data/\n/public\n/.public*\n/public.*\n/posts/",
    );
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "Everywhere"],
    );
    git(&stage.world, &["push", "--quiet"]);
    stage.shows("public");
    stage
}

#[track_caller]
pub(super) fn assert_one_post_each(stage: &Stage) {
    for (kind, ..) in CHANNELS {
        assert_eq!(stage.town.posts(kind).len(), 1, "{kind}");
    }
    assert_eq!(*stage.town.complaints.lock().unwrap(), [""; 0]);
}

#[test]
fn an_issue_goes_everywhere_once_and_says_where_it_is_discussed() {
    let stage = stage(3);
    let plan = stage.press(&["publish", "--dry-run"]).succeeds();
    insta::assert_snapshot!(stage.masked(&plan.out));
    let run = stage.publish().succeeds();
    assert!(run.err.contains("everything is done"), "{}", run.err);
    assert_one_post_each(&stage);
    let text = stage.world.read("content/003.md");
    assert!(text.contains("the forum"), "{text}");
    let page = stage.world.read("public/issues/3/index.html");
    assert!(page.contains("the forum"), "the link is out, too");
    assert_eq!(
        stage.remote_log()[..3],
        [
            "Draft of 2025-04-09",
            "Say where The Weekly Gull 3 is discussed",
            "Publish The Weekly Gull 3"
        ]
    );
    let again = stage.press(&["publish", "3", "--yes"]).succeeds();
    assert!(
        again.err.contains("everything is done"),
        "{}\n{}",
        again.err,
        again.out
    );
    assert_one_post_each(&stage);
    assert_eq!(stage.relay.recipients().len(), 3);
}

#[test]
fn what_was_written_and_not_committed_is_called_what_it_is_by_the_next_run() {
    let stage = stage(1);
    stage.hook("commit-msg", "! grep -q '^Say where' \"$1\"");
    assert_eq!(stage.publish().code, Some(1), "a hook refuses the links");
    assert!(stage.world.read("content/003.md").contains("the forum"));
    std::fs::remove_file(stage.world.path(".git/hooks/commit-msg")).unwrap();
    stage.press(&["publish", "3", "--yes"]).succeeds();
    assert_eq!(
        stage.remote_log()[..3],
        [
            "Say where The Weekly Gull 3 is discussed",
            "Draft of 2025-04-09",
            "Publish The Weekly Gull 3"
        ]
    );
    assert_one_post_each(&stage);
}

#[test]
fn a_rehearsal_posts_into_files() {
    let stage = stage(2);
    let run = stage.press(&["publish", "--rehearse"]).succeeds();
    assert!(run.err.contains("the posts: "), "{}", run.err);
    assert!(
        CHANNELS
            .iter()
            .all(|(kind, ..)| stage.town.posts(kind).is_empty())
    );
    assert!(!stage.world.path("public").exists());
    let posts = stage.world.tree(".press/rehearsal/posts");
    assert_eq!(posts.len(), CHANNELS.len(), "{:?}", posts.keys());
}

#[test]
fn secrets_that_are_missing_are_told_before_anything_is_done() {
    let stage = stage(2);
    let toml = stage.world.read("press.toml");
    let more = "[[announce]]\nname = \"chat\"\nkind = \"discord\"\nsecret-env = \"GULL_CHAT\"\n";
    stage.world.write("press.toml", format!("{toml}\n{more}"));
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "A chat"],
    );
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err
            .contains("secrets: not set: GULL_CHAT (posts in chat)"),
        "{}",
        run.err
    );
}

#[test]
fn a_hub_hears_of_the_feeds_and_a_mailbox_of_our_own_has_the_mail() {
    let hub = crate::server::Server::start(|_| crate::server::send(204, "", ""));
    let stage = Stage::new(2);
    let toml = stage.world.read("press.toml");
    let toml = toml.replace("kind = \"smtp\"", "kind = \"file\"\nfolder = \"outbox\"");
    let toml = toml.replace(
        "verify = true\n",
        &format!("verify = true\nwebsub = \"http://{}/hub\"\n", hub.address),
    );
    let seed =
        "[[seed]]\nname = \"ours\"\naddress = \"reader-0@readers.example\"\nmaildir = \"outbox\"\n";
    stage.world.write("press.toml", format!("{toml}\n{seed}"));
    stage.world.edit(".gitignore", "/data/", "/data/\n/outbox/");
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "A hub and a mailbox"],
    );
    let run = stage.publish().succeeds();
    assert!(
        run.err
            .contains("the mail has arrived: ours: done: arrived in "),
        "{}",
        run.err
    );
    let bodies: Vec<String> = hub.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies.len(), 5, "{bodies:?}");
    assert!(
        bodies
            .iter()
            .all(|body| body.starts_with("hub.mode=publish&hub.url=http")),
        "{bodies:?}"
    );
    stage.press(&["publish", "3", "--yes"]).succeeds();
    assert_eq!(hub.asked().len(), 5);
}

#[cfg(unix)]
#[test]
fn all_places_are_served_at_once_and_what_programs_say_is_told() {
    // Each waits until the other is at it.
    let place = |name: &str, other: &str| {
        let program = format!(
            "touch data/{name}; until [ -e data/{other} ]; do sleep 0.02; done; echo met {other}"
        );
        format!(
            "[[deploy]]\nname = \"{name}\"\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"{program}\"]\ntimeout-s = 60\n"
        )
    };
    let places = place("one", "two") + &place("two", "one");
    let stage = stage_with(2, &places);
    let run = stage.publish().succeeds();
    for part in ["note: one: met two", "note: two: met one"] {
        assert!(run.err.contains(part), "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_place_that_takes_long_lets_nobody_else_take_over() {
    let place = "[[deploy]]\nname = \"slow\"\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"touch data/begun; until [ -e data/go ]; do sleep 0.02; done\"]\ntimeout-s = 60\n";
    let stage = stage_with(2, place);
    let child = stage
        .command(&["publish", "--yes"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    wait_for("the deployment", || {
        stage.world.path("data/begun").exists().then_some(())
    });
    let config = press::config::Config::load(stage.world.folder(), None).unwrap();
    let held_until = || {
        press::pipeline::runtime().unwrap().block_on(async {
            let store = press::store::Store::open(&config.store).await.unwrap();
            let held = store.find_publication("3").await.unwrap();
            held.unwrap().held_until_s
        })
    };
    let first = held_until();
    wait_for("a word that it is still at it", || {
        (held_until() > first).then_some(())
    });
    stage.world.write("data/go", "");
    assert!(child.wait().unwrap().success());
    assert_eq!(held_until(), 0, "it let go");
}
