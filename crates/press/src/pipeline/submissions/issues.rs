//! Which issue is next for what is sent now, and what happens when its deadline has passed.

use super::{Desk, draft_of};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Step, Submission, SubmissionState};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// The number of the first issue that is still open; without a schedule that of the draft.
pub(in crate::pipeline) fn next_issue(config: &Config, now: Timestamp) -> Result<Option<i64>> {
    let Some(schedule) = &config.schedule else {
        return Ok(draft_of(config)?.and_then(|draft| draft.number));
    };
    let before = i32::try_from(config.submissions.deadline_hours / 24 + 2).unwrap_or(i32::MAX);
    let today = crate::pipeline::draft::today(now, &config.timezone);
    let from = today.saturating_sub(jiff::Span::new().days(before.abs()));
    let mut next = schedule.next(from);
    while let Some(date) = next {
        if deadline(config, date).is_some_and(|deadline| deadline > now) {
            return Ok(schedule.number(date).map(i64::from));
        }
        next = date.tomorrow().ok().and_then(|day| schedule.next(day));
    }
    Ok(None)
}

/// When the issue of a day is closed.
fn deadline(config: &Config, date: Date) -> Option<Timestamp> {
    let start = date.to_zoned(config.timezone.clone()).ok()?.timestamp();
    let before = SignedDuration::from_hours(config.submissions.deadline_hours);
    start.checked_sub(before).ok()
}

/// The issue that something is moved to, which waits for `own`: the one that is named, else that after its own.
pub(in crate::pipeline) fn issue_after(
    own: Option<i64>,
    named: Option<i64>,
    next: Option<i64>,
) -> Result<i64> {
    let Some(to) = named.or_else(|| own.max(next).map(|own| own.saturating_add(1))) else {
        return Err(Error::new("nothing says which issue is next")
            .help("name its number with `--to`, or give press.toml a [schedule]")
            .refused());
    };
    if let Some(next) = next.filter(|next| to < *next) {
        let error = Error::new(format!("issue {to} is closed")).refused();
        return Err(error.help(format!("the next one is {next}")));
    }
    Ok(to)
}

/// When a day begins, in seconds since 1970; an error unless that is ahead.
pub(in crate::pipeline) fn start_of(config: &Config, day: Date, now: Timestamp) -> Result<i64> {
    let start = day.to_zoned(config.timezone.clone()).ok();
    let start = start.map(|start| start.timestamp().as_second());
    start
        .filter(|start| *start > now.as_second())
        .ok_or_else(|| {
            Error::new(format!("{day} is not ahead"))
                .help("name a day to come: it waits until that begins")
                .refused()
        })
}

impl Desk {
    /// The number of the first issue that is still open.
    pub(super) fn next_issue(&self, now: Timestamp) -> Result<Option<i64>> {
        next_issue(self.config(), now)
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
