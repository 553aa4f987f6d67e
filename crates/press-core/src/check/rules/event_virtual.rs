//! Events on line whose line does not say so, and such that stand among those on site.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::{PlaceMode, Section};

pub(super) const RULE: Rule = Rule {
    name: "event-virtual",
    level: Level::Warn,
    page: include_str!("event_virtual.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let own_section = issue.sections.iter().any(is_virtual);
    let virtually =
        |index: Option<usize>| index.is_some_and(|index| is_virtual(&issue.sections[index]));
    let (mut told, mut untold) = (0usize, 0usize);
    for event in issue.events.iter().filter(|event| virtually(event.section)) {
        let said = event.place.mode != PlaceMode::InPerson;
        *(if said { &mut told } else { &mut untold }) += 1;
    }
    // Where the heading is enough for most, it is for all.
    let customary = told >= untold;
    let mut last = None;
    for event in &issue.events {
        let Some(section) = event.section.map(|section| &issue.sections[section]) else {
            continue;
        };
        let line = issue.items[event.item].text;
        // Older forms have no place of their own.
        if !own_section || last == Some(event.item) || !line.of(context.text()).contains(" | ") {
            continue;
        }
        let said = event.place.mode != PlaceMode::InPerson;
        let (message, help) =
            if customary && is_virtual(section) && !said && event.place.city.is_some() {
                (
                    format!(
                        "this event stands under `{}`, its place does not say so",
                        section.title
                    ),
                    "write `Virtual (City, Country)`, or move it to its region",
                )
            } else if !is_virtual(section) && event.place.mode == PlaceMode::Virtual {
                (
                    format!(
                        "this event is on line, and stands under `{}`",
                        section.title
                    ),
                    "move it to the events on line, or correct its place",
                )
            } else {
                continue;
            };
        last = Some(event.item);
        let finding = context.finding(line, message);
        context.report(finding.with_help(help));
    }
}

/// Whether a section is the one for events on line.
fn is_virtual(section: &Section) -> bool {
    let title = section.title.to_lowercase();
    section.id.as_deref() == Some("virtual")
        || ["virtual", "online", "on line", "remote"]
            .iter()
            .any(|name| title.trim_end_matches([':', ' ']) == *name)
}
