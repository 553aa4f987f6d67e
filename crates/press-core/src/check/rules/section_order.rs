//! Sections that changed places.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "section-order",
    level: Level::Warn,
    page: include_str!("section_order.md"),
    check,
};

/// How many of the last issues must agree.
const LAST_ISSUES: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let last = archive.last(LAST_ISSUES, context.date());
    if last.len() < LAST_ISSUES {
        return;
    }
    let issue = context.issue();
    for (index, section) in issue.sections.iter().enumerate() {
        let mut siblings = issue.sections[..index].iter().rev();
        let Some(above) = siblings.find(|other| other.parent == section.parent) else {
            continue;
        };
        let (Some(id), Some(above_id)) = (&section.id, &above.id) else {
            continue;
        };
        let other_way = last.iter().all(|past| {
            // One that stood there twice has no place to compare with.
            let place = |id: &String| {
                let mut places = past.sections().enumerate();
                let found = places.find(|(_, section)| section.id() == id)?.0;
                places
                    .all(|(_, section)| section.id() != id)
                    .then_some(found)
            };
            matches!((place(id), place(above_id)), (Some(here), Some(there)) if here < there)
        });
        if other_way {
            let message = format!(
                "`{}` comes after `{}`; in the last issues it came before",
                section.title, above.title
            );
            let finding = context.finding(section.head.trimmed(context.text()), message);
            context.report(finding.with_place(above.head.trimmed(context.text()), "before this"));
        }
    }
}
