//! What the program understood of an issue: for `press issue`.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use press_core::issue::{Event, Issue, Item, Masthead, Paper, PullRequest, Section};
use press_core::span::LineIndex;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// An issue with the file it came from.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// What was read.
    pub issue: Issue,
}

/// One line of `press issue list`.
#[derive(Debug, Serialize)]
pub struct Overview {
    /// The file.
    pub path: PathBuf,
    /// The issue's number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Option<jiff::civil::Date>,
    /// Its title.
    pub title: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Number of recognised sections.
    pub sections: usize,
    /// Number of items.
    pub items: usize,
    /// Number of events.
    pub events: usize,
    /// Number of links.
    pub links: usize,
    /// Headings that match no section, with their lines.
    pub unknown: Vec<Unknown>,
}

/// A heading that matches no section.
#[derive(Debug, Serialize)]
pub struct Unknown {
    /// 1-based.
    pub line: usize,
    /// Its text.
    pub heading: String,
}

/// What was read, for `press issue show --format json`.
#[derive(Debug, Serialize)]
pub struct IssueView<'i> {
    path: &'i Path,
    title: Option<&'i str>,
    number: Option<u32>,
    date: Option<jiff::civil::Date>,
    category: Option<&'i str>,
    sections: Vec<SectionView<'i>>,
    findings: Vec<FindingView<'i>>,
}

#[derive(Debug, Serialize)]
struct SectionView<'i> {
    id: Option<&'i str>,
    kind: press_core::format::SectionKind,
    title: &'i str,
    line: usize,
    parent: Option<&'i str>,
    items: Vec<ItemView<'i>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<&'i Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    papers: Vec<&'i Paper>,
}

/// An item as it is shown.
#[derive(Debug, Serialize)]
pub struct ItemView<'i> {
    /// 1-based.
    pub line: usize,
    /// Ids of its marks, or their spelling where they are unknown.
    pub marks: Vec<&'i str>,
    /// Text of its link, or the whole text.
    pub title: &'i str,
    /// Where it leads.
    pub url: Option<&'i str>,
    /// What follows the link.
    pub note: Option<&'i str>,
    /// Who wrote the page.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub authors: &'i [String],
    /// For pull requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// How deep it is nested, from 0.
    pub depth: usize,
}

#[derive(Debug, Serialize)]
struct FindingView<'i> {
    line: usize,
    rule: &'i str,
    level: press_core::diagnostic::Level,
    message: &'i str,
}

/// All issues, oldest first, and drafts after them.
pub fn list(config: &Config) -> Result<(Vec<Overview>, Vec<PathBuf>)> {
    let mut skipped = Vec::new();
    let mut overviews = Vec::new();
    for (folder, draft) in [(&config.issues, false), (&config.drafts, true)] {
        if draft && !folder.is_dir() {
            continue;
        }
        let listing = newsletter::list(folder)?;
        skipped.extend(listing.skipped);
        skipped.extend(listing.restructured.into_iter().map(|file| file.path));
        let read = |file: newsletter::SourceFile| {
            let text = newsletter::read(&file.path)?;
            Ok(overview(
                file.path,
                &Issue::parse(&text, &config.format),
                draft,
            ))
        };
        let mut found: Vec<Overview> = listing
            .files
            .into_par_iter()
            .map(read)
            .collect::<Result<_>>()?;
        found.sort_by_key(|overview| (overview.date, overview.number));
        overviews.extend(found);
    }
    Ok((overviews, skipped))
}

fn overview(path: PathBuf, issue: &Issue, draft: bool) -> Overview {
    let lines = LineIndex::new(issue.text());
    let unknown = issue
        .sections
        .iter()
        .filter(|section| section.spec.is_none());
    Overview {
        path,
        number: issue.masthead.number,
        date: issue.masthead.date,
        title: issue.masthead.title.clone().unwrap_or_default(),
        draft,
        sections: issue
            .sections
            .iter()
            .filter(|section| section.spec.is_some())
            .count(),
        items: issue.items.len(),
        events: issue.events.len(),
        links: issue.links.len(),
        unknown: unknown
            .map(|section| Unknown {
                line: lines.line(section.head.start),
                heading: section.title.clone(),
            })
            .collect(),
    }
}

/// Finds an issue by number, by day, by path, or as `draft` or `latest`.
pub fn find(config: &Config, wanted: &str) -> Result<Found> {
    let path = find_path(config, wanted)?;
    let text = newsletter::read(&path)?;
    Ok(Found {
        issue: Issue::parse(&text, &config.format),
        path,
    })
}

pub(super) fn find_path(config: &Config, wanted: &str) -> Result<PathBuf> {
    let direct = Path::new(wanted);
    if direct.is_file() {
        return Ok(direct.to_owned());
    }
    let mut heads = Vec::new();
    for (folder, draft) in [(&config.issues, false), (&config.drafts, true)] {
        if folder.is_dir() {
            for file in newsletter::list(folder)?.files {
                let text = newsletter::read(&file.path)?;
                let (masthead, _) = Masthead::parse(&text);
                heads.push((masthead.date, masthead.number, draft, file.path));
            }
        }
    }
    heads.sort();
    let number: Option<u32> = wanted.trim_start_matches('#').parse().ok();
    let day: Option<jiff::civil::Date> = wanted.parse().ok();
    let found = match wanted {
        "draft" => heads.iter().rfind(|(.., draft, _)| *draft),
        "latest" => heads.iter().rfind(|(.., draft, _)| !*draft),
        _ => heads.iter().rfind(|(date, own, ..)| {
            (number.is_some() && *own == number) || (day.is_some() && *date == day)
        }),
    };
    if let Some((.., path)) = found {
        return Ok(path.clone());
    }
    let newest = heads.iter().rev().find_map(|(_, number, ..)| *number);
    let error = Error::new(format!("there is no issue `{wanted}`"));
    let error = error.help("name it by number, by day or by path, or say `latest` or `draft`");
    Err(match newest {
        Some(newest) => error.because(format!("the newest is {newest}")),
        None => error,
    })
}

impl Found {
    /// What was read, by section.
    pub fn view(&self) -> IssueView<'_> {
        let issue = &self.issue;
        let lines = LineIndex::new(issue.text());
        IssueView {
            path: &self.path,
            title: issue.masthead.title.as_deref(),
            number: issue.masthead.number,
            date: issue.masthead.date,
            category: issue.masthead.category.as_deref(),
            sections: issue
                .sections
                .iter()
                .enumerate()
                .map(|(at, section)| self.section(at, section, &lines))
                .collect(),
            findings: issue
                .findings
                .iter()
                .map(|finding| FindingView {
                    line: lines.line(finding.span.start),
                    rule: finding.rule,
                    level: finding.level,
                    message: &finding.message,
                })
                .collect(),
        }
    }

    fn section<'i>(
        &'i self,
        index: usize,
        section: &'i Section,
        lines: &LineIndex,
    ) -> SectionView<'i> {
        let issue = &self.issue;
        SectionView {
            id: section.id.as_deref(),
            kind: section.kind,
            title: &section.title,
            line: lines.line(section.head.start),
            parent: section
                .parent
                .and_then(|parent| issue.sections[parent].id.as_deref()),
            items: issue
                .items_of(index)
                .map(|item| self.item(item, lines))
                .collect(),
            events: issue
                .events
                .iter()
                .filter(|event| event.section == Some(index))
                .collect(),
            papers: issue
                .papers
                .iter()
                .filter(|paper| issue.items[paper.item].section == Some(index))
                .collect(),
        }
    }

    /// An item as it is shown.
    pub fn item<'i>(&'i self, item: &'i Item, lines: &LineIndex) -> ItemView<'i> {
        let issue = &self.issue;
        ItemView {
            line: lines.line(item.span.start),
            marks: item
                .marks
                .iter()
                .map(|mark| mark.id.as_deref().unwrap_or(&mark.name))
                .collect(),
            title: &item.title,
            url: item.link.map(|link| issue.links[link].url.as_str()),
            note: item.note.map(|note| note.of(issue.text())),
            authors: &item.authors,
            pull_request: issue.pull_request(item),
            depth: self.depth(item),
        }
    }

    fn depth(&self, item: &Item) -> usize {
        std::iter::successors(item.parent, |parent| self.issue.items[*parent].parent).count()
    }
}
