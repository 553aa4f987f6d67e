//! Submissions: what a person wants to have in the newsletter, as items and no longer as a change of lines.
//!
//! [`propose`] reads a change to a draft, such as a pull request, as items with their sections; [`place`] puts one into a
//! draft as it stands now. Whatever editors did meanwhile stays: nothing but the new item's lines is written, and what
//! cannot be placed is said, never forced.

mod change;
mod lines;
mod place;
mod propose;
mod sections;

pub use change::{Carried, Change, carry};
pub use place::{Outcome, place};
pub use propose::{TooLarge, propose};
pub use sections::with_section;

use crate::format::SectionKind;
use crate::issue::Issue;
use serde::{Deserialize, Serialize};

/// A section, as the text names it that speaks of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id in `press.toml`; none for a heading that no section has.
    pub id: Option<String>,
    /// Its heading and those above it, outermost first.
    pub path: Vec<String>,
}

impl Place {
    /// The section of this index in an issue.
    pub fn of(issue: &Issue, section: usize) -> Place {
        let own = &issue.sections[section];
        let mut path = vec![own.title.clone()];
        let mut next = own.parent;
        while let Some(index) = next {
            path.push(issue.sections[index].title.clone());
            next = issue.sections[index].parent;
        }
        path.reverse();
        Place {
            id: own.id.clone(),
            path,
        }
    }

    /// As people read it: `Updates / Walkthroughs`.
    pub fn name(&self) -> String {
        match (self.path.is_empty(), &self.id) {
            (true, Some(id)) => id.clone(),
            _ => self.path.join(" / "),
        }
    }
}

/// A link of a proposed item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedLink {
    /// What stands in brackets before it.
    pub marks: Vec<String>,
    /// Its text, without Markdown.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// An item that a person wants to have in the newsletter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The section.
    pub place: Place,
    /// How items are read there.
    pub kind: SectionKind,
    /// The item's links in the order of its text; the first is an item's own, and an event's organiser.
    pub links: Vec<ProposedLink>,
    /// What follows the first link.
    pub note: Option<String>,
    /// Its Markdown, with all that is nested in it: no indentation and the marker `*` in the first line.
    pub text: String,
    /// The line below which it is nested, where somebody else's item holds it.
    pub below: Option<String>,
    /// The Markdown that it takes the place of, as it stood before: an edit.
    pub replaces: Option<String>,
    /// The 1-based line on which it stands in the changed text.
    pub line: usize,
}

impl Proposed {
    /// The link that tells it from others: its own, of an event the page of the event.
    pub fn main(&self) -> Option<&ProposedLink> {
        match self.kind {
            SectionKind::Events => self.links.last(),
            _ => self.links.first(),
        }
    }
}

/// What a change to a draft proposes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Items that are new or edited.
    pub items: Vec<Proposed>,
    /// Whatever else is different.
    pub changes: Vec<Change>,
}

/// Whether items of sections of this kind come from people who submit them.
fn is_open(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Links
            | SectionKind::Events
            | SectionKind::Papers
            | SectionKind::Calls
            | SectionKind::Jobs
    )
}
