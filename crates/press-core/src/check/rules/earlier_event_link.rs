//! Events whose page is that of an event that is over.

use crate::canonical::canonical;
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
        let places = archive.links_to(&event.url, Some(today));
        let Some((issue, link)) = places.last() else {
            continue;
        };
        let past = issue.events.iter().find(|past| past.url == form);
        // An event that keeps its name was moved to another day, and its page with it.
        let past = past.filter(|past| !past.title.eq_ignore_ascii_case(&event.title));
        let over = past
            .and_then(|past| past.date)
            .filter(|day| *day < today && date > *day);
        let Some(day) = over else { continue };
        let span = context
            .issue()
            .links
            .iter()
            .find(|link| event.span.contains(link.span) && link.url == event.url);
        let span = span.map_or(event.span, |link| link.span);
        let finding = context
            .finding(
                span,
                format!("this page was that of an event of {day}, which is over"),
            )
            .with_elsewhere(&issue.path, link.line as usize, "there")
            .with_help("link the page of the new event");
        context.report(finding);
    }
}

/// Whether the address ends in the number of one event.
fn has_number(form: &str) -> bool {
    let last = form.rsplit('/').next().unwrap_or_default();
    last.len() >= 6 && last.bytes().all(|byte| byte.is_ascii_digit())
}
