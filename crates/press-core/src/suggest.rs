//! In which section a link belongs, guessed from where editors put links before.
//!
//! A small model of our own, trained from the archive itself in less than a second, on the machine that asks: nothing is
//! sent anywhere, and the same archive gives the same answer. It has two halves. [`features`] cuts a title, an address and
//! marks into parts, whose weights [`model`] learns. [`habits`] counts where links of the same site and titles that begin
//! alike went lately; how far to trust which count is learned too. Both are needed: a title tells a walkthrough from a
//! thought, a site tells who writes the newsletters.
//!
//! Editors do not agree among themselves: the first guess is right for two links of three, and one of the first three for
//! 19 of 20. So three are offered, with how sure the model is, and none is ever taken by itself.

mod features;
mod habits;
mod model;

use crate::check::archive::Archive;
use crate::format::{Format, SectionKind};
use features::Parts;
use habits::Habits;
use jiff::civil::Date;
use model::{Example, Model};
use std::collections::HashMap;

/// How many sections are offered.
pub const OFFERED: usize = 3;

/// Fewer links than these teach nothing.
const LEAST_LINKS: usize = 20;

/// The sections in use are those of so many last issues.
const RECENT_ISSUES: usize = 52;

/// A section is in use if at least one recent issue in so many has it.
const SELDOM: usize = 10;

/// A link that editors put somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The day of the issue.
    pub date: Date,
    /// Identity of the section.
    pub section: &'a str,
    /// The link's title.
    pub title: &'a str,
    /// The link's address; in which of its forms does not matter.
    pub url: &'a str,
    /// The marks before it, as their ids separated by blanks.
    pub marks: &'a str,
}

/// A section that a link may belong in.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Identity of the section.
    pub section: String,
    /// How likely it is, from 0 to 1: of links that got about this number, that part was put there.
    pub confidence: f64,
}

/// What was learned from where links went.
#[derive(Clone, Debug, Default)]
pub struct Suggester {
    sections: Vec<String>,
    habits: Habits,
    model: Model,
    /// The day of the last issue it knows.
    last: i64,
}

impl Suggester {
    /// Learns from the issues before `date`, from all if none is given: the sections of links that are in use, and every link
    /// that ever stood in them.
    pub fn of_archive(archive: &Archive, format: &Format, date: Option<Date>) -> Suggester {
        let sections = in_use(archive, format, date);
        let mut placed = Vec::new();
        for issue in archive.before(date) {
            for link in issue.links().filter(|link| link.is_of_item()) {
                let known = link
                    .section()
                    .filter(|id| sections.iter().any(|one| one == id));
                placed.extend(known.map(|section| Placed {
                    date: issue.date(),
                    section,
                    title: link.title(),
                    url: link.canonical(),
                    marks: link.marks(),
                }));
            }
        }
        Suggester::train(placed)
    }

    /// Learns from links, in any order. From very few, or if all stand in one section, it learns nothing.
    pub fn train(mut placed: Vec<Placed<'_>>) -> Suggester {
        placed.sort_by_key(|link| link.date);
        let sections = sections_of(&placed);
        if placed.len() < LEAST_LINKS || sections.len() < 2 {
            return Suggester::default();
        }
        let numbers: HashMap<&str, usize> = (sections.iter().enumerate())
            .map(|(number, id)| (id.as_str(), number))
            .collect();
        let mut habits = Habits::new(sections.len());
        let mut examples = Vec::with_capacity(placed.len());
        // What an issue says is learned when all of it was looked at: at the time of writing nobody knows the rest of it.
        for issue in placed.chunk_by(|one, other| one.date == other.date) {
            let day = day_of(issue[0].date);
            let parts = issue
                .iter()
                .map(|link| Parts::new(link.title, link.url, link.marks));
            let parts: Vec<Parts> = parts.collect();
            let section = |link: &Placed<'_>| numbers[link.section];
            for (link, parts) in issue.iter().zip(&parts) {
                examples.push(Example {
                    day,
                    section: section(link),
                    features: parts.features.clone(),
                    habits: habits.look(&parts.keys, day),
                });
            }
            for (link, parts) in issue.iter().zip(&parts) {
                habits.learn(&parts.keys, section(link), day);
            }
        }
        Suggester {
            last: examples.last().map_or(0, |example| example.day),
            model: Model::train(&examples, sections.len()),
            sections,
            habits,
        }
    }

    /// Whether it learned anything.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// The sections that a link most likely belongs in, at most [`OFFERED`], the likeliest first. `marks` are ids, such as
    /// `video`. Title or address may be empty; none are offered if nothing was learned.
    pub fn suggest(&self, title: &str, url: &str, marks: &[&str]) -> Vec<Suggestion> {
        let mut suggestions = self.judge(title, url, marks);
        suggestions.truncate(OFFERED);
        suggestions
    }

    /// All sections, the likeliest first; together their confidences are 1.
    pub fn judge(&self, title: &str, url: &str, marks: &[&str]) -> Vec<Suggestion> {
        if self.is_empty() {
            return Vec::new();
        }
        let parts = Parts::new(title, url, &marks.join(" "));
        // The next issue is about a week off; habits of half a year do not mind.
        let habits = self.habits.look(&parts.keys, self.last + 7);
        let chances = self.model.judge(&parts.features, &habits);
        let suggestion = |(section, chance): (&String, f32)| Suggestion {
            section: section.clone(),
            confidence: f64::from(chance),
        };
        let all = self.sections.iter().zip(chances).map(suggestion);
        let mut all: Vec<Suggestion> = all.collect();
        all.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        all
    }
}

/// The sections of links that at least some recent issues have.
fn in_use(archive: &Archive, format: &Format, date: Option<Date>) -> Vec<String> {
    let recent = archive.last(RECENT_ISSUES, date);
    let least = recent.len().div_ceil(SELDOM);
    let used = |id: &str| {
        let mut holding = recent.iter().filter(|issue| {
            issue
                .links()
                .any(|link| link.is_of_item() && link.section() == Some(id))
        });
        holding.nth(least.saturating_sub(1)).is_some()
    };
    let of_links = |kind| matches!(kind, SectionKind::Links);
    let sections = format
        .sections
        .iter()
        .filter(|section| of_links(section.kind));
    let ids = sections.map(|section| section.id.clone());
    ids.filter(|id| used(id)).collect()
}

/// Each section once, in an order that does not depend on that of the links.
fn sections_of(placed: &[Placed<'_>]) -> Vec<String> {
    let mut ids: Vec<&str> = placed.iter().map(|link| link.section).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(str::to_owned).collect()
}

/// Days since 1970.
fn day_of(date: Date) -> i64 {
    let first = Date::constant(1970, 1, 1);
    date.since(first).map_or(0, |span| span.get_days().into())
}
