//! Links that lead nowhere any more: the newsletter's list of them, and which issues hold some, so that only these are
//! made anew when the list changes.

use super::sources::Source;
use super::state::State;
use crate::config::Config;
use crate::error::{Error, Place, Result};
use crate::newsletter;
use crate::pipeline::kept::Key;
use press_core::dead_links::DeadLinks;
use press_core::issue::Issue;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The list of dead links.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Dead {
    pub(in crate::pipeline) list: DeadLinks,
    /// All of it.
    pub(super) key: Key,
}

impl Dead {
    /// The newsletter's list; an empty one if it has none.
    pub(in crate::pipeline) fn read(config: &Config) -> Result<Dead> {
        let path = &config.site.dead_links;
        if !path.exists() {
            return Ok(Dead::default());
        }
        let text = newsletter::read(path)?;
        let list = DeadLinks::parse(&text).map_err(|mistake| {
            let place = Place::new(path, &text, mistake.range, mistake.message);
            let help = "correct the line or take it out; `press links --note-dead` writes the list";
            Error::new("the list of dead links cannot be read").at(place.help(help))
        })?;
        let key = Key::of(&list);
        Ok(Dead { list, key })
    }

    /// What of it stands in an issue.
    pub(super) fn of(&self, issue: &Issue) -> Key {
        let links = issue.links.iter().map(|link| link.url.as_str());
        let dead: BTreeSet<&str> = links.filter(|url| self.list.holds(url)).collect();
        if dead.is_empty() {
            return Key::default();
        }
        Key::of(dead)
    }

    /// Finds out what of it stands in the issues whose pages might stay. If the list is as it was, the last build knew.
    pub(super) fn recall(&self, config: &Config, state: &State, issues: &[Source]) -> Result<()> {
        let look = |source: &Source| {
            let dead = match source.dead_before {
                Some(before) if state.dead == self.key => before,
                _ if self.list.is_empty() => Key::default(),
                _ => self.of(&Issue::parse(&source.text()?, &config.format)),
            };
            source.dead.get_or_init(|| dead);
            Ok(())
        };
        let stand = issues.par_iter().filter(|source| source.summary.is_some());
        stand.map(look).collect()
    }
}
