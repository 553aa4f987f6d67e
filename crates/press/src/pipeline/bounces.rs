//! Mails that came back: read, understood, and written down.
//!
//! A mail is done with only when what it says is written down; then, in a maildir, it is moved from `new` to `cur`.
//! Whoever is interrupted reads a few mails again, which changes nothing: what was written down once is known by the
//! mail's own id.

use crate::error::Result;
use crate::mail::Severity;
pub use crate::mail::bounce::{Returned, Unreadable};

use crate::mail::bounce::{self, Found, Kind, Mailbox};
use serde::Serialize;
use std::path::Path;

/// Writes down what a mail says; see [`read`].
pub type Record<'r> = dyn FnMut(&Returned) -> Result<()> + 'r;

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
    /// Warnings, answers of machines, questions of filters: they count as nothing.
    pub passed_over: usize,
    /// Mails that nobody understood.
    pub other: usize,
    /// Mails that were not even looked at.
    pub refused: usize,
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
        if let Some(record) = record.as_deref_mut() {
            if let Ok(returned) = &understood {
                record(returned)?;
            }
            found.done()?;
        }
        Ok(())
    };
    match from {
        From::Path(path) => Mailbox::at(path)?.each(take)?,
        From::Input => take(Found::read(std::io::stdin().lock(), "standard input")?)?,
    }
    Ok(tally)
}

impl Tally {
    fn count(&mut self, understood: &std::result::Result<Returned, Unreadable>) {
        self.read += 1;
        let Ok(returned) = understood else {
            self.refused += 1;
            return;
        };
        let counter = match (returned.kind, returned.severity()) {
            (Kind::Bounce, Some(Severity::Hard)) => &mut self.hard,
            (Kind::Bounce, _) => &mut self.soft,
            (Kind::Complaint, _) => &mut self.complaints,
            (Kind::Delayed | Kind::AutoReply | Kind::Challenge, _) => &mut self.passed_over,
            (Kind::Other, _) => &mut self.other,
        };
        *counter += 1;
    }
}
