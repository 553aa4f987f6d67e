//! Lines that a list swallows: they begin at the margin right below an item and become part of it.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "text-in-list",
    level: Level::Deny,
    page: include_str!("text_in_list.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    joined(context);
    let text = context.text();
    for item in &context.issue().items {
        let Some(marker) = item.marker else { continue };
        let mut at = item.text.start;
        let mut before = "";
        for line in item.text.of(text).split_inclusive('\n') {
            let span = Span::new(at, at + line.len()).trimmed(text);
            let first = at == item.text.start;
            at += line.len();
            let above = std::mem::replace(&mut before, line.trim_end());
            let indent = line.len() - line.trim_start().len();
            if first || span.is_empty() || indent > 1 || !is_own(above, span.of(text)) {
                continue;
            }
            let finding = context.finding(span, "this line becomes part of the item above it");
            let finding = if is_item(above, span.of(text)) {
                let marked = format!("{} ", marker.of(text));
                let sign = |sign: char| !(sign == '[' || sign.is_alphanumeric());
                let signs = span.of(text).find(|first| !sign(first)).unwrap_or(0);
                let place = Span::new(span.start - indent, span.start + signs);
                finding
                    .with_help("begin it like the other items")
                    .with_edit(false, place, marked)
            } else {
                let place = Span::new(span.start - indent, span.start - indent);
                finding
                    .with_help("put a blank line before it")
                    .with_edit(false, place, "\n")
            };
            context.report(finding);
        }
    }
}

/// Whether a line is something of its own and not the rest of a wrapped sentence.
fn is_own(above: &str, line: &str) -> bool {
    let emphasised = line.starts_with(['*', '_']) && line.ends_with(['*', '_']) && line.len() > 20;
    is_item(above, line) || emphasised
}

/// Whether a line looks like an item without marker: a link alone below another, or a date and a place.
fn is_item(above: &str, line: &str) -> bool {
    // Signs that begin no item: a blank is missing, or it is none of Markdown's.
    let line = line.trim_start_matches(['*', '-', '+', '•', '·', '–', '—']);
    let line = line.trim_start_matches([' ', '\u{a0}']);
    let dated = line.len() > 10
        && line.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && line.as_bytes()[4] == b'-'
        && line.contains('|');
    let linked = above.ends_with(')')
        && line.starts_with('[')
        && line.ends_with(')')
        && line.matches("](").count() == 1;
    dated || linked
}

/// Two items on one line: the sign of the second stands behind the link of the first.
fn joined(context: &mut Context<'_>) {
    let text = context.text();
    let mut found = Vec::new();
    for pair in context.issue().links.windows(2) {
        let (first, second) = (&pair[0], &pair[1]);
        if first.span.end >= second.span.start || first.image || second.image {
            continue;
        }
        let between = Span::new(first.span.end, second.span.start);
        let gap = between.of(text);
        let Some(rest) = gap.trim_start_matches(' ').strip_prefix(['*', '•']) else {
            continue;
        };
        // A star may close emphasis that began before the link.
        let emphasis = text[..first.span.start].ends_with('*');
        let marks = rest.trim();
        if !gap.contains('\n')
            && !emphasis
            && rest.starts_with([' ', '['])
            && (marks.is_empty() || marks.starts_with('[') && marks.ends_with(']'))
        {
            found.push((between, gap.len() - gap.trim_start_matches(' ').len()));
        }
    }
    for (between, blanks) in found {
        let finding = context.finding(between, "another item begins on this line");
        let place = Span::new(between.start, between.start + blanks);
        context.report(finding.with_edit(false, place, "\n"));
    }
}
