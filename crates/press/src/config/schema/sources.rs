//! The tables of sources: `[collect]`, `[store]`, `[[source]]`. Each kind's own keys are in a file below.

pub(in crate::config) mod events;
pub(in crate::config) mod github;
pub(in crate::config) mod posts;

use serde::Deserialize;
use toml::Spanned;

/// Which days `press collect` looks at, and how long it waits.
///
/// ```toml
/// [collect]
/// since-days = 8
/// until-days = 1
/// timeout-s = 20
/// patience-s = 300
/// private = ["forge.intern.example"]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Collect {
    /// The first day that counts, in days before the issue's.
    ///
    /// Default: `7`
    pub(in crate::config) since_days: Spanned<i32>,
    /// The last day that counts, in days before the issue's.
    ///
    /// Default: `1`
    pub(in crate::config) until_days: Spanned<i32>,
    /// Longest that one request may take, in seconds.
    ///
    /// Default: `20`
    pub(in crate::config) timeout_s: Spanned<u64>,
    /// Longest that one source may take, in seconds.
    ///
    /// Default: `300`
    pub(in crate::config) patience_s: Spanned<u64>,
    /// Hosts that may be in a private network, which is otherwise never asked; `*.` stands for all below a name.
    ///
    /// Default: `[]`
    pub(in crate::config) private: Vec<String>,
}

impl Default for Collect {
    fn default() -> Self {
        Self {
            since_days: Spanned::new(0..0, 7),
            until_days: Spanned::new(0..0, 1),
            timeout_s: Spanned::new(0..0, 20),
            patience_s: Spanned::new(0..0, 300),
            private: Vec::new(),
        }
    }
}

/// A place that `press collect` reads. These keys are the same for all; each kind has its own besides.
///
/// ```toml
/// [[source]]
/// name = "reports"
/// kind = "github-file"
/// section = "events"
/// auto = true
/// token-env = "TERN_FORGE_TOKEN"
/// repository = "tern/reports"
/// path = "weekly/*.md"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Source {
    /// What it is called, by you and in messages.
    pub(in crate::config) name: Spanned<String>,
    /// What it is: one of the kinds below.
    pub(in crate::config) kind: Spanned<String>,
    /// The id of the section that what it finds is for.
    ///
    /// Default: none; you choose in the inbox
    pub(in crate::config) section: Option<Spanned<String>>,
    /// Whether it writes the owned block of its section by itself. What it finds otherwise waits in the inbox.
    ///
    /// Default: `false`
    #[serde(default = "no")]
    pub(in crate::config) auto: Spanned<bool>,
    /// The variable of the environment that holds its token.
    ///
    /// Default: that of its kind, such as `GITHUB_TOKEN`
    pub(in crate::config) token_env: Option<String>,
}

fn no() -> Spanned<bool> {
    Spanned::new(0..0, false)
}
