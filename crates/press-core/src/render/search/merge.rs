//! The years of an index put together: their words in shards, and the head.

use super::head::{FORM, Head, Named, Part, YearHead};
use super::words::order;
use super::year::{HOST, MARK, Postings, SECTION, Year, put_number};
use super::{Index, Leaf, Seen, Volume, name};
use crate::format::Format;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// Bytes of a shard from which on the next begins.
const SHARD_BYTES: usize = 8_000;

/// Hosts that the head names.
const HOSTS: usize = 60;

/// A part with fewer words gives all of them for typing errors; a larger one those that stand in several entries.
const FEW: usize = 4_000;

/// What the index needs to know of the years that are over: nothing in them depends on newer issues, so they are read once
/// and kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Past {
    /// The head of an index of nothing else, without what there is to choose by.
    head: Head,
    /// Words that may turn out to be common.
    frequent: Vec<(String, u32)>,
    choice: Choice,
    seen: Seen,
    files: Vec<String>,
}

/// What there is to choose by.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Choice {
    hosts: HashMap<String, u32>,
    marks: BTreeMap<String, u32>,
    sections: BTreeMap<String, u32>,
    /// The sections as the newest issue that has them calls and orders them.
    named: Vec<Named>,
}

type Files = Vec<(String, Vec<u8>)>;

impl Past {
    /// The past made of `volumes`, oldest first, and its files; `seen` is what stood in them.
    pub(super) fn new(volumes: Vec<Volume<'_>>, seen: Seen) -> (Past, Files) {
        let mut years: Vec<Year<'_>> = volumes.into_iter().map(|volume| volume.0).collect();
        let mut past = Past {
            seen,
            head: Head {
                form: FORM,
                ..Head::default()
            },
            ..Past::default()
        };
        let mut files = Vec::new();
        let (part, frequent) = past.head.add(&mut years, &mut files);
        past.frequent = frequent;
        past.head.parts.push(part);
        past.choice.add(&years);
        past.files = files.iter().map(|(name, _)| name.clone()).collect();
        (past, files)
    }

    /// The names of its files.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// What stood in its issues.
    pub fn seen(&self) -> Seen {
        self.seen.clone()
    }

    /// The index with the newest year; its files are without those of [`Past::files`]. `format` knows the names of marks.
    pub fn index(&self, newest: Option<Volume<'_>>, format: &Format) -> Index {
        let mut head = self.head.clone();
        let mut years: Vec<Year<'_>> = newest.into_iter().map(|volume| volume.0).collect();
        let mut files = Vec::new();
        let (part, frequent) = head.add(&mut years, &mut files);
        head.parts.push(part);
        let frequent = self.frequent.iter().cloned().chain(frequent);
        let frequent = frequent.filter(|(_, count)| *count > head.entries / 64);
        head.common = common(frequent.collect(), head.entries);
        let mut choice = self.choice.clone();
        choice.add(&years);
        choice.describe(&mut head, format);
        Index { head, files }
    }
}

impl Head {
    /// Adds years with their files; gives what the part of their words is, and frequent words with their entries.
    fn add(&mut self, years: &mut [Year<'_>], files: &mut Files) -> (Part, Vec<(String, u32)>) {
        let mut firsts = Vec::new();
        for year in &mut *years {
            let mut hashes = String::new();
            for block in std::mem::take(&mut year.blocks) {
                let _ = write!(hashes, "{:08x}", block.hash);
                let name = format!("{}-{}-{:08x}.bin", year.year, block.at, block.hash);
                files.push((name, block.content));
            }
            self.years.push(YearHead {
                year: year.year,
                first: self.entries,
                blocks: hashes,
            });
            firsts.push(self.entries);
            self.entries += year.entries;
            self.links += year.links;
            self.issues += u32::try_from(year.issues.len()).unwrap_or(0);
        }
        let (part, mut words) = part(self.parts.len(), years, &firsts, files);
        words.retain(|(_, count)| *count > self.entries / 64);
        (part, words)
    }
}

/// The shards and words of some years; `firsts` are their first entries.
fn part(
    at: usize,
    years: &[Year<'_>],
    firsts: &[u32],
    files: &mut Vec<(String, Vec<u8>)>,
) -> (Part, Vec<(String, u32)>) {
    let mut part = Part::default();
    let mut shard = Shard::default();
    let mut words = Vec::new();
    let mut count = 0;
    let kind = ["o", "n"][at.min(1)];
    let mut put = |shard: &mut Shard| {
        let shard = std::mem::take(shard);
        let file = Leaf::new(part.first.len(), shard.bytes());
        part.first.push(shard.first);
        let _ = write!(part.shards, "{:08x}", file.hash);
        files.push((name(kind, file.at, file.hash), file.content));
    };
    each_term(years, firsts, |term, years| {
        let postings = joined(years);
        // What is long gets a shard to itself.
        if !shard.is_empty() && shard.len() + postings.len() > SHARD_BYTES {
            put(&mut shard);
        }
        shard.push(term, &postings);
        count += 1;
        if is_plain(term) {
            let entries: u32 = years.iter().map(|(_, one)| one.count).sum();
            words.push((term.to_owned(), entries));
        }
    });
    if !shard.is_empty() {
        put(&mut shard);
    }
    words.retain(|(_, entries)| *entries > 1 || count < FEW);
    let file = Leaf::new(0, word_list(&words));
    part.words = format!("{:08x}", file.hash);
    files.push((name(&format!("{kind}w"), 0, file.hash), file.content));
    (part, words)
}

/// The words that stand in more than one of sixteen entries, where there are many.
fn common(words: Vec<(String, u32)>, entries: u32) -> Vec<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (word, count) in words {
        *counts.entry(word).or_default() += count;
    }
    counts.retain(|_, count| *count > (entries / 16).max(50));
    counts.into_keys().collect()
}

/// Tells each word of some years in order, with where it stands in which of them.
fn each_term<'y>(
    years: &'y [Year<'_>],
    firsts: &[u32],
    mut told: impl FnMut(&str, &[(u32, Postings<'y>)]),
) {
    let mut next = vec![0; years.len()];
    let mut same = Vec::new();
    let mut heads: Vec<_> = years.iter().map(|year| year.register.get(0)).collect();
    loop {
        let words = heads.iter().flatten().map(|(word, _)| *word);
        let Some(least) = words.min_by(|one, other| order(one, other)) else {
            return;
        };
        same.clear();
        for (at, head) in heads.iter_mut().enumerate() {
            if let Some((word, postings)) = *head
                && word == least
            {
                same.push((firsts[at], postings));
                next[at] += 1;
                *head = years[at].register.get(next[at]);
            }
        }
        told(least, &same);
    }
}

/// The places of a word in several years as one list.
fn joined(years: &[(u32, Postings<'_>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut last = 0;
    for (first, postings) in years {
        put_number(&mut bytes, first + postings.first - last);
        bytes.extend_from_slice(postings.bytes);
        last = first + postings.last;
    }
    bytes
}

/// Words of a stretch of the alphabet: for each how much of it is as in the word before, the rest, and how long its
/// list of places is; then the lists.
#[derive(Default)]
struct Shard {
    first: String,
    last: String,
    count: u32,
    terms: Vec<u8>,
    postings: Vec<u8>,
}

impl Shard {
    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn len(&self) -> usize {
        self.terms.len() + self.postings.len()
    }

    fn push(&mut self, term: &str, postings: &[u8]) {
        if self.count == 0 {
            term.clone_into(&mut self.first);
        }
        put_term(&mut self.terms, &self.last, term);
        put_number(
            &mut self.terms,
            u32::try_from(postings.len()).unwrap_or(u32::MAX),
        );
        self.postings.extend_from_slice(postings);
        term.clone_into(&mut self.last);
        self.count += 1;
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() + 4);
        put_number(&mut bytes, self.count);
        bytes.extend_from_slice(&self.terms);
        bytes.extend_from_slice(&self.postings);
        bytes
    }
}

/// A term after another: how many bytes they share, how many follow, and these.
fn put_term(bytes: &mut Vec<u8>, before: &str, term: &str) {
    let same = before
        .bytes()
        .zip(term.bytes())
        .take_while(|(one, other)| one == other);
    let shared = term.floor_char_boundary(same.count().min(100));
    let rest = &term.as_bytes()[shared..];
    put_number(bytes, u32::try_from(shared).unwrap_or(0));
    put_number(bytes, u32::try_from(rest.len()).unwrap_or(0));
    bytes.extend_from_slice(rest);
}

/// Whether somebody may have meant a word who typed another.
fn is_plain(term: &str) -> bool {
    term.chars().all(char::is_alphabetic)
}

/// The words that somebody may have meant who typed another.
fn word_list(words: &[(String, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_number(&mut bytes, u32::try_from(words.len()).unwrap_or(0));
    let mut before = "";
    for (word, _) in words {
        put_term(&mut bytes, before, word);
        before = word;
    }
    bytes
}

impl Choice {
    /// Adds years that are newer.
    fn add(&mut self, years: &[Year<'_>]) {
        for year in years {
            for (host, count) in &year.hosts {
                match self.hosts.get_mut(&**host) {
                    Some(known) => *known += count,
                    None => drop(self.hosts.insert(host.to_string(), *count)),
                }
            }
            for (id, count) in &year.marks {
                *self.marks.entry(id.clone()).or_default() += count;
            }
            for (id, count) in &year.sections {
                *self.sections.entry(id.clone()).or_default() += count;
            }
        }
        let mut named = sections(years, &self.sections);
        let known: HashSet<String> = named.iter().map(|one| one.id.clone()).collect();
        let older = std::mem::take(&mut self.named).into_iter();
        named.extend(older.filter(|one| !known.contains(&one.id)));
        self.named = named;
    }

    fn describe(self, head: &mut Head, format: &Format) {
        let mut hosts: Vec<(String, u32)> = self.hosts.into_iter().collect();
        hosts.sort_unstable_by(|(host, one), (other_host, other)| {
            other.cmp(one).then_with(|| host.cmp(other_host))
        });
        hosts.truncate(HOSTS);
        head.hosts = hosts;
        let label = |id: &String| {
            let known = format.find_mark(id);
            known.map_or_else(|| id.clone(), |mark| mark.label.to_owned())
        };
        let named = |(id, count): (String, u32)| Named {
            title: label(&id),
            id,
            within: String::new(),
            count,
        };
        head.marks = self.marks.into_iter().map(named).collect();
        head.marks.sort_by_key(|mark| u32::MAX - mark.count);
        let count = |one: Named| Named {
            count: self.sections.get(&one.id).copied().unwrap_or(0),
            ..one
        };
        head.sections = self.named.into_iter().map(count).collect();
    }
}

/// The sections as the newest issue that has them calls and orders them.
fn sections(years: &[Year<'_>], counts: &BTreeMap<String, u32>) -> Vec<Named> {
    let mut known = HashSet::new();
    let mut sections = Vec::new();
    let issues = years.iter().rev().flat_map(|year| year.issues.iter().rev());
    for issue in issues {
        if known.len() == counts.len() {
            break;
        }
        for section in &issue.sections {
            let Some(id) = section.id.as_ref() else {
                continue;
            };
            if counts.contains_key(id) && known.insert(id.clone()) {
                let within = section.parent.and_then(|parent| issue.sections.get(parent));
                sections.push(Named {
                    id: id.clone(),
                    title: section.title.clone(),
                    within: within.map_or_else(String::new, |within| within.title.clone()),
                    count: 0,
                });
            }
        }
    }
    sections
}

/// What entries are filed under is asked for by these.
pub(super) fn filter_term(kind: Filter, id: &str) -> String {
    let sign = match kind {
        Filter::Mark => MARK,
        Filter::Host => HOST,
        Filter::Section => SECTION,
    };
    format!("{sign}{id}")
}

/// What entries can be chosen by.
#[derive(Clone, Copy)]
pub(super) enum Filter {
    Mark,
    Host,
    Section,
}
