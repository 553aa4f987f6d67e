//! Names whose capitals are not those that earlier issues write.

use crate::check::archive::{Archive, SHORTEST_WORD};
use crate::check::wording::Word;
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
    let date = context.date();
    for found in context.shared.words() {
        let (span, word) = (found.span, found.text);
        // In small letters it may be a package's name, in capitals anything.
        let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
        if word.len() < SHORTEST_WORD || !word.is_ascii() || capitals == 0 || capitals == word.len()
        {
            continue;
        }
        let right = context.target.options.is_right(word);
        if let Some(usual) = usual(archive, date, found).filter(|_| !right) {
            let message = format!("earlier issues write `{usual}`");
            let finding = context.finding(span, message);
            context.report(finding.with_edit(false, span, usual));
        }
    }
}

/// How issues write a name, if they agree and not on `word`.
fn usual<'a>(archive: &'a Archive, date: Option<Date>, word: &Word<'_>) -> Option<&'a str> {
    let ways = archive.written(word.fingerprint, date, WINDOW);
    let (usual, times) = ways.iter().max_by_key(|(_, times)| *times)?;
    let others: usize = ways
        .iter()
        .filter(|(way, _)| way != usual)
        .map(|(_, times)| times)
        .sum();
    let clear = *usual != word.text && *times >= KNOWN && *times >= CLEARLY * others;
    clear.then_some(usual)
}
