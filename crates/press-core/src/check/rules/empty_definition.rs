//! Definitions of labels without an address.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "empty-definition",
    level: Level::Warn,
    page: include_str!("empty_definition.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    // Where definitions belong to the links above them, reading had to leave them out.
    context.report_reading();
    let prose = context.shared.prose();
    let mut at = 0;
    let mut lines = prose.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().map_or("", |next| next.trim());
        // An address may stand on the line below.
        let alone = next.is_empty() || next.starts_with('[') || next.contains(' ');
        if is_label(line.trim_end()) && alone {
            let span = Span::new(at, at + line.trim_end().len());
            let finding = context.finding(span, "this definition has no destination");
            context.report(finding.with_help("put an address behind it, or take it out"));
        }
        at += line.len();
    }
}

/// Whether a line is just `[label]:`.
fn is_label(line: &str) -> bool {
    let label = line
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix("]:"));
    label.is_some_and(|label| !label.is_empty() && !label.contains([']', '^']))
}
