//! When what was not taken is tried again: later each time, and a busy domain is left alone as a whole.

use std::collections::HashMap;
use std::time::Duration;

/// Longest that anything is put off.
pub(super) const LONGEST: Duration = Duration::from_secs(4 * 3_600);

/// How a delivery is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// After the first refusal.
    pub first: Duration,
    /// How often a delivery is tried before it has failed.
    pub attempts: i64,
}

impl Retry {
    /// How long to wait after so many attempts: three times as long each time.
    pub(super) fn after(&self, attempts: i64) -> Duration {
        let times = u32::try_from((attempts - 1).clamp(0, 12)).unwrap_or(0);
        self.first.saturating_mul(3_u32.pow(times)).min(LONGEST)
    }
}

/// Domains that asked to be left alone, and until when, in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Holds {
    domains: HashMap<String, Hold>,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    until_s: i64,
    refusals: i64,
}

impl Holds {
    /// Until when nothing is to be sent to a domain, if that is not over.
    pub(super) fn until(&self, domain: &str, now_s: i64) -> Option<i64> {
        let hold = self.domains.get(domain)?;
        (hold.until_s > now_s).then_some(hold.until_s)
    }

    /// The domain refused for now: it is left alone, longer each time. What was on its way when it began to refuse is
    /// the same refusal. Until when.
    pub(super) fn refused(
        &mut self,
        domain: &str,
        retry: Retry,
        asked: Option<Duration>,
        now_s: i64,
    ) -> i64 {
        let known = self.domains.get(domain).copied();
        if let Some(hold) = known.filter(|hold| hold.until_s > now_s) {
            return hold.until_s;
        }
        let refusals = known.map_or(0, |hold| hold.refusals) + 1;
        let pause = asked.unwrap_or_else(|| retry.after(refusals)).min(LONGEST);
        let until_s = now_s + seconds(pause);
        self.domains
            .insert(domain.to_owned(), Hold { until_s, refusals });
        until_s
    }

    /// The domain took a message.
    pub(super) fn taken(&mut self, domain: &str) {
        self.domains.remove(domain);
    }

    /// The domains that are left alone now, those for longest first.
    pub(super) fn held(&self, now_s: i64) -> Vec<(&str, i64)> {
        let held = self.domains.iter().filter(|(_, hold)| hold.until_s > now_s);
        let mut held: Vec<(&str, i64)> = held
            .map(|(name, hold)| (name.as_str(), hold.until_s))
            .collect();
        held.sort_by_key(|(name, until_s)| (-until_s, *name));
        held
    }
}

/// Whole seconds, at least one for any wait at all.
pub(super) fn seconds(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry {
        first: Duration::from_secs(60),
        attempts: 9,
    };

    #[test]
    fn each_wait_is_longer_and_none_is_endless() {
        let waits: Vec<u64> = (1..=9)
            .map(|attempts| RETRY.after(attempts).as_secs())
            .collect();
        assert_eq!(
            waits,
            [60, 180, 540, 1_620, 4_860, 14_400, 14_400, 14_400, 14_400]
        );
        assert_eq!(RETRY.after(i64::MAX).as_secs(), 14_400);
    }

    #[test]
    fn a_busy_domain_is_left_alone_and_forgiven() {
        let mut holds = Holds::default();
        assert_eq!(holds.refused("a.example", RETRY, None, 1_000), 1_060);
        assert_eq!(
            holds.refused("a.example", RETRY, None, 1_001),
            1_060,
            "the same refusal"
        );
        assert_eq!(holds.until("a.example", 1_059), Some(1_060));
        assert_eq!(holds.until("b.example", 1_059), None);
        assert_eq!(
            holds.refused("a.example", RETRY, None, 1_060),
            1_240,
            "again"
        );
        assert_eq!(holds.held(1_100), [("a.example", 1_240)]);
        holds.taken("a.example");
        assert_eq!(
            holds.refused("a.example", RETRY, Some(Duration::from_secs(5)), 2_000),
            2_005
        );
    }
}
