//! Entries as they are shown.

use super::head::Head;
use super::read::{Block, Damaged, EntryRow, Files, block};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is called.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// What is said of it.
    pub note: String,
    /// The identities of its marks.
    pub marks: Vec<String>,
    /// What its section is called.
    pub section: String,
    /// Its address in the newest issue that has it, from the slash.
    pub place: String,
    /// That issue's number.
    pub number: Option<u32>,
    /// That issue's date.
    pub date: String,
    /// That issue's title.
    pub issue: String,
    /// In how many further issues of the year it stands.
    pub further: usize,
}

/// The first entries as they are shown. What has the title and the address of one before is the same in an older year.
pub(super) fn shown<F: Files + ?Sized>(
    files: &F,
    head: &Head,
    ranked: &[usize],
    limit: usize,
) -> Result<Vec<Found>, Damaged> {
    let mut blocks: HashMap<String, Block> = HashMap::new();
    let mut known = HashSet::new();
    let mut all = Vec::new();
    for entry in ranked {
        if all.len() == limit {
            break;
        }
        let head_damaged = || Damaged {
            file: "index.json".to_owned(),
        };
        let entry = u32::try_from(*entry).unwrap_or(u32::MAX);
        let (name, within) = head.block_of(entry).ok_or_else(head_damaged)?;
        if !blocks.contains_key(&name) {
            blocks.insert(name.clone(), block(files, &name)?);
        }
        let found = found(&blocks[&name], within).ok_or(Damaged { file: name })?;
        if known.insert((found.title.clone(), found.url.clone())) {
            all.push(found);
        }
    }
    Ok(all)
}

fn found(block: &Block, within: usize) -> Option<Found> {
    let (title, url, note, marks, section, anchor, issues): &EntryRow = block.1.get(within)?;
    let (number, date, page, issue) = block.0.get(*issues.first()?)?;
    let hash = if anchor.is_empty() { "" } else { "#" };
    Some(Found {
        title: title.clone(),
        url: url.clone(),
        note: note.clone(),
        marks: marks.clone(),
        section: section.clone(),
        place: format!("{page}{hash}{anchor}"),
        number: *number,
        date: date.clone(),
        issue: issue.clone(),
        further: issues.len() - 1,
    })
}
