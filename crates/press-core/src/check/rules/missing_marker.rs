//! Lines that are items in all but their sign.

use crate::check::inline::{Block, section_of};
use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::format::SectionKind as Kind;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "missing-marker",
    level: Level::Deny,
    page: include_str!("missing_marker.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let issue = context.issue();
    // In the first years some issues were written as paragraphs throughout.
    let usual = issue.items.iter().filter_map(|item| item.marker).next();
    let Some(usual) = usual.map(|marker| marker.of(text)) else {
        return;
    };
    let blocks = context.shared.blocks();
    for (index, block) in blocks.iter().enumerate() {
        let next_is_list = blocks.get(index + 1).is_some_and(Block::is_list);
        if !block.is_paragraph() || !is_bare_item(context, block, next_is_list) {
            continue;
        }
        let starts = line_starts(text, block.span);
        let edit = |at: &usize| Edit {
            span: Span::new(*at, *at),
            text: format!("{usual} "),
        };
        let fix = Fix {
            safe: false,
            edits: starts.iter().map(edit).collect(),
        };
        let finding = context.finding(block.span, format!("this item has no `{usual}` before it"));
        context.report(finding.with_fix(fix));
    }
}

/// Whether a paragraph is one or more items: lines that are links and nothing else where items are expected,
/// or the line of an event.
fn is_bare_item(context: &Context<'_>, block: &Block<'_>, next_is_list: bool) -> bool {
    let text = block.span.of(context.text());
    let Some(section) = section_of(context, block.span) else {
        return false;
    };
    let linked = |line: &str| line.starts_with('[') && line.trim_end().ends_with(')');
    match section.kind {
        Kind::Links => {
            let marked = |line: &str| linked(line) && (block.only_links || line.contains("] ["));
            text.lines().all(marked) && !next_is_list
        }
        Kind::Rfcs | Kind::PullRequests => {
            block.only_links && !next_is_list && text.lines().all(linked)
        }
        Kind::Events => {
            let dated =
                |line: &str| line.len() > 10 && line.as_bytes()[..4].iter().all(u8::is_ascii_digit);
            text.lines().next().is_some_and(dated) && text.contains(" | ")
        }
        _ => false,
    }
}

fn line_starts(text: &str, block: Span) -> Vec<usize> {
    let ends = block.of(text).match_indices('\n');
    let starts = ends.map(|(at, _)| block.start + at + 1);
    std::iter::once(block.start).chain(starts).collect()
}
