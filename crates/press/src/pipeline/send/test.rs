//! A test: an issue to a few addresses, outside of all books.

use super::post::Post;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::mail::message::{Prepared, Subscriber};
use crate::mail::{Outcome, Outgoing, verp};
use crate::pipeline::email::{self, Mailing};
use jiff::Timestamp;
use press_core::mailbox::EmailAddress;
use press_core::render::email::Choice;
use std::sync::Arc;

/// Sends it: whether each was taken, and what was said.
pub(super) async fn send(
    config: &Config,
    post: &Post,
    wanted: &str,
    addresses: &[EmailAddress],
) -> Result<Vec<(bool, String)>> {
    let prepared = prepare(config, post, wanted)?;
    let mut session = post.mailer.session();
    let mut said = Vec::new();
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
        said.push(match session.send(outgoing).await {
            Outcome::Sent { reply } => (true, format!("sent: {reply}")),
            Outcome::Deferred { reply, .. } => (false, format!("not taken now: {reply}")),
            Outcome::Bounced { reply } => (false, format!("refused: {reply}")),
            Outcome::Uncertain { why } => (false, format!("uncertain: {why}")),
            Outcome::Unwanted { error, .. } | Outcome::Stop(error) => return Err(error),
        });
    }
    session.close().await;
    Ok(said)
}

fn prepare(config: &Config, post: &Post, wanted: &str) -> Result<Prepared> {
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
    let content = email::content(&mailing.render(&Choice::default())?, false);
    Ok(Prepared::new(&head, &content, Arc::clone(&post.signers)))
}
