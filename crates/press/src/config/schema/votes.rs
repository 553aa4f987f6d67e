//! `[[vote]]` of `press.toml`: what readers nominate and choose, such as the library or the quote of the week.

use super::sources::posts::Nominated;
use press_core::vote::{BallotKind, Own, Tie};
use serde::Deserialize;
use toml::Spanned;

/// Something that readers nominate and choose for each issue, by rules that anyone can check.
///
/// ```toml
/// [[vote]]
/// id = "library"
/// section = "library"
/// nominates = "link"
/// topic = "https://forum.tern.example/t/library-of-the-week/42"
/// counts = ["nominations", "likes", "ballots"]
/// tie = "first"
/// own = "flag"
/// least = 1
/// one-ballot = false
/// carry-issues = 3
/// closes-days = 1
/// again = false
/// text = """
/// This week's library is {link}{about}.
///
/// Thanks to {thanks} for the {suggestion}!"""
///
/// [[vote]]
/// id = "quote"
/// section = "quote"
/// nominates = "quote"
/// topic = "https://forum.tern.example/t/quote-of-the-week/43"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Vote {
    /// Its identity: small letters, digits and hyphens. It stands in the database, so it must not change.
    pub(in crate::config) id: Spanned<String>,
    /// The id of the section that says what won.
    pub(in crate::config) section: Spanned<String>,
    /// What is nominated: `link`, something with a page; or `quote`, what somebody said.
    ///
    /// Default: `"link"`
    #[serde(default = "link")]
    pub(in crate::config) nominates: Nominated,
    /// The address of a topic on a forum that runs on Discourse, where people nominate by writing and others like what they
    /// wrote.
    ///
    /// Default: none
    pub(in crate::config) topic: Option<Spanned<String>>,
    /// What is counted: `nominations`, each person who nominates something; `likes` of their posts; `ballots` of people who say yes
    /// to a nomination.
    ///
    /// Default: `["nominations", "likes", "ballots"]`
    #[serde(default = "everything")]
    pub(in crate::config) counts: Spanned<Vec<BallotKind>>,
    /// Who wins of those with the same number: `first`, what was nominated first; `last`; or `editors`, nobody until one of
    /// you picks with `--pick`, an option of `press vote place`.
    ///
    /// Default: `"first"`
    #[serde(default)]
    pub(in crate::config) tie: Tie,
    /// What becomes of people who nominate what is their own: `flag`, it counts and the issue says "self-suggestion"; `discount`,
    /// their own ballots for it do not count; `refuse`, it does not stand unless somebody else nominates it too.
    ///
    /// Default: `"flag"`
    #[serde(default)]
    pub(in crate::config) own: Own,
    /// Fewer than this, and nothing wins.
    ///
    /// Default: `1`
    #[serde(default = "one")]
    pub(in crate::config) least: i64,
    /// Whether a person has one ballot in all, the last that they gave. Else they have one for each thing that is nominated.
    ///
    /// Default: `false`
    #[serde(default)]
    pub(in crate::config) one_ballot: bool,
    /// For how many more issues something stands that did not win.
    ///
    /// Default: `3`
    #[serde(default = "three")]
    pub(in crate::config) carry_issues: Spanned<u16>,
    /// So many days before the day of the issue the vote is closed, at the beginning of the day. What is nominated later is for
    /// the next issue.
    ///
    /// Default: `0`
    #[serde(default = "zero")]
    pub(in crate::config) closes_days: Spanned<u16>,
    /// Whether what won before may win again. The archive knows.
    ///
    /// Default: `false`
    #[serde(default)]
    pub(in crate::config) again: bool,
    /// What the section says of the winner, as Markdown. Placeholders: `{link}` to what won, `{about}`, what it is, with a comma
    /// before it; `{quote}`, `{attribution}`; `{thanks}`, who suggested it; `{suggestion}` or `self-suggestion`. A line on
    /// which only placeholders stand that are empty is left out.
    ///
    /// Default: the link or the quote, and thanks
    pub(in crate::config) text: Option<Spanned<String>>,
}

fn link() -> Nominated {
    Nominated::Link
}

fn everything() -> Spanned<Vec<BallotKind>> {
    let all = vec![
        BallotKind::Nominations,
        BallotKind::Likes,
        BallotKind::Ballots,
    ];
    Spanned::new(0..0, all)
}

fn one() -> i64 {
    1
}

fn three() -> Spanned<u16> {
    Spanned::new(0..0, 3)
}

fn zero() -> Spanned<u16> {
    Spanned::new(0..0, 0)
}
