//! What cannot be in Git, kept in a database: what sources found, what was generated for a draft, who reads.
//!
//! Typed functions over SQL that more than one database understands: SQLite in a file, or PostgreSQL for many machines.
//! Callers see neither. `db` runs statements on either, `statement` says what one is, `migrate` makes the tables, `trouble`
//! turns what a database refuses into what a person can do. What is in it is the newsletter's data, no cache: what cannot
//! be read is an error, and never replaced.

mod account;
mod arrival;
mod campaign;
mod candidate;
mod db;
mod delivery;
pub mod export;
mod generated;
mod health;
mod letter;
mod load;
mod migrate;
mod newcomer;
mod publication;
mod pull;
mod quota;
mod ready;
mod refusal;
mod restore;
mod returned;
mod seen;
mod signup;
mod statement;
pub mod statements;
mod stats;
mod submission;
mod subscriber;
mod suppression;
mod table;
mod told;
mod trouble;
mod vote;
mod worker;

pub use account::Received;
pub use arrival::{Arrival, Arrived, Receiving, Terms};
pub use campaign::{Campaign, CampaignState, Frozen, NewCampaign};
pub use candidate::{Candidate, Choosing, Kept, Recorded, State};
pub use db::Limits;
pub use delivery::{
    Bounced, Claimed, Delivery, DeliveryState, Person, Settled, Standing, Tally, Turn,
};
pub use health::Health;
pub use letter::{Letter, LetterKind, Opened, Posted};
pub use publication::{Publication, StepRecord, StepState};
pub use pull::{Pull, PullRecorded};
pub use quota::Quota;
pub use ready::{Maker, Ready, is_token};
pub use refusal::Refusal;
pub use restore::{CarriedOver, Refill, Restoring};
pub use returned::{Change, Return, ReturnedMail};
pub use signup::{Preferences, SignUp};
pub use statement::Statement;
pub use stats::{Count, Stats};
pub use submission::{
    Admitted, Decision, NewSubmission, Origin, Step, Submission, SubmissionLimits, SubmissionState,
    submission_token, submission_token_hash,
};
pub use subscriber::{Consent, Filter, Listed, Subscriber, Subscription, SubscriptionState};
pub use suppression::{Hasher, Reason};
pub use table::{ColumnKind, Datum, Snapshot, Table};
pub use told::{News, Told};
pub use vote::{KeptBallot, KeptNomination, NewNomination, VoteResult};
pub use worker::Worker;

use crate::config::Database;
use crate::error::{Error, Result};
use db::Db;
use std::path::PathBuf;

/// The newsletter's database.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    /// What it is called in messages.
    place: String,
    /// Beside what file workers leave their locks, if it is a file.
    file: Option<PathBuf>,
    limits: Limits,
}

impl Store {
    /// Opens the database, and makes its file if that is not there.
    pub async fn open(database: &Database) -> Result<Store> {
        Store::open_with(database, Limits::default()).await
    }

    /// The same with limits of one's own.
    pub async fn open_with(database: &Database, limits: Limits) -> Result<Store> {
        if let Database::File(path) = database
            && let Some(folder) = path.parent()
        {
            std::fs::create_dir_all(folder)
                .map_err(|cause| Error::io("make the folder", folder, &cause))?;
            make_private(path);
        }
        let place = database.to_string();
        let db = Db::open(database, limits).await;
        let store = Store {
            db: db.map_err(|cause| trouble::of(&place, &cause))?,
            place,
            file: match database {
                Database::File(path) => Some(path.clone()),
                Database::Postgres(_) => None,
            },
            limits,
        };
        store.bring_up_to_date().await?;
        Ok(store)
    }

    /// Closes it, so that all that a file has stands in that one file.
    pub async fn close(self) {
        self.db.close().await;
    }

    /// Prepares every statement of the program, to see that this database understands them: the names of those that it
    /// does not, each with its reason.
    pub async fn misunderstood(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (file, statement) in statements::all() {
            if let Err(cause) = self.db.prepare(statement).await {
                found.push(format!("store/{file}.rs: {}: {cause}", statement.name));
            }
        }
        found
    }

    fn trouble(&self, cause: &sqlx::Error) -> Error {
        trouble::of(&self.place, cause)
    }
}

/// Makes a database's file so that only its owner reads it; its journals take after it. One that is there is left alone,
/// and what cannot be made is told by the database.
fn make_private(path: &std::path::Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}
