//! The texts of a build: which there are, which changed, what their heads say.

use super::state::{SourceState, State};
use super::{BuildOptions, Notice};
use crate::config::Config;
use crate::error::{Error, Place, Result};
use crate::newsletter::{self, SourceFile};
use crate::pipeline::kept::Key;
use crate::pipeline::records::Held;
use press_core::diagnostic::{Diagnostic, Level};
use press_core::issue::Masthead;
use press_core::issue::restructured::to_markdown;
use press_core::render::address::{self, Values};
use press_core::render::site::{Category, IssueHead, IssueSummary};
use press_core::slug::slugify;
use press_core::span::Span;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

/// A text with its head.
#[derive(Debug)]
pub(in crate::pipeline) struct Source {
    pub(in crate::pipeline) file: SourceFile,
    pub(in crate::pipeline) content: Key,
    pub(in crate::pipeline) head: IssueHead,
    /// Path of its page on the site, without the path of a site in a folder of its host.
    pub(super) path: String,
    /// What the last build found in it, if it has not changed.
    pub(super) summary: Option<IssueSummary>,
    /// What its record holds, once it is known.
    pub(in crate::pipeline) held: OnceLock<Held>,
    /// Its dead links, once they are known.
    pub(super) dead: OnceLock<Key>,
    /// The same as the last build found them.
    pub(super) dead_before: Option<Key>,
    /// The text, if it had to be read.
    text: Option<String>,
}

impl Source {
    /// The text, read now if it was not needed before.
    pub(in crate::pipeline) fn text(&self) -> Result<std::borrow::Cow<'_, str>> {
        match &self.text {
            Some(text) => Ok(text.as_str().into()),
            None => read_text(&self.file.path).map(Into::into),
        }
    }

    /// Whether it is an old text whose page is kept, but no issue.
    pub(in crate::pipeline) fn is_restructured(&self) -> bool {
        is_restructured(&self.file.path)
    }

    /// What the next build should know of it.
    pub(super) fn state(&self, summary: Option<IssueSummary>) -> SourceState {
        SourceState {
            stamp: self.file.stamp,
            content: self.content,
            head: Some(self.head.clone()),
            summary,
            held: self.held.get().copied(),
            dead: self.dead.get().copied().unwrap_or_default(),
        }
    }
}

/// Issues in the order of publication, and static pages.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Sources {
    pub(in crate::pipeline) issues: Vec<Source>,
    pub(super) pages: Vec<Source>,
    pub(super) notices: Vec<Notice>,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Issue,
    Draft,
    Page,
}

/// Lists and reads what changed.
pub(in crate::pipeline) fn load(
    config: &Config,
    options: &BuildOptions<'_>,
    state: &State,
) -> Result<Sources> {
    let mut sources = Sources::default();
    let issues = listed(&config.issues, true, &mut sources.notices)?;
    let pages = listed(&config.pages, false, &mut sources.notices)?;
    sources.issues = read_all(config, state, issues, Role::Issue)?;
    sources
        .issues
        .sort_by(|one, other| order(one).cmp(&order(other)));
    sources.pages = read_all(config, state, pages, Role::Page)?;
    refuse_doubles(&sources.issues)?;
    if options.drafts {
        add_drafts(config, state, &mut sources)?;
    }
    Ok(sources)
}

fn listed(folder: &Path, required: bool, notices: &mut Vec<Notice>) -> Result<Vec<SourceFile>> {
    if !folder.is_dir() {
        if required {
            let error = Error::new(format!("there is no folder {}", folder.display()));
            return Err(error.help(
                "make it, or name the folder of issues as `issues` under [content] in press.toml",
            ));
        }
        return Ok(Vec::new());
    }
    let listing = newsletter::list(folder)?;
    for path in listing.skipped {
        let message = format!(
            "{} is skipped: only .md and .markdown files are read",
            path.display()
        );
        notices.push(Notice { message });
    }
    let mut files = listing.files;
    for file in listing.restructured {
        let message = format!(
            "{} is skipped as an issue: it is reStructuredText. Its page is kept; in Markdown it would be more",
            file.path.display()
        );
        notices.push(Notice { message });
        files.push(file);
    }
    Ok(files)
}

/// A text as Markdown.
fn read_text(path: &Path) -> Result<String> {
    let text = newsletter::read(path)?;
    Ok(if is_restructured(path) {
        to_markdown(&text)
    } else {
        text
    })
}

fn is_restructured(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rst")
}

fn order(source: &Source) -> (jiff::civil::Date, Option<u32>, &str) {
    (source.head.date, source.head.number, &source.file.name)
}

fn read_all(
    config: &Config,
    state: &State,
    files: Vec<SourceFile>,
    role: Role,
) -> Result<Vec<Source>> {
    let read: Vec<Result<Source>> = files
        .into_par_iter()
        .map(|file| read(config, state, file, role))
        .collect();
    let mut sources = Vec::with_capacity(read.len());
    let mut failed: Option<Error> = None;
    let mut failures = 0;
    for source in read {
        match source {
            Ok(source) => sources.push(source),
            Err(error) => {
                failures += 1;
                failed.get_or_insert(error);
            }
        }
    }
    match failed {
        None => Ok(sources),
        Some(error) if failures == 1 => Err(error),
        Some(error) => Err(error.because(format!(
            "{} further files cannot be used either",
            failures - 1
        ))),
    }
}

fn read(config: &Config, state: &State, file: SourceFile, role: Role) -> Result<Source> {
    if let Some(known) = state.unchanged(&file.path, file.stamp)
        && let Some(head) = &known.head
    {
        let path = path_of(config, head);
        return Ok(Source {
            content: known.content,
            head: head.clone(),
            path,
            summary: known.summary.clone(),
            held: known.held.map(OnceLock::from).unwrap_or_default(),
            dead: OnceLock::new(),
            dead_before: Some(known.dead),
            text: None,
            file,
        });
    }
    let text = read_text(&file.path)?;
    let content = Key::of(&text);
    let (masthead, findings) = Masthead::parse(&text);
    refuse(&file.path, &text, &findings)?;
    let head = head(config, &file, &text, &masthead, role)?;
    let path = path_of(config, &head);
    let known = state
        .sources
        .get(&file.path)
        .filter(|known| known.content == content);
    let summary = known
        .and_then(|known| known.summary.clone())
        .filter(|summary| summary.head == head);
    Ok(Source {
        held: known
            .and_then(|known| known.held)
            .filter(|_| summary.is_some())
            .map(OnceLock::from)
            .unwrap_or_default(),
        file,
        content,
        head,
        path,
        summary,
        dead: OnceLock::new(),
        dead_before: known.map(|known| known.dead),
        text: Some(text),
    })
}

/// The text of one issue or draft, with its title, day and address.
pub(in crate::pipeline) fn head_of(
    config: &Config,
    path: &Path,
    draft: bool,
) -> Result<(String, IssueHead)> {
    let metadata = std::fs::metadata(path).map_err(|cause| Error::io("read", path, &cause))?;
    let name = path.file_name().unwrap_or_default();
    let file = SourceFile {
        path: path.to_owned(),
        name: name.to_string_lossy().into_owned(),
        stamp: newsletter::Stamp::of(&metadata),
    };
    let role = if draft { Role::Draft } else { Role::Issue };
    let source = read(config, &State::default(), file, role)?;
    let text = source.text()?.into_owned();
    Ok((text, source.head))
}

/// The file of the issue or draft whose page has the path `url`.
pub(in crate::pipeline) fn file_at(
    config: &Config,
    url: &str,
) -> Result<Option<std::path::PathBuf>> {
    for (folder, draft) in [(&config.drafts, true), (&config.issues, false)] {
        let mut notices = Vec::new();
        // The newest is asked for most.
        for file in listed(folder, false, &mut notices)?.into_iter().rev() {
            let head = head_of(config, &file.path, draft);
            if head.is_ok_and(|(_, head)| head.url == url) {
                return Ok(Some(file.path));
            }
        }
    }
    Ok(None)
}

/// The path of the page of the newest draft, or else of the newest issue.
pub(in crate::pipeline) fn newest_page(config: &Config) -> Result<Option<String>> {
    for (folder, draft) in [(&config.drafts, true), (&config.issues, false)] {
        let mut notices = Vec::new();
        let files = listed(folder, false, &mut notices)?;
        let heads = files.iter().filter_map(|file| {
            // What cannot be read is told where it is built.
            let (_, head) = head_of(config, &file.path, draft).ok()?;
            Some((head.date, head.url))
        });
        if let Some((_, url)) = heads.max() {
            return Ok(Some(url));
        }
    }
    Ok(None)
}

/// Fails for findings with which a text cannot be built.
pub(in crate::pipeline) fn refuse(path: &Path, text: &str, findings: &[Diagnostic]) -> Result<()> {
    let fatal = findings.iter().filter(|finding| {
        finding.level == Level::Deny && matches!(finding.rule, "front-matter" | "size" | "nesting")
    });
    let places: Vec<Place> = fatal.map(|finding| place(path, text, finding)).collect();
    if places.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!("{} cannot be built", path.display())).at_all(places))
}

/// A finding as a place of an error.
pub(super) fn place(path: &Path, text: &str, finding: &Diagnostic) -> Place {
    let place = Place::new(
        path,
        text,
        finding.span.start..finding.span.end,
        finding.message.as_str(),
    );
    match &finding.help {
        Some(help) => place.help(help.as_str()),
        None => place,
    }
}

/// What the front matter says, with the address that follows from it.
fn head(
    config: &Config,
    file: &SourceFile,
    text: &str,
    masthead: &Masthead,
    role: Role,
) -> Result<IssueHead> {
    let first_line = Span::new(0, text.lines().next().map_or(0, str::len));
    let refused = |span: Span, message: &str, help: &str| {
        let place = Place::new(&file.path, text, span.start..span.end, message).help(help);
        Error::new(format!("{} cannot be built", file.path.display())).at(place)
    };
    let title = masthead.title.clone().ok_or_else(|| {
        refused(
            first_line,
            "the front matter gives no title",
            "begin the file with a line `Title: …`",
        )
    })?;
    // Static pages are not dated.
    let undated = (role == Role::Page).then_some(jiff::civil::Date::ZERO);
    let date = masthead.date.or(undated).ok_or_else(|| {
        refused(
            first_line,
            "the front matter gives no date",
            "add a line `Date: YYYY-MM-DD`",
        )
    })?;
    let title = press_core::render::feed::legal(&title).into_owned();
    let category = masthead
        .category
        .clone()
        .or_else(|| config.default_category.clone());
    let mut head = IssueHead {
        title,
        number: masthead.number,
        date,
        modified: masthead.modified,
        url: String::new(),
        category: category.map(|name| category_of(config, name)),
        draft: role == Role::Draft,
    };
    let path = address_of(config, file, masthead, &head, role).ok_or_else(|| {
        let span = masthead
            .find("slug")
            .or(masthead.find("title"))
            .unwrap_or_default();
        let help = "give the issue a `Slug:` of letters, digits and hyphens";
        refused(span, "this makes no address for a page", help)
    })?;
    head.url = format!("{}{path}", config.base().1);
    Ok(head)
}

/// The address that the newsletter's pattern gives a text.
fn address_of(
    config: &Config,
    file: &SourceFile,
    masthead: &Masthead,
    head: &IssueHead,
    role: Role,
) -> Option<String> {
    let from_title = || slugify(&head.title);
    let from_name = || slugify(file.name.split('.').next().unwrap_or_default());
    let slug = masthead.slug.clone().unwrap_or_else(from_title);
    let slug = if slug.is_empty() { from_name() } else { slug };
    let values = Values {
        date: Some(head.date),
        slug: &slug,
        number: head.number,
        category: head.category.as_ref().map_or("", |category| &category.slug),
        ..Values::default()
    };
    let pattern = if role == Role::Page {
        &config.site.page_permalink
    } else {
        &config.site.permalink
    };
    // Specials have no number; they stand under their slug instead.
    let path = address::fill(pattern, &values)
        .or_else(|| address::fill(&pattern.replace("{number}", "{slug}"), &values))?;
    address::file_of(&path).map(|_| path)
}

/// The category called `name`, with its page.
fn category_of(config: &Config, name: String) -> Category {
    let slug = slugify(&name);
    let values = Values {
        category: &slug,
        ..Values::default()
    };
    let path = config
        .site
        .category
        .as_ref()
        .and_then(|pattern| address::fill(pattern, &values));
    let url = path.map_or_else(String::new, |path| format!("{}{path}", config.base().1));
    Category { name, slug, url }
}

fn path_of(config: &Config, head: &IssueHead) -> String {
    head.url
        .strip_prefix(config.base().1)
        .unwrap_or(&head.url)
        .to_owned()
}

/// Two issues must not share a number, a day or an address. Specials, which have no number, may share a day
/// with an issue.
fn refuse_doubles(issues: &[Source]) -> Result<()> {
    let mut numbers: HashMap<u32, &Source> = HashMap::new();
    let mut days: HashMap<jiff::civil::Date, &Source> = HashMap::new();
    let mut paths: HashMap<&str, &Source> = HashMap::new();
    let mut double = None;
    for source in issues {
        let name = |other: &Source| other.file.path.display().to_string();
        if let Some(number) = source.head.number {
            if let Some(other) = numbers.insert(number, source) {
                double.get_or_insert((
                    source,
                    "number",
                    format!("{} has the number {number} too", name(other)),
                ));
            }
            if let Some(other) = days.insert(source.head.date, source) {
                double.get_or_insert((
                    source,
                    "date",
                    format!("{} has the date {} too", name(other), source.head.date),
                ));
            }
        }
        if let Some(other) = paths.insert(&source.path, source) {
            double.get_or_insert((
                source,
                "title",
                format!("{} has the address {} too", name(other), source.path),
            ));
        }
    }
    let Some((source, key, message)) = double else {
        return Ok(());
    };
    let text = source.text()?;
    let (masthead, _) = Masthead::parse(&text);
    let span = masthead
        .find(key)
        .or(masthead.find("title"))
        .unwrap_or_default();
    let place = Place::new(&source.file.path, &text, span.start..span.end, message);
    Err(Error::new("two issues cannot be told apart")
        .at(place)
        .state("the site is as it was before"))
}

/// Adds drafts for a preview. One that is broken or published already is named, not fatal.
fn add_drafts(config: &Config, state: &State, sources: &mut Sources) -> Result<()> {
    let files = listed(&config.drafts, false, &mut sources.notices)?;
    for file in files {
        match read(config, state, file, Role::Draft) {
            Ok(draft) => {
                let published = sources.issues.iter().any(|issue| issue.path == draft.path);
                if published {
                    let message = format!("{} is published already", draft.file.path.display());
                    sources.notices.push(Notice { message });
                } else {
                    sources.issues.push(draft);
                }
            }
            Err(error) => sources.notices.push(Notice {
                message: error.render(false),
            }),
        }
    }
    Ok(())
}
