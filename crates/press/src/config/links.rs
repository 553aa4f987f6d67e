//! What `press.toml` says of asking the web for links, checked.

use super::{Loader, schema};
use std::time::Duration;

/// How the web is asked for links.
#[derive(Clone, Debug)]
pub struct Links {
    /// Time between two requests to one host.
    pub pace: Duration,
    /// Longest that one request may take.
    pub timeout: Duration,
    /// How long an answer is remembered.
    pub remembered: Duration,
    /// Beginnings of addresses that are not asked for.
    pub ignore: Vec<String>,
    /// Hosts that may be in a private network.
    pub private: Vec<String>,
}

impl Loader<'_> {
    pub(super) fn links(&mut self, links: &schema::Links) -> Links {
        let timeout_s = *links.timeout_s.get_ref();
        if !(1..=600).contains(&timeout_s) {
            self.mistake(&links.timeout_s, "between 1 and 600 seconds are sensible");
        }
        Links {
            pace: Duration::from_millis(links.pace_ms),
            timeout: Duration::from_secs(timeout_s),
            remembered: Duration::from_secs(links.cache_hours.saturating_mul(3600)),
            ignore: links.ignore.clone(),
            private: links.private.clone(),
        }
    }
}
