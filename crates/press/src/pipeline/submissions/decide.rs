//! What editors decide. Each is one function, and says in the history who did it.

use super::submit::new_submission;
use super::{Desk, Entry, item, no_such};
use crate::error::{Error, Result};
use crate::store::{Step, Submission, SubmissionState};
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::submission::{Outcome, place};

/// A submission after a decision.
pub type Decided = Entry;

/// The states in which something can still be decided.
const OPEN: &[SubmissionState] = &[SubmissionState::Queued, SubmissionState::Accepted];

impl Desk {
    /// It is to go into the draft, into this section if one is named.
    pub async fn accept(
        &self,
        id: i64,
        section: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<Decided> {
        let submission = self.find(id).await?;
        let mut own = item(&submission)?;
        if let Some(named) = section {
            let found = self.section(named);
            let (place, kind) = found.map_err(|refusal| {
                Error::new(refusal.message)
                    .help("`--section` takes the id or the title of a section in press.toml")
            })?;
            own.place = place;
            own.kind = kind;
        }
        if own.place.path.is_empty() {
            return Err(
                Error::new(format!("nobody says which section submission {id} is for"))
                    .help("say so: `--section SECTION`, by the section's id or title"),
            );
        }
        if let Some(draft) = self.draft()? {
            let (_, outcome) = place(&draft.text, &own, &self.config().format);
            refuse_misfit(id, &outcome)?;
        }
        let new = new_submission(&own);
        let step = Step {
            who,
            what: "accepted",
            detail: new.section.as_deref(),
            state: Some(SubmissionState::Accepted),
            from: &[
                SubmissionState::Queued,
                SubmissionState::Accepted,
                SubmissionState::Declined,
            ],
            item: Some((&new.item, new.section.as_deref())),
            ..Step::default()
        };
        self.step(id, &step, now).await
    }

    /// It is not wanted, because of a rule or for another reason.
    pub async fn decline(
        &self,
        id: i64,
        reason: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<Decided> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::new("nothing says why")
                .help("name the rule it breaks, or the reason, in a few words: senders see it"));
        }
        let step = Step {
            who,
            what: "declined",
            detail: Some(reason),
            state: Some(SubmissionState::Declined),
            from: OPEN,
            reason: Some(reason),
            ..Step::default()
        };
        self.step(id, &step, now).await
    }

    /// It is for a later issue: the next after its own unless one is named.
    pub async fn move_on(
        &self,
        id: i64,
        to: Option<i64>,
        who: &str,
        now: Timestamp,
    ) -> Result<Decided> {
        let submission = self.find(id).await?;
        let next = self.next_issue(now)?;
        let own = submission.issue.max(next);
        let Some(to) = to.or_else(|| own.map(|own| own + 1)) else {
            return Err(Error::new("nothing says which issue is next")
                .help("name its number with `--to`, or give press.toml a [schedule]"));
        };
        if next.is_some_and(|next| to < next) {
            let error = Error::new(format!("issue {to} is closed"));
            return Err(error.help(format!("the next one is {}", next.unwrap_or_default())));
        }
        let detail = format!("to issue {to}");
        let step = Step {
            who,
            what: "moved",
            detail: Some(&detail),
            from: OPEN,
            issue: Some(to),
            ..Step::default()
        };
        self.step(id, &step, now).await
    }

    /// Nobody wants to see it before a day.
    pub async fn snooze(&self, id: i64, until: Date, who: &str, now: Timestamp) -> Result<Decided> {
        let day = until.to_zoned(self.config().timezone.clone());
        let until_s = day
            .map(|day| day.timestamp().as_second())
            .unwrap_or_default();
        if until_s <= now.as_second() {
            return Err(Error::new(format!("{until} is not ahead"))
                .help("name a day to come: it waits until that begins"));
        }
        let detail = format!("until {until}");
        let step = Step {
            who,
            what: "snoozed",
            detail: Some(&detail),
            from: OPEN,
            snooze_s: Some(until_s),
            ..Step::default()
        };
        self.step(id, &step, now).await
    }

    async fn step(&self, id: i64, step: &Step<'_>, now: Timestamp) -> Result<Decided> {
        let done = self.store.record_step(id, step, now.as_second()).await?;
        let (before, may) = done.ok_or_else(|| no_such(id))?;
        if !may {
            return Err(too_late(&before));
        }
        super::shown::entry(self.find(id).await?)
    }
}

fn too_late(submission: &Submission) -> Error {
    let id = submission.id;
    match submission.state {
        SubmissionState::Placed => {
            Error::new(format!("submission {id} stands in the draft already"))
                .help("take it out there")
        }
        SubmissionState::Withdrawn => Error::new(format!("submission {id} was withdrawn"))
            .help("its pull request was closed, or has it no more"),
        state => Error::new(format!("submission {id} is {}", state.name())),
    }
}

fn refuse_misfit(id: i64, outcome: &Outcome) -> Result<()> {
    let error = |what: String| Err(Error::new(what));
    match outcome {
        Outcome::Placed { .. } | Outcome::Replaced | Outcome::Known { .. } => Ok(()),
        Outcome::NoSection { section } => Err(Error::new(format!(
            "the draft has no section `{section}`, and press.toml knows none"
        ))
        .help("choose another one with `--section`, or put the heading into the draft")),
        Outcome::InTheWay => error(format!(
            "what submission {id} would change is no longer as it was in the draft"
        )),
        Outcome::Unreadable => error(format!(
            "the draft would read in another way with submission {id} in it"
        )),
    }
}
