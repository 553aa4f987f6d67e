//! The newsletter's life in numbers: for `press stats`, and what the repository tells of how issues were made.

use crate::config::Config;
use crate::error::Result;
use crate::git::Git;
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records;
use jiff::civil::Date;
use press_core::render::record::Record;
use press_core::render::statistics::{Making, Statistics};
use std::collections::HashMap;
use std::path::Path;

/// All numbers.
pub fn statistics(config: &Config) -> Result<Statistics> {
    let named = records::named(config)?;
    let names: Vec<(String, Date)> = named
        .iter()
        .map(|(name, record)| (name.clone(), record.head.date))
        .collect();
    let making = making(config, &names);
    let records: Vec<&Record> = named.iter().map(|(_, record)| record).collect();
    let made = making.as_ref().map(|making| making.made.as_slice());
    Ok(Statistics::new(&records, &config.format, made))
}

/// What the repository tells of the issues, in their order.
#[derive(Debug)]
pub(in crate::pipeline) struct Makings {
    /// What it depends on: the repository's state, and which issues there are.
    pub(in crate::pipeline) key: Key,
    pub(in crate::pipeline) made: Vec<Making>,
}

/// Asks the repository how issues, given by their files' names and days, were made. Nothing where there is no
/// repository, or only the last of its history: half the truth would be none.
pub(in crate::pipeline) fn making(config: &Config, issues: &[(String, Date)]) -> Option<Makings> {
    let git = Git::of(&config.folder).ok()?;
    let state = git
        .run(&["rev-parse", "--is-shallow-repository", "HEAD"], None)
        .ok()?;
    let head = state.strip_prefix("false\n")?;
    let key = Key::of((head, issues, &config.text, kept::program()));
    let path = kept::folder(config.home()).join("making");
    if let Some(made) = kept::read_value(&path, key) {
        return Some(Makings { key, made });
    }
    let made = read(&git, config, issues)?;
    kept::write_value(&path, key, &made);
    Some(Makings { key, made })
}

/// Begins each commit in what Git is asked to say; no name of a person or a file holds it.
const COMMIT: char = '\u{1}';

fn read(git: &Git, config: &Config, issues: &[(String, Date)]) -> Option<Vec<Making>> {
    let folders = [&config.issues, &config.drafts].map(|folder| {
        std::path::absolute(folder)
            .unwrap_or_else(|_| folder.clone())
            .display()
            .to_string()
    });
    let log = git.run_whole(&[
        "-c",
        "core.quotePath=false",
        "log",
        "--no-merges",
        "--no-renames",
        "--name-status",
        "--diff-filter=AM",
        "--format=%x01%aN%x00%cs",
        "--",
        &folders[0],
        &folders[1],
    ]);
    let log = log.ok()?;
    let at: HashMap<&str, usize> = issues
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (name.as_str(), at))
        .collect();
    let mut made = vec![Making::default(); issues.len()];
    for commit in log.split(COMMIT).skip(1) {
        let (head, files) = commit.split_once('\n').unwrap_or((commit, ""));
        let (author, day) = head.split_once('\0')?;
        let day: Date = day.parse().ok()?;
        for (status, path) in files.lines().filter_map(|line| line.split_once('\t')) {
            let path = Path::new(path);
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(at) = name.and_then(|name| at.get(name)).copied() else {
                continue;
            };
            made[at].contributors.insert(author.to_owned());
            let published = path
                .parent()
                .is_some_and(|folder| config.issues.ends_with(folder));
            // That a draft became an issue is no correction, however late it was.
            made[at].corrections += usize::from(status == "M" && published && day > issues[at].1);
        }
    }
    Some(made)
}
