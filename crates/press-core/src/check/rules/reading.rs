//! What is found while a text is read, before any rule looks: it becomes findings of rules like the others, with a
//! page, a level and allow comments.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

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
    check,
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
