//! Days and places of events that programs cannot read: dates in another form, brackets and commas that do not fit.

use crate::check::dates::{days_between, find_dates};
use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::format::SectionKind as Kind;
use crate::places::country_code;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "event-line",
    level: Level::Warn,
    page: include_str!("event_line.md"),
    check,
};

/// Courses last some weeks; nothing in a list of evenings lasts longer.
const LONGEST_DAYS: i32 = 180;

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut lines = Vec::new();
    for item in &context.issue().items {
        let kind = context.section_of(item).map(|section| section.kind);
        let line = item.text.of(text).lines().next().unwrap_or_default();
        // A line of an event has its day before the first bar, and no link there.
        let Some(bar) = line.find('|').filter(|at| !line[..*at].contains('[')) else {
            continue;
        };
        if kind == Some(Kind::Events) && item.parent.is_none() && line.contains('[') {
            let start = item.text.start;
            let day = Span::new(start, start + bar).trimmed(text);
            let end = line[bar + 1..].find('|').map(|at| bar + 1 + at);
            let place = end.map(|end| Span::new(start + bar + 1, start + end).trimmed(text));
            lines.push((day, place));
        }
    }
    let iso = |day: &Span| begins_with_day(day.of(text));
    // Where other forms are usual, none is a slip.
    let regular = lines.iter().filter(|(day, _)| iso(day)).count() * 5 >= lines.len() * 4;
    for (day, place) in lines {
        if let Some(finding) = regular.then(|| judge_day(context, day)).flatten() {
            context.report(finding);
        }
        if let Some(finding) = place.and_then(|place| judge_place(context, place)) {
            context.report(finding);
        }
    }
}

/// Whether a text begins with digits in the form of `2026-03-05`, and no more of them.
fn begins_with_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    bytes.len() >= 10
        && digits(0..4)
        && bytes[4] == b'-'
        && digits(5..7)
        && bytes[7] == b'-'
        && digits(8..10)
        && !bytes.get(10).is_some_and(u8::is_ascii_digit)
}

fn judge_day(context: &Context<'_>, span: Span) -> Option<Diagnostic> {
    let text = span.of(context.text());
    // Several days, and the joining words between them.
    let odd = |sign: char| !(sign.is_alphanumeric() || "-–—&, /+".contains(sign));
    if !begins_with_day(text) || text[10..].contains(odd) {
        let finding = context.finding(span, "this is not the day of an event as others have it");
        return Some(finding.with_help("write `year-month-day`"));
    }
    let mut days = find_dates(text).into_iter().filter_map(|day| day.date);
    let (first, last) = (days.next()?, days.next()?);
    let length = days_between(first, last);
    if length < 0 {
        let message = format!("this event ends on {last}, before it begins");
        return Some(context.finding(span, message));
    }
    (length > LONGEST_DAYS)
        .then(|| context.finding(span, format!("this event lasts {length} days")))
}

fn judge_place(context: &Context<'_>, span: Span) -> Option<Diagnostic> {
    let text = span.of(context.text());
    let count = |sign: char| text.matches(sign).count();
    if count('(') != count(')') {
        return Some(context.finding(span, "a parenthesis of this place has no partner"));
    }
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices(',') {
        let comma = Span::new(span.start + at, span.start + at + 1);
        let next = bytes.get(at + 1).copied();
        if matches!(next, Some(b',') | None) || text[at + 1..].starts_with(" ,") {
            return Some(context.finding(comma, "this comma has nothing behind it"));
        }
        if next.is_some_and(|next| next.is_ascii_alphabetic()) {
            let place = Span::new(comma.end, comma.end);
            let finding = context.finding(comma, "a blank belongs behind this comma");
            return Some(finding.with_edit(true, place, " "));
        }
    }
    let (town, country) = text.rsplit_once(' ')?;
    let code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let bare = count(',') == 0 && code && country_code(country).is_some();
    let gap = Span::new(span.start + town.len(), span.start + town.len() + 1);
    bare.then(|| {
        context
            .finding(span, format!("no comma stands before `{country}`"))
            .with_edit(false, gap, ", ")
    })
}
