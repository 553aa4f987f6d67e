//! `press.toml` as it is written: every key, with what it means and what holds without it.
//!
//! Unknown keys are errors, so that a slip is not silently ignored for years.

use press_core::format::{Definitions, SectionKind};
use press_core::render::feed::FeedFormat;
use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) newsletter: Newsletter,
    #[serde(default)]
    pub(super) content: Content,
    #[serde(default)]
    pub(super) markdown: Markdown,
    #[serde(default)]
    pub(super) site: Site,
    #[serde(default)]
    pub(super) feeds: Feeds,
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

/// Who publishes what, and where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Newsletter {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) base_url: Spanned<String>,
    #[serde(default = "english")]
    pub(super) language: String,
    #[serde(default = "utc")]
    pub(super) timezone: Spanned<String>,
    pub(super) author: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) subscribe: Option<String>,
    pub(super) contact: Option<String>,
}

fn english() -> String {
    "en".to_owned()
}

fn utc() -> Spanned<String> {
    Spanned::new(0..0, "UTC".to_owned())
}

/// Folders of texts, relative to the newsletter's folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Content {
    pub(super) issues: PathBuf,
    pub(super) drafts: PathBuf,
    pub(super) pages: PathBuf,
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
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Markdown {
    pub(super) definitions: Definitions,
}

/// Addresses and looks of the site.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Site {
    pub(super) out: PathBuf,
    pub(super) theme: PathBuf,
    pub(super) permalink: Spanned<String>,
    pub(super) page_permalink: Spanned<String>,
    pub(super) archive: Spanned<String>,
    pub(super) category: Option<Spanned<String>>,
    pub(super) nav: Vec<Nav>,
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
            category: None,
            nav: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nav {
    pub(super) title: String,
    pub(super) url: String,
}

/// What all feeds share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Feeds {
    pub(super) entries: usize,
    pub(super) id: Spanned<String>,
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            entries: 10,
            id: Spanned::new(0..0, "tag:{host},{date}:{path}".to_owned()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asset {
    pub(super) from: Spanned<PathBuf>,
    pub(super) to: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    pub(super) path: Spanned<String>,
    pub(super) format: FeedFormat,
    pub(super) category: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirect {
    pub(super) from: Spanned<String>,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anchor {
    pub(super) page: String,
    pub(super) id: String,
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    pub(super) id: String,
    #[serde(default)]
    pub(super) names: Vec<String>,
    pub(super) label: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Section {
    pub(super) id: Spanned<String>,
    pub(super) parent: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) kind: SectionKind,
    #[serde(default)]
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) opens_with: Vec<String>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) placeholder: Vec<String>,
}
