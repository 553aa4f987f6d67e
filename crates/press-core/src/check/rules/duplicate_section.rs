//! Sections that stand in an issue twice, and paragraphs that do.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-section",
    level: Level::Deny,
    page: include_str!("duplicate_section.md"),
    check,
};

/// Shorter paragraphs may be repeated on purpose.
const LONG_BYTES: usize = 80;

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let text = context.text();
    let mut seen = HashMap::new();
    for section in issue
        .sections
        .iter()
        .filter(|section| section.heading.is_some())
    {
        let parent = section.parent.map(|parent| issue.sections[parent].spec);
        let Some(spec) = section.spec else { continue };
        // Several conferences share an entry; their headings tell them apart.
        let Some(first) = seen.insert((spec, parent, section.title.to_lowercase()), section) else {
            continue;
        };
        let head = section.head.trimmed(text);
        let message = format!(
            "the section `{}` stands in the issue already",
            section.title
        );
        let finding = context.finding(head, message);
        let finding = finding.with_place(first.head.trimmed(text), "here first");
        context.report(finding.with_help("join the two, or take out the one that was left over"));
    }
    let mut seen = HashMap::new();
    for block in context
        .shared
        .blocks()
        .iter()
        .filter(|block| block.is_paragraph())
    {
        if block.plain.len() < LONG_BYTES {
            continue;
        }
        if let Some(first) = seen.insert(block.span.of(text), block.span) {
            let finding = context.finding(block.span, "this paragraph stands in the issue already");
            context.report(finding.with_place(first, "here first"));
        }
    }
}
