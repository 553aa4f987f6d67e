//! What came back from sessions, and what follows from it.

use super::{Books, News, now_s};
use crate::error::Error;
use crate::mail::{Outcome, Scope, Severity};
use crate::pipeline::send::holds::{LONGEST, seconds};
use crate::pipeline::send::session::{Claim, Done};
use crate::store::{Bounced, DeliveryState, Settled};
use std::time::Duration;

impl Books<'_> {
    pub(super) async fn take_back(&mut self, done: Done) {
        self.flying -= 1;
        let claim = done.claim;
        match done.outcome {
            None => self.put_back(claim, 0, "not tried"),
            Some(Outcome::Sent { reply }) => {
                self.holds.taken(&done.domain);
                self.refused.taken(claim.campaign, &done.domain);
                self.closings = 0;
                self.settle(claim, DeliveryState::Sent, 0, &reply);
            }
            Some(Outcome::Uncertain { why }) => {
                self.settle(claim, DeliveryState::Uncertain, 0, &why);
            }
            Some(Outcome::Bounced { reply }) => {
                self.holds.taken(&done.domain);
                let bounced = match reply.severity() {
                    Severity::Hard => Bounced::Hard,
                    Severity::Soft => Bounced::Soft,
                };
                self.fail(claim, &reply.to_string(), bounced);
            }
            Some(Outcome::Deferred {
                reply,
                scope: Scope::Relay,
                retry_after,
            }) => {
                self.close_way(&reply, retry_after);
                self.put_back(claim, 0, &reply);
            }
            Some(Outcome::Deferred {
                reply,
                scope,
                retry_after,
            }) => {
                let until_s = match scope {
                    Scope::Domain => {
                        self.holds
                            .refused(&done.domain, self.work.retry, retry_after, now_s())
                    }
                    _ => retry_after
                        .map_or_else(|| self.later(claim), |pause| now_s() + seconds(pause)),
                };
                self.defer(claim, until_s, &reply);
            }
            Some(Outcome::Unwanted {
                ref reply,
                ref error,
                ours,
            }) => {
                let (reply, error) = (reply.clone(), error.clone());
                self.refused(done, &reply, error, ours).await;
            }
            Some(Outcome::Stop(error)) => {
                self.put_back(claim, 0, &error.to_string());
                self.stop_campaign(claim.campaign, error).await;
            }
        }
    }

    /// To be tried again, unless it was tried often enough.
    pub(super) fn defer(&mut self, claim: Claim, until_s: i64, reply: &str) {
        if claim.attempts >= self.work.retry.attempts {
            let reply = format!("given up after {} attempts: {reply}", claim.attempts);
            self.settle(claim, DeliveryState::Failed, 0, &reply);
        } else {
            self.settle(claim, DeliveryState::Deferred, until_s, reply);
        }
    }

    /// When it is tried again by itself.
    pub(super) fn later(&self, claim: Claim) -> i64 {
        now_s() + seconds(self.work.retry.after(claim.attempts))
    }

    /// As if it had not been claimed, but behind all that have not been tried.
    pub(super) fn put_last(&mut self, mut claim: Claim, reply: &str) {
        claim.attempts -= 1;
        let state = match claim.attempts > 0 {
            true => DeliveryState::Deferred,
            false => DeliveryState::Queued,
        };
        self.settle(claim, state, now_s(), reply);
    }

    /// As if it had not been claimed.
    pub(super) fn put_back(&mut self, mut claim: Claim, until_s: i64, reply: &str) {
        claim.attempts -= 1;
        let state = match claim.attempts > 0 || until_s > 0 {
            true => DeliveryState::Deferred,
            false => DeliveryState::Queued,
        };
        self.settle(claim, state, until_s, reply);
    }

    /// The address was refused.
    pub(super) fn fail(&mut self, claim: Claim, reply: &str, bounced: Bounced) {
        self.settle(claim, DeliveryState::Failed, 0, reply);
        if let Some(settled) = self.ready.last_mut() {
            settled.bounced = Some(bounced);
        }
    }

    pub(super) fn settle(&mut self, claim: Claim, state: DeliveryState, due_s: i64, reply: &str) {
        self.ready.push(Settled {
            campaign: claim.campaign,
            worker: claim.worker,
            subscriber: claim.subscriber,
            state,
            attempts: claim.attempts,
            due_s,
            reply: press_core::text::plain_line(reply),
            bounced: None,
        });
    }

    /// No relay takes anything now.
    pub(super) fn close_way(&mut self, reply: &str, asked: Option<Duration>) {
        let now_s = now_s();
        if self.closed.is_some_and(|until_s| until_s > now_s) {
            return;
        }
        self.closings += 1;
        let pause =
            asked.unwrap_or_else(|| Duration::from_secs(1) * (1 << self.closings.min(6)) / 2);
        self.closed = Some(now_s + seconds(pause.min(LONGEST)));
        (self.tell)(News::Note(format!(
            "no relay takes messages, waiting {} s: {reply}",
            pause.as_secs().max(1)
        )));
    }

    /// Every message of this campaign would meet the same.
    pub(super) async fn stop_campaign(&mut self, campaign: i64, error: Error) {
        if self.trouble.is_some() {
            return;
        }
        self.campaigns.retain(|one| one.id != campaign);
        let reason = error.to_string();
        // If this fails the message stays in the queue, and the next one meets the same.
        let _ = self.work.store.record_pause(campaign, &reason).await;
        (self.tell)(News::Note(format!(
            "campaign {campaign} is paused: {reason}"
        )));
        self.trouble = Some(error);
    }
}
