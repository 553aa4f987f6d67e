//! Markdown that stays raw: behind a comment, inside a block of HTML, in lines that are code by their indent.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{CodeBlockKind, Event, Tag};

pub(super) const RULE: Rule = Rule {
    name: "raw-markdown",
    level: Level::Deny,
    page: include_str!("raw_markdown.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let comments = &context.issue().comments;
    let mut found: Vec<Diagnostic> = Vec::new();
    for (event, span) in &context.target.document.events {
        let (message, help) = match event {
            Event::Html(_) => (
                "Markdown on a line of HTML is not read: its signs are shown",
                "put a blank line between them",
            ),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => (
                "lines that are indented this far are code: nobody can follow this link",
                "take the indent away, or put the item above right before it",
            ),
            _ => continue,
        };
        let place = first_link(text, *span, comments);
        found.extend(place.map(|place| context.finding(place, message).with_help(help)));
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}

/// The first Markdown link in a stretch of text, outside comments.
fn first_link(text: &str, span: Span, comments: &[Span]) -> Option<Span> {
    for (at, _) in span.of(text).match_indices("](http") {
        let middle = span.start + at;
        let start = text[span.start..middle]
            .rfind('[')
            .map(|open| span.start + open);
        let end = text[middle..span.end]
            .find(')')
            .map(|close| middle + close + 1);
        if !["http://", "https://"]
            .iter()
            .any(|scheme| text[middle + 2..].starts_with(scheme))
        {
            continue;
        }
        let hidden = comments
            .iter()
            .any(|comment| comment.contains(Span::new(middle, middle + 1)));
        if let (Some(start), Some(end), false) = (start, end, hidden) {
            return Some(Span::new(start, end));
        }
    }
    None
}
