//! From an issue that passed to a campaign whose audience is frozen.

use super::frozen;
use crate::config::{Config, List};
use crate::error::{Error, Result};
use crate::pipeline::check::Checker;
use crate::pipeline::email::{self, Mailing};
use crate::store::{Campaign, Frozen, NewCampaign, Store};
use jiff::Timestamp;
use press_core::diagnostic::Level;
use press_core::render::email::{Choice, REGIONS};
use rayon::prelude::*;
use std::str::FromStr;

/// An issue that passed `press check`. Only [`Passed::judge`] makes one, so nothing else can be sent.
#[derive(Debug)]
pub struct Passed<'c> {
    config: &'c Config,
    mailing: Mailing<'c>,
    digest: String,
}

impl<'c> Passed<'c> {
    /// Judges an issue, and lets it pass if it is published and nothing in it is denied.
    pub fn judge(config: &'c Config, wanted: &str) -> Result<Passed<'c>> {
        let mailing = Mailing::load(config, Some(wanted))?;
        if mailing.path.starts_with(&config.drafts) {
            let error = Error::new(format!("{} is still a draft", mailing.path.display()));
            return Err(error.help(
                "`press send draft --test ADDRESS` shows you the mail; lists get published issues",
            ));
        }
        let report = Checker::open(config.clone())?.judge(&mailing.path, mailing.text());
        let denied = report
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Deny);
        let denied = denied.count();
        if denied > 0 {
            let path = mailing.path.display();
            let error = Error::new(format!("{path} has {denied} findings that hold it up"));
            return Err(error
                .help(format!("look at them: `press check {path}`"))
                .state("nothing was sent"));
        }
        Ok(Passed {
            digest: digest(mailing.text()),
            config,
            mailing,
        })
    }

    /// What stands for the issue in the ledger.
    pub fn id(&self) -> String {
        self.mailing.id()
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.mailing.issue.title
    }
}

/// What tells one text from another.
pub(super) fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let hex = digest.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// How many go first: a share of the audience, or a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slice {
    /// In hundredths.
    Percent(f64),
    /// So many.
    People(i64),
}

impl FromStr for Slice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Slice, String> {
        let slice = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().map(Slice::Percent),
            None => text.parse().ok().map(Slice::People),
        };
        let sensible = |slice: &Slice| match slice {
            Slice::Percent(percent) => *percent > 0.0 && *percent < 100.0,
            Slice::People(people) => *people > 0,
        };
        let slice = slice.filter(sensible);
        slice.ok_or_else(|| "write a share as `1%`, or a number of people".to_owned())
    }
}

impl Slice {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a share of people"
    )]
    fn of(self, audience: i64) -> i64 {
        match self {
            Slice::People(people) => people,
            Slice::Percent(percent) => (audience as f64 * percent / 100.0).ceil() as i64,
        }
    }
}

/// A campaign as it would be.
#[derive(Debug)]
pub(super) struct Plan<'c> {
    passed: &'c Passed<'c>,
    list: &'c List,
    /// How many there are of each choice, as the store writes choices.
    choices: Vec<(String, i64)>,
}

impl<'c> Plan<'c> {
    /// Asks who would get an issue.
    pub(super) async fn new(
        passed: &'c Passed<'c>,
        list: &'c List,
        store: &Store,
    ) -> Result<Plan<'c>> {
        let id = passed.id();
        if let Some(other) = store.find_live_campaign(&id, &list.id).await? {
            return Err(twice(&other, &passed.digest));
        }
        let choices = store.find_choices(&id, &list.id).await?;
        let plan = Plan {
            passed,
            list,
            choices,
        };
        if plan.audience() == 0 {
            let error = Error::new(format!(
                "nobody would get it: list {} has no reader",
                list.id
            ));
            return Err(
                error.help("`press subscribers stats` counts them; only confirmed ones are mailed")
            );
        }
        Ok(plan)
    }

    /// How many people would get it.
    pub(super) fn audience(&self) -> i64 {
        self.choices.iter().map(|(_, people)| people).sum()
    }

    /// How many different messages they would get.
    pub(super) fn variants(&self) -> usize {
        self.choices.len()
    }

    /// Freezes it: from now on it is known who gets what. Its number; or, if the audience has changed since it was
    /// counted, how many it would be now.
    pub(super) async fn freeze(
        &self,
        store: &Store,
        start: Option<Timestamp>,
        slice: Option<Slice>,
    ) -> Result<std::result::Result<i64, i64>> {
        let now = Timestamp::now();
        let variants = self.render(start.unwrap_or(now))?;
        let id = self.passed.id();
        let new = NewCampaign {
            issue: &id,
            title: self.passed.title(),
            list: &self.list.id,
            digest: &self.passed.digest,
            start_s: start.unwrap_or(now).as_second(),
            slice: slice.map_or(0, |slice| slice.of(self.audience())),
            variants: &variants,
            expected: self.audience(),
        };
        match store.record_campaign(&new, now.as_second()).await? {
            Frozen::Yes(id) => Ok(Ok(id)),
            Frozen::Changed { audience } => Ok(Err(audience)),
            Frozen::Twice(other) => Err(twice(&other, &self.passed.digest)),
        }
    }

    /// The message for each choice.
    fn render(&self, date: Timestamp) -> Result<Vec<(String, Vec<u8>)>> {
        let mailing = &self.passed.mailing;
        let list = email::List {
            id: &self.list.id,
            name: &self.list.name,
        };
        let head = mailing.head(list, date)?;
        let render = |(written, _): &(String, i64)| {
            let (choice, text_only) = read_choice(self.passed.config, written);
            let email = mailing.render(&choice)?;
            let content = email::content(&email, text_only);
            Ok((written.clone(), frozen::write(&head, &content)))
        };
        self.choices.par_iter().map(render).collect()
    }
}

/// A choice as the store writes it: regions, sections left out, text only. What is not known any more is passed over.
fn read_choice(config: &Config, written: &str) -> (Choice, bool) {
    type Written = (Option<Vec<String>>, Option<Vec<String>>, bool);
    let (regions, without, text_only): Written = serde_json::from_str(written).unwrap_or_default();
    let region = |id: &String| REGIONS.iter().any(|(known, _)| known == id);
    let section = |id: &String| {
        config
            .format
            .sections
            .iter()
            .any(|section| section.id == *id)
    };
    let choice = Choice {
        regions: regions
            .unwrap_or_default()
            .into_iter()
            .filter(region)
            .collect(),
        without: without
            .unwrap_or_default()
            .into_iter()
            .filter(section)
            .collect(),
    };
    (choice, text_only)
}

/// The issue went to this list before.
fn twice(other: &Campaign, digest: &str) -> Error {
    let day = Timestamp::from_second(other.created_s).unwrap_or_default();
    let (number, state) = (other.id, other.state.name());
    let error = Error::new(format!(
        "“{}” went to list {} already",
        other.title, other.list
    ));
    let error = error.because(format!(
        "campaign {number} was made {} and is {state}",
        day.strftime("%F at %R UTC")
    ));
    let error = match other.digest == digest {
        true => error,
        false => error.because(
            "the issue has changed since; what that campaign sends is what was frozen then",
        ),
    };
    let help = match other.ended_s {
        Some(_) => format!("`press campaign show {number}` tells what became of it"),
        None => format!(
            "`press worker --until-done` goes on with it, `press campaign cancel {number}` calls it off"
        ),
    };
    error.help(help).state("nothing was sent")
}
