//! `[[list]]` of `press.toml`: what people subscribe to.

use serde::Deserialize;
use toml::Spanned;

/// A list that people subscribe to. Without any there is one, `weekly`.
///
/// ```toml
/// [[list]]
/// id = "weekly"
/// name = "This Week in Tern"
/// description = "The newsletter, every Wednesday."
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct List {
    /// Its identity: small letters, digits and hyphens. It stands in mails (`List-Id`) and in the database, so it must
    /// not change once there are subscribers.
    pub(in crate::config) id: Spanned<String>,
    /// What it is called.
    ///
    /// Default: the newsletter's name
    pub(in crate::config) name: Option<String>,
    /// One sentence for those who think of subscribing.
    ///
    /// Default: the newsletter's description
    pub(in crate::config) description: Option<String>,
}
