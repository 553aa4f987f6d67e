//! Which issue is next for what is sent now, and what happens when its deadline has passed.

use super::Desk;
use crate::error::Result;
use crate::store::{Step, Submission, SubmissionState};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

impl Desk {
    /// The number of the first issue that is still open; without a schedule that of the draft.
    pub(super) fn next_issue(&self, now: Timestamp) -> Result<Option<i64>> {
        let config = self.config();
        let Some(schedule) = &config.schedule else {
            return Ok(self.draft()?.and_then(|draft| draft.number));
        };
        let before = i32::try_from(config.submissions.deadline_hours / 24 + 2).unwrap_or(i32::MAX);
        let today = crate::pipeline::draft::today(now, &config.timezone);
        let from = today.saturating_sub(jiff::Span::new().days(before.abs()));
        let mut next = schedule.next(from);
        while let Some(date) = next {
            if self.deadline(date).is_some_and(|deadline| deadline > now) {
                return Ok(schedule.number(date).map(i64::from));
            }
            next = date.tomorrow().ok().and_then(|day| schedule.next(day));
        }
        Ok(None)
    }

    /// When the issue of a day is closed.
    fn deadline(&self, date: Date) -> Option<Timestamp> {
        let config = self.config();
        let start = date.to_zoned(config.timezone.clone()).ok()?.timestamp();
        let before = SignedDuration::from_hours(config.submissions.deadline_hours);
        start.checked_sub(before).ok()
    }

    /// Moves to the next issue what nobody has decided in time. How many that were.
    pub(super) async fn roll_over(&self, now: Timestamp) -> Result<usize> {
        let Some(next) = self.next_issue(now)? else {
            return Ok(0);
        };
        let mut moved = 0;
        for late in self.store.submissions(SubmissionState::Queued).await? {
            if is_late(&late, next) {
                let detail = format!("to issue {next}: the deadline has passed");
                let step = Step {
                    who: "press",
                    what: "moved",
                    detail: Some(&detail),
                    from: &[SubmissionState::Queued],
                    issue: Some(next),
                    snooze_s: late.snoozed_until_s,
                    ..Step::default()
                };
                self.store
                    .record_step(late.id, &step, now.as_second())
                    .await?;
                moved += 1;
            }
        }
        Ok(moved)
    }
}

/// Whether something waits for an issue that is closed.
pub(super) fn is_late(submission: &Submission, next: i64) -> bool {
    submission.state == SubmissionState::Queued
        && submission.issue.is_some_and(|issue| issue < next)
}
