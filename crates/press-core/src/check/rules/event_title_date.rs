//! Titles of events that name another month than their line.

use crate::check::dates::days_between;
use crate::check::days::find_days;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::Event;
use crate::span::Span;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "event-title-date",
    level: Level::Warn,
    page: include_str!("event_title_date.md"),
    check,
};

/// Names of months.
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

/// How far from the event's day a day without a year may be to be the event's own.
const NEAR_DAYS: i32 = 45;

fn judge(event: &Event) -> Option<String> {
    let date = event
        .date
        .filter(|_| event.title.bytes().any(|byte| byte.is_ascii_digit()))?;
    let last = event.end_date.unwrap_or(date);
    for (month, year) in months(&event.title) {
        let same = |date: Date| (date.month(), date.year()) == (month, year);
        if !same(date) && !same(last) {
            let month = MONTHS[usize::try_from(month - 1).ok()?];
            return Some(format!("the title says {month} {year}, the date {date}"));
        }
    }
    let named = find_days(&event.title, date);
    // A title that names several days tells of something else, or of a series.
    let [day] = named.as_slice() else {
        return None;
    };
    let near = day.with_year || days_between(date, day.date).abs() <= NEAR_DAYS;
    let off = day.date < date || day.date > last;
    (near && off && is_apart(&event.title, day.span))
        .then(|| format!("the title says {}, the date {date}", day.date))
}

/// Whether a day stands for itself: in "register by 3 March" and "3-5 March" it is not the event's.
fn is_apart(title: &str, day: Span) -> bool {
    let before = title[..day.start].trim_end();
    let after = title[day.end..].trim_start();
    let begins = before.is_empty()
        || before.ends_with([',', '(', '-', '–', '—', '|', ':'])
        || before.ends_with(" on");
    begins && (after.is_empty() || after.starts_with([',', ')', '|', ':']))
}

/// Months that stand before a year.
fn months(title: &str) -> Vec<(i8, i16)> {
    let words = title.split(|character: char| !character.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let pair = |pair: &[&str]| {
        let month = MONTHS
            .iter()
            .position(|month| month.eq_ignore_ascii_case(pair[0]))?;
        let year = pair[1].parse().ok()?;
        let month = i8::try_from(month + 1).ok()?;
        (2000..2100).contains(&year).then_some((month, year))
    };
    words.windows(2).filter_map(pair).collect()
}
