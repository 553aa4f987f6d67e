//! The sentence that says from when to when events are listed, and events beyond it.

use crate::check::dates::{Written, days_between, find_dates};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::span::Span;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "event-window",
    level: Level::Deny,
    page: include_str!("event_window.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let (Some(today), issue) = (context.date(), context.issue()) else {
        return;
    };
    let text = context.text();
    let longest = i32::from(context.target.options.event_window_days);
    for section in &issue.sections {
        if section.kind != SectionKind::Events {
            continue;
        }
        let Some((line, from, to)) = window(text, section.content) else {
            continue;
        };
        if let Some((message, fix)) = judge(today, (from, to), longest) {
            let finding = context.finding(line, message);
            let finding = match fix {
                Some(date) => finding.with_edit(
                    false,
                    Span::new(line.start + date.0.start, line.start + date.0.end),
                    date.1,
                ),
                None => finding.with_help("it begins on the day of the issue"),
            };
            context.report(finding);
            continue;
        }
        let (Some(to), Some(from)) = (to.date, from.date) else {
            continue;
        };
        // Some newsletters leave the last day out and some do not; a whole window too late is a slip anyway.
        let bound = days_between(from, to);
        for event in &issue.events {
            let date = event
                .date
                .filter(|date| days_between(to, *date) > bound.max(14));
            if let Some(date) = date.filter(|_| section.span.contains(event.span)) {
                let message = format!("{date} lies far beyond the window, which ends on {to}");
                let finding = context.finding(issue.items[event.item].text, message);
                context.report(finding.with_place(line, "the window"));
            }
        }
    }
}

/// The first line of a section, before its first item, that names two days.
fn window(text: &str, content: Span) -> Option<(Span, Written, Written)> {
    let mut at = content.start;
    for line in content.of(text).split_inclusive('\n').take(12) {
        let span = Span::new(at, at + line.len()).trimmed(text);
        at += line.len();
        let item = line.trim_start().starts_with(['*', '-', '+', '[', '<']);
        if let [from, to] = find_dates(span.of(text))[..]
            && !item
        {
            return Some((span, from, to));
        }
    }
    None
}

type Correction = Option<(Span, String)>;

/// What is wrong with a window, and the date that is surely meant.
fn judge(
    today: Date,
    (from, to): (Written, Written),
    longest: i32,
) -> Option<(String, Correction)> {
    let (Some(first), Some(last)) = (from.date, to.date) else {
        return Some((
            "this window names a day that does not exist".to_owned(),
            None,
        ));
    };
    if last <= first {
        return Some((
            format!("this window ends on {last}, before it begins"),
            None,
        ));
    }
    if first != today {
        let message = format!("this window begins on {first}, the issue is of {today}");
        return Some((message, Some((from.span, today.to_string()))));
    }
    (days_between(first, last) > longest)
        .then(|| (format!("this window ends on {last}, months away"), None))
}
