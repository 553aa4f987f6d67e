//! Items that begin in another column than those of their depth.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::issue::Item;
use crate::span::Span;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "item-indent",
    level: Level::Warn,
    page: include_str!("item_indent.md"),
    check,
};

/// Deeper items are too few to have a style.
const DEPTHS: usize = 2;

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let text = context.text();
    let mut depths: Vec<usize> = Vec::with_capacity(issue.items.len());
    for item in &issue.items {
        depths.push(item.parent.map_or(0, |parent| depths[parent] + 1));
    }
    for depth in 0..DEPTHS {
        let items = issue.items.iter().zip(&depths);
        let items = items.filter(|(_, found)| **found == depth);
        let indents: Vec<(&Item, usize)> = items
            .filter(|(item, _)| !is_call(context, item))
            .filter_map(|(item, _)| Some((item, indent(text, item)?)))
            .collect();
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for (_, indent) in &indents {
            *counts.entry(*indent).or_default() += 1;
        }
        let Some((usual, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
            continue;
        };
        if count * 3 < indents.len() * 2 || count < 2 {
            continue;
        }
        for (item, found) in indents.iter().filter(|(_, found)| *found != usual) {
            let Some(marker) = item.marker else { continue };
            let message = format!("this item is indented by {found}, the others by {usual}");
            let finding = context.finding(marker, message);
            let blank = Span::new(marker.start - found, marker.start);
            // What stands below an item moves with it only if somebody moves it.
            let alone = !item.span.of(text).contains('\n');
            context.report(if alone {
                finding.with_edit(false, blank, " ".repeat(usual))
            } else {
                finding
            });
        }
    }
}

/// Calls come in forms of their own, made elsewhere.
fn is_call(context: &Context<'_>, item: &Item) -> bool {
    let section = context.section_of(item);
    section.is_some_and(|section| section.kind == SectionKind::Calls)
}

/// How many blanks stand before a bullet; none for numbers, and for bullets behind something else.
fn indent(text: &str, item: &Item) -> Option<usize> {
    let marker = item.marker?;
    let line = text[..marker.start].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..marker.start];
    let bullet = matches!(marker.of(text), "*" | "-" | "+");
    (bullet && before.bytes().all(|byte| byte == b' ')).then_some(before.len())
}
