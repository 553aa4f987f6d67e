//! Headings of another level than their section had before.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "heading-level",
    level: Level::Warn,
    page: include_str!("heading_level.md"),
    check,
};

/// How many of the last issues must agree.
const LAST_ISSUES: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let last = archive.last(LAST_ISSUES, context.date());
    if last.len() < LAST_ISSUES {
        return;
    }
    let mut levels: HashMap<&str, Vec<u8>> = HashMap::new();
    for past in last.iter().flat_map(|issue| issue.sections()) {
        levels.entry(past.id()).or_default().push(past.level());
    }
    let issue = context.issue();
    for section in &issue.sections {
        let (Some(id), Some(heading)) = (&section.id, section.heading) else {
            continue;
        };
        let Some([usual, others @ ..]) = levels.get(id.as_str()).map(Vec::as_slice) else {
            continue;
        };
        let here = issue.headings[heading].level;
        let agreed = others.len() + 1 >= LAST_ISSUES && others.iter().all(|other| other == usual);
        if !agreed || *usual == here || *usual == 0 {
            continue;
        }
        let span = section.head.trimmed(context.text());
        let message = format!(
            "`{}` is a heading of level {here} here, of level {usual} in the last issues",
            section.title
        );
        let finding = context.finding(span, message);
        let signs = Span::new(span.start, span.start + usize::from(here));
        let finding =
            if signs.end <= span.end && signs.of(context.text()).bytes().all(|sign| sign == b'#') {
                finding.with_edit(false, signs, "#".repeat((*usual).into()))
            } else {
                finding
            };
        context.report(finding);
    }
}
