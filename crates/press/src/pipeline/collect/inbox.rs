//! The inbox: candidates that nobody has chosen yet, and choosing.

use super::{Draft, newest_draft};
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};
use crate::newsletter;
use crate::pipeline::check::load_archive;
use crate::pipeline::runtime;
use crate::sources::link;
use crate::store::{Kept, State, Store};
use jiff::Timestamp;
use press_core::canonical::canonical;
use press_core::diagnostic::Edit;
use press_core::issue::edit::apply;
use press_core::issue::{Issue, Section};
use press_core::span::Span;
use std::collections::HashSet;
use std::path::PathBuf;

/// A candidate that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// What was found.
    pub kept: Kept,
    /// The issue that had it, by number or else by its file's name.
    pub published_in: Option<String>,
    /// Whether the draft has it already.
    pub in_draft: bool,
}

impl Waiting {
    /// Whether it was nowhere yet.
    pub fn is_fresh(&self) -> bool {
        self.published_in.is_none() && !self.in_draft
    }
}

/// What a choice did.
#[derive(Debug)]
pub struct Choice {
    /// The candidate.
    pub kept: Kept,
    /// The draft and the section it went into.
    pub into: Option<(PathBuf, String)>,
}

/// The candidates that wait, oldest first.
pub fn inbox(config: &Config) -> Result<Vec<Waiting>> {
    if !config.store.may_exist() {
        return Ok(Vec::new());
    }
    with_store(config, async |store| inbox_on(config, store).await)
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn inbox_on(config: &Config, store: &Store) -> Result<Vec<Waiting>> {
    let kept = store.candidates(State::Open).await?;
    let archive = load_archive(config)?;
    let drafted = match newest_draft(config)? {
        Some(draft) => pages(config, &newsletter::read(&draft.path)?),
        None => HashSet::new(),
    };
    let waiting = kept.into_iter().map(|kept| {
        let page = &kept.candidate.page;
        let archive = archive.as_ref();
        let past = archive.and_then(|archive| archive.links_to(page, None).next());
        let name = past.map(|past| match past.issue().number() {
            Some(number) => number.to_string(),
            None => past.issue().path().to_owned(),
        });
        Waiting {
            in_draft: drafted.contains(page),
            published_in: name,
            kept,
        }
    });
    Ok(waiting.collect())
}

/// All pages that a text links to.
fn pages(config: &Config, text: &str) -> HashSet<String> {
    let issue = Issue::parse(text, &config.format);
    issue
        .links
        .iter()
        .map(|link| canonical(&link.url))
        .collect()
}

fn with_store<T>(config: &Config, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    runtime()?.block_on(async {
        let store = Store::open(&config.store).await?;
        let done = work(&store).await;
        store.close().await;
        done
    })
}

async fn find(store: &Store, id: i64) -> Result<Kept> {
    let kept = store.find_candidate(id).await?;
    kept.ok_or_else(|| {
        let error = Error::new(format!("there is no candidate {id}"));
        error.help("`press inbox` lists them").absent()
    })
}

/// Nobody wants this one.
pub fn drop_candidate(config: &Config, id: i64, now: Timestamp) -> Result<Choice> {
    with_store(config, async |store| drop_on(store, id, now).await)
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn drop_on(store: &Store, id: i64, now: Timestamp) -> Result<Choice> {
    let kept = find(store, id).await?;
    if kept.state == State::Taken {
        let draft = kept.draft.unwrap_or_default();
        let error = Error::new(format!("candidate {id} stands in {draft} already"));
        return Err(error.help("take it out there").refused());
    }
    store
        .record_decision(id, State::Dropped, None, now.as_second())
        .await?;
    Ok(Choice { kept, into: None })
}

/// Puts one into the newest draft.
pub fn take(config: &Config, id: i64, section: Option<&str>, now: Timestamp) -> Result<Choice> {
    with_store(config, async |store| {
        take_on((config, store), id, section, now).await
    })
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn take_on(
    (config, store): (&Config, &Store),
    id: i64,
    section: Option<&str>,
    now: Timestamp,
) -> Result<Choice> {
    let Some(draft) = newest_draft(config)? else {
        let error = Error::new(format!("there is no draft in {}", config.drafts.display()));
        return Err(error.help("`press draft` makes the next one").refused());
    };
    let kept = find(store, id).await?;
    let title = insert(config, &draft, &kept, section)?;
    store
        .record_decision(id, State::Taken, Some(&draft.name), now.as_second())
        .await?;
    Ok(Choice {
        kept,
        into: Some((draft.path, title)),
    })
}

/// Inserts a candidate into the draft, and gives the section's title. One that is there already stays as it is.
fn insert(config: &Config, draft: &Draft, kept: &Kept, section: Option<&str>) -> Result<String> {
    let text = newsletter::read(&draft.path)?;
    let issue = Issue::parse(&text, &config.format);
    let section = find_section(
        config,
        draft,
        &issue,
        section.or(kept.candidate.section.as_deref()),
    )?;
    if pages(config, &text).contains(&kept.candidate.page) {
        return Ok(section.title.clone());
    }
    let edit = item(&text, &issue, section, kept);
    if let Ok(edited) = apply(&text, &[edit]) {
        newsletter::write(&draft.path, &edited)?;
    }
    Ok(section.title.clone())
}

fn find_section<'i>(
    config: &Config,
    draft: &Draft,
    issue: &'i Issue,
    named: Option<&str>,
) -> Result<&'i Section> {
    let ids = || {
        config
            .format
            .sections
            .iter()
            .map(|section| section.id.as_str())
    };
    let Some(named) = named else {
        return Err(Error::new("nobody says which section it is for")
            .help("say so: `press take ID --section SECTION`, by the section's id or title")
            .refused());
    };
    let is = |section: &&Section| {
        section.id.as_deref() == Some(named) || section.title.eq_ignore_ascii_case(named)
    };
    issue.sections.iter().find(is).ok_or_else(|| {
        let path = draft.path.display();
        let error = Error::new(format!("{path} has no section `{named}`")).refused();
        match did_you_mean(named, ids()) {
            Some(meant) if meant != named => error.help(format!("did you mean `{meant}`?")),
            Some(_) => error.help("put its heading into the draft"),
            None => error.help("`--section` takes the id or the title of a section of the draft"),
        }
    })
}

/// The edit that puts a candidate below the last item of a section, or at its end.
fn item(text: &str, issue: &Issue, section: &Section, kept: &Kept) -> Edit {
    let own = section.content;
    let items = issue.items.iter();
    let mut items = items.filter(|item| item.parent.is_none() && own.contains(item.span));
    let last = items.next_back();
    let marker = last.and_then(|item| item.marker);
    let marker = marker.map_or("*", |marker| marker.of(text).trim());
    let candidate = &kept.candidate;
    let line = format!("{marker} {}", link(&candidate.title, &candidate.url));
    let at = match last {
        Some(item) => item.span.trimmed(text).end,
        None => {
            let comments = issue.comments.iter();
            let comments = comments.filter(|comment| own.contains(**comment));
            let last = comments.map(|comment| comment.end).max();
            let end = last.unwrap_or(own.end).max(section.head.end);
            text[..end.min(text.len())].trim_end().len()
        }
    };
    let gap = if last.is_some() { "\n" } else { "\n\n" };
    // What follows closely keeps its distance.
    let rest = text[at..].strip_prefix('\n').unwrap_or_default();
    let close = last.is_none() && !rest.is_empty() && !rest.starts_with(['\n', '\r']);
    Edit {
        span: Span::new(at, at),
        text: format!("{gap}{line}{}", if close { "\n" } else { "" }),
    }
}
