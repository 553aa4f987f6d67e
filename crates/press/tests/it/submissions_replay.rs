//! What contributors really sent, where the data are at hand: every pull request read as items and put into the draft as
//! it stood when it was merged, and what the rules say of items that editors changed or dropped later.
//!
//! The folder is `replay/submissions` beside the archive; see `archive.rs`.

use crate::archive::{archive, format};
use press_core::check::options::Options;
use press_core::check::{Facts, Target, run};
use press_core::format::Format;
use press_core::issue::{Document, Issue, Source};
use press_core::submission::{Carried, Place, Proposal, ProposedLink, carry, place, propose};
use press_core::text::collapsed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The pull requests, and the texts that they name.
struct Replay {
    folder: PathBuf,
    rows: Vec<Value>,
    format: Format,
}

fn replay() -> Option<Replay> {
    let archive = archive()?;
    let folder = archive.join("../replay/submissions");
    let Ok(text) = fs::read_to_string(folder.join("submissions.jsonl")) else {
        println!(
            "{} holds no submissions: nothing is tested",
            folder.display()
        );
        return None;
    };
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    Some(Replay {
        rows: rows.collect(),
        format: format(&archive),
        folder,
    })
}

impl Replay {
    fn text(&self, row: &Value, name: &str) -> String {
        let file = Path::new(row[name].as_str().unwrap());
        fs::read_to_string(self.folder.join(file)).unwrap()
    }

    fn proposal(&self, row: &Value) -> Proposal {
        let (base, head) = (self.text(row, "base"), self.text(row, "head"));
        propose(&base, &head, &self.format).unwrap()
    }
}

/// A title without the signs of Markdown, which somebody else's reading of these data kept.
fn plain(title: &str) -> String {
    let plain = |sign: &char| !matches!(sign, '*' | '`' | '\\' | '_');
    collapsed(&title.chars().filter(plain).collect::<String>())
}

fn items(row: &Value) -> &[Value] {
    row["items"].as_array().unwrap()
}

/// Whether a proposal has an item of the data, with its address, title and section.
fn has(proposal: &Proposal, item: &Value) -> bool {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    proposal.items.iter().any(|own| {
        let link = |link: &ProposedLink| {
            link.url == text("url") && plain(&link.title) == plain(text("title"))
        };
        own.links.iter().any(link) && own.place.name() == text("section")
    })
}

#[test]
fn nearly_every_item_is_read_as_it_was_meant() {
    let Some(replay) = replay() else { return };
    let (mut all, mut order, mut missed, mut extra) = (0, 0, Vec::new(), Vec::new());
    for row in &replay.rows {
        let proposal = replay.proposal(row);
        let base = replay.text(row, "base");
        for item in items(row) {
            // What stood there word for word, and only went up or down its list, is no proposal.
            let line = item["line"].as_str().unwrap();
            if base.lines().any(|old| old == line) && !has(&proposal, item) {
                order += 1;
                continue;
            }
            all += 1;
            if !has(&proposal, item) {
                missed.push(format!("{}: {}", row["pull_request"], item["line"]));
            }
        }
        let known = |url: &str| items(row).iter().any(|item| item["url"] == url);
        for own in &proposal.items {
            if !own.links.iter().all(|link| known(&link.url)) {
                extra.push(format!("{}: {}", row["pull_request"], own.text));
            }
        }
    }
    let read = all - missed.len();
    println!(
        "{read} of {all} items read, {} more than there were; {order} more changed places in their lists",
        extra.len()
    );
    println!("{}\n--\n{}", missed.join("\n"), extra.join("\n"));
    assert!(read * 1000 >= all * 990, "{read} of {all}");
    assert!(extra.is_empty() && order < 10, "{} {order}", extra.len());
}

/// Whether a draft has this link in this section.
fn stands(issue: &Issue, place: &Place, url: &str) -> bool {
    issue.items.iter().any(|item| {
        let link = item.link.map(|link| issue.links[link].url.as_str());
        let own = item.section.map(|section| Place::of(issue, section));
        link == Some(url)
            && own.is_some_and(|own| match &place.id {
                Some(id) => own.id.as_ref() == Some(id),
                None => own.path == place.path,
            })
    })
}

#[test]
fn pull_requests_that_would_conflict_are_placed() {
    let Some(replay) = replay() else { return };
    let (mut placed, mut conflicts, mut solved, mut failed) = (0, 0, 0, Vec::new());
    for row in &replay.rows {
        let proposal = replay.proposal(row);
        let before = replay.text(row, "draft_before_merge");
        let mut draft = before.clone();
        let mut trouble = Vec::new();
        for change in &proposal.changes {
            let (text, carried) = carry(&draft, change);
            draft = text;
            if carried == Carried::InTheWay {
                trouble.push(format!("{change:?}"));
            }
        }
        for item in &proposal.items {
            let (text, outcome) = place(&draft, item, &replay.format);
            draft = text;
            if !outcome.is_in() {
                trouble.push(format!("{outcome:?}: {}", item.text));
            }
        }
        let issue = Issue::parse(&draft, &replay.format);
        for item in &proposal.items {
            for link in &item.links {
                if !stands(&issue, &item.place, &link.url) {
                    trouble.push(format!("{} not in {}", link.url, item.place.name()));
                }
            }
        }
        // What stood there stands there still, but for what the pull request takes out.
        let removed = row["removed_lines"].as_array().unwrap().len();
        let lost: Vec<&str> = before
            .lines()
            .filter(|line| !line.trim().is_empty() && !draft.contains(line.trim_end()))
            .collect();
        if lost.len() > removed {
            trouble.push(format!("lost {lost:?}"));
        }
        let conflict = row["would_conflict_as_text"] == true;
        conflicts += usize::from(conflict);
        if trouble.is_empty() {
            placed += 1;
            solved += usize::from(conflict);
        } else {
            failed.push(format!(
                "{} ({}): {}",
                row["pull_request"],
                row["shape"],
                trouble.join("; ")
            ));
        }
    }
    let all = replay.rows.len();
    println!("{placed} of {all} placed whole; {solved} of {conflicts} that conflict as text");
    println!("{}", failed.join("\n"));
    assert!(placed * 100 >= all * 97, "{placed} of {all}");
    assert!(solved * 100 >= conflicts * 97, "{solved} of {conflicts}");
}

/// What the rules say of a line of a text, without the archive and the web: the data are of issues that the archive has.
fn findings(replay: &Replay, text: &str, url: &str) -> Vec<&'static str> {
    let source = Source::new(text, replay.format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &replay.format);
    let target = Target {
        issue: &issue,
        document: &document,
        format: &replay.format,
        options: &Options::default(),
        file_name: "",
        draft: true,
    };
    let report = run(target, Facts::default(), |rule| rule.level);
    let item = issue.items.iter().find(|item| {
        let link = item.link.map(|link| issue.links[link].url.as_str());
        link == Some(url)
    });
    let Some(item) = item else {
        return vec!["gone"];
    };
    let own = report.findings.iter();
    let own = own.filter(|finding| item.span.contains(finding.span));
    own.map(|finding| finding.rule).collect()
}

#[test]
fn what_editors_clean_up_is_cleaned_up() {
    let Some(replay) = replay() else { return };
    let (mut markers, mut right) = (0, 0);
    let mut said: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &replay.rows {
        let mut draft = replay.text(row, "draft_before_merge");
        let proposal = replay.proposal(row);
        for item in &proposal.items {
            draft = place(&draft, item, &replay.format).0;
        }
        for item in items(row).iter().filter(|item| has(&proposal, item)) {
            let url = item["url"].as_str().unwrap();
            let flags = item["fate"]["flags"].as_array().unwrap();
            let mut flags: Vec<&str> = flags.iter().map(|flag| flag.as_str().unwrap()).collect();
            let published = item["fate"]["published_line"].as_str();
            let line = draft
                .lines()
                .find(|line| line.contains(&format!("]({url})")));
            if let (Some(published), Some(line)) = (published, line)
                && flags.iter().any(|flag| flag.contains("list marker"))
            {
                markers += 1;
                right += usize::from(line.trim_start()[..1] == published.trim_start()[..1]);
            }
            flags.retain(|flag| !flag.contains("list marker") && *flag != "indent changed");
            if flags.is_empty() {
                flags.push("unchanged");
            }
            let found = findings(&replay, &draft, url);
            for flag in flags {
                let count = said.entry(flag.to_owned()).or_default();
                count.0 += 1;
                count.1 += usize::from(!found.is_empty());
                if flag == "unchanged" {
                    for rule in &found {
                        *rules.entry(rule).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("{right} of {markers} markers as editors made them");
    for (flag, (all, found)) in &said {
        println!("{flag}: {found} of {all} have a finding");
    }
    println!("findings on what stayed as it was: {rules:?}");
    assert!(right * 100 >= markers * 90, "{right} of {markers}");
}
