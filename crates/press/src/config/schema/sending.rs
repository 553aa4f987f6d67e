//! The table of `press send`.

use serde::Deserialize;
use toml::Spanned;

/// How `press send` and `press worker` go about it. How messages leave stands in `[transport]`.
///
/// ```toml
/// [sending]
/// retry-s = 60
/// attempts = 12
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Sending {
    /// How long a message that a server did not take waits for its second attempt, in seconds. Each further wait is
    /// three times as long, up to four hours.
    ///
    /// Default: `60`
    pub(in crate::config) retry_s: Spanned<u64>,
    /// How often a message is tried before it counts as failed. With the defaults that is a day and a half.
    ///
    /// Default: `12`
    pub(in crate::config) attempts: Spanned<u64>,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            retry_s: Spanned::new(0..0, 60),
            attempts: Spanned::new(0..0, 12),
        }
    }
}
