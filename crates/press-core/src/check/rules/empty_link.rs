//! Links without text, and links and definitions without address.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::LinkKind;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "empty-link",
    level: Level::Deny,
    page: include_str!("empty_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let links = &context.issue().links;
    for (index, link) in links.iter().enumerate() {
        let holds_image = links
            .get(index + 1)
            .is_some_and(|inner| inner.image && link.span.contains(inner.span));
        let message = if link.url.is_empty() && link.kind == LinkKind::Inline {
            "this link has no address"
        } else if link.title.is_empty() && !link.image && !holds_image {
            "this link has no text: readers cannot see it"
        } else {
            continue;
        };
        context.report(context.finding(link.span, message));
    }
    let prose = context.shared.prose();
    let mut at = 0;
    for line in prose.split_inclusive('\n') {
        let label = line.trim_end();
        let named = label.starts_with('[') && label.ends_with("]:");
        if named && label[1..].find(']') == Some(label.len() - 3) {
            let span = Span::new(at, at + label.len());
            context.report(context.finding(span, "this definition has no address"));
        }
        at += line.len();
    }
}
