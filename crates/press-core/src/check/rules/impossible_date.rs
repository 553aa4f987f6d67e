//! Days that no calendar has.

use crate::check::dates::find_dates;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "impossible-date",
    level: Level::Deny,
    page: include_str!("impossible_date.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    for written in find_dates(text)
        .into_iter()
        .filter(|found| found.date.is_none())
    {
        // In an address such digits may be anything.
        let line_start = text[..written.span.start]
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + 1);
        let word = &text[line_start..written.span.start];
        let address = word.contains("](") || word.contains("://") || word.contains('=');
        let american = text.as_bytes()[written.span.start..written.span.end].contains(&b'/');
        if !address && !american && !context.is_hidden(written.span) {
            let span = Span::new(written.span.start, written.span.end);
            let message = format!("there is no day `{}`", span.of(text));
            let finding = context.finding(span, message);
            context.report(finding.with_help("dates are year-month-day"));
        }
    }
}
