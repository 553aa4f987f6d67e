//! What `press.toml` says of sending, checked.

use super::{Loader, schema};
use std::time::Duration;

/// How messages that were not taken are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// How long a message waits for its second attempt.
    pub first_retry: Duration,
    /// How often it is tried.
    pub attempts: i64,
}

impl Loader<'_> {
    pub(super) fn sending(&mut self, sending: &schema::Sending) -> Sending {
        let retry_s = *sending.retry_s.get_ref();
        if retry_s > 4 * 3_600 {
            self.mistake(&sending.retry_s, "no wait is longer than four hours");
        }
        let attempts = i64::try_from(*sending.attempts.get_ref()).unwrap_or(i64::MAX);
        if !(1..=100).contains(&attempts) {
            self.mistake(&sending.attempts, "between 1 and 100 attempts are sensible");
        }
        Sending {
            first_retry: Duration::from_secs(retry_s),
            attempts: attempts.clamp(1, 100),
        }
    }
}
