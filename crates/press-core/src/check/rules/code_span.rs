//! Code spans whose back-ticks are missing or stand in the wrong place.

use crate::check::inline::Inline;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "code-span",
    level: Level::Deny,
    page: include_str!("code_span.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let found = context.shared.inlines();
    for inline in found {
        let message = if inline.code {
            misplaced(text, inline)
        } else {
            stray(text, inline.span)
                .then_some("this back-tick has no partner: one is missing, or is a quote")
        };
        if let Some(message) = message {
            context.report(context.finding(inline.span, message));
        }
    }
}

/// Whether words hold a back-tick that is not escaped.
fn stray(text: &str, span: Span) -> bool {
    let escaped = text[..span.start].ends_with('\\');
    let words = span.of(text);
    words
        .match_indices('`')
        .any(|(at, _)| !words[..at].ends_with('\\') && (at > 0 || !escaped))
}

/// What is wrong with where a code span begins or ends.
fn misplaced(text: &str, inline: &Inline<'_>) -> Option<&'static str> {
    let code = inline.text;
    let before = text[..inline.span.start].chars().next_back();
    let rest = &text[inline.span.end..];
    let after = rest.chars().next();
    let joins = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    // Two or more back-ticks let a span hold some itself.
    if inline.span.of(text).starts_with("``") || code.trim().is_empty() {
        return None;
    }
    if code
        .chars()
        .all(|character| ")]}.,;\"'".contains(character))
        && code.len() < 3
        && (joins(before) || before.is_some_and(|before| ")]}\"'".contains(before)))
    {
        return Some(
            "this code span holds only what closes something: the back-ticks before it are misplaced",
        );
    }
    // The parser drops a blank at both ends; what stands beside the back-ticks tells what was meant.
    let inner = inline.span.of(text).trim_matches('`');
    let (first, last) = (inner.starts_with(' '), inner.ends_with(' '));
    if (last && (joins(after) || after == Some('{'))) || (first && joins(before)) || first != last {
        return Some("a blank is set in code here: the back-ticks are misplaced");
    }
    if code.contains("](") && code.contains("://") {
        return Some("this code span swallows the end of a link");
    }
    let identifier = rest.starts_with('_') && joins(rest.chars().nth(1)) && !code.ends_with('_');
    if identifier && joins(code.chars().next_back()) {
        return Some("this code span ends in the middle of a name");
    }
    let missing = unclosed(code)?;
    (after == Some(missing)).then_some("the bracket after this code span belongs into it")
}

/// The bracket that is missing at the end of `code`.
fn unclosed(code: &str) -> Option<char> {
    let mut open = Vec::new();
    for character in code.chars() {
        match character {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(character) => return None,
            _ => {}
        }
    }
    open.pop()
}
