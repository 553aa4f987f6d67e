//! Mails that came back: read, understood, and written down.
//!
//! A mail is done with only when what it says is written down; then, in a maildir, it is moved from `new` to `cur`.
//! Whoever is interrupted reads a few mails again, which changes nothing: what was written down once is known by the
//! mail's own id. What only a person can answer is left unseen.

pub use crate::mail::bounce::{Returned, Unreadable};
pub use crate::store::Change;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::mail::Severity;
use crate::mail::bounce::{self, Found, Kind, Mailbox};
use crate::mail::verp::{self, Verp};
use crate::store::{Return, ReturnedMail, Store};
use jiff::Timestamp;
use serde::Serialize;
use std::path::Path;
use tokio::runtime::Runtime;

/// Writes down what a mail says: what that changed, or nothing if it is about nobody we know. See [`read`].
pub type Record<'r> = dyn FnMut(&Returned) -> Result<Option<Change>> + 'r;

/// How many mails of each kind there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Mails that were read.
    pub read: usize,
    /// Bounces of addresses that are not there.
    pub hard: usize,
    /// Other bounces.
    pub soft: usize,
    /// Complaints.
    pub complaints: usize,
    /// People who leave.
    pub leaving: usize,
    /// Warnings, answers of machines, questions of filters: they count as nothing.
    pub passed_over: usize,
    /// Mails that nobody understood.
    pub other: usize,
    /// Mails that were not even looked at.
    pub refused: usize,
    /// Bounces and complaints that did not come to an address of ours: anybody could have made them up.
    pub unknown: usize,
    /// Those that were written down before.
    pub again: usize,
    /// Addresses that are not mailed any more.
    pub suppressed: usize,
}

/// Where mails are.
#[derive(Clone, Copy, Debug)]
pub enum From<'p> {
    /// A maildir or a file.
    Path(&'p Path),
    /// One mail on standard input, as a mail server's pipe gives it.
    Input,
}

/// Reads mails that came back. `tell` hears of each; `record` writes down those that count, and without it nothing is
/// moved either.
pub fn read(
    from: From<'_>,
    mut tell: impl FnMut(&str, &std::result::Result<Returned, Unreadable>),
    mut record: Option<&mut Record<'_>>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut take = |found: Found| {
        let understood = match &found.mail {
            Some(mail) => bounce::parse(mail),
            None => Err(Unreadable::TooBig),
        };
        tally.count(&understood);
        tell(&found.place, &understood);
        let Some(record) = record.as_deref_mut() else {
            return Ok(());
        };
        let settled = match &understood {
            Ok(returned) if says(returned).is_some() || returned.kind == Kind::Leaving => {
                tally.note(record(returned)?)
            }
            Ok(returned) => returned.kind != Kind::Other,
            Err(_) => false,
        };
        found.done(settled)
    };
    match from {
        From::Path(path) => Mailbox::at(path)?.each(take)?,
        From::Input => take(Found::read(std::io::stdin().lock(), "standard input")?)?,
    }
    Ok(tally)
}

/// What a mail says of a subscriber, if it counts at all.
fn says(returned: &Returned) -> Option<Return> {
    match (returned.kind, returned.severity()) {
        (Kind::Complaint, _) => Some(Return::Complaint),
        (Kind::Bounce, Some(Severity::Hard)) => Some(Return::Hard),
        (Kind::Bounce, _) => Some(Return::Soft),
        _ => None,
    }
}

impl Tally {
    fn count(&mut self, understood: &std::result::Result<Returned, Unreadable>) {
        self.read += 1;
        let Ok(returned) = understood else {
            self.refused += 1;
            return;
        };
        let counter = match (says(returned), returned.kind) {
            (Some(Return::Hard), _) => &mut self.hard,
            (Some(Return::Soft), _) => &mut self.soft,
            (Some(Return::Complaint), _) => &mut self.complaints,
            (None, Kind::Leaving) => &mut self.leaving,
            (None, Kind::Other) => &mut self.other,
            (None, _) => &mut self.passed_over,
        };
        *counter += 1;
    }

    /// Notes what a mail changed; whether it is settled with that.
    fn note(&mut self, change: Option<Change>) -> bool {
        match change {
            None => self.unknown += 1,
            Some(Change::Known) => self.again += 1,
            Some(Change::Suppressed) => self.suppressed += 1,
            Some(Change::Gone | Change::Counted(_) | Change::Left) => {}
        }
        change.is_some()
    }
}

/// Where it is written down what came back.
#[derive(Debug)]
pub struct Books {
    runtime: Runtime,
    store: Store,
    verp: Verp,
    now_s: i64,
}

impl Books {
    /// Opens the newsletter's database.
    pub fn open(config: &Config, now: Timestamp) -> Result<Books> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime
            .map_err(|cause| Error::new("cannot reach the database").because(cause.to_string()))?;
        let (store, key) = runtime.block_on(async {
            let store = Store::open(&config.store).await?;
            let key = store.key(verp::KEY).await?;
            Ok((store, key))
        })?;
        let verp = Verp::new(&config.mail.bounces, &key);
        let verp = verp.ok_or_else(|| Error::new("`bounces` of [mail] is no address"))?;
        Ok(Books {
            runtime,
            store,
            verp,
            now_s: now.as_second(),
        })
    }

    /// Writes down what a mail says, if it counts and came to an address of ours.
    pub fn record(&self, returned: &Returned) -> Result<Option<Change>> {
        if let Some(token) = &returned.token {
            return self.runtime.block_on(self.leave(token));
        }
        let Some(says) = says(returned) else {
            return Ok(None);
        };
        let mut addresses = returned.came_to.iter();
        let Some(delivery) = addresses.find_map(|address| self.verp.find_delivery(address)) else {
            return Ok(None);
        };
        let mail = ReturnedMail {
            id: &returned.id,
            campaign: delivery.campaign,
            subscriber: delivery.subscriber,
            says,
        };
        let recorded = self.store.record_returned(&mail, self.now_s);
        self.runtime.block_on(recorded).map(Some)
    }

    /// Takes a person off all lists. The token names the person and no list; who asks to leave is not asked which.
    async fn leave(&self, token: &str) -> Result<Option<Change>> {
        let Some(subscriber) = self.store.find_subscriber_by_token(token).await? else {
            return Ok(None);
        };
        self.store
            .unsubscribe(subscriber.id, None, "mail", self.now_s)
            .await?;
        Ok(Some(Change::Left))
    }

    /// Closes the database.
    pub fn close(self) {
        self.runtime.block_on(self.store.close());
    }
}
