//! One page offered twice in one issue.

use crate::canonical::canonical;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-link",
    level: Level::Warn,
    page: include_str!("duplicate_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let mut seen = HashMap::new();
    for item in &issue.items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        // An event stands under every region it belongs to, and a group's page under each of its events.
        if matches!(section.kind, SectionKind::Events | SectionKind::Editors) || link.url.is_empty()
        {
            continue;
        }
        let Some(first) = seen.insert(canonical(&link.url), link) else {
            continue;
        };
        let message = if link.title == first.title {
            "this page stands in the issue already"
        } else {
            "this page stands in the issue already, under another title"
        };
        let mut finding = context
            .finding(link.span, message)
            .with_place(first.span, "here first");
        // The slip may be in the definition of either.
        for one in [link, first] {
            let defined = one.destination.filter(|span| !one.span.contains(*span));
            if let Some(span) = defined {
                finding = finding.with_place(span, "its address stands here");
            }
        }
        context.report(finding.with_help("keep the one in the better section"));
    }
}
