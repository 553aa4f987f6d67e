//! Lines of events that are not written like the others.

use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::format::SectionKind as Kind;
use crate::issue::{Event, Item};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "event-form",
    level: Level::Warn,
    page: include_str!("event_form.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let text = context.text();
    for (index, item) in issue.items.iter().enumerate() {
        let kind = context.section_of(item).map(|section| section.kind);
        if kind != Some(Kind::Events) || item.parent.is_some() || !is_dated(item.text.of(text)) {
            continue;
        }
        // Two bars with nothing between them: blanks would not help.
        let bars = item
            .text
            .of(text)
            .find("||")
            .filter(|at| !item.text.of(text)[..*at].contains('['));
        if let Some(at) = bars {
            let span = Span::new(item.text.start + at, item.text.start + at + 2);
            let finding = context.finding(
                span,
                "nothing stands between these bars: the place is missing",
            );
            context.report(finding);
        } else if let Some((span, fix)) = crowded(text, item) {
            let finding = context.finding(span, "blanks belong on both sides of each `|`");
            context.report(finding.with_fix(fix));
        }
        if !item.text.of(text).contains(" | ") {
            continue;
        }
        let nested = issue.items.get(index + 1);
        if nested.is_none_or(|next| next.parent != Some(index)) {
            let finding = context.finding(item.text, "this event has no title below it");
            let title = nested.filter(|next| next.link.is_some() && !is_dated(next.text.of(text)));
            let finding = match title {
                Some(title) => finding.with_place(title.text, "perhaps this is its title"),
                None => finding,
            };
            context.report(
                finding.with_help(
                    "the line of date and place is followed by the event's link, indented",
                ),
            );
            continue;
        }
        let mut events = issue.events.iter();
        let event = events.find(|event| event.item == index);
        // Where bars lack their blanks, parts are read together.
        if event.is_some_and(lacks_a_part) && crowded(text, item).is_none() {
            let finding = context.finding(item.text, "the place or the group is missing");
            context.report(finding.with_help("write `day | place | [group](address)`"));
        }
    }
}

fn lacks_a_part(event: &Event) -> bool {
    event.place.text.is_empty() || event.organisers.is_empty()
}

fn is_dated(line: &str) -> bool {
    line.len() > 10 && line.as_bytes()[..4].iter().all(u8::is_ascii_digit)
}

/// Where bars of an event's line lack a blank, and the fix.
fn crowded(text: &str, item: &Item) -> Option<(Span, Fix)> {
    let line = item.text.of(text);
    let mut edits = Vec::new();
    for (at, _) in line.match_indices('|') {
        let place = item.text.start + at;
        // A bar inside the name of a group is none of ours.
        if line[..at].matches('[').count() > line[..at].matches(']').count() {
            continue;
        }
        let mut blank = |at| {
            edits.push(Edit {
                span: Span::new(at, at),
                text: " ".to_owned(),
            });
        };
        if !line[..at].ends_with(' ') {
            blank(place);
        }
        if !line[at + 1..].starts_with(' ') {
            blank(place + 1);
        }
    }
    let start = edits.first()?.span.start;
    let end = edits.last()?.span.end;
    Some((
        Span::new(start, (end + 1).min(item.text.end)),
        Fix { safe: true, edits },
    ))
}
