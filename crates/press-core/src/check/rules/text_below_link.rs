//! Descriptions below links of lists that have none.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind as Kind;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "text-below-link",
    level: Level::Warn,
    page: include_str!("text_below_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let text = context.text();
    let mut strange = Vec::new();
    let mut plain = 0;
    for item in issue.items.iter().filter(|item| item.marker.is_some()) {
        let kind = context.section_of(item).map(|section| section.kind);
        let (Some(Kind::Links), Some(link)) = (kind, context.link_of(item)) else {
            continue;
        };
        let rest = Span::new(link.span.end, item.text.end.max(link.span.end));
        let Some(end) = rest.of(text).find('\n') else {
            plain += 1;
            continue;
        };
        let below = Span::new(rest.start + end, rest.end).trimmed(text);
        if rest.of(text)[..end].trim().is_empty() && !below.is_empty() {
            strange.push((link.span, below));
        }
    }
    // Where many links are described, they are meant to be.
    if strange.len() * 4 > plain {
        return;
    }
    for (link, below) in strange {
        let finding = context.finding(
            below,
            "this text stands below a link; the other links have none",
        );
        let finding = finding.with_place(link, "the link");
        context.report(finding.with_edit(false, Span::new(link.end, below.end), ""));
    }
}
