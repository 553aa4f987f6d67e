//! Campaigns looked at and steered.

use super::plan::digest;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::email::Mailing;
use crate::store::{Campaign, CampaignState, Delivery, DeliveryState, Store, Tally};
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use serde::Serialize;

/// A campaign as people and programs see it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Its number.
    pub campaign: i64,
    /// The issue.
    pub issue: String,
    /// The issue's title.
    pub title: String,
    /// The list.
    pub list: String,
    /// How far it is.
    pub state: &'static str,
    /// Why it is paused.
    pub reason: Option<String>,
    /// When its audience was frozen.
    pub created: Timestamp,
    /// When it is to begin, or was.
    pub start: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How many go before the rest, if there is a slice.
    pub slice: Option<i64>,
    /// Its deliveries.
    pub deliveries: Tally,
    /// Whether everybody is accounted for.
    pub holds: bool,
    /// Whether the issue's text is no longer what is sent.
    pub changed: bool,
}

/// A delivery that did not come to a good end, or has not yet.
#[derive(Clone, Debug, Serialize)]
pub struct Undone {
    /// The subscriber's number.
    pub subscriber: i64,
    /// The address, masked; none if the subscriber was erased.
    pub address: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// What was said.
    pub reply: Option<String>,
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

impl Shown {
    /// Counts a campaign's deliveries, row by row.
    pub(super) async fn of(store: &Store, campaign: Campaign) -> Result<Shown> {
        let deliveries = store.count_deliveries(&campaign).await?;
        Ok(Shown {
            campaign: campaign.id,
            issue: campaign.issue,
            title: campaign.title,
            list: campaign.list,
            state: campaign.state.name(),
            reason: campaign.reason,
            created: time(campaign.created_s),
            start: time(campaign.start_s),
            ended: campaign.ended_s.map(time),
            slice: Some(campaign.slice).filter(|slice| *slice > 0),
            changed: false,
            holds: deliveries.holds(),
            deliveries,
        })
    }

    /// The newest campaigns, newest first.
    pub(super) async fn newest(store: &Store, most: i64) -> Result<Vec<Shown>> {
        let mut shown = Vec::new();
        for campaign in store.find_campaigns(most).await? {
            shown.push(Shown::of(store, campaign).await?);
        }
        Ok(shown)
    }

    /// One campaign.
    pub(super) async fn find(config: &Config, store: &Store, id: i64) -> Result<Shown> {
        let campaign = known(store, id).await?;
        let changed = has_changed(config, &campaign);
        let shown = Shown::of(store, campaign).await?;
        Ok(Shown { changed, ..shown })
    }

    /// "12345 people = 12000 sent + 300 deferred + 45 failed"
    pub fn equation(&self) -> String {
        let parts = self.deliveries.parts();
        let parts = parts.iter().filter(|(_, count)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let sum = match parts.is_empty() {
            true => "0".to_owned(),
            false => parts.join(" + "),
        };
        let sign = if self.holds { "=" } else { "≠" };
        format!("{} people {sign} {sum}", self.deliveries.audience)
    }
}

/// The campaign of this number.
async fn known(store: &Store, id: i64) -> Result<Campaign> {
    let campaign = store.find_campaign(id).await?;
    campaign.ok_or_else(|| {
        Error::new(format!("there is no campaign {id}")).help("`press campaign list` shows all")
    })
}

/// Whether an issue's text is no longer what a campaign sends.
fn has_changed(config: &Config, campaign: &Campaign) -> bool {
    let mailing = Mailing::load(config, Some(&campaign.issue));
    mailing.is_ok_and(|mailing| digest(mailing.text()) != campaign.digest)
}

/// Holds a campaign back.
pub(super) async fn pause(store: &Store, id: i64) -> Result<()> {
    let campaign = known(store, id).await?;
    match store.record_pause(id, "a person paused it").await? {
        true => Ok(()),
        false => Err(not(&campaign, "paused")),
    }
}

/// Lets a campaign go on.
pub(super) async fn resume(store: &Store, id: i64) -> Result<()> {
    let campaign = known(store, id).await?;
    match store
        .record_resume(id, Timestamp::now().as_second())
        .await?
    {
        true => Ok(()),
        false => Err(not(&campaign, "resumed")),
    }
}

/// Calls a campaign off.
pub(super) async fn cancel(store: &Store, id: i64) -> Result<()> {
    let campaign = known(store, id).await?;
    match store
        .record_cancel(id, Timestamp::now().as_second())
        .await?
    {
        true => Ok(()),
        false => Err(not(&campaign, "cancelled")),
    }
}

/// Queues what is uncertain again; how many.
pub(super) async fn again(store: &Store, id: i64) -> Result<u64> {
    let campaign = known(store, id).await?;
    if campaign.state == CampaignState::Cancelled {
        return Err(not(&campaign, "sent again"));
    }
    store
        .record_dead_workers(Timestamp::now().as_second())
        .await?;
    store.record_again(id).await
}

/// Deliveries of a campaign in a state, the first `most` of them.
pub(super) async fn undone(
    store: &Store,
    id: i64,
    state: DeliveryState,
    most: i64,
) -> Result<Vec<Undone>> {
    let rows = store.find_deliveries(id, state, most).await?;
    let masked = |address: String| match EmailAddress::parse(&address) {
        Ok(address) => address.masked(),
        Err(_) => "…".to_owned(),
    };
    let view = |row: Delivery| Undone {
        subscriber: row.subscriber,
        address: row.address.map(masked),
        attempts: row.attempts,
        reply: row.reply,
    };
    Ok(rows.into_iter().map(view).collect())
}

fn not(campaign: &Campaign, what: &str) -> Error {
    let (id, state) = (campaign.id, campaign.state.name());
    Error::new(format!("campaign {id} is {state}; it cannot be {what}"))
        .state("nothing was changed")
}
