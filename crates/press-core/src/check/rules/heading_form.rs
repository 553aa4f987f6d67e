//! Headings that are not written as headings are.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "heading-form",
    level: Level::Warn,
    page: include_str!("heading_form.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let items = &context.issue().items;
    for heading in &context.issue().headings {
        let span = heading.span.trimmed(text);
        let line = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        let indent = Span::new(line, span.start);
        let written = span.of(text);
        // In an item, the indent is what makes it part of the item.
        let in_item = items.iter().any(|item| item.span.contains(span));
        if !in_item && !indent.is_empty() && indent.of(text).trim().is_empty() {
            let finding = context.finding(
                span,
                "this heading is indented: some programs show its signs",
            );
            context.report(finding.with_edit(true, indent, ""));
        }
        if !written.starts_with('#') {
            continue;
        }
        if matches!(indent.of(text).trim(), "*" | "-" | "+") {
            let finding = context.finding(span, "a heading begins at the margin, not in a list");
            context.report(finding.with_edit(false, indent, ""));
            continue;
        }
        let title = written.trim_matches(['#', ' ']);
        if heading.title.is_empty() {
            context.report(context.finding(span, "this heading says nothing"));
        } else if written.ends_with(':') {
            let kept = written.trim_end_matches([':', ' ']).len();
            let colon = Span::new(span.start + kept, span.end);
            let finding = context.finding(span, "headings end without a colon");
            context.report(finding.with_edit(true, colon, ""));
        } else if title.matches("**").count() == 2
            && title.starts_with("**")
            && title.ends_with("**")
        {
            let finding = context.finding(span, "a heading is bold already");
            let inner = span.start + written.find("**").unwrap_or_default();
            let bold = Span::new(inner, inner + title.len());
            context.report(finding.with_edit(true, bold, title.trim_matches('*')));
        }
    }
}
