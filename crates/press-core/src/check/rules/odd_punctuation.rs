//! Punctuation that no sentence has: what replacing and pasting leave behind.

use crate::check::inline::Inline;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "odd-punctuation",
    level: Level::Warn,
    page: include_str!("odd_punctuation.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    beside_links(context);
    let inlines = context.shared.inlines().iter();
    let found: Vec<&Inline<'_>> = inlines.filter(|inline| !inline.code).collect();
    for inline in found {
        let words = inline.span.of(context.text());
        for (at, _) in words.match_indices(',') {
            let before = words[..at].chars().next_back();
            let after = words[at + 1..].chars().next();
            // A comma after an opening sign, a slash or another comma belongs to a number or a word that is gone.
            let orphan = before.is_some_and(|sign| "/-([:;,&=".contains(sign))
                && after.is_none_or(|sign| sign.is_alphanumeric() || sign == ' ')
                && !(before == Some('-') && words[..at].ends_with("--"));
            let number = before == Some(' ') && after.is_some_and(|sign| sign.is_ascii_digit());
            if orphan || number {
                let start = at - before.map_or(0, char::len_utf8);
                let span = Span::new(inline.span.start + start, inline.span.start + at + 1);
                let finding = context.finding(span, "something is missing before this comma");
                context.report(finding);
            }
        }
        if let Some(at) = starred_range(words) {
            let span = Span::new(inline.span.start + at, inline.span.start + at + 1);
            let finding = context.finding(span, "a `*` stands between these dates");
            context.report(finding.with_edit(true, span, "-"));
        }
    }
}

/// Where a list sign stands between two dates.
fn starred_range(words: &str) -> Option<usize> {
    let at = words.find(" * ")?;
    let day = |text: &str| text.len() == 10 && text.bytes().filter(u8::is_ascii_digit).count() == 8;
    let before = words[..at].rsplit(' ').next()?;
    let after = words[at + 3..].split(' ').next()?;
    (day(before) && day(after)).then_some(at + 1)
}

/// A sign that stands alone behind the link of an item, or right before it.
fn beside_links(context: &mut Context<'_>) {
    let text = context.text();
    for item in &context.issue().items {
        let Some(link) = context.link_of(item) else {
            continue;
        };
        let Some(tail) = text.get(link.span.end..item.text.end) else {
            continue;
        };
        let tail = tail.trim_end();
        let lone = matches!(
            tail,
            "]" | "*" | "**" | "_" | ";" | "," | "\\" | "`" | ">" | "}"
        );
        let line = Span::new(item.text.start.min(link.span.start), link.span.start).of(text);
        // What a sign before the link opened, one behind it closes.
        let opened = line.contains(['[', '<', '{', '`']) || line.ends_with(['*', '_']);
        if lone && !opened {
            let span = Span::new(link.span.end, link.span.end + tail.len());
            let finding = context.finding(span, "this sign is left alone behind the link");
            context.report(finding.with_edit(false, span, ""));
            continue;
        }
        let before = line.trim_start();
        if matches!(before, "(" | "*" | "**" | "_" | "\"") && tail.is_empty() {
            let span = Span::new(link.span.start - before.len(), link.span.start);
            let finding = context.finding(span, "this sign is left alone before the link");
            context.report(finding.with_edit(false, span, ""));
        }
    }
}
