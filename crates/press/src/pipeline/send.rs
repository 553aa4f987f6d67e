//! Sending an issue to a list so that everybody is accounted for.
//!
//! `plan` freezes an audience, `work` sends what is due and keeps the ledger, `campaigns` looks at it and steers it. A
//! sending is a campaign in the store; who works on it — `press send`, any number of `press worker` — does not matter.

mod campaigns;
mod desk;
mod frozen;
mod holds;
mod plan;
mod post;
mod progress;
mod rehearsal;
mod session;
mod test;
mod work;

pub use campaigns::{Shown, Undone};
pub use desk::{Desk, Proposal, Task, Wish, on_stage};
pub(in crate::pipeline) use frozen::read as thaw;
pub use holds::Retry;
pub use plan::{Passed, Slice};
pub use rehearsal::{Account, Rehearsal, rehearse};
pub use work::{End, News, Progress};

use crate::config::Config;

/// How messages that were not taken are tried again, as `press.toml` says.
pub fn retry(config: &Config) -> Retry {
    Retry {
        first: config.sending.first_retry,
        attempts: config.sending.attempts,
    }
}

/// Waits until a person, or who looks after services, wants the work to end.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        let mut end =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        let ended = async {
            match &mut end {
                Some(end) => end.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}
