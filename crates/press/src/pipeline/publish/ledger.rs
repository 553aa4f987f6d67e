//! What was done of a publication and by whom, and that only one program is at it.
//!
//! On one machine a lock on a file tells whether somebody is at it. Between machines a row in the store says until when it
//! is held; who holds it says so again and again.

use super::piece::Piece;
use super::turn::{self, Turn};
use super::{Step, Wish};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{StepRecord, StepState, Store};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What was done.
#[derive(Debug)]
pub(super) struct Ledger {
    records: Vec<StepRecord>,
    lock: PathBuf,
}

/// A publication that is held.
#[derive(Debug)]
pub(in crate::pipeline) struct Hold {
    store: Store,
    issue: String,
    holder: String,
    /// Says so again and again in a task of its own, for a step may be busy with a program or a disk; it ends when nobody
    /// holds the other end any more.
    renewing: JoinHandle<()>,
    done: oneshot::Sender<()>,
    _turn: Turn,
}

/// How long a hold is believed that nobody renews.
const HOLD_S: i64 = 90;
const RENEWED: Duration = Duration::from_secs(5);

impl Ledger {
    pub(super) async fn load(config: &Config, store: &Store, piece: &Piece) -> Result<Ledger> {
        Ok(Ledger {
            records: store.publication_steps(&piece.id).await?,
            lock: lock_of(config),
        })
    }

    /// What is known of a step at a target.
    pub(super) fn find(&self, step: Step, target: &str) -> Option<&StepRecord> {
        self.records
            .iter()
            .find(|record| record.step == step.name() && record.target == target)
    }

    /// Writes down how a step is at a target.
    pub(super) async fn record(
        &mut self,
        store: &Store,
        issue: &str,
        record: StepRecord,
    ) -> Result<()> {
        store.record_publication_step(issue, &record).await?;
        self.records
            .retain(|known| (&known.step, &known.target) != (&record.step, &record.target));
        self.records.push(record);
        Ok(())
    }

    /// Makes sure that nobody else is at it.
    pub(super) async fn take_in_hand(
        &self,
        store: &Store,
        piece: &Piece,
        wish: &Wish,
    ) -> Result<Hold> {
        take_in_hand(&self.lock, store, &piece.id, &wish.who).await
    }
}

/// The file that programs on this machine lock.
fn lock_of(config: &Config) -> PathBuf {
    config.home().join(".press").join("publish.lock")
}

/// Waits until nothing is at work any more that was started by a program that has been killed.
pub(super) async fn wait_for_the_dead(config: &Config) {
    turn::wait_for_the_dead(&lock_of(config)).await;
}

/// Makes sure that nobody else is at an issue, whatever is done with it.
pub(in crate::pipeline) async fn hold(
    config: &Config,
    store: &Store,
    issue: &str,
    who: &str,
) -> Result<Hold> {
    take_in_hand(&lock_of(config), store, issue, who).await
}

/// Makes sure that nobody else is at an issue.
async fn take_in_hand(lock: &Path, store: &Store, issue: &str, who: &str) -> Result<Hold> {
    let turn = Turn::take(lock).await?;
    let holder = format!("{who} on {}", machine());
    let now_s = Timestamp::now().as_second();
    let held = store.hold_publication(issue, &holder, now_s + HOLD_S, now_s);
    if !held.await? {
        let other = store.find_publication(issue).await?;
        let other = other.map(|other| other.holder).unwrap_or_default();
        return Err(Error::new(format!("{other} is publishing this issue"))
            .help(format!(
                "wait: if nothing is heard of them for {HOLD_S} s, the same command takes over"
            ))
            .state("nothing was done"));
    }
    let (done, over) = oneshot::channel();
    let renewing = tokio::spawn(renew(store.clone(), issue.to_owned(), holder.clone(), over));
    Ok(Hold {
        store: store.clone(),
        issue: issue.to_owned(),
        holder,
        renewing,
        done,
        _turn: turn,
    })
}

/// Holds on to an issue until it is over.
async fn renew(store: Store, issue: String, holder: String, mut over: oneshot::Receiver<()>) {
    while tokio::time::timeout(RENEWED, &mut over).await.is_err() {
        let now_s = Timestamp::now().as_second();
        // If it cannot be said, it is said the next time; nobody takes over so soon.
        let _ = store
            .hold_publication(&issue, &holder, now_s + HOLD_S, now_s)
            .await;
    }
}

impl Hold {
    pub(in crate::pipeline) async fn release(self) -> Result<()> {
        drop(self.done);
        let _ = self.renewing.await;
        self.store
            .release_publication(&self.issue, &self.holder)
            .await
    }
}

/// What this machine is called.
fn machine() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let name = "this machine".to_owned();
    name
}

impl super::Night<'_> {
    /// Reads again what was written down, by others too.
    pub(super) async fn reload(&mut self) -> Result<()> {
        self.ledger = Ledger::load(self.config, &self.store, &self.piece).await?;
        Ok(())
    }

    /// Writes down how a step is at a target.
    pub(super) async fn note(
        &mut self,
        step: Step,
        target: &str,
        state: StepState,
        said: Said,
    ) -> Result<()> {
        let record = StepRecord {
            step: step.name().to_owned(),
            target: target.to_owned(),
            state,
            detail: said.detail,
            address: said.address,
            digest: said.digest,
            who: self.wish.who.clone(),
            recorded_s: Timestamp::now().as_second(),
        };
        let id = self.piece.id.clone();
        self.ledger.record(&self.store, &id, record).await
    }
}

/// What there is to say of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) detail: Option<String>,
    pub(super) address: Option<String>,
    pub(super) digest: Option<String>,
}
