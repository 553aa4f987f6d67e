//! The section of merged pull requests as it really appeared, where the data are at hand: a forge that has what editors
//! picked, and `press collect` with the flagship's configuration.
//!
//! The folder is `replay/pull-requests` beside the archive; see `archive.rs`. What was really picked is known, and how it
//! was printed; what the titles were before is not, so the forge's are made from the printed ones: with a capital, with
//! the prefix of the group, with a full stop, in turn.

use crate::archive::archive;
use crate::collect::{Collecting, DRAFT};
use crate::forge::{Forge, merged, with_labels};
use crate::server::Server;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The first issue with groups.
const FIRST: u64 = 588;

struct Picked {
    group: String,
    text: String,
    url: String,
    repository: String,
    number: u64,
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn picked(folder: &Path) -> BTreeMap<u64, Vec<Picked>> {
    let mut issues: BTreeMap<u64, Vec<Picked>> = BTreeMap::new();
    for row in rows(&folder.join("picked_prs.jsonl")) {
        let issue = row["issue"].as_u64().unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        // Two links or more in one item are sentences of the editors.
        if issue < FIRST || row["more_links"] != serde_json::json!([]) {
            continue;
        }
        let group = match text("group").as_str() {
            "Libraries" => "Library".to_owned(),
            // The heading of its group was lost on the readers of issue 604.
            "Clippy" if text("repo") == "rust-lang/rust-analyzer" => "Rust-Analyzer".to_owned(),
            group => group.to_owned(),
        };
        issues.entry(issue).or_default().push(Picked {
            group,
            text: text("text"),
            url: text("url"),
            repository: text("repo"),
            number: row["number"].as_u64().unwrap(),
        });
    }
    issues
}

/// The label by which the main repository's pull requests are told apart.
fn label(group: &str) -> &'static str {
    match group {
        "Compiler" => "T-compiler",
        "Library" => "T-libs",
        "Rustdoc" => "T-rustdoc",
        "Rustfmt" => "T-rustfmt",
        "Miri" => "T-miri",
        "Clippy" => "T-clippy",
        "Cargo" => "T-cargo",
        _ => "T-rust-analyzer",
    }
}

/// A printed title without what says no more than its group: the rule that editors overlook now and then.
fn expected(picked: &Picked) -> String {
    let prefix = format!("{}: ", picked.group.to_lowercase());
    let text = picked.text.strip_prefix(&prefix).unwrap_or(&picked.text);
    text.replace("\\_", "_")
}

/// A title that may have become the printed one.
fn raw(picked: &Picked) -> String {
    let text = expected(picked);
    let name = picked.repository.rsplit('/').next().unwrap();
    let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text);
    let mut signs = text.chars();
    let first: String = signs
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let text = format!("{first}{}", signs.as_str());
    // Whoever writes it names the repository, and in the main one the part.
    let part = match name {
        "rust" => picked.group.as_str(),
        "rust-clippy" => "clippy",
        name => name,
    };
    let part = if matches!(name, "stdarch" | "compiler-builtins") {
        ""
    } else {
        part
    };
    match picked.number % 4 {
        0 | 1 if part.is_empty() => text,
        0 => format!("{part}: {text}"),
        1 => format!("[{}] {text}", part.to_lowercase()),
        2 => format!("{text}."),
        _ => text,
    }
}

/// The sources of the flagship that this is about, asking the forge of this test.
fn flagship() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/this-week-in-rust/press.toml");
    let text = fs::read_to_string(path).unwrap();
    let start = text.find("[collect]").unwrap();
    let end = text.find("[[source]]\nname = \"triage\"").unwrap();
    let sections = text[start..end].replace("most = 25\n", "api = \"https://api.github.com\"\n");
    let mut plain = String::new();
    for line in sections.lines() {
        // The newsletter of this test has other sections.
        let line = match line.split_once(", section = \"pr-") {
            Some((before, after)) => format!("{before}{}", after.split_once('"').unwrap().1),
            None => line.replace("section = \"project\"", "section = \"changes\""),
        };
        plain.push_str(&line);
        plain.push('\n');
    }
    plain
}

/// Groups, titles and addresses of a block.
fn read(block: &str) -> Vec<(String, String, String)> {
    let (mut group, mut items) = (String::new(), Vec::new());
    for line in block.lines() {
        if let Some(title) = line.strip_prefix("#### ") {
            group = title.to_owned();
        } else if let Some(item) = line.strip_prefix("* [") {
            let (title, url) = item.strip_suffix(')').unwrap().rsplit_once("](").unwrap();
            items.push((group.clone(), title.replace("\\_", "_"), url.to_owned()));
        }
    }
    items
}

#[test]
fn the_pull_requests_of_real_issues_come_out_as_they_appeared() {
    let Some(archive) = archive() else { return };
    let folder = archive.join("../replay/pull-requests");
    if !folder.is_dir() {
        println!("{} is not there: nothing is tested", folder.display());
        return;
    }
    let issues = picked(&folder);
    let windows: BTreeMap<u64, Value> = rows(&folder.join("windows.jsonl"))
        .into_iter()
        .map(|row| (row["issue"].as_u64().unwrap(), row))
        .collect();
    let forge = Arc::new(Mutex::new(Forge::default()));
    let asked = Arc::clone(&forge);
    let server = Server::start(move |question| asked.lock().unwrap().reply(question));
    let mut collecting = Collecting::new(&server, &flagship());
    let address = server.address;
    collecting.settings.names = press::http::Names::Given(Arc::new(move |_| Some(address)));
    let sources = collecting.world.read("press.toml");
    let sources = sources.replace("https://api.github.com", "http://api.github.com");
    collecting.world.write(
        "press.toml",
        sources.replace("Europe/Berlin", "America/New_York"),
    );
    collecting.settings.private = vec!["api.github.com".to_owned()];

    let (mut total, mut windows_right) = (0, 0);
    let (mut misgrouped, mut misworded) = (Vec::new(), Vec::new());
    for (issue, picked) in &issues {
        let window = &windows[issue];
        let day = |name: &str| window[name].as_str().unwrap().to_owned();
        let pull = |one: &Picked| {
            let mut pull = merged(
                &one.repository,
                one.number,
                &raw(one),
                &format!("{}T12:00:00Z", day("to")),
            );
            pull["url"] = one.url.clone().into();
            match one.repository.as_str() {
                "rust-lang/rust" => with_labels(pull, &[label(&one.group)]),
                _ => pull,
            }
        };
        forge.lock().unwrap().pulls = picked.iter().map(pull).collect();
        let draft = format!(
            "Title: T {issue}\nNumber: {issue}\nDate: {}\n\n## Changes\n\n<!-- press:begin changes -->\n<!-- press:end changes -->\n",
            day("date")
        );
        collecting.world.write("draft/004.md", draft);
        fs::remove_dir_all(collecting.world.path("data")).ok();
        let collected = collecting.run();
        assert_eq!(collected.failed(), 0, "{:?}", collected.read);
        let block = collecting.block("changes");
        let search = day("search_url").replace("https://", "http://");
        windows_right += usize::from(block.contains(&format!("[merged]: {search}\n")));
        let items = read(&block);
        for one in picked {
            total += 1;
            let Some((group, title, _)) = items.iter().find(|(.., url)| *url == one.url) else {
                misgrouped.push(format!("{issue}: {}: not written: {}", one.group, one.url));
                continue;
            };
            if *group != one.group {
                misgrouped.push(format!(
                    "{issue}: {} became {group}: {}",
                    one.group, one.url
                ));
            }
            if title.replace("\\*", "*") != expected(one) {
                misworded.push(format!("{issue}: {}\n    became {title}", expected(one)));
            }
        }
    }
    println!(
        "{} issues, {total} pull requests: {windows_right} windows right, {} in another group, {} worded otherwise",
        issues.len(),
        misgrouped.len(),
        misworded.len()
    );
    for line in misgrouped.iter().chain(&misworded) {
        println!("{line}");
    }
    assert_eq!(windows_right, issues.len());
    // Until the middle of 2025 Miri had a heading of its own in three weeks, as it had none in the week between them.
    let miri = |line: &String| line.contains(": Miri became Compiler: ");
    let others: Vec<_> = misgrouped.iter().filter(|line| !miri(line)).collect();
    assert!(others.is_empty() && misgrouped.len() <= 4, "{misgrouped:?}");
    assert!(
        misworded.len() * 100 <= total * 3,
        "{}",
        misworded.join("\n")
    );
    the_program_writes_the_same(&collecting, &server);
}

/// The last of the issues again, by the program itself.
fn the_program_writes_the_same(collecting: &Collecting, server: &Server) {
    let (world, here) = (&collecting.world, format!("http://{}", server.address));
    let before = collecting.block("changes");
    assert!(!before.is_empty());
    world.edit("press.toml", "http://api.github.com", &here);
    let host = "[collect]\nprivate = [\"127.0.0.1\"]\n";
    world.edit("press.toml", "[collect]\n", host);
    world.edit(DRAFT, &before, "");
    fs::remove_dir_all(world.path("data")).unwrap();
    let mut command = world.command(&["collect"]);
    let output = command.env("GITHUB_TOKEN", "hush").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let after = collecting.block("changes");
    assert_eq!(after.replace(&here, "http://github.com"), before);
}
