//! One page offered twice in one issue.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::issue::{Item, Link};
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
        let Some(first) = seen.insert(context.form_of(link), (item, link)) else {
            continue;
        };
        if is_meant(context, first, (item, link)) {
            continue;
        }
        let first = first.1;
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

/// Whether two items may share a page: each means another place in it, the second says more about the first, or
/// a proposal stands under its state and among the new ones.
fn is_meant(context: &Context<'_>, first: (&Item, &Link), second: (&Item, &Link)) -> bool {
    let fragment = |link: &Link| link.url.split_once('#').map(|(_, place)| place.to_owned());
    let places = (fragment(first.1), fragment(second.1));
    let apart = places.0.is_some() && places.1.is_some() && places.0 != places.1;
    let below = second.0.parent.is_some() && first.0.span.contains(second.0.span);
    let kind = context.section_of(second.0).map(|section| section.kind);
    let states = kind == Some(SectionKind::Rfcs) && first.1.title == second.1.title;
    apart || below || states
}
