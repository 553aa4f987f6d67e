//! Services that tell what came back: heard, believed, and written down the same way as mails that came back.
//!
//! Whom a message is about is told by the sender's address of our envelope (VERP) where a service gives it, else by the
//! recipient's address; the campaign then by the `Message-ID`, else it is the last one that reached for the person. A
//! message that comes again changes nothing.

pub use crate::mail::webhook::{Refusal, Request};
pub use crate::store::Change;

use crate::config::{Config, Secrets, WebhookKind};
use crate::error::Result;
use crate::http::{Http, Request as Fetch, Settings};
use crate::mail::verp::{self, Verp};
use crate::mail::webhook::{Message, News as Says, Notice, OLDEST_S, Webhook};
use crate::store::{News, Return, Store, Told};
use press_core::mailbox::EmailAddress;
use std::time::Duration;

/// How long ids of messages are remembered, in seconds: for longer than one is believed.
pub const FORGET_TOLD_S: i64 = OLDEST_S + 86_400;

/// Longest that a service waits for us while we ask it something: SNS gives up after 15 seconds.
const PATIENCE: Duration = Duration::from_secs(6);

/// The services of a newsletter.
#[derive(Debug)]
pub struct Webhooks {
    all: Vec<Webhook>,
    store: Store,
    http: Http,
    verp: Option<Verp>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There is no such service.
    Unknown,
    /// It was not taken.
    Refused(Refusal),
    /// It was taken before.
    Again,
    /// It was written down; what that changed, for each person of ours whom it is about.
    Taken(Vec<Change>),
}

/// How services are asked for their certificates.
pub fn settings() -> Settings {
    Settings {
        timeout: PATIENCE,
        tries: 1,
        ..Settings::default()
    }
}

impl Webhooks {
    /// The services of `press.toml`, each with its secret.
    pub async fn open(
        config: &Config,
        store: &Store,
        secrets: &Secrets,
        settings: Settings,
    ) -> Result<Webhooks> {
        let all = config.webhooks.iter();
        // What the forge tells of is no mail.
        let all = all.filter(|one| one.kind != WebhookKind::Github);
        let all: Result<Vec<Webhook>> = all.map(|one| Webhook::open(one, secrets)).collect();
        Ok(Webhooks {
            all: all?,
            verp: Verp::new(&config.mail.bounces, &store.key(verp::KEY).await?),
            store: store.clone(),
            http: Http::new(settings)?,
        })
    }

    /// Hears a request to the service of a name. What it says is in the database when this says so.
    pub async fn hear(&self, name: &str, request: Request<'_>) -> Result<Heard> {
        let Some(webhook) = self.all.iter().find(|webhook| webhook.name() == name) else {
            return Ok(Heard::Unknown);
        };
        let message = match webhook.read(request, &self.http).await {
            Ok(message) => message,
            Err(refusal) => return Ok(Heard::Refused(refusal)),
        };
        if let Some(refusal) = self.answer(&message).await {
            return Ok(Heard::Refused(refusal));
        }
        let mut told: Vec<Told> = Vec::new();
        for notice in &message.notices {
            if let Some(one) = self.understand(notice).await? {
                // A service may name a person twice.
                if !told.contains(&one) {
                    told.push(one);
                }
            }
        }
        let taken = self
            .store
            .record_told((name, &message.id), &told, request.now_s);
        Ok(taken.await?.map_or(Heard::Again, Heard::Taken))
    }

    /// Says that we want the messages of a topic, if that is asked. A service that hears nothing asks again.
    async fn answer(&self, message: &Message) -> Option<Refusal> {
        let url = message.confirm.as_ref()?;
        let why = match self.http.ask(&Fetch::get(url.clone())).await {
            Ok(answer) if answer.status == 200 => return None,
            Ok(answer) => format!("the answer was {}", answer.status),
            Err(failure) => failure.to_string(),
        };
        Some(Refusal::Later(format!(
            "the subscription was not confirmed: {why}"
        )))
    }

    /// Whom a notice is about.
    async fn understand(&self, notice: &Notice) -> Result<Option<Told>> {
        let news = match notice.news {
            Says::Hard => News::Returned(Return::Hard),
            Says::Soft => News::Returned(Return::Soft),
            Says::Complaint => News::Returned(Return::Complaint),
            Says::Leaves => News::Leaves,
        };
        let find = |verp: &Verp| {
            let mut senders = notice.senders.iter();
            senders.find_map(|sender| verp.find_delivery(sender))
        };
        if let Some(delivery) = self.verp.as_ref().and_then(find) {
            return Ok(Some(Told {
                campaign: delivery.campaign,
                subscriber: delivery.subscriber,
                news,
            }));
        }
        let address = notice.recipient.as_deref().map(EmailAddress::parse);
        let Some(Ok(address)) = address else {
            return Ok(None);
        };
        let Some(found) = self.store.find_subscriber(&address).await? else {
            return Ok(None);
        };
        let named = match notice.about.as_deref().and_then(issue_and_list) {
            Some((issue, list)) => self.store.find_campaign_of(issue, list).await?,
            None => None,
        };
        let campaign = match named {
            Some(campaign) => campaign,
            None => self.store.find_last_campaign(found.id).await?.unwrap_or(0),
        };
        Ok(Some(Told {
            campaign,
            subscriber: found.id,
            news,
        }))
    }
}

/// The issue and the list that a `Message-ID` of ours names: `ISSUE.LIST.HASH@DOMAIN`.
fn issue_and_list(id: &str) -> Option<(&str, &str)> {
    let (local, _) = id.rsplit_once('@')?;
    let (rest, _) = local.rsplit_once('.')?;
    rest.rsplit_once('.')
}
