//! `[[editor]]` of `press.toml`: who may decide through `press server`.

use serde::Deserialize;
use toml::Spanned;

/// An editor who may use the desk of `press server` with a program. Whoever knows the token may do what editors do.
///
/// ```toml
/// [[editor]]
/// name = "Ada"
/// token-env = "PRESS_TOKEN_ADA"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Editor {
    /// The name that stands in the history of what was decided.
    pub(in crate::config) name: Spanned<String>,
    /// The variable of the environment that holds the token: at least 20 characters that nobody can guess, such as
    /// `openssl rand -hex 20` gives. Each editor has another one.
    pub(in crate::config) token_env: Spanned<String>,
}
