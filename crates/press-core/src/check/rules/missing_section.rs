//! Sections that every issue has, and this one has not.

use crate::check::archive::PastIssue;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "missing-section",
    level: Level::Deny,
    page: include_str!("missing_section.md"),
    check,
};

/// How many of the last issues must have had a section before its absence is a slip.
const LAST_ISSUES: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let last = archive.last(LAST_ISSUES, context.date());
    let issue = context.issue();
    // Specials and interviews have no sections to miss.
    let usual = last.last().map_or(0, |past| past.sections().count());
    if last.len() < LAST_ISSUES
        || issue.sections.len() * 2 < usual
        || issue.masthead.number.is_none()
    {
        return;
    }
    let format = context.target.format;
    for (index, spec) in format.sections.iter().enumerate() {
        let has = |past: &PastIssue<'_>| past.section(&spec.id).is_some();
        let present = issue
            .sections
            .iter()
            .any(|section| section.spec == Some(index));
        // A region without events goes without heading.
        let region = spec.kind == SectionKind::Events && spec.parent.is_some();
        if present || region || !spec.required || !last.iter().all(has) {
            continue;
        }
        let (above, place) = place_of(context, index);
        let message = format!("the section `{}` is missing", spec.title);
        let finding = context.finding(place, message);
        let finding = match above {
            Some(above) => finding.with_place(
                above,
                "it would follow here, or its heading is lost in this",
            ),
            None => finding,
        };
        context.report(finding.with_help("every one of the last issues has it"));
    }
}

/// Where a section belongs: the section above, and the head of the section below, or the end.
fn place_of(context: &Context<'_>, spec: usize) -> (Option<Span>, Span) {
    let text = context.text();
    let sections = &context.issue().sections;
    let above = sections
        .iter()
        .filter(|section| section.spec.is_some_and(|other| other < spec));
    let above = above.max_by_key(|section| (section.spec, section.head.start));
    let start = above.map_or(0, |section| section.content.end);
    let below = sections.iter().find(|section| section.head.start >= start);
    let place = below.map_or(Span::new(text.len(), text.len()), |section| {
        section.head.trimmed(text)
    });
    let above = above.map(|section| Span::new(section.head.start, section.content.end));
    (above, place)
}
