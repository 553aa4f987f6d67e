//! Items without content, and links without text.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "empty-item",
    level: Level::Deny,
    page: include_str!("empty_item.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    for item in &context.issue().items {
        let Some(marker) = item.marker else { continue };
        let content = Span::new(marker.end, item.span.end);
        let bare = content.of(text).trim();
        if bare.chars().any(char::is_alphanumeric) || bare.contains("![") || bare.contains('`') {
            continue;
        }
        // Emoji and the like say something, too.
        if !bare.is_ascii() {
            continue;
        }
        let line = text[..marker.start].rfind('\n').map_or(0, |end| end + 1);
        let next = text[item.span.end..].find('\n');
        let end = next.map_or(text.len(), |next| item.span.end + next + 1);
        let finding = context.finding(item.span, "this item is empty");
        context.report(finding.with_edit(false, Span::new(line, end), ""));
    }
}
