//! The years of an index put together: their words in shards, and the head.

use super::head::{FORM, Head, Named, Part, YearHead};
use super::words::order;
use super::year::{HOST, MARK, Postings, SECTION, Year, put_number};
use super::{Index, Leaf, name};
use crate::format::Format;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// Bytes of a shard from which on the next begins.
const SHARD_BYTES: usize = 8_000;

/// Hosts that the head names.
const HOSTS: usize = 60;

/// A part with fewer words gives all of them for typing errors; a larger one those that stand in several entries.
const FEW: usize = 4_000;

/// The index of `years`, oldest first.
pub(super) fn index(mut years: Vec<Year<'_>>, format: &Format) -> Index {
    let mut head = Head {
        form: FORM,
        ..Head::default()
    };
    let mut files = Vec::new();
    for year in &mut years {
        let mut hashes = String::new();
        for block in std::mem::take(&mut year.blocks) {
            let _ = write!(hashes, "{:08x}", block.hash);
            files.push((
                format!("{}-{}-{:08x}.bin", year.year, block.at, block.hash),
                block.content,
            ));
        }
        head.years.push(YearHead {
            year: year.year,
            first: head.entries,
            blocks: hashes,
        });
        head.entries += year.entries;
        head.links += year.links;
        head.issues += u32::try_from(year.issues.len()).unwrap_or(0);
    }
    describe(&mut head, &years, format);
    let mut frequently = Vec::new();
    let newest = years.len().saturating_sub(1);
    let (over, newest) = years.split_at(newest);
    for (at, years) in [over, newest].into_iter().enumerate() {
        let firsts: Vec<u32> = years
            .iter()
            .filter_map(|year| head.first_of(year.year))
            .collect();
        let (part, words) = part(at, years, &firsts, &mut files);
        let frequent = words
            .into_iter()
            .filter(|(_, count)| *count > head.entries / 64);
        frequently.extend(frequent);
        head.parts.push(part);
    }
    head.common = common(frequently, head.entries);
    Index { head, files }
}

impl Head {
    fn first_of(&self, year: i16) -> Option<u32> {
        let year = self.years.iter().find(|one| one.year == year)?;
        Some(year.first)
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

/// What there is to choose by.
fn describe(head: &mut Head, years: &[Year<'_>], format: &Format) {
    let mut hosts: HashMap<&str, u32> = HashMap::new();
    for (host, count) in years.iter().flat_map(|year| &year.hosts) {
        *hosts.entry(host).or_default() += count;
    }
    let hosts = hosts
        .into_iter()
        .map(|(host, count)| (host.to_owned(), count));
    let mut hosts: Vec<(String, u32)> = hosts.collect();
    hosts.sort_by_key(|(host, count)| (u32::MAX - count, host.clone()));
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
    head.marks = sum(years.iter().map(|year| &year.marks))
        .into_iter()
        .map(named)
        .collect();
    head.marks.sort_by_key(|mark| u32::MAX - mark.count);
    head.sections = sections(years, &sum(years.iter().map(|year| &year.sections)));
}

fn sum<'y>(counts: impl Iterator<Item = &'y BTreeMap<String, u32>>) -> BTreeMap<String, u32> {
    let mut sum: BTreeMap<String, u32> = BTreeMap::new();
    for (id, count) in counts.flatten() {
        *sum.entry(id.clone()).or_default() += count;
    }
    sum
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
            let Some(count) = counts.get(id) else {
                continue;
            };
            if known.insert(id.clone()) {
                let within = section.parent.and_then(|parent| issue.sections.get(parent));
                sections.push(Named {
                    id: id.clone(),
                    title: section.title.clone(),
                    within: within.map_or_else(String::new, |within| within.title.clone()),
                    count: *count,
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
