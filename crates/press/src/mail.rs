//! Messages: how they are put together ([`message`], once for a campaign and quickly for each subscriber) and signed
//! ([`dkim`]); how they leave, what becomes of them, and mails that come back.
//!
//! A [`Mailer`] is the way that `press.toml` names. Whoever sends opens [`Session`]s on it, as many as
//! [`Mailer::sessions`] says are worth keeping, and gives each its messages one after the other. What became of a message
//! is an [`Outcome`]; nothing here keeps books, retries later or knows subscribers. That is the part of who calls.
//!
//! The words of an outcome are chosen so that nobody is lost and nobody gets a message twice: what a server certainly
//! did not take can be sent again, what it perhaps took is `Uncertain` and only a person decides.

pub mod bounce;
pub mod dkim;
mod envelope;
mod files;
mod header;
pub mod mailbox;
pub mod message;
mod pace;
mod quoted;
mod relays;
mod reply;
mod sendmail;
mod ses;
pub mod smtp;
mod status;
mod verdict;
pub mod verp;
pub mod webhook;

pub use envelope::{Envelope, Unfit};
pub use files::Outbox;
pub use reply::Reply;
pub use status::{Severity, Status};

use crate::config::{Secrets, Transport as Settings, TransportKind};
use crate::error::{Error, Result};
use relays::Relays;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A message on its way to one person.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'m> {
    /// Where bounces go: the sender of the envelope (VERP).
    pub from: &'m str,
    /// For whom it is.
    pub to: &'m str,
    /// Headers and body, lines ending with CR and LF.
    pub content: &'m [u8],
}

/// What became of a message.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A server took it and answers for it from now on.
    Sent {
        /// What it said.
        reply: String,
    },
    /// Not taken; it can be sent again later.
    Deferred {
        /// What was said, or what happened.
        reply: String,
        /// For whom this holds.
        scope: Scope,
        /// When the time may have come, if that is known.
        retry_after: Option<Duration>,
    },
    /// The address was refused for good.
    Bounced {
        /// What was said; [`Reply::severity`] tells whether the address should be mailed again.
        reply: Reply,
    },
    /// Refused for good, and perhaps not only for this recipient. What becomes of others tells.
    Unwanted {
        /// What was said.
        reply: Reply,
        /// The same as what stops a campaign.
        error: Error,
        /// Whether it is said to be about us: others will hardly fare better.
        ours: bool,
    },
    /// Not taken, and no other message would be: a wrong password, a refused sender. The campaign stops, and this message
    /// is to be sent when it goes on.
    Stop(Error),
    /// It may have been taken: the connection was lost after the end of the content was on its way.
    Uncertain {
        /// What happened.
        why: String,
    },
}

/// For whom a temporary refusal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This recipient only.
    Recipient,
    /// Everybody at the recipient's domain.
    Domain,
    /// Everything that goes the same way: a relay is busy, or cannot be reached, and no other is left.
    Relay,
}

impl Outcome {
    /// For somebody for whom no message can be made.
    pub fn unmailable() -> Outcome {
        Unfit::Recipient("no message can be made for this address").outcome()
    }

    /// The word for it in the books.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Sent { .. } => "sent",
            Outcome::Deferred { .. } => "deferred",
            Outcome::Bounced { .. } => "bounced",
            Outcome::Unwanted { .. } => "unwanted",
            Outcome::Stop(_) => "stop",
            Outcome::Uncertain { .. } => "uncertain",
        }
    }
}

/// The way messages leave.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: Transport,
}

/// One row for each way.
#[derive(Clone, Debug)]
enum Transport {
    Files(Outbox),
    Smtp(Arc<Relays>),
    Sendmail(Arc<sendmail::Program>),
    Ses(Arc<ses::Account>),
    Memory(Memory),
}

impl Mailer {
    /// The way that `press.toml` names. Nothing is asked of the network yet; see [`Mailer::probe`].
    pub fn new(settings: &Settings, secrets: &Secrets) -> Result<Mailer> {
        let transport = match settings.kind {
            TransportKind::File => Transport::Files(Outbox::open(&settings.folder)?),
            TransportKind::Smtp => Transport::Smtp(Arc::new(Relays::new(settings, secrets)?)),
            TransportKind::Sendmail => {
                Transport::Sendmail(Arc::new(sendmail::Program::new(settings)))
            }
            TransportKind::Ses => {
                Transport::Ses(Arc::new(ses::Account::new(&settings.ses, secrets)?))
            }
        };
        Ok(Mailer { transport })
    }

    /// A way into memory, for tests and rehearsals, and what arrives there.
    pub fn memory() -> (Mailer, Memory) {
        let memory = Memory::default();
        let transport = Transport::Memory(memory.clone());
        (Mailer { transport }, memory)
    }

    /// How many sessions are worth having open.
    pub fn sessions(&self) -> usize {
        match &self.transport {
            Transport::Files(_) | Transport::Memory(_) => 4,
            Transport::Smtp(relays) => relays.connections(),
            Transport::Sendmail(program) => program.processes(),
            Transport::Ses(account) => account.connections(),
        }
    }

    /// Whether messages leave this machine, or only become files.
    pub fn leaves(&self) -> bool {
        !matches!(self.transport, Transport::Files(_) | Transport::Memory(_))
    }

    /// What has gone wrong with relays that were left out, for a line on the terminal: name and reason.
    pub fn troubles(&self) -> Vec<(String, String)> {
        match &self.transport {
            Transport::Smtp(relays) => relays.troubles(),
            _ => Vec::new(),
        }
    }

    /// Tries whether the way is open, without sending anything: connects, makes the connection private, logs in.
    pub async fn probe(&self) -> Result<()> {
        match &self.transport {
            Transport::Smtp(relays) => relays.probe().await,
            Transport::Sendmail(program) => program.probe(),
            Transport::Files(_) | Transport::Ses(_) | Transport::Memory(_) => Ok(()),
        }
    }

    /// Tries whether the way will still be open in a while: whether a certificate runs out until then. Of ways that show
    /// none, nothing is asked.
    pub async fn probe_ahead(&self, ahead: Duration) -> Result<()> {
        match &self.transport {
            Transport::Smtp(relays) => relays.probe_ahead(ahead).await,
            _ => Ok(()),
        }
    }

    /// A session: what one worker sends its messages over.
    pub fn session(&self) -> Session {
        let way = match &self.transport {
            Transport::Files(outbox) => Way::Files(outbox.clone()),
            Transport::Smtp(relays) => Way::Smtp(Box::new(relays::Session::new(relays))),
            Transport::Sendmail(program) => Way::Sendmail(Arc::clone(program)),
            Transport::Ses(account) => Way::Ses(Arc::clone(account)),
            Transport::Memory(memory) => Way::Memory(memory.clone()),
        };
        Session { way }
    }
}

impl fmt::Display for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.transport {
            Transport::Files(outbox) => write!(formatter, "files in {}", outbox.folder().display()),
            Transport::Smtp(relays) => write!(formatter, "{relays}"),
            Transport::Sendmail(program) => write!(formatter, "{program}"),
            Transport::Ses(account) => write!(formatter, "{account}"),
            Transport::Memory(_) => formatter.write_str("memory"),
        }
    }
}

/// What one worker sends its messages over, one after the other.
#[derive(Debug)]
pub struct Session {
    way: Way,
}

#[derive(Debug)]
enum Way {
    Files(Outbox),
    Smtp(Box<relays::Session>),
    Sendmail(Arc<sendmail::Program>),
    Ses(Arc<ses::Account>),
    Memory(Memory),
}

impl Session {
    /// Sends a message, and waits for what becomes of it.
    ///
    /// Dropping the future in the middle closes the connection; what became of the message is then not known, and has to
    /// be taken for `Uncertain`.
    pub async fn send(&mut self, outgoing: Outgoing<'_>) -> Outcome {
        let envelope = match Envelope::new(outgoing.from, outgoing.to) {
            Ok(envelope) => envelope,
            Err(unfit) => return unfit.outcome(),
        };
        if let Err(outcome) = verdict::refuse_unfit(outgoing.content) {
            return outcome;
        }
        match &mut self.way {
            Way::Files(outbox) => outbox.put(&envelope, outgoing.content),
            Way::Smtp(session) => session.send(&envelope, outgoing.content).await,
            Way::Sendmail(program) => program.send(&envelope, outgoing.content).await,
            Way::Ses(account) => account.send(&envelope, outgoing.content).await,
            Way::Memory(memory) => memory.put(&envelope, outgoing.content),
        }
    }

    /// Says goodbye. A session that is dropped instead closes its connection without a word, which servers bear.
    pub async fn close(self) {
        if let Way::Smtp(session) = self.way {
            session.close().await;
        }
    }
}

/// Messages that were sent into memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// A message in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The sender of the envelope.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// Headers and body.
    pub content: Vec<u8>,
}

impl Memory {
    /// What arrived, in order.
    pub fn messages(&self) -> Vec<Kept> {
        self.all().clone()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn put(&self, envelope: &Envelope, content: &[u8]) -> Outcome {
        self.all().push(Kept {
            from: envelope.from().to_owned(),
            to: envelope.to().to_owned(),
            content: content.to_owned(),
        });
        Outcome::Sent {
            reply: "kept in memory".to_owned(),
        }
    }
}
