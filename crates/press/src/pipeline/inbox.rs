//! The inbox: what people sent and what sources found, in one list, until an editor has decided.

use super::collect;
use super::submissions::{Desk, Entry, Happened, SubmissionState, at_desk, happened, next_issue};
use crate::config::Config;
use crate::error::Result;
use crate::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::str::FromStr;

pub use crate::store::State as CandidateState;

/// What an editor decides about something that waits.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It is to go into the draft, into this section if one is named.
    Accept(Option<String>),
    /// It is not wanted, for this reason: a rule, or a few words. A candidate needs none.
    Decline(String),
    /// It is for a later issue: this one, or that after its own.
    Move(Option<i64>),
    /// Nobody wants to see it before this day.
    Snooze(Date),
}

/// What names something that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A candidate: `12`.
    Candidate(i64),
    /// A submission: `s12`.
    Submission(i64),
}

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Number, String> {
        let (digits, kind): (&str, fn(i64) -> Number) = match text.strip_prefix('s') {
            Some(digits) => (digits, Number::Submission),
            None => (text, Number::Candidate),
        };
        let number = digits.parse().ok().filter(|number| *number > 0);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        number.filter(|_| plain).map(kind).ok_or_else(|| {
            "`press inbox` lists the numbers: 12 is a candidate, s12 is a submission".to_owned()
        })
    }
}

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
    /// What was decided.
    pub state: CandidateState,
    /// The draft that it went into.
    pub draft: Option<String>,
    /// The issue that it waits for, if not the next.
    pub issue: Option<i64>,
    /// Until when it rests.
    pub snoozed_until: Option<Timestamp>,
    /// Why it is not wanted.
    pub reason: Option<String>,
    /// What editors decided, where somebody asked for this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Happened>,
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
            state: kept.state,
            draft: kept.draft.clone(),
            issue: kept.issue,
            snoozed_until: kept.snoozed_until_s.map(time),
            reason: kept.reason.clone(),
            history: Vec::new(),
        }
    }
}

/// What waits: submissions first, then candidates, each with the oldest first. What rests or is for a later issue, and
/// candidates that an issue or the draft has already, only if `all` are asked for.
pub fn inbox(config: &Config, all: bool, now: Timestamp) -> Result<Vec<Waiting>> {
    let sent = submissions(config, all, now)?;
    Ok(joined(sent, &collect::inbox(config, now)?, all))
}

/// One candidate with all that is known of it.
pub fn candidate(config: &Config, id: i64, now: Timestamp) -> Result<Candidate> {
    collect::find_one(config, id, now).map(with_history)
}

/// The same for whoever has a database open.
pub(super) async fn candidate_on(
    place: (&Config, &Store),
    id: i64,
    now: Timestamp,
) -> Result<Candidate> {
    collect::find_one_on(place, id, now).await.map(with_history)
}

fn with_history((waiting, history): (collect::Waiting, Vec<crate::store::Decision>)) -> Candidate {
    let history = history.into_iter().map(|step| happened(step, true));
    Candidate {
        history: history.collect(),
        ..Candidate::of(&waiting)
    }
}

/// An editor decides about a submission.
pub fn decide(
    config: &Config,
    id: i64,
    decision: &Decision,
    who: &str,
    now: Timestamp,
) -> Result<Entry> {
    at_desk(config, async |desk| {
        decide_on(desk, id, decision, who, now).await
    })
}

/// The same for whoever has a desk.
pub(super) async fn decide_on(
    desk: &Desk,
    id: i64,
    decision: &Decision,
    who: &str,
    now: Timestamp,
) -> Result<Entry> {
    match decision {
        Decision::Accept(section) => desk.accept(id, section.as_deref(), who, now).await,
        Decision::Decline(reason) => desk.decline(id, reason, who, now).await,
        Decision::Move(to) => desk.move_on(id, *to, who, now).await,
        Decision::Snooze(until) => desk.snooze(id, *until, who, now).await,
    }
}

/// The same for whoever has a desk and a database open.
pub(super) async fn inbox_on(
    (desk, store): (&Desk, &Store),
    all: bool,
    now: Timestamp,
) -> Result<Vec<Waiting>> {
    let sent = sent_on(desk, all, now).await?;
    let found = collect::inbox_on((desk.config(), store), now).await?;
    Ok(joined(sent, &found, all))
}

fn joined(sent: Vec<Entry>, found: &[collect::Waiting], all: bool) -> Vec<Waiting> {
    let found = found.iter().filter(|waiting| all || waiting.is_due());
    let found = found.map(|waiting| Waiting::Candidate(Box::new(Candidate::of(waiting))));
    let sent = sent
        .into_iter()
        .map(|entry| Waiting::Submission(Box::new(entry)));
    sent.chain(found).collect()
}

/// The submissions that wait.
pub fn submissions(config: &Config, all: bool, now: Timestamp) -> Result<Vec<Entry>> {
    // Looking makes no file.
    if !config.store.may_exist() {
        return Ok(Vec::new());
    }
    at_desk(config, async |desk| sent_on(desk, all, now).await)
}

async fn sent_on(desk: &Desk, all: bool, now: Timestamp) -> Result<Vec<Entry>> {
    let mut sent = desk.entries(&[SubmissionState::Queued], all, now).await?;
    if !all {
        let next = next_issue(desk.config(), now)?;
        sent.retain(|entry| entry.issue.zip(next).is_none_or(|(own, next)| own <= next));
    }
    Ok(sent)
}
