//! Pages of the site: what the templates are given, and the small files without template.

mod structured;

use super::address::split_base;
use super::article::{Article, TocEntry};
use super::picture::{PageImage, Painter};
use super::search::Head;
use super::theme::{TemplateError, Theme};
use crate::issue::Issue;
use jiff::civil::{Date, DateTime};
use minijinja::Value;
use serde::{Deserialize, Serialize};

/// What the templates know of the newsletter; `newsletter` in a template.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewsletterInfo {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The site's address without slash at the end.
    pub base_url: String,
    /// BCP 47.
    pub language: String,
    /// Which way that is written: `ltr` or `rtl`.
    pub direction: &'static str,
    /// Who publishes.
    pub author: String,
    /// Where its texts are kept.
    pub repository: Option<String>,
    /// Where one subscribes.
    pub subscribe: Option<String>,
    /// How to reach the editors.
    pub contact: Option<String>,
}

/// An entry of a menu.
#[derive(Clone, Debug, Serialize)]
pub struct Menu {
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// A feed as pages point to it.
#[derive(Clone, Debug, Serialize)]
pub struct FeedLink {
    /// What it is called.
    pub title: String,
    /// Its path.
    pub url: String,
    /// Its media type.
    pub mime: String,
}

/// What the templates know of the site; `site` in a template.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SiteInfo {
    /// Path of the first page: `/`, unless the site stands in a folder of its host.
    pub home: String,
    /// Path of the archive.
    pub archive: String,
    /// Path of the page of events, if there is one.
    pub events: Option<String>,
    /// Path of the page of streams, if there is one.
    pub streams: Option<String>,
    /// Path of the search page; empty if the site has none.
    pub search: String,
    /// Pages made of all issues at once: lists, statistics, data.
    pub library: Vec<Menu>,
    /// Further entries of the menu.
    pub nav: Vec<Menu>,
    /// The feeds of all issues.
    pub feeds: Vec<FeedLink>,
    /// The hub that tells of changes (WebSub), if there is one.
    pub hub: Option<String>,
    /// Path of the style sheet.
    pub style: String,
    /// Path of the script.
    pub script: String,
    /// Path of the script of pages that are read: folding, keys, what is new.
    pub reading: String,
    /// Path of the picture in a browser's tab.
    pub icon: String,
    /// The picture that others show with a link to any page that has none of its own, if pictures are drawn.
    pub picture: Option<PageImage>,
    /// What made the site.
    pub generator: String,
}

/// A category of issues.
#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Category {
    /// What stands in the front matter.
    pub name: String,
    /// Its part of addresses.
    pub slug: String,
    /// Its page; empty where the newsletter has none.
    pub url: String,
}

/// What an issue is called and where it stands: all that its neighbours know of it.
#[derive(Clone, Debug, Hash, PartialEq, Serialize, Deserialize)]
pub struct IssueHead {
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Date,
    /// When it was corrected last, where the newsletter is.
    pub modified: Option<DateTime>,
    /// Its path.
    pub url: String,
    /// Its category.
    pub category: Option<Category>,
    /// Whether it is not published yet.
    pub draft: bool,
}

impl IssueHead {
    /// The address of an item in the issue: the issue's page, and the item's id in it.
    pub fn address(&self, anchor: &str) -> String {
        if anchor.is_empty() {
            return self.url.clone();
        }
        format!("{}#{anchor}", self.url)
    }

    /// What stands for the issue in ids: its number, else its day and title.
    pub fn id(&self) -> String {
        let slug = || crate::slug::slugify(&format!("{} {}", self.date, self.title));
        self.number.map_or_else(slug, |number| number.to_string())
    }

    /// The date in words: "25 February 2026".
    pub fn date_text(&self) -> String {
        self.date.strftime("%-d %B %Y").to_string()
    }

    /// The day on which it was published, or corrected last.
    pub fn last_day(&self) -> Date {
        let modified = self.modified.map(DateTime::date);
        modified.map_or(self.date, |modified| modified.max(self.date))
    }

    fn listed(&self) -> Value {
        minijinja::context! {
            title => self.title.as_str(), number => self.number, url => self.url.as_str(),
            date => self.date.to_string(), date_text => self.date_text(),
        }
    }
}

/// Minutes it takes to read a text of so many words: of technical lists people read about 220 a minute.
pub fn minutes(words: usize) -> usize {
    (words / 220).max(1)
}

/// What lists of issues and feeds know of an issue: small, and kept between builds.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct IssueSummary {
    /// Title, date and address.
    pub head: IssueHead,
    /// Number of items with a link.
    pub items: usize,
    /// Number of links.
    pub links: usize,
    /// Minutes it takes to read.
    pub minutes: usize,
    /// One sentence of what is in it.
    pub description: String,
    /// Sections with what is best in them, for its picture; nothing where it has none.
    pub highlights: Option<Vec<(String, String)>>,
}

impl IssueSummary {
    /// Sums up an issue.
    pub fn new(issue: &Issue, head: IssueHead) -> IssueSummary {
        let words = issue.text().split_ascii_whitespace().count();
        IssueSummary {
            head,
            items: issue
                .items
                .iter()
                .filter(|item| item.link.is_some())
                .count(),
            links: issue.links.iter().filter(|link| !link.image).count(),
            minutes: minutes(words),
            description: highlights(issue),
            highlights: None,
        }
    }

    fn listed(&self) -> Value {
        minijinja::context! { items => self.items, links => self.links, ..self.head.listed() }
    }
}

/// The titles of the first items, as a sentence for previews.
pub(super) fn highlights(issue: &Issue) -> String {
    let first = issue.sections.iter().position(|section| {
        section.kind == crate::format::SectionKind::Links && section.spec.is_some()
    });
    let items = issue.items.iter().filter(|item| {
        item.section >= first
            && item.link.is_some()
            && item.parent.is_none()
            && !item.title.is_empty()
    });
    let mut sentence = String::new();
    for item in items.take(3) {
        let separator = if sentence.is_empty() { "" } else { " · " };
        if sentence.chars().count() + item.title.chars().count() > 180 {
            break;
        }
        sentence.extend([separator, &item.title]);
    }
    sentence
}

/// What every page has.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageInfo {
    /// Which template: `issue`, `home`, `archive`, `category`, `search`, `page`, `events`, `streams` or `not-found`.
    pub kind: &'static str,
    /// For the window's title, without the newsletter's name.
    pub title: String,
    /// Its path.
    pub url: String,
    /// Its address.
    pub canonical: String,
    /// One sentence.
    pub description: String,
    /// The picture that others show with a link to it.
    pub image: Option<PageImage>,
    /// schema.org in JSON.
    pub json_ld: Option<String>,
    /// Whether search engines are to leave it out.
    pub noindex: bool,
    /// Whether it is shown by the live preview.
    pub live: bool,
}

/// The pages of one newsletter.
#[derive(Debug)]
pub struct Pages<'a> {
    /// The templates.
    pub theme: &'a Theme,
    /// The newsletter.
    pub newsletter: &'a NewsletterInfo,
    /// The site.
    pub site: &'a SiteInfo,
    /// What draws pictures of issues, if there are any.
    pub painter: Option<&'a Painter>,
    /// Whether pages reload themselves when a text changes.
    pub live: bool,
}

impl Pages<'_> {
    /// The page of an issue with its neighbours.
    pub fn issue(
        &self,
        summary: &IssueSummary,
        article: Article,
        previous: Option<&IssueHead>,
        next: Option<&IssueHead>,
    ) -> Result<String, TemplateError> {
        let mut page = self.page("issue", &summary.head.title, &summary.head.url);
        page.description = self.describe(summary);
        if let Some((_, image)) = self.picture(summary) {
            page.image = Some(image);
        }
        page.json_ld = Some(self.json_ld(summary));
        page.noindex = summary.head.draft;
        let context = minijinja::context! {
            issue => self.whole(summary, article),
            previous => previous.map(IssueHead::listed),
            next => next.map(IssueHead::listed),
        };
        self.render("issue.html", &page, context)
    }

    /// The site's first page with the newest issue in full.
    pub fn home(
        &self,
        newest: Option<(&IssueSummary, Article)>,
        recent: &[&IssueSummary],
    ) -> Result<String, TemplateError> {
        let mut page = self.page("home", &self.newsletter.name, &self.site.home);
        page.json_ld = newest.as_ref().map(|(summary, _)| self.json_ld(summary));
        let context = minijinja::context! {
            issue => newest.map(|(summary, article)| self.whole(summary, article)),
            recent => recent.iter().map(|summary| summary.listed()).collect::<Vec<_>>(),
        };
        self.render("home.html", &page, context)
    }

    /// All issues by year; `issues` are newest first.
    pub fn archive(&self, issues: &[&IssueSummary]) -> Result<String, TemplateError> {
        let mut page = self.page("archive", "Archive", &self.site.archive);
        page.description = format!("All {} issues of {}", issues.len(), self.newsletter.name);
        self.render(
            "archive.html",
            &page,
            minijinja::context! { years => years(issues) },
        )
    }

    /// The search page; `script` is the path of what searches.
    pub fn search(&self, head: &Head, script: &str) -> Result<String, TemplateError> {
        let mut page = self.page("search", "Search", &self.site.search);
        page.description = format!(
            "Search {} links in {} issues of {}",
            head.links, head.issues, self.newsletter.name
        );
        let years: Vec<i16> = head.years.iter().rev().map(|year| year.year).collect();
        let hosts: Vec<String> = head.hosts.iter().map(|(host, _)| host.clone()).collect();
        let search = minijinja::context! {
            script, years, hosts,
            issues => head.issues,
            entries => crate::text::grouped(head.links),
            sections => value(&head.sections),
            marks => value(&head.marks),
        };
        self.render("search.html", &page, minijinja::context! { search })
    }

    /// The issues of one category, newest first, with its feeds.
    pub fn category(
        &self,
        category: &Category,
        issues: &[&IssueSummary],
        feeds: &[FeedLink],
    ) -> Result<String, TemplateError> {
        let mut page = self.page("category", &category.name, &category.url);
        page.description = format!("{}: {}", self.newsletter.name, category.name);
        let category = minijinja::context! { feeds => value(feeds), ..value(category) };
        self.render(
            "category.html",
            &page,
            minijinja::context! { years => years(issues), category },
        )
    }

    /// A static page.
    pub fn page_of(
        &self,
        title: &str,
        url: &str,
        article: Article,
    ) -> Result<String, TemplateError> {
        let page = self.page("page", title, url);
        let body = Value::from_safe_string(article.html);
        self.render(
            "page.html",
            &page,
            minijinja::context! { body, toc => toc(&article.toc) },
        )
    }

    /// A page that is made of all issues at once; `page` comes from [`Pages::page`], made more exact.
    pub fn of_all(
        &self,
        template: &str,
        page: &PageInfo,
        data: impl Serialize,
    ) -> Result<String, TemplateError> {
        self.render(template, page, value(data))
    }

    /// A page that is made of all issues at once.
    pub fn library(
        &self,
        template: &str,
        (title, url): (&str, &str),
        description: &str,
        data: impl Serialize,
    ) -> Result<String, TemplateError> {
        let mut page = self.page("library", title, url);
        description.clone_into(&mut page.description);
        self.render(template, &page, value(data))
    }

    /// A page that a server makes for one person: a form, an answer. No search engine keeps it.
    pub fn service(
        &self,
        template: &str,
        (title, url): (&str, &str),
        data: impl Serialize,
    ) -> Result<String, TemplateError> {
        let mut page = self.page("form", title, url);
        page.noindex = true;
        self.render(template, &page, value(data))
    }

    /// What a server shows for addresses that nothing answers.
    pub fn not_found(&self) -> Result<String, TemplateError> {
        let mut page = self.page("not-found", "Page not found", &self.site.home);
        page.noindex = true;
        self.render("404.html", &page, minijinja::context! {})
    }

    /// A page that leads to another.
    pub fn redirect(&self, to: &str) -> Result<String, TemplateError> {
        let page = self.page("redirect", "Moved", to);
        self.render(
            "redirect.html",
            &page,
            minijinja::context! { to, canonical => page.canonical.as_str() },
        )
    }

    /// What a page of this kind, title and path has at first.
    pub fn page(&self, kind: &'static str, title: &str, url: &str) -> PageInfo {
        PageInfo {
            kind,
            title: title.to_owned(),
            url: url.to_owned(),
            canonical: self.absolute(url),
            description: self.newsletter.description.clone(),
            image: self.site.picture.clone(),
            live: self.live,
            ..PageInfo::default()
        }
    }

    /// The address of a page of this site, whose `url` begins with the site's own path.
    fn absolute(&self, url: &str) -> String {
        let (origin, _) = split_base(&self.newsletter.base_url);
        if url.starts_with('/') {
            format!("{origin}{url}")
        } else {
            url.to_owned()
        }
    }

    fn describe(&self, summary: &IssueSummary) -> String {
        if summary.description.is_empty() {
            return self.newsletter.description.clone();
        }
        summary.description.clone()
    }

    fn whole(&self, summary: &IssueSummary, article: Article) -> Value {
        let category = summary
            .head
            .category
            .as_ref()
            .filter(|category| !category.url.is_empty());
        let category = category.map(value);
        minijinja::context! {
            body => Value::from_safe_string(article.html),
            toc => toc(&article.toc),
            minutes => summary.minutes,
            category,
            draft => summary.head.draft,
            ..summary.listed()
        }
    }

    fn render(
        &self,
        template: &str,
        page: &PageInfo,
        rest: Value,
    ) -> Result<String, TemplateError> {
        let context = minijinja::context! {
            newsletter => value(self.newsletter),
            site => value(self.site),
            page => value(page),
            ..rest
        };
        self.theme.render(template, context)
    }
}

fn toc(entries: &[TocEntry]) -> Value {
    value(entries)
}

fn value(data: impl Serialize) -> Value {
    Value::from(minijinja::value::Serde(data))
}

fn years(issues: &[&IssueSummary]) -> Vec<Value> {
    let years = issues.chunk_by(|one, other| one.head.date.year() == other.head.date.year());
    let year = |issues: &[&IssueSummary]| {
        let year = issues.first().map(|issue| issue.head.date.year());
        let issues: Vec<Value> = issues.iter().map(|issue| issue.listed()).collect();
        minijinja::context! { year, issues }
    };
    years.map(year).collect()
}
