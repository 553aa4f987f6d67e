//! `press correct`: what changed since readers saw it, and how it gets to them.

use super::stage::{Stage, git};

/// A newsletter whose third issue went out, and whose next one has a section for corrections.
fn published() -> Stage {
    let stage = Stage::new(2);
    let toml = stage.world.read("press.toml");
    let sections = "[[section]]\nid = \"corrections\"\ntitle = \"Corrections\"\n";
    stage
        .world
        .write("press.toml", format!("{toml}\n{sections}"));
    git(
        &stage.world,
        &[
            "commit",
            "--quiet",
            "--all",
            "-m",
            "Corrections have a section",
        ],
    );
    stage.publish().succeeds();
    stage
}

fn change(stage: &Stage, from: &str, to: &str) {
    let text = stage.world.read("content/003.md");
    assert!(text.contains(from), "{from}");
    stage
        .world
        .write_now("content/003.md", text.replace(from, to));
}

/// The entry of the third issue in the Atom feed: its id, and when it was updated.
fn entry(stage: &Stage) -> (String, String) {
    let feed = stage.world.read("site/atom.xml");
    let entry = feed
        .split("<entry>")
        .find(|entry| entry.contains("/issues/3/"))
        .unwrap();
    let value = |tag: &str| {
        let (_, rest) = entry.split_once(&format!("<{tag}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    (value("id"), value("updated"))
}

#[test]
fn a_typing_error_reaches_the_site_and_troubles_nobody() {
    let stage = published();
    let before = entry(&stage);
    change(&stage, "What gulls eat", "What gulls eet");
    let run = stage.press(&["correct", "3", "--yes"]).succeeds();
    assert!(run.err.contains("small: "), "{}", run.err);
    assert!(
        run.err.contains("nobody needs to hear of it"),
        "{}",
        run.err
    );
    assert_eq!(entry(&stage), before);
    assert!(
        stage
            .world
            .read("site/issues/3/index.html")
            .contains("What gulls eet")
    );
    assert!(!stage.world.read("content/003.md").contains("Modified"));
    assert_eq!(stage.remote_log()[0], "Correct The Weekly Gull 3");
    assert_eq!(git(&stage.world, &["status", "--porcelain"]), "");
    assert_eq!(stage.relay.recipients().len(), 2, "nobody gets it again");
    let again = stage.press(&["correct", "3", "--yes"]);
    again.refuses(&["nothing was corrected in content/003.md"]);
}

#[test]
fn a_wrong_link_is_told_in_feeds_under_the_issue_and_in_the_next_one() {
    let stage = published();
    let (id, updated) = entry(&stage);
    change(
        &stage,
        "https://birds.example/3/flight",
        "https://birds.example/three/flight",
    );
    let dry = stage
        .press(&["correct", "3", "--note", "--dry-run"])
        .succeeds();
    assert!(dry.out.contains("+*Correction, "), "{}", dry.out);
    assert!(dry.out.contains("+Modified: "), "{}", dry.out);
    assert!(!stage.world.read("content/003.md").contains("Correction"));
    let run = stage.press(&["correct", "3", "--note", "--yes"]).succeeds();
    let told = "a link of “A gull in flight 3” led to another page";
    assert!(
        run.err.contains(&format!("readers should hear: {told}")),
        "{}",
        run.err
    );
    let (same, later) = entry(&stage);
    assert_eq!(same, id);
    assert!(later > updated, "{later} after {updated}");
    let page = stage.world.read("site/issues/3/index.html");
    assert!(
        page.contains("Correction, ") && page.contains(told),
        "{page}"
    );
    let draft = stage.world.read("draft/2025-04-09.md");
    assert!(draft.contains("## Corrections\n"), "{draft}");
    assert!(draft.contains(&format!("/issues/3/): {told}.")), "{draft}");
    assert!(
        run.err.contains("the next issue tells of it"),
        "{}",
        run.err
    );
    assert_eq!(
        git(&stage.world, &["log", "-1", "--format=%b"]),
        format!("{told}.")
    );
    assert_eq!(git(&stage.world, &["status", "--porcelain"]), "");
}

#[test]
fn a_correction_that_was_interrupted_goes_on() {
    let stage = published();
    change(
        &stage,
        "https://birds.example/3/flight",
        "https://birds.example/three/flight",
    );
    stage.hook("pre-push", "exit 1");
    let run = stage.press(&["correct", "3", "--yes"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("nobody else has it yet"), "{}", run.err);
    let text = stage.world.read("content/003.md");
    std::fs::remove_file(stage.world.path(".git/hooks/pre-push")).unwrap();
    stage.press(&["correct", "3", "--yes"]).succeeds();
    assert_eq!(stage.world.read("content/003.md"), text);
    let corrected = stage
        .remote_log()
        .into_iter()
        .filter(|line| line.starts_with("Correct "));
    assert_eq!(corrected.count(), 1);
    assert!(
        stage
            .world
            .read("site/issues/3/index.html")
            .contains("three/flight")
    );
}

#[test]
fn what_was_merged_by_others_reaches_the_site_too() {
    let stage = published();
    let text = stage.world.read("content/003.md");
    stage.somebody_pushes("content/003.md", &text.replace("2025-06-03", "2025-06-04"));
    git(
        &stage.world,
        &["pull", "--quiet", "--ff-only", "origin", "main"],
    );
    let run = stage
        .press(&["correct", "3", "--yes", "--tell", "no"])
        .succeeds();
    assert!(run.err.contains("readers should hear: "), "{}", run.err);
    assert!(
        run.err.contains("nobody needs to hear of it"),
        "{}",
        run.err
    );
    assert!(
        stage
            .world
            .read("site/issues/3/index.html")
            .contains("2025-06-04")
    );
}

#[test]
fn what_cannot_be_corrected_is_told() {
    let stage = Stage::new(1);
    stage
        .press(&["correct", "3"])
        .refuses(&["is not published"]);
    stage
        .press(&["correct", "77"])
        .refuses(&["there is no issue `77`"]);
    stage
        .press(&["correct", "2"])
        .refuses(&["nothing was corrected"]);
    let text = stage.world.read("content/002.md");
    stage.world.write_now(
        "content/002.md",
        text.replace("(https://birds.example/2/flight)", "()"),
    );
    stage
        .press(&["correct", "2", "--yes"])
        .refuses(&["hold it up", "nothing was changed"]);
    stage
        .world
        .write_now("content/002.md", text.replace("Hello", "Good day"));
    let run = stage.press(&["correct", "2", "--yes"]).succeeds();
    assert!(run.err.contains("committed as"), "{}", run.err);
}
