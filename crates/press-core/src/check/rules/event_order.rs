//! Events of a region that do not stand in the order of their days.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "event-order",
    level: Level::Warn,
    page: include_str!("event_order.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    for section in 0..issue.sections.len() {
        let mut dated: Vec<(Date, usize)> = Vec::new();
        for event in &issue.events {
            let new = dated.last().is_none_or(|(_, item)| *item != event.item);
            // Events that are over have a rule of their own.
            let listed = |date: &Date| context.date().is_none_or(|today| *date >= today);
            let date = event.date.filter(listed);
            if let Some(date) = date.filter(|_| new && event.section == Some(section)) {
                dated.push((date, event.item));
            }
        }
        for at in out_of_order(&dated) {
            let (date, item) = dated[at];
            let before = dated[..at]
                .iter()
                .rev()
                .find(|(earlier, _)| *earlier > date);
            let after = dated[at..].iter().find(|(later, _)| *later < date);
            let (message, place) = match (before, after) {
                (Some((earlier, place)), _) => (format!("{date} stands after {earlier}"), *place),
                (_, Some((later, place))) => (format!("{date} stands before {later}"), *place),
                _ => continue,
            };
            let finding = context.finding(issue.items[item].text, message);
            let finding = finding.with_place(issue.items[place].text, "this one");
            context.report(finding.with_help("move it to its day, or correct its date"));
        }
    }
}

/// The fewest places that must change so that the rest is in order: those outside a longest run that is.
fn out_of_order(dated: &[(Date, usize)]) -> Vec<usize> {
    let sorted = dated.windows(2).all(|pair| pair[0].0 <= pair[1].0);
    // A list that nobody sorted says nothing about single items; the bound also keeps the cost known.
    if sorted || dated.len() > 500 {
        return Vec::new();
    }
    let mut length = vec![1usize; dated.len()];
    let mut before = vec![None; dated.len()];
    for at in 0..dated.len() {
        for earlier in 0..at {
            if dated[earlier].0 <= dated[at].0 && length[earlier] + 1 > length[at] {
                length[at] = length[earlier] + 1;
                before[at] = Some(earlier);
            }
        }
    }
    let mut kept = vec![false; dated.len()];
    let mut next = (0..dated.len()).max_by_key(|at| length[*at]);
    while let Some(at) = next {
        kept[at] = true;
        next = before[at];
    }
    (0..dated.len()).filter(|at| !kept[*at]).collect()
}
