//! Submissions: what people send by form, by programs and by pull request, from the first answer to the draft.
//!
//! Whoever drives this, the command line or the web, talks to a [`Desk`] and shows the values that it gives. A sender hears
//! at once what would be said later anyway; an editor decides; [`merge`] writes what was accepted into the draft.

mod answer;
mod decide;
mod fetch;
mod git;
mod issues;
mod judge;
mod merge;
mod shown;
mod submit;
mod webhook;

pub use answer::{AnswerOptions, Answered};
pub use decide::Decided;
pub use fetch::{Fetched, FetchedPull};
pub use judge::{Cleaned, Finding};
pub use merge::{Left, MergeOptions, Merged, PlacedItem};
pub use shown::{Entry, Happened, Status};
pub use submit::{Already, Answer, Receipt, Refusal, Sender, Sent};
pub use webhook::{Delivery, Heard};

pub use crate::store::{Origin, SubmissionState};

use super::check::Checker;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::store::{Store, Submission};
use press_core::submission::Proposed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A section that something may belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    /// The section's id.
    pub section: String,
    /// Its title.
    pub title: String,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
}

/// Says which sections a link may belong to, by its title and address; the likeliest first.
pub type Suggest = Arc<dyn Fn(&str, &str) -> Vec<Suggested> + Send + Sync>;

/// All that submissions need, opened once.
pub struct Desk {
    checker: Checker,
    store: Store,
    suggest: Option<Suggest>,
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
            suggest: None,
        })
    }

    /// The same with an opinion on sections.
    pub fn with_suggestions(mut self, suggest: Suggest) -> Desk {
        self.suggest = Some(suggest);
        self
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
        let newest = super::draft::find_newest(self.config())?;
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

    async fn find(&self, id: i64) -> Result<Submission> {
        let found = self.store.find_submission(id).await?;
        found.ok_or_else(|| no_such(id))
    }

    fn suggestions(&self, title: &str, url: &str) -> Vec<Suggested> {
        let suggest = self.suggest.as_ref();
        suggest.map_or_else(Vec::new, |suggest| suggest(title, url))
    }
}

fn no_such(id: i64) -> Error {
    Error::new(format!("there is no submission {id}"))
        .help("`press submissions list` has their numbers")
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
