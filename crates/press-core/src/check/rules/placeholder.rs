//! Words that stand for something still to be written.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "placeholder",
    level: Level::Deny,
    page: include_str!("placeholder.md"),
    check,
};

/// What people write where something is to come, as whole words in capitals; put together, because a source
/// that holds them would itself be unfinished.
const NOTES: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    "TBD",
    "TKTK",
    "YYYY",
];

/// What people write where an address is to come.
const DESTINATIONS: &[&str] = &["URL", "LINK", "HERE", "ADDRESS", "HREF"];

/// What forms and templates call a title; as the whole text of a link.
const TITLES: &[&str] = &[
    "...",
    "???",
    "article title",
    "event name",
    "event title",
    "group name",
    "insert title",
    "item title",
    "placeholder",
    "title",
    "title of the linked page",
    "untitled",
];

/// With these words no sentence ends.
const OPEN_ENDS: &[&str] = &[
    "the", "a", "an", "of", "and", "or", "with", "for", "from", "to", "by", "in", "at", "on", "is",
    "are",
];

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let found = context.shared.inlines();
    for inline in found.iter().filter(|inline| !inline.code) {
        if let Some((at, word)) = placeholder(inline.span.of(text), inline.link) {
            let start = inline.span.start + at;
            report(context, Span::new(start, start + word.len()), word);
        }
    }
    for link in &context.issue().links {
        if !link.image
            && let Some(title) = empty_title(&link.title, &link.url)
        {
            report(context, link.text, title);
        }
        let Some(span) = link.destination else {
            continue;
        };
        // Addresses may hold any word; a placeholder is all there is.
        let word = link.url.to_ascii_uppercase();
        let alone = !word.contains([':', '/', '.', '#'])
            && (placeholder(&word, false).is_some() || DESTINATIONS.contains(&word.as_str()));
        let sign = matches!(
            link.url.as_str(),
            "#" | "..." | "???" | "http://" | "https://"
        );
        if alone
            || sign
            || link.url.contains("YYYY")
            || link.url.contains("example.com")
                && parts(&link.url).is_some_and(|parts| parts.host == "example.com")
        {
            report(context, span, &link.url);
        }
    }
    filler(context);
    if context.target.draft {
        return;
    }
    for block in context
        .shared
        .blocks()
        .iter()
        .filter(|block| block.is_paragraph())
    {
        let last = block.plain.rsplit([' ', '\n']).next().unwrap_or_default();
        if block.plain.contains(' ') && !block.only_links && OPEN_ENDS.contains(&last)
            || block.plain.split_whitespace().count() < 4
                && OPEN_ENDS.contains(&last.to_lowercase().as_str())
                && last != block.plain
        {
            let end = block.span.trimmed(text);
            let message = format!("this sentence breaks off after `{last}`");
            context.report(context.finding(end, message));
        }
    }
}

fn report(context: &mut Context<'_>, span: Span, word: &str) {
    // Where the template of drafts has it, a draft may have it too.
    let template = context.facts.template.unwrap_or_default();
    if !(context.target.draft && template.contains(word)) {
        let message = format!("`{word}` stands for something that was never put in");
        context.report(context.finding(span, message));
    }
}

/// The first placeholder in a run of words.
fn placeholder(text: &str, in_title: bool) -> Option<(usize, &str)> {
    let part =
        |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    let mut at = 0;
    // All of them have three capitals in a row, or the sign of a variable.
    let shouts = |three: &[u8]| three.iter().all(u8::is_ascii_uppercase);
    if !text.contains('$') && !text.as_bytes().windows(3).any(shouts) {
        return None;
    }
    while let Some(found) = text[at..].find(part) {
        let start = at + found;
        let length = text[start..].find(|character| !part(character));
        let word = &text[start..start + length.unwrap_or(text.len() - start)];
        at = start + word.len();
        let shouted = word.contains('_')
            && word
                .chars()
                .all(|character| character.is_ascii_uppercase() || character == '_');
        let here = shouted && (word.ends_with("_HERE") || word.starts_with("INSERT_"));
        let variable = word.strip_prefix('$').is_some_and(|name| {
            name.contains('_')
                && name
                    .chars()
                    .all(|character| character.is_ascii_lowercase() || character == '_')
        });
        // A title may be about to-do notes; a mark or a sentence is not.
        if here || variable || (NOTES.contains(&word) && !in_title) {
            return Some((start, word));
        }
    }
    None
}

/// The Latin that printers fill pages with.
fn filler(context: &mut Context<'_>) {
    let prose = context.shared.prose();
    if let Some(at) = memchr::memmem::find(prose.as_bytes(), b"orem ipsum dolor") {
        let start = prose[..at]
            .rfind(char::is_whitespace)
            .map_or(0, |found| found + 1);
        let span = Span::new(start, at + "orem ipsum dolor".len());
        context.report(context.finding(span, "this text fills a page and says nothing"));
    }
}

/// The title of a link if it is only what a form or a template calls it.
fn empty_title<'l>(title: &'l str, url: &str) -> Option<&'l str> {
    let title = title.trim().trim_matches(['[', ']', '*']);
    let note = title.split_once(':').map_or(title, |(note, _)| note);
    // Groups announce evenings whose title is to be decided.
    let noted = title != "TBD" && NOTES.contains(&note) && !url.contains(&note.to_lowercase());
    let named = title.len() < 25 && TITLES.contains(&title.to_ascii_lowercase().as_str());
    (noted || named).then_some(title)
}
