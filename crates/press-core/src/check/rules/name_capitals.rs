//! Names whose capitals are not those that earlier issues write.

use crate::check::archive::{Archive, PastIssue, SHORTEST_WORD};
use crate::check::wording::words;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "name-capitals",
    level: Level::Warn,
    page: include_str!("name_capitals.md"),
    check,
};

/// How many issues are looked at, and in how many a name must stand to be known.
const WINDOW: usize = 160;
const KNOWN: usize = 12;

/// How much more often than the other way.
const CLEARLY: usize = 8;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let (date, text) = (context.date(), context.text());
    for (span, word) in words(text, &context.issue().prose) {
        // In small letters it may be a package's name, in capitals anything.
        let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
        if word.len() < SHORTEST_WORD || !word.is_ascii() || capitals == 0 || capitals == word.len()
        {
            continue;
        }
        if let Some(usual) = usual(archive, date, word) {
            let message = format!("earlier issues write `{usual}`");
            let finding = context.finding(span, message);
            context.report(finding.with_edit(false, span, usual));
        }
    }
}

/// How issues write a name, if they agree and not on `word`.
fn usual<'a>(archive: &'a Archive, date: Option<Date>, word: &str) -> Option<&'a str> {
    let ways = archive.written(word, date, WINDOW);
    let (usual, times) = ways.iter().max_by_key(|(_, times)| *times)?;
    let others: usize = ways
        .iter()
        .filter(|(way, _)| way != usual)
        .map(|(_, times)| times)
        .sum();
    if *usual == word || *times < KNOWN || *times < CLEARLY * others {
        return None;
    }
    let before = archive.before(date);
    let recent = &before[before.len().saturating_sub(WINDOW)..];
    let own = recent.iter().filter(|past| stands_in(past, word)).count();
    (*times >= CLEARLY * own).then_some(usual)
}

fn stands_in(past: &PastIssue, word: &str) -> bool {
    let apart = |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric());
    let has = |text: &str| {
        text.match_indices(word).any(|(at, _)| {
            apart(text[..at].chars().next_back()) && apart(text[at + word.len()..].chars().next())
        })
    };
    past.sections.iter().any(|section| has(&section.text))
}
