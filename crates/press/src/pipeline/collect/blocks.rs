//! The owned blocks of the draft: what sources generated now, against what editors made of what they generated last.
//!
//! A block is written only if all its sources have something to say: one that failed is taken as it was the last time.

use super::{Draft, Read};
use crate::config::{Config, Source};
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::draft::misplaced;
use crate::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::draft::block;
use press_core::draft::merge::{Kept, merge};
use press_core::events::Notice;

/// What became of one block.
#[derive(Debug)]
pub struct Changed {
    /// Its name.
    pub block: String,
    /// What was done.
    pub change: Change,
    /// Where the editors' word was taken over the machine's.
    pub kept: Vec<Kept>,
    /// What is to be said of events.
    pub notices: Vec<Notice>,
}

/// What was done with a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It holds something new.
    Written,
    /// Nothing was new.
    Same,
    /// The draft has no such block.
    Missing,
    /// It was left as it is, because of these sources.
    Left(Vec<String>),
    /// It was left as it is, because its markers are damaged.
    Damaged,
}

/// What became of all blocks.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    pub(super) changes: Vec<Changed>,
    /// What is wrong with the markers, if anything is.
    pub(super) damage: Option<Error>,
}

/// The draft, and what there is to write into it.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a> {
    pub(super) config: &'a Config,
    pub(super) draft: &'a Draft,
    pub(super) read: &'a [Read],
    pub(super) store: Option<&'a Store>,
    pub(super) issue: Date,
}

/// The sections that sources write by themselves, of which at least one was read.
fn sections<'c>(config: &'c Config, read: &[Read]) -> Vec<&'c str> {
    let mut sections: Vec<&str> = Vec::new();
    for source in &config.sources {
        let was_read = read.iter().any(|read| read.source == source.name);
        if let Some(section) = written_by(source).filter(|_| was_read)
            && !sections.contains(&section)
        {
            sections.push(section);
        }
    }
    sections
}

/// The section that a source writes by itself.
fn written_by(source: &Source) -> Option<&str> {
    let own = source.auto && !source.kind.finds_events();
    source.section.as_deref().filter(|_| own)
}

impl<'a> Blocks<'a> {
    /// Writes the blocks of the draft, and remembers what was generated. Without a time it only says what it would do.
    pub(super) async fn write(self, now: Option<Timestamp>) -> Result<Blocked> {
        let (mut generated, mut changes) = (Vec::new(), Vec::new());
        for section in sections(self.config, self.read) {
            match self.generated(section).await? {
                Ok(text) => generated.push((section, text)),
                Err(missing) => changes.push(Changed {
                    block: section.to_owned(),
                    change: Change::Left(missing),
                    kept: Vec::new(),
                    notices: Vec::new(),
                }),
            }
        }
        // Read only now: somebody may have written while sources were asked.
        let before = newsletter::read(&self.draft.path)?;
        let mut text = before.clone();
        let damage = block::find_blocks(&before).err();
        let damage = damage.map(|errors| misplaced(&self.draft.path, &before, &errors));
        let state = match now {
            Some(_) => {
                "what its markers leave no doubt of was brought up to date, the rest was left alone"
            }
            None => "nothing was written",
        };
        let damage = damage.map(|error| error.state(state));
        for (section, new) in &generated {
            let base = self.remembered(section).await?;
            changes.push(self.fill(&mut text, section, (base.as_deref(), new)));
        }
        let events = self.events(&mut text, &mut changes).await?;
        if damage.is_some() {
            let lost = changes.iter_mut();
            let lost = lost.filter(|changed| changed.change == Change::Missing);
            lost.for_each(|changed| changed.change = Change::Damaged);
        }
        let Some(now_s) = now.map(Timestamp::as_second) else {
            return Ok(Blocked { changes, damage });
        };
        // What was not written is nothing that an editor could have changed.
        generated.retain(|(section, _)| {
            let own = |changed: &&Changed| changed.block == *section;
            let own = changes.iter().find(own);
            own.is_none_or(|changed| changed.change != Change::Damaged)
        });
        if text != before {
            newsletter::write(&self.draft.path, &text)?;
        }
        self.remember_events(&events, now_s).await?;
        self.remember(&generated, now_s).await?;
        Ok(Blocked { changes, damage })
    }

    /// Fills one block of `text` with what was generated, which is the second of two: the first is what was generated
    /// before.
    fn fill(self, text: &mut String, section: &str, (base, new): (Option<&str>, &str)) -> Changed {
        let mut changed = Changed {
            block: section.to_owned(),
            change: Change::Missing,
            kept: Vec::new(),
            notices: Vec::new(),
        };
        let whole = block::whole_blocks(text);
        let Some(found) = whole.iter().find(|block| block.name == section) else {
            return changed;
        };
        let old = found.content.of(text);
        // An empty block was not emptied by hand: it belongs to a draft that was made anew.
        let base = base.filter(|_| !old.trim().is_empty());
        let merged = merge(base, old, new);
        changed.kept = merged.kept;
        changed.change = Change::Same;
        if old.trim() != merged.text.trim() {
            changed.change = Change::Written;
            *text = block::put(text, found, &merged.text);
        }
        changed
    }

    /// The text of a block, or the sources of which nothing is known.
    async fn generated(self, section: &str) -> Result<std::result::Result<String, Vec<String>>> {
        let (mut texts, mut missing) = (Vec::new(), Vec::new());
        for source in &self.config.sources {
            if written_by(source) != Some(section) {
                continue;
            }
            let before = self.remembered(&part_name(section, &source.name)).await?;
            match self.found(&source.name).map(str::to_owned).or(before) {
                Some(text) => texts.push(text),
                None => missing.push(source.name.clone()),
            }
        }
        if !missing.is_empty() {
            return Ok(Err(missing));
        }
        let texts = texts.iter().map(|text| text.trim());
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        Ok(Ok(format!("{}\n", harmless(&texts.join("\n\n")))))
    }

    /// What a source says now.
    fn found(self, name: &str) -> Option<&'a str> {
        let read = self.read.iter().find(|read| read.source == name)?;
        read.outcome.as_ref().ok()?.found.block.as_deref()
    }

    /// What was generated before.
    async fn remembered(self, block: &str) -> Result<Option<String>> {
        match self.store {
            Some(store) => store.find_generated(&self.draft.name, block).await,
            None => Ok(None),
        }
    }

    /// Remembers what was generated, and what each source said, for the time when it fails.
    async fn remember(self, generated: &[(&str, String)], now_s: i64) -> Result<()> {
        let (Some(store), draft) = (self.store, self.draft.name.as_str()) else {
            return Ok(());
        };
        for (section, new) in generated {
            store.record_generated(draft, section, new, now_s).await?;
        }
        for source in &self.config.sources {
            if let (Some(section), Some(text)) = (written_by(source), self.found(&source.name)) {
                let part = part_name(section, &source.name);
                store.record_generated(draft, &part, text, now_s).await?;
            }
        }
        Ok(())
    }
}

/// A text in which no comment is a marker of blocks, and nothing steers a terminal: strangers may have written it.
pub(super) fn harmless(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t'))
        .collect();
    let mut parts = text.split("<!--");
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        safe.push_str("<!--");
        let (blank, rest) = part.split_at(part.len() - part.trim_start().len());
        safe.push_str(blank);
        match rest.strip_prefix("press:") {
            Some(rest) => safe.push_str(&format!("press {rest}")),
            None => safe.push_str(rest),
        }
    }
    safe
}

/// No block is called so: names of blocks have no `/`.
fn part_name(section: &str, source: &str) -> String {
    format!("{section}/{source}")
}
