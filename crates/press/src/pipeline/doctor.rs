//! A look at everything that a newsletter's sending and its server stand on, before readers find out: what is well, what
//! is doubtful, what is wrong, and what to do about it.
//!
//! Nothing is changed and nobody is mailed. Each module looks at one thing and adds what it finds; that one of them cannot
//! look is a finding, too, and holds up no other.

mod data;
mod deploy;
mod machines;
mod names;
mod place;
mod relay;
mod server;
mod spf;

pub use crate::dns::server as parse_resolver;

use crate::config::{Config, Secrets};
use crate::dns::Resolver;
use crate::error::{Error, Result};
use crate::pipeline::runtime;
use jiff::Timestamp;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Not looked at, or not there to be looked at.
    Skipped,
    /// It works, or may work, and should be better.
    Warning,
    /// It does not work, or readers will not get their mail.
    Wrong,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Skipped => "skipped",
            State::Warning => "warning",
            State::Wrong => "wrong",
        }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `disk`, `spf`, ….
    pub about: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What is to be looked at, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who is asked about DNS; the machine's own resolvers if nobody is named.
    pub resolvers: Vec<SocketAddr>,
    /// Longest wait for each answer, if not the usual one.
    pub patience: Option<Duration>,
    /// Addresses from which mail leaves, where nobody can find that out.
    pub addresses: Vec<IpAddr>,
    /// Whether other machines are left alone.
    pub offline: bool,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) findings: Vec<Finding>,
}

impl Report {
    pub(super) fn ok(&mut self, about: &'static str, says: impl Into<String>) {
        self.add(about, State::Ok, says.into(), None);
    }

    pub(super) fn skipped(&mut self, about: &'static str, says: impl Into<String>) {
        self.add(about, State::Skipped, says.into(), None);
    }

    pub(super) fn warning(
        &mut self,
        about: &'static str,
        says: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(about, State::Warning, says.into(), Some(help.into()));
    }

    pub(super) fn wrong(
        &mut self,
        about: &'static str,
        says: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(about, State::Wrong, says.into(), Some(help.into()));
    }

    /// An error that somebody else put into words: what it is, why, and what helps.
    pub(super) fn failed(&mut self, about: &'static str, error: &Error) {
        let message = error.message();
        let lines = message.lines().map(str::trim);
        let (help, says): (Vec<&str>, Vec<&str>) = lines
            .filter(|line| !line.starts_with("state: "))
            .partition(|line| line.starts_with("help: "));
        let help: Vec<&str> = help.iter().map(|line| &line["help: ".len()..]).collect();
        let says = says.join("; ").replace("; because: ", ": ");
        let help = Some(help.join("; ")).filter(|help| !help.is_empty());
        self.add(about, State::Wrong, says, help);
    }

    fn add(&mut self, about: &'static str, state: State, says: String, help: Option<String>) {
        // Much of it was said by other machines.
        let plain = |text: String| text.replace(|sign: char| sign.is_control(), " ");
        self.findings.push(Finding {
            about,
            state,
            says: plain(says),
            help: help.map(plain),
        });
    }
}

/// Looks at everything. `elsewhere` names a configuration that is not in the newsletter's folder.
pub fn examine(
    folder: &Path,
    elsewhere: Option<&Path>,
    secrets: &Secrets,
    options: &Options,
) -> Result<Vec<Finding>> {
    let mut report = Report::default();
    let config = match Config::load(folder, elsewhere) {
        Ok(config) => config,
        Err(error) => {
            report.failed("configuration", &error);
            return Ok(report.findings);
        }
    };
    report.ok("configuration", config.path.display().to_string());
    place::look(&config, &mut report);
    runtime()?.block_on(async {
        let now = Timestamp::now();
        data::look(&config, now, &mut report).await;
        server::look(&config, options, &mut report).await;
        deploy::look(&config, secrets, options, &mut report).await;
        relay::look(&config, secrets, options, &mut report).await;
        look_at_names(&config, secrets, options, &mut report).await;
    });
    Ok(report.findings)
}

async fn look_at_names(config: &Config, secrets: &Secrets, options: &Options, report: &mut Report) {
    if options.offline {
        return report.skipped("dns", "other machines are left alone");
    }
    let patience = options.patience.unwrap_or(Duration::from_secs(3));
    let resolver = match options.resolvers.is_empty() {
        false => Ok(Resolver::new(options.resolvers.clone(), patience)),
        true => Resolver::of_the_system(),
    };
    match resolver {
        Ok(resolver) => names::look(config, secrets, (&resolver, options), report).await,
        Err(error) => report.failed("dns", &error),
    }
}
