//! Links that no reader can follow.

use crate::check::web::{Verdict, asked};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "dead-link",
    level: Level::Deny,
    page: include_str!("dead_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for asked in asked(context) {
        let Verdict::Dead(why) = asked.visit.verdict() else {
            continue;
        };
        let finding = asked.finding(context, why);
        context.report(finding.with_help("take the address from the page again, or leave it out"));
    }
}
