//! Lines that become part of the quotation above them, though they do not begin with its sign.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{Event, Tag, TagEnd};

pub(super) const RULE: Rule = Rule {
    name: "lazy-quote",
    level: Level::Warn,
    page: include_str!("lazy_quote.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut quotes = 0usize;
    let mut found: Vec<Diagnostic> = Vec::new();
    for (event, span) in &context.target.document.events {
        match event {
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Event::Start(Tag::Paragraph) if quotes > 0 => {
                let line = lazy_line(text, *span).filter(|line| !line.is_empty());
                found.extend(line.map(|line| {
                    let message = "this line becomes part of the quotation above it";
                    let finding = context.finding(line, message);
                    let help = "begin it with `>`, or put a blank line before it";
                    finding.with_help(help)
                }));
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}

/// The first line of a paragraph after its first that has no sign of a quotation.
fn lazy_line(text: &str, paragraph: Span) -> Option<Span> {
    let mut at = paragraph.start;
    for (number, line) in paragraph.of(text).split_inclusive('\n').enumerate() {
        let span = Span::new(at, at + line.len()).trimmed(text);
        at += line.len();
        if number > 0 && !span.is_empty() && !line.trim_start().starts_with('>') {
            return Some(span);
        }
    }
    None
}
