//! The tables that say how messages leave: `[transport]`, `[ses]`, `[[relay]]`.

use serde::Deserialize;
use std::path::PathBuf;
use toml::Spanned;

/// How messages leave. Without this table they become files in a folder, and nothing leaves by mistake.
///
/// ```toml
/// [transport]
/// kind = "file"
/// folder = "data/outbox"
/// command = ["/usr/sbin/sendmail", "-i"]
/// processes = 4
/// hello = "lists.tern.example"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Transport {
    /// Which way they go.
    ///
    /// Default: `"file"`
    pub(in crate::config) kind: Spanned<TransportKind>,
    /// Where `file` puts them: a maildir, which mail programs can open.
    ///
    /// Default: `"data/outbox"`
    pub(in crate::config) folder: PathBuf,
    /// The program of `sendmail`, with its arguments. The sender, `-f`, and the recipient are added; no shell reads them.
    ///
    /// Default: `["/usr/sbin/sendmail", "-i"]`
    pub(in crate::config) command: Spanned<Vec<String>>,
    /// How many programs `sendmail` has running at a time.
    ///
    /// Default: `4`
    pub(in crate::config) processes: Spanned<usize>,
    /// By what name `smtp` greets relays: the name of this machine as others know it.
    ///
    /// Default: the host of `base-url`
    pub(in crate::config) hello: Option<Spanned<String>>,
}

impl Default for Transport {
    fn default() -> Self {
        let command = ["/usr/sbin/sendmail", "-i"].map(str::to_owned);
        Self {
            kind: Spanned::new(0..0, TransportKind::File),
            folder: PathBuf::from("data/outbox"),
            command: Spanned::new(0..0, command.to_vec()),
            processes: Spanned::new(0..0, 4),
            hello: None,
        }
    }
}

/// Which way messages go.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum TransportKind {
    /// Into a folder: nothing leaves.
    File,
    /// To mail servers, each a `[[relay]]`.
    Smtp,
    /// To a program of this machine.
    Sendmail,
    /// To Amazon SES, or what talks like it: `[ses]`.
    Ses,
}

/// The interface of Amazon SES, version 2. Its key comes from the environment: `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY` and, for borrowed keys, `AWS_SESSION_TOKEN`.
///
/// ```toml
/// [ses]
/// region = "eu-central-1"
/// url = "https://email.eu-central-1.amazonaws.com"
/// configuration-set = "newsletter"
/// connections = 8
/// per-second = 14
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::config) struct Ses {
    /// Where the account is.
    ///
    /// Default: `"us-east-1"`
    pub(in crate::config) region: Spanned<String>,
    /// Where the interface is, if it is not Amazon's own of that region.
    ///
    /// Default: Amazon's address of the region
    pub(in crate::config) url: Option<Spanned<String>>,
    /// A set of the account's settings that holds for these messages.
    ///
    /// Default: none
    pub(in crate::config) configuration_set: Option<String>,
    /// Most requests at a time.
    ///
    /// Default: `8`
    pub(in crate::config) connections: Spanned<usize>,
    /// Most messages a second: what the account is allowed.
    ///
    /// Default: `14`
    pub(in crate::config) per_second: Spanned<f64>,
}

impl Default for Ses {
    fn default() -> Self {
        Self {
            region: Spanned::new(0..0, "us-east-1".to_owned()),
            url: None,
            configuration_set: None,
            connections: Spanned::new(0..0, 8),
            per_second: Spanned::new(0..0, 14.0),
        }
    }
}

/// A mail server that takes our messages and passes them on. Of several, each gets its share; one that fails is left out for
/// a while.
///
/// ```toml
/// [[relay]]
/// host = "smtp.tern.example"
/// port = 587
/// tls = "required"
/// login = "auto"
/// user = "weekly"
/// password-env = "PRESS_SMTP_PASSWORD"
/// ca-file = "relay-ca.pem"
/// weight = 2
/// connections = 8
/// messages-per-connection = 100
/// per-second = 50.0
/// timeout-s = 300
/// rest-s = 1.0
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::config) struct Relay {
    /// Its name, which its certificate must have, or its address.
    pub(in crate::config) host: Spanned<String>,
    /// Its port.
    ///
    /// Default: 465 with `tls = "implicit"`, 25 with `"none"`, else 587
    pub(in crate::config) port: Option<u16>,
    /// How the connection is kept private.
    ///
    /// Default: `"required"`
    #[serde(default)]
    pub(in crate::config) tls: Tls,
    /// How to log in, if there is a `user`.
    ///
    /// Default: `"auto"`
    #[serde(default)]
    pub(in crate::config) login: Login,
    /// Who logs in. The password never goes over a connection that others can read.
    ///
    /// Default: nobody logs in
    pub(in crate::config) user: Option<Spanned<String>>,
    /// The variable of the environment that holds the password, or the token of `xoauth2`.
    ///
    /// Default: `"PRESS_SMTP_PASSWORD"`
    #[serde(default = "password")]
    pub(in crate::config) password_env: String,
    /// A file with certificates of authorities that are trusted besides the machine's, in PEM form.
    ///
    /// Default: none
    pub(in crate::config) ca_file: Option<PathBuf>,
    /// Its share of the connections, beside other relays' weights.
    ///
    /// Default: `1`
    #[serde(default = "one")]
    pub(in crate::config) weight: Spanned<u32>,
    /// Most connections to it at a time.
    ///
    /// Default: `8`
    #[serde(default = "eight")]
    pub(in crate::config) connections: Spanned<usize>,
    /// After so many messages a connection is closed and opened anew.
    ///
    /// Default: `100`
    #[serde(default = "hundred")]
    pub(in crate::config) messages_per_connection: Spanned<u32>,
    /// Most messages a second.
    ///
    /// Default: as fast as it takes them
    pub(in crate::config) per_second: Option<Spanned<f64>>,
    /// Longest wait for an answer, in seconds; for the last one of a message twice as long, as RFC 5321 asks.
    ///
    /// Default: `300`
    #[serde(default = "patience")]
    pub(in crate::config) timeout_s: Spanned<u64>,
    /// How long it is left out when it fails, in seconds; each time twice as long, up to five minutes.
    ///
    /// Default: `1.0`
    #[serde(default = "second")]
    pub(in crate::config) rest_s: Spanned<f64>,
}

/// How a connection is kept private.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// The connection begins in the clear and must become private (STARTTLS), with a certificate that fits.
    #[default]
    Required,
    /// The connection is private from its first byte.
    Implicit,
    /// Private if the relay offers it, else in the clear; a certificate that does not fit ends the connection all the same.
    Opportunistic,
    /// In the clear: to this machine or a private network only.
    None,
}

/// How to log in.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Login {
    /// `plain` if the relay offers it, else `login`.
    #[default]
    Auto,
    /// AUTH PLAIN (RFC 4616).
    Plain,
    /// AUTH LOGIN, of old relays.
    Login,
    /// AUTH XOAUTH2, with a token in place of the password.
    Xoauth2,
}

fn password() -> String {
    "PRESS_SMTP_PASSWORD".to_owned()
}

fn one() -> Spanned<u32> {
    Spanned::new(0..0, 1)
}

fn eight() -> Spanned<usize> {
    Spanned::new(0..0, 8)
}

fn hundred() -> Spanned<u32> {
    Spanned::new(0..0, 100)
}

fn patience() -> Spanned<u64> {
    Spanned::new(0..0, 300)
}

fn second() -> Spanned<f64> {
    Spanned::new(0..0, 1.0)
}
