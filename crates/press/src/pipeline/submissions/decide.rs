//! What editors decide. Each is one function, and says in the history who did it.

use super::issues::{issue_after, start_of};
use super::submit::new_submission;
use super::{Desk, Entry, item};
use crate::error::{Error, Result, did_you_mean};
use crate::store::{Step, Submission, SubmissionState};
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::check::rules;
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
                    .refused()
            })?;
            own.place = place;
            own.kind = kind;
        }
        if own.place.path.is_empty() {
            return Err(
                Error::new(format!("nobody says which section submission {id} is for"))
                    .help("say so: `--section SECTION`, by the section's id or title")
                    .refused(),
            );
        }
        if let Some(draft) = self.draft()? {
            let (_, outcome) = place(&draft.text, &own, &self.config().format);
            refuse_misfit(id, &outcome).map_err(Error::refused)?;
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
        let reason = reason_of(reason)?;
        if reason.is_empty() {
            return Err(Error::new("nothing says why")
                .help("name the rule it breaks, or the reason, in a few words: senders see it")
                .refused());
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
        let to = issue_after(submission.issue, to, self.next_issue(now)?)?;
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
        let until_s = start_of(self.config(), until, now)?;
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
        let Some((before, may)) = done else {
            return Err(self.no_such(id).await);
        };
        if !may {
            return Err(too_late(&before).refused());
        }
        super::shown::entry(self.find(id).await?)
    }
}

/// Why something is not wanted, without white space around it: a rule, or a few words. Senders look a rule up, so one that
/// is named wrongly is refused: a single word that is nearly the name of a rule, has hyphens as those have, or is a number.
pub(in crate::pipeline) fn reason_of(text: &str) -> Result<&str> {
    let text = text.trim();
    let names = || rules::all().map(|rule| rule.name);
    let single = !text.is_empty() && !text.contains(char::is_whitespace);
    if !single || names().any(|name| name == text) {
        return Ok(text);
    }
    let number = text.trim_start_matches('#');
    let number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let meant = did_you_mean(text, names()).filter(|_| !number);
    if meant.is_none() && !number && !text.contains('-') {
        return Ok(text);
    }
    // Programs are told the first line only.
    let meant = meant.map_or(String::new(), |meant| format!(": did you mean `{meant}`?"));
    let error = Error::new(format!("there is no rule `{text}`{meant}")).refused();
    let help = "`press explain` lists the rules; a reason in your own words has more than one";
    Err(error.help(help))
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

#[cfg(test)]
mod tests {
    use super::reason_of;

    #[test]
    fn a_rule_has_its_right_name_and_words_are_free() {
        for good in [
            "page-title",
            "image",
            "paywall",
            "spam",
            "no page-titel here",
            "",
        ] {
            assert_eq!(reason_of(&format!(" {good}\n")).unwrap(), good);
        }
        for (wrong, help) in [
            ("page-titel", "did you mean `page-title`?"),
            ("imag", "did you mean `image`?"),
            ("off-topic-for-gulls", "`press explain` lists the rules"),
            ("7", "there is no rule `7`"),
            ("#7", "lists the rules"),
        ] {
            let error = reason_of(wrong).unwrap_err().message();
            assert!(error.contains(help), "{wrong}: {error}");
        }
    }
}
