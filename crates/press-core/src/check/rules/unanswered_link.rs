//! Links of which nobody knows whether they answer.

use crate::check::web::{Verdict, asked};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "unanswered-link",
    level: Level::Allow,
    page: include_str!("unanswered_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for asked in asked(context) {
        let Verdict::Unknown(doubt) = asked.visit.verdict() else {
            continue;
        };
        let message = format!("this link is not known: {}", doubt.reason());
        let finding = asked.finding(context, message);
        context.report(finding.with_help("open it in a browser"));
    }
}
