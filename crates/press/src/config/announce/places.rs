//! What and where each channel is: the keys of its kind, checked.

use super::super::{Loader, schema};
use super::{AnnounceKind, ChannelPlace, Subreddit, own, variable};
use reqwest::Url;
use std::path::Path;
use toml::Spanned;

/// Where an address is that nobody can reach.
fn nowhere() -> Url {
    Url::parse("https://nowhere.invalid/").expect("it is an address")
}

impl Loader<'_> {
    /// A key without which a kind cannot work.
    fn wanted(
        &mut self,
        written: &schema::Announce,
        value: &Option<Spanned<String>>,
        help: &str,
    ) -> String {
        let text = value.as_ref().map(|value| value.get_ref().trim());
        match text.filter(|text| !text.is_empty()) {
            Some(text) => text.to_owned(),
            None => {
                let message = "it does not say where to post";
                self.mistake_with_help(&written.kind, message, format!("write `{help}`"));
                String::new()
            }
        }
    }

    /// The address of something that gets secrets: nobody may read them on their way.
    fn secure(&mut self, value: Option<&Spanned<String>>, usual: &str, private: &[String]) -> Url {
        let text = value.map_or(usual, |value| value.get_ref().trim_end_matches('/'));
        let url = Url::parse(text).ok().filter(Url::has_host);
        let Some(value) = value else {
            return url.unwrap_or_else(nowhere);
        };
        let Some(url) = url.filter(|url| matches!(url.scheme(), "https" | "http")) else {
            self.mistake(value, "this is no address; it begins with `https://`");
            return nowhere();
        };
        let host = url.host_str().unwrap_or_default();
        if url.scheme() == "http" && !crate::http::may_be_private(host, private) {
            let help = "write `https://`, or name the host in `private` of [announcement]";
            self.mistake_with_help(value, "secrets would be sent for everybody to read", help);
        }
        url
    }

    pub(super) fn channel_place(
        &mut self,
        written: &schema::Announce,
        name: &str,
        file: &schema::File,
    ) -> ChannelPlace {
        let private = &file.announcement.private;
        let home = self.path.parent().unwrap_or(Path::new(""));
        match written.kind.get_ref() {
            AnnounceKind::Mastodon => {
                self.wanted(written, &written.server, "server = \"https://…\"");
                ChannelPlace::Mastodon {
                    server: self.secure(written.server.as_ref(), "", private),
                    visibility: own(&written.visibility).unwrap_or_default(),
                }
            }
            AnnounceKind::Bluesky => ChannelPlace::Bluesky {
                api: self.secure(written.api.as_ref(), "https://bsky.social", private),
                account: self
                    .wanted(written, &written.account, "account = \"you.bsky.social\"")
                    .trim_start_matches('@')
                    .to_owned(),
            },
            AnnounceKind::Discord => ChannelPlace::Discord,
            AnnounceKind::Slack => ChannelPlace::Slack,
            AnnounceKind::Zulip => self.zulip(written, file),
            AnnounceKind::Matrix => {
                self.wanted(written, &written.server, "server = \"https://…\"");
                ChannelPlace::Matrix {
                    server: self.secure(written.server.as_ref(), "", private),
                    room: self.wanted(written, &written.room, "room = \"!id:server\""),
                }
            }
            AnnounceKind::Webhook => {
                self.wanted(written, &written.url, "url = \"https://…\"");
                let url = self.secure(written.url.as_ref(), "", private);
                ChannelPlace::Webhook { url }
            }
            AnnounceKind::Discourse => {
                self.wanted(written, &written.site, "site = \"https://…\"");
                ChannelPlace::Discourse {
                    site: self.secure(written.site.as_ref(), "", private),
                    account: self.wanted(written, &written.account, "account = \"user\""),
                    category: own(&written.category),
                    tags: own(&written.tags).unwrap_or_default(),
                }
            }
            AnnounceKind::Reddit => ChannelPlace::Reddit(self.subreddit(written, name, private)),
            AnnounceKind::File => {
                if written.folder.is_none() {
                    let help = "write `folder = \"…\"`";
                    self.mistake_with_help(&written.kind, "it has no folder", help);
                }
                ChannelPlace::File {
                    folder: home.join(own(&written.folder).unwrap_or_default()),
                }
            }
        }
    }

    fn zulip(&mut self, written: &schema::Announce, file: &schema::File) -> ChannelPlace {
        self.wanted(written, &written.site, "site = \"https://…\"");
        // A topic has at most 60 characters (<https://zulip.com/api/send-message>).
        let topic = own(&written.topic).unwrap_or_else(|| file.newsletter.name.clone());
        if let Some(topic) = written
            .topic
            .as_ref()
            .filter(|topic| topic.get_ref().len() > 60)
        {
            self.mistake(topic, "a topic has at most 60 characters");
        }
        ChannelPlace::Zulip {
            site: self.secure(written.site.as_ref(), "", &file.announcement.private),
            account: self.wanted(written, &written.account, "account = \"bot@…\""),
            stream: self.wanted(written, &written.stream, "stream = \"…\""),
            topic: topic.chars().take(60).collect(),
        }
    }

    fn subreddit(
        &mut self,
        written: &schema::Announce,
        name: &str,
        private: &[String],
    ) -> Subreddit {
        let subreddit = self.wanted(written, &written.subreddit, "subreddit = \"…\"");
        let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        if let Some(own) = written
            .subreddit
            .as_ref()
            .filter(|_| !subreddit.chars().all(plain))
        {
            self.mistake(own, "a subreddit is named without `r/`");
        }
        Subreddit {
            api: self.secure(written.api.as_ref(), "https://oauth.reddit.com", private),
            name: subreddit,
            account: own(&written.account),
            client: self.wanted(written, &written.client, "client = \"…\""),
            login_env: own(&written.login_env).unwrap_or_else(|| variable(name, "LOGIN")),
            flair: own(&written.flair),
            post: own(&written.post).unwrap_or_default(),
        }
    }
}
