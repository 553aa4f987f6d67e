//! Number and date of the issue against those of the last one.

use crate::check::dates::days_between;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "issue-number",
    level: Level::Deny,
    page: include_str!("issue_number.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let (Some(archive), Some(date)) = (context.archive(), context.date()) else {
        return;
    };
    let masthead = context.issue().masthead.clone();
    let Some(last) = archive.before(Some(date)).last() else {
        return;
    };
    if let (Some(number), Some(past)) = (masthead.number, last.number)
        && number != past + 1
    {
        let message = format!("this is issue {number}, the last one was {past}");
        let place = line_of(context.text(), masthead.span, "number");
        let finding = context.finding(place, message);
        let finding = finding.with_elsewhere(&last.path, 1, "the last issue");
        context.report(finding.with_help(format!("the next number is {}", past + 1)));
    }
    let days = days_between(last.date, date);
    if days > 45 {
        let message = format!("this issue is of {date}, the last one of {}", last.date);
        let place = line_of(context.text(), masthead.span, "date");
        let finding = context.finding(place, message);
        let finding = finding.with_elsewhere(&last.path, 1, "the last issue");
        context.report(finding.with_help("correct the month or the year"));
    }
}

/// The line of the front matter that begins with `key`.
fn line_of(text: &str, head: Span, key: &str) -> Span {
    let mut at = head.start;
    for line in head.of(text).split_inclusive('\n') {
        let span = Span::new(at, at + line.len()).trimmed(text);
        if line.to_lowercase().starts_with(key) {
            return span;
        }
        at += line.len();
    }
    head
}
