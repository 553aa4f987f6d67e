//! What a subscriber chose: regions of events, and sections to leave out.

use super::Choice;
use super::plan::Plan;
use crate::format::SectionKind;
use crate::issue::{Event, PlaceMode, Section};
use crate::places::{self, Region};
use std::collections::{BTreeMap, BTreeSet};

/// The regions one can choose, and their names.
pub const REGIONS: &[(&str, &str)] = &[
    ("virtual", "Virtual"),
    ("africa", "Africa"),
    ("asia", "Asia"),
    ("europe", "Europe"),
    ("north-america", "North America"),
    ("oceania", "Oceania"),
    ("south-america", "South America"),
];

/// The name of a region for people.
pub(super) fn name_of(id: &str) -> &str {
    let known = REGIONS.iter().find(|(known, _)| *known == id);
    known.map_or(id, |(_, name)| name)
}

fn id_of(region: Region) -> &'static str {
    match region {
        Region::Africa => "africa",
        Region::Asia => "asia",
        Region::Europe => "europe",
        Region::NorthAmerica => "north-america",
        Region::Oceania => "oceania",
        Region::SouthAmerica => "south-america",
    }
}

/// For whom a section or an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For those who chose one of these regions.
    Some(BTreeSet<&'static str>),
    /// Not known, so for everybody.
    All,
}

impl Scope {
    fn of(regions: impl IntoIterator<Item = &'static str>) -> Scope {
        let regions: BTreeSet<&'static str> = regions.into_iter().collect();
        if regions.is_empty() {
            Scope::All
        } else {
            Scope::Some(regions)
        }
    }

    fn is_for(&self, choice: &Choice) -> bool {
        match self {
            Scope::Some(regions) => regions
                .iter()
                .any(|region| choice.regions.contains(*region)),
            Scope::All => true,
        }
    }
}

/// The regions that a section's id or title names.
pub fn regions_of_section(section: &Section) -> Scope {
    let names = format!(
        "{} {}",
        section.id.as_deref().unwrap_or_default(),
        section.title
    );
    let lower = names.to_lowercase();
    let on_line = ["virtual", "online", "on-line", "remote"]
        .iter()
        .any(|word| lower.contains(word));
    let regions = places::regions_named(&names).into_iter().map(id_of);
    Scope::of(regions.chain(on_line.then_some("virtual")))
}

/// The regions of an event that stands in no region's section.
fn regions_of_event(event: &Event) -> Scope {
    let country = event
        .place
        .country
        .as_deref()
        .and_then(places::country_code);
    let on_site = country.map_or_else(Vec::new, places::regions_of);
    let on_site = on_site.into_iter().map(id_of);
    match event.place.mode {
        // The country of a virtual event only says who holds it.
        PlaceMode::Virtual => Scope::of(["virtual"]),
        PlaceMode::Hybrid if country.is_some() => Scope::of(on_site.chain(["virtual"])),
        PlaceMode::Hybrid => Scope::All,
        PlaceMode::InPerson => Scope::of(on_site),
    }
}

/// Takes out what was not chosen.
pub(super) fn apply(plan: &mut Plan<'_>, choice: &Choice) {
    let issue = plan.issue();
    for (at, section) in issue.sections.iter().enumerate() {
        let id = section.id.as_ref();
        if id.is_some_and(|id| choice.without.contains(id)) {
            plan.leave_out(at);
        }
    }
    if choice.regions.is_empty() {
        return;
    }
    let mut hidden = BTreeMap::<usize, usize>::new();
    for (at, section) in issue.sections.iter().enumerate() {
        if section.kind != SectionKind::Events || plan.is_left_out(at) {
            continue;
        }
        let count = match regions_of_section(section) {
            Scope::All => leave_out_events(plan, at, choice),
            scope if scope.is_for(choice) => 0,
            Scope::Some(_) => {
                plan.leave_out(at);
                let own = issue.events.iter();
                own.filter(|event| event.section == Some(at)).count()
            }
        };
        *hidden.entry(outermost(plan, at)).or_default() += count;
    }
    for (section, count) in hidden.into_iter().filter(|(_, count)| *count > 0) {
        let what = if count == 1 {
            "1 event elsewhere is".to_owned()
        } else {
            format!("{count} events elsewhere are")
        };
        let sentence = format!("{what} not shown, as you chose; you find them ");
        plan.say(section, sentence, "on the web");
    }
}

/// Leaves out the lines of a section, which is no region's, of whose events none was chosen. Gives their number.
fn leave_out_events(plan: &mut Plan<'_>, section: usize, choice: &Choice) -> usize {
    let issue = plan.issue();
    let own = || {
        let events = issue.events.iter();
        events.filter(|event| event.section == Some(section))
    };
    let wanted: BTreeSet<usize> = own()
        .filter(|event| regions_of_event(event).is_for(choice))
        .map(|event| event.item)
        .collect();
    let unwanted: BTreeSet<usize> = own()
        .map(|event| event.item)
        .filter(|item| !wanted.contains(item))
        .collect();
    for item in &unwanted {
        plan.leave_out_item(*item);
    }
    unwanted.len()
}

/// The section of events that holds the section `at`.
fn outermost(plan: &Plan<'_>, at: usize) -> usize {
    let sections = &plan.issue().sections;
    let above = std::iter::successors(Some(at), |section| sections[*section].parent);
    above
        .take_while(|section| sections[*section].kind == SectionKind::Events)
        .last()
        .unwrap_or(at)
}
