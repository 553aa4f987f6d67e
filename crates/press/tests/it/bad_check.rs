//! `press check` where something is missing or not as it should be: it says what was not judged, and why.

use crate::world::World;
use std::path::Path;
use std::process::Command;

const DRAFT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n\
    * [One](https://one.example/)\n- [Two](https://two.example/)\n\n## Changes\n\n* [Three](https://three.example/)\n";

fn drafted() -> World {
    let world = World::new(3);
    world.write("draft/004.md", DRAFT);
    world
}

fn git(folder: &Path, arguments: &[&str]) {
    let settings = [
        "-c",
        "user.name=Gull",
        "-c",
        "user.email=gull@example.org",
        "-c",
        "commit.gpgsign=false",
    ];
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(settings).args(arguments);
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn a_file_that_is_no_text_hides_no_other() {
    let world = drafted();
    world.write("binary.md", b"\xff\xfe\x00\x01\x80");
    let draft = world.path("draft/004.md").display().to_string();
    let binary = world.path("binary.md").display().to_string();
    let run = world.press(&["check", &binary, &draft]);
    assert_eq!(run.code, Some(2), "{}{}", run.out, run.err);
    assert!(run.out.contains("list-marker"), "{}", run.out);
    assert!(
        run.err.contains("binary.md is not a UTF-8 text"),
        "{}",
        run.err
    );
}

#[test]
fn every_file_that_cannot_be_judged_is_named() {
    let world = drafted();
    let path = |name: &str| world.path(name).display().to_string();
    let run = world.press(&["check", &path("lost.md"), &path("gone.md")]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("lost.md"), "{}", run.err);
    assert!(run.err.contains("gone.md"), "{}", run.err);
    assert!(run.err.contains("0 texts checked"), "{}", run.err);
}

#[test]
fn a_folder_stands_for_its_texts() {
    let world = drafted();
    let path = |name: &str| world.path(name).display().to_string();
    let run = world.press(&["check", &path("draft")]);
    assert!(run.err.contains("1 text checked"), "{}", run.err);
    world.write("empty/picture.svg", "<svg/>");
    let run = world.press(&["check", &path("empty")]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("there is no text in"), "{}", run.err);
}

#[test]
fn control_characters_and_nothing_at_all_are_judged() {
    let world = drafted();
    for text in [
        "",
        "\n",
        "\0\0\0",
        "\u{feff}",
        "---\n",
        "+++\ntitle = 1\n",
        "Title:\nDate: \n\n# \n",
    ] {
        world.write("draft/005.md", text);
        let run = world.press(&["check"]);
        assert!(
            matches!(run.code, Some(0 | 1)),
            "{text:?}: {}{}",
            run.out,
            run.err
        );
        assert!(run.err.contains("1 text checked"), "{text:?}: {}", run.err);
        let run = world.press(&["check", "--unsafe-fixes"]);
        assert!(
            matches!(run.code, Some(0 | 1)),
            "{text:?}: {}{}",
            run.out,
            run.err
        );
    }
}

#[test]
fn without_a_newsletter_or_a_draft_it_says_what_to_do() {
    let nowhere = tempfile::tempdir().unwrap();
    std::fs::write(nowhere.path().join("a.md"), "Hello.\n").unwrap();
    crate::world::press_in(nowhere.path(), &["check", "a.md"])
        .refuses(&["no press.toml", "press init"]);
    World::new(1)
        .press(&["check"])
        .refuses(&["there is no draft", "press check content"]);
}

#[test]
fn without_earlier_issues_it_says_what_was_not_compared() {
    let world = World::new(0);
    world.write("draft/001.md", DRAFT.replace('4', "1"));
    let run = world.press(&["check"]);
    assert!(
        run.err.contains("compare with the archive did not check"),
        "{}",
        run.err
    );
}

#[test]
fn since_a_revision_needs_a_repository_and_the_revision() {
    let world = drafted();
    let draft = world.path("draft/004.md").display().to_string();
    let refused = world.press(&["check", "--since", "HEAD", &draft]);
    refused.refuses(&[
        "cannot tell what changed",
        "no Git repository",
        "leave out `--since`",
    ]);
    git(world.folder(), &["init", "-q"]);
    let refused = world.press(&["check", "--since", "v9", &draft]);
    refused.refuses(&["since v9", "name a commit, a branch or a tag"]);
}

#[test]
fn a_renamed_draft_is_compared_with_what_it_was() {
    let world = drafted();
    git(world.folder(), &["init", "-q"]);
    git(world.folder(), &["add", "-A"]);
    git(world.folder(), &["commit", "-q", "-m", "before"]);
    git(world.folder(), &["mv", "draft/004.md", "content/004.md"]);
    let issue = world.path("content/004.md").display().to_string();
    let since = || {
        world
            .press(&["check", "--since", "HEAD", &issue])
            .succeeds()
    };
    assert!(!since().out.contains("list-marker"));
    world.edit("content/004.md", "two.example/)", "two.example/2)");
    assert!(since().out.contains("list-marker"));
}

#[test]
fn a_text_outside_the_folder_is_the_issue_that_it_says_it_is() {
    let world = drafted();
    let elsewhere = tempfile::tempdir().unwrap();
    let text = "Title: The Weekly Gull 2\nNumber: 2\n\n## Links\n\n\
        * [Events so far](https://events.example/)\n\n## Upcoming Events\n\n\
        * 2020-01-01 | Oslo, NO | [Gulls](https://gulls.example/)\n    * [**One**](https://gulls.example/1)\n";
    let (dated, undated) = (
        elsewhere.path().join("2025-03-26-gull.md"),
        elsewhere.path().join("gull.md"),
    );
    for path in [&dated, &undated] {
        std::fs::write(path, text).unwrap();
    }
    let judged = |path: &Path| {
        world
            .press(&["check", "--format", "json", &path.display().to_string()])
            .out
    };
    assert!(judged(&dated).contains("past-event"), "{}", judged(&dated));
    assert!(!judged(&undated).contains("past-event"));
}

#[test]
fn what_no_editor_wrote_is_told_and_not_pondered() {
    let world = drafted();
    let head = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n";
    // Each of these once took minutes.
    for part in ["](", "[", "> ", "[a][b] ", "`a ", "<a ", "&amp;"] {
        world.write("draft/004.md", format!("{head}{}\n", part.repeat(60_000)));
        let run = world.press(&["check", "--format", "json"]);
        assert_eq!(run.code, Some(1), "{part}: {}", run.err);
        let size = run
            .out
            .lines()
            .find(|line| line.contains("\"rule\":\"size\""));
        assert!(
            size.is_some_and(|line| line.contains("\"line\":7")),
            "{part}: {}",
            run.out
        );
    }
    for line in ["# a\n", "recieve this\n", "* [a](https://a.example/)\n"] {
        world.write("draft/004.md", format!("{head}{}\n", line.repeat(6_000)));
        let run = world.press(&["check", "--format", "json"]);
        assert!(matches!(run.code, Some(0 | 1)), "{line}: {}", run.err);
    }
}
