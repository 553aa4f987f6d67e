//! One title over two addresses: the same text published in two places.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-title",
    level: Level::Warn,
    page: include_str!("duplicate_title.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let mut seen = HashMap::new();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        if section.kind != SectionKind::Links {
            continue;
        }
        let title = form(&link.title);
        if title.split(' ').count() < 3 {
            continue;
        }
        let Some(first) = seen.insert(title, link) else {
            continue;
        };
        // One address is the business of another rule.
        if context.form_of(first) != context.form_of(link) {
            let finding = context
                .finding(
                    link.span,
                    "another item has this title, with another address",
                )
                .with_place(first.span, "here");
            context.report(
                finding.with_help("keep one if both are the same text, else tell them apart"),
            );
        }
    }
}

/// A title's letters and digits, in lower case.
fn form(title: &str) -> String {
    // Behind a bar stands the name of a site.
    let title = title.rsplit_once(" | ").map_or(title, |(title, _)| title);
    let lower = title.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
