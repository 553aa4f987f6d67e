//! What a person should hear of events: what changed, and what nobody but a person can decide.

use serde::Serialize;

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// What happened, as a sentence without full stop.
    pub message: String,
    /// The event's page.
    pub url: String,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// An event has another day now; the list says so.
    Rescheduled,
    /// An event was called off; the list has it no more.
    Cancelled,
    /// Something else about an event changed; the list says so.
    Changed,
    /// Nothing was done; somebody should look.
    Doubtful,
}

impl Notice {
    pub(super) fn new(kind: NoticeKind, url: &str, message: String) -> Notice {
        Notice {
            kind,
            message,
            url: url.to_owned(),
        }
    }

    pub(super) fn doubt(url: &str, message: String) -> Notice {
        Notice::new(NoticeKind::Doubtful, url, message)
    }
}
