//! Sending: claims deliveries, hands them to sessions, settles what became of them.
//!
//! One task keeps the books, and sessions hold connections. A delivery is claimed just before its turn, so that a sudden
//! end leaves few of which nobody knows whether they left. Settling one lot and claiming the next is one transaction.
//! Whatever happens to the database, what became of a message stays here until it is written down.

mod back;
mod refused;

use super::holds::{Holds, LONGEST, Retry, seconds};
use super::post::Post;
use super::session::{Claim, Job, Sessions};
use crate::error::{Error, Result};
use crate::mail::message::Prepared;
use crate::store::{Campaign, Claimed, DeliveryState, Settled, Store, Tally, Turn, Worker};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What a worker works on, and how.
#[derive(Debug)]
pub(super) struct Work<'a> {
    /// The ledger.
    pub(super) store: &'a Store,
    /// How messages are made, and how they leave.
    pub(super) post: &'a Post,
    /// Only this campaign; otherwise whatever is due.
    pub(super) only: Option<i64>,
    /// How long to wait for what is to be tried again; without end if nothing is said.
    pub(super) patience: Option<Duration>,
    /// How what was not taken is tried again.
    pub(super) retry: Retry,
    /// Becomes true when the work is to end.
    pub(super) stop: watch::Receiver<bool>,
}

/// What a worker tells while it works.
#[derive(Clone, Debug)]
pub enum News<'n> {
    /// How far a campaign is.
    Progress(Progress<'n>),
    /// Something that a person should know.
    Note(String),
}

/// How far a campaign is.
#[derive(Clone, Debug)]
pub struct Progress<'n> {
    /// Which.
    pub campaign: &'n Campaign,
    /// Its deliveries.
    pub tally: Tally,
    /// How many were settled a second, lately.
    pub per_second: f64,
    /// Domains that are left alone, and for how many seconds more.
    pub held: Vec<(String, i64)>,
}

/// How work ended.
#[derive(Clone, Debug)]
pub enum End {
    /// Nothing is left to be done.
    Done,
    /// The rest is to be tried again, the first of it at this time, in seconds since 1970.
    Later(i64),
    /// It was to stop.
    Stopped,
    /// Every message would have met this.
    Trouble(Error),
}

/// Outcomes wait so long for others to be written down with them.
const GATHER: Duration = Duration::from_millis(10);
/// How often campaigns are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// Works until there is nothing left to be done.
pub(super) async fn work(work: &Work<'_>, tell: &(dyn Fn(News<'_>) + Sync)) -> Result<End> {
    let count = work.post.mailer.sessions().max(1);
    let lot = (count / 2).max(4);
    let worker = work.store.enlist(&name(), now_s()).await?;
    let mut books = Books {
        work,
        tell,
        worker,
        sessions: Sessions::open(&work.post.mailer, &work.post.verp, count, count + lot),
        lot,
        room: count + lot,
        flying: 0,
        ready: Vec::new(),
        holds: Holds::default(),
        refused: refused::Refused::default(),
        campaigns: Vec::new(),
        looked: None,
        dry: false,
        closed: None,
        closings: 0,
        trouble: None,
        shown: super::progress::Shown::default(),
    };
    let end = books.keep().await;
    let Books {
        sessions, worker, ..
    } = books;
    sessions.close().await;
    if end.is_ok() {
        work.store.dismiss(worker).await?;
    }
    end
}

/// Who works, for people.
fn name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {}", host.trim(), std::process::id())
        .trim()
        .to_owned()
}

fn now_s() -> i64 {
    Timestamp::now().as_second()
}

/// The one task that keeps the books.
struct Books<'w> {
    work: &'w Work<'w>,
    tell: &'w (dyn Fn(News<'_>) + Sync),
    worker: Worker,
    sessions: Sessions,
    /// How many outcomes are written down together, if they come fast.
    lot: usize,
    /// How many deliveries are claimed at a time.
    room: usize,
    /// How many of them have not come back.
    flying: usize,
    /// What has come back and is not written down.
    ready: Vec<Settled>,
    holds: Holds,
    refused: refused::Refused,
    campaigns: Vec<Campaign>,
    looked: Option<Instant>,
    /// Nothing more was due when we asked last.
    dry: bool,
    /// Until when the way out is closed, in seconds since 1970.
    closed: Option<i64>,
    /// How often it was closed without a message getting through.
    closings: i64,
    /// What every message would meet.
    trouble: Option<Error>,
    shown: super::progress::Shown,
}

impl Books<'_> {
    async fn keep(&mut self) -> Result<End> {
        loop {
            self.look().await?;
            self.turn().await?;
            if self.flying == 0 && self.ready.is_empty() {
                if self.stopping() {
                    return Ok(End::Stopped);
                }
                if let Some(error) = self.trouble.take().filter(|_| self.work.only.is_some()) {
                    return Ok(End::Trouble(error));
                }
                if let Some(end) = self.rest().await? {
                    return Ok(end);
                }
            }
            self.gather().await;
            self.show().await;
        }
    }

    fn stopping(&self) -> bool {
        *self.work.stop.borrow()
    }

    /// Sees which campaigns are to be sent, now and then.
    async fn look(&mut self) -> Result<()> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return Ok(());
        }
        let first = self.looked.is_none();
        if !self.work.store.is_alive(&mut self.worker).await {
            // Those in flight are settled under the old number.
            self.worker = self
                .patiently(async |books| books.work.store.enlist(&name(), now_s()).await)
                .await?;
        }
        let dead = self
            .patiently(async |books| books.work.store.record_dead_workers(now_s()).await)
            .await?;
        if dead > 0 {
            (self.tell)(News::Note(format!(
                "a program ended in the middle of its work: {dead} deliveries are uncertain"
            )));
        }
        let campaigns = self
            .patiently(async |books| books.work.store.find_due_campaigns(now_s()).await)
            .await?;
        let ours = |campaign: &Campaign| self.work.only.is_none_or(|only| campaign.id == only);
        self.campaigns = campaigns.into_iter().filter(ours).collect();
        if first {
            for campaign in &self.campaigns {
                let most_s = 2 * seconds(LONGEST);
                self.work
                    .store
                    .record_right_time(campaign.id, now_s(), most_s)
                    .await?;
            }
        }
        self.looked = Some(Instant::now());
        self.dry = false;
        Ok(())
    }

    /// Writes down what came back, and claims what is next.
    async fn turn(&mut self) -> Result<()> {
        let open = self.closed.is_none_or(|until_s| until_s <= now_s());
        let room = self.room - self.flying;
        let parts: Vec<(i64, i64)> = match open && !self.dry && !self.stopping() && room >= self.lot
        {
            true => parts(&self.campaigns),
            false => Vec::new(),
        };
        if self.ready.is_empty() && parts.is_empty() {
            return Ok(());
        }
        let claimed = self
            .patiently(async |books| {
                let turn = Turn {
                    settled: &books.ready,
                    parts: &parts,
                    most: i64::try_from(room).unwrap_or(i64::MAX),
                    now_s: now_s(),
                };
                books.work.store.record_turn(&mut books.worker, &turn).await
            })
            .await?;
        self.ready.clear();
        self.dry = !parts.is_empty() && claimed.len() < room;
        for claimed in claimed {
            self.hand_out(claimed).await?;
        }
        Ok(())
    }

    /// Does something with the database until it succeeds. One that went away is waited for; what is written down
    /// nowhere else must not be forgotten.
    async fn patiently<T>(
        &mut self,
        mut what: impl AsyncFnMut(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let mut told = false;
        loop {
            let error = match what(self).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            if self.stopping() || (self.flying == 0 && self.ready.is_empty()) {
                return Err(error);
            }
            if !told {
                (self.tell)(News::Note(format!("waiting for the database: {error}")));
                told = true;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn hand_out(&mut self, claimed: Claimed) -> Result<()> {
        let claim = Claim::of(&claimed, self.worker.id);
        let person = match claimed.person {
            Ok(person) => person,
            Err(obstacle) => {
                self.settle(claim, DeliveryState::Skipped, 0, &obstacle);
                return Ok(());
            }
        };
        let domain = person
            .address
            .rsplit('@')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if let Some(until_s) = self.holds.until(&domain, now_s()) {
            let reply = format!("{domain} asked to be left alone for a while");
            self.put_back(claim, until_s, &reply);
            return Ok(());
        }
        match self.message(claimed.campaign, claimed.variant).await? {
            Ok(prepared) => {
                self.flying += 1;
                self.sessions
                    .give(Job {
                        claim,
                        person,
                        prepared,
                    })
                    .await;
            }
            Err(error) => {
                self.put_back(claim, 0, "not tried");
                self.stop_campaign(claim.campaign, error).await;
            }
        }
        Ok(())
    }

    /// What a variant says, ready to be composed; or why that cannot be known.
    async fn message(&mut self, campaign: i64, variant: i64) -> Result<Result<Arc<Prepared>>> {
        let post = self.work.post;
        if let Some(prepared) = post.find_prepared(campaign, variant) {
            return Ok(Ok(prepared));
        }
        let frozen = self
            .patiently(async |books| books.work.store.find_variant(campaign, variant).await)
            .await?;
        Ok(post.prepare(campaign, variant, frozen.as_deref()))
    }

    /// Waits until something has come back, or there is something else to do.
    async fn gather(&mut self) {
        let mut stop = self.work.stop.clone();
        let deadline = tokio::time::Instant::now() + self.until_next();
        let patience = tokio::time::sleep_until(deadline);
        let mut patience = std::pin::pin!(patience);
        let already = self.stopping();
        while self.ready.len() < self.lot && (self.flying > 0 || self.ready.is_empty()) {
            tokio::select! {
                done = self.sessions.done.recv(), if self.flying > 0 => {
                    let Some(done) = done else { return };
                    if self.ready.is_empty() {
                        patience.as_mut().reset(tokio::time::Instant::now() + GATHER);
                    }
                    self.take_back(done).await;
                }
                () = &mut patience => return,
                _ = stop.wait_for(|stop| *stop), if !already => {
                    self.sessions.halt();
                    return;
                }
            }
        }
    }

    /// How long there is nothing to do if nothing comes back.
    fn until_next(&self) -> Duration {
        let looked = self
            .looked
            .map_or(Duration::ZERO, |looked| looked.elapsed());
        match self.ready.is_empty() {
            true => LOOK.saturating_sub(looked).max(GATHER),
            false => GATHER,
        }
    }

    /// Nothing is in flight: ends campaigns that are over, and says whether there is anything to wait for.
    async fn rest(&mut self) -> Result<Option<End>> {
        if !self.dry && !self.campaigns.is_empty() {
            return Ok(None);
        }
        let mut next = self.closed.filter(|until_s| *until_s > now_s());
        for campaign in &self.campaigns {
            self.work.store.record_end(campaign.id, now_s()).await?;
            for (id, part) in parts(std::slice::from_ref(campaign)) {
                let due = self.work.store.find_next_due(id, part).await?;
                next = next.into_iter().chain(due).min();
            }
        }
        let Some(patience) = self.work.patience else {
            return Ok(None);
        };
        // Only what the database says now counts: the last delivery may have ended it.
        let due = self.work.store.find_due_campaigns(now_s()).await?;
        let ours = |campaign: &&Campaign| self.work.only.is_none_or(|only| campaign.id == only);
        if due.iter().find(ours).is_none() {
            return Ok(Some(End::Done));
        }
        let far = |due_s: &i64| *due_s > now_s() + seconds(patience);
        Ok(next.filter(far).map(End::Later))
    }

    async fn show(&mut self) {
        let held = self.holds.held(now_s());
        self.shown
            .show(self.work.store, &self.campaigns, &held, self.tell)
            .await;
    }
}

/// The parts of campaigns that may leave.
fn parts(campaigns: &[Campaign]) -> Vec<(i64, i64)> {
    let parts = |campaign: &Campaign| {
        let id = campaign.id;
        (0..=campaign.part)
            .map(move |part| (id, part))
            .collect::<Vec<_>>()
    };
    campaigns.iter().flat_map(parts).collect()
}
