//! SMTP (RFC 5321), the sending side: one connection to one relay, messages one after the other.
//!
//! The commands of a message go out in one write where the relay allows it (PIPELINING, RFC 2920), the content in
//! another, without being copied. What this module is careful about is the outcome. Until the content's last line is on
//! its way nothing can have been taken, so any failure is a [`Trouble`] and the message can go another way. From then on
//! only a clear answer settles it; silence, a lost connection or nonsense leave it `Uncertain`.
//!
//! Choosing relays and trying others is `relays.rs`; what answers mean is `verdict.rs`.

mod content;
mod hello;
mod login;
mod tls;
mod wire;

pub(super) use login::Password;
pub(super) use tls::{Trust, begin};
pub(super) use wire::{Private, connect};

use super::verdict::{self, Stage, Verdict};
use super::{Envelope, Outcome, Reply};
use crate::config::{Relay, Tls};
use crate::error::Error;
use hello::Extensions;
use std::time::Duration;
use wire::{Broken, Wire};

/// Why a connection cannot be used. Nothing was taken over it.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// It may go better in a while.
    Passing(String),
    /// Not before somebody changes something.
    Lasting(Error),
}

/// Longest waits, in the proportions of RFC 5321 section 4.5.3.2.
#[derive(Clone, Copy, Debug)]
struct Patience {
    connect: Duration,
    command: Duration,
    data: Duration,
    block: Duration,
    end: Duration,
    goodbye: Duration,
}

impl Patience {
    fn of(timeout: Duration) -> Patience {
        Patience {
            connect: timeout.min(Duration::from_secs(30)),
            command: timeout,
            data: timeout * 2 / 5,
            block: timeout * 3 / 5,
            end: timeout * 2,
            goodbye: timeout.min(Duration::from_secs(2)),
        }
    }
}

/// What it takes to open a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'r> {
    pub(super) relay: &'r Relay,
    /// By what name we greet.
    pub(super) hello: &'r str,
    pub(super) password: Option<&'r Password>,
    /// Whose certificates count; nothing where there is no TLS.
    pub(super) trust: Option<&'r Trust>,
}

/// A connection that is ready for messages.
#[derive(Debug)]
pub(super) struct Connection {
    wire: Wire,
    /// "host:port", for people.
    who: String,
    extensions: Extensions,
    patience: Patience,
    /// Whether an unfinished transaction is to be taken back first.
    unfinished: bool,
    open: bool,
    /// Messages that were dealt with over it.
    used: u32,
}

impl Connection {
    /// Connects, makes the connection private, and logs in.
    pub(super) async fn open(terms: Terms<'_>) -> Result<Connection, Trouble> {
        let relay = terms.relay;
        let who = format!("{}:{}", relay.host, relay.port);
        let patience = Patience::of(relay.timeout);
        let mut wire = Wire::connect(relay, patience.connect).await?;
        if relay.tls == Tls::Implicit {
            wire = tls::secure(wire, terms, patience.command).await?;
        }
        let greeting = wire.answer(patience.command).await;
        let greeting = greeting.map_err(|broken| broken.trouble(&who))?;
        if greeting.code != 220 {
            return Err(unwelcome(&who, "does not take connections", &greeting));
        }
        let mut extensions = hello::greet(&mut wire, &who, terms.hello, patience.command).await?;
        let starts =
            relay.tls == Tls::Required || relay.tls == Tls::Opportunistic && extensions.starttls;
        if starts {
            tls::ask(&mut wire, &who, extensions.starttls, patience.command).await?;
            wire = tls::secure(wire, terms, patience.command).await?;
            // What was said before is forgotten: anybody could have said it.
            extensions = hello::greet(&mut wire, &who, terms.hello, patience.command).await?;
        }
        let mut connection = Connection {
            wire,
            who,
            extensions,
            patience,
            unfinished: false,
            open: true,
            used: 0,
        };
        login::log_in(&mut connection, terms).await?;
        Ok(connection)
    }

    /// Whether another message can go over it.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// How many messages were dealt with.
    pub(super) fn used(&self) -> u32 {
        self.used
    }

    /// Sends a message.
    pub(super) async fn send(
        &mut self,
        envelope: &Envelope,
        content: &[u8],
    ) -> Result<Outcome, Trouble> {
        let parameters = match self.extensions.parameters(&self.who, envelope, content) {
            Ok(parameters) => parameters,
            Err(outcome) => return Ok(*outcome),
        };
        if !self.wire.is_quiet() {
            self.open = false;
            return Err(self.trouble("it spoke without being asked"));
        }
        let commands = [
            format!("MAIL FROM:<{}>{parameters}\r\n", envelope.from()),
            format!("RCPT TO:<{}>\r\n", envelope.to()),
            "DATA\r\n".to_owned(),
        ];
        let answers = self.ask(&commands).await;
        self.used += 1;
        match self.judge(answers).await? {
            Some(outcome) => Ok(outcome),
            None => self.send_content(content).await,
        }
    }

    /// Says the commands, at once if the relay allows it, and hears the answers: fewer if the connection breaks, the relay
    /// closes it, or a refusal makes the next command pointless.
    async fn ask(&mut self, commands: &[String; 3]) -> Answers {
        let mut answers = Answers::default();
        let reset = if self.unfinished { "RSET\r\n" } else { "" };
        let pipelining = self.extensions.pipelining;
        if pipelining {
            let all = format!("{reset}{}{}{}", commands[0], commands[1], commands[2]);
            answers.note(self.wire.say(&all, self.patience.block).await);
        }
        if self.unfinished && answers.broken.is_none() {
            if !pipelining {
                answers.note(self.wire.say(reset, self.patience.block).await);
            }
            let answer = self.wire.answer(self.patience.command).await;
            answers.note(answer.map(|_| ()));
        }
        self.unfinished = true;
        for (at, command) in commands.iter().enumerate() {
            if answers.broken.is_some() {
                break;
            }
            if !pipelining {
                answers.note(self.wire.say(command, self.patience.block).await);
            }
            let limit = if at == 2 {
                self.patience.data
            } else {
                self.patience.command
            };
            match self.wire.answer(limit).await {
                Ok(reply) => {
                    let (closes, failed) = (reply.code == 421, reply.code >= 400);
                    answers.given.push(reply);
                    if closes || failed && !pipelining {
                        self.open &= !closes;
                        break;
                    }
                }
                Err(broken) => answers.broken = Some(broken),
            }
        }
        self.open &= answers.broken.is_none();
        answers
    }

    /// What the answers mean: an outcome, or nothing, and the content is awaited.
    async fn judge(&mut self, answers: Answers) -> Result<Option<Outcome>, Trouble> {
        let awaited = answers.given.get(2).is_some_and(|reply| reply.code == 354);
        let stages = [Stage::Sender, Stage::Recipient, Stage::Content];
        for (stage, reply) in stages.into_iter().zip(&answers.given) {
            if stage == Stage::Content && awaited {
                break;
            }
            let verdict = verdict::of(stage, reply);
            if verdict == Verdict::Accepted && stage != Stage::Content {
                continue;
            }
            if awaited {
                self.take_back().await;
            }
            // An idle connection was closed, or had its share: that says nothing of the message, nor of the relay.
            if stage == Stage::Sender && reply.code == 421 && self.used > 1 {
                return Err(self.trouble(&format!("it closed the connection: {reply}")));
            }
            return match verdict {
                Verdict::Accepted => {
                    self.open = false;
                    Err(self.trouble(&format!("it answered DATA with {reply}")))
                }
                verdict => Ok(Some(self.outcome(verdict, stage, reply))),
            };
        }
        if let Some(broken) = answers.broken {
            return Err(broken.trouble(&self.who));
        }
        if !self.wire.is_quiet() {
            self.open = false;
            return Err(self.trouble("it answered more than it was asked"));
        }
        Ok(None)
    }

    /// Ends a content that nobody gets: all was said at once, and the recipient was refused (RFC 2920 section 3.1).
    async fn take_back(&mut self) {
        let said = self.wire.say(".\r\n", self.patience.block).await;
        let heard = match said {
            Ok(()) => self.wire.answer(self.patience.end).await.map(|_| ()),
            Err(broken) => Err(broken),
        };
        self.open &= heard.is_ok();
    }

    async fn send_content(&mut self, content: &[u8]) -> Result<Outcome, Trouble> {
        let pieces = content::pieces(content);
        if let Err((broken, ended)) = self.wire.pour(&pieces, self.patience.block).await {
            self.open = false;
            // A relay that has enough says so before it closes.
            if let Ok(reply) = self.wire.answer(self.patience.goodbye).await
                && reply.code >= 400
            {
                let verdict = verdict::of(Stage::Content, &reply);
                return Ok(self.outcome(verdict, Stage::Content, &reply));
            }
            return if ended {
                Ok(uncertain(&self.who, &broken))
            } else {
                Err(broken.trouble(&self.who))
            };
        }
        match self.wire.answer(self.patience.end).await {
            Ok(reply) if reply.code / 100 == 3 => {
                self.open = false;
                let broken = Broken::Nonsense("its last answer asks for more");
                Ok(uncertain(&self.who, &broken))
            }
            Ok(reply) => {
                self.unfinished = false;
                self.open &= reply.code != 421;
                let verdict = verdict::of(Stage::Content, &reply);
                Ok(self.outcome(verdict, Stage::Content, &reply))
            }
            Err(broken) => {
                self.open = false;
                Ok(uncertain(&self.who, &broken))
            }
        }
    }

    fn outcome(&self, verdict: Verdict, stage: Stage, reply: &Reply) -> Outcome {
        match verdict {
            Verdict::Accepted => Outcome::Sent {
                reply: reply.to_string(),
            },
            Verdict::Later(scope) => Outcome::Deferred {
                reply: format!("{}: {reply}", self.who),
                scope,
                retry_after: None,
            },
            Verdict::Refused => Outcome::Bounced {
                reply: reply.clone(),
            },
            Verdict::Stop if stage == Stage::Sender => {
                Outcome::Stop(verdict::stop(&self.who, stage, reply))
            }
            Verdict::Unwanted | Verdict::Stop => Outcome::Unwanted {
                reply: reply.clone(),
                error: verdict::stop(&self.who, stage, reply),
                ours: verdict == Verdict::Stop,
            },
        }
    }

    fn trouble(&self, why: &str) -> Trouble {
        Trouble::Passing(format!("{}: {why}", self.who))
    }

    /// Says goodbye, and does not insist on an answer.
    pub(super) async fn quit(mut self) {
        if self.open
            && self
                .wire
                .say("QUIT\r\n", self.patience.goodbye)
                .await
                .is_ok()
        {
            let _ = self.wire.answer(self.patience.goodbye).await;
        }
    }
}

/// Answers to the commands of a message, in order, and what broke the connection, if it broke.
#[derive(Debug, Default)]
struct Answers {
    given: Vec<Reply>,
    broken: Option<Broken>,
}

impl Answers {
    fn note(&mut self, done: Result<(), Broken>) {
        if let Err(broken) = done {
            self.broken = Some(broken);
        }
    }
}

fn uncertain(who: &str, broken: &Broken) -> Outcome {
    Outcome::Uncertain {
        why: format!("{who}: {broken} after the message, before the answer"),
    }
}

/// A relay that refuses before there is any message.
fn unwelcome(who: &str, what: &str, reply: &Reply) -> Trouble {
    if reply.code < 500 {
        return Trouble::Passing(format!("{who} {what} now: {reply}"));
    }
    let error = Error::new(format!("{who} {what}")).because(format!("it said: {reply}"));
    Trouble::Lasting(error.help("look up in its documentation what the answer means"))
}
