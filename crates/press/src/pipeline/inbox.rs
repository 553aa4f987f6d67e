//! The inbox: what people sent and what sources found, in one list, until an editor has decided.

use super::collect;
use super::submissions::{Entry, SubmissionState, at_desk};
use crate::config::Config;
use crate::error::Result;
use jiff::Timestamp;
use serde::Serialize;

/// Something that waits for an editor.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Waiting {
    /// A person sent it.
    Submission(Box<Entry>),
    /// A source found it.
    Candidate(Box<Candidate>),
}

/// A candidate as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The source that found it.
    pub source: String,
    /// The section it is for.
    pub section: Option<String>,
    /// Who wrote the page, or brought the link.
    pub author: Option<String>,
    /// When it appeared.
    pub published: Option<Timestamp>,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// Likes, votes, stars.
    pub points: Option<i64>,
    /// Comments.
    pub comments: Option<i64>,
    /// What else an editor should know.
    pub note: Option<String>,
    /// The issue that had it.
    pub published_in: Option<String>,
    /// Whether the draft has it already.
    pub in_draft: bool,
}

impl Candidate {
    fn of(waiting: &collect::Waiting) -> Candidate {
        let kept = &waiting.kept;
        let own = &kept.candidate;
        let time = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
        Candidate {
            id: kept.id,
            title: own.title.clone(),
            url: own.url.clone(),
            source: own.source.clone(),
            section: own.section.clone(),
            author: own.author.clone(),
            published: own.published_s.map(time),
            first_seen: time(kept.first_seen_s),
            points: own.points,
            comments: own.comments,
            note: own.note.clone(),
            published_in: waiting.published_in.clone(),
            in_draft: waiting.in_draft,
        }
    }
}

/// What waits: submissions first, then candidates, each with the oldest first. Candidates that an issue or the draft has
/// already, and submissions that rest, only if `all` are asked for.
pub fn inbox(config: &Config, all: bool, now: Timestamp) -> Result<Vec<Waiting>> {
    let sent = submissions(config, all, now)?;
    let found = collect::inbox(config)?;
    let found = found.iter().filter(|waiting| all || waiting.is_fresh());
    let found = found.map(|waiting| Waiting::Candidate(Box::new(Candidate::of(waiting))));
    let sent = sent
        .into_iter()
        .map(|entry| Waiting::Submission(Box::new(entry)));
    Ok(sent.chain(found).collect())
}

/// The submissions that wait.
pub fn submissions(config: &Config, all: bool, now: Timestamp) -> Result<Vec<Entry>> {
    // Looking makes no file.
    if !config.store.may_exist() {
        return Ok(Vec::new());
    }
    at_desk(config, async |desk| {
        desk.entries(&[SubmissionState::Queued], all, now).await
    })
}
