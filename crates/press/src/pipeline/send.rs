//! Sending an issue to a list so that everybody is accounted for.
//!
//! `plan` freezes an audience, `work` sends what is due and keeps the ledger, `campaigns` looks at it and steers it. A
//! sending is a campaign in the store; who works on it — `press send`, any number of `press worker` — does not matter.

mod campaigns;
mod frozen;
mod holds;
mod plan;
mod post;
mod progress;
mod session;
mod work;

pub use campaigns::{Shown, Undone, again, cancel, pause, resume, undone};
pub use holds::Retry;
pub use plan::{Passed, Plan, Slice};
pub use post::Post;
pub use work::{End, News, Progress, Work, work};

use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::mail::Outcome;
use crate::mail::message::{Prepared, Subscriber};
use crate::mail::{Outgoing, verp};
use crate::pipeline::email::{self, Mailing};
use crate::store::Store;
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use press_core::render::email::Choice;
use std::sync::Arc;

/// How messages that were not taken are tried again, as `press.toml` says.
pub fn retry(config: &Config) -> Retry {
    Retry {
        first: config.sending.first_retry,
        attempts: config.sending.attempts,
    }
}

/// What sending runs on.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|cause| Error::new("cannot start").because(cause.to_string()))
}

/// Waits until a person, or who looks after services, wants the work to end.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        let mut end =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        let ended = async {
            match &mut end {
                Some(end) => end.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Sends an issue, or a draft, to a few addresses, outside of all books: what became of each.
pub async fn send_test(
    config: &Config,
    secrets: &Secrets,
    wanted: &str,
    addresses: &[EmailAddress],
) -> Result<Vec<Outcome>> {
    let mailing = Mailing::load(config, Some(wanted))?;
    let list = config.list(None)?;
    let list = email::List {
        id: &list.id,
        name: &list.name,
    };
    let now = Timestamp::now();
    let mut head = mailing.head(list, now)?;
    head.subject = format!("[test] {}", head.subject);
    // Tests of different moments are different messages.
    head.issue = format!("test-{}-{}", mailing.id(), now.as_second());
    let email = mailing.render(&Choice::default())?;
    let store = Store::open(&config.store).await?;
    let post = Post::open(config, secrets, &store).await?;
    let content = email::content(&email, false);
    let prepared = Prepared::new(&head, &content, Arc::clone(&post.signers));
    let mut session = post.mailer.session();
    let mut outcomes = Vec::new();
    let mut message = Vec::new();
    for (number, address) in (1..).zip(addresses) {
        let subscriber = Subscriber {
            address: address.expose(),
            name: None,
            token: "test",
            id: number,
        };
        if prepared.compose(&subscriber, &mut message).is_err() {
            return Err(Error::new(format!("no message can be made for {address}")));
        }
        let delivery = verp::Delivery {
            campaign: 0,
            subscriber: number,
        };
        let outgoing = Outgoing {
            from: &post.verp.address(delivery),
            to: address.expose(),
            content: &message,
        };
        outcomes.push(session.send(outgoing).await);
    }
    session.close().await;
    store.close().await;
    Ok(outcomes)
}
