//! Several relays as one: shares by weight, limits, and those that fail left out for a while.
//!
//! A [`Session`] keeps one connection and sends over it until the relay has had its number of messages, or the connection
//! breaks; then it chooses again. As long as nothing can have been taken, a message goes on to the next relay by itself.

use super::pace::Pace;
use super::smtp::{Connection, Password, Terms, Trouble, Trust};
use super::{Envelope, Outcome, Scope};
use crate::config::{Relay as Settings, Secrets, Tls, Transport};
use crate::error::{Error, Result};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// All relays of a newsletter.
#[derive(Debug)]
pub(super) struct Relays {
    hello: String,
    relays: Vec<Relay>,
}

#[derive(Debug)]
struct Relay {
    settings: Settings,
    password: Option<Password>,
    trust: OnceLock<Trust>,
    /// A place for each connection.
    places: Arc<Semaphore>,
    /// Connections that are open or being opened.
    busy: AtomicUsize,
    pace: Pace,
    health: Mutex<Health>,
}

/// How a relay is.
#[derive(Debug, Default)]
struct Health {
    failures: u32,
    trouble: Option<Trouble>,
    /// Until when no connection to it is opened.
    resting: Option<Instant>,
}

/// Longest rest of a relay that fails.
const REST: Duration = Duration::from_secs(300);

impl Relays {
    pub(super) fn new(transport: &Transport, secrets: &Secrets) -> Result<Relays> {
        let relay = |settings: &Settings| Relay::new(settings, secrets);
        let relays: Result<Vec<Relay>> = transport.relays.iter().map(relay).collect();
        Ok(Relays {
            hello: transport.hello.clone(),
            relays: relays?,
        })
    }

    pub(super) fn connections(&self) -> usize {
        let connections = self.relays.iter().map(|relay| relay.settings.connections);
        connections.sum()
    }

    pub(super) fn troubles(&self) -> Vec<(String, String)> {
        let trouble = |relay: &Relay| {
            let health = relay.health();
            let why = match health.trouble.as_ref()? {
                Trouble::Passing(why) => why.clone(),
                Trouble::Lasting(error) => error.message(),
            };
            Some((relay.settings.host.clone(), why))
        };
        self.relays.iter().filter_map(trouble).collect()
    }

    /// Opens a connection to each, and says goodbye.
    pub(super) async fn probe(&self) -> Result<()> {
        for relay in &self.relays {
            goodbye(relay.open(&self.hello).await).await?;
        }
        Ok(())
    }

    /// The same for relays with TLS, as things will be in a while.
    pub(super) async fn probe_ahead(&self, ahead: Duration) -> Result<()> {
        let private = |relay: &&Relay| relay.settings.tls != Tls::None;
        for relay in self.relays.iter().filter(private) {
            let trust = Trust::load_ahead(relay.settings.ca_file.as_deref(), ahead)?;
            goodbye(relay.open_with(&self.hello, Some(&trust)).await).await?;
        }
        Ok(())
    }

    /// The relay whose share is farthest from used up, of those that do not rest and were not tried before.
    fn choose(&self, tried: &[usize]) -> Option<usize> {
        let now = Instant::now();
        let load = |relay: &Relay| {
            let next = relay.busy.load(Ordering::Relaxed) + 1;
            let full = next > relay.settings.connections;
            (full, next as f64 / f64::from(relay.settings.weight))
        };
        let usable = |at: &usize| !tried.contains(at) && !self.relays[*at].rests(now);
        let usable = (0..self.relays.len()).filter(usable);
        usable.min_by(|one, other| {
            let (one, other) = (load(&self.relays[*one]), load(&self.relays[*other]));
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
        })
    }

    /// What becomes of a message when no relay is left: if all need somebody's hand, the campaign stops; if one may come
    /// back, its time is awaited.
    fn none_left(&self) -> Outcome {
        let now = Instant::now();
        let mut soonest: Option<(Duration, String)> = None;
        let mut lasting = None;
        for relay in &self.relays {
            let health = relay.health();
            let wait = health.resting.map_or(Duration::ZERO, |until| until - now);
            match &health.trouble {
                Some(Trouble::Lasting(error)) => lasting = lasting.or(Some(error.clone())),
                Some(Trouble::Passing(why)) => {
                    if soonest.as_ref().is_none_or(|(known, _)| wait < *known) {
                        soonest = Some((wait, why.clone()));
                    }
                }
                None => soonest = Some((Duration::ZERO, "a relay has just come back".to_owned())),
            }
        }
        match (soonest, lasting) {
            (None, Some(error)) => Outcome::Stop(error),
            (soonest, _) => {
                let (wait, reply) = soonest.unwrap_or_default();
                Outcome::Deferred {
                    reply,
                    scope: Scope::Relay,
                    retry_after: Some(wait),
                }
            }
        }
    }
}

impl fmt::Display for Relays {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |relay: &Relay| format!("{}:{}", relay.settings.host, relay.settings.port);
        let names: Vec<String> = self.relays.iter().map(name).collect();
        formatter.write_str(&names.join(", "))
    }
}

/// Ends a connection that was only tried, or says why there is none.
async fn goodbye(opened: std::result::Result<Connection, Trouble>) -> Result<()> {
    match opened {
        Ok(connection) => {
            connection.quit().await;
            Ok(())
        }
        Err(Trouble::Lasting(error)) => Err(error),
        Err(Trouble::Passing(why)) => {
            let error = Error::new("a relay cannot be used now").because(why);
            Err(error.help("check `host` and `port` of the `[[relay]]`, or try again later"))
        }
    }
}

impl Relay {
    fn new(settings: &Settings, secrets: &Secrets) -> Result<Relay> {
        let password = match &settings.user {
            None => None,
            Some(user) => {
                let variable = &settings.password_env;
                let password = secrets.find(variable).ok_or_else(|| {
                    Error::new(format!(
                        "there is no password for `{user}` at {}",
                        settings.host
                    ))
                    .help(format!("set the environment variable `{variable}`"))
                })?;
                Some(Password(password))
            }
        };
        let relay = Relay {
            password,
            trust: OnceLock::new(),
            places: Arc::new(Semaphore::new(settings.connections)),
            busy: AtomicUsize::new(0),
            pace: Pace::new(settings.per_second),
            health: Mutex::new(Health::default()),
            settings: settings.clone(),
        };
        // What is wrong with the list of authorities is better heard before the first message.
        relay.trust()?;
        Ok(relay)
    }

    /// Whom to trust; nobody is asked where there is no TLS.
    fn trust(&self) -> Result<Option<&Trust>> {
        if self.settings.tls == Tls::None {
            return Ok(None);
        }
        if let Some(trust) = self.trust.get() {
            return Ok(Some(trust));
        }
        let trust = Trust::load(self.settings.ca_file.as_deref())?;
        Ok(Some(self.trust.get_or_init(|| trust)))
    }

    async fn open(&self, hello: &str) -> std::result::Result<Connection, Trouble> {
        let trust = self.trust().map_err(Trouble::Lasting)?;
        self.open_with(hello, trust).await
    }

    async fn open_with(
        &self,
        hello: &str,
        trust: Option<&Trust>,
    ) -> std::result::Result<Connection, Trouble> {
        let terms = Terms {
            relay: &self.settings,
            hello,
            password: self.password.as_ref(),
            trust,
        };
        Connection::open(terms).await
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rests(&self, now: Instant) -> bool {
        self.health().resting.is_some_and(|until| until > now)
    }

    /// Leaves it out for a while. Several connections that fail at once are one failure.
    fn failed(&self, trouble: Trouble) {
        let now = Instant::now();
        let mut health = self.health();
        if health.resting.is_some_and(|until| until > now) {
            return;
        }
        let rest = match &trouble {
            Trouble::Passing(_) => {
                let doubled = 2u32.saturating_pow(health.failures.min(16));
                self.settings.rest.saturating_mul(doubled).min(REST)
            }
            Trouble::Lasting(_) => REST,
        };
        health.failures += 1;
        health.resting = Some(now + rest);
        health.trouble = Some(trouble);
    }

    fn worked(&self) {
        *self.health() = Health::default();
    }
}

/// One worker's way to the relays.
#[derive(Debug)]
pub(super) struct Session {
    relays: Arc<Relays>,
    line: Option<Line>,
}

/// A connection and its place at the relay.
#[derive(Debug)]
struct Line {
    at: usize,
    connection: Connection,
    place: Place,
}

/// A place at a relay; it is free again when this is dropped.
#[derive(Debug)]
struct Place {
    relays: Arc<Relays>,
    at: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Place {
    async fn take(relays: &Arc<Relays>, at: usize) -> Place {
        let relay = &relays.relays[at];
        relay.busy.fetch_add(1, Ordering::Relaxed);
        let mut place = Place {
            relays: Arc::clone(relays),
            at,
            _permit: None,
        };
        // The semaphore is never closed.
        place._permit = Arc::clone(&relay.places).acquire_owned().await.ok();
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let relay = &self.relays.relays[self.at];
        relay.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session {
    pub(super) fn new(relays: &Arc<Relays>) -> Session {
        Session {
            relays: Arc::clone(relays),
            line: None,
        }
    }

    /// Sends a message over the open connection, or over a new one. Every relay is tried once, an idle connection that
    /// turns out to be closed not counted.
    pub(super) async fn send(&mut self, envelope: &Envelope, content: &[u8]) -> Outcome {
        let mut tried = Vec::new();
        loop {
            let mut line = match self.line.take() {
                Some(line) => line,
                None => match self.open(&mut tried).await {
                    Some(line) => line,
                    None => return self.relays.none_left(),
                },
            };
            let relays = Arc::clone(&self.relays);
            let relay = &relays.relays[line.at];
            relay.pace.turn().await;
            match line.connection.send(envelope, content).await {
                Ok(Outcome::Deferred {
                    reply,
                    scope: Scope::Relay,
                    ..
                }) => {
                    relay.failed(Trouble::Passing(reply));
                    tried.push(line.at);
                    line.connection.quit().await;
                }
                Ok(outcome) => {
                    self.after(line, &outcome).await;
                    return outcome;
                }
                Err(_) if line.connection.used() > 1 => {}
                Err(trouble) => {
                    relay.failed(trouble);
                    tried.push(line.at);
                }
            }
        }
    }

    /// Opens a connection to the first relay that lets us.
    async fn open(&self, tried: &mut Vec<usize>) -> Option<Line> {
        loop {
            let at = self.relays.choose(tried)?;
            let place = Place::take(&self.relays, at).await;
            let relay = &self.relays.relays[at];
            match relay.open(&self.relays.hello).await {
                Ok(connection) => {
                    return Some(Line {
                        at,
                        connection,
                        place,
                    });
                }
                Err(trouble) => {
                    relay.failed(trouble);
                    tried.push(at);
                }
            }
        }
    }

    /// Keeps the connection, or ends it.
    async fn after(&mut self, line: Line, outcome: &Outcome) {
        let relay = &self.relays.relays[line.at];
        match outcome {
            Outcome::Uncertain { why } if line.connection.used() <= 1 => {
                relay.failed(Trouble::Passing(why.clone()));
            }
            Outcome::Sent { .. } => relay.worked(),
            _ => {}
        }
        let enough = line.connection.used() >= relay.settings.messages_per_connection;
        if !line.connection.is_open() {
            return;
        }
        if enough {
            line.connection.quit().await;
            drop(line.place);
        } else {
            self.line = Some(line);
        }
    }

    pub(super) async fn close(self) {
        if let Some(line) = self.line {
            line.connection.quit().await;
        }
    }
}
