//! `[announcement]` and `[[announce]]` of `press.toml`: who hears of an issue, where, and in which words.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// What all announcements of an issue share.
///
/// ```toml
/// [announcement]
/// highlights = ["tool", "saying"]
/// most = 5
/// picture = "images/card.png"
/// picture-text = "A tern over the sea"
/// discussion = "<small>[Discuss on {name}]({url})</small>"
/// timeout-s = 20
/// private = ["chat.intern.example"]
///
/// [[section]]
/// id = "tool"
/// title = "Tool of the Week"
///
/// [[section]]
/// id = "saying"
/// title = "Saying of the Week"
/// kind = "quote"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Announcement {
    /// The sections whose first item is worth a mention, best first.
    ///
    /// Default: those of the `[[vote]]`s, then each section of links
    pub(in crate::config) highlights: Option<Vec<Spanned<String>>>,
    /// Most highlights that a text may have.
    ///
    /// Default: `5`
    pub(in crate::config) most: usize,
    /// A picture for cards, in the newsletter's folder: PNG, JPEG or WebP, at most a million bytes.
    /// Without it, a card has the picture of the issue's page, if pictures are drawn.
    ///
    /// Default: none
    pub(in crate::config) picture: Option<Spanned<PathBuf>>,
    /// What is to be seen on it, for those who cannot see it.
    ///
    /// Default: `""`
    pub(in crate::config) picture_text: String,
    /// How an issue links to where it is discussed. `{name}` stands for the place and belongs to the link's words, `{url}`
    /// is where it leads.
    ///
    /// Default: `"[Discuss on {name}]({url})"`
    pub(in crate::config) discussion: Spanned<String>,
    /// Longest that one request may take, in seconds.
    ///
    /// Default: `20`
    pub(in crate::config) timeout_s: Spanned<u64>,
    /// Hosts that may be in a private network, and without `https`; `*.` stands for all below a name.
    ///
    /// Default: `[]`
    pub(in crate::config) private: Vec<String>,
}

impl Default for Announcement {
    fn default() -> Self {
        Self {
            highlights: None,
            most: 5,
            picture: None,
            picture_text: String::new(),
            discussion: Spanned::new(0..0, "[Discuss on {name}]({url})".to_owned()),
            timeout_s: Spanned::new(0..0, 20),
            private: Vec::new(),
        }
    }
}

/// A channel where issues are made known. Which keys a kind needs, and how to come by its secrets, is in
/// [the guide](announce.md).
///
/// ```toml
/// [[announce]]
/// name = "fediverse"
/// kind = "mastodon"
/// server = "https://social.tern.example"
/// visibility = "public"
/// limit = 500
/// language = "en"
/// text = "{{ title }} is out: {{ url }}"
///
/// [[announce]]
/// kind = "bluesky"
/// api = "https://bsky.social"
/// account = "tern.example"
/// secret-env = "TERN_BLUESKY_PASSWORD"
///
/// [[announce]]
/// kind = "discourse"
/// site = "https://forum.tern.example"
/// account = "weekly"
/// category = 5
/// tags = ["weekly"]
/// threads = "the forum"
///
/// [[announce]]
/// kind = "reddit"
/// api = "https://oauth.reddit.com"
/// subreddit = "ternlang"
/// account = "tern_weekly"
/// client = "p-jcoLKBynTLew"
/// login-env = "TERN_REDDIT_PASSWORD"
/// flair = "5f1f7a3c-0000-11ee-8c99-0242ac120002"
/// post = "link"
/// threads = "r/ternlang"
///
/// [[announce]]
/// kind = "zulip"
/// site = "https://chat.tern.example"
/// account = "weekly-bot@chat.tern.example"
/// stream = "announce"
/// topic = "This Week in Tern"
///
/// [[announce]]
/// kind = "matrix"
/// server = "https://matrix.tern.example"
/// room = "!weekly:tern.example"
///
/// [[announce]]
/// kind = "webhook"
/// url = "https://bots.tern.example/issue"
///
/// [[announce]]
/// kind = "file"
/// folder = "announced"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Announce {
    /// Its name on the command line: small letters, digits and hyphens.
    ///
    /// Default: the kind
    pub(in crate::config) name: Option<Spanned<String>>,
    /// What it is.
    pub(in crate::config) kind: Spanned<AnnounceKind>,
    /// What is said, a template of minijinja. It may use `newsletter`, `description`, `title`, `number`, `date`, `url`, `links`
    /// and `sections` (how many there are), and `highlights`, each with `section`, `text` and `url`; `link(text, url)` writes a
    /// link as the channel has it.
    ///
    /// Default: title, address and highlights, as is usual there
    pub(in crate::config) text: Option<Spanned<String>>,
    /// Whether people discuss the issue there, so that its address goes into the issue: `true`, or what the place is called.
    ///
    /// Default: `false`
    #[serde(default)]
    pub(in crate::config) threads: Threads,
    /// The variable of the environment that holds its secret: a token, a password, or the whole address of a webhook of
    /// `discord` or `slack`.
    ///
    /// Default: `PRESS_`, the name in capitals, `_SECRET`, such as `PRESS_MASTODON_SECRET`
    pub(in crate::config) secret_env: Option<Spanned<String>>,
    /// The variable that holds the password of `reddit`'s account, or, without `account`, a refresh token.
    ///
    /// Default: `PRESS_`, the name in capitals, `_LOGIN`
    pub(in crate::config) login_env: Option<Spanned<String>>,
    /// Longest text, as the channel counts, if it takes less than is usual. A server of Mastodon is asked.
    ///
    /// Default: the channel's own limit
    pub(in crate::config) limit: Option<Spanned<usize>>,
    /// The language of the text, as a BCP 47 tag.
    ///
    /// Default: the newsletter's
    pub(in crate::config) language: Option<String>,
    /// The address of the server: `mastodon`, `matrix`.
    ///
    /// Default: none; they need one
    pub(in crate::config) server: Option<Spanned<String>>,
    /// The address of the site: `discourse`, `zulip`.
    ///
    /// Default: none; they need one
    pub(in crate::config) site: Option<Spanned<String>>,
    /// Where it answers programs: `bluesky`, `reddit`.
    ///
    /// Default: `https://bsky.social`, `https://oauth.reddit.com`
    pub(in crate::config) api: Option<Spanned<String>>,
    /// Where a `webhook` of your own listens.
    ///
    /// Default: none; it needs one
    pub(in crate::config) url: Option<Spanned<String>>,
    /// Who posts: the handle of `bluesky`, the user of `discourse` and `reddit`, the e-mail address of `zulip`'s bot.
    ///
    /// Default: none; they need one, but for `reddit`
    pub(in crate::config) account: Option<Spanned<String>>,
    /// Who sees a post on `mastodon`.
    ///
    /// Default: `"public"`
    pub(in crate::config) visibility: Option<Spanned<Visibility>>,
    /// The number of `discourse`'s category.
    ///
    /// Default: the forum's usual one
    pub(in crate::config) category: Option<Spanned<u64>>,
    /// Tags of `discourse`.
    ///
    /// Default: `[]`
    pub(in crate::config) tags: Option<Spanned<Vec<String>>>,
    /// The subreddit, without `r/`.
    ///
    /// Default: none; `reddit` needs one
    pub(in crate::config) subreddit: Option<Spanned<String>>,
    /// The id of the client that `reddit` knows.
    ///
    /// Default: none; `reddit` needs one
    pub(in crate::config) client: Option<Spanned<String>>,
    /// The id of `reddit`'s flair.
    ///
    /// Default: none
    pub(in crate::config) flair: Option<Spanned<String>>,
    /// Whether `reddit` gets a link or the text.
    ///
    /// Default: `"link"`
    pub(in crate::config) post: Option<Spanned<RedditPost>>,
    /// The channel of `zulip`.
    ///
    /// Default: none; `zulip` needs one
    pub(in crate::config) stream: Option<Spanned<String>>,
    /// The topic in it.
    ///
    /// Default: the newsletter's name
    pub(in crate::config) topic: Option<Spanned<String>>,
    /// The id of `matrix`'s room.
    ///
    /// Default: none; `matrix` needs one
    pub(in crate::config) room: Option<Spanned<String>>,
    /// The folder of `file`, from that of `press.toml`.
    ///
    /// Default: none; `file` needs one
    pub(in crate::config) folder: Option<Spanned<PathBuf>>,
}

/// What a channel is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum AnnounceKind {
    /// A server of Mastodon, or what answers like it.
    Mastodon,
    /// Bluesky.
    Bluesky,
    /// A webhook of Discord.
    Discord,
    /// An incoming webhook of Slack, or of what takes the same, such as Mattermost.
    Slack,
    /// A bot of Zulip.
    Zulip,
    /// A room of Matrix.
    Matrix,
    /// Anything of your own: it gets the issue as JSON, signed as Standard Webhooks has it.
    Webhook,
    /// A topic on a forum that runs on Discourse.
    Discourse,
    /// A post on Reddit.
    Reddit,
    /// A file in a folder, to see what would be said.
    File,
}

/// Who sees a post.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody, and it is in public lists.
    #[default]
    Public,
    /// Everybody who looks.
    Unlisted,
    /// Who follows.
    Private,
}

/// What Reddit gets.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum RedditPost {
    /// The issue's address.
    #[default]
    Link,
    /// The text.
    Text,
}

/// Whether an issue is discussed there.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(in crate::config) enum Threads {
    /// Yes or no.
    Whether(bool),
    /// Yes, and what the place is called.
    Named(String),
}

impl Default for Threads {
    fn default() -> Self {
        Threads::Whether(false)
    }
}
