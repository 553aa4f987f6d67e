//! Weekdays that are not those of the dates beside them.

use crate::calendar::weekday;
use crate::check::days::{find_days, names_weekday};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "weekday",
    level: Level::Warn,
    page: include_str!("weekday.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let Some(today) = context.date() else {
        return;
    };
    let words: Vec<Span> = context
        .shared
        .inlines()
        .iter()
        .filter(|inline| !inline.code)
        .map(|inline| inline.span)
        .filter(|span| names_weekday(span.of(context.text())))
        .collect();
    for span in words {
        for day in find_days(span.of(context.text()), today) {
            let right = day.date.weekday();
            let Some(said) = day.weekday.filter(|said| *said != right) else {
                continue;
            };
            let place = Span::new(span.start + day.span.start, span.start + day.span.end);
            let message = format!(
                "{} is a {}, not a {}",
                day.date,
                weekday(right),
                weekday(said)
            );
            let finding = context.finding(place, message);
            context.report(finding.with_help("correct the day or its name"));
        }
    }
}
