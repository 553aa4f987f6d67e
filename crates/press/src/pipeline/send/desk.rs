//! All that sending and looking at sendings needs, opened once: what drivers talk to.

use super::campaigns::{self, Shown, Undone};
use super::plan::{Passed, Plan, Slice};
use super::post::Post;
use super::rehearsal::Stage;
use super::work::{End, News, Work, work};
use super::{retry, test};
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::store::{DeliveryState, Store};
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use std::time::Duration;
use tokio::sync::watch;

/// A newsletter's ledger, and its way out.
#[derive(Debug)]
pub struct Desk<'c> {
    config: &'c Config,
    store: Store,
}

/// What a worker is to do.
#[derive(Debug)]
pub struct Task {
    /// Only this campaign; otherwise whatever is due.
    pub only: Option<i64>,
    /// How long to wait for what is to be tried again; without end if nothing is said.
    pub patience: Option<Duration>,
    /// Becomes true when the work is to end.
    pub stop: watch::Receiver<bool>,
}

/// What a new campaign is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The list; the first one without any.
    pub list: Option<&'a str>,
    /// When it is to begin; now without any.
    pub start: Option<Timestamp>,
    /// How many go first.
    pub slice: Option<Slice>,
}

/// What a campaign would do, for a person to agree to.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// How many people would get the issue.
    pub audience: i64,
    /// The whole of it in words.
    pub words: String,
}

impl<'c> Desk<'c> {
    /// Opens the ledger.
    pub async fn open(config: &'c Config) -> Result<Desk<'c>> {
        Ok(Desk {
            config,
            store: Store::open(&config.store).await?,
        })
    }

    /// Closes it.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Plans a campaign, has it agreed to, and freezes its audience: its number, unless `agree` says no. If the audience
    /// changes meanwhile, it is asked again.
    pub async fn plan(
        &self,
        passed: &Passed<'_>,
        wish: Wish<'_>,
        secrets: &Secrets,
        agree: &dyn Fn(&Proposal) -> Result<bool>,
    ) -> Result<Option<i64>> {
        let list = self.config.list(wish.list)?;
        let post = Post::open(self.config, secrets, &self.store).await?;
        if wish.start.is_none() {
            post.mailer.probe().await?;
        }
        loop {
            let plan = Plan::new(passed, list, &self.store).await?;
            let variants = match plan.variants() {
                1 => String::new(),
                variants => format!(", in {variants} variants"),
            };
            let audience = plan.audience();
            let words = format!(
                "“{}” to {audience} people{variants}, by {}",
                passed.title(),
                post.mailer
            );
            if !agree(&Proposal { audience, words })? {
                return Ok(None);
            }
            if let Ok(id) = plan.freeze(&self.store, wish.start, wish.slice).await? {
                return Ok(Some(id));
            }
        }
    }

    /// Sends what is due.
    pub async fn work(
        &self,
        task: &Task,
        secrets: &Secrets,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<End> {
        let post = Post::open(self.config, secrets, &self.store).await?;
        let all = Work {
            store: &self.store,
            post: &post,
            only: task.only,
            patience: task.patience,
            retry: retry(self.config),
            stop: task.stop.clone(),
        };
        work(&all, tell).await
    }

    /// Sends an issue, or a draft, to a few addresses, outside of all books: whether each was taken, and what was said.
    pub async fn test(
        &self,
        wanted: &str,
        addresses: &[EmailAddress],
        secrets: &Secrets,
    ) -> Result<Vec<(bool, String)>> {
        let post = Post::open(self.config, secrets, &self.store).await?;
        test::send(self.config, &post, wanted, addresses).await
    }

    /// The newest campaigns, newest first.
    pub async fn newest(&self, most: i64) -> Result<Vec<Shown>> {
        Shown::newest(&self.store, most).await
    }

    /// One campaign.
    pub async fn find(&self, id: i64) -> Result<Shown> {
        Shown::find(self.config, &self.store, id).await
    }

    /// What did not come to a good end in a campaign, or has not yet, by state: the first `most` of each.
    pub async fn undone(
        &self,
        shown: &Shown,
        most: i64,
    ) -> Result<Vec<(&'static str, i64, Vec<Undone>)>> {
        let tally = &shown.deliveries;
        let mut all = Vec::new();
        for (state, count) in [
            (DeliveryState::Failed, tally.failed),
            (DeliveryState::Uncertain, tally.uncertain),
            (DeliveryState::Deferred, tally.deferred),
            (DeliveryState::Skipped, tally.skipped),
        ] {
            if count > 0 {
                let rows = campaigns::undone(&self.store, shown.campaign, state, most).await?;
                all.push((state.name(), count, rows));
            }
        }
        Ok(all)
    }

    /// Holds a campaign back.
    pub async fn pause(&self, id: i64) -> Result<()> {
        campaigns::pause(&self.store, id).await
    }

    /// Lets a campaign go on.
    pub async fn resume(&self, id: i64) -> Result<()> {
        campaigns::resume(&self.store, id).await
    }

    /// Calls a campaign off.
    pub async fn cancel(&self, id: i64) -> Result<()> {
        campaigns::cancel(&self.store, id).await
    }

    /// Queues what is uncertain again; how many.
    pub async fn again(&self, id: i64) -> Result<u64> {
        campaigns::again(&self.store, id).await
    }
}

/// A newsletter as a worker of a rehearsal sees it.
pub fn on_stage(mut config: Config, stage: &str) -> Result<Config> {
    Stage::parse(stage)?.apply(&mut config);
    Ok(config)
}
