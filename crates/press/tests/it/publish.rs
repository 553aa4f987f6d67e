//! `press publish`: a night with a repository, a remote, a host that serves the site, a relay; looked at, gone through,
//! interrupted, and refused.

mod correct;
mod everywhere;
mod killed;
mod sign;
pub(crate) mod stage;
mod store;

use crate::world::{day, issue};
use stage::{Stage, draft_path, git};

#[test]
fn a_night_is_gone_through_and_a_second_run_finds_nothing_to_do() {
    let stage = Stage::new(12);
    let plan = stage.press(&["publish", "--dry-run"]).succeeds();
    insta::assert_snapshot!(stage.masked(&plan.out));
    assert_eq!(stage.remote_tags(), "", "a dry run does nothing");

    let run = stage.publish().succeeds();
    assert!(run.err.contains("everything is done"), "{}", run.err);
    assert!(stage.world.path("content/003.md").is_file());
    assert!(!stage.world.path(draft_path()).exists());
    assert_eq!(stage.remote_tags(), "issue-3");
    assert_eq!(
        stage.remote_log(),
        ["Draft of 2025-04-09", "Publish The Weekly Gull 3", "Begin"]
    );
    let followed = ["log", "--format=%s", "--follow", "content/003.md"];
    assert_eq!(
        git(&stage.world, &followed),
        "Publish The Weekly Gull 3\nBegin"
    );
    assert_eq!(git(&stage.world, &["status", "--porcelain"]), "");
    assert_eq!(stage.relay.recipients().len(), 12);
    let asked = stage.host.lines().join("\n") + "\n";
    for path in ["/issues/3/", "/", "/atom.xml", "/rss.xml", "/feed.json"] {
        assert!(
            asked.contains(&format!(
                "GET 127.0.0.1{path}
"
            )),
            "{path} in {asked}"
        );
    }

    let before = stage.host.asked().len();
    let again = stage.press(&["publish", "3", "--yes"]).succeeds();
    assert!(again.err.contains("everything is done"), "{}", again.err);
    assert_eq!(stage.relay.recipients().len(), 12);
    assert_eq!(stage.host.asked().len(), before);
    insta::assert_snapshot!("a_night_that_is_over", stage.masked(&again.out));
}

#[test]
fn what_does_not_hold_is_told_all_at_once_and_nothing_is_done() {
    let stage = Stage::new(3);
    let text = issue(3)
        .replace("Number: 3", "Number: 7")
        .replace("(https://code.example/gull/wings/pull/30)", "()");
    stage.world.write_now(draft_path(), text);
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "Spoilt"],
    );
    stage.world.write(
        "press.toml",
        stage.world.read("press.toml") + "\n# A thought.\n",
    );
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    insta::assert_snapshot!(stage.masked(&run.out));
    for part in [
        "does not pass the gate",
        "number: ",
        "check: ",
        "not committed",
        "nothing was done",
    ] {
        assert!(run.err.contains(part), "{part:?} is not in\n{}", run.err);
    }
    assert_eq!(stage.remote_tags(), "");
    assert!(stage.world.path(draft_path()).is_file());
}

#[test]
fn a_condition_can_be_waived_but_not_the_check() {
    let stage = Stage::new(3);
    let text = issue(3).replace("(/about/)", "(/nowhere/)");
    stage.world.write_now(draft_path(), text);
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "A page to come"],
    );
    let run = stage
        .press(&["publish", "--yes", "--waive", "page"])
        .succeeds();
    assert!(run.err.contains("waived: page"), "{}", run.err);
    assert_eq!(stage.remote_tags(), "issue-3");

    let stage = Stage::new(3);
    let text = issue(3).replace("(https://code.example/gull/wings/pull/30)", "()");
    stage.world.write_now(draft_path(), text);
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "Spoilt"],
    );
    let run = stage.press(&["publish", "--yes", "--waive", "check"]);
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn what_others_pushed_is_got_first() {
    let stage = Stage::new(3);
    stage.somebody_pushes("pages/about.md", "Title: About\n\nWe love gulls.\n");
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err.contains("origin has 1 commits that are not here"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("git pull --ff-only origin main"),
        "{}",
        run.err
    );
    git(
        &stage.world,
        &["pull", "--quiet", "--ff-only", "origin", "main"],
    );
    stage.publish().succeeds();
}

#[test]
fn hooks_are_heeded_and_the_night_goes_on_when_they_agree() {
    let stage = Stage::new(3);
    stage.hook(
        "commit-msg",
        "grep -q Reviewed \"$1\" || { echo 'say who reviewed it' >&2; exit 1; }",
    );
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("say who reviewed it"), "{}", run.err);
    assert!(
        run.err
            .contains("done: gate, finish, promote; not done: commit"),
        "{}",
        run.err
    );
    assert_eq!(stage.relay.recipients().len(), 0);
    stage.world.edit(
        "press.toml",
        "links = false",
        "links = false\nmessage = \"Publish {title}\\n\\nReviewed\"",
    );
    git(
        &stage.world,
        &[
            "commit",
            "--quiet",
            "--no-verify",
            "-m",
            "Say who reviewed it",
            "press.toml",
        ],
    );
    let run = stage.publish();
    assert_eq!(
        run.code,
        Some(1),
        "the next draft's message says no reviewer: {run:?}"
    );
    assert_eq!(stage.relay.recipients().len(), 3);
    std::fs::remove_file(stage.world.path(".git/hooks/commit-msg")).unwrap();
    stage.publish().succeeds();
    assert_eq!(stage.relay.recipients().len(), 3);
}

#[test]
fn a_host_that_shows_something_else_holds_the_mail_up() {
    let stage = Stage::new(3);
    stage.host_shows("/issues/3/", "<h1>Maintenance</h1>");
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("is not as it was made"), "{}", run.err);
    assert!(
        run.err.contains("/issues/3/: 20 bytes there"),
        "{}",
        run.err
    );
    assert_eq!(stage.relay.recipients().len(), 0);
    stage.host_shows("/issues/3/", "");
    stage.publish().succeeds();
    assert_eq!(stage.relay.recipients().len(), 3);
}

#[test]
fn a_relay_that_refuses_holds_up_neither_the_next_draft_nor_the_rest_later() {
    let stage = Stage::new(3);
    stage.relay_refuses(true);
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        stage.world.path("draft").read_dir().unwrap().count() == 1,
        "the next draft is there"
    );
    stage.relay_refuses(false);
    stage.publish().succeeds();
    assert_eq!(stage.relay.recipients().len(), 3);
}

#[test]
fn single_steps_follow_those_before_them() {
    let stage = Stage::new(3);
    stage
        .press(&["publish", "--yes", "--only", "send"])
        .refuses(&["send comes after", "nothing was done"]);
    stage
        .press(&["publish", "--yes", "--only", "gate"])
        .succeeds();
    stage
        .press(&["publish", "--yes", "--only", "feast"])
        .refuses(&["the steps are gate, finish"]);
    let not_there = stage.press(&["publish", "99"]);
    not_there.refuses(&["there is no issue `99`"]);
}

#[test]
fn without_a_repository_an_issue_goes_out_all_the_same() {
    let stage = Stage::new(2);
    std::fs::remove_dir_all(stage.world.path(".git")).unwrap();
    let run = stage.publish().succeeds();
    assert!(run.out.contains("no Git repository"), "{}", run.out);
    assert_eq!(stage.relay.recipients().len(), 2);
}

#[test]
fn an_issue_of_tomorrow_waits() {
    let stage = Stage::new(2);
    let text = issue(3)
        .replace(&day(3), "2999-01-02")
        .replace("Number: 3", "Number: 50825");
    stage.world.write_now(draft_path(), text);
    git(
        &stage.world,
        &["commit", "--quiet", "--all", "-m", "Far away"],
    );
    let run = stage.publish();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err.contains("date: it is of 2999-01-02, in "),
        "{}",
        run.err
    );
}

#[test]
fn an_issue_that_went_out_otherwise_is_left_alone() {
    let stage = Stage::new(2);
    let run = stage.press(&["publish", "2", "--yes"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.err
            .contains("published already, and not by this command"),
        "{}",
        run.err
    );
    assert_eq!(stage.relay.recipients().len(), 0);
}

#[test]
fn a_rehearsal_goes_through_the_night_and_nothing_leaves_the_machine() {
    let stage = Stage::new(4);
    let before = (
        stage.world.tree("content"),
        stage.world.tree("draft"),
        stage.world.tree("data"),
    );
    let run = stage.press(&["publish", "--rehearse"]).succeeds();
    assert!(run.err.contains("that was a rehearsal"), "{}", run.err);
    assert!(
        run.err
            .contains("send: mail it to 12 people: done: 12 sent"),
        "{}",
        run.err
    );
    let after = (
        stage.world.tree("content"),
        stage.world.tree("draft"),
        stage.world.tree("data"),
    );
    assert!(before == after, "the newsletter is as it was");
    assert_eq!(stage.remote_tags(), "");
    assert_eq!(stage.remote_log(), ["Begin"]);
    assert_eq!(stage.relay.connections(), 0);
    assert_eq!(stage.host.asked().len(), 0);
    let mails = stage.world.tree(".press/rehearsal/mail");
    assert_eq!(mails.len(), 12, "{:?}", mails.keys());
    // Once more, from nothing.
    stage.press(&["publish", "--rehearse"]).succeeds();

    // What holds the night up holds its rehearsal up.
    stage.hook("commit-msg", "echo 'not on Mondays' >&2; exit 1");
    let run = stage.press(&["publish", "--rehearse"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("not on Mondays"), "{}", run.err);
}

#[test]
fn a_rehearsal_needs_no_repository_but_an_issue() {
    let stage = Stage::new(1);
    std::fs::remove_dir_all(stage.world.path(".git")).unwrap();
    stage.press(&["publish", "--rehearse"]).succeeds();
    std::fs::remove_dir_all(stage.world.path("content")).unwrap();
    std::fs::create_dir(stage.world.path("content")).unwrap();
    stage
        .press(&["publish", "--rehearse"])
        .refuses(&["a rehearsal needs an issue that is out"]);
}
