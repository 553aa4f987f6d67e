//! Words that no earlier issue has and that are one slip away from a usual one.

use crate::check::archive::{Archive, SHORTEST_WORD};
use crate::check::wording::{same_stem, slips};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::Issue;
use crate::span::Span;
use jiff::civil::Date;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "unusual-spelling",
    level: Level::Warn,
    page: include_str!("unusual_spelling.md"),
    check,
};

/// Fewer earlier issues than this do not know what is usual.
const ENOUGH_ISSUES: usize = 12;

/// From how many letters on one that is replaced is a slip and no other word.
const LONG: usize = 8;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let (issue, date, text) = (context.issue(), context.date(), context.text());
    let count = archive.before(date).len();
    if count < ENOUGH_ISSUES {
        return;
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    let mut found = Vec::new();
    for word in context.shared.words() {
        if is_candidate(word.text) && !archive.knows(word.fingerprint, count) {
            *counts.entry(word.fingerprint).or_default() += 1;
            found.push(word);
        }
    }
    // A word that comes again is meant.
    found.retain(|word| counts.get(&word.fingerprint) == Some(&1));
    for (span, word) in found.into_iter().map(|word| (word.span, word.text)) {
        let word = word.to_lowercase();
        let right = context.target.options.is_right(&word);
        let named = is_part(text, span) || in_address(issue, span, &word);
        if right || named || has_known_stem(archive, date, &word) {
            continue;
        }
        let Some(usual) = usual_near(archive, date, &word) else {
            continue;
        };
        let written = span.of(text);
        let usual = match written.starts_with(char::is_uppercase) {
            true => usual[..1].to_uppercase() + &usual[1..],
            false => usual,
        };
        let message = format!("`{written}` stands in no earlier issue, `{usual}` in many");
        let finding = context.finding(span, message).with_edit(false, span, usual);
        context.report(finding.with_help("correct it, or leave it if it is a name"));
    }
}

/// Whether a word is plain enough to be judged: small letters after the first, none with an accent.
fn is_candidate(word: &str) -> bool {
    word.len() > SHORTEST_WORD
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && word[1..].bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether a word is a form of one that earlier issues have: `sounding` of `sound`.
fn has_known_stem(archive: &Archive, date: Option<Date>, word: &str) -> bool {
    ENDINGS.iter().any(|ending| {
        let stem = word.strip_suffix(ending);
        stem.is_some_and(|stem| {
            let known = |word: &str| word.len() >= SHORTEST_WORD && archive.knows_word(word, date);
            known(stem) || known(&format!("{stem}e"))
        })
    })
}

/// Endings that make forms of words.
const ENDINGS: [&str; 11] = [
    "s", "es", "ed", "d", "er", "ers", "ing", "ly", "able", "ness", "less",
];

/// Whether a word is the end of a compound, or all that a link says: then it is a name.
fn is_part(text: &str, span: Span) -> bool {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let end = span.len() < LONG && before.ends_with('-');
    end || (before.ends_with('[') && after.starts_with(']'))
}

/// The usual word that `word` is one slip away from, unless both are forms of one word.
fn usual_near(archive: &Archive, date: Option<Date>, word: &str) -> Option<String> {
    let count = archive.before(date).len();
    let mut usual = slips(word, |slip| archive.is_usual(slip, count)).into_iter();
    let first = usual.next()?;
    // Short words differ by one letter from other right ones, and any word may have one more in front.
    let replaced = first.len() == word.len() && word.len() < LONG && !is_swap(word, &first);
    if replaced || word.ends_with(&first) {
        return None;
    }
    // A form of a usual word is right, whatever else is near.
    let form = same_stem(word, &first) || usual.any(|other| same_stem(word, &other));
    (!form).then_some(first)
}

/// Whether two words of one length have the same letters.
fn is_swap(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters = word.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// Whether the address that the word links to spells it the same: then it is the page's own word.
fn in_address(issue: &Issue, span: Span, word: &str) -> bool {
    let before = issue
        .links
        .partition_point(|link| link.span.start <= span.start);
    let link = before.checked_sub(1).map(|at| &issue.links[at]);
    link.filter(|link| link.span.contains(span))
        .is_some_and(|link| link.url.to_lowercase().contains(word))
}
