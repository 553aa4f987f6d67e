//! Pages that an earlier issue had.

use crate::check::archive::{Archive, PastLink};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use jiff::civil::Date;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "already-linked",
    level: Level::Warn,
    page: include_str!("already_linked.md"),
    check,
};

/// A page that so many issues had is one that is linked on purpose: a changelog, a list.
const RECURRING: usize = 3;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let date = context.date();
    let since = since(context, archive);
    let mut seen = HashSet::new();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let form = context.form_of(link);
        // A place in a page may be new though the page is not.
        let has_path = form.contains(['/', '?']) && !link.url.contains('#');
        let weekly = matches!(section.kind, SectionKind::Links | SectionKind::PullRequests);
        if !weekly || !has_path || !seen.insert(form) {
            continue;
        }
        let places = archive
            .links_to(form, date)
            .filter(move |past| past.issue().date() >= since);
        let mut issues: Vec<_> = places.clone().map(|past| past.issue().date()).collect();
        issues.dedup();
        if issues.len() >= RECURRING {
            continue;
        }
        let like_section = |past: &PastLink<'_>| {
            let id = past.section();
            let sections = &context.target.format.sections;
            sections
                .iter()
                .any(|spec| Some(spec.id.as_str()) == id && spec.kind == section.kind)
        };
        let Some(past) = places
            .rev()
            .find(|past| past.is_of_item() && like_section(past))
        else {
            continue;
        };
        let issue = past.issue();
        let which = issue.number().map_or_else(
            || format!("the issue of {}", issue.date()),
            |number| format!("issue {number} of {}", issue.date()),
        );
        let finding = context
            .finding(link.span, format!("{which} had this page already"))
            .with_elsewhere(
                issue.path(),
                past.line(),
                format!("there as `{}`", past.title()),
            )
            .with_help("leave it out, or say what is new about it");
        context.report(finding);
    }
}

/// From which day on issues are remembered: readers forget, and what was long ago may come again if the
/// newsletter says so.
fn since(context: &Context<'_>, archive: &Archive) -> Date {
    let recent = context.target.options.already_linked_issues;
    recent.map_or(Date::MIN, |count| {
        let issues = archive.last(count, context.date());
        issues.first().map_or(Date::MAX, |issue| issue.date())
    })
}
