//! Feeds: which there are, what is in them, and that they can be read.

use super::super::Site;
use super::super::sources::Source;
use super::{All, Target, target};
use crate::config::{Config, FeedFile};
use crate::error::{Error, Result};
use crate::pipeline::kept::Key;
use jiff::Zoned;
use press_core::issue::{Document, Issue, markdown};
use press_core::render::address::{self, Values};
use press_core::render::article::{self, ArticleOptions};
use press_core::render::feed::{self, Feed, FeedEntry, FeedFormat};
use press_core::render::site::{Category, FeedLink, IssueSummary};
use std::fmt::Display;
use std::sync::{Arc, OnceLock};

/// The feeds of all issues, or of one category.
pub(in super::super) fn links(config: &Config, category: Option<&Category>) -> Vec<FeedLink> {
    let feeds = config
        .site
        .feeds
        .iter()
        .filter(|feed| match (&feed.category, category) {
            (None, None) => true,
            (Some(wanted), Some(category)) => wanted == "*" || *wanted == category.slug,
            _ => false,
        });
    let link = |feed: &FeedFile| {
        let format = match feed.format {
            FeedFormat::Atom => "Atom",
            FeedFormat::Rss => "RSS",
            FeedFormat::Json => "JSON",
        };
        let slug = category.map_or("", |category| &category.slug);
        let title = match category {
            Some(category) => format!("{} ({format})", category.name),
            None => format!("{format} feed"),
        };
        let url = format!(
            "{}{}",
            config.base().1,
            feed.path.replace("{category}", slug)
        );
        FeedLink {
            title,
            url,
            mime: feed.format.media_type().to_owned(),
        }
    };
    let mut links: Vec<FeedLink> = feeds.map(link).collect();
    // Old addresses of the same feed are kept alive but not shown.
    let mut seen = std::collections::HashSet::new();
    links.retain(|link| seen.insert(link.mime.clone()));
    links
}

/// An issue as feeds see it. Several feeds hold the same entry; whoever comes first renders it for all.
#[derive(Clone)]
struct Entry<'a> {
    source: &'a Source,
    summary: &'a IssueSummary,
    rendered: Arc<OnceLock<FeedEntry>>,
}

impl Entry<'_> {
    fn render(&self, config: &Config) -> Result<FeedEntry> {
        if let Some(entry) = self.rendered.get() {
            return Ok(entry.clone());
        }
        let entry = feed_entry(config, self.source, self.summary)?;
        Ok(self.rendered.get_or_init(|| entry).clone())
    }
}

/// All feeds. Drafts and old texts that are no issues are in none.
pub(super) fn all<'a>(site: &'a Site<'_>, all: &All<'a, '_>) -> Result<Vec<Target<'a>>> {
    let newest_first = site
        .sources
        .issues
        .iter()
        .rev()
        .zip(all.newest_first.iter().copied());
    let published =
        newest_first.filter(|(source, summary)| !summary.head.draft && !source.is_restructured());
    let entries: Vec<Entry<'a>> = published
        .map(|(source, summary)| Entry {
            source,
            summary,
            rendered: Arc::default(),
        })
        .collect();
    let categories = all.by_category();
    let mut targets = Vec::new();
    for file in &site.config.site.feeds {
        let Some(wanted) = file.category.as_deref() else {
            targets.push(one(site, file, None, &entries)?);
            continue;
        };
        for category in categories
            .keys()
            .filter(|category| wanted == "*" || category.slug == wanted)
        {
            let of_category =
                |entry: &&Entry<'a>| entry.summary.head.category.as_ref() == Some(*category);
            let entries: Vec<Entry<'a>> = entries.iter().filter(of_category).cloned().collect();
            targets.push(one(site, file, Some(category), &entries)?);
        }
    }
    Ok(targets)
}

fn one<'a>(
    site: &'a Site<'_>,
    file: &'a FeedFile,
    category: Option<&Category>,
    entries: &[Entry<'a>],
) -> Result<Target<'a>> {
    let config = site.config;
    let path = file
        .path
        .replace("{category}", category.map_or("", |category| &category.slug));
    if address::file_of(&path).is_none() {
        return Err(Error::new(format!(
            "`{path}` in a [[feed]] is no address of a file"
        )));
    }
    let entries: Vec<Entry<'a>> = entries
        .iter()
        .take(config.site.feed_entries)
        .cloned()
        .collect();
    let contents: Vec<Key> = entries.iter().map(|entry| entry.source.content).collect();
    let summaries: Vec<&IssueSummary> = entries.iter().map(|entry| entry.summary).collect();
    let newsletter = &config.newsletter;
    let name = match category {
        Some(category) => format!("{}: {}", newsletter.name, category.name),
        None => newsletter.name.clone(),
    };
    let self_url = format!("{}{path}", newsletter.base_url);
    Ok(target(
        &path,
        ("feed", contents, summaries, name.clone()),
        move || {
            let feed = Feed {
                title: name,
                description: newsletter.description.clone(),
                home_url: format!("{}/", newsletter.base_url),
                self_url,
                hub: config.publish.websub.clone(),
                language: newsletter.language.clone(),
                author: newsletter.author.clone(),
                entries: entries
                    .iter()
                    .map(|entry| entry.render(config))
                    .collect::<Result<_>>()?,
            };
            let text = feed.write(file.format);
            check_feed((&file.path, file.format), &text, feed.entries.len())?;
            Ok(text.into())
        },
    ))
}

/// A feed that its readers could not read must not replace the one that they can.
pub(in super::super) fn check_feed(
    (path, format): (&str, FeedFormat),
    text: &str,
    entries: usize,
) -> Result<()> {
    let problem = match feed::verify(format, text) {
        Ok(found) if found == entries => return Ok(()),
        Ok(found) => format!("it has {found} entries instead of {entries}"),
        Err(problem) => problem,
    };
    let error = Error::new(format!("the feed {path} would not be readable")).because(problem);
    Err(error.state("the site and its feeds are as they were before"))
}

fn feed_entry(config: &Config, source: &Source, summary: &IssueSummary) -> Result<FeedEntry> {
    let (origin, _) = config.base();
    let url = format!("{origin}{}", source.head.url);
    let text = source.text()?;
    let prepared = markdown::Source::new(&text, config.format.definitions);
    let document = Document::parse(&prepared);
    let issue = Issue::read(&document, &config.format);
    let options = ArticleOptions {
        root: &config.newsletter.base_url,
        page: &url,
        anchors: &[],
        without_ids: false,
        item_ids: &[],
        on_page: false,
        events: None,
        archive: None,
    };
    let html = article::render(&document, &issue, options).html;
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let values = Values {
        date: Some(source.head.date),
        number: source.head.number,
        host,
        path: &source.head.url,
        url: &url,
        category: source
            .head
            .category
            .as_ref()
            .map_or("", |category| &category.slug),
        ..Values::default()
    };
    let published = midnight(config, source.head.date)?;
    Ok(FeedEntry {
        id: address::fill(&config.site.feed_id, &values).unwrap_or_else(|| url.clone()),
        url,
        title: source.head.title.clone(),
        updated: match source.head.modified {
            Some(modified) => {
                told(modified.to_zoned(config.timezone.clone()), modified)?.max(published.clone())
            }
            None => published.clone(),
        },
        published,
        summary: if summary.description.is_empty() {
            source.head.title.clone()
        } else {
            summary.description.clone()
        },
        html,
        category: source
            .head
            .category
            .as_ref()
            .map(|category| category.name.clone()),
    })
}

fn midnight(config: &Config, date: jiff::civil::Date) -> Result<Zoned> {
    told(date.to_zoned(config.timezone.clone()), date)
}

fn told<E: Display>(time: std::result::Result<Zoned, E>, of: impl Display) -> Result<Zoned> {
    time.map_err(|error| {
        Error::new(format!("{of} cannot be told as a time")).because(error.to_string())
    })
}
