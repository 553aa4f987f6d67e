//! What anybody may know of votes while they run: what is nominated, not by whom and not how it stands.

use super::count::tally_on;
use crate::config::{Config, Nominated, Vote};
use crate::error::{Fault, Result};
use crate::store::Store;
use jiff::Timestamp;
use press_core::vote::Verdict;
use serde::{Serialize, Serializer};
use std::collections::HashMap;

/// A vote as readers see it.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Its id.
    pub vote: String,
    /// The title of its section.
    pub title: String,
    /// What is nominated.
    #[serde(serialize_with = "word")]
    pub nominates: Nominated,
    /// The number of the next issue; none as long as nobody has begun it.
    pub issue: Option<u32>,
    /// When nominations for that issue end.
    pub closes: Option<Timestamp>,
    /// What is nominated for it, the first coming first.
    pub nominations: Vec<Shown>,
}

/// Something that is nominated.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What it is called, or how a quote begins.
    pub title: String,
    /// Its page, if it has one.
    pub url: Option<String>,
    /// What it is, or what was said, as Markdown.
    pub text: String,
    /// Who said it, as Markdown.
    pub by: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn word<S: Serializer>(
    nominates: &Nominated,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(match nominates {
        Nominated::Link => "link",
        Nominated::Quote => "quote",
    })
}

/// All votes, with what is nominated for the next issue. What was taken out, or won before, is not shown.
pub(in crate::pipeline) async fn standings(
    config: &Config,
    store: &Store,
) -> Result<Vec<Standing>> {
    let told = match tally_on((config, store), None, None).await {
        Ok(told) => told,
        // Nobody has begun the next issue, or there is nothing to vote on.
        Err(error) if error.fault() == Fault::Absent => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    for vote in &config.votes {
        let mut standing = bare(config, vote);
        if let Some(told) = told.iter().find(|told| told.vote == vote.id) {
            let window = told.count.window;
            standing.issue = Some(told.issue);
            standing.closes = Timestamp::from_second(window.closes_s).ok();
            let kept = store.nominations(&vote.id, window.opens_s).await?;
            let kept: HashMap<i64, _> = kept.iter().map(|kept| (kept.id, &kept.new)).collect();
            let out = |verdict: &Verdict| {
                matches!(verdict, Verdict::Withdrawn | Verdict::Won(_) | Verdict::Old)
            };
            let entries = told.tally.entries.iter();
            let mut leads: Vec<i64> = entries
                .filter(|entry| !out(&entry.verdict))
                .map(|entry| entry.lead)
                .collect();
            leads.sort_unstable();
            let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let shown = leads.iter().filter_map(|lead| kept.get(lead));
            standing.nominations = shown
                .map(|new| Shown {
                    title: new.title.clone(),
                    url: text(&new.url),
                    text: new.body.clone(),
                    by: text(&new.attribution),
                })
                .collect();
        }
        all.push(standing);
    }
    Ok(all)
}

fn bare(config: &Config, vote: &Vote) -> Standing {
    let mut sections = config.format.sections.iter();
    let section = sections.find(|section| section.id == vote.section);
    Standing {
        vote: vote.id.clone(),
        title: section.map_or(&vote.id, |section| &section.title).clone(),
        nominates: vote.nominates,
        issue: None,
        closes: None,
        nominations: Vec::new(),
    }
}
