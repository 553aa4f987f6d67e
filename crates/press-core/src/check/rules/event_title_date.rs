//! Titles of events that name another month than their line.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::Event;

pub(super) const RULE: Rule = Rule {
    name: "event-title-date",
    level: Level::Warn,
    page: include_str!("event_title_date.md"),
    check,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    for event in &issue.events {
        if let Some(message) = judge(event) {
            let finding = context.finding(event.span, message);
            context.report(finding.with_help("correct the date, the title, or the link"));
        }
    }
}

fn judge(event: &Event) -> Option<String> {
    let date = event.date?;
    let words: Vec<&str> = event
        .title
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    for pair in words.windows(2) {
        let month = MONTHS
            .iter()
            .position(|month| month.eq_ignore_ascii_case(pair[0]));
        let year = pair[1]
            .parse::<i16>()
            .ok()
            .filter(|year| (2000..2100).contains(year));
        let (Some(month), Some(year)) = (month, year) else {
            continue;
        };
        let same = |date: jiff::civil::Date| {
            usize::try_from(date.month()).ok() == Some(month + 1) && date.year() == year
        };
        if !same(date) && !event.end_date.is_some_and(same) {
            return Some(format!(
                "the title says {} {year}, the date {date}",
                MONTHS[month]
            ));
        }
    }
    None
}
