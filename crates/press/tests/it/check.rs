//! `press check`: what it prints in each format, what it mends, what it leaves alone.

use crate::world::{World, issue_path};
use serde_json::Value;
use std::process::Command;

/// A draft with an odd marker in its eighth line and a section in its tenth.
const DRAFT: &str = "Title: The Weekly Gull 4\nNumber: 4\nDate: 2025-04-09\n\n## Links\n\n\
    * [One](https://one.example/)\n- [Two](https://two.example/)\n\n## Changes\n\n* [Three](https://three.example/)\n";

fn drafted(draft: &str) -> World {
    let world = World::new(3);
    world.write("draft/004.md", draft);
    world
}

fn objects(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_newest_draft_is_judged_and_every_finding_has_its_place() {
    let world = drafted(DRAFT);
    let run = world.press(&["check", "--format", "json"]);
    let found = objects(&run.out);
    let marker = found
        .iter()
        .find(|finding| finding["rule"] == "list-marker")
        .unwrap();
    assert_eq!((&marker["line"], &marker["column"]), (&8.into(), &1.into()));
    assert_eq!(
        (&marker["end_line"], &marker["end_column"]),
        (&8.into(), &2.into())
    );
    assert_eq!(marker["level"], "warn");
    assert_eq!(marker["fix"]["safe"], true);
    let edit = &marker["fix"]["edits"][0];
    let start = usize::try_from(edit["start"].as_u64().unwrap()).unwrap();
    assert_eq!(&DRAFT[start..=start], "-");
    assert_eq!(edit["text"], "*");
}

#[test]
fn fixes_change_only_their_bytes_and_have_nothing_left_to_do() {
    let world = drafted(DRAFT);
    world.press(&["check", "--fix"]).succeeds();
    let fixed = world.read("draft/004.md");
    assert_eq!(fixed, DRAFT.replace("- [Two]", "* [Two]"));
    world.press(&["check", "--fix"]).succeeds();
    assert_eq!(world.read("draft/004.md"), fixed);
}

#[test]
fn a_draft_may_wait_for_what_its_template_waits_for_and_for_the_issue_before_it() {
    let later = DRAFT
        .replace("Number: 4", "Number: 5")
        .replace("Gull 4", "Gull 5");
    let later = later
        .replace("2025-04-09", "2025-04-16")
        .replace("https://two.example/", "LATER_LINK");
    let world = drafted(&later);
    let held = |world: &World| {
        let run = world.press(&["check", "--format", "json"]);
        let found = objects(&run.out).into_iter();
        let mut rules: Vec<String> = found
            .filter(|finding| finding["level"] == "deny")
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.sort();
        rules
    };
    assert_eq!(held(&world), ["bad-address"]);
    world.write("draft-template.md", "## Links\n\n* [Discuss](LATER_LINK)\n");
    assert_eq!(held(&world), Vec::<String>::new());
    world.write("content/005.md", &later);
    let run = world.press(&["check", &world.path("content/005.md").display().to_string()]);
    assert!(
        run.out.contains("issue-identity") && run.out.contains("bad-address"),
        "{}",
        run.out
    );
}

#[test]
fn without_being_asked_nothing_is_changed() {
    let world = drafted(DRAFT);
    world.press(&["check"]).succeeds();
    assert_eq!(world.read("draft/004.md"), DRAFT);
}

#[test]
fn findings_that_must_not_go_out_make_the_exit_code_one() {
    let world = World::new(3);
    let empty = DRAFT.replace("* [Three](https://three.example/)\n", "");
    world.write("content/004.md", empty);
    let path = world.path("content/004.md").display().to_string();
    let run = world.press(&["check", &path]);
    assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
    assert!(run.out.contains("error[empty-section]"), "{}", run.out);
    assert!(run.out.contains("004.md:10:1"), "{}", run.out);
}

#[test]
fn levels_are_configured_and_their_names_checked() {
    let world = drafted(DRAFT);
    world.edit(
        "press.toml",
        "[site]",
        "[check]\nlevels = { list-marker = \"deny\" }\n\n[site]",
    );
    assert_eq!(world.press(&["check"]).code, Some(1));
    world.edit(
        "press.toml",
        "list-marker = \"deny\"",
        "list-marker = \"allow\"",
    );
    assert!(
        !world
            .press(&["check"])
            .succeeds()
            .out
            .contains("list-marker")
    );
    world.edit(
        "press.toml",
        "list-marker = \"allow\"",
        "list-markr = \"allow\"",
    );
    world
        .press(&["check"])
        .refuses(&["press.toml", "list-markr", "did you mean `list-marker`?"]);
}

#[test]
fn rules_are_set_and_settings_checked() {
    let world = drafted(&DRAFT.replace("[One]", "[We recieve, at last, quite a long titl...]"));
    let set = |settings: &str| {
        world.write(
            "press.toml",
            world
                .read("press.toml")
                .replace("[site]", &format!("[check]\n{settings}\n\n[site]")),
        );
    };
    let before = world.read("press.toml");
    let out = world.press(&["check"]).succeeds().out;
    assert!(
        out.contains("known-misspelling") && !out.contains("truncated-title"),
        "{out}"
    );
    set(
        "words = [\"Recieve\"]\ntruncated-title-characters = 20\nmedia-mark-video = [\"one.example\"]",
    );
    let out = world.press(&["check"]).succeeds().out;
    assert!(!out.contains("known-misspelling"), "{out}");
    assert!(
        out.contains("truncated-title") && out.contains("media-mark"),
        "{out}"
    );
    for (settings, parts) in [
        ("event-windw-days = 3", ["press.toml", "event-windw-days"]),
        ("event-window-days = 0", ["press.toml", "at least one day"]),
        (
            "event-window-days = \"no\"",
            ["press.toml", "event-window-days"],
        ),
        (
            "media-mark-audio = [\"https://x.example/\"]",
            ["press.toml", "is no host"],
        ),
    ] {
        world.write("press.toml", &before);
        set(settings);
        world.press(&["check"]).refuses(&parts);
    }
}

#[test]
fn an_allow_comment_silences_one_rule_on_one_line() {
    let world = drafted(&DRAFT.replace(
        "(https://two.example/)",
        "(https://two.example/) <!-- press allow list-marker: a quotation -->",
    ));
    let run = world.press(&["check"]).succeeds();
    assert!(!run.out.contains("list-marker"), "{}", run.out);
}

#[test]
fn a_pull_request_hears_only_of_what_it_brought() {
    let world = drafted(DRAFT);
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .arg("-C")
            .arg(world.folder())
            .args([
                "-c",
                "user.name=Gull",
                "-c",
                "user.email=gull@example.org",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "before"]);
    assert!(
        !world
            .press(&["check", "--since", "HEAD"])
            .succeeds()
            .out
            .contains("list-marker")
    );
    world.edit(
        "draft/004.md",
        "- [Two](https://two.example/)",
        "- [Two](https://two.example/2)",
    );
    assert!(
        world
            .press(&["check", "--since", "HEAD"])
            .succeeds()
            .out
            .contains("list-marker")
    );
    world.press(&["check", "--since", "nowhere"]).refuses(&[
        "004.md",
        "since nowhere",
        "name a commit",
    ]);
    world
        .press(&["check", "--since=--output=x"])
        .refuses(&["is no revision"]);
}

#[test]
fn annotations_cannot_be_broken_by_what_people_write() {
    let world = drafted(&DRAFT.replace("## Changes", "## Odd%,: jobs"));
    let run = world.press(&["check", "--format", "github"]).succeeds();
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("::warning file=") || line.starts_with("::error file=")),
        "{lines:#?}"
    );
    assert!(run.out.contains("Odd%25,: jobs"), "{}", run.out);
}

#[test]
fn sarif_names_rules_places_and_fixes() {
    let world = drafted(DRAFT);
    let run = world.press(&["check", "--format", "sarif"]).succeeds();
    let log: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let marker = results
        .iter()
        .find(|result| result["ruleId"] == "list-marker")
        .unwrap();
    assert_eq!(
        marker["locations"][0]["physicalLocation"]["region"]["startLine"],
        8
    );
    assert_eq!(
        marker["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
        "*"
    );
}

#[test]
fn what_cannot_be_judged_is_said() {
    let world = World::new(1);
    world.press(&["check"]).refuses(&["there is no draft"]);
    world
        .press(&["check", "nothing.md"])
        .refuses(&["nothing.md"]);
    world.write("draft/binary.md", [0xff, 0xfe, 0x00]);
    world.press(&["check"]).refuses(&["binary.md", "UTF-8"]);
    world
        .press(&["explain", "list-markr"])
        .refuses(&["did you mean `list-marker`?"]);
    assert!(
        world
            .press(&["check", &world.path(&issue_path(1)).display().to_string()])
            .code
            .is_some()
    );
}
