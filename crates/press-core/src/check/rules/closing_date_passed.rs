//! Calls for papers that are closed already.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "closing-date-passed",
    level: Level::Deny,
    page: include_str!("closing_date_passed.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let (Some(today), issue) = (context.date(), context.issue()) else {
        return;
    };
    for paper in &issue.papers {
        let last = paper.end_date.or(paper.date);
        let message = match (paper.closes, last) {
            (Some(closes), _) if closes < today => {
                format!("this call closes on {closes}, before the issue of {today}")
            }
            (Some(closes), Some(last)) if last < closes => {
                format!("this call closes on {closes}, after its event on {last}")
            }
            (_, Some(last)) if last < today => {
                format!("this call is for an event on {last}, before the issue of {today}")
            }
            _ => continue,
        };
        let finding = context.finding(paper.span.trimmed(context.text()), message);
        context.report(finding.with_help("take it out, or correct the date"));
    }
}
