//! Groups that earlier issues call by another name.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "group-name",
    level: Level::Warn,
    page: include_str!("group_name.md"),
    check,
};

/// How many of a group's last events are looked at, and how many must agree on its name.
const RECENT: usize = 30;
const OFTEN: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let (issue, date) = (context.issue(), context.date());
    let mut last = None;
    for event in &issue.events {
        let [group, ..] = event.organisers.as_slice() else {
            continue;
        };
        if last == Some(event.item) || group.url.is_empty() {
            continue;
        }
        // A name that grows or changes is the group's business; one of which words are missing is a slip.
        if group.name.split_whitespace().count() != 1 {
            continue;
        }
        let recent: Vec<_> = archive.events_of(&group.url, date).take(RECENT).collect();
        let called = |name: &str| recent.iter().filter(|event| event.group() == name).count();
        let Some(usual) = recent
            .iter()
            .rev()
            .max_by_key(|event| called(event.group()))
        else {
            continue;
        };
        let name = group.name.to_lowercase();
        let (agreed, used) = (called(usual.group()), called(&group.name));
        let cut = usual.group().split_whitespace().count() > 1
            && usual
                .group()
                .to_lowercase()
                .split_whitespace()
                .any(|word| word == name);
        if agreed >= OFTEN.max(used * OFTEN) && cut {
            last = Some(event.item);
            let message = format!("earlier issues call this group `{}`", usual.group());
            let finding = context.finding(issue.items[event.item].text, message);
            context.report(finding.with_elsewhere(usual.issue().path(), usual.line(), "there"));
        }
    }
}
