//! The week of a draft: it is made, it fills, it is finished. And the real drafts of a year, made again.
//!
//! The real ones are looked for beside the archive (`PRESS_ARCHIVE`, or `../shared/archive`), in `../replay/drafts`; without
//! them these tests say so and prove nothing.

use crate::world::{World, press};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use press::config::Config;
use press::pipeline::draft::{Board, DraftOptions, draft, finish, status, today};
use press_core::draft::board::State;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

const SCHEDULE: &str = r#"
[schedule]
weekday = "wednesday"
first-date = "2025-03-19"
first-number = 1
time = "09:00"
gaps = ["2025-04-16"]
specials = [{ date = "2025-04-29", instead-of = "2025-04-30" }]

"#;

const TEMPLATE: &str = "Title: {{ title }}
Number: {{ number }}
Date: {{ date }}

## Links

<!-- One link a line, please. -->

## Changes

<!-- What was merged. -->

## Upcoming Events

Gull events between {{ date }} - {{ events_end }}

{{ events }}

Tell us of yours.

## Calls for Talks

<!-- or: *No calls this week.* -->

{{ carried(\"talks\") }}
";

/// The Weekly Gull with a schedule, a template and issues 1 and 2.
fn gulls() -> World {
    let world = World::new(2);
    let config = world
        .read("press.toml")
        .replacen("[site]", &format!("{SCHEDULE}[site]"), 1);
    let config = config
        .replace(
            "title = \"Changes\"\n",
            "title = \"Changes\"\ncollected = true\n",
        )
        .replace(
            "title = \"Upcoming Events\"\n",
            "title = \"Upcoming Events\"\ncollected = true\nowner = \"Ada\"\n",
        )
        .replace(
            "title = \"Calls for Talks\"\n",
            "title = \"Calls for Talks\"\nplaceholder = [\"*No calls this week\"]\n",
        );
    world.write("press.toml", config);
    world.write("draft-template.md", TEMPLATE);
    world
}

fn config(world: &World) -> Config {
    Config::load(world.folder(), None).unwrap()
}

#[test]
fn the_next_issue_is_drafted_from_the_template_and_the_last_one() {
    let world = gulls();
    let run = world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    assert!(
        run.out.contains("The Weekly Gull 3, Wednesday 2025-04-02"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("1 carried over, 0 left out"),
        "{}",
        run.out
    );
    insta::assert_snapshot!("draft", world.read("draft/2025-04-02-the-weekly-gull.md"));
    let checked = world.press(&["check"]);
    assert!(
        !checked.out.contains("press:"),
        "no rule minds the markers: {}",
        checked.out
    );
}

#[test]
fn events_that_are_over_stay_behind() {
    let world = gulls();
    let run = world.press(&["draft", "--date", "2025-06-11"]).succeeds();
    assert!(
        run.out.contains("0 carried over, 1 left out"),
        "{}",
        run.out
    );
    let draft = world.read("draft/2025-06-11-the-weekly-gull.md");
    assert!(!draft.contains("A day at the sea"), "{draft}");
    assert!(
        !draft.contains("GullConf"),
        "a call that is closed: {draft}"
    );
    assert!(draft.contains("### Europe"), "headings stay: {draft}");
}

#[test]
fn the_old_way_keeps_everything_and_puts_no_blocks_in() {
    let world = gulls();
    world
        .press(&["draft", "--date", "2025-06-11", "--keep-past-events"])
        .succeeds();
    let draft = world.read("draft/2025-06-11-the-weekly-gull.md");
    assert!(
        draft.contains("A day at the sea") && !draft.contains("press:"),
        "{draft}"
    );
}

fn next(world: &World, today: Date) -> Date {
    let options = DraftOptions {
        date: None,
        today,
        keep_past_events: false,
    };
    draft(&config(world), options).unwrap().date
}

#[test]
fn without_a_date_the_next_day_of_the_schedule_is_meant() {
    // The last issue is of 2025-03-26.
    assert_eq!(next(&gulls(), date(2025, 3, 26)), date(2025, 4, 2));
    assert_eq!(next(&gulls(), date(2025, 4, 2)), date(2025, 4, 2));
    assert_eq!(
        next(&gulls(), date(2025, 4, 10)),
        date(2025, 4, 23),
        "the 16th is a gap"
    );
    assert_eq!(
        next(&gulls(), date(2025, 4, 24)),
        date(2025, 4, 29),
        "a special"
    );
    assert_eq!(
        next(&gulls(), date(2020, 1, 1)),
        date(2025, 4, 2),
        "not before the last issue"
    );
}

#[test]
fn a_clock_in_another_time_zone_does_not_shift_the_day() {
    let zone = |name| jiff::tz::TimeZone::get(name).unwrap();
    let evening: Timestamp = "2025-04-01T23:30:00Z".parse().unwrap();
    assert_eq!(today(evening, &zone("Europe/Berlin")), date(2025, 4, 2));
    assert_eq!(today(evening, &zone("America/New_York")), date(2025, 4, 1));
}

#[test]
fn a_draft_is_never_written_over() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    world.edit(
        "draft/2025-04-02-the-weekly-gull.md",
        "## Links",
        "## Links\n\n* [mine](https://m.example/)",
    );
    let before = world.tree("draft");
    world.press(&["draft", "--date", "2025-04-02"]).refuses(&[
        "there is a draft of 2025-04-02 already",
        "--date 2025-04-09",
        "nothing was written",
    ]);
    world
        .press(&["draft", "--date", "2025-03-26"])
        .refuses(&["there is an issue of 2025-03-26 already", "002.md"]);
    assert_eq!(world.tree("draft"), before);
    // Another file of that day, whatever its name.
    world.write("draft/other.md", "Title: Other\nDate: 2025-04-09\n");
    world
        .press(&["draft", "--date", "2025-04-09"])
        .refuses(&["there is a draft of 2025-04-09 already", "other.md"]);
    // Another file of that number.
    world.write(
        "draft/other.md",
        "Title: Other\nNumber: 4\nDate: 2025-05-21\n",
    );
    world
        .press(&["draft", "--date", "2025-04-09"])
        .refuses(&["with the number 4", "2025-05-21"]);
}

#[test]
fn two_drafts_of_one_day_are_said() {
    let world = gulls();
    for name in ["a", "b"] {
        world.write(
            &format!("draft/{name}.md"),
            "Title: The Weekly Gull 3\nDate: 2025-04-02\n",
        );
    }
    for command in ["status", "finish"] {
        world
            .press(&[command])
            .refuses(&["two drafts of 2025-04-02", "a.md", "b.md", "keep one"]);
    }
    // Events would be carried over from one of them, and what is in the other would be lost.
    world
        .press(&["draft", "--date", "2025-04-09"])
        .refuses(&["two drafts of 2025-04-02", "keep one"]);
    assert!(!world.path("draft/2025-04-09-the-weekly-gull.md").exists());
}

#[test]
fn the_machine_may_be_in_any_time_zone() {
    let drafted = |zone: &str| {
        let world = gulls();
        let mut command = world.command(&["draft"]);
        let output = command.env("TZ", zone).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        world.tree("draft")
    };
    let here = drafted("Europe/Berlin");
    assert_eq!(here.len(), 1);
    for zone in ["Pacific/Kiritimati", "America/Adak", "nowhere"] {
        assert_eq!(drafted(zone), here, "{zone}");
    }
}

#[test]
fn a_day_without_an_issue_is_refused_with_the_cadence() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-03"]).refuses(&[
        "2025-04-03, a Thursday",
        "every Wednesday",
        "2025-04-02 and 2025-04-09",
        "specials",
    ]);
    world
        .press(&["draft", "--date", "2025-04-16"])
        .refuses(&["among the `gaps`", "2025-04-23"]);
    world
        .press(&["draft", "--date", "2024-01-03"])
        .refuses(&["begins on 2025-03-19"]);
    let tomorrow = world.press(&["draft", "--date", "tomorrow"]);
    tomorrow.refuses(&["a day is written as 2026-11-19"]);
    let bare = World::new(1);
    bare.press(&["draft"])
        .refuses(&["nothing says when issues appear", "first-date"]);
}

#[test]
fn an_unknown_placeholder_is_named_with_its_place() {
    let world = gulls();
    world.edit("draft-template.md", "{{ events_end }}", "{{ event_end }}");
    world.press(&["draft", "--date", "2025-04-02"]).refuses(&[
        "draft-template.md:15",
        "nothing fills `event_end`",
        "did you mean `events_end`?",
    ]);
    world.edit("draft-template.md", "{{ event_end }}", "$twir_isue_date");
    world.press(&["draft", "--date", "2025-04-02"]).refuses(&[
        "draft-template.md:15",
        "nothing fills `$twir_isue_date`",
        "issue_date",
    ]);
    world.edit("draft-template.md", "$twir_isue_date", "{% if %}");
    world
        .press(&["draft", "--date", "2025-04-02"])
        .refuses(&["draft-template.md:15"]);
    assert!(
        !world
            .path("draft")
            .join("2025-04-02-the-weekly-gull.md")
            .exists()
    );
    world.write("draft-template.md", " \n");
    world
        .press(&["draft", "--date", "2025-04-02"])
        .refuses(&["there is nothing in the template"]);
    fs::remove_file(world.path("draft-template.md")).unwrap();
    world
        .press(&["draft", "--date", "2025-04-02"])
        .refuses(&["there is no template"]);
}

#[test]
fn mistakes_of_the_schedule_are_found_at_once() {
    let world = gulls();
    let wrong = |from: &str, to: &str, said: &str| {
        let before = world.read("press.toml");
        world.edit("press.toml", from, to);
        world.press(&["draft"]).refuses(&["press.toml", said]);
        world.write("press.toml", before);
    };
    wrong("\"wednesday\"", "\"wensday\"", "no day of the week");
    wrong("\"wednesday\"", "\"friday\"", "2025-03-19 is a Wednesday");
    wrong(
        "2025-04-16\"]",
        "2025-04-17\"]",
        "no issue would appear on this Thursday",
    );
    wrong("2025-04-29", "2025-05-07", "no day of the rhythm");
    wrong("\"09:00\"", "\"nine\"", "no time of day");
    wrong("2025-03-19", "2025-02-30", "no day");
    wrong(
        "[site]",
        "[draft]\nfile-name = \"../{date}.md\"\n\n[site]",
        "in the folder of drafts",
    );
    wrong(
        "[site]",
        "[draft]\nfile-name = \"next.md\"\n\n[site]",
        "all drafts would have this name",
    );
    wrong(
        "[site]",
        "[draft]\nfile-name = \"{dat}.md\"\n\n[site]",
        "did you mean `{date}`?",
    );
}

/// The board of a draft, an hour and two days before it is due.
fn board(world: &World) -> Board {
    status(config(world), "2025-03-31T06:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn the_board_says_what_is_there_and_who_is_next() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    let before = board(&world);
    let publication = before.publication.as_ref().unwrap();
    assert_eq!(
        publication.at.to_string(),
        "2025-04-02T07:00:00Z",
        "nine o'clock in Berlin, in summer"
    );
    assert_eq!(
        (publication.days, publication.hours, publication.late),
        (2, 1, false)
    );
    let state = |board: &Board, id: &str| {
        board
            .sections
            .iter()
            .find(|row| row.id.as_deref() == Some(id))
            .unwrap()
            .state
    };
    assert_eq!(state(&before, "links"), State::Waiting);
    assert_eq!(state(&before, "changes"), State::Waiting);
    assert_eq!(state(&before, "events"), State::Filled);
    assert_eq!(state(&before, "talks"), State::Filled);
    let tasks: Vec<(Option<&str>, &str)> = before
        .next
        .iter()
        .map(|task| (task.who.as_deref(), task.what.as_str()))
        .collect();
    let wanted = [
        (Some("press collect"), "fill Changes"),
        (Some("Ada"), "mend findings in Europe"),
        (None, "fill Links"),
    ];
    assert_eq!(tasks, wanted);
    assert!(!before.ready);
    world.edit(
        "draft/2025-04-02-the-weekly-gull.md",
        "please. -->\n",
        "please. -->\n\n* [One gull](https://g.example/1)\n",
    );
    world.edit(
        "draft/2025-04-02-the-weekly-gull.md",
        "press:begin changes -->\n",
        "press:begin changes -->\n* [wings](https://g.example/2)\n",
    );
    let after = board(&world);
    assert_eq!(after.next.len(), 1, "{after:?}");
    assert!(!after.ready);
    world.edit(
        "draft/2025-04-02-the-weekly-gull.md",
        "- 2025-04-30",
        "- 2025-06-30",
    );
    let mended = board(&world);
    assert_eq!(mended.next, []);
    assert!(mended.ready, "{mended:?}");
    let late = status(config(&world), "2025-04-02T08:00:00Z".parse().unwrap()).unwrap();
    assert!(late.publication.unwrap().late);
}

#[test]
fn the_board_is_text_for_people_and_one_object_for_programs() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    let text = world.press(&["status"]).succeeds().out;
    let shown: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("late") && !line.contains("draft"))
        .collect();
    insta::assert_snapshot!("status", shown.join("\n"));
    let json: Value =
        serde_json::from_str(&world.press(&["status", "--format", "json"]).succeeds().out).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "date",
            "next",
            "notes",
            "number",
            "path",
            "publication",
            "ready",
            "sections",
            "title",
            "to_look_at",
            "to_mend"
        ]
    );
    assert_eq!(json["sections"][0]["state"], "waiting");
}

#[test]
fn the_board_names_a_wrong_day_a_wrong_number_and_half_a_block() {
    let world = gulls();
    world.write("draft/x.md", "Title: The Weekly Gull 9\nNumber: 9\nDate: 2025-04-02\n\n## Changes\n\n<!-- press:begin changes -->\n");
    let notes = board(&world).notes;
    assert_eq!(
        notes[0],
        "it has the number 9; the issue of 2025-04-02 is 3"
    );
    assert!(
        notes[1].starts_with("line 7: the block `changes` that begins here does not end"),
        "{notes:?}"
    );
    world.write(
        "draft/x.md",
        "Title: The Weekly Gull 9\nNumber: 9\nDate: 2025-04-03\n",
    );
    assert_eq!(
        board(&world).notes,
        ["no issue appears on 2025-04-03: issues appear every Wednesday"]
    );
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    fs::remove_dir_all(world.path("draft")).unwrap();
    world
        .press(&["status"])
        .refuses(&["there is no draft", "`press draft` makes the next one"]);
}

#[test]
fn an_empty_file_beside_the_draft_is_not_passed_over_in_silence() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    let ready = board(&world).ready;
    world.write("draft/2025-04-09-the-weekly-gull.md", "\n");
    let said = "2025-04-09-the-weekly-gull.md is empty: it was passed over";
    let shown = board(&world);
    assert!(
        matches!(&shown.notes[..], [note] if note.ends_with(said)),
        "{shown:?}"
    );
    assert_eq!(shown.ready, ready, "that is not about the draft");
    let toml = world.read("press.toml");
    let source =
        "[[source]]\nname = \"gulls\"\nkind = \"feed\"\nurl = \"https://gull.invalid/feed\"\n";
    world.write("press.toml", format!("{toml}\n{source}"));
    world.write("tape/none", "");
    let replay = world.path("tape").display().to_string();
    let run = world.press(&["collect", "--dry-run", "--replay", &replay]);
    assert!(run.err.contains(said), "{}{}", run.out, run.err);
}

#[test]
fn finishing_shows_first_and_is_done_once() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-06-11"]).succeeds();
    let path = "draft/2025-06-11-the-weekly-gull.md";
    world.edit(
        path,
        "please. -->\n",
        "please. -->\n\n- [One gull](https://g.example/1)  \n\n\n",
    );
    let draft = world.read(path);
    let dry = world.press(&["finish", "--dry-run"]).succeeds();
    assert!(
        dry.out.contains("\n-<!-- One link a line, please. -->\n"),
        "{}",
        dry.out
    );
    assert_eq!(world.read(path), draft, "a dry run writes nothing");
    let run = world.press(&["finish"]).succeeds();
    assert!(
        run.err.contains("markers of blocks removed: 4"),
        "{}",
        run.err
    );
    insta::assert_snapshot!("finished", world.read(path));
    let finished = world.read(path);
    let again = world
        .press(&["finish", &world.path(path).display().to_string()])
        .succeeds();
    assert!(again.err.contains("nothing to finish"), "{}", again.err);
    assert_eq!(world.read(path), finished);
}

#[test]
fn a_block_that_was_half_deleted_stops_finishing() {
    let world = gulls();
    world.press(&["draft", "--date", "2025-04-02"]).succeeds();
    let path = "draft/2025-04-02-the-weekly-gull.md";
    world.edit(path, "<!-- press:end events -->\n", "");
    let before = world.read(path);
    world.press(&["finish"]).refuses(&[
        "the blocks of",
        "the block `events` that begins here does not end",
        "nothing was written",
    ]);
    assert_eq!(world.read(path), before);
    // The next draft takes the events over all the same, and has whole blocks again.
    world.press(&["draft", "--date", "2025-04-09"]).succeeds();
    let next = world.read("draft/2025-04-09-the-weekly-gull.md");
    assert_eq!(next.matches("press:begin events").count(), 1, "{next}");
    assert_eq!(next.matches("press:end events").count(), 1, "{next}");
}

#[test]
fn a_new_newsletter_and_the_sample_have_a_next_draft() {
    let world = World::empty();
    let folder = world.path("weekly");
    press()
        .args([
            "init",
            &folder.display().to_string(),
            "--name",
            "The \"Weekly\" Owl",
        ])
        .output()
        .unwrap();
    let config = Config::load(&folder, None).unwrap();
    let first = config.schedule.as_ref().unwrap().first_date;
    let second = first.checked_add(jiff::Span::new().weeks(1)).unwrap();
    let options = DraftOptions {
        date: Some(second),
        today: first,
        keep_past_events: false,
    };
    let drafted = draft(&config, options).unwrap();
    assert_eq!(
        (drafted.title.as_str(), drafted.kept),
        ("The \"Weekly\" Owl 2", 0)
    );
    let sample = world.path("tern");
    press::pipeline::scaffold::sample(&sample).unwrap();
    press::pipeline::scaffold::contributions(&sample).unwrap();
    let config = Config::load(&sample, None).unwrap();
    let options = DraftOptions {
        date: Some(date(2026, 11, 26)),
        ..options
    };
    let drafted = draft(&config, options).unwrap();
    assert_eq!(
        (drafted.title.as_str(), drafted.kept),
        ("This Week in Tern 54", 7)
    );
    let numbers = [
        (date(2026, 10, 1), 46),
        (date(2026, 10, 15), 48),
        (date(2026, 12, 22), 58),
    ];
    for (day, number) in numbers {
        assert_eq!(
            config.schedule.as_ref().unwrap().number(day),
            Some(number),
            "{day}"
        );
    }
}

/// The folder of the real archive, or what lies beside it.
fn real(path: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let archive = std::env::var_os("PRESS_ARCHIVE")
        .map_or_else(|| workspace.join("../shared/archive"), PathBuf::from);
    let found = archive.join(path);
    if found.is_dir() {
        return Some(found);
    }
    println!("{} is not there: nothing is tested", found.display());
    None
}

/// A folder that is written as the flagship is.
fn flagship(folder: &Path) -> Config {
    let config =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-rust/press.toml");
    Config::load(folder, Some(&config)).unwrap()
}

#[test]
fn the_real_drafts_of_a_year_are_made_again_byte_for_byte() {
    let Some(drafts) = real("../replay/drafts") else {
        return;
    };
    let records = fs::read_to_string(drafts.join("drafts.jsonl")).unwrap();
    let mut made = 0;
    for record in records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        let text =
            |key: &str| fs::read_to_string(drafts.join(record[key].as_str().unwrap())).unwrap();
        let world = World::empty();
        world.write("draft-template.md", text("template"));
        world.write("content/last.md", text("previous_issue"));
        let config = flagship(world.folder());
        let day: Date = record["date"].as_str().unwrap().parse().unwrap();
        let options = DraftOptions {
            date: Some(day),
            today: day,
            keep_past_events: true,
        };
        let drafted = draft(&config, options).unwrap();
        let title = format!("This Week in Rust {}", record["issue"]);
        assert_eq!(drafted.title, title);
        assert!(
            fs::read_to_string(&drafted.path).unwrap() == text("draft"),
            "{title} differs"
        );
        fs::remove_file(&drafted.path).unwrap();
        let drafted = draft(
            &config,
            DraftOptions {
                keep_past_events: false,
                ..options
            },
        )
        .unwrap();
        assert_eq!(
            drafted.dropped as u64, record["events_already_over"],
            "{title}"
        );
        made += 1;
    }
    assert!(made >= 51, "{made} drafts");
}

#[test]
fn real_issues_are_finished_once_and_lose_nothing() {
    let Some(content) = real("content") else {
        return;
    };
    let mut names: Vec<PathBuf> = fs::read_dir(content)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    names.sort();
    for path in names.iter().rev().take(40) {
        let world = World::empty();
        world.write("content/.keep", "");
        let text = fs::read_to_string(path).unwrap();
        world.write("draft/issue.md", &text);
        let config = flagship(world.folder());
        let file = world.path("draft/issue.md");
        let once = finish(config.clone(), Some(&file), false).unwrap();
        let twice = finish(config.clone(), Some(&file), false).unwrap();
        assert!(
            twice.before == twice.after,
            "{} is finished twice",
            path.display()
        );
        let urls = |text: &str| {
            let issue = press_core::issue::Issue::parse(text, &config.format);
            let over = |item: usize| {
                let mut events = issue.events.iter().filter(|event| event.item == item);
                events.any(|event| event.end_date.or(event.date) < issue.masthead.date)
            };
            let kept = issue
                .items
                .iter()
                .enumerate()
                .filter(|(at, item)| !over(*at) && item.parent.is_none());
            kept.count()
        };
        assert_eq!(
            urls(&once.after),
            urls(&text),
            "{} lost an item",
            path.display()
        );
    }
}

/// The lines of a text that readers see, each with how often it stands there.
fn visible(text: &str, config: &Config) -> HashMap<String, usize> {
    let issue = press_core::issue::Issue::parse(text, &config.format);
    let mut seen = text.to_owned();
    for comment in issue.comments.iter().rev() {
        seen.replace_range(comment.start..comment.end, "");
    }
    let mut lines = HashMap::new();
    for line in seen.lines().map(str::trim).filter(|line| !line.is_empty()) {
        *lines.entry(line.to_owned()).or_default() += 1;
    }
    lines
}

/// The last draft of each issue that was still a draft, and the issue as it was published.
fn last_steps(replay: &Path) -> Vec<(String, String)> {
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let records = |path: &str| -> Vec<Value> {
        let lines = read(replay.join(path));
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let mut last: BTreeMap<u64, (String, String)> = BTreeMap::new();
    for record in records("submissions/submissions.jsonl") {
        let draft = read(
            replay
                .join("submissions")
                .join(record["draft_before_merge"].as_str().unwrap()),
        );
        let merged = record["merged_at"].as_str().unwrap().to_owned();
        let issue = record["issue"].as_u64().unwrap();
        let newer = last.get(&issue).is_none_or(|(before, _)| *before < merged);
        if newer && draft.contains("REDDIT_LINK_HERE") {
            last.insert(issue, (merged, draft));
        }
    }
    let published = records("drafts/drafts.jsonl")
        .into_iter()
        .filter_map(|record| {
            let (_, draft) = last.remove(&(record["issue"].as_u64().unwrap() - 1))?;
            // Somebody's editor rewrote all of 610.
            let published = read(
                replay
                    .join("drafts")
                    .join(record["previous_issue"].as_str().unwrap()),
            );
            (record["issue"] != 611).then_some((draft, published))
        });
    published.collect()
}

#[test]
fn half_of_what_editors_took_out_last_goes_by_finishing() {
    let (Some(replay), Some(archive)) = (real("../replay"), real(".")) else {
        return;
    };
    let steps = last_steps(&replay);
    assert!(steps.len() >= 33, "{} steps", steps.len());
    let (mut wanted, mut done) = (0, 0);
    for (draft, published) in steps {
        let world = World::empty();
        fs::copy(
            archive.join("draft-template.md"),
            world.path("draft-template.md"),
        )
        .unwrap();
        world.write("content/.keep", "");
        world.write("draft/issue.md", &draft);
        let config = flagship(world.folder());
        let finished = finish(config.clone(), Some(&world.path("draft/issue.md")), true).unwrap();
        let [before, after, goal] =
            [&draft, &finished.after, &published].map(|text| visible(text, &config));
        let count =
            |lines: &HashMap<String, usize>, line: &str| lines.get(line).copied().unwrap_or(0);
        // What is added is mostly news, which no machine finishes; what is taken out is scaffolding, or was edited.
        for (line, had) in &before {
            if *had > count(&goal, line) {
                wanted += 1;
                done += usize::from(*had > count(&after, line));
            }
        }
    }
    println!("finishing takes out {done} of {wanted} lines that were taken out by hand");
    assert!(done * 2 > wanted, "{done} of {wanted} lines");
}
