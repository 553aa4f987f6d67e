//! The table of `press links`.

use serde::Deserialize;
use toml::Spanned;

/// How `press links` asks the web.
///
/// ```toml
/// [links]
/// pace-ms = 50
/// timeout-s = 20
/// cache-hours = 20
/// ignore = ["https://jobs.example/apply/", "https://*.example/login$"]
/// private = ["wiki.intern.example", "*.lab.example"]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Links {
    /// Time between two requests to one host, in milliseconds.
    ///
    /// Default: `50`
    pub(in crate::config) pace_ms: u64,
    /// Longest that one request may take, in seconds.
    ///
    /// Default: `20`
    pub(in crate::config) timeout_s: Spanned<u64>,
    /// How long an answer is remembered, in hours. Links that did not answer are asked again each time.
    ///
    /// Default: `20`
    pub(in crate::config) cache_hours: u64,
    /// Beginnings of addresses that are not asked for. `*` stands for any run of characters, `$` for the end.
    ///
    /// Default: `[]`
    pub(in crate::config) ignore: Vec<String>,
    /// Hosts that may be in a private network, which is otherwise never asked; `*.` stands for all below a name.
    ///
    /// Default: `[]`
    pub(in crate::config) private: Vec<String>,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            pace_ms: 50,
            timeout_s: Spanned::new(0..0, 20),
            cache_hours: 20,
            ignore: Vec::new(),
            private: Vec::new(),
        }
    }
}
