//! Date and number of an issue against its file's name and its neighbours.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "issue-identity",
    level: Level::Deny,
    page: include_str!("issue_identity.md"),
    check,
};

/// Without title or date a text has no page; an empty file lacks both.
fn missing_entries(context: &mut Context<'_>) {
    let masthead = &context.issue().masthead;
    let first_line = context
        .lines()
        .next()
        .map_or(masthead.span, |(span, _)| span);
    // A date that is none is reported where the front matter is read.
    let dated = masthead.date.is_some() || masthead.find("date").is_some();
    for (there, what) in [(masthead.title.is_some(), "title"), (dated, "date")] {
        if !there {
            let message = format!("the front matter gives no {what}");
            context.report(context.finding(first_line, message));
        }
    }
}

fn check(context: &mut Context<'_>) {
    stray_entry(context);
    missing_entries(context);
    let masthead = &context.issue().masthead;
    let Some(date) = masthead.date else { return };
    let date_span = masthead.find("date").unwrap_or(masthead.span);
    let named = date_of(context.target.file_name);
    if let Some(named) = named.filter(|named| *named != date) {
        let message = format!("the file's name says {named}, its date {date}");
        context.report(context.finding(date_span, message));
    }
    let Some(number) = masthead.number else {
        return;
    };
    let span = masthead.find("number").or(masthead.find("title"));
    let span = span.unwrap_or(masthead.span);
    let title = masthead.title.as_deref().and_then(last_number);
    let given = masthead.find("number").is_some();
    if let Some(title) = title.filter(|title| given && *title != number) {
        let message = format!("the title says number {title}, the number is {number}");
        context.report(context.finding(span, message));
    }
    let Some(archive) = context.archive() else {
        return;
    };
    let mut before = archive.before(Some(date)).rev();
    let Some(last) = before.find(|issue| issue.number().is_some()) else {
        return;
    };
    let expected = last.number().map(|number| number + 1);
    // Of two drafts the later one has an issue before it that is not out yet.
    if context.target.draft && expected.is_some_and(|expected| number > expected) {
        return;
    }
    if expected.is_some_and(|expected| expected != number) {
        let message = format!(
            "this is number {number}, but the issue before it, of {}, is number {}",
            last.date(),
            last.number().unwrap_or_default()
        );
        let finding = context.finding(span, message);
        context.report(finding.with_elsewhere(last.path(), 1, "the issue before"));
    }
}

/// A line of the front matter that a blank line cut off: it is shown, and means nothing.
fn stray_entry(context: &mut Context<'_>) {
    let Some(first) = context.shared.blocks().first() else {
        return;
    };
    let entry = |line: &str| {
        let key = line.split_once(": ").map(|(key, _)| key);
        key.is_some_and(|key| ["Title", "Number", "Date", "Category", "Slug"].contains(&key))
    };
    if first.plain.lines().all(entry) && !first.plain.is_empty() {
        let finding = context.finding(first.span, "this line is cut off from the front matter");
        context.report(finding.with_help("take out the blank line above it"));
    }
}

/// The date with which a file's name begins.
fn date_of(name: &str) -> Option<Date> {
    let day = name.get(..10).filter(|_| {
        name.as_bytes()
            .get(10)
            .is_none_or(|byte| !byte.is_ascii_digit())
    })?;
    day.parse().ok()
}

/// The number at the end of a title.
fn last_number(title: &str) -> Option<u32> {
    title
        .split_whitespace()
        .next_back()?
        .trim_start_matches('#')
        .parse()
        .ok()
}
