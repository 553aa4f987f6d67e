//! What `press.toml` says of where issues are made known, checked: `[announcement]` and `[[announce]]`.
//!
//! No secret is here. A table names the variables of the environment that hold its own.

mod places;

use super::{Loader, Vote, schema};
use crate::error::did_you_mean;
use press_core::announcement::{self, Fault, discussion};
use press_core::format::Format;
use reqwest::Url;
pub use schema::announce::{AnnounceKind, RedditPost, Visibility};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// What all announcements of an issue share.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The sections that come first among highlights.
    pub highlights: Vec<String>,
    /// Whether other sections follow them.
    pub others: bool,
    /// Most highlights.
    pub most: usize,
    /// A picture for cards.
    pub picture: Option<PathBuf>,
    /// What is to be seen on it.
    pub picture_text: String,
    /// How an issue links to where it is discussed.
    pub discussion: String,
    /// Longest that one request may take.
    pub timeout: Duration,
    /// Hosts that may be in a private network.
    pub private: Vec<String>,
    /// Where issues are made known.
    pub channels: Vec<Channel>,
}

/// A place where issues are made known.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// What and where it is.
    pub place: ChannelPlace,
    /// What is said, if not what is usual.
    pub text: Option<String>,
    /// What it is called where its address goes into the issue; none if it does not.
    pub threads: Option<String>,
    /// The variable that holds its secret.
    pub secret_env: String,
    /// Longest text, if less than usual.
    pub limit: Option<usize>,
    /// The language of the text.
    pub language: String,
    /// In rehearsals: the folder into which posts are written instead.
    pub instead: Option<PathBuf>,
}

/// What and where a channel is.
#[derive(Clone, Debug)]
pub enum ChannelPlace {
    /// A server of Mastodon.
    Mastodon {
        /// Its address.
        server: Url,
        /// Who sees the post.
        visibility: Visibility,
    },
    /// Bluesky.
    Bluesky {
        /// Where it answers programs.
        api: Url,
        /// The handle.
        account: String,
    },
    /// A webhook of Discord.
    Discord,
    /// An incoming webhook of Slack.
    Slack,
    /// A bot of Zulip.
    Zulip {
        /// The site.
        site: Url,
        /// The bot's address.
        account: String,
        /// The channel.
        stream: String,
        /// The topic in it.
        topic: String,
    },
    /// A room of Matrix.
    Matrix {
        /// The server.
        server: Url,
        /// The room's id.
        room: String,
    },
    /// A webhook of one's own.
    Webhook {
        /// Where it listens.
        url: Url,
    },
    /// A forum that runs on Discourse.
    Discourse {
        /// The forum.
        site: Url,
        /// Who posts.
        account: String,
        /// The category's number.
        category: Option<u64>,
        /// Tags.
        tags: Vec<String>,
    },
    /// A subreddit.
    Reddit(Subreddit),
    /// A folder.
    File {
        /// The folder.
        folder: PathBuf,
    },
}

/// A subreddit, and who posts there.
#[derive(Clone, Debug)]
pub struct Subreddit {
    /// Where it answers programs that have a token.
    pub api: Url,
    /// Its name.
    pub name: String,
    /// Who posts; none if a refresh token says it.
    pub account: Option<String>,
    /// The client's id.
    pub client: String,
    /// The variable with the password or the refresh token.
    pub login_env: String,
    /// The id of the flair.
    pub flair: Option<String>,
    /// What is posted.
    pub post: RedditPost,
}

impl AnnounceKind {
    /// The kind as `press.toml` has it.
    pub fn name(self) -> &'static str {
        match self {
            AnnounceKind::Mastodon => "mastodon",
            AnnounceKind::Bluesky => "bluesky",
            AnnounceKind::Discord => "discord",
            AnnounceKind::Slack => "slack",
            AnnounceKind::Zulip => "zulip",
            AnnounceKind::Matrix => "matrix",
            AnnounceKind::Webhook => "webhook",
            AnnounceKind::Discourse => "discourse",
            AnnounceKind::Reddit => "reddit",
            AnnounceKind::File => "file",
        }
    }
}

impl Announcement {
    /// Makes sure that nobody hears of anything: posts are written into a folder.
    pub fn rehearse(&mut self, folder: &Path) {
        for channel in &mut self.channels {
            channel.instead = Some(folder.to_owned());
        }
    }
}

impl Channel {
    /// The variables that hold its secrets.
    pub fn variables(&self) -> Vec<&str> {
        match &self.place {
            ChannelPlace::File { .. } => Vec::new(),
            ChannelPlace::Reddit(subreddit) => vec![&self.secret_env, &subreddit.login_env],
            _ => vec![&self.secret_env],
        }
    }

    /// What it is.
    pub fn kind(&self) -> AnnounceKind {
        match &self.place {
            ChannelPlace::Mastodon { .. } => AnnounceKind::Mastodon,
            ChannelPlace::Bluesky { .. } => AnnounceKind::Bluesky,
            ChannelPlace::Discord => AnnounceKind::Discord,
            ChannelPlace::Slack => AnnounceKind::Slack,
            ChannelPlace::Zulip { .. } => AnnounceKind::Zulip,
            ChannelPlace::Matrix { .. } => AnnounceKind::Matrix,
            ChannelPlace::Webhook { .. } => AnnounceKind::Webhook,
            ChannelPlace::Discourse { .. } => AnnounceKind::Discourse,
            ChannelPlace::Reddit(_) => AnnounceKind::Reddit,
            ChannelPlace::File { .. } => AnnounceKind::File,
        }
    }

    /// Where it is, for people: never a secret.
    pub fn place(&self) -> String {
        let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
        match &self.place {
            ChannelPlace::Mastodon { server, .. } => host(server),
            ChannelPlace::Bluesky { account, .. } => format!("@{account}"),
            ChannelPlace::Discord => "Discord".to_owned(),
            ChannelPlace::Slack => "Slack".to_owned(),
            ChannelPlace::Zulip { site, stream, .. } => format!("#{stream}, {}", host(site)),
            ChannelPlace::Matrix { room, .. } => room.clone(),
            ChannelPlace::Webhook { url } => host(url),
            ChannelPlace::Discourse { site, .. } => host(site),
            ChannelPlace::Reddit(subreddit) => format!("r/{}", subreddit.name),
            ChannelPlace::File { folder } => folder.display().to_string(),
        }
    }
}

fn own<T: Clone>(value: &Option<Spanned<T>>) -> Option<T> {
    value.as_ref().map(|value| value.get_ref().clone())
}

fn span<T>(value: &Option<Spanned<T>>) -> Option<Range<usize>> {
    value.as_ref().map(Spanned::span)
}

/// `PRESS_NAME_SECRET`.
fn variable(name: &str, what: &str) -> String {
    let name = name.to_uppercase().replace('-', "_");
    format!("PRESS_{name}_{what}")
}

impl Loader<'_> {
    pub(super) fn announcement(
        &mut self,
        file: &schema::File,
        format: &Format,
        votes: &[Vote],
    ) -> Announcement {
        let written = &file.announcement;
        for id in written.highlights.iter().flatten() {
            let known = || format.sections.iter().map(|section| section.id.as_str());
            if !known().any(|known| known == id.get_ref()) {
                let message = format!("no section has the id `{}`", id.get_ref());
                match did_you_mean(id.get_ref(), known()) {
                    Some(meant) => {
                        self.mistake_with_help(id, message, format!("did you mean `{meant}`?"));
                    }
                    None => self.mistake(id, message),
                }
            }
        }
        if discussion::label(written.discussion.get_ref()).is_none() {
            let help = "it is one line with a link, such as `[Discuss on {name}]({url})`";
            self.mistake_with_help(&written.discussion, "this is no such line", help);
        }
        let timeout_s = *written.timeout_s.get_ref();
        if !(1..=600).contains(&timeout_s) {
            self.mistake(&written.timeout_s, "between 1 and 600 seconds are sensible");
        }
        let named = written.highlights.as_ref().map(|named| {
            let named = named.iter().map(|id| id.get_ref().clone());
            named.collect()
        });
        let voted = || votes.iter().map(|vote| vote.section.clone()).collect();
        Announcement {
            others: named.is_none(),
            highlights: named.unwrap_or_else(voted),
            most: written.most,
            picture: self.picture(written),
            picture_text: written.picture_text.clone(),
            discussion: written.discussion.get_ref().clone(),
            timeout: Duration::from_secs(timeout_s),
            private: written.private.clone(),
            channels: self.channels(file),
        }
    }

    fn picture(&mut self, written: &schema::Announcement) -> Option<PathBuf> {
        let picture = written.picture.as_ref()?;
        let ending = picture.get_ref().extension().and_then(|end| end.to_str());
        if !ending.is_some_and(|end| matches!(end, "png" | "jpg" | "jpeg" | "webp")) {
            self.mistake(picture, "a picture ends in .png, .jpg or .webp");
        }
        Some(picture.get_ref().clone())
    }

    fn channels(&mut self, file: &schema::File) -> Vec<Channel> {
        let mut all: Vec<Channel> = Vec::new();
        for written in &file.announce {
            let kind = Spanned::new(written.kind.span(), written.kind.get_ref().name());
            let known: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
            let name = self.name_among(written.name.as_ref(), &kind, ("channels", &known));
            self.refuse_other_channels(written);
            self.refuse_wrong_text(written);
            for variable in [&written.secret_env, &written.login_env]
                .into_iter()
                .flatten()
            {
                let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
                if variable.get_ref().is_empty() || !variable.get_ref().chars().all(plain) {
                    let help = "secrets never stand in press.toml: name the variable that holds it";
                    self.mistake_with_help(variable, "this is no name of a variable", help);
                }
            }
            let place = self.channel_place(written, &name, file);
            let usual = || match &place {
                ChannelPlace::Reddit(subreddit) => format!("r/{}", subreddit.name),
                _ => name.clone(),
            };
            all.push(Channel {
                threads: match &written.threads {
                    schema::announce::Threads::Whether(false) => None,
                    schema::announce::Threads::Whether(true) => Some(usual()),
                    schema::announce::Threads::Named(label) => Some(label.trim().to_owned()),
                },
                text: own(&written.text),
                secret_env: own(&written.secret_env).unwrap_or_else(|| variable(&name, "SECRET")),
                limit: own(&written.limit),
                language: (written.language.clone()).unwrap_or(file.newsletter.language.clone()),
                instead: None,
                place,
                name,
            });
        }
        all
    }

    /// A key that a kind does not know would be ignored, and whoever wrote it deceived.
    fn refuse_other_channels(&mut self, written: &schema::Announce) {
        use AnnounceKind::{Bluesky, Discourse, File, Mastodon, Matrix, Reddit, Webhook, Zulip};
        let spans = [
            ("server", span(&written.server), &[Mastodon, Matrix][..]),
            ("site", span(&written.site), &[Discourse, Zulip]),
            ("api", span(&written.api), &[Bluesky, Reddit]),
            ("url", span(&written.url), &[Webhook]),
            (
                "account",
                span(&written.account),
                &[Bluesky, Discourse, Reddit, Zulip],
            ),
            ("visibility", span(&written.visibility), &[Mastodon]),
            ("category", span(&written.category), &[Discourse]),
            ("tags", span(&written.tags), &[Discourse]),
            ("subreddit", span(&written.subreddit), &[Reddit]),
            ("client", span(&written.client), &[Reddit]),
            ("login-env", span(&written.login_env), &[Reddit]),
            ("flair", span(&written.flair), &[Reddit]),
            ("post", span(&written.post), &[Reddit]),
            ("stream", span(&written.stream), &[Zulip]),
            ("topic", span(&written.topic), &[Zulip]),
            ("room", span(&written.room), &[Matrix]),
            ("folder", span(&written.folder), &[File]),
        ];
        let kind = *written.kind.get_ref();
        for (name, span, kinds) in &spans {
            let Some(span) = span.clone().filter(|_| !kinds.contains(&kind)) else {
                continue;
            };
            let mut own = spans.iter().filter(|(_, _, kinds)| kinds.contains(&kind));
            let own: Vec<&str> = own.by_ref().map(|(name, ..)| *name).collect();
            let message = format!("the kind `{}` does not know `{name}`", kind.name());
            let help = match own.is_empty() {
                true => "it needs no key but its secret".to_owned(),
                false => format!("it knows {}", own.join(", ")),
            };
            self.mistake_with_help(&Spanned::new(span, ()), message, help);
        }
    }

    fn refuse_wrong_text(&mut self, written: &schema::Announce) {
        let Some(text) = &written.text else { return };
        match announcement::check(text.get_ref()) {
            Ok(()) => {}
            Err(Fault::Template { message, line }) => {
                let help = "known are newsletter, description, title, number, date, url, links, sections, highlights";
                let message = format!("line {line} of the template: {message}");
                self.mistake_with_help(text, message, help);
            }
            Err(Fault::TooLong { .. }) => {}
        }
        if let Some(limit) = written.limit.as_ref().filter(|limit| *limit.get_ref() < 40) {
            self.mistake(limit, "no announcement fits into fewer than 40");
        }
    }
}
