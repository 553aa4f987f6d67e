//! Submissions: what people send by form, by programs and by pull request, from the first answer to the draft.
//!
//! Whoever drives this, the command line or the web, talks to a [`Desk`] and shows the values that it gives. A sender hears
//! at once what would be said later anyway; an editor decides; [`merge`] writes what was accepted into the draft.

mod answer;
mod decide;
mod fetch;
mod issues;
mod judge;
mod merge;
mod shown;
mod submit;
mod webhook;

pub use answer::{AnswerOptions, Answered};
pub use decide::Decided;
pub(super) use decide::reason_of;
pub use fetch::{Fetched, FetchedPull};
pub(super) use issues::{issue_after, next_issue, start_of};
pub use judge::{Cleaned, Finding};
pub use merge::{Left, MergeOptions, Merged, PlacedItem};
pub(super) use shown::happened;
pub use shown::{Entry, Happened, Status};
pub(super) use submit::is_web;
pub use submit::{Already, Answer, Receipt, Refusal, Sender, Sent};
pub use webhook::{Believed, Delivery, Heard};

pub use crate::store::{Origin, SubmissionState};

use super::check::Checker;
use super::suggest;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::store::{Store, Submission};
use press_core::submission::Proposed;
use press_core::suggest::Suggester;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A section that something may belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    /// The section's id.
    pub section: String,
    /// Its title.
    pub title: String,
    /// How likely that is, from 0 to 1.
    pub confidence: f64,
}

/// All that submissions need, opened once. It knows the issues that were published then: whoever runs for long opens
/// another one when an issue appears.
pub struct Desk {
    checker: Checker,
    store: Store,
    suggester: OnceLock<Suggester>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Desk")
    }
}

/// The draft as it stands now.
struct Draft {
    path: PathBuf,
    text: String,
    number: Option<i64>,
}

/// How many submissions for an issue are accepted and not placed, and how many nobody has decided on.
pub(super) async fn waiting(store: &Store, issue: Option<u32>) -> Result<(usize, usize)> {
    let due = |submission: &&Submission| match (submission.issue, issue) {
        (Some(theirs), Some(ours)) => theirs <= i64::from(ours),
        _ => true,
    };
    let accepted = store.submissions(SubmissionState::Accepted).await?;
    let queued = store.submissions(SubmissionState::Queued).await?;
    Ok((
        accepted.iter().filter(due).count(),
        queued.iter().filter(due).count(),
    ))
}

impl Desk {
    /// Reads the archive and opens the database.
    pub async fn open(config: &Config) -> Result<Desk> {
        Desk::on(config, Store::open(&config.store).await?)
    }

    /// Reads the archive, for a database that is open.
    pub(super) fn on(config: &Config, store: Store) -> Result<Desk> {
        let checker = Checker::open(config.clone())?;
        checker.keep();
        Ok(Desk {
            checker,
            store,
            suggester: OnceLock::new(),
        })
    }

    /// Learns where links go, which is done else when it is asked first.
    pub(super) fn learn(&self) {
        self.suggester();
    }

    /// Closes the database.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// The newsletter.
    pub fn config(&self) -> &Config {
        &self.checker.config
    }

    fn draft(&self) -> Result<Option<Draft>> {
        draft_of(self.config())
    }

    async fn find(&self, id: i64) -> Result<Submission> {
        let found = self.store.find_submission(id).await?;
        match found {
            Some(found) => Ok(found),
            None => Err(self.no_such(id).await),
        }
    }

    /// There is no such submission; perhaps the candidate of that number was meant.
    async fn no_such(&self, id: i64) -> Error {
        let error = Error::new(format!("there is no submission {id}")).absent();
        match self.store.find_candidate(id).await {
            Ok(Some(found)) => error
                .because(format!(
                    "{id} without an s is a candidate, “{}”",
                    found.candidate.title
                ))
                .help(format!("`press inbox show {id}` shows it")),
            _ => error.help("`press submissions list --all` has their numbers"),
        }
    }

    /// The sections that a link may belong to, as earlier links were placed; the likeliest first.
    fn suggestions(&self, title: &str, url: &str, marks: &[String]) -> Vec<Suggested> {
        let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
        let known = |one: suggest::Proposal| Suggested {
            section: one.section,
            title: one.title,
            confidence: one.confidence,
        };
        let proposals = suggest::suggest(self.config(), self.suggester(), (title, url, &marks));
        proposals.into_iter().map(known).collect()
    }

    fn suggester(&self) -> &Suggester {
        self.suggester.get_or_init(|| {
            let format = &self.config().format;
            let learn = |archive| Suggester::of_archive(archive, format, None);
            self.checker.archive().map(learn).unwrap_or_default()
        })
    }
}

/// The newest draft as it stands now.
fn draft_of(config: &Config) -> Result<Option<Draft>> {
    let newest = super::draft::find_newest(config)?;
    let Some(path) = newest.map(|newest| newest.path) else {
        return Ok(None);
    };
    let text = newsletter::read(&path)?;
    let (masthead, _) = press_core::issue::Masthead::parse(&text);
    Ok(Some(Draft {
        path,
        text,
        number: masthead.number.map(i64::from),
    }))
}

/// The item of a submission.
fn item(submission: &Submission) -> Result<Proposed> {
    serde_json::from_str(&submission.item).map_err(|cause| {
        Error::new(format!("submission {} cannot be read", submission.id))
            .because(cause.to_string())
            .help("the database was written by another press, or by hand")
    })
}

/// Does a piece of work at a desk of its own, for drivers that do one thing.
pub fn at_desk<T>(config: &Config, work: impl AsyncFnOnce(&Desk) -> Result<T>) -> Result<T> {
    super::runtime()?.block_on(async {
        let desk = Desk::open(config).await?;
        let done = work(&desk).await;
        desk.close().await;
        done
    })
}
