//! What `press.toml` says of the site, checked, and what of it pages can have as it is.

use super::{Config, Loader, schema};
use press_core::format::SectionKind;
use press_core::render::address;
use press_core::render::data::DataFormat;
use press_core::render::direction::direction;
use press_core::render::feed::FeedFormat;
use press_core::render::site::{Menu, NewsletterInfo};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Addresses and feeds of the site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where the site is written.
    pub out: PathBuf,
    /// Folder of the newsletter's own templates.
    pub theme: PathBuf,
    /// Address of an issue.
    pub permalink: String,
    /// Address of a static page.
    pub page_permalink: String,
    /// Address of the archive.
    pub archive: String,
    /// Address of the search page, which ends with a slash.
    pub search: Option<String>,
    /// Address of a category's page.
    pub category: Option<String>,
    /// Address below which events stand, if they do.
    pub events: Option<String>,
    /// Address below which streams stand, if they do.
    pub streams: Option<String>,
    /// Further entries of the menu.
    pub nav: Vec<Menu>,
    /// Address of the picture in a browser's tab, if the newsletter has its own.
    pub icon: Option<String>,
    /// Where the archive stands as data, and how it is written.
    pub data: Option<String>,
    /// How the data is written.
    pub data_formats: Vec<DataFormat>,
    /// Where lists through time stand.
    pub lists: Option<String>,
    /// Sections whose content is listed through time: their ids, and what the lists are called.
    pub listed: Vec<(String, String)>,
    /// The page with the newsletter's life in numbers.
    pub statistics: Option<String>,
    /// Whether pictures are drawn that other sites show with a link.
    pub pictures: bool,
    /// The newsletter's own fonts for them: one for all, or one for text and one for headings.
    pub picture_fonts: Vec<PathBuf>,
    /// The list of links that lead nowhere any more.
    pub dead_links: PathBuf,
    /// Number of issues in a feed.
    pub feed_entries: usize,
    /// Number of items in a stream.
    pub stream_entries: usize,
    /// Pattern of an entry's id.
    pub feed_id: String,
    /// The feeds.
    pub feeds: Vec<FeedFile>,
    /// Old addresses and what they mean now.
    pub redirects: Vec<(String, String)>,
    /// Files and folders that are copied: from, to.
    pub assets: Vec<(PathBuf, String)>,
}

/// One feed.
#[derive(Clone, Debug)]
pub struct FeedFile {
    /// Its path; may hold `{category}`.
    pub path: String,
    /// How it is written.
    pub format: FeedFormat,
    /// The slug of the category it is limited to; `*` makes one for each.
    pub category: Option<String>,
}

impl Site {
    /// The keys of what is made of all issues at once, each with its address; none for what is not made.
    pub fn of_all_issues(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("data", &self.data),
            ("events", &self.events),
            ("lists", &self.lists),
            ("search", &self.search),
            ("statistics", &self.statistics),
            ("streams", &self.streams),
        ]
    }
}

impl Loader<'_> {
    pub(super) fn site(&mut self, file: &schema::File, folder: &Path) -> Site {
        let site = &file.site;
        let home = self.path.parent().unwrap_or(Path::new(""));
        let of_issue = ["year", "month", "day", "date", "slug", "number", "category"];
        self.pattern(&site.permalink, &of_issue);
        self.pattern(&site.page_permalink, &["slug"]);
        self.pattern(&site.archive, &[]);
        if let Some(category) = &site.category {
            self.pattern(category, &["category"]);
        }
        self.placeholders(&file.feeds.id, address::PLACEHOLDERS);
        Site {
            out: home.join(&site.out),
            theme: folder.join(&site.theme),
            permalink: site.permalink.get_ref().clone(),
            page_permalink: site.page_permalink.get_ref().clone(),
            archive: site.archive.get_ref().clone(),
            search: self.search(&site.search),
            category: site
                .category
                .as_ref()
                .map(|category| category.get_ref().clone()),
            events: self.folder_address(&site.events),
            streams: self.folder_address(&site.streams),
            nav: site
                .nav
                .iter()
                .map(|nav| Menu {
                    title: nav.title.clone(),
                    url: nav.url.clone(),
                })
                .collect(),
            icon: site.icon.clone(),
            data: self.address_of_several(&site.data),
            data_formats: self.data_formats(&site.data_formats),
            lists: self.address_of_several(&site.lists),
            listed: self.listed(&file.section),
            statistics: self.address_of_several(&site.statistics),
            pictures: site.pictures,
            picture_fonts: self.picture_fonts(&site.picture_fonts, folder),
            dead_links: folder.join(&site.dead_links),
            feed_entries: file.feeds.entries,
            stream_entries: file.feeds.stream_entries,
            feed_id: file.feeds.id.get_ref().clone(),
            feeds: self.feeds(&file.feed),
            redirects: self.redirects(&file.redirect),
            assets: self.assets(&file.asset, folder),
        }
    }

    fn search(&mut self, search: &Spanned<String>) -> Option<String> {
        if search.get_ref().is_empty() {
            return None;
        }
        self.pattern(search, &[]);
        if !search.get_ref().ends_with('/') || search.get_ref() == "/" {
            self.mistake(
                search,
                "the address of the search page is a folder, such as `/search/`",
            );
        }
        Some(search.get_ref().clone())
    }

    /// An address below which files stand; none where it is empty.
    fn address_of_several(&mut self, address: &Spanned<String>) -> Option<String> {
        let text = address.get_ref();
        if text.is_empty() {
            return None;
        }
        self.pattern(address, &[]);
        if !text.ends_with('/') {
            self.mistake(
                address,
                "several files stand here, so the address ends with `/`",
            );
        }
        Some(text.clone())
    }

    fn picture_fonts(&mut self, fonts: &Spanned<Vec<PathBuf>>, folder: &Path) -> Vec<PathBuf> {
        if fonts.get_ref().len() > 2 {
            let message = "two fonts are used: one for text and one for what stands large";
            self.mistake(fonts, message);
        }
        let whole = fonts.get_ref().iter().map(|font| folder.join(font));
        whole.collect()
    }

    fn data_formats(&mut self, formats: &Spanned<Vec<DataFormat>>) -> Vec<DataFormat> {
        if formats.get_ref().contains(&DataFormat::Sqlite) {
            let message = "a database is not written with the site; `press export` writes one";
            self.mistake(formats, message);
        }
        formats.get_ref().clone()
    }

    fn listed(&mut self, sections: &[schema::Section]) -> Vec<(String, String)> {
        let mut listed: Vec<(String, String)> = Vec::new();
        for section in sections {
            let Some(title) = &section.list else { continue };
            let slug = press_core::slug::slugify(title.get_ref());
            let is_taken = |(_, other): &(String, String)| press_core::slug::slugify(other) == slug;
            if slug.is_empty()
                || ["hosts", "authors"].contains(&slug.as_str())
                || listed.iter().any(is_taken)
            {
                self.mistake(
                    title,
                    "no page of its own can stand under this name; take another",
                );
            } else if section.kind == SectionKind::Events {
                self.mistake(title, "events have calendars and no list through time");
            } else {
                listed.push((section.id.get_ref().clone(), title.get_ref().clone()));
            }
        }
        listed
    }

    fn feeds(&mut self, feeds: &[schema::Feed]) -> Vec<FeedFile> {
        let feed = |feed: &schema::Feed| {
            self.pattern(&feed.path, &["category"]);
            FeedFile {
                path: feed.path.get_ref().clone(),
                format: feed.format,
                category: feed.category.clone(),
            }
        };
        feeds.iter().map(feed).collect()
    }

    fn redirects(&mut self, redirects: &[schema::Redirect]) -> Vec<(String, String)> {
        let mut expanded = Vec::new();
        for redirect in redirects {
            let Some(from) = address::expand_range(redirect.from.get_ref()) else {
                let message = "a range looks like `{2..120}` and has at most 10000 numbers";
                self.mistake(&redirect.from, message);
                continue;
            };
            if from
                .first()
                .is_some_and(|from| address::file_of(from).is_none())
            {
                self.mistake(&redirect.from, "no page can stand at this address");
            }
            expanded.extend(from.into_iter().map(|from| (from, redirect.to.clone())));
        }
        expanded
    }

    fn assets(&mut self, assets: &[schema::Asset], folder: &Path) -> Vec<(PathBuf, String)> {
        let mut copied = Vec::new();
        for asset in assets {
            let to = format!("/{}", asset.to.get_ref().trim_matches('/'));
            if address::file_of(&to).is_none() {
                self.mistake(&asset.to, "this leads out of the site's folder");
            }
            copied.push((folder.join(asset.from.get_ref()), to));
        }
        copied
    }

    /// An address below which further ones stand; none if it is empty.
    fn folder_address(&mut self, address: &Spanned<String>) -> Option<String> {
        let text = address.get_ref();
        if text.is_empty() {
            return None;
        }
        if text.len() > 1 && text.ends_with('/') {
            self.pattern(address, &[]);
        } else {
            let message = "pages stand below this address, so it looks like `/name/`";
            self.mistake(address, message);
        }
        Some(text.clone())
    }

    fn pattern(&mut self, pattern: &Spanned<String>, allowed: &[&str]) {
        let example = pattern.get_ref().replace(['{', '}'], "");
        if !pattern.get_ref().starts_with('/') {
            self.mistake(pattern, "an address on the site begins with `/`");
        } else if address::file_of(&example).is_none() {
            self.mistake(pattern, "no page can stand at this address");
        }
        self.placeholders(pattern, allowed);
    }
}

impl Config {
    /// The address below which events stand, if the newsletter has any.
    pub fn events_address(&self) -> Option<&str> {
        let sections = &self.format.sections;
        let any = sections.iter().any(|spec| spec.kind == SectionKind::Events);
        self.site.events.as_deref().filter(|_| any)
    }
}

/// Old ids of headings, by page.
pub(super) fn anchors(written: Vec<schema::Anchor>) -> HashMap<String, Vec<(String, String)>> {
    let mut anchors: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for anchor in written {
        let page = anchors.entry(anchor.page).or_default();
        page.push((anchor.id, anchor.to));
    }
    anchors
}

/// The newsletter for templates.
pub(super) fn newsletter(written: schema::Newsletter) -> NewsletterInfo {
    NewsletterInfo {
        author: written.author.unwrap_or_else(|| written.name.clone()),
        name: written.name,
        description: written.description,
        base_url: written
            .base_url
            .into_inner()
            .trim_end_matches('/')
            .to_owned(),
        direction: direction(&written.language),
        language: written.language,
        repository: written.repository,
        subscribe: written.subscribe,
        contact: written.contact,
    }
}
