//! Events whose page belongs to another group of the issue.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::issue::Event;
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    name: "event-of-other-group",
    level: Level::Warn,
    page: include_str!("event_of_other_group.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let date = context.date();
    let issue = context.issue();
    let mut owners: HashMap<&str, &Event> = HashMap::new();
    for event in &issue.events {
        if let Some(room) = event.organisers.first().and_then(|group| room(&group.url)) {
            owners.entry(room).or_insert(event);
        }
    }
    for event in &issue.events {
        let [group] = event.organisers.as_slice() else {
            continue;
        };
        let (Some(own), Some(other)) = (room(&group.url), room(&event.url)) else {
            continue;
        };
        let Some(owner) = owners.get(other).filter(|_| own != other) else {
            continue;
        };
        // Groups share rooms, and hold evenings together.
        let mut past = archive.events_of(&group.name, date);
        let shared = past.any(|past| room(past.url()) == Some(other));
        let owner_name = owner
            .organisers
            .first()
            .map_or("", |owner| owner.name.as_str());
        if shared || owner_name == group.name {
            continue;
        }
        let message = format!(
            "this event of `{}` leads to a page of `{owner_name}`",
            group.name
        );
        let finding = context.finding(event.span.trimmed(context.text()), message);
        let finding = finding.with_place(owner.span, "that group's event");
        context.report(finding.with_help("correct the address of the group or of the event"));
    }
}

/// The part of an address that names a group, on sites where each has a folder: `…/name/events/…`.
fn room(url: &str) -> Option<&str> {
    let parts = parts(url)?;
    let (room, _) = parts
        .path
        .strip_prefix('/')?
        .split_once('/')
        .unwrap_or((&parts.path[1..], ""));
    (parts.host.ends_with("meetup.com") && !room.is_empty() && room.len() > 5).then_some(room)
}
