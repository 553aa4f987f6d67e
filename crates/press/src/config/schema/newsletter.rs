//! The table of the newsletter itself.

use serde::Deserialize;
use toml::Spanned;

/// Who publishes what, and where.
///
/// ```toml
/// [newsletter]
/// name = "This Week in Tern"
/// description = "What happened around the Tern language, once a week."
/// base-url = "https://tern.example"
/// language = "en"
/// timezone = "Europe/Lisbon"
/// author = "The Tern editors"
/// repository = "https://forge.example/tern/weekly"
/// subscribe = "https://tern.example/subscribe/"
/// contact = "mailto:editors@tern.example"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Newsletter {
    /// What the newsletter is called, on every page and in every feed.
    pub(in crate::config) name: String,
    /// One sentence for feeds, search engines and link previews.
    pub(in crate::config) description: String,
    /// Where the site lives: `https://`, the host and, if the site stands in a folder of its host, the path. A
    /// slash at the end makes no difference.
    pub(in crate::config) base_url: Spanned<String>,
    /// The language of the texts, as a BCP 47 tag.
    ///
    /// Default: `"en"`
    #[serde(default = "english")]
    pub(in crate::config) language: String,
    /// Where a day begins: feeds date an issue at midnight here. A name of the IANA database.
    ///
    /// Default: `"UTC"`
    #[serde(default = "utc")]
    pub(in crate::config) timezone: Spanned<String>,
    /// Who publishes; stands in feeds and at the foot of pages.
    ///
    /// Default: the newsletter's name
    pub(in crate::config) author: Option<String>,
    /// Where the texts are kept. Pages link there for corrections.
    ///
    /// Default: no link
    pub(in crate::config) repository: Option<String>,
    /// Where readers subscribe. Becomes an entry of the menu.
    ///
    /// Default: no link
    pub(in crate::config) subscribe: Option<String>,
    /// How to reach the editors: an address of a page, or `mailto:` and an address.
    ///
    /// Default: no link
    pub(in crate::config) contact: Option<String>,
}

fn english() -> String {
    "en".to_owned()
}

fn utc() -> Spanned<String> {
    Spanned::new(0..0, "UTC".to_owned())
}
