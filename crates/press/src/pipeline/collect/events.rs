//! Events into the list of the draft.
//!
//! The list is not generated anew: it is what the last issue had, and what editors made of it. What was found is
//! brought into it line by line. What was found the last time is remembered from draft to draft.

use super::blocks::{Blocks, Change, Changed, harmless};
use crate::error::Result;
use crate::newsletter;
use jiff::ToSpan;
use jiff::civil::Date;
use press_core::draft::block;
use press_core::events::{Event, Habits, Merged, Said, Terms, merge};
use press_core::issue::Issue;

/// Of so many issues it is learnt how towns and groups are written.
const ISSUES: usize = 52;
/// The name under which the store keeps what was said of events: no draft is called so.
const ALL_DRAFTS: &str = "*";

/// What to remember of the events of one section.
pub(super) struct Remembered {
    section: String,
    said: Vec<Said>,
}

impl Blocks<'_> {
    /// Brings events into the blocks of their sections, and says what there is to remember.
    pub(super) async fn events(
        self,
        text: &mut String,
        changes: &mut Vec<Changed>,
    ) -> Result<Vec<Remembered>> {
        let sections = self.sections_of_events();
        let mut remembered = Vec::new();
        if sections.is_empty() {
            return Ok(remembered);
        }
        let habits = self.habits()?;
        for section in sections {
            let said = self.said(section).await?;
            let mut changed = Changed {
                block: section.to_owned(),
                change: Change::Missing,
                kept: Vec::new(),
                notices: Vec::new(),
            };
            let whole = block::whole_blocks(text);
            if let Some(found) = whole.iter().find(|block| block.name == section) {
                let old = found.content.of(text);
                let merged = self.merge(section, old, &said, &habits);
                changed.change = Change::Same;
                if old.trim() != merged.text.trim() {
                    changed.change = Change::Written;
                    *text = block::put(text, found, &harmless(&merged.text));
                }
                changed.notices = merged.notices;
                remembered.push(Remembered {
                    section: section.to_owned(),
                    said: merged.said,
                });
            }
            changes.push(changed);
        }
        Ok(remembered)
    }

    fn merge(self, section: &str, list: &str, said: &[Said], habits: &Habits) -> Merged {
        let sources = self.config.sources.iter();
        let own = sources.filter(|source| {
            source.kind.finds_events() && source.section.as_deref() == Some(section)
        });
        let (mut found, mut complete): (Vec<Event>, Vec<String>) = (Vec::new(), Vec::new());
        for source in own {
            let read = self.read.iter().find(|read| read.source == source.name);
            let Some(outcome) = read.and_then(|read| read.outcome.as_ref().ok()) else {
                continue;
            };
            found.extend(outcome.found.events.iter().cloned());
            if !outcome.found.partial {
                complete.push(source.name.clone());
            }
        }
        let days = i32::from(self.config.draft.event_days);
        let terms = Terms {
            format: &self.config.format,
            style: &self.config.events,
            habits,
            from: self.issue,
            until: self.issue.checked_add(days.days()).unwrap_or(Date::MAX),
            said,
            complete: &complete,
        };
        merge(list, &found, &terms)
    }

    /// The sections into which sources of events write, of which at least one was read.
    fn sections_of_events(&self) -> Vec<&str> {
        let mut sections: Vec<&str> = Vec::new();
        for source in &self.config.sources {
            let was_read = self.read.iter().any(|read| read.source == source.name);
            let own = source.auto && was_read && source.kind.finds_events();
            if let Some(section) = source.section.as_deref().filter(|_| own)
                && !sections.contains(&section)
            {
                sections.push(section);
            }
        }
        sections
    }

    /// What the newest issues say of towns and groups.
    fn habits(self) -> Result<Habits> {
        let mut issues = newsletter::list(&self.config.issues)?.files;
        issues.sort_by(|one, other| one.name.cmp(&other.name));
        let mut habits = Habits::default();
        for file in &issues[issues.len().saturating_sub(ISSUES)..] {
            habits.learn(&Issue::parse(
                &newsletter::read(&file.path)?,
                &self.config.format,
            ));
        }
        Ok(habits)
    }

    /// What was said of events before. What cannot be read was said by a later program, and is as if it were nothing.
    async fn said(self, section: &str) -> Result<Vec<Said>> {
        let kept = match self.store {
            Some(store) => store.find_generated(ALL_DRAFTS, section).await?,
            None => None,
        };
        Ok(kept
            .and_then(|kept| serde_json::from_str(&kept).ok())
            .unwrap_or_default())
    }

    /// Remembers what was said of events.
    pub(super) async fn remember_events(self, events: &[Remembered], now_s: i64) -> Result<()> {
        let Some(store) = self.store else {
            return Ok(());
        };
        for one in events {
            let json = serde_json::to_string(&one.said).unwrap_or_default();
            store
                .record_generated(ALL_DRAFTS, &one.section, &json, now_s)
                .await?;
        }
        Ok(())
    }
}
