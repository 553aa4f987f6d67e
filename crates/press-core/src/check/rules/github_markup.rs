//! What GitHub makes something else of than the newsletter's readers see: boxes, notes, pictures for words.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

pub(super) const RULE: Rule = Rule {
    name: "github-markup",
    level: Level::Warn,
    page: include_str!("github_markup.md"),
    check,
};

/// The words that open a note.
const NOTES: &[&str] = &[
    "[!NOTE]",
    "[!TIP]",
    "[!IMPORTANT]",
    "[!WARNING]",
    "[!CAUTION]",
];

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut found: Vec<Diagnostic> = Vec::new();
    for item in &context.issue().items {
        let begins = |sign: &&&str| item.text.of(text).starts_with(**sign);
        if let Some(sign) = ["[ ] ", "[x] ", "[X] "].iter().find(begins) {
            let place = Span::new(item.text.start, item.text.start + sign.len() - 1);
            let message = "GitHub makes a box of this, readers see the brackets";
            found.push(context.finding(place, message));
        }
    }
    for (event, span) in &context.target.document.events {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                let inner = span.of(text).trim_start_matches(['>', ' ']);
                if let Some(note) = NOTES.iter().find(|note| inner.starts_with(**note)) {
                    let start = span.end - inner.len();
                    let place = Span::new(start, start + note.len());
                    let message = "GitHub makes a note of this, readers see the brackets";
                    found.push(context.finding(place, message));
                }
            }
            Event::Start(Tag::Strikethrough) if !span.of(text).starts_with("~~") => {
                let message = "words between two `~` are struck out";
                let finding = context.finding(*span, message);
                found.push(finding.with_help("write `\\~` for the sign itself"));
            }
            _ => {}
        }
    }
    for inline in context
        .shared
        .inlines()
        .iter()
        .filter(|inline| !inline.code)
    {
        found.extend(short_codes(text, inline.span).into_iter().map(|place| {
            let message = format!(
                "a chat shows a picture for `{}`, readers see the word",
                place.of(text)
            );
            context
                .finding(place, message)
                .with_help("put the character itself there")
        }));
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}

/// Words between colons that stand alone, such as `:bird:`.
fn short_codes(text: &str, words: Span) -> Vec<Span> {
    let bytes = text.as_bytes();
    let name = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
    let mut found = Vec::new();
    let mut at = words.start;
    while let Some(colon) = text[at..words.end].find(':') {
        let start = at + colon;
        let length = bytes[start + 1..words.end]
            .iter()
            .take_while(|byte| name(byte))
            .count();
        let end = start + 1 + length;
        let before = start == 0 || bytes[start - 1].is_ascii_whitespace();
        let after = bytes
            .get(end + 1)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b':');
        if before && after && length >= 3 && end < words.end && bytes[end] == b':' {
            found.push(Span::new(start, end + 1));
        }
        at = end;
    }
    found
}
