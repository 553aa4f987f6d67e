//! Code that is not set as code.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind as Kind;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "unmarked-code",
    level: Level::Warn,
    page: include_str!("unmarked_code.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let text = context.text();
    let found = context.shared.inlines();
    for item in &issue.items {
        let kind = context.section_of(item).map(|section| section.kind);
        let Some(link) = context.link_of(item) else {
            continue;
        };
        let first = found.partition_point(|inline| inline.span.start < link.text.start);
        let parts = found[first..]
            .iter()
            .take_while(|inline| inline.span.end <= link.text.end);
        // A word may come in several parts; what is code already is none of them.
        let mut words = String::from(link.text.of(text));
        for part in parts.filter(|part| part.code) {
            let start = part.span.start - link.text.start;
            words.replace_range(start..start + part.span.len(), &" ".repeat(part.span.len()));
        }
        let code = attribute(&words).or_else(|| {
            let technical = kind == Some(Kind::PullRequests);
            path(&words)
                .or_else(|| identifier(&words))
                .filter(|_| technical)
        });
        if let Some((start, end)) = code {
            let span = Span::new(link.text.start + start, link.text.start + end);
            let marked = format!("`{}`", span.of(text));
            let finding = context.finding(span, "this is code, but not set as code");
            context.report(finding.with_edit(false, span, marked));
        }
    }
}

/// An attribute such as `#[name(value)]`.
fn attribute(words: &str) -> Option<(usize, usize)> {
    let start = words.find("#[").or_else(|| words.find("#!["))?;
    let mut depth = 0usize;
    for (at, character) in words[start..].char_indices() {
        match character {
            '[' => depth += 1,
            ']' if depth == 1 => return Some((start, start + at + 1)),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A path such as `module::name`.
fn path(words: &str) -> Option<(usize, usize)> {
    let named = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
    let (at, _) = words.match_indices("::").find(|(at, _)| {
        words[..*at].ends_with(char::is_alphanumeric)
            && words[at + 2..].starts_with(|after: char| after.is_alphabetic() || after == '{')
    })?;
    let start = at
        - words[..at]
            .len()
            .min(words[..at].len() - words[..at].trim_end_matches(named).len());
    let rest = &words[at..];
    let length = rest
        .find(|character| !named(character))
        .unwrap_or(rest.len());
    Some((start, at + rest[..length].trim_end_matches(':').len()))
}

/// A name such as `write_all`, which no language of people has.
fn identifier(words: &str) -> Option<(usize, usize)> {
    let at = words.find('_')?;
    let named = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let start = words[..at].trim_end_matches(named).len();
    let length = words[start..].find(|sign| !named(sign));
    let end = length.map_or(words.len(), |length| start + length);
    let name = &words[start..end];
    let small = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit();
    let inner = !name.starts_with('_') && !name.ends_with('_') && name.len() > 4;
    let beside = ['*', '/', '.', '@', '\\'];
    let alone = !words[end..].starts_with(beside) && !words[..start].ends_with(beside);
    (name.bytes().all(small) && inner && alone).then_some((start, end))
}
