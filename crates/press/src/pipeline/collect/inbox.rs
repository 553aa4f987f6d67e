//! The inbox: candidates that nobody has decided on yet, and what an editor decides. Each decision is one function, and says
//! in the history of the candidate who did it.

use super::{Draft, newest_draft};
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};
use crate::newsletter;
use crate::pipeline::check::load_archive;
use crate::pipeline::inbox::Decision as Chosen;
use crate::pipeline::runtime;
use crate::pipeline::submissions::{issue_after, next_issue, reason_of, start_of};
use crate::sources::link;
use crate::store::{Choosing, Decision, Kept, State, Store};
use jiff::Timestamp;
use jiff::civil::Date;
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
    /// Whether it is for a later issue, or nobody is to be shown it before a day to come.
    pub rests: bool,
}

impl Waiting {
    /// Whether it was nowhere yet.
    pub fn is_fresh(&self) -> bool {
        self.published_in.is_none() && !self.in_draft
    }

    /// Whether an editor is to look at it now.
    pub fn is_due(&self) -> bool {
        self.is_fresh() && !self.rests
    }
}

/// What a choice did.
#[derive(Debug)]
pub struct Choice {
    /// The candidate as it is now.
    pub kept: Kept,
    /// The draft and the section it went into.
    pub into: Option<(PathBuf, String)>,
}

/// The candidates that wait, oldest first.
pub fn inbox(config: &Config, now: Timestamp) -> Result<Vec<Waiting>> {
    if !config.store.may_exist() {
        return Ok(Vec::new());
    }
    with_store(config, async |store| inbox_on((config, store), now).await)
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn inbox_on(
    (config, store): (&Config, &Store),
    now: Timestamp,
) -> Result<Vec<Waiting>> {
    let kept = store.candidates(State::Open).await?;
    let found = look(config, kept)?;
    let next = next_issue(config, now)?;
    let rests = |waiting: Waiting| Waiting {
        rests: rests(&waiting.kept, next, now),
        ..waiting
    };
    Ok(found.into_iter().map(rests).collect())
}

/// Whether a candidate waits for a day or an issue to come.
pub(in crate::pipeline) fn rests(kept: &Kept, next: Option<i64>, now: Timestamp) -> bool {
    let until = kept.snoozed_until_s;
    let later = kept.issue.zip(next).is_some_and(|(own, next)| own > next);
    later || until.is_some_and(|until| until > now.as_second())
}

/// One candidate, whatever was decided about it, and the history of that.
pub fn find_one(config: &Config, id: i64, now: Timestamp) -> Result<(Waiting, Vec<Decision>)> {
    with_store(config, async |store| {
        find_one_on((config, store), id, now).await
    })
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn find_one_on(
    (config, store): (&Config, &Store),
    id: i64,
    now: Timestamp,
) -> Result<(Waiting, Vec<Decision>)> {
    let kept = find(store, id).await?;
    let next = next_issue(config, now)?;
    let rests = rests(&kept, next, now);
    let history = store.candidate_history(id).await?;
    let mut found = look(config, vec![kept])?;
    let Some(waiting) = found.pop() else {
        return Err(no_such(store, id).await);
    };
    Ok((Waiting { rests, ..waiting }, history))
}

/// Sees whether issues or the draft have candidates already.
fn look(config: &Config, kept: Vec<Kept>) -> Result<Vec<Waiting>> {
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
            rests: false,
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
    match store.find_candidate(id).await? {
        Some(kept) => Ok(kept),
        None => Err(no_such(store, id).await),
    }
}

/// There is no such candidate; perhaps the submission of that number was meant.
async fn no_such(store: &Store, id: i64) -> Error {
    let error = Error::new(format!("there is no candidate {id}")).absent();
    match store.find_submission(id).await {
        Ok(Some(sent)) => error
            .because(format!(
                "numbers of submissions begin with s; s{id} is “{}”, {}",
                sent.title,
                sent.state.name()
            ))
            .help(format!("`press inbox show s{id}` shows it")),
        _ => error.help("`press inbox --all` lists them"),
    }
}

/// Writes down what was decided.
async fn record(store: &Store, id: i64, choosing: &Choosing<'_>, now: Timestamp) -> Result<Choice> {
    let done = store.record_choice(id, choosing, now.as_second()).await?;
    let Some((before, may)) = done else {
        return Err(no_such(store, id).await);
    };
    if may {
        let kept = find(store, id).await?;
        return Ok(Choice { kept, into: None });
    }
    let error = match before.state {
        State::Taken => {
            let draft = before.draft.unwrap_or_default();
            let error = Error::new(format!("candidate {id} stands in {draft} already"));
            error.help("take it out there")
        }
        State::Dropped => Error::new(format!("candidate {id} was dropped")).help(format!(
            "`press take {id}` puts it into the draft all the same"
        )),
        State::Open => Error::new(format!("candidate {id} waits")),
    };
    Err(error.refused())
}

/// An editor decides about a candidate.
pub fn choose(
    config: &Config,
    id: i64,
    choice: &Chosen,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    with_store(config, async |store| {
        choose_on((config, store), id, choice, who, now).await
    })
}

/// The same for whoever has a database open.
pub(in crate::pipeline) async fn choose_on(
    place: (&Config, &Store),
    id: i64,
    choice: &Chosen,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    match choice {
        Chosen::Accept(section) => take(place, id, section.as_deref(), who, now).await,
        Chosen::Decline(reason) => decline(place.1, id, reason, who, now).await,
        Chosen::Move(to) => move_on(place, id, *to, who, now).await,
        Chosen::Snooze(until) => snooze(place, id, *until, who, now).await,
    }
}

/// Nobody wants this one, because of a rule, for another reason, or for none that is said: nobody has sent it.
async fn decline(
    store: &Store,
    id: i64,
    reason: &str,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    let reason = Some(reason_of(reason)?).filter(|reason| !reason.is_empty());
    let choosing = Choosing {
        who,
        what: "dropped",
        detail: reason,
        state: Some(State::Dropped),
        from: &[State::Open, State::Dropped],
        reason,
        ..Choosing::default()
    };
    record(store, id, &choosing, now).await
}

/// It is for a later issue: the next after its own unless one is named.
async fn move_on(
    (config, store): (&Config, &Store),
    id: i64,
    to: Option<i64>,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    let kept = find(store, id).await?;
    let to = issue_after(kept.issue, to, next_issue(config, now)?)?;
    let detail = format!("to issue {to}");
    let choosing = Choosing {
        who,
        what: "moved",
        detail: Some(&detail),
        from: &[State::Open],
        issue: Some(to),
        ..Choosing::default()
    };
    record(store, id, &choosing, now).await
}

/// Nobody wants to see it before a day.
async fn snooze(
    (config, store): (&Config, &Store),
    id: i64,
    until: Date,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    let until_s = start_of(config, until, now)?;
    let detail = format!("until {until}");
    let choosing = Choosing {
        who,
        what: "snoozed",
        detail: Some(&detail),
        from: &[State::Open],
        snooze_s: Some(until_s),
        ..Choosing::default()
    };
    record(store, id, &choosing, now).await
}

/// Puts one into the newest draft.
async fn take(
    (config, store): (&Config, &Store),
    id: i64,
    section: Option<&str>,
    who: &str,
    now: Timestamp,
) -> Result<Choice> {
    let Some(draft) = newest_draft(config)? else {
        let error = Error::new(format!("there is no draft in {}", config.drafts.display()));
        return Err(error.help("`press draft` makes the next one").refused());
    };
    let kept = find(store, id).await?;
    let title = insert(config, &draft, &kept, section)?;
    let detail = format!("{}: {title}", draft.name);
    let choosing = Choosing {
        who,
        what: "taken",
        detail: Some(&detail),
        state: Some(State::Taken),
        from: &[State::Open, State::Dropped, State::Taken],
        draft: Some(&draft.name),
        ..Choosing::default()
    };
    let choice = record(store, id, &choosing, now).await?;
    Ok(Choice {
        into: Some((draft.path, title)),
        ..choice
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
