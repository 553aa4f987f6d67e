//! Blank lines between the items of a list.

use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::issue::Item;
use crate::span::Span;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "loose-list",
    level: Level::Warn,
    page: include_str!("loose_list.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let mut last: HashMap<_, &Item> = HashMap::new();
    let (mut loose, mut tight) = (Vec::new(), 0usize);
    for item in issue.items.iter().filter(|item| item.marker.is_some()) {
        let Some(before) = last.insert((item.parent, item.section), item) else {
            continue;
        };
        // A closing sentence in italics is set apart on purpose.
        let own = item.text.of(context.text());
        if own.starts_with(['*', '_']) && !own.starts_with("**") {
            continue;
        }
        let gap = Span::new(before.span.end.min(item.span.start), item.span.start);
        let blanks = blank_lines(context, gap);
        if blanks.is_empty() {
            tight += 1;
        } else if !before.span.of(context.text()).contains("\n\n") {
            loose.push((gap, blanks));
        }
    }
    loose.extend(torn_off(context));
    loose.sort_by_key(|(gap, _)| gap.start);
    // A newsletter that sets all its items apart does so on purpose.
    if loose.len() > tight {
        return;
    }
    for (gap, blanks) in loose {
        let edits = blanks.iter().map(|span| tightened(context.text(), *span));
        let fix = Fix {
            safe: true,
            edits: edits.collect(),
        };
        let first = blanks[0].of(context.text()).find('\n').unwrap_or_default();
        let start = blanks[0].start + first + 1;
        let span = Span::new(start.min(gap.end), blanks[0].end.max(start).min(gap.end));
        let finding = context.finding(span, "a blank line tears this list apart");
        let help = "some programs set such items further apart, others begin a new list";
        context.report(finding.with_help(help).with_fix(fix));
    }
}

/// The stretches of white space in `gap` that hold a blank line; none if there is more than comments between.
fn blank_lines(context: &Context<'_>, gap: Span) -> Vec<Span> {
    let text = context.text();
    let comments = &context.issue().comments;
    let first = comments.partition_point(|comment| comment.start < gap.start);
    let mut stretches = Vec::new();
    let mut at = gap.start;
    for comment in comments[first..]
        .iter()
        .take_while(|comment| comment.end <= gap.end)
    {
        stretches.push(Span::new(at.min(comment.start), comment.start));
        at = comment.end;
    }
    stretches.push(Span::new(at, gap.end));
    if stretches
        .iter()
        .any(|span| !span.of(text).trim().is_empty())
    {
        return Vec::new();
    }
    stretches.retain(|span| span.of(text).matches('\n').count() > 1);
    stretches
}

/// One line end for many; the indent of what follows stays.
fn tightened(text: &str, span: Span) -> Edit {
    let blank = span.of(text);
    let first = blank.find('\n').unwrap_or_default();
    let last = blank.rfind('\n').unwrap_or_default();
    Edit {
        span: Span::new(span.start + first, span.start + last),
        text: String::new(),
    }
}

/// Blank lines between an item of one line and what is nested below it.
fn torn_off(context: &Context<'_>) -> Vec<(Span, Vec<Span>)> {
    let issue = context.issue();
    let pairs = issue.items.windows(2).enumerate();
    let nested = pairs.filter(|(index, pair)| {
        pair[1].parent == Some(*index) && !pair[0].text.of(context.text()).contains('\n')
    });
    let gaps = nested.filter_map(|(_, pair)| {
        let gap = Span::new(pair[0].text.end.min(pair[1].span.start), pair[1].span.start);
        let blanks = blank_lines(context, gap);
        (!blanks.is_empty()).then_some((gap, blanks))
    });
    gaps.collect()
}
