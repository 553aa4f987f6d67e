//! `[[duty]]`, `[[swap]]` and `[alarm]` of `press.toml`: who is next, and who hears if nobody was.

use serde::Deserialize;
use toml::Spanned;

/// A duty that people take in turns, issue by issue: publishing, or filling a section. `press rota` shows whose turn it is.
/// Who always fills a section stands as its `owner` under `[[section]]`.
///
/// ```toml
/// [[duty]]
/// id = "publish"
/// people = ["Ada", "Bob", "Eve"]
/// from = "2026-11-19"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Duty {
    /// What is to be done: `publish`, or the id of a section.
    pub(in crate::config) id: Spanned<String>,
    /// Who takes turns, in this order.
    pub(in crate::config) people: Spanned<Vec<String>>,
    /// The day of the issue that is the first one's.
    pub(in crate::config) from: Spanned<String>,
}

/// A turn that somebody else takes. The turns after it stay as they were.
///
/// ```toml
/// [[swap]]
/// duty = "publish"
/// date = "2026-11-26"
/// to = "Eve"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Swap {
    /// The duty.
    pub(in crate::config) duty: Spanned<String>,
    /// The day of the issue.
    pub(in crate::config) date: Spanned<String>,
    /// Who takes it.
    pub(in crate::config) to: String,
}

/// Who hears if an issue is late. `press server` looks every few minutes, `press alarm` once.
///
/// ```toml
/// [alarm]
/// webhook-env = "PRESS_ALARM_URL"
/// after-hours = 2
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Alarm {
    /// The variable of the environment that holds the address to be called: a webhook of Slack, Discord, Mattermost, or any
    /// that takes JSON with `text`. Nobody is called without it.
    ///
    /// Default: none
    pub(in crate::config) webhook_env: Option<String>,
    /// How many hours after its time an issue is late.
    ///
    /// Default: `2`
    pub(in crate::config) after_hours: Spanned<u32>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            webhook_env: None,
            after_hours: Spanned::new(0..0, 2),
        }
    }
}
