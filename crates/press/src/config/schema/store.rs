//! `[store]` of `press.toml`: where the newsletter's data is.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// The newsletter's database: what sources found, who subscribed, what was sent. One file, or a PostgreSQL server if
/// several machines send.
///
/// ```toml
/// [store]
/// file = "data/press.sqlite"
/// url = "postgres://press@db.tern.example/weekly?sslmode=verify-full"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Store {
    /// The file of the database, relative to the folder of `press.toml`. Keep it out of Git, and keep copies.
    ///
    /// Default: `"data/press.sqlite"`
    pub(in crate::config) file: PathBuf,
    /// The address of a database on a PostgreSQL server, used instead of the file. It has no password in it: that is
    /// taken from the variable `PGPASSWORD` or from ~/.pgpass. The variable `PRESS_DATABASE_URL` comes before this key.
    ///
    /// Default: none, the file is used
    pub(in crate::config) url: Option<Spanned<String>>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            file: "data/press.sqlite".into(),
            url: None,
        }
    }
}
