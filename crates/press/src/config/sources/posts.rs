//! What the types cannot say of feeds, forums and social networks.

use super::super::Loader;
use super::Kind;
use crate::config::schema::sources::posts::Discourse;
use reqwest::Url;
use toml::Spanned;

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
        let given = [
            discourse.category.is_some(),
            discourse.tag.is_some(),
            discourse.thread.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            let message = "a source of a forum reads one of `category`, `tag` and `thread`";
            self.mistake(&discourse.site, message);
        }
        if let Some(category) = &discourse.category {
            let mut parts = category.get_ref().split('/');
            if !parts.all(|part| !part.is_empty() && part.chars().all(is_plain)) {
                let message = "a category is written as in its address, between `/c/` and the end";
                self.mistake(category, message);
            }
        }
        if let Some(tag) = &discourse.tag {
            self.plain_name(tag, "a tag is one word, as in its address");
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
