//! Searches for what happened between two days, in the address of a link.

use crate::check::dates::{days_between, find_dates};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "search-range",
    level: Level::Deny,
    page: include_str!("search_range.md"),
    check,
};

/// How many days before the issue a range may end: a few, and a week that was left out.
const OLD_DAYS: i32 = 14;

fn check(context: &mut Context<'_>) {
    let (Some(today), issue) = (context.date(), context.issue()) else {
        return;
    };
    let mut seen: Vec<Span> = Vec::new();
    for link in &issue.links {
        let Some((from, to)) = range(&link.url) else {
            continue;
        };
        let place = link.destination.unwrap_or(link.span);
        let text = context.text();
        if seen.contains(&place) || context.is_hidden(link.span) {
            continue;
        }
        seen.push(place);
        if let Some(message) = judge(today, from, to) {
            let finding = context.finding(place, message);
            let finding = finding.with_place(link.span, "linked here");
            context.report(finding.with_help("correct the days in the address"));
        } else if let (Some(from), Some(to)) = (from, to)
            && let Some(message) = worded(link.text.of(text), days_between(from, to))
        {
            let finding = context.finding(link.span, message);
            context.report(finding.with_place(place, "the range"));
        }
    }
}

/// The two days of an address that has `2026-02-24..2026-03-03` in it.
fn range(url: &str) -> Option<(Option<Date>, Option<Date>)> {
    url.contains("..").then_some(())?;
    let dates = find_dates(url);
    let pair = dates.windows(2).find(|pair| {
        url[pair[0].span.end..].starts_with("..") && pair[0].span.end + 2 == pair[1].span.start
    })?;
    Some((pair[0].date, pair[1].date))
}

fn judge(today: Date, from: Option<Date>, to: Option<Date>) -> Option<String> {
    let (Some(from), Some(to)) = (from, to) else {
        return Some("this search is for a day that does not exist".to_owned());
    };
    if to < from {
        return Some(format!("this search runs backwards, from {from} to {to}"));
    }
    let age = days_between(to, today);
    if age > OLD_DAYS {
        return Some(format!(
            "this search ends on {to}, {age} days before the issue of {today}"
        ));
    }
    (age < -1).then(|| format!("this search ends on {to}, after the issue of {today}"))
}

/// What is wrong where the link's text says how many weeks it covers.
fn worded(text: &str, days: i32) -> Option<String> {
    let lower = text.to_lowercase();
    let weeks = [
        ("two weeks", 2),
        ("three weeks", 3),
        ("four weeks", 4),
        ("last week", 1),
        ("past week", 1),
    ];
    let (name, weeks) = weeks.iter().find(|(name, _)| lower.contains(name))?;
    ((days - weeks * 7).abs() > 3)
        .then(|| format!("the text says `{name}`, the search covers {days} days"))
}
