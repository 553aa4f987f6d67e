//! `[submissions]` of `press.toml`: what people send.

use serde::Deserialize;
use toml::Spanned;

/// How people send links: by the form, by programs, by pull request.
///
/// ```toml
/// [submissions]
/// deadline-hours = 12
/// per-sender = 10
/// per-host = 20
/// window-hours = 24
/// repository = "tern/weekly"
/// api = "https://forge.example/api/v3"
/// remote = "origin"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Submissions {
    /// How many hours before the beginning of its day an issue is closed for what is sent; what nobody has decided by then
    /// waits for the next one. A negative number is hours after.
    ///
    /// Default: `0`
    pub(in crate::config) deadline_hours: Spanned<i64>,
    /// Most links that one sender may send by the form or by programs within the window.
    ///
    /// Default: `10`
    pub(in crate::config) per_sender: Spanned<i64>,
    /// Most links to pages of one host, whoever sends them, within the window.
    ///
    /// Default: `20`
    pub(in crate::config) per_host: Spanned<i64>,
    /// How many hours back these two are counted.
    ///
    /// Default: `24`
    pub(in crate::config) window_hours: Spanned<i64>,
    /// The repository whose pull requests are read, as owner and name.
    ///
    /// Default: what `repository` in `[newsletter]` says, if that is on a forge
    pub(in crate::config) repository: Option<Spanned<String>>,
    /// The address of the forge's interface. A GitHub Enterprise server has it at `https://HOST/api/v3`.
    ///
    /// Default: `"https://api.github.com"`
    pub(in crate::config) api: String,
    /// The Git remote that has the pull requests, and that `press submissions merge --push` pushes to.
    ///
    /// Default: `"origin"`
    pub(in crate::config) remote: Spanned<String>,
}

impl Default for Submissions {
    fn default() -> Self {
        let number = |number| Spanned::new(0..0, number);
        Self {
            deadline_hours: number(0),
            per_sender: number(10),
            per_host: number(20),
            window_hours: number(24),
            repository: None,
            api: "https://api.github.com".to_owned(),
            remote: Spanned::new(0..0, "origin".to_owned()),
        }
    }
}
