//! Words of a link that its address spells with another letter.

use crate::check::archive::{Archive, SHORTEST_WORD};
use crate::check::misspellings::correction;
use crate::check::wording::{fingerprint, one_slip_apart, same_stem};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "text-unlike-address",
    level: Level::Warn,
    page: include_str!("text_unlike_address.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let (issue, text, date) = (context.issue(), context.text(), context.date());
    let archive = context.facts.archive;
    for link in &issue.links {
        if link.image || link.url.len() < 12 || link.text.is_empty() {
            continue;
        }
        let said = link.text.of(text);
        let count = |archive: &Archive| archive.before(date).len();
        let known = |word: &str| {
            archive.is_some_and(|archive| archive.knows(fingerprint(word), count(archive)))
        };
        let mut new = pieces(said, link.text.start);
        let options = context.target.options;
        new.retain(|(_, word)| !known(word) && !options.is_right(word));
        if new.is_empty() && !may_be_name(said) {
            continue;
        }
        let (url, said) = (link.url.to_lowercase(), said.to_lowercase());
        if let Some(name) = whole_name(&said, &url) {
            let message = format!("the address says `{name}`");
            let finding = context.finding(link.text, message);
            context.report(finding.with_help("one of the two is misspelt"));
            continue;
        }
        for (span, word) in new {
            if let Some(other) = spelt_otherwise(word, &url, &said) {
                let message = format!("`{word}` is spelt `{other}` in the address");
                let finding = context.finding(span, message);
                context.report(finding.with_help("one of the two is misspelt"));
            }
        }
    }
}

/// The runs of plain letters, long enough to be compared.
fn pieces(text: &str, start: usize) -> Vec<(Span, &str)> {
    let bytes = text.as_bytes();
    // A letter beyond ASCII is part of its word, and the word none of these.
    let in_word = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let mut found = Vec::new();
    let mut at = 0;
    for run in bytes.split(|byte| !in_word(byte)) {
        let span = Span::new(at, at + run.len());
        at = span.end + 1;
        if run.len() > SHORTEST_WORD && run.is_ascii() {
            found.push((
                Span::new(start + span.start, start + span.end),
                span.of(text),
            ));
        }
    }
    found
}

/// How the address spells a word that no issue has, with one letter other than the text.
fn spelt_otherwise<'u>(word: &str, url: &'u str, said: &str) -> Option<&'u str> {
    let lower = word.to_lowercase();
    if url.contains(&lower) || correction(fingerprint(word)).is_some() {
        return None;
    }
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let host = path.split('/').nth(2).unwrap_or_default();
    let mut parts = path.split(|character: char| !character.is_ascii_alphabetic());
    parts.find(|part| {
        let end = part.len() == lower.len()
            && part[..part.len() - 1] == lower[..lower.len().min(part.len()) - 1];
        part.len() >= SHORTEST_WORD
            && one_slip_apart(&lower, part)
            // The name of a site has no forms.
            && (end && host.contains(part) || !same_stem(&lower, part))
            && !said.contains(part)
    })
}

/// Whether a text is one name of several parts.
fn may_be_name(said: &str) -> bool {
    said.len() >= 6 && said.contains(['-', '_']) && !said.contains([' ', '/'])
}

/// The last part of an address, if the whole text is a name of several parts that differs in one letter.
fn whole_name<'u>(said: &str, url: &'u str) -> Option<&'u str> {
    let said = said.trim_matches('`');
    let last = url
        .split(['?', '#'])
        .next()?
        .trim_end_matches('/')
        .rsplit('/')
        .next()?;
    let same_length = last.len() == said.len() && last.replace('_', "-") != said.replace('_', "-");
    (may_be_name(said) && same_length && one_slip_apart(said, last)).then_some(last)
}
