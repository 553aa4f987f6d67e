//! Paragraphs that begin with a number and a full stop, which makes lists of them.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

pub(super) const RULE: Rule = Rule {
    name: "number-list",
    level: Level::Warn,
    page: include_str!("number_list.md"),
    check,
};

/// No list of ours begins with a number as high as this; years and counts do.
const HIGH: u64 = 32;

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut found: Vec<Diagnostic> = Vec::new();
    for (event, span) in &context.target.document.events {
        let Event::Start(Tag::List(Some(first))) = event else {
            continue;
        };
        let list = span.of(text);
        let digits = list.len()
            - list
                .trim_start_matches(|sign: char| sign.is_ascii_digit())
                .len();
        if *first < HIGH || digits == 0 {
            continue;
        }
        let number = Span::new(span.start, span.start + digits);
        let stop = Span::new(number.end, number.end);
        let message = format!("`{}` begins a list that counts from there", number.of(text));
        found.push(context.finding(number, message).with_edit(true, stop, "\\"));
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}
