//! Escapes that readers see, or that hide code which is not marked as such.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "visible-escape",
    level: Level::Warn,
    page: include_str!("visible_escape.md"),
    check,
};

/// What HTML needs and code spans show as it is written.
const ENTITIES: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&amp;", "&"),
];

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let found = context.shared.inlines();
    let mut line_end = 0;
    for inline in found {
        if inline.code {
            if let Some(meant) = unescaped(inline.text) {
                let inner = inline.span.of(text).trim_matches('`').len();
                let ticks = (inline.span.len() - inner) / 2;
                let span = Span::new(inline.span.start + ticks, inline.span.end - ticks);
                let finding = context.finding(
                    inline.span,
                    "readers see this escape: code is shown as it is written",
                );
                context.report(finding.with_edit(true, span, meant));
            }
        } else if let Some((at, length)) = entity(inline.span.of(text), &text[..inline.span.start])
        {
            let start = inline.span.start + at;
            let span = Span::new(start, start + length);
            let finding =
                context.finding(span, "readers see this instead of the sign it stands for");
            context.report(finding.with_help("write the sign itself"));
        } else if inline.text.starts_with('<')
            && is_parameter(&text[..inline.span.start])
            && inline.span.start >= line_end
        {
            // One finding a line: escapes come in pairs.
            let end = text[inline.span.start..].find('\n');
            line_end = end.map_or(text.len(), |end| inline.span.start + end);
            let span = Span::new(inline.span.start - 1, inline.span.start + 1);
            let finding = context.finding(span, "some Markdown programs show this backslash");
            context.report(finding.with_help("set the whole type or placeholder in back-ticks"));
        }
    }
}

/// Whether an angle bracket after `before` is escaped and follows a name, as the parameters of a type do.
fn is_parameter(before: &str) -> bool {
    let name = before.strip_suffix('\\');
    name.is_some_and(|name| name.ends_with(char::is_alphanumeric))
}

/// Code without escapes that mean nothing in it, if it has some.
fn unescaped(code: &str) -> Option<String> {
    // Where code holds back-ticks, it is about Markdown itself.
    if code.contains('`') {
        return None;
    }
    let mut meant = code.to_owned();
    // Every backslash stands before a sign of Markdown, and brackets come in pairs: regular expressions have
    // other escapes, too.
    let signs: Vec<char> = code
        .split('\\')
        .skip(1)
        .map(|rest| rest.chars().next().unwrap_or(' '))
        .collect();
    let count = |sign: char| signs.iter().filter(|other| **other == sign).count();
    let paired = count('[') == count(']') && count('<') == count('>');
    if paired && signs.iter().all(|sign| "[]<>_*#~".contains(*sign)) {
        meant.retain(|character| character != '\\');
    }
    for (entity, sign) in ENTITIES {
        if code.len() > entity.len() {
            meant = meant.replace(entity, sign);
        }
    }
    (meant != code).then_some(meant)
}

/// An entity of HTML in words that is shown as it is written: it was escaped twice, or nothing ends it.
fn entity(words: &str, before: &str) -> Option<(usize, usize)> {
    let names = [
        "amp;", "lt;", "gt;", "quot;", "nbsp;", "apos;", "#39;", "#x27;",
    ];
    let name = names.iter().find(|name| words.starts_with(**name));
    if let Some(name) = name.filter(|_| before.ends_with("&amp;")) {
        return Some((0, name.len()));
    }
    let at = memchr::memchr2(b'&', b'%', words.as_bytes())?;
    if words[at..].starts_with("%20") && !words.contains("://") {
        return Some((at, 3));
    }
    let rest = &words[at + 1..];
    let digits = rest.strip_prefix('#')?;
    let length = digits.len()
        - digits
            .trim_start_matches(|sign: char| sign.is_ascii_digit())
            .len();
    (length > 1 && !digits[length..].starts_with(';')).then_some((at, length + 2))
}
