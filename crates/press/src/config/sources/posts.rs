//! What the types cannot say of feeds, forums and social networks.

use super::super::Loader;
use super::Kind;
use crate::config::schema::sources::posts::Discourse;
use reqwest::Url;
use toml::Spanned;

/// What of a forum is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForumPlace<'a> {
    /// A list of topics, by its path.
    List(&'a str),
    /// One topic, by its number.
    Topic(u64),
}

impl Discourse {
    /// What is read, if the path says so.
    pub fn place(&self) -> Option<ForumPlace<'_>> {
        let path = self.path.get_ref().trim_end_matches('/');
        let mut parts = path.strip_prefix('/')?.split('/');
        let kind = parts.next()?;
        let parts: Vec<&str> = parts.collect();
        let plain = |part: &&str| !part.is_empty() && part.chars().all(is_plain);
        match kind {
            _ if parts.is_empty() || !parts.iter().all(plain) => None,
            "c" => Some(ForumPlace::List(path)),
            "tag" if parts.len() <= 2 => Some(ForumPlace::List(path)),
            "t" if parts.len() == 1 => parts[0].parse().ok().map(ForumPlace::Topic),
            "t" => parts[1].parse().ok().map(ForumPlace::Topic),
            _ => None,
        }
    }
}

/// The forum and the number in the address of a topic or of a post in it.
pub(in crate::config) fn topic_of(address: &str) -> Option<(String, u64)> {
    let url = address.parse::<Url>().ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let (site, rest) = address.split_once("/t/").filter(|_| web)?;
    let parts: Vec<&str> = rest.split(['/', '?', '#']).collect();
    let number = match parts.as_slice() {
        [number] | [number, ""] => number,
        [title, number, ..] if title.parse::<u64>().is_err() => number,
        [number, ..] => number,
        [] => return None,
    };
    Some((site.to_owned(), number.parse().ok()?))
}

impl Loader<'_> {
    /// Judges the keys of a source where links are told of.
    pub(super) fn judge_posts(&mut self, kind: &Kind) {
        match kind {
            Kind::Feed(feed) => self.web_address(&feed.url),
            Kind::Discourse(discourse) => self.judge_discourse(discourse),
            Kind::Reddit(reddit) => {
                self.plain_name(&reddit.subreddit, "a subreddit is named without `r/`");
                if let Some(api) = &reddit.api {
                    self.web_address(api);
                }
                if let Some(thread) = &reddit.thread {
                    self.some_words(thread);
                }
            }
            Kind::Hackernews(search) => {
                self.some_words(&search.query);
                self.web_address(&search.api);
            }
            Kind::Lobsters(lobsters) => {
                self.web_address(&lobsters.site);
                let good = |tag: &String| !tag.is_empty() && tag.chars().all(is_plain);
                if lobsters.tags.get_ref().is_empty() || !lobsters.tags.get_ref().iter().all(good) {
                    let message = "tags are words of letters, digits, `-`, `_`, `+` and `.`";
                    self.mistake(&lobsters.tags, message);
                }
            }
            Kind::Mastodon(mastodon) => {
                self.web_address(&mastodon.server);
                self.plain_name(&mastodon.tag, "a hashtag is one word, written without `#`");
            }
            Kind::Bluesky(bluesky) => {
                self.some_words(&bluesky.query);
                self.web_address(&bluesky.api);
            }
            _ => {}
        }
    }

    fn judge_discourse(&mut self, discourse: &Discourse) {
        self.web_address(&discourse.site);
        if discourse.place().is_none() {
            let message = "a path of a forum is `/c/CATEGORY`, `/tag/TAG` or `/t/TITLE/NUMBER`";
            self.mistake(&discourse.path, message);
        }
    }

    /// Whether it is the address of something on the web.
    fn web_address(&mut self, address: &Spanned<String>) {
        let url = address.get_ref().parse::<Url>();
        if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            self.mistake(address, "an address begins with `https://`");
        }
    }

    fn plain_name(&mut self, name: &Spanned<String>, message: &str) {
        if name.get_ref().is_empty() || !name.get_ref().chars().all(is_plain) {
            self.mistake(name, message);
        }
    }

    fn some_words(&mut self, words: &Spanned<String>) {
        if !words.get_ref().chars().any(char::is_alphanumeric) {
            self.mistake(words, "this finds nothing: it has no word");
        }
    }
}

fn is_plain(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '-' | '_' | '+' | '.')
}
