//! Lines that begin with a number sign and are no headings: other programs take them for some.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

pub(super) const RULE: Rule = Rule {
    name: "number-sign",
    level: Level::Warn,
    page: include_str!("number_sign.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut found: Vec<Diagnostic> = Vec::new();
    // Markdown that is not code or HTML begins its lines with text, a link or emphasis; a sign is text.
    let mut code = false;
    for (event, span) in &context.target.document.events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(_) if !code => {
                let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
                let before = text[start..span.start].trim_matches([' ', '*', '-', '+', '>']);
                let words = span.of(text);
                let signs = words.len() - words.trim_start_matches('#').len();
                let glued = signs == 1 && words[1..].starts_with(char::is_alphanumeric);
                if before.is_empty() && glued {
                    let sign = Span::new(span.start, span.start + 1);
                    let message = "older Markdown programs take this line for a heading";
                    found.push(context.finding(sign, message).with_edit(true, sign, "\\#"));
                }
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}
