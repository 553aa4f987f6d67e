//! One label defined with two addresses.

use crate::canonical::canonical;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "duplicate-definition",
    level: Level::Warn,
    page: include_str!("duplicate_definition.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let mut first = HashMap::new();
    for definition in &context.issue().definitions {
        let label = definition.label.to_lowercase();
        let Some(other) = first.get(&label).copied() else {
            first.insert(label, definition);
            continue;
        };
        if canonical(&other.url) == canonical(&definition.url) {
            continue;
        }
        let message = format!(
            "`{}` is defined twice, with two addresses",
            definition.label
        );
        let finding = context
            .finding(definition.span, message)
            .with_place(other.span, "first here")
            .with_help("rename one of them, and the links that mean it");
        context.report(finding);
    }
}
