//! The real archive of thirteen years, where it is at hand: every text is read without loss, its headings are
//! recognised, its events are read as somebody else read them, its old addresses still answer.
//!
//! The folder is `PRESS_ARCHIVE`, or `../shared/archive` beside the workspace; without it these tests say so and
//! prove nothing.

use crate::world::{World, press, tree};
use press::config::Config;
use press_core::events::Style;
use press_core::format::Format;
use press_core::issue::{Issue, Link, LinkKind};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the flagship's configuration.
pub(crate) fn example() -> PathBuf {
    workspace().join("examples/this-week-in-rust")
}

/// The archive's folder, if it is there.
pub(crate) fn archive() -> Option<PathBuf> {
    let folder = std::env::var_os("PRESS_ARCHIVE")
        .map_or_else(|| workspace().join("../shared/archive"), PathBuf::from);
    if folder.join("content").is_dir() {
        return Some(folder);
    }
    println!("{} holds no archive: nothing is tested", folder.display());
    None
}

/// How the flagship's issues look.
pub(crate) fn format(archive: &Path) -> Format {
    let config = workspace().join("examples/this-week-in-rust/press.toml");
    Config::load(archive, Some(&config)).unwrap().format
}

/// How the flagship writes events.
pub(crate) fn style(archive: &Path) -> Style {
    let config = workspace().join("examples/this-week-in-rust/press.toml");
    Config::load(archive, Some(&config)).unwrap().events
}

/// All Markdown files of the archive by name.
pub(crate) fn texts(archive: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(archive.join("content")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") || name.ends_with(".markdown") {
            texts.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    texts
}

#[test]
fn every_text_is_read_without_loss() {
    let Some(archive) = archive() else { return };
    let format = format(&archive);
    let texts = texts(&archive);
    assert!(texts.len() >= 642, "{} texts", texts.len());
    let failures: Vec<String> = texts
        .par_iter()
        .filter_map(|(name, text)| {
            let issue = Issue::parse(text, &format);
            let denied: Vec<_> = issue
                .findings
                .iter()
                .filter(|finding| matches!(finding.rule, "front-matter" | "size" | "nesting"))
                .collect();
            let lost = issue
                .links
                .iter()
                .find(|link| link.destination.is_none() && !link.url.is_empty());
            let whole = issue.text() == text
                && issue.masthead.title.is_some()
                && issue.masthead.date.is_some();
            (!whole || !denied.is_empty() || lost.is_some())
                .then(|| format!("{name}: {denied:?} {lost:?}"))
        })
        .collect();
    assert_eq!(failures, [""; 0]);
}

/// What must stay when a destination is replaced.
fn facts(issue: &Issue, without: &Link) -> Vec<String> {
    let outside = |span: press_core::span::Span| !span.contains(without.span);
    let mut facts = Vec::new();
    facts.extend(
        issue
            .headings
            .iter()
            .map(|heading| format!("{} {} {}", heading.level, heading.id, heading.title)),
    );
    facts.extend(
        issue
            .sections
            .iter()
            .map(|section| format!("{:?} {:?}", section.id, section.parent)),
    );
    for item in &issue.items {
        let title = if item.link.is_some() || outside(item.text) {
            item.title.as_str()
        } else {
            "…"
        };
        facts.push(format!(
            "{title} {:?} {:?} {:?}",
            item.section, item.parent, item.link
        ));
    }
    facts.extend(
        issue
            .links
            .iter()
            .map(|link| format!("{:?} {} {:?}", link.kind, link.image, link.definition)),
    );
    facts.extend(
        issue
            .definitions
            .iter()
            .map(|definition| definition.label.clone()),
    );
    facts.push(format!(
        "{} comments, {} events",
        issue.comments.len(),
        issue.events.len()
    ));
    facts
}

/// What is wrong when the destination of the link `index` is replaced by its span.
fn replaced(text: &str, before: &Issue, index: usize, format: &Format) -> Option<String> {
    let link = &before.links[index];
    // The text of an automatic link is its destination: an item or heading of nothing else would be another.
    if matches!(link.kind, LinkKind::Autolink | LinkKind::Email) {
        return None;
    }
    let span = link.destination?;
    let new = "https://changed.example/x?y=1";
    let changed = format!("{}{new}{}", &text[..span.start], &text[span.end..]);
    let after = Issue::parse(&changed, format);
    if facts(before, link) != facts(&after, &after.links[index]) {
        return Some(format!("{:?}: something else changed", link.url));
    }
    let wrong = before.links.iter().zip(&after.links).find(|(one, other)| {
        let expected = if one.destination == Some(span) {
            new
        } else {
            one.url.as_str()
        };
        other.url != expected
    });
    wrong.map(|(one, other)| format!("{:?}: {:?} became {:?}", link.url, one.url, other.url))
}

#[test]
fn every_destination_can_be_replaced_by_its_span() {
    let Some(archive) = archive() else { return };
    let format = format(&archive);
    // Each replacement reads the whole text again, so a part of the links of a part of the issues must do.
    let sample: Vec<(String, String)> = texts(&archive).into_iter().step_by(10).collect();
    let results: Vec<(usize, Vec<String>)> = sample
        .par_iter()
        .map(|(name, text)| {
            let before = Issue::parse(text, &format);
            let chosen: Vec<usize> = (0..before.links.len()).step_by(6).collect();
            let wrong = chosen
                .iter()
                .filter_map(|index| replaced(text, &before, *index, &format));
            (
                chosen.len(),
                wrong.map(|wrong| format!("{name}: {wrong}")).collect(),
            )
        })
        .collect();
    let tried: usize = results.iter().map(|(tried, _)| tried).sum();
    let wrong: Vec<String> = results.into_iter().flat_map(|(_, wrong)| wrong).collect();
    println!("{tried} destinations of {} issues replaced", sample.len());
    assert!(tried > 1_000, "{tried}");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn headings_are_recognised() {
    let Some(archive) = archive() else { return };
    let format = format(&archive);
    let mut since_2020 = (0, 0);
    let mut all = (0, 0);
    let mut unknown = Vec::new();
    for (name, text) in texts(&archive) {
        let issue = Issue::parse(&text, &format);
        for section in issue
            .sections
            .iter()
            .filter(|section| section.heading.is_some())
        {
            let known = usize::from(section.spec.is_some());
            all = (all.0 + known, all.1 + 1);
            if name.as_str() >= "2020" {
                since_2020 = (since_2020.0 + known, since_2020.1 + 1);
                if known == 0 {
                    unknown.push(format!("{name}: {}", section.title));
                }
            }
        }
    }
    let percent = |(known, all): (usize, usize)| 100.0 * known as f64 / all as f64;
    println!(
        "since 2020: {:.2} % of {} headings; ever: {:.2} % of {}",
        percent(since_2020),
        since_2020.1,
        percent(all),
        all.1
    );
    println!("{}", unknown.join("\n"));
    assert!(percent(since_2020) >= 99.0, "{:.2} %", percent(since_2020));
    assert!(percent(all) >= 99.0, "{:.2} %", percent(all));
}

/// An event as it is compared: issue, date, last date, place, groups, title, address, paid.
type Row = (
    u64,
    Option<String>,
    Option<String>,
    String,
    Vec<String>,
    String,
    String,
    bool,
);

fn expected_events(file: &Path) -> Option<Vec<Row>> {
    let text = fs::read_to_string(file).ok()?;
    let row = |line: &str| -> Row {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| event[key].as_str().map(str::to_owned);
        let groups = event["groups"].as_array().unwrap().iter();
        (
            event["issue"].as_u64().unwrap(),
            text("date"),
            text("end_date"),
            text("location").unwrap_or_default(),
            groups
                .map(|group| group["name"].as_str().unwrap_or_default().to_owned())
                .collect(),
            text("title").unwrap_or_default(),
            text("url").unwrap_or_default(),
            event["paid"].as_bool().unwrap_or_default(),
        )
    };
    Some(text.lines().map(row).collect())
}

#[test]
fn events_are_read_as_somebody_else_read_them() {
    let Some(archive) = archive() else { return };
    let file = archive.join("../replay/events/events.jsonl");
    let Some(expected) = expected_events(&file) else {
        println!("{} is not there: nothing is tested", file.display());
        return;
    };
    let format = format(&archive);
    let mut ours: Vec<Row> = Vec::new();
    for text in texts(&archive).values() {
        let issue = Issue::parse(text, &format);
        let Some(number) = issue
            .masthead
            .number
            .filter(|number| (606..=640).contains(number))
        else {
            continue;
        };
        ours.extend(issue.events.iter().map(|event| {
            (
                u64::from(number),
                event.date.map(|date| date.to_string()),
                event.end_date.map(|date| date.to_string()),
                event.place.text.clone(),
                event
                    .organisers
                    .iter()
                    .map(|organiser| organiser.name.clone())
                    .collect(),
                event.title.clone(),
                event.url.clone(),
                event.paid,
            )
        }));
    }
    let mut missing = Vec::new();
    let mut left = ours.clone();
    for row in &expected {
        match left.iter().position(|candidate| candidate == row) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => missing.push(format!("theirs {row:?}")),
        }
    }
    let agreed = expected.len() - missing.len();
    let percent = 100.0 * agreed as f64 / expected.len() as f64;
    println!(
        "{agreed} of {} events agree ({percent:.2} %); we find {}",
        expected.len(),
        ours.len()
    );
    let differing = left.iter().map(|row| format!("ours   {row:?}"));
    println!(
        "{}",
        missing
            .iter()
            .cloned()
            .chain(differing)
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(percent >= 99.4, "{percent:.2} %");
    assert!(
        left.len() <= expected.len() / 100,
        "{} that nobody else found",
        left.len()
    );
}

#[test]
fn every_old_address_answers() {
    let Some(archive) = archive() else { return };
    let Ok(paths) = fs::read_to_string(archive.join("../reference/paths.txt")) else {
        println!("no list of old addresses: nothing is tested");
        return;
    };
    // The configuration is copied, for a build keeps its notes beside it.
    let world = World::empty();
    let example = fs::read_dir(workspace().join("examples/this-week-in-rust")).unwrap();
    for file in example.flatten().filter(|file| file.path().is_file()) {
        fs::copy(file.path(), world.folder().join(file.file_name())).unwrap();
    }
    let run = press()
        .arg("-C")
        .arg(&archive)
        .arg("--config")
        .arg(world.path("press.toml"))
        .args(["build"])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let site = tree(&world.path("site"));
    let answers = |path: &str| {
        let path = path.trim_start_matches('/');
        let folder = path.trim_end_matches('/');
        site.contains_key(path)
            || site.contains_key(format!("{folder}/index.html").trim_start_matches('/'))
    };
    // Not every picture is part of every copy of the archive.
    let lacking =
        |path: &str| path.starts_with("images/") && !archive.join("content").join(path).exists();
    let lost: Vec<&str> = paths
        .lines()
        .filter(|path| !answers(path) && !lacking(path))
        .collect();
    assert_eq!(lost, [""; 0]);
    for path in site.keys().filter(|path| path.ends_with(".xml")) {
        let text = String::from_utf8_lossy(&site[path]);
        if text.contains("<feed") || text.contains("<rss") {
            feed_rs::parser::parse(text.as_bytes())
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}
