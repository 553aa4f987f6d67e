//! Events whose page is that of an earlier event.

use crate::canonical::canonical;
use crate::check::archive::PastIssue;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "earlier-event-link",
    level: Level::Warn,
    page: include_str!("earlier_event_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let (Some(archive), Some(today)) = (context.archive(), context.date()) else {
        return;
    };
    for event in &context.issue().events {
        let form = canonical(&event.url);
        let Some(date) = event.date.filter(|_| has_number(&form)) else {
            continue;
        };
        let places = archive.links_to(&form, Some(today));
        let of_page = |issue: &PastIssue<'_>| {
            let page = issue.events().find(|past| past.url() == form);
            page.and_then(|past| past.date().map(|day| (day, past.title().to_owned())))
        };
        let Some(link) = places.clone().next_back() else {
            continue;
        };
        let Some((day, title)) = of_page(&link.issue()) else {
            continue;
        };
        // An event that keeps its name was moved to another day, and its page with it. A page that had
        // several days is that of all events of a place.
        let renamed = !title.eq_ignore_ascii_case(&event.title);
        let one_day = || {
            places
                .clone()
                .filter_map(|link| of_page(&link.issue()))
                .all(|(other, _)| other == day)
        };
        if !renamed || day >= date || !one_day() {
            continue;
        }
        let span = context
            .issue()
            .links
            .iter()
            .find(|link| event.span.contains(link.span) && link.url == event.url);
        let span = span.map_or(event.span, |link| link.span);
        let finding = context
            .finding(
                span,
                format!("this page is that of another event, on {day}"),
            )
            .with_elsewhere(link.issue().path(), link.line(), "there")
            .with_help("link the page of the new event");
        context.report(finding);
    }
}

/// Whether the address ends in the number of one event.
fn has_number(form: &str) -> bool {
    let last = form.rsplit('/').next().unwrap_or_default();
    last.len() >= 6 && last.bytes().all(|byte| byte.is_ascii_digit())
}
