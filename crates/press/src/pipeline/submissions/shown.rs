//! What senders and editors are shown. The command line prints these values, the web gives them as JSON.

use super::issues::is_late;
use super::{Desk, Finding, Suggested, item};
use crate::error::Result;
use crate::store::{Decision, Origin, Submission, SubmissionState, submission_token_hash};
use jiff::Timestamp;
use press_core::submission::Outcome;
use serde::{Deserialize, Serialize};

/// Something that happened to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// Who; only editors are shown this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// What.
    pub what: String,
    /// What else there is to say.
    pub detail: Option<String>,
}

/// How a submission stands, for whoever has its token: nothing here says who sent it or who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The section it is for.
    pub section: Option<String>,
    /// How it stands.
    pub state: SubmissionState,
    /// The issue that it waits for, or stands in.
    pub issue: Option<i64>,
    /// Whether it was to be in an earlier one.
    pub moved: bool,
    /// The rule or the reason for which it was declined.
    pub reason: Option<String>,
    /// What happened, oldest first.
    pub history: Vec<Happened>,
}

/// A submission as editors see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// How it came.
    pub origin: Origin,
    /// The pull request that brought it.
    pub pull_request: Option<i64>,
    /// Whose pull request that is.
    pub author: Option<String>,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The section it is for.
    pub section: Option<String>,
    /// Its Markdown.
    pub text: String,
    /// What the sender wants editors to know.
    pub remark: Option<String>,
    /// Whether the sender wants an answer.
    pub has_contact: bool,
    /// How to reach the sender; only where somebody asked for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Whether a machine wrote the linked text, as the sender says.
    pub machine_written: Option<bool>,
    /// How it stands.
    pub state: SubmissionState,
    /// The issue that it waits for, or stands in.
    pub issue: Option<i64>,
    /// Until when it rests.
    pub snoozed_until: Option<Timestamp>,
    /// Why it was declined.
    pub reason: Option<String>,
    /// When it came.
    pub created: Timestamp,
    /// The rules that it breaks, where it was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What would become of it in the draft, where it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The sections that it may belong to, where it was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggested: Vec<Suggested>,
    /// What happened, where it was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Happened>,
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

pub(in crate::pipeline) fn happened(decision: Decision, who: bool) -> Happened {
    Happened {
        at: time(decision.at_s),
        who: who.then_some(decision.who),
        what: decision.what,
        detail: decision.detail,
    }
}

impl Desk {
    /// How the submission of a token stands; none if no submission has it.
    pub async fn status(&self, token: &str, now: Timestamp) -> Result<Option<Status>> {
        let hash = submission_token_hash(token);
        match self.store.find_submission_of(&hash).await? {
            Some(submission) => self.status_of(submission, now).await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) async fn status_of(&self, submission: Submission, now: Timestamp) -> Result<Status> {
        let history = self.store.submission_history(submission.id).await?;
        let next = self.next_issue(now)?;
        // Asking changes nothing: who comes after the deadline is told what the next step will do.
        let late = next.filter(|next| is_late(&submission, *next));
        Ok(Status {
            moved: late.is_some() || history.iter().any(|step| step.what == "moved"),
            issue: late.or(submission.issue),
            title: submission.title,
            url: submission.url,
            section: submission.section,
            state: submission.state,
            reason: submission.reason,
            history: history
                .into_iter()
                .filter(|step| step.what != "snoozed")
                .map(|step| happened(step, false))
                .collect(),
        })
    }

    /// Takes out who sent the submission of a token and what they wrote besides. The link stays, and how it stands.
    pub async fn erase(&self, token: &str) -> Result<bool> {
        self.store.erase_sender(&submission_token_hash(token)).await
    }

    /// The submissions in these states, oldest first; those that rest only if they are asked for.
    pub async fn entries(
        &self,
        states: &[SubmissionState],
        resting: bool,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for state in states {
            for submission in self.store.submissions(*state).await? {
                let rests = submission
                    .snoozed_until_s
                    .is_some_and(|until| until > now.as_second());
                if resting || !rests {
                    entries.push(entry(submission)?);
                }
            }
        }
        entries.sort_by_key(|entry| (entry.created, entry.id));
        Ok(entries)
    }

    /// One submission with all that is known of it, the rules' opinion too.
    pub async fn entry(&self, id: i64) -> Result<Entry> {
        let submission = self.find(id).await?;
        let (contact, own) = (submission.contact.clone(), item(&submission)?);
        let history = self.store.submission_history(id).await?;
        let draft = self.draft()?;
        let mut entry = entry(submission)?;
        if matches!(
            entry.state,
            SubmissionState::Queued | SubmissionState::Accepted
        ) {
            let marks = own.main().map_or(Vec::new(), |link| link.marks.clone());
            let judged = self.judge(draft.as_ref(), own);
            entry.findings = judged.findings;
            entry.outcome = judged.outcome;
            entry.suggested = self.suggestions(&entry.title, &entry.url, &marks);
        }
        entry.contact = contact;
        entry.history = history
            .into_iter()
            .map(|step| happened(step, true))
            .collect();
        Ok(entry)
    }
}

pub(super) fn entry(submission: Submission) -> Result<Entry> {
    let own = item(&submission)?;
    let account = submission.sender.strip_prefix("github:");
    Ok(Entry {
        id: submission.id,
        origin: submission.origin,
        pull_request: submission.pull,
        author: account.map(str::to_owned),
        section: match own.place.path.is_empty() {
            true => submission.section,
            false => Some(own.place.name()),
        },
        text: own.text,
        title: submission.title,
        url: submission.url,
        remark: submission.remark,
        has_contact: submission.contact.is_some(),
        contact: None,
        machine_written: submission.machine_written,
        state: submission.state,
        issue: submission.issue,
        snoozed_until: submission.snoozed_until_s.map(time),
        reason: submission.reason,
        created: time(submission.created_s),
        findings: Vec::new(),
        outcome: None,
        suggested: Vec::new(),
        history: Vec::new(),
    })
}
