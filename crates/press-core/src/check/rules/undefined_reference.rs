//! Reference links whose label is defined nowhere.

use crate::check::{Context, Rule, prose};
use crate::diagnostic::Level;
use crate::issue::{Definition, Issue, LinkKind};
use crate::span::Span;
use crate::text::distance;
use pulldown_cmark::{Event, Tag};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "undefined-reference",
    level: Level::Deny,
    page: include_str!("undefined_reference.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let prose = context.shared.prose();
    for (at, _) in prose.match_indices("][") {
        let label = prose::rest_of_line(prose, at + 2).split(']').next();
        let label = label.unwrap_or_default();
        let closed = prose[at + 2 + label.len()..].starts_with(']');
        let mark = context.target.format.find_mark(label).is_some();
        let is_label =
            closed && !label.trim().is_empty() && !label.contains("://") && !label.contains('[');
        if is_label && !mark && !prose[at + 3 + label.len()..].starts_with(['(', prose::LINK]) {
            report(context, Span::new(at + 2, at + 2 + label.len()), true);
        }
    }
    footnotes(context, prose);
    shortcuts(context, prose);
}

/// `[^1]` without the line `[^1]: …` that it points to.
fn footnotes(context: &mut Context<'_>, prose: &str) {
    for (at, _) in prose.match_indices("[^") {
        let rest = prose::rest_of_line(prose, at + 2);
        let Some(label) = rest
            .split(']')
            .next()
            .filter(|label| rest.len() > label.len())
        else {
            continue;
        };
        let plain = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let span = Span::new(at, at + label.len() + 3);
        // What the parser understood is an event, and its text stays in the prose.
        let known = context.target.document.events.iter().any(|(event, place)| {
            matches!(
                event,
                Event::FootnoteReference(_) | Event::Start(Tag::FootnoteDefinition(_))
            ) && place.start == span.start
        });
        if plain && !known {
            let finding = context.finding(span, format!("there is no footnote `{label}`"));
            context.report(finding.with_help(format!("add a line `[^{label}]: …` below")));
        }
    }
}

/// `[text]` alone is usually just a text in brackets. Where a definition is used by no link, it was a link.
fn shortcuts(context: &mut Context<'_>, prose: &str) {
    let issue = context.issue();
    let unused = unused(issue);
    if unused.is_empty() {
        return;
    }
    let short = issue
        .links
        .iter()
        .any(|link| link.kind == LinkKind::Shortcut);
    let mut candidates = Vec::new();
    for (at, _) in prose.match_indices('[') {
        let rest = &prose[at + 1..];
        let Some(close) = rest.find([']', '[']) else {
            break;
        };
        let text = &rest[..close];
        let behind = &rest[close + 1..];
        let alone = rest[close..].starts_with(']')
            && !behind.starts_with(['(', '[', ':', prose::LINK])
            && !behind.starts_with(" [");
        if alone
            && !text.contains("\n\n")
            && (short || text.contains(char::is_whitespace))
            && is_written(prose, at, text, context)
        {
            candidates.push(Span::new(at, at + close + 2));
        }
    }
    for span in candidates {
        // The definitions of a list stand below it.
        let Some(definition) = unused
            .iter()
            .find(|definition| definition.start > span.end && definition.start < span.end + 1500)
        else {
            continue;
        };
        let finding = context.finding(
            span,
            "these brackets are no link, and a definition below is used by none",
        );
        context.report(finding.with_place(*definition, "perhaps this one is meant"));
    }
}

/// The definitions whose label no link uses.
fn unused(issue: &Issue) -> Vec<Span> {
    let label = |definition: &Definition| definition.label.to_lowercase();
    let used = issue.links.iter().filter_map(|link| link.definition);
    let used: HashSet<String> = used.map(|index| label(&issue.definitions[index])).collect();
    let unused = issue
        .definitions
        .iter()
        .filter(|definition| !used.contains(&label(definition)));
    unused.map(|definition| definition.span).collect()
}

/// Whether a bracketed text is neither a mark nor an empty box.
fn is_written(prose: &str, at: usize, text: &str, context: &Context<'_>) -> bool {
    let starts_item = prose::before(prose, at)
        .trim_start_matches(['\n', ' '])
        .len()
        <= 2;
    let words = text.split_whitespace().count();
    let mark = context.target.format.find_mark(text).is_some();
    !mark && words > 0 && !text.contains(prose::LINK) && (!starts_item || words > 2)
}

fn report(context: &mut Context<'_>, label: Span, fixable: bool) {
    let name = label.of(context.text());
    let finding = context.finding(label, format!("no definition is called `{name}`"));
    let definitions = &context.issue().definitions;
    let near = definitions
        .iter()
        .filter(|definition| distance(&definition.label, name) <= 1 + name.len() / 8)
        .min_by_key(|definition| {
            (
                distance(&definition.label, name),
                definition.span.start.abs_diff(label.start),
            )
        });
    let next = definitions
        .iter()
        .find(|definition| definition.span.start > label.end);
    let finding = match (near, next) {
        (Some(near), _) if fixable => finding
            .with_place(near.span, "perhaps this one is meant")
            .with_edit(false, label, near.label.clone()),
        (_, Some(next)) => finding.with_place(next.span, "other definitions stand here"),
        _ => finding.with_place(
            end_of_item(context, label),
            format!("add `[{name}]: address` here"),
        ),
    };
    context.report(finding);
}

/// Where a definition could be added: behind the paragraph.
fn end_of_item(context: &Context<'_>, label: Span) -> Span {
    let rest = &context.text()[label.end..];
    let end = label.end + rest.find("\n\n").map_or(rest.len(), |found| found + 1);
    Span::new(end, end)
}
