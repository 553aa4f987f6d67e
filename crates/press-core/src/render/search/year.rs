//! One year of issues, ready for the index: its entries in blocks, and for each word where it stands. Years do not know
//! each other, so that they can be made side by side.

use super::entries::{Entry, Furniture, entries};
use super::{BLOCK, Leaf, words};
use crate::render::record::{Record, host_of};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::ops::Range;
use xxhash_rust::xxh3::Xxh3Default;

/// Positions between title, note and the rest, so that no phrase goes across.
const BREAK: u32 = 4;

/// What comes before the words of filters, which no reader types.
pub(super) const MARK: char = '#';
pub(super) const HOST: char = '@';
pub(super) const SECTION: char = '§';

pub(super) type Fast = BuildHasherDefault<Xxh3Default>;

/// A year of issues.
pub(super) struct Year<'r> {
    pub(super) year: i16,
    pub(super) issues: Vec<&'r Record>,
    pub(super) entries: u32,
    /// The entries, for showing them.
    pub(super) blocks: Vec<Leaf>,
    pub(super) register: Register,
    pub(super) hosts: HashMap<Cow<'r, str>, u32, Fast>,
    pub(super) marks: BTreeMap<String, u32>,
    pub(super) sections: BTreeMap<String, u32>,
    /// Links that lead to where an entry leads, or stand in one.
    pub(super) links: u32,
}

/// An entry with the issues of the year that it stands in, as indices.
struct Kept<'r> {
    entry: Entry<'r>,
    issues: Vec<usize>,
    /// The hosts that it leads to, its own first.
    hosts: Vec<Cow<'r, str>>,
}

impl<'r> Year<'r> {
    /// Reads the issues of a year, oldest first, each with its furniture.
    pub(super) fn new(year: i16, issues: &[(&'r Record, &[Furniture])]) -> Year<'r> {
        let kept = distinct(issues);
        let records: Vec<&Record> = issues.iter().map(|(record, _)| *record).collect();
        let mut made = Year {
            year,
            entries: u32::try_from(kept.len()).unwrap_or(u32::MAX),
            blocks: blocks(&kept, &records),
            issues: records,
            register: Register::default(),
            hosts: HashMap::default(),
            marks: BTreeMap::new(),
            sections: BTreeMap::new(),
            links: 0,
        };
        let mut filer = Filer::default();
        let many = made.count(&kept);
        for (at, one) in (0..).zip(&kept) {
            let common = |host: &str| made.hosts.get(host).is_some_and(|count| *count > many);
            filer.entry(at, one, common);
            if let Some(record) = one.issues.last().map(|issue| made.issues[*issue]) {
                made.file_under(&mut filer, at, one, record);
            }
        }
        made.register = filer.register();
        made
    }

    /// Counts links and hosts; gives the number of entries from which on a host's name says nothing of them.
    fn count(&mut self, kept: &[Kept<'r>]) -> u32 {
        for one in kept {
            let times = u32::try_from(one.issues.len()).unwrap_or(0);
            self.links += times * (1 + u32::try_from(one.entry.more.len()).unwrap_or(0));
            let host = one.hosts.first().filter(|host| !host.is_empty());
            if let Some(host) = host {
                match self.hosts.get_mut(host) {
                    Some(count) => *count += 1,
                    None => drop(self.hosts.insert(host.clone(), 1)),
                }
            }
        }
        (self.entries / 32).max(20)
    }

    /// What an entry is filed under: section, marks, hosts.
    fn file_under(&mut self, filer: &mut Filer, at: u32, one: &Kept<'_>, record: &Record) {
        let mut section = one.entry.section.and_then(|at| record.sections.get(at));
        // A section never lies within itself, but records are read back from files.
        let mut depth = 0;
        while let Some(inner) = section.filter(|_| depth < 8) {
            if let Some(id) = &inner.id
                && filer.filter(at, SECTION, id)
            {
                *self.sections.entry(id.clone()).or_default() += 1;
            }
            section = inner.parent.and_then(|parent| record.sections.get(parent));
            depth += 1;
        }
        for mark in one.entry.marks {
            if filer.filter(at, MARK, mark) {
                *self.marks.entry(mark.clone()).or_default() += 1;
            }
        }
        for host in &one.hosts {
            let mut rest = &**host;
            while rest.contains('.') {
                filer.filter(at, HOST, rest);
                rest = rest.split_once('.').map_or("", |(_, rest)| rest);
            }
        }
    }
}

/// The entries of a year, each once, in the order in which they came first.
fn distinct<'r>(issues: &[(&'r Record, &[Furniture])]) -> Vec<Kept<'r>> {
    let mut kept: Vec<Kept<'r>> = Vec::new();
    let mut known: HashMap<u64, usize, Hashed> = HashMap::default();
    let hasher = Fast::default();
    for (issue, (record, furniture)) in issues.iter().enumerate() {
        for entry in entries(record, furniture) {
            let section = entry
                .section
                .and_then(|at| record.sections[at].id.as_deref());
            let key = (
                &entry.title,
                entry.url,
                &entry.note,
                entry.marks,
                section,
                entry.anchor,
            );
            let key = hasher.hash_one(key);
            match known.get(&key) {
                Some(at) => {
                    let one = &mut kept[*at];
                    // Its section is an index of the newest issue's.
                    one.entry.section = entry.section;
                    if one.issues.last() != Some(&issue) {
                        one.issues.push(issue);
                    }
                }
                None => {
                    known.insert(key, kept.len());
                    let urls = std::iter::once(&entry.url).chain(&entry.more);
                    kept.push(Kept {
                        hosts: urls.map(|url: &&'r str| host_of(url)).collect(),
                        entry,
                        issues: vec![issue],
                    });
                }
            }
        }
    }
    kept
}

/// Notes are cut there where entries are shown, in signs; they are found by all their words.
const SHOWN: usize = 280;

fn blocks(kept: &[Kept<'_>], records: &[&Record]) -> Vec<Leaf> {
    let block = |(at, kept): (usize, &[Kept<'_>])| {
        let issues = kept.iter().flat_map(|one| one.issues.iter().copied());
        let mut issues: Vec<usize> = issues.collect();
        issues.sort_unstable();
        issues.dedup();
        let heads = issues.iter().map(|at| {
            let head = &records[*at].head;
            (head.number, head.date, &head.url, &head.title)
        });
        let rows = kept.iter().map(|one| row(one, &issues, records));
        let block = (heads.collect::<Vec<_>>(), rows.collect::<Vec<_>>());
        Leaf::new(at, serde_json::to_vec(&block).unwrap_or_default())
    };
    kept.chunks(BLOCK).enumerate().map(block).collect()
}

/// An entry as it is shown: title, address, note, marks, section, id on the issue's page, issues as indices into those of
/// the block, the newest first.
type Row<'k> = (
    &'k str,
    &'k str,
    Cow<'k, str>,
    &'k [String],
    &'k str,
    &'k str,
    Vec<usize>,
);

fn row<'k>(one: &'k Kept<'_>, issues: &[usize], records: &[&'k Record]) -> Row<'k> {
    let entry = &one.entry;
    let newest = one.issues.last().map(|issue| records[*issue]);
    let section = newest
        .zip(entry.section)
        .and_then(|(record, at)| record.sections.get(at));
    let note = match entry.note.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{} …", entry.note[..end].trim_end())),
        None => Cow::Borrowed(&*entry.note),
    };
    let within = one
        .issues
        .iter()
        .rev()
        .filter_map(|at| issues.binary_search(at).ok());
    (
        &entry.title,
        entry.url,
        note,
        entry.marks,
        section.map_or("", |section| &section.title),
        entry.anchor,
        within.collect(),
    )
}

/// For keys that are hashes already.
type Hashed = BuildHasherDefault<Same>;

#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A word stands in an entry.
#[derive(Clone, Copy, Default)]
struct Place {
    term: u32,
    entry: u32,
    position: u32,
    class: u8,
}

/// Notes all words of a year with their places.
#[derive(Default)]
struct Filer {
    /// The words one after the other, and where each ends.
    words: String,
    ends: Vec<usize>,
    /// The words by their hash, or the next free number.
    known: HashMap<u64, u32, Hashed>,
    places: Vec<Place>,
    /// For each word the entry that was filed under it last, and one.
    filed: Vec<u32>,
    key: String,
}

impl Filer {
    fn term(&mut self, word: &str) -> u32 {
        let mut hash = xxhash_rust::xxh3::xxh3_64(word.as_bytes());
        loop {
            match self.known.get(&hash) {
                Some(term) if self.word(*term) == word => return *term,
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let term = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.known.insert(hash, term);
        self.words.push_str(word);
        self.ends.push(self.words.len());
        self.filed.push(0);
        term
    }

    fn word(&self, term: u32) -> &str {
        let term = term as usize;
        let start = term.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[term]]
    }

    /// Whether the entry was not filed under that yet.
    fn filter(&mut self, entry: u32, kind: char, id: &str) -> bool {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.push(kind);
        key.push_str(id);
        let term = self.term(&key);
        self.key = key;
        let new = self.filed[term as usize] != entry + 1;
        if new {
            self.filed[term as usize] = entry + 1;
            self.places.push(Place {
                term,
                entry,
                ..Place::default()
            });
        }
        new
    }

    /// The words of an entry; names of `common` hosts are not among them.
    fn entry(&mut self, at: u32, one: &Kept<'_>, common: impl Fn(&str) -> bool) {
        let entry = &one.entry;
        let class = title_class(&entry.title, entry.lesser);
        let mut first = self.text(at, &entry.title, 0, class) + BREAK;
        let class = if entry.note.len() <= 150 { 3 } else { 2 };
        first += self.text(at, &entry.note, first, class) + BREAK;
        for mark in entry.marks {
            first += self.text(at, mark, first, 1);
        }
        for host in one.hosts.iter().filter(|host| !common(host)) {
            if let Some((name, _)) = host.rsplit_once('.') {
                first += self.text(at, name, first, 1);
            }
        }
    }

    fn text(&mut self, entry: u32, text: &str, first: u32, class: u8) -> u32 {
        if text.is_empty() {
            return 0;
        }
        words::read(text, |word| {
            let term = self.term(word.text);
            self.places.push(Place {
                term,
                entry,
                position: first + word.position,
                class: if word.part { class.min(2) } else { class },
            });
        })
    }

    /// The places sorted by word; of each word they are in order of entries already.
    fn register(mut self) -> Register {
        let mut starts = vec![0_usize; self.ends.len() + 1];
        for place in &self.places {
            starts[place.term as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut sorted = vec![Place::default(); self.places.len()];
        let mut next = starts.clone();
        for place in std::mem::take(&mut self.places) {
            let at = &mut next[place.term as usize];
            sorted[*at] = place;
            *at += 1;
        }
        let order = self.order();
        let mut register = Register {
            bytes: Vec::with_capacity(sorted.len() * 3),
            ..Register::default()
        };
        for term in &order {
            let places = starts[*term as usize]..starts[*term as usize + 1];
            let postings = register.encode(&mut sorted[places]);
            register.terms.push((self.range(*term), postings));
        }
        register.words = self.words;
        register
    }

    /// The words in order.
    fn order(&self) -> Vec<u32> {
        let keyed = (0..).take(self.ends.len());
        let keyed = keyed.map(|term| (words::order_key(self.word(term)), term));
        let mut keyed: Vec<(u64, u32)> = keyed.collect();
        keyed.sort_unstable_by(|one, other| {
            let whole = || words::order(self.word(one.1), self.word(other.1));
            one.0.cmp(&other.0).then_with(whole)
        });
        keyed.into_iter().map(|(_, term)| term).collect()
    }

    fn range(&self, term: u32) -> Range<usize> {
        let term = term as usize;
        term.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[term]
    }
}

/// The words of a year in order, each with its places.
#[derive(Default)]
pub(super) struct Register {
    words: String,
    bytes: Vec<u8>,
    terms: Vec<(Range<usize>, Span)>,
}

/// Where the places of a word are, and what of them is not in the bytes.
struct Span {
    first: u32,
    last: u32,
    count: u32,
    bytes: Range<usize>,
}

/// Where a word stands in a year.
#[derive(Clone, Copy)]
pub(super) struct Postings<'y> {
    /// The first entry.
    pub(super) first: u32,
    /// The last entry.
    pub(super) last: u32,
    /// In how many entries.
    pub(super) count: u32,
    /// How the word stands in the first entry; then for each further one how many entries on, and how it stands there.
    pub(super) bytes: &'y [u8],
}

impl Register {
    /// The word at a place in the order, with where it stands.
    pub(super) fn get(&self, at: usize) -> Option<(&str, Postings<'_>)> {
        let (word, span) = self.terms.get(at)?;
        let postings = Postings {
            first: span.first,
            last: span.last,
            count: span.count,
            bytes: &self.bytes[span.bytes.clone()],
        };
        Some((&self.words[word.clone()], postings))
    }

    fn encode(&mut self, places: &mut [Place]) -> Span {
        let start = self.bytes.len();
        let first = places.first().map_or(0, |place| place.entry);
        let mut span = Span {
            first,
            last: first,
            count: 0,
            bytes: start..start,
        };
        for places in places.chunk_by_mut(|one, other| one.entry == other.entry) {
            if span.count > 0 {
                put_number(&mut self.bytes, places[0].entry - span.last);
            }
            span.last = places[0].entry;
            span.count += 1;
            self.encode_entry(places);
        }
        span.bytes.end = self.bytes.len();
        span
    }

    /// How a word stands in one entry.
    fn encode_entry(&mut self, places: &mut [Place]) {
        if places.len() > 1 {
            // In order, and the weightiest where two are in one place.
            places.sort_unstable_by_key(|place| (place.position, u8::MAX - place.class));
        }
        let distinct = places.chunk_by(|one, other| one.position == other.position);
        let mut distinct = distinct.filter_map(<[Place]>::first).peekable();
        let mut before = 0;
        while let Some(place) = distinct.next() {
            let further = place.position - before;
            before = place.position;
            let more = if distinct.peek().is_some() { 0x80 } else { 0 };
            let short = u8::try_from(further.min(15)).unwrap_or(15);
            self.bytes.push(more | place.class << 4 | short);
            if further >= 15 {
                put_number(&mut self.bytes, further - 15);
            }
        }
    }
}

/// How much a word in a title weighs: more in a short one.
fn title_class(title: &str, lesser: u8) -> u8 {
    let class: u8 = match title.split_whitespace().count() {
        0..=3 => 7,
        4..=6 => 6,
        7..=11 => 5,
        _ => 4,
    };
    class.saturating_sub(lesser).max(3)
}

/// A number in groups of seven bits, the lowest first; all but the last have the highest bit set.
pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
