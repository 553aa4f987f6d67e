//! Lines that a version control system left in a text.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "merge-marker",
    level: Level::Deny,
    page: include_str!("merge_marker.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let mut found = Vec::new();
    for (span, line) in context.lines() {
        let sign = line.as_bytes().first().copied();
        if !matches!(sign, Some(b'<' | b'=' | b'>' | b'|')) {
            continue;
        }
        let line = line.trim_end();
        let side = ["<<<<<<<", ">>>>>>>", "|||||||"];
        let marks = |mark: &&str| {
            line.strip_prefix(*mark)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        // The middle alone may underline a heading.
        let headings = &context.issue().headings;
        let middle =
            || line == "=======" && !headings.iter().any(|heading| heading.span.contains(span));
        if side.iter().any(marks) || middle() {
            found.push(span);
        }
    }
    for span in found {
        let finding = context.finding(span, "this line marks a conflict of two versions");
        context.report(finding.with_help("decide which of the two stays, and take the marks out"));
    }
}
