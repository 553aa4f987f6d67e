//! What `press.toml` says of the way messages leave, checked: `[transport]`, `[ses]`, `[[relay]]`.
//!
//! Passwords are not here. A relay names the variable of the environment that holds its own.

use super::{Loader, schema};
pub use schema::transport::{Login, Tls, TransportKind};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// How messages leave.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Which way.
    pub kind: TransportKind,
    /// The folder of `file`.
    pub folder: PathBuf,
    /// The program of `sendmail` and its arguments.
    pub command: Vec<String>,
    /// How many of it run at a time.
    pub processes: usize,
    /// By what name relays are greeted.
    pub hello: String,
    /// Amazon's interface.
    pub ses: Ses,
    /// The mail servers of `smtp`.
    pub relays: Vec<Relay>,
}

/// The interface of Amazon SES.
#[derive(Clone, Debug)]
pub struct Ses {
    /// Where the account is.
    pub region: String,
    /// Where the interface is.
    pub url: String,
    /// Settings of the account that hold for our messages.
    pub configuration_set: Option<String>,
    /// Most requests at a time.
    pub connections: usize,
    /// Most messages a second.
    pub per_second: f64,
}

/// A mail server that takes messages.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: Tls,
    /// How to log in.
    pub login: Login,
    /// Who logs in, if anybody does.
    pub user: Option<String>,
    /// The variable that holds the password.
    pub password_env: String,
    /// Authorities that are trusted besides the machine's.
    pub ca_file: Option<PathBuf>,
    /// Its share.
    pub weight: u32,
    /// Most connections at a time.
    pub connections: usize,
    /// Messages after which a connection is closed.
    pub messages_per_connection: u32,
    /// Most messages a second.
    pub per_second: Option<f64>,
    /// Longest wait for an answer; others are in proportion.
    pub timeout: Duration,
    /// How long it is left out when it fails the first time.
    pub rest: Duration,
}

impl Relay {
    /// A server on this machine, without secrets, that may be asked again at once.
    pub fn on_this_machine(port: u16) -> Relay {
        Relay {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::None,
            login: Login::default(),
            user: None,
            password_env: String::new(),
            ca_file: None,
            weight: 1,
            connections: 8,
            messages_per_connection: 1_000,
            per_second: None,
            timeout: Duration::from_secs(30),
            rest: Duration::from_millis(5),
        }
    }
}

impl Loader<'_> {
    pub(super) fn transport(&mut self, file: &schema::File, folder: &Path) -> Transport {
        let written = &file.transport;
        let kind = *written.kind.get_ref();
        if kind == TransportKind::Smtp && file.relay.is_empty() {
            let help = "write a table `[[relay]]` with its `host`";
            self.mistake_with_help(&written.kind, "there is no relay to send to", help);
        }
        if written.command.get_ref().is_empty() {
            self.mistake(&written.command, "this names no program");
        }
        self.within(&written.processes, 1, 64);
        let home = self.path.parent().unwrap_or(Path::new(""));
        let relays = file.relay.iter().map(|relay| self.relay(relay, folder));
        Transport {
            kind,
            folder: home.join(&written.folder),
            command: written.command.get_ref().clone(),
            processes: *written.processes.get_ref(),
            relays: relays.collect(),
            hello: self.hello(file),
            ses: self.ses(&file.ses),
        }
    }

    fn hello(&mut self, file: &schema::File) -> String {
        match &file.transport.hello {
            Some(hello) => {
                if !is_host(hello.get_ref()) {
                    self.mistake(hello, "this is no name of a machine");
                }
                hello.get_ref().clone()
            }
            None => {
                let url = file.newsletter.base_url.get_ref();
                let host = url.split("://").nth(1).unwrap_or_default();
                let host = host.split(['/', ':']).next().unwrap_or_default();
                let known = is_host(host) && host.is_ascii();
                if known { host } else { "localhost" }.to_owned()
            }
        }
    }

    fn ses(&mut self, written: &schema::transport::Ses) -> Ses {
        let region = written.region.get_ref();
        let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        if region.is_empty() || !region.chars().all(plain) {
            self.mistake(&written.region, "a region is written like `eu-central-1`");
        }
        self.within(&written.connections, 1, 256);
        self.rate(&written.per_second);
        let usual = format!("https://email.{region}.amazonaws.com");
        let url = match &written.url {
            Some(url) => {
                let text = url.get_ref();
                if !["https://", "http://"]
                    .iter()
                    .any(|scheme| text.starts_with(scheme))
                {
                    self.mistake(url, "this is no address; it begins with `https://`");
                }
                text.trim_end_matches('/').to_owned()
            }
            None => usual,
        };
        Ses {
            region: region.clone(),
            url,
            configuration_set: written.configuration_set.clone(),
            connections: *written.connections.get_ref(),
            per_second: *written.per_second.get_ref(),
        }
    }

    fn relay(&mut self, written: &schema::transport::Relay, folder: &Path) -> Relay {
        let host = written.host.get_ref();
        if !is_host(host) && host.parse::<std::net::IpAddr>().is_err() {
            let help =
                "write the name only, as in `smtp.example.org`; the port has a key of its own";
            self.mistake_with_help(&written.host, "this is no name of a mail server", help);
        }
        let tls = written.tls;
        if let Some(user) = &written.user {
            if tls == Tls::None {
                let help =
                    "use `tls = \"required\"`, or let the relay know this machine by its address";
                self.mistake_with_help(user, "a password would go over an open connection", help);
            }
            if user.get_ref().chars().any(char::is_control) {
                self.mistake(user, "a name has no control characters");
            }
        }
        self.within(&written.weight, 1, 1000);
        self.within(&written.connections, 1, 256);
        self.within(&written.messages_per_connection, 1, 1_000_000);
        self.within(&written.timeout_s, 1, 3600);
        self.within(&written.rest_s, 0.001, 300.0);
        if let Some(rate) = &written.per_second {
            self.rate(rate);
        }
        let usual = match tls {
            Tls::Implicit => 465,
            Tls::None => 25,
            Tls::Required | Tls::Opportunistic => 587,
        };
        Relay {
            host: host.clone(),
            port: written.port.unwrap_or(usual),
            tls,
            login: written.login,
            user: written.user.as_ref().map(|user| user.get_ref().clone()),
            password_env: written.password_env.clone(),
            ca_file: written.ca_file.as_ref().map(|file| folder.join(file)),
            weight: *written.weight.get_ref(),
            connections: *written.connections.get_ref(),
            messages_per_connection: *written.messages_per_connection.get_ref(),
            per_second: written.per_second.as_ref().map(|rate| *rate.get_ref()),
            timeout: Duration::from_secs(*written.timeout_s.get_ref()),
            rest: Duration::try_from_secs_f64(*written.rest_s.get_ref()).unwrap_or_default(),
        }
    }

    fn within<N: PartialOrd + Display + Copy>(&mut self, number: &Spanned<N>, least: N, most: N) {
        if *number.get_ref() < least || *number.get_ref() > most {
            self.mistake(number, format!("between {least} and {most} are sensible"));
        }
    }

    fn rate(&mut self, rate: &Spanned<f64>) {
        if !(0.001..=100_000.0).contains(rate.get_ref()) {
            self.mistake(rate, "a rate is a number above 0, such as `14` or `0.5`");
        }
    }
}

/// Whether it can be a host's name: letters, digits, hyphens, dots.
pub(super) fn is_host(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part
                .chars()
                .all(|sign| sign.is_alphanumeric() || sign == '-')
    };
    !name.is_empty() && name.len() <= 253 && name.split('.').all(part)
}
