//! Events that are over when the issue appears.

use crate::check::dates::find_dates;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "past-event",
    level: Level::Deny,
    page: include_str!("past_event.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let Some(today) = context.date() else {
        return;
    };
    let issue = context.issue();
    let mut last = None;
    for event in &issue.events {
        let line = issue.items[event.item].text;
        let over = event.end_date.or(event.date).filter(|date| *date < today);
        // A line of two titles is one mistake; a long exhibition may have a range that is not understood.
        let long = find_dates(line.of(context.text()))
            .iter()
            .any(|written| written.date >= Some(today));
        if last == Some(event.item) || long {
            continue;
        }
        if let Some(date) = over {
            last = Some(event.item);
            let message = format!("this event is on {date}, before the issue of {today}");
            let finding = context.finding(line, message);
            context.report(finding.with_help("take it out, or correct its date"));
        }
    }
}
