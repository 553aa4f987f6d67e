//! Every file of the site: its path, what it depends on, how it is made.

mod feeds;

pub(super) use feeds::{check_feed, links as feed_links};

use super::look::template_error;
use super::sources::{self, Source};
use super::{Notice, Site, pictures};
use crate::error::{Error, Result};
use crate::pipeline::kept::Key;
use crate::pipeline::records::{self, Held};
use press_core::issue::{Document, Issue, markdown};
use press_core::render::address;
use press_core::render::article::{self, Archive, Article, ArticleOptions};
use press_core::render::record::{self, Record};
use press_core::render::site::{Category, IssueSummary, Pages};
use std::collections::BTreeMap;
use std::hash::Hash;
use std::path::Path;

type Make<'a> = Box<dyn FnOnce() -> Result<Made> + Send + Sync + 'a>;

/// A file of the site that can be made.
pub(super) struct Target<'a> {
    /// Relative to the site's folder.
    pub(super) path: String,
    /// All it depends on.
    pub(super) key: Key,
    /// Whether the last build's file may stay.
    pub(super) reusable: bool,
    pub(super) make: Make<'a>,
}

/// What making a target gave.
#[derive(Default)]
pub(super) struct Made {
    pub(super) content: Vec<u8>,
    pub(super) summary: Option<IssueSummary>,
    pub(super) record: Option<Record>,
    pub(super) notices: Vec<Notice>,
}

impl From<String> for Made {
    fn from(text: String) -> Made {
        Made {
            content: text.into_bytes(),
            ..Made::default()
        }
    }
}

/// The pages of issues, in the order of the sources.
pub(super) fn issues<'a>(site: &'a Site<'_>) -> Vec<Target<'a>> {
    let all = &site.sources.issues;
    let together = site.config.site.of_all_issues();
    let wanted = together.iter().any(|(_, address)| address.is_some());
    let target = |index: usize| {
        let source = &all[index];
        let previous = index.checked_sub(1).map(|before| &all[before].head);
        let next = all.get(index + 1).map(|after| &after.head);
        Target {
            path: address::file_of(&source.path).unwrap_or_default(),
            key: Key::of(("issue", source.content, &source.head, previous, next)),
            reusable: source.summary.is_some() && source.dead.get() == source.dead_before.as_ref(),
            make: Box::new(move || {
                let text = source.text()?;
                let head = || source.head.clone();
                let mut record = None;
                let (issue, article) = read_issue(site, source, &text, |document, issue, ids| {
                    let recorded = wanted && records::is_published(source);
                    source.dead.get_or_init(|| site.dead.of(issue));
                    record = recorded.then(|| Record::new(document, issue, ids, head()));
                    if let Some(record) = &record {
                        source.held.get_or_init(|| Held::of(record));
                    }
                })?;
                let mut summary = IssueSummary::new(&issue, head());
                if !source.is_restructured() && pictures::has_own(site, &source.head, next) {
                    summary.highlights = Some(pictures::highlights(site.config, &issue));
                }
                let page = pages(site).issue(&summary, article, previous, next);
                let page = page.map_err(|error| template_error(site.config, &error))?;
                Ok(Made {
                    content: page.into_bytes(),
                    notices: notices(source, &issue),
                    record,
                    summary: Some(summary),
                })
            }),
        }
    };
    (0..all.len()).map(target).collect()
}

/// Reads and renders an issue; `also` is shown what was read.
fn read_issue(
    site: &Site<'_>,
    source: &Source,
    text: &str,
    also: impl FnOnce(&Document<'_>, &Issue, &[String]),
) -> Result<(Issue, Article)> {
    let archive = Archive {
        dead: &site.dead.list,
        day: source.head.date,
    };
    read(site, source, text, Some(archive), also)
}

/// Reads and renders a text for a page of its own.
fn read(
    site: &Site<'_>,
    source: &Source,
    text: &str,
    archive: Option<Archive<'_>>,
    also: impl FnOnce(&Document<'_>, &Issue, &[String]),
) -> Result<(Issue, Article)> {
    let prepared = markdown::Source::new(text, site.config.format.definitions);
    let document = Document::parse(&prepared);
    let issue = Issue::read(&document, &site.config.format);
    sources::refuse(&source.file.path, text, &issue.findings)?;
    let ids = record::anchors(&issue);
    also(&document, &issue, &ids);
    let anchors = site
        .config
        .anchors
        .get(&source.path)
        .map_or(&[][..], Vec::as_slice);
    let events = site.look.info.events.as_deref();
    let options = ArticleOptions {
        root: site.config.base().1,
        page: "",
        anchors,
        without_ids: false,
        item_ids: &ids,
        on_page: true,
        events: events.filter(|_| records::is_published(source)),
        archive,
    };
    let article = article::render(&document, &issue, options);
    Ok((issue, article))
}

fn notices(source: &Source, issue: &Issue) -> Vec<Notice> {
    let lines = press_core::span::LineIndex::new(issue.text());
    let notice = |finding: &press_core::diagnostic::Diagnostic| Notice {
        message: format!(
            "{}:{}: {}",
            source.file.path.display(),
            lines.line(finding.span.start),
            finding.message
        ),
    };
    issue.findings.iter().map(notice).collect()
}

pub(super) fn pages<'a>(site: &'a Site<'_>) -> Pages<'a> {
    Pages {
        theme: &site.look.theme,
        newsletter: &site.config.newsletter,
        site: &site.look.info,
        painter: site.look.painter.as_ref(),
        live: site.live,
    }
}

/// Everything but the pages of issues.
pub(super) fn others<'a>(
    site: &'a Site<'_>,
    summaries: &'a [IssueSummary],
    further: &[String],
) -> Result<Vec<Target<'a>>> {
    let all = All {
        site,
        newest_first: summaries.iter().rev().collect(),
    };
    let mut targets = vec![
        all.home(),
        all.archive(),
        all.not_found(),
        all.sitemap(further),
    ];
    targets.extend(all.categories());
    targets.extend(all.static_pages());
    targets.extend(feeds::all(site, &all)?);
    targets.extend(all.redirects()?);
    targets.extend(all.assets()?);
    for (path, content) in &site.look.assets {
        targets.push(plain(path, content.clone()));
    }
    let taken =
        |targets: &[Target<'_>], path: &str| targets.iter().any(|target| target.path == path);
    if let Some(key) = &site.config.publish.indexnow
        && !taken(&targets, &format!("{key}.txt"))
    {
        // Search engines read the key there, and so know that it is the newsletter's.
        targets.push(plain(&format!("/{key}.txt"), key.clone()));
    }
    if !taken(&targets, "robots.txt") {
        targets.push(plain(
            "/robots.txt",
            press_core::render::crawlers::robots(&site.config.newsletter.base_url),
        ));
    }
    let pictures = pictures::all(site, summaries, &targets);
    targets.extend(pictures);
    Ok(targets)
}

/// A file whose content is known.
fn plain<'a>(path: &str, content: String) -> Target<'a> {
    target(path, Key::of(&content), move || Ok(content.into()))
}

pub(super) fn target<'a>(
    path: &str,
    key: impl Hash,
    make: impl FnOnce() -> Result<Made> + Send + Sync + 'a,
) -> Target<'a> {
    Target {
        path: address::file_of(path).unwrap_or_default(),
        key: Key::of(key),
        reusable: true,
        make: Box::new(make),
    }
}

struct All<'a, 'c> {
    site: &'a Site<'c>,
    newest_first: Vec<&'a IssueSummary>,
}

/// Issues before the newest that the first page lists.
const RECENT: usize = 10;

impl<'a, 'c> All<'a, 'c> {
    fn home(&self) -> Target<'a> {
        let site = self.site;
        let recent: Vec<&IssueSummary> = self
            .newest_first
            .iter()
            .skip(1)
            .take(RECENT)
            .copied()
            .collect();
        let newest = self.newest_first.first().copied();
        let source = site.sources.issues.last();
        let key = (
            "home",
            source.map(|source| (source.content, source.dead.get().copied())),
            newest,
            recent.clone(),
        );
        target("/", key, move || {
            let page = match (newest, source) {
                (Some(summary), Some(source)) => {
                    let (_, article) = read_issue(site, source, &source.text()?, |_, _, _| {})?;
                    pages(site).home(Some((summary, article)), &recent)
                }
                _ => pages(site).home(None, &recent),
            };
            Ok(page
                .map_err(|error| template_error(site.config, &error))?
                .into())
        })
    }

    fn archive(&self) -> Target<'a> {
        let (site, issues) = (self.site, self.newest_first.clone());
        target(
            &site.config.site.archive,
            ("archive", issues.clone()),
            move || {
                Ok(pages(site)
                    .archive(&issues)
                    .map_err(|error| template_error(site.config, &error))?
                    .into())
            },
        )
    }

    fn not_found(&self) -> Target<'a> {
        let site = self.site;
        target("/404.html", "404", move || {
            Ok(pages(site)
                .not_found()
                .map_err(|error| template_error(site.config, &error))?
                .into())
        })
    }

    /// The categories with their issues, newest first.
    fn by_category(&self) -> BTreeMap<&'a Category, Vec<&'a IssueSummary>> {
        let mut categories: BTreeMap<&Category, Vec<&IssueSummary>> = BTreeMap::new();
        for summary in &self.newest_first {
            if let Some(category) = &summary.head.category {
                categories.entry(category).or_default().push(summary);
            }
        }
        categories
    }

    fn categories(&self) -> Vec<Target<'a>> {
        let site = self.site;
        let with_page = self
            .by_category()
            .into_iter()
            .filter(|(category, _)| !category.url.is_empty());
        with_page
            .map(|(category, issues)| {
                let feeds = feed_links(site.config, Some(category));
                let path = category
                    .url
                    .strip_prefix(site.config.base().1)
                    .unwrap_or(&category.url);
                target(path, ("category", issues.clone()), move || {
                    let page = pages(site).category(category, &issues, &feeds);
                    Ok(page
                        .map_err(|error| template_error(site.config, &error))?
                        .into())
                })
            })
            .collect()
    }

    fn static_pages(&self) -> Vec<Target<'a>> {
        let site = self.site;
        let page = |source: &'a Source| {
            target(&source.path, ("page", source.content), move || {
                let (_, article) = read(site, source, &source.text()?, None, |_, _, _| {})?;
                let page = pages(site).page_of(&source.head.title, &source.head.url, article);
                Ok(page
                    .map_err(|error| template_error(site.config, &error))?
                    .into())
            })
        };
        site.sources.pages.iter().map(page).collect()
    }

    /// The map of the site; `further` are the addresses of pages that are made of all issues at once.
    fn sitemap(&self, further: &[String]) -> Target<'a> {
        let site = self.site;
        let mut pages = vec![(
            site.look.info.home.clone(),
            self.newest_first.first().map(|newest| newest.head.date),
        )];
        pages.push((site.look.info.archive.clone(), None));
        pages.extend(
            site.sources
                .pages
                .iter()
                .map(|page| (page.head.url.clone(), None)),
        );
        let base = site.config.base().1;
        pages.extend(further.iter().map(|page| (format!("{base}{page}"), None)));
        let published = self.newest_first.iter().filter(|issue| !issue.head.draft);
        pages.extend(published.map(|issue| (issue.head.url.clone(), Some(issue.head.last_day()))));
        plain(
            "/sitemap.xml",
            press_core::render::crawlers::sitemap(site.config.base().0, &pages),
        )
    }

    fn redirects(&self) -> Result<Vec<Target<'a>>> {
        let site = self.site;
        let redirect = |(from, to): &'a (String, String)| {
            if address::file_of(from).is_none() {
                return Err(Error::new(format!(
                    "`{from}` in a [[redirect]] is no address of a page"
                )));
            }
            let base = if to.starts_with('/') {
                site.config.base().1
            } else {
                ""
            };
            let to = format!("{base}{to}");
            Ok(target(from, ("redirect", to.clone()), move || {
                Ok(pages(site)
                    .redirect(&to)
                    .map_err(|error| template_error(site.config, &error))?
                    .into())
            }))
        };
        site.config.site.redirects.iter().map(redirect).collect()
    }

    fn assets(&self) -> Result<Vec<Target<'a>>> {
        let mut targets = Vec::new();
        for (from, to) in &self.site.config.site.assets {
            if !from.exists() {
                let error = Error::new(format!("there is no {}", from.display()));
                return Err(error.help("make it, or take its [[asset]] out of press.toml"));
            }
            collect_assets(from, to, &mut targets)?;
        }
        Ok(targets)
    }
}

/// Files below `from`, to be copied below the address `to`.
fn collect_assets(from: &Path, to: &str, targets: &mut Vec<Target<'_>>) -> Result<()> {
    if from.is_dir() {
        let entries =
            std::fs::read_dir(from).map_err(|cause| Error::io("read the folder", from, &cause))?;
        let mut entries: Vec<_> = entries
            .flatten()
            .map(|entry| (entry.file_name(), entry.path()))
            .collect();
        entries.sort();
        for (name, path) in entries {
            let name = name.to_string_lossy();
            if !name.starts_with('.') {
                collect_assets(
                    &path,
                    &format!("{}/{name}", to.trim_end_matches('/')),
                    targets,
                )?;
            }
        }
        return Ok(());
    }
    if address::file_of(to).is_none() {
        return Err(
            Error::new(format!("{} cannot have an address", from.display()))
                .help("rename the file"),
        );
    }
    let metadata = std::fs::metadata(from).map_err(|cause| Error::io("read", from, &cause))?;
    let stamp = crate::newsletter::Stamp::of(&metadata);
    let from = from.to_owned();
    targets.push(target(
        to,
        ("asset", stamp.size, stamp.modified_ns),
        move || {
            let content = std::fs::read(&from).map_err(|cause| Error::io("read", &from, &cause))?;
            Ok(Made {
                content,
                ..Made::default()
            })
        },
    ));
    Ok(())
}
