//! Addresses that say where a reader came from.

use crate::canonical::clean;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "tracking-parameters",
    level: Level::Warn,
    page: include_str!("tracking_parameters.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let mut seen = Vec::new();
    for link in &context.issue().links {
        let Some(span) = link.destination else {
            continue;
        };
        if !link.url.contains('?') || seen.contains(&span) {
            continue;
        }
        let Some(clean) = clean(&link.url, &context.target.options.kept_parameters) else {
            continue;
        };
        seen.push(span);
        let finding = context.finding(span, "this address carries tracking parameters");
        let plain = span.of(context.text()) == link.url;
        context.report(if plain {
            finding.with_edit(true, span, clean)
        } else {
            finding.with_help(format!("use `{clean}`"))
        });
    }
}
