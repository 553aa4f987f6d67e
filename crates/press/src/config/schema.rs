//! `press.toml` as it is written: every key, with what it means and what holds without it.
//!
//! Unknown keys are errors, so that a slip is not silently ignored for years. The comments here are the
//! reference page `docs/configuration.md`: a test takes them over, loads the examples and compares each
//! `Default:` with what really holds.

use press_core::format::Definitions;
use press_core::render::data::DataFormat;
use press_core::render::feed::FeedFormat;
use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

pub(super) mod announce;
mod check;
pub(super) mod deploy;
mod links;
mod lists;
pub(super) mod sources;
use sources::Collect;
use sources::events::Events;
mod store;
pub(super) use store::Store;
mod drafts;
mod editors;
mod mail;
mod newsletter;
mod publish;
mod rota;
mod sections;
mod seed;
mod sending;
mod server;
mod submissions;
pub(super) mod transport;
mod votes;
pub(super) mod webhooks;
pub(super) use announce::{Announce, Announcement};
pub(super) use check::Check;
pub(super) use deploy::Deploy;
pub(super) use drafts::{Draft, Schedule, Special};
pub(super) use editors::Editor;
pub(super) use links::Links;
pub(super) use lists::List;
pub(super) use mail::{Dkim, Mail};
pub(super) use newsletter::Newsletter;
pub(super) use publish::Publish;
pub(super) use rota::{Alarm, Duty, Swap};
pub(super) use sections::Section;
pub(super) use seed::Seed;
pub(super) use sending::Sending;
pub(super) use server::Server;
pub(super) use submissions::Submissions;
use transport::{Relay, Ses, Transport};
pub(super) use votes::Vote;
pub(super) use webhooks::Webhook;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) newsletter: Newsletter,
    #[serde(default)]
    pub(super) content: Content,
    pub(super) schedule: Option<Schedule>,
    #[serde(default)]
    pub(super) draft: Draft,
    #[serde(default)]
    pub(super) markdown: Markdown,
    #[serde(default)]
    pub(super) site: Site,
    #[serde(default)]
    pub(super) feeds: Feeds,
    #[serde(default)]
    pub(super) check: Check,
    #[serde(default)]
    pub(super) links: Links,
    #[serde(default)]
    pub(super) collect: Collect,
    #[serde(default)]
    pub(super) events: Events,
    #[serde(default)]
    pub(super) store: Store,
    #[serde(default)]
    pub(super) mail: Mail,
    #[serde(default)]
    pub(super) transport: Transport,
    #[serde(default)]
    pub(super) sending: Sending,
    #[serde(default)]
    pub(super) server: Server,
    #[serde(default)]
    pub(super) submissions: Submissions,
    #[serde(default)]
    pub(super) publish: Publish,
    #[serde(default)]
    pub(super) alarm: Alarm,
    #[serde(default)]
    pub(super) duty: Vec<Duty>,
    #[serde(default)]
    pub(super) swap: Vec<Swap>,
    #[serde(default)]
    pub(super) announcement: Announcement,
    #[serde(default)]
    pub(super) announce: Vec<Announce>,
    #[serde(default)]
    pub(super) ses: Ses,
    #[serde(default)]
    pub(super) relay: Vec<Relay>,
    #[serde(default)]
    pub(super) seed: Vec<Seed>,
    #[serde(default)]
    pub(super) webhook: Vec<Webhook>,
    #[serde(default)]
    pub(super) deploy: Vec<Deploy>,
    #[serde(default)]
    pub(super) editor: Vec<Editor>,
    #[serde(default)]
    pub(super) list: Vec<List>,
    #[serde(default)]
    pub(super) vote: Vec<Vote>,
    #[serde(default)]
    pub(super) asset: Vec<Asset>,
    #[serde(default)]
    pub(super) feed: Vec<Feed>,
    #[serde(default)]
    pub(super) redirect: Vec<Redirect>,
    #[serde(default)]
    pub(super) anchor: Vec<Anchor>,
    #[serde(default)]
    pub(super) mark: Vec<Mark>,
    #[serde(default)]
    pub(super) section: Vec<Section>,
}

/// Folders of texts, relative to the newsletter's folder.
///
/// ```toml
/// [content]
/// issues = "content"
/// drafts = "draft"
/// pages = "pages"
/// default-category = "News"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Content {
    /// The published issues. The folder must exist; its sub-folders are not read.
    ///
    /// Default: `"content"`
    pub(super) issues: PathBuf,
    /// The next issue while it is assembled. Shown by `press serve`, left out by `press build`.
    ///
    /// Default: `"draft"`
    pub(super) drafts: PathBuf,
    /// Static pages, such as "About".
    ///
    /// Default: `"pages"`
    pub(super) pages: PathBuf,
    /// The category of issues whose front matter names none.
    ///
    /// Default: no category
    pub(super) default_category: Option<String>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            issues: "content".into(),
            drafts: "draft".into(),
            pages: "pages".into(),
            default_category: None,
        }
    }
}

/// How Markdown is read where CommonMark leaves newsletters wanting.
///
/// ```toml
/// [markdown]
/// definitions = "first"
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Markdown {
    /// Which definition a reference link such as `[text][label]` means when its label is defined twice.
    ///
    /// Default: `"first"`
    pub(super) definitions: Definitions,
}

/// Addresses and looks of the site.
///
/// ```toml
/// [site]
/// out = "site"
/// theme = "theme"
/// permalink = "/blog/{year}/{month}/{day}/{slug}/"
/// page-permalink = "/pages/{slug}.html"
/// archive = "/blog/archives/"
/// search = "/find/"
/// category = "/categories/{category}/"
/// events = "/events/"
/// streams = "/streams/"
/// icon = "/images/tern.svg"
/// data = "/data/"
/// data-formats = ["json", "csv"]
/// lists = "/lists/"
/// statistics = "/statistics/"
/// pictures = true
/// picture-fonts = ["fonts/Amiri-Regular.ttf", "fonts/Amiri-Bold.ttf"]
/// dead-links = "dead-links.txt"
/// nav = [{ title = "About", url = "/pages/about.html" }]
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Site {
    /// The folder that `press build` writes, relative to the folder of `press.toml`.
    ///
    /// Default: `"site"`
    pub(super) out: PathBuf,
    /// Templates of your own, relative to the newsletter's folder. It need not exist.
    ///
    /// Default: `"theme"`
    pub(super) theme: PathBuf,
    /// The address of an issue. Placeholders: all but `{host}`, `{path}` and `{url}`. An issue without a number
    /// stands under its slug where the pattern says `{number}`.
    ///
    /// Default: `"/issues/{number}/"`
    pub(super) permalink: Spanned<String>,
    /// The address of a static page. Placeholder: `{slug}`.
    ///
    /// Default: `"/{slug}/"`
    pub(super) page_permalink: Spanned<String>,
    /// The address of the list of all issues.
    ///
    /// Default: `"/archive/"`
    pub(super) archive: Spanned<String>,
    /// The address of the search page, with a slash at the end; the index stands beside it. `""` is a site without
    /// search.
    ///
    /// Default: `"/search/"`
    pub(super) search: Spanned<String>,
    /// The address of a category's list of issues. Placeholder: `{category}`.
    ///
    /// Default: categories have no pages
    pub(super) category: Option<Spanned<String>>,
    /// The address below which events stand: pages by region and month, and calendars to subscribe to. It ends with a slash;
    /// an empty one makes none. A newsletter without sections of events has none.
    ///
    /// Default: `"/events/"`
    pub(super) events: Spanned<String>,
    /// The address below which feeds of single sections and marks stand, with a page that lists them. It ends with a slash;
    /// an empty one makes none.
    ///
    /// Default: `"/streams/"`
    pub(super) streams: Spanned<String>,
    /// Further entries of the menu, each with `title` and `url`.
    ///
    /// Default: `[]`
    pub(super) nav: Vec<Nav>,
    /// The picture in a browser's tab: the address of one of your assets.
    ///
    /// Default: one of ours
    pub(super) icon: Option<String>,
    /// Where the archive stands as data: a page that explains it, and files with all issues, items and events; empty for
    /// nowhere.
    ///
    /// Default: `"/data/"`
    pub(super) data: Spanned<String>,
    /// How the data is written: `json`, `csv`, `parquet`, one file for each table and year. `press export` writes SQLite
    /// as well.
    ///
    /// Default: `["json"]`
    pub(super) data_formats: Spanned<Vec<DataFormat>>,
    /// Where lists through time stand: those of sections with `list`, of hosts, of authors; empty for nowhere.
    ///
    /// Default: `"/lists/"`
    pub(super) lists: Spanned<String>,
    /// The page with the newsletter's life in numbers; empty for none.
    ///
    /// Default: `"/statistics/"`
    pub(super) statistics: Spanned<String>,
    /// Whether a picture is drawn for each issue, and one for all other pages, which other sites show with a link.
    ///
    /// Default: `true`
    pub(super) pictures: bool,
    /// Fonts of your own for these pictures, relative to the newsletter's folder, in TrueType or OpenType: one for all, or one
    /// for text and one for what stands large. What they lack is taken from ours, which has Latin, Greek and Cyrillic letters.
    ///
    /// Default: `[]`
    pub(super) picture_fonts: Spanned<Vec<PathBuf>>,
    /// The list of links that [lead nowhere any more](links.md#links-that-are-gone), relative to the newsletter's folder:
    /// `press links --note-dead` keeps it, and the site sets a link to the web archive beside each. It need not exist.
    ///
    /// Default: `"dead-links.txt"`
    pub(super) dead_links: PathBuf,
}

impl Default for Site {
    fn default() -> Self {
        let own = |text: &str| Spanned::new(0..0, text.to_owned());
        Self {
            out: "site".into(),
            theme: "theme".into(),
            permalink: own("/issues/{number}/"),
            page_permalink: own("/{slug}/"),
            archive: own("/archive/"),
            search: own("/search/"),
            category: None,
            events: own("/events/"),
            streams: own("/streams/"),
            nav: Vec::new(),
            icon: None,
            data: own("/data/"),
            data_formats: Spanned::new(0..0, vec![DataFormat::Json]),
            lists: own("/lists/"),
            statistics: own("/statistics/"),
            pictures: true,
            picture_fonts: Spanned::new(0..0, Vec::new()),
            dead_links: "dead-links.txt".into(),
        }
    }
}

/// An entry of the menu.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nav {
    /// What it says.
    pub(super) title: String,
    /// Where it leads.
    pub(super) url: String,
}

/// What all feeds share.
///
/// ```toml
/// [feeds]
/// entries = 10
/// stream-entries = 50
/// id = "tag:{host},{date}:{path}"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Feeds {
    /// How many issues a feed holds.
    ///
    /// Default: `10`
    pub(super) entries: usize,
    /// How many items a [stream](streams.md) holds.
    ///
    /// Default: `50`
    pub(super) stream_entries: usize,
    /// What feed readers know an issue by. Once there are readers it must not change: every issue would be shown
    /// to them as new. Placeholders: all.
    ///
    /// Default: `"tag:{host},{date}:{path}"`
    pub(super) id: Spanned<String>,
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            entries: 10,
            stream_entries: 50,
            id: Spanned::new(0..0, "tag:{host},{date}:{path}".to_owned()),
        }
    }
}

/// Files that are copied to the site as they are. Files whose names begin with a dot stay behind.
///
/// ```toml
/// [[asset]]
/// from = "images"
/// to = "images"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asset {
    /// A file or a folder, relative to the newsletter's folder.
    pub(super) from: Spanned<PathBuf>,
    /// Its address on the site; `/` copies the contents of a folder beside the first page.
    pub(super) to: Spanned<String>,
}

/// One feed, or one for each category. Without any, the site has no feeds. Pages point to the first of each
/// format; further ones keep old addresses alive.
///
/// ```toml
/// [[feed]]
/// path = "/atom.xml"
/// format = "atom"
///
/// [[feed]]
/// path = "/categories/{category}/rss.xml"
/// format = "rss"
/// category = "*"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    /// Its address on the site. Placeholder: `{category}`.
    pub(super) path: Spanned<String>,
    /// How it is written.
    pub(super) format: FeedFormat,
    /// The slug of the category it is limited to; `*` makes one feed for each category.
    ///
    /// Default: all issues
    pub(super) category: Option<String>,
}

/// An old address, answered by a page that leads to the new one.
///
/// ```toml
/// [[redirect]]
/// from = "/index{2..120}.html"
/// to = "/blog/archives/"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirect {
    /// The old address. `{2..120}` stands for each of these numbers; at most 10,000 of them, and one such range.
    pub(super) from: Spanned<String>,
    /// Where it leads: a path on the site, or a whole address.
    pub(super) to: String,
}

/// An id that links into a page use although no heading of it makes that id any more.
///
/// ```toml
/// [[anchor]]
/// page = "/blog/2024/03/13/this-week-in-tern-38/"
/// id = "performance"
/// to = "compiler-performance"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anchor {
    /// The address of the issue or static page, without the path of a site that stands in a folder of its host.
    pub(super) page: String,
    /// The id that old links use.
    pub(super) id: String,
    /// The id of the heading they mean. Where there is none, links lead to the beginning of the text.
    pub(super) to: String,
}

/// A mark besides the built-in ones and the language codes.
///
/// ```toml
/// [[mark]]
/// id = "good-first-issue"
/// names = ["good first issue", "beginners"]
/// label = "Good first issue"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// Its identity, and a way to write it: `[good-first-issue]`. Pages show it with the class `mark-` and this.
    pub(super) id: String,
    /// Further ways to write it. Upper and lower case make no difference.
    ///
    /// Default: `[]`
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// What it means, in words.
    ///
    /// Default: the id
    pub(super) label: Option<String>,
}
