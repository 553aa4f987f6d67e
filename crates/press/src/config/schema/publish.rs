//! `[publish]` of `press.toml`: the night on which an issue goes out.

use serde::Deserialize;
use toml::Spanned;

/// What `press publish` does, and how. Where the site is put stands in `[[deploy]]`, who hears of it in `[[announce]]`,
/// how mail leaves in `[transport]`.
///
/// ```toml
/// [publish]
/// message = "Publish {title}"
/// tag = "issue-{number}"
/// remote = "origin"
/// push = true
/// links = true
/// verify = true
/// verify-minutes = 10
/// lists = ["weekly"]
/// next-draft = true
/// corrections = "corrections"
/// websub = "https://hub.example/"
/// indexnow = "6f1c0d2a9b7e4c35"
/// indexnow-url = "https://api.indexnow.org/indexnow"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Publish {
    /// The message of the commit. `{title}`, `{number}`, `{date}`, `{year}`, `{month}`, `{day}` stand for the issue's.
    ///
    /// Default: `"Publish {title}"`
    pub(in crate::config) message: Spanned<String>,
    /// The tag that the commit gets, with the same names; empty for none.
    ///
    /// Default: `"issue-{number}"`
    pub(in crate::config) tag: Spanned<String>,
    /// The Git remote that commit and tag are pushed to, and with which the branch is compared before.
    ///
    /// Default: `"origin"`
    pub(in crate::config) remote: Spanned<String>,
    /// Whether commit and tag are pushed. Where the repository has no such remote, nothing is.
    ///
    /// Default: `true`
    pub(in crate::config) push: bool,
    /// Whether the gate asks the web for every link of the issue, as `press links` does.
    ///
    /// Default: `true`
    pub(in crate::config) links: bool,
    /// Whether the site is read back after it was put somewhere: the issue's page, the front page, the feeds.
    ///
    /// Default: yes, where press.toml has a `[[deploy]]`
    pub(in crate::config) verify: Option<bool>,
    /// How many minutes readers may have to wait for the new page; some hosts take a while.
    ///
    /// Default: `10`
    pub(in crate::config) verify_minutes: Spanned<u32>,
    /// The lists that get the issue by mail; an empty one for no mail at all.
    ///
    /// Default: the first list
    pub(in crate::config) lists: Option<Vec<Spanned<String>>>,
    /// Whether the draft of the next issue is made and committed at the end.
    ///
    /// Default: `true`
    pub(in crate::config) next_draft: bool,
    /// The id of the section that tells of corrections of earlier issues: `press correct` puts them into the draft there.
    ///
    /// Default: `"corrections"`
    pub(in crate::config) corrections: String,
    /// A WebSub hub that is told of the changed feeds and the first page. They name it, and so does `press server` in the
    /// header `Link`, so that readers' programs can hear of an issue at once instead of asking now and then.
    ///
    /// Default: none
    pub(in crate::config) websub: Option<Spanned<String>>,
    /// The IndexNow key with which search engines are told of the new page: 8 to 128 letters, digits and dashes. The
    /// site gets the file `/KEY.txt` that proves it.
    ///
    /// Default: none
    pub(in crate::config) indexnow: Option<Spanned<String>>,
    /// Who takes such news and passes them on to all search engines that take part.
    ///
    /// Default: `"https://api.indexnow.org/indexnow"`
    pub(in crate::config) indexnow_url: Spanned<String>,
}

impl Default for Publish {
    fn default() -> Self {
        let text = |text: &str| Spanned::new(0..0, text.to_owned());
        Self {
            message: text("Publish {title}"),
            tag: text("issue-{number}"),
            remote: text("origin"),
            push: true,
            links: true,
            verify: None,
            verify_minutes: Spanned::new(0..0, 10),
            lists: None,
            next_draft: true,
            corrections: "corrections".to_owned(),
            websub: None,
            indexnow: None,
            indexnow_url: text("https://api.indexnow.org/indexnow"),
        }
    }
}
