//! Messages that a server refused for good without its being clear for whom: this person's filter, or everybody's.
//!
//! Stopping at each of them would let one person hold up all others; going on would throw away a whole audience when a
//! relay has had enough. So what becomes of others decides, and nobody is given up after one refusal.

use super::{Books, News, now_s};
use crate::error::Error;
use crate::mail::Reply;
use crate::pipeline::send::session::Done;
use crate::store::{Bounced, DeliveryState, Refusal};
use std::collections::HashMap;

/// So many refused in a row, with nothing taken in between, are no whims of single people.
const ROW: u32 = 5;

/// Refusals since something was taken.
#[derive(Debug, Default)]
pub(super) struct Refused {
    campaigns: HashMap<i64, u32>,
    domains: HashMap<String, u32>,
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The message goes to the end of the queue and its campaign stops.
    Stop,
    /// It is tried once more, later.
    Wait,
    /// This person does not get it.
    Fail,
}

/// Decides, after so many refusals in a row.
fn fate(refusal: Refusal, ours: bool, row: u32) -> Fate {
    let others_fare_better = refusal.since || refusal.taken && !refusal.untried;
    match (refusal.again && others_fare_better, ours) {
        _ if row >= ROW => Fate::Stop,
        (true, _) => Fate::Fail,
        (false, false) if refusal.taken => Fate::Wait,
        (false, _) => Fate::Stop,
    }
}

impl Refused {
    /// A message of a campaign was taken at a domain.
    pub(super) fn taken(&mut self, campaign: i64, domain: &str) {
        self.campaigns.remove(&campaign);
        self.domains.remove(domain);
    }
}

impl Books<'_> {
    pub(super) async fn refused(&mut self, done: Done, reply: &Reply, error: Error, ours: bool) {
        let (claim, said) = (done.claim, reply.to_string());
        let row = self.refused.campaigns.entry(claim.campaign).or_default();
        *row += 1;
        let row = *row;
        let refusal = self
            .work
            .store
            .record_refusal(claim.campaign, claim.subscriber, now_s())
            .await;
        // Without the database nothing is known of others.
        let mut refusal = refusal.unwrap_or_default();
        let sent = |one: &&crate::store::Settled| {
            one.campaign == claim.campaign && one.state == DeliveryState::Sent
        };
        // What was taken a moment ago is not written down yet.
        if self.ready.iter().find(sent).is_some() {
            (refusal.taken, refusal.since) = (true, refusal.again);
        }
        let fate = fate(refusal, ours, row);
        if fate == Fate::Stop {
            self.refused.campaigns.remove(&claim.campaign);
            self.put_last(claim, &said);
            self.stop_campaign(claim.campaign, error).await;
        } else if !ours && self.is_shut(&done.domain, &said) {
            let until_s = self
                .holds
                .refused(&done.domain, self.work.retry, None, now_s());
            self.defer(claim, until_s, &said);
        } else if fate == Fate::Wait {
            let until_s = self.later(claim);
            self.defer(claim, until_s, &said);
        } else {
            // Whatever the code: a filter says nothing of whether somebody is there.
            self.fail(claim, &said, Bounced::Soft);
        }
    }

    /// Counts a refusal of a domain; whether it has refused everybody lately.
    fn is_shut(&mut self, domain: &str, said: &str) -> bool {
        let row = self.refused.domains.entry(domain.to_owned()).or_default();
        *row += 1;
        if *row == ROW {
            (self.tell)(News::Note(format!(
                "{domain} refuses the message, whomever it is for; its readers wait: {said}"
            )));
        }
        *row >= ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_others_decides() {
        let fate = |[again, taken, since, untried]: [bool; 4], ours, row| {
            let refusal = Refusal {
                again,
                taken,
                since,
                untried,
            };
            fate(refusal, ours, row)
        };
        let (yes, no) = (true, false);
        for (facts, ours, row, expected, why) in [
            ([no, no, no, yes], no, 1, Fate::Stop, "nobody has it yet"),
            ([no, yes, no, yes], no, 1, Fate::Wait, "others have it"),
            (
                [no, yes, no, yes],
                yes,
                1,
                Fate::Stop,
                "somebody can mend it",
            ),
            (
                [no, yes, no, yes],
                no,
                5,
                Fate::Stop,
                "nothing gets through now",
            ),
            (
                [yes, yes, yes, yes],
                no,
                1,
                Fate::Fail,
                "only this one is refused",
            ),
            (
                [yes, yes, yes, yes],
                yes,
                1,
                Fate::Fail,
                "only this one is refused",
            ),
            (
                [yes, yes, yes, yes],
                yes,
                5,
                Fate::Stop,
                "nothing gets through now",
            ),
            (
                [yes, yes, no, yes],
                yes,
                1,
                Fate::Stop,
                "others have not been tried since",
            ),
            (
                [yes, yes, no, no],
                yes,
                1,
                Fate::Fail,
                "there are no others to try",
            ),
            ([yes, no, no, no], no, 1, Fate::Stop, "nobody ever got it"),
        ] {
            assert_eq!(fate(facts, ours, row), expected, "{why}");
        }
    }
}
