//! The keys of sources that are feeds, forums and social networks: where links are told of.

use serde::Deserialize;
use toml::Spanned;

fn hundred() -> usize {
    100
}

/// A feed: RSS, Atom or JSON Feed. Entries of the window, and older ones that were not there before.
///
/// ```toml
/// [[source]]
/// name = "tern-blog"
/// kind = "feed"
/// url = "https://blog.tern.example/feed.xml"
/// most = 30
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Feed {
    /// Its address.
    pub url: Spanned<String>,
    /// Most entries that are read; the first of the feed stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
}

/// A forum that runs on Discourse: topics of a category or with a tag; or what is nominated in one topic.
///
/// ```toml
/// [[source]]
/// name = "nominations"
/// kind = "discourse"
/// site = "https://forum.tern.example"
/// path = "/t/library-of-the-week/42"
/// nominates = "link"
/// links = false
/// least-points = 2
/// most = 30
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Discourse {
    /// The forum's address.
    pub site: Spanned<String>,
    /// What of it, as its address has it behind the forum's: `/c/announcements`, `/tag/releases`, `/t/library-of-the-week/42`.
    pub path: Spanned<String>,
    /// What is nominated in a topic: `link`, the first link of a post such as that of a library; or `quote`, the text that a
    /// post quotes.
    ///
    /// Default: `"link"`
    #[serde(default = "link")]
    pub nominates: Nominated,
    /// Whether the links in a topic's first post are wanted rather than the topic.
    ///
    /// Default: `false`
    #[serde(default)]
    pub links: bool,
    /// What has fewer likes is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most likes stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
}

fn link() -> Nominated {
    Nominated::Link
}

/// What a post nominates.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Nominated {
    /// The page it links to.
    Link,
    /// What somebody said.
    Quote,
}

/// A subreddit: its posts of the window, or the newest thread with a certain title.
///
/// Reddit answers few programs without a token: put one of OAuth into `REDDIT_TOKEN`.
///
/// ```toml
/// [[source]]
/// name = "reddit"
/// kind = "reddit"
/// subreddit = "ternlang"
/// thread = "Who's Hiring"
/// least-points = 10
/// most = 60
/// api = "https://oauth.reddit.com"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reddit {
    /// Its name, without `r/`.
    pub subreddit: Spanned<String>,
    /// Only the newest thread that has these words in its title, such as `Who's Hiring`, even if it is older than the window.
    ///
    /// Default: all posts
    pub thread: Option<Spanned<String>>,
    /// What has fewer points is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most points stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
    /// Where it answers programs.
    ///
    /// Default: `"https://oauth.reddit.com"` with a token, `"https://www.reddit.com"` without
    pub api: Option<Spanned<String>>,
}

/// Hacker News: stories of the window, found by Algolia's search.
///
/// ```toml
/// [[source]]
/// name = "hacker-news"
/// kind = "hackernews"
/// query = "tern"
/// least-points = 20
/// most = 40
/// api = "https://hn.algolia.com/api/v1"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hackernews {
    /// What stories have in their title or address.
    pub query: Spanned<String>,
    /// What has fewer points is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most points stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
    /// Where it answers programs.
    ///
    /// Default: `"https://hn.algolia.com/api/v1"`
    #[serde(default = "algolia")]
    pub api: Spanned<String>,
}

fn algolia() -> Spanned<String> {
    Spanned::new(0..0, "https://hn.algolia.com/api/v1".to_owned())
}

/// Lobsters, or a site that runs on its program: stories of the window with one of some tags.
///
/// ```toml
/// [[source]]
/// name = "lobsters"
/// kind = "lobsters"
/// tags = ["tern"]
/// least-points = 5
/// most = 40
/// site = "https://lobste.rs"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lobsters {
    /// The tags.
    pub tags: Spanned<Vec<String>>,
    /// What has fewer points is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most points stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
    /// Its address.
    ///
    /// Default: `"https://lobste.rs"`
    #[serde(default = "lobsters")]
    pub site: Spanned<String>,
}

fn lobsters() -> Spanned<String> {
    Spanned::new(0..0, "https://lobste.rs".to_owned())
}

/// A server of Mastodon, or one that answers like it: links in posts of the window with a hashtag.
///
/// Some servers show posts to members only: put a member's token into `MASTODON_TOKEN`.
///
/// ```toml
/// [[source]]
/// name = "mastodon"
/// kind = "mastodon"
/// server = "https://social.tern.example"
/// tag = "ternlang"
/// least-points = 3
/// most = 40
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mastodon {
    /// The server's address.
    pub server: Spanned<String>,
    /// The hashtag, without `#`.
    pub tag: Spanned<String>,
    /// A link whose posts have fewer favourites and boosts together is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most points stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
}

/// Bluesky: links in posts of the window that a search finds.
///
/// ```toml
/// [[source]]
/// name = "bluesky"
/// kind = "bluesky"
/// query = "#ternlang"
/// least-points = 3
/// most = 40
/// api = "https://api.bsky.app"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bluesky {
    /// What is searched for: words, or a hashtag with `#`.
    pub query: Spanned<String>,
    /// A link whose posts have fewer likes, reposts and quotes together is left out.
    ///
    /// Default: `0`
    #[serde(default)]
    pub least_points: i64,
    /// Most that are kept; those with the most points stay.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub most: usize,
    /// Where it answers programs.
    ///
    /// Default: `"https://api.bsky.app"`
    #[serde(default = "bluesky")]
    pub api: Spanned<String>,
}

fn bluesky() -> Spanned<String> {
    Spanned::new(0..0, "https://api.bsky.app".to_owned())
}
