//! What was learnt of pages, kept beside the newsletter so that it is not asked for twice a day.
//!
//! A file of lines, each written as soon as it is known: a run that is killed has lost nothing. Only good answers
//! are kept. The file is a cache: lines that cannot be read are as if they were not there.

use super::wishes::{Depth, Wish};
use super::{Verdict, Visit};
use crate::config::Config;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    url: String,
    /// Seconds since 1970.
    at: u64,
    depth: Depth,
    visit: Visit,
}

#[derive(Debug)]
pub(super) struct Memory {
    known: HashMap<String, Line>,
    file: Option<File>,
    now: u64,
}

impl Memory {
    /// Opens a newsletter's memory. Where none can be kept, everything is asked for each time.
    pub(super) fn open(config: &Config, now: SystemTime) -> Memory {
        let path = config.home().join(".press").join("links.jsonl");
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let oldest = now.saturating_sub(config.links.remembered.as_secs());
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut known = HashMap::new();
        let mut lines = 0;
        for line in text.lines() {
            lines += 1;
            let line = serde_json::from_str::<Line>(line).ok();
            // What comes from the future comes from a wrong clock.
            if let Some(line) = line.filter(|line| (oldest..=now).contains(&line.at)) {
                known.insert(line.url.clone(), line);
            }
        }
        if lines > 2 * known.len() {
            rewrite(&path, &known);
        }
        Memory {
            known,
            file: open_to_append(&path),
            now,
        }
    }

    /// What is known of a page, if it is as much as is wanted.
    pub(super) fn recall(&self, wish: &Wish) -> Option<Visit> {
        let line = self.known.get(wish.url.as_str())?;
        (line.depth >= wish.depth).then(|| line.visit.clone())
    }

    /// Keeps what came of a page, if it was good. Failing to is no failure: it is asked for again.
    pub(super) fn keep(&mut self, wish: &Wish, visit: &Visit) {
        let Some(file) = self
            .file
            .as_mut()
            .filter(|_| visit.verdict() == Verdict::Answers)
        else {
            return;
        };
        let line = Line {
            url: wish.url.to_string(),
            at: self.now,
            depth: wish.depth,
            visit: visit.clone(),
        };
        if let Ok(mut line) = serde_json::to_vec(&line) {
            line.push(b'\n');
            let _ = file.write_all(&line);
        }
    }
}

fn open_to_append(path: &Path) -> Option<File> {
    std::fs::create_dir_all(path.parent()?).ok()?;
    let mut file = File::options().create(true).append(true).open(path).ok()?;
    // A run that was killed may have left half a line.
    file.write_all(b"\n").ok()?;
    Some(file)
}

fn rewrite(path: &Path, known: &HashMap<String, Line>) {
    let lines = known
        .values()
        .filter_map(|line| serde_json::to_string(line).ok());
    let text: String = lines.map(|line| line + "\n").collect();
    let temporary = path.with_extension("new");
    let written = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
}
