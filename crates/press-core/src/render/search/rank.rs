//! Which entries answer a question, and in which order.
//!
//! A word counts by how rare it is (as in BM25) and by where it stands: in a short title most, in a note less, as the name
//! of a host least. Words that follow each other as in the question count more, and so does a title that begins with
//! them. What comes out equal is ordered by age, the newest first.

use super::head::Head;
use super::merge::{Filter, filter_term};
use super::question::{Filters, Question, Unit};
use super::read::{Damaged, Dictionary, Files, Spot, each};
use super::show::{Found, shown};
use crate::text::distance;
use serde::Serialize;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// What a place counts, by its class.
const WEIGHTS: [u32; 8] = [0, 3, 4, 6, 9, 11, 13, 16];

/// In sixteenths: as typed, in the other number, with more behind it, with one typing error, with two.
const EXACT: u32 = 16;
const PLURAL: u32 = 13;
const LONGER: u32 = 11;
const ERRORS: [u32; 3] = [EXACT, 9, 6];

/// Shards that a beginning may cover; a beginning of more says too little.
const BROADEST: usize = 3;

/// If fewer entries than that have all words, those that have a third of them, by rarity, follow.
const FEW: usize = 10;

/// Words that are tried in place of one that is nowhere.
const GUESSES: usize = 3;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// How many entries there are.
    pub total: u32,
    /// How many of them have all words. They come first; if they are few, others follow that have some.
    pub whole: u32,
    /// Words that stand nowhere.
    pub missing: Vec<String>,
    /// Words that stand nowhere, each with one that was taken instead.
    pub guessed: Vec<(String, String)>,
    /// The first of them, the best first.
    pub found: Vec<Found>,
}

/// Searches the index in `files` and gives the first `limit` entries.
pub fn search<F: Files + ?Sized>(
    files: &F,
    head: &Head,
    question: &Question,
    filters: &Filters,
    limit: usize,
) -> Result<Answer, Damaged> {
    let searcher = Searcher {
        dictionary: Dictionary { files, head },
        entries: head.entries as usize,
    };
    let allowed = searcher.allowed(filters)?;
    let mut answer = Answer::default();
    let ranked = searcher.ranked(question, &allowed, &mut answer)?;
    answer.total = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    answer.found = shown(files, head, &ranked, limit)?;
    Ok(answer)
}

/// A unit of the question with what it found.
struct Hits {
    /// What each entry is worth; nothing where it has not the word.
    worth: Vec<u32>,
    /// The place that counts.
    at: Vec<u32>,
    count: u32,
    len: u32,
    quoted: bool,
    rarity: u32,
}

struct Searcher<'f, F: ?Sized> {
    dictionary: Dictionary<'f, F>,
    entries: usize,
}

impl<F: Files + ?Sized> Searcher<'_, F> {
    /// The entries that the filters let through.
    fn allowed(&self, filters: &Filters) -> Result<Vec<bool>, Damaged> {
        let head = self.dictionary.head;
        let (first, end) = filters
            .year
            .map_or((0, head.entries), |year| head.span_of(year));
        let span = first as usize..end as usize;
        let mut allowed: Vec<bool> = (0..self.entries)
            .map(|entry| span.contains(&entry))
            .collect();
        for (kind, id) in [
            (Filter::Section, &filters.section),
            (Filter::Mark, &filters.mark),
            (Filter::Host, &filters.host),
        ] {
            if id.is_empty() {
                continue;
            }
            let mut has = vec![false; self.entries];
            self.look(&filter_term(kind, id), false, |_, entry, _| {
                has[entry] = true;
            })?;
            for (allowed, has) in allowed.iter_mut().zip(has) {
                *allowed &= has;
            }
        }
        Ok(allowed)
    }

    /// Tells each entry with a word, or with words that begin with it.
    fn look(
        &self,
        word: &str,
        prefix: bool,
        mut told: impl FnMut(&str, usize, &[Spot]),
    ) -> Result<(), Damaged> {
        let wanted = |text: &str| text == word || prefix && text.starts_with(word);
        for shard in self.dictionary.shards(word, prefix)? {
            for term in shard.find(wanted)? {
                let entries = self.dictionary.head.entries;
                let read = each(term.postings, entries, |entry, spots| {
                    told(&term.text, entry, spots);
                });
                read.ok_or_else(|| shard.damaged())?;
            }
        }
        Ok(())
    }

    fn ranked(
        &self,
        question: &Question,
        allowed: &[bool],
        answer: &mut Answer,
    ) -> Result<Vec<usize>, Damaged> {
        if question.is_empty() {
            let all = (0..self.entries).rev();
            let all: Vec<usize> = all.filter(|entry| allowed[*entry]).collect();
            answer.whole = u32::try_from(all.len()).unwrap_or(u32::MAX);
            return Ok(all);
        }
        let mut hits = Vec::new();
        for unit in self.telling(question) {
            hits.extend(self.unit(unit, answer)?);
        }
        let total = log(u32::try_from(self.entries).unwrap_or(u32::MAX));
        for hits in &mut hits {
            hits.rarity = total.saturating_sub(log(hits.count)) + 8;
        }
        let scored = Scored {
            hits: &hits,
            allowed,
        };
        let whole: u32 = hits.iter().map(|hits| hits.rarity).sum();
        let mut all = scored.rank(whole..=u32::MAX);
        answer.whole = u32::try_from(all.len()).unwrap_or(u32::MAX);
        if all.len() < FEW && whole > 0 {
            all.extend(scored.rank(whole.div_ceil(3)..=whole - 1));
        }
        Ok(all)
    }

    /// The units that say something: with two others, a word that nearly every entry has is not looked for.
    fn telling<'q>(&self, question: &'q Question) -> Vec<&'q Unit> {
        let says =
            |unit: &&Unit| unit.quoted || unit.words.len() > 1 || !self.is_common(&unit.words[0]);
        let telling: Vec<&Unit> = question.units.iter().filter(says).collect();
        if telling.len() < 2 {
            return question.units.iter().collect();
        }
        telling
    }

    /// What a unit finds; several where words that were written as one stand together nowhere.
    fn unit(&self, unit: &Unit, answer: &mut Answer) -> Result<Vec<Hits>, Damaged> {
        if let [word] = &unit.words[..] {
            return Ok(self.word(word, unit, answer)?.into_iter().collect());
        }
        let hits = self.phrase(unit)?;
        if hits.count > 0 {
            return Ok(vec![hits]);
        }
        if unit.quoted {
            answer.missing.push(unit.words.join(" "));
            // Nothing has it, so nothing is found.
            return Ok(vec![hits]);
        }
        let mut single = Vec::new();
        let last = unit.words.len() - 1;
        for (at, word) in unit.words.iter().enumerate() {
            let unit = Unit {
                words: vec![word.clone()],
                prefix: unit.prefix && at == last,
                quoted: false,
            };
            single.extend(self.word(word, &unit, answer)?);
        }
        Ok(single)
    }

    fn word(&self, word: &str, unit: &Unit, answer: &mut Answer) -> Result<Option<Hits>, Damaged> {
        let mut hits = self.hits(1, unit.quoted);
        let open = unit.prefix && !unit.quoted && self.may_go_on(word);
        let quality = |text: &str| if text == word { EXACT } else { LONGER };
        self.look(word, open, |text, entry, spots| {
            hits.put(entry, spots, quality(text));
        })?;
        if !unit.quoted && word.chars().count() >= 4 && !self.is_common(word) {
            for other in other_number(word) {
                self.look(&other, false, |_, entry, spots| {
                    hits.put(entry, spots, PLURAL);
                })?;
            }
        }
        if hits.count > 0 || unit.quoted {
            if hits.count == 0 {
                answer.missing.push(word.to_owned());
            }
            return Ok(Some(hits));
        }
        for (guess, errors) in self.guesses(word)? {
            let quality = ERRORS[errors.min(2)];
            self.look(&guess, false, |_, entry, spots| {
                hits.put(entry, spots, quality);
            })?;
            answer.guessed.push((word.to_owned(), guess));
        }
        if hits.count > 0 {
            return Ok(Some(hits));
        }
        // Of a word that is being typed it is too early to say that it is nowhere.
        if !unit.prefix || word.chars().count() > 2 {
            answer.missing.push(word.to_owned());
        }
        Ok(None)
    }

    fn is_common(&self, word: &str) -> bool {
        self.dictionary
            .head
            .common
            .iter()
            .any(|common| common == word)
    }

    fn may_go_on(&self, word: &str) -> bool {
        let long = word.chars().count() > 1 && !self.is_common(word);
        long && self.dictionary.breadth(word) <= BROADEST
    }

    /// Words that may have been meant, each with the number of typing errors.
    fn guesses(&self, word: &str) -> Result<Vec<(String, usize)>, Damaged> {
        let len = word.chars().count();
        let most = match len {
            _ if !word.chars().all(char::is_alphabetic) => return Ok(Vec::new()),
            0..=3 => return Ok(Vec::new()),
            4..=7 => 1,
            _ => 2,
        };
        let close = |other: String| {
            let errors = (other.chars().count().abs_diff(len) <= most)
                .then(|| typing_errors(word, &other))?;
            (errors <= most).then_some((other, errors))
        };
        let mut close: Vec<(String, usize)> = self
            .dictionary
            .words()?
            .into_iter()
            .filter_map(close)
            .collect();
        let first = word.chars().next();
        close.sort_by(|one, other| {
            let key = |(word, errors): &(String, usize)| (*errors, word.chars().next() != first);
            let ordered = key(one).cmp(&key(other));
            ordered.then_with(|| super::words::order(&one.0, &other.0))
        });
        close.truncate(GUESSES);
        Ok(close)
    }

    fn phrase(&self, unit: &Unit) -> Result<Hits, Damaged> {
        let mut found: HashMap<usize, Vec<Spot>> = HashMap::new();
        let last = unit.words.len() - 1;
        for (at, word) in unit.words.iter().enumerate() {
            let open = unit.prefix && at == last && self.may_go_on(word);
            let mut next: HashMap<usize, Vec<Spot>> = HashMap::new();
            self.look(word, open, |_, entry, spots| {
                let starts = |spot: &Spot| {
                    if at == 0 {
                        return Some(*spot);
                    }
                    let before = found.get(&entry)?;
                    let start = spot.position.checked_sub(u32::try_from(at).ok()?)?;
                    let before = before.iter().find(|before| before.position == start)?;
                    let class = before.class.min(spot.class);
                    Some(Spot {
                        position: start,
                        class,
                    })
                };
                let starts: Vec<Spot> = spots.iter().filter_map(starts).collect();
                if !starts.is_empty() {
                    next.entry(entry).or_default().extend(starts);
                }
            })?;
            found = next;
        }
        let mut hits = self.hits(u32::try_from(unit.words.len()).unwrap_or(1), unit.quoted);
        for (entry, spots) in found {
            hits.put(entry, &spots, EXACT);
        }
        Ok(hits)
    }

    fn hits(&self, len: u32, quoted: bool) -> Hits {
        Hits {
            worth: vec![0; self.entries],
            at: vec![0; self.entries],
            count: 0,
            len,
            quoted,
            rarity: 0,
        }
    }
}

impl Hits {
    fn put(&mut self, entry: usize, spots: &[Spot], quality: u32) {
        for spot in spots {
            let worth = WEIGHTS[usize::from(spot.class & 7)] * quality;
            let known = self.worth[entry];
            if known == 0 && worth > 0 {
                self.count += 1;
            }
            if worth > known || worth == known && spot.position < self.at[entry] {
                self.worth[entry] = worth;
                self.at[entry] = spot.position;
            }
        }
    }
}

/// The same word in the other number, as far as an `s` makes it.
fn other_number(word: &str) -> Vec<String> {
    let mut others = vec![format!("{word}s")];
    others.extend(word.strip_suffix('s').map(str::to_owned));
    others
}

/// Sixteen times the logarithm to base two, rounded down, without fractions on the way.
fn log(number: u32) -> u32 {
    let number = u64::from(number.max(1));
    let whole = number.ilog2();
    let mut mantissa = (number << 16) >> whole;
    let mut log = u64::from(whole);
    for _ in 0..4 {
        mantissa = (mantissa * mantissa) >> 16;
        log <<= 1;
        if mantissa >= 1 << 17 {
            mantissa >>= 1;
            log += 1;
        }
    }
    u32::try_from(log).unwrap_or(0)
}

/// How many signs are wrong, missing, too many or exchanged.
fn typing_errors(one: &str, other: &str) -> usize {
    let plain = distance(one, other);
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len() != other.len() || plain != 2 {
        return plain;
    }
    let wrong: Vec<usize> = (0..one.len()).filter(|at| one[*at] != other[*at]).collect();
    match wrong[..] {
        [a, b] if b == a + 1 && one[a] == other[b] && one[b] == other[a] => 1,
        _ => plain,
    }
}

struct Scored<'h> {
    hits: &'h [Hits],
    allowed: &'h [bool],
}

impl Scored<'_> {
    /// The entries whose words are together as rare as that, the best first.
    fn rank(&self, rarities: RangeInclusive<u32>) -> Vec<usize> {
        let mut ranked = Vec::new();
        for entry in (0..self.allowed.len()).filter(|entry| self.allowed[*entry]) {
            let has = |hits: &&Hits| hits.worth[entry] > 0;
            let rarity: u32 = self.hits.iter().filter(has).map(|hits| hits.rarity).sum();
            let whole = self.hits.iter().all(|hits| !hits.quoted || has(&hits));
            if rarity > 0 && rarities.contains(&rarity) && whole {
                ranked.push((self.score(entry), entry));
            }
        }
        ranked.sort_unstable_by(|one, other| other.cmp(one));
        ranked.into_iter().map(|(_, entry)| entry).collect()
    }

    fn score(&self, entry: usize) -> u32 {
        let mut score = 0;
        let mut before: Option<&Hits> = None;
        for (unit, hits) in self.hits.iter().enumerate() {
            let worth = hits.worth[entry];
            if worth == 0 {
                before = None;
                continue;
            }
            score += worth * hits.rarity;
            let at = hits.at[entry];
            let follows = |before: &&Hits| before.at[entry] + before.len == at;
            if let Some(before) = before.filter(follows) {
                score += worth.min(before.worth[entry]) * hits.rarity.min(before.rarity) / 2;
            }
            if unit == 0 && at == 0 {
                score += worth * hits.rarity / 4;
            }
            before = Some(hits);
        }
        score
    }
}
