//! No faster than so many messages a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Gives out moments, evenly spaced, to all who ask. Time that nobody used is not saved up.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// So many a second; any number without one.
    pub(super) fn new(per_second: Option<f64>) -> Pace {
        let gap = per_second.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate));
        Pace {
            gap,
            next: Mutex::new(None),
        }
    }

    /// Waits for one's turn.
    pub(super) async fn turn(&self) {
        if self.gap.is_zero() {
            return;
        }
        let turn = self.take(Instant::now());
        tokio::time::sleep_until(turn).await;
    }

    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.gap);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_evenly_spaced_and_not_saved_up() {
        let pace = Pace::new(Some(4.0));
        let start = Instant::now();
        let quarter = Duration::from_millis(250);
        let turns: Vec<Duration> = (0..3).map(|_| pace.take(start) - start).collect();
        assert_eq!(turns, [Duration::ZERO, quarter, 2 * quarter]);
        let later = start + Duration::from_secs(9);
        assert_eq!(pace.take(later), later);
        assert_eq!(pace.take(later), later + quarter);
    }
}
