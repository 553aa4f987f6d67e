//! Where issues are made known: social networks, chats, forums, webhooks. Each kind is an adapter of its own.
//!
//! A post can be seen by many and taken back by nobody, so each kind answers three questions: is it out already
//! ([`find`]), put it out ([`send`]), is it there as it was meant ([`read_back`]). A failure says whether the post may be
//! out all the same: an answer that was lost says nothing of what became of the question. What is said is made by
//! `press_core::announcement`; what was done is written down by `pipeline::announce`. Nothing here knows the store.

mod ask;
mod bluesky;
mod discord;
mod discourse;
mod file;
mod mastodon;
mod matrix;
mod reddit;
mod slack;
mod webhook;
mod zulip;

use crate::config::{AnnounceKind, Channel, ChannelPlace, Secrets};
use crate::error::{Error, Result};
use crate::http::Http;
use jiff::civil::Date;
use press_core::announcement::{Measure, Style};

/// What the world is reached with.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The way to the web.
    pub http: &'a Http,
    /// Where secrets are.
    pub secrets: &'a Secrets,
}

/// What is to be said of an issue in one channel.
#[derive(Clone, Debug)]
pub struct Post {
    /// What stands for the issue in ids.
    pub issue: String,
    /// The newsletter's name.
    pub newsletter: String,
    /// The issue's title.
    pub title: String,
    /// Its day.
    pub date: Date,
    /// Its address.
    pub link: String,
    /// The text, within the channel's limits.
    pub text: String,
    /// Its language, a BCP 47 tag.
    pub lang: String,
    /// What the newsletter is, in a sentence.
    pub description: String,
    /// A picture for cards.
    pub picture: Option<Picture>,
    /// The same for each try of this post, and for no other post.
    pub key: String,
}

/// A picture for cards.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub kind: &'static str,
    /// What is to be seen on it.
    pub about: String,
}

/// A post that is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Where people see it; nothing where nobody can say.
    pub address: String,
    /// By what the service knows it; nothing where it does not say.
    pub id: String,
}

/// Whether a post is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is.
    There(Posted),
    /// It is not, or putting it out once more changes nothing.
    NotThere,
    /// The service cannot be asked.
    CannotTell,
}

/// Why a post was not put out, as far as is known.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Why.
    pub error: Error,
    /// Whether it may be out all the same.
    pub uncertain: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed {
            error,
            uncertain: false,
        }
    }
}

/// What comes of putting a post out.
pub type Sent<T> = std::result::Result<T, Failed>;

/// How a kind of channel writes.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The kind.
    pub kind: AnnounceKind,
    /// Its markup.
    pub style: Style,
    /// How it counts, and its limit.
    pub measure: Measure,
    /// What is said if the newsletter does not say what.
    pub text: &'static str,
}

/// A line for each highlight under the address.
const PLAIN: &str = "{{ title }} is out: {{ url }}\n\n{% for one in highlights %}\n• {{ one.section }}: {{ one.text }}\n{% endfor %}\n";
/// The same with links.
const LINKED: &str = "{{ title }} is out: {{ url }}\n\n{% for one in highlights %}\n* {{ one.section }}: {{ link(one.text, one.url) }}\n{% endfor %}\n";
/// A forum's first post.
const TOPIC: &str = "{{ link(title, url) }} is out: {{ links }} links in {{ sections }} sections.\n\n{% for one in highlights %}\n* {{ one.section }}: {{ link(one.text, one.url) }}\n{% endfor %}\n";
const SLACK: &str = "{{ link(title, url) }} is out.\n\n{% for one in highlights %}\n• {{ one.section }}: {{ link(one.text, one.url) }}\n{% endfor %}\n";

/// All kinds, with the limits that they publish.
pub const KINDS: &[Kind] = &[
    // A server says what it takes; these are Mastodon's own.
    kind(
        AnnounceKind::Mastodon,
        Style::Plain,
        Measure::Mastodon {
            most: 500,
            address: 23,
        },
        PLAIN,
    ),
    kind(
        AnnounceKind::Bluesky,
        Style::Plain,
        Measure::Signs {
            most: 300,
            bytes: 3_000,
        },
        PLAIN,
    ),
    kind(
        AnnounceKind::Discord,
        Style::Markdown,
        Measure::Units(2_000),
        LINKED,
    ),
    // What is longer than 4,000 characters Slack advises against, and cuts at 40,000.
    kind(
        AnnounceKind::Slack,
        Style::Slack,
        Measure::Characters(4_000),
        SLACK,
    ),
    kind(
        AnnounceKind::Zulip,
        Style::Zulip,
        Measure::Characters(10_000),
        LINKED,
    ),
    // An event has 64 KB, with the text in it twice.
    kind(
        AnnounceKind::Matrix,
        Style::Markdown,
        Measure::Bytes(16_000),
        LINKED,
    ),
    kind(
        AnnounceKind::Webhook,
        Style::Plain,
        Measure::Bytes(16_000),
        PLAIN,
    ),
    kind(
        AnnounceKind::Discourse,
        Style::Markdown,
        Measure::Characters(32_000),
        TOPIC,
    ),
    kind(
        AnnounceKind::Reddit,
        Style::Markdown,
        Measure::Characters(40_000),
        TOPIC,
    ),
    kind(
        AnnounceKind::File,
        Style::Plain,
        Measure::Bytes(1 << 20),
        PLAIN,
    ),
];

const fn kind(kind: AnnounceKind, style: Style, measure: Measure, text: &'static str) -> Kind {
    Kind {
        kind,
        style,
        measure,
        text,
    }
}

/// How a channel writes.
pub fn kind_of(channel: &Channel) -> &'static Kind {
    let own = channel.kind();
    let found = KINDS.iter().find(|row| row.kind == own);
    found.expect("every kind has a row")
}

/// How much a channel takes: what `press.toml` says, else what its server says, else what is usual.
pub async fn measure(way: Way<'_>, channel: &Channel) -> Measure {
    let usual = kind_of(channel).measure;
    let told = match &channel.place {
        ChannelPlace::Mastodon { server, .. } if channel.instead.is_none() => {
            mastodon::measure(way, server).await
        }
        _ => None,
    };
    let told = told.unwrap_or(usual);
    match channel.limit {
        Some(limit) => told.limited(limit.min(told.most())),
        None => told,
    }
}

/// Whether a post is out already.
pub async fn find(way: Way<'_>, channel: &Channel, post: &Post) -> Result<Found> {
    if let Some(folder) = &channel.instead {
        let found = file::find(folder, post)?;
        return Ok(match found {
            Found::There(posted) => Found::There(rehearsed(channel, posted)),
            found => found,
        });
    }
    let secret = || secret(way, channel);
    match &channel.place {
        ChannelPlace::Mastodon { server, .. } => {
            mastodon::find(way, (server, &secret()?), post).await
        }
        ChannelPlace::Bluesky { api, account } => bluesky::find(way, (api, account), post).await,
        ChannelPlace::Zulip { .. } => {
            let bot = zulip::Bot::of(channel, &secret()?)?;
            bot.find(way, post).await
        }
        ChannelPlace::Matrix { server, room } => {
            matrix::find(way, (server, room, &secret()?), post).await
        }
        ChannelPlace::Discourse { site, account, .. } => {
            discourse::find(way, (site, account, &secret()?), post).await
        }
        ChannelPlace::Reddit(subreddit) => reddit::find(way, (subreddit, &secret()?), post).await,
        ChannelPlace::File { folder } => file::find(folder, post),
        // Whoever gets it knows its id, and takes it once.
        ChannelPlace::Webhook { .. } => Ok(Found::NotThere),
        ChannelPlace::Discord | ChannelPlace::Slack => Ok(Found::CannotTell),
    }
}

/// Puts a post out.
pub async fn send(way: Way<'_>, channel: &Channel, post: &Post) -> Sent<Posted> {
    if let Some(folder) = &channel.instead {
        return Ok(rehearsed(channel, file::send(folder, post)?));
    }
    let secret = secret(way, channel)?;
    match &channel.place {
        ChannelPlace::Mastodon { server, visibility } => {
            mastodon::send(way, (server, &secret), *visibility, post).await
        }
        ChannelPlace::Bluesky { api, account } => {
            bluesky::send(way, (api, account, &secret), post).await
        }
        ChannelPlace::Discord => discord::send(way, &secret, post).await,
        ChannelPlace::Slack => slack::send(way, &secret, post).await,
        ChannelPlace::Zulip { .. } => zulip::Bot::of(channel, &secret)?.send(way, post).await,
        ChannelPlace::Matrix { server, room } => {
            matrix::send(way, (server, room, &secret), post).await
        }
        ChannelPlace::Webhook { url } => webhook::send(way, (url, &secret), post).await,
        ChannelPlace::Discourse { .. } => {
            discourse::send(way, (&channel.place, &secret), post).await
        }
        ChannelPlace::Reddit(subreddit) => reddit::send(way, (subreddit, &secret), post).await,
        ChannelPlace::File { folder } => Ok(file::send(folder, post)?),
    }
}

/// In what a post that is there differs from what was meant; nothing if in nothing. `None` where the service cannot be
/// asked.
pub async fn read_back(
    way: Way<'_>,
    channel: &Channel,
    posted: &Posted,
    post: &Post,
) -> Result<Option<Vec<String>>> {
    if posted.id.is_empty() {
        return Ok(None);
    }
    if let Some(folder) = &channel.instead {
        return file::read_back(folder, post).map(Some);
    }
    let secret = || secret(way, channel);
    let differs = match &channel.place {
        ChannelPlace::Mastodon { server, visibility } => {
            mastodon::read_back(way, (server, &secret()?), (&posted.id, *visibility), post).await?
        }
        ChannelPlace::Bluesky { api, account } => {
            bluesky::read_back(way, (api, account), post).await?
        }
        ChannelPlace::Discord => discord::read_back(way, &secret()?, &posted.id, post).await?,
        ChannelPlace::Zulip { .. } => {
            let bot = zulip::Bot::of(channel, &secret()?)?;
            bot.read_back(way, &posted.id, post).await?
        }
        ChannelPlace::Matrix { server, room } => {
            matrix::read_back(way, (server, room, &secret()?), &posted.id, post).await?
        }
        ChannelPlace::Discourse { site, account, .. } => {
            discourse::read_back(way, (site, account, &secret()?), &posted.id, post).await?
        }
        ChannelPlace::Reddit(subreddit) => {
            reddit::read_back(way, (subreddit, &secret()?), &posted.id, post).await?
        }
        ChannelPlace::File { folder } => file::read_back(folder, post)?,
        ChannelPlace::Webhook { .. } | ChannelPlace::Slack => return Ok(None),
    };
    Ok(Some(differs))
}

/// A post of a rehearsal: a thread has an address, so that a link to it is rehearsed, too.
fn rehearsed(channel: &Channel, posted: Posted) -> Posted {
    let address = |_: &String| format!("https://rehearsal.invalid/{}", posted.id);
    Posted {
        address: channel.threads.as_ref().map(address).unwrap_or_default(),
        ..posted
    }
}

/// The channel's secret; a file needs none.
fn secret(way: Way<'_>, channel: &Channel) -> Result<String> {
    if matches!(channel.place, ChannelPlace::File { .. }) {
        return Ok(String::new());
    }
    variable(way, &channel.secret_env).map_err(|error| {
        error.help("docs/announce.md tells where it is made; secrets never stand in press.toml")
    })
}

fn variable(way: Way<'_>, name: &str) -> Result<String> {
    way.secrets.find(name).ok_or_else(|| {
        Error::new(format!("there is no secret in `{name}`"))
            .help(format!("set the environment variable `{name}`"))
    })
}

/// "not the text that was meant", if it is not.
fn differs(what: &str, there: &str, meant: &str) -> Option<String> {
    let collapsed = press_core::text::collapsed;
    (collapsed(there) != collapsed(meant)).then(|| format!("{what} is not what was meant"))
}
