//! What is found while a text is read, before any rule looks: it becomes findings of rules like the others, with a
//! page, a level and allow comments.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const DAMAGED_ENCODING: Rule = Rule {
    name: "damaged-encoding",
    level: Level::Deny,
    page: include_str!("damaged_encoding.md"),
    check,
};

pub(super) const FRONT_MATTER: Rule = Rule {
    name: "front-matter",
    level: Level::Deny,
    page: include_str!("front_matter.md"),
    check,
};

pub(super) const NESTING: Rule = Rule {
    name: "nesting",
    level: Level::Deny,
    page: include_str!("nesting.md"),
    check,
};

pub(super) const SIZE: Rule = Rule {
    name: "size",
    level: Level::Deny,
    page: include_str!("size.md"),
    check: long_line,
};

pub(super) const UNCLOSED_COMMENT: Rule = Rule {
    name: "unclosed-comment",
    level: Level::Deny,
    page: include_str!("unclosed_comment.md"),
    check,
};

pub(super) const UNKNOWN_SECTION: Rule = Rule {
    name: "unknown-section",
    level: Level::Warn,
    page: include_str!("unknown_section.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    context.report_reading();
}

/// A line that is so long that rules do not judge the text: what they do for each bracket would take for ever.
pub(in crate::check) const LINE_LIMIT_BYTES: usize = 32 << 10;

fn long_line(context: &mut Context<'_>) {
    context.report_reading();
    let long = context
        .lines()
        .find(|(span, _)| span.len() > LINE_LIMIT_BYTES);
    if let Some((span, _)) = long {
        let (has, may) = (span.len() >> 10, LINE_LIMIT_BYTES >> 10);
        let message = format!(
            "this line has {has} KB; a text with lines of more than {may} KB is not judged"
        );
        let start = Span::new(span.start, span.start);
        let finding = context.finding(start, message);
        context.report(
            finding.with_help("break the line, or put what it holds into a file of its own"),
        );
    }
}
