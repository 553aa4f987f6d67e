//! Items from a place whose items always stood in another section.

use crate::check::archive::{Archive, PastLink, places_of};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use jiff::civil::Date;

pub(super) const RULE: Rule = Rule {
    name: "usual-section",
    level: Level::Warn,
    page: include_str!("usual_section.md"),
    check,
};

/// How many items in a row must have stood in one section.
const ALWAYS: usize = 8;

/// How many of the last items from a place are looked at.
const RECENT: usize = 40;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let date = context.date();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let Some(id) = section
            .id
            .as_deref()
            .filter(|_| section.kind == SectionKind::Links)
        else {
            continue;
        };
        let form = context.form_of(link);
        let Some((place, usual, past)) =
            places_of(form).find_map(|place| always(archive, date, place))
        else {
            continue;
        };
        let specs = &context.target.format.sections;
        let Some(spec) = specs
            .iter()
            .find(|spec| spec.id == usual && spec.kind == SectionKind::Links)
        else {
            continue;
        };
        // A section that this issue does not have cannot be meant.
        let here = context
            .issue()
            .sections
            .iter()
            .any(|section| section.id.as_deref() == Some(usual));
        if usual == id || !here {
            continue;
        }
        let message = format!("items from `{place}` have always stood in `{}`", spec.title);
        let finding = context.finding(link.span, message).with_elsewhere(
            past.issue().path(),
            past.line(),
            "the last of them",
        );
        context.report(finding.with_help("move it there, unless this one is of another kind"));
    }
}

/// The section in which all of the last items from a place stood, and the newest of these.
fn always<'a, 'p>(
    archive: &'a Archive,
    date: Option<Date>,
    place: &'p str,
) -> Option<(&'p str, &'a str, PastLink<'a>)> {
    let mut items = archive.items_on(place, date).take(RECENT);
    let first = items.next()?;
    let usual = first.section()?;
    // Most places have items of all kinds, which the newest few tell.
    if !items.all(|past| past.is_beside(&first)) {
        return None;
    }
    let items = archive.items_on(place, date).take(RECENT);
    let mut dates: Vec<Date> = items.map(|past| past.issue().date()).collect();
    dates.dedup();
    (dates.len() >= ALWAYS).then_some((place, usual, first))
}
