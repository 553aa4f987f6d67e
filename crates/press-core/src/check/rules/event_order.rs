//! Events of a region that do not stand in the order of their days.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::PlaceMode;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "event-order",
    level: Level::Warn,
    page: include_str!("event_order.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    check_days(context);
    check_places(context);
}

fn check_days(context: &mut Context<'_>) {
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
        let days: Vec<Date> = dated.iter().map(|(date, _)| *date).collect();
        for at in out_of_order(&days) {
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

/// Within a day, events stand in the order of their places wherever an issue keeps to that.
fn check_places(context: &mut Context<'_>) {
    let issue = context.issue();
    let mut days: Vec<Vec<(String, usize)>> = Vec::new();
    let mut last = None;
    for event in &issue.events {
        // Whether `Hybrid (Oslo, NO)` goes by its town, and where an event of several days goes, nobody knows.
        let plain = event.place.mode == PlaceMode::InPerson && event.end_date.is_none();
        let text = &event.place.text;
        if !plain
            || text.is_empty()
            || text.contains('(')
            || last.is_some_and(|(_, _, item)| item == event.item)
        {
            continue;
        }
        let place = (text.to_lowercase(), event.item);
        match days.last_mut() {
            Some(day)
                if last.is_some_and(|(section, date, _)| {
                    (section, date) == (event.section, event.date)
                }) =>
            {
                day.push(place);
            }
            _ => days.push(vec![place]),
        }
        last = Some((event.section, event.date, event.item));
    }
    let (mut kept, mut broken) = (0usize, 0usize);
    for pair in days.iter().flat_map(|day| day.windows(2)) {
        // Equal places keep no order.
        *(if pair[0].0 <= pair[1].0 {
            &mut kept
        } else {
            &mut broken
        }) += usize::from(pair[0].0 != pair[1].0);
    }
    if kept < CUSTOM * broken.max(1) {
        return;
    }
    for day in days {
        let places: Vec<&str> = day.iter().map(|(place, _)| place.as_str()).collect();
        for at in out_of_order(&places) {
            let item = &issue.items[day[at].1];
            let message = "events of one day stand in the order of their places, this one does not";
            context.report(
                context
                    .finding(item.text, message)
                    .with_help("move it to its place"),
            );
        }
    }
}

/// How many pairs in order there must be for each that is not before order is called a custom.
const CUSTOM: usize = 8;

/// The fewest places that must change so that the rest is in order: those outside a longest run that is.
fn out_of_order<T: Ord>(dated: &[T]) -> Vec<usize> {
    let sorted = dated.windows(2).all(|pair| pair[0] <= pair[1]);
    // A list that nobody sorted says nothing about single items; the bound also keeps the cost known.
    if sorted || dated.len() > 500 {
        return Vec::new();
    }
    let mut length = vec![1usize; dated.len()];
    let mut before = vec![None; dated.len()];
    for at in 0..dated.len() {
        for earlier in 0..at {
            if dated[earlier] <= dated[at] && length[earlier] + 1 > length[at] {
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
