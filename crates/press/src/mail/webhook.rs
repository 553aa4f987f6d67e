//! What services tell by themselves of messages that came back: who may tell, and what they say, in our own words.
//!
//! Each kind proves itself as its service documents it ([`sns`] with certificates, [`mailgun`] and [`signed`] with a key,
//! [`postmark`] with a password) and has a form of its own; all become a [`Message`] of [`Notice`]s. What is not understood
//! counts as nothing, as with mails that come back. Whoever keeps books notes the message's id and refuses it the second
//! time; here only its age is looked at.

mod mailgun;
mod postmark;
mod ses;
mod signed;
mod sns;

use super::status::{Severity, Status};
use crate::config::{Secrets, Webhook as Settings, WebhookKind};
use crate::error::{Error, Result};
use crate::http::{Http, Url};
use ring::hmac;
use serde_json::Value;
use std::fmt;

/// A request of a service.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The body, byte for byte.
    pub body: &'r [u8],
    /// The value of a header.
    pub header: &'r (dyn Fn(&str) -> Option<&'r str> + Sync),
    /// Seconds since 1970.
    pub now_s: i64,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Request")
    }
}

/// What a service said, once it has proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is the same when the message comes again.
    pub id: String,
    /// When it was sent, in seconds since 1970.
    pub sent_s: i64,
    /// What it says. Empty if it says nothing that counts.
    pub notices: Vec<Notice>,
    /// To be asked for, if the service wants to know whether we really want its messages.
    pub confirm: Option<Url>,
}

/// What is said of one person's message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The news.
    pub news: News,
    /// Addresses of which one may be the sender's of our envelope (VERP).
    pub senders: Vec<String>,
    /// The `Message-ID` of our message, without angle brackets.
    pub about: Option<String>,
    /// The recipient's address.
    pub recipient: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum News {
    /// Nobody is there.
    Hard,
    /// It did not arrive this time.
    #[default]
    Soft,
    /// The person called it spam.
    Complaint,
    /// The person wants no more.
    Leaves,
}

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It shows no password.
    NoProof,
    /// It is not from the service.
    Forged(&'static str),
    /// It is too old, or from the future.
    Stale,
    /// It is not what the service sends.
    Garbled(&'static str),
    /// What is needed to judge it could not be had now.
    Later(String),
}

/// A service, with what it must know to be believed.
#[derive(Debug)]
pub struct Webhook {
    settings: Settings,
    proof: Proof,
}

enum Proof {
    Key(hmac::Key),
    Topic(sns::Topic),
}

impl fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Proof")
    }
}

/// How far clocks may be apart, in seconds.
const SKEW_S: i64 = 300;
/// How old a message may be that is signed at each attempt.
const FRESH_S: i64 = 300;
/// How old others may be: services go on trying for half a day.
const DAY_S: i64 = 86_400;
/// The longest of all, in seconds. Ids must be remembered for longer.
pub const OLDEST_S: i64 = 7 * DAY_S;

impl Webhook {
    /// A service of `press.toml`, with its secret.
    pub fn open(settings: &Settings, secrets: &Secrets) -> Result<Webhook> {
        let proof = if settings.kind == WebhookKind::Ses {
            Proof::Topic(sns::Topic::new(&settings.topic)?)
        } else {
            let (name, variable) = (&settings.name, &settings.secret_env);
            let secret = secrets.find(variable).ok_or_else(|| {
                Error::new(format!(
                    "the webhook `{name}` has no secret in `{variable}`"
                ))
                .help(format!(
                    "set the environment variable `{variable}`, or name another with `secret-env`"
                ))
            })?;
            Proof::Key(match settings.kind {
                WebhookKind::Signed => signed::key(&secret)?,
                _ => hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            })
        };
        Ok(Webhook {
            settings: settings.clone(),
            proof,
        })
    }

    /// Its name in the address.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Reads a request, if it is from the service and new enough. Certificates are fetched by `http`.
    pub async fn read(
        &self,
        request: Request<'_>,
        http: &Http,
    ) -> std::result::Result<Message, Refusal> {
        let (message, oldest_s) = match (&self.proof, self.settings.kind) {
            (Proof::Topic(topic), _) => (topic.read(&request, http).await?, DAY_S),
            (Proof::Key(key), WebhookKind::Mailgun) => (mailgun::read(key, &request)?, DAY_S),
            (Proof::Key(key), WebhookKind::Signed) => (signed::read(key, &request)?, FRESH_S),
            (Proof::Key(key), _) => (postmark::read(key, &request)?, OLDEST_S),
        };
        let age_s = request.now_s.saturating_sub(message.sent_s);
        if !(-SKEW_S..=oldest_s).contains(&age_s) {
            return Err(Refusal::Stale);
        }
        Ok(message)
    }
}

/// Longest text that is kept of what services say: ids, addresses.
const LONGEST: usize = 320;

/// A text of an object, if there is one of sensible length.
fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let text = value.get(name)?.as_str()?.trim();
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

fn parse(body: &[u8]) -> std::result::Result<Value, Refusal> {
    let parsed = serde_json::from_slice::<Value>(body).ok();
    parsed
        .filter(Value::is_object)
        .ok_or(Refusal::Garbled("the body is no JSON object"))
}

/// A time as services write it.
fn seconds(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_second())
}

/// An address without a name and without angle brackets.
fn bare(address: &str) -> Option<String> {
    let inner = address.rsplit_once('<').map_or(address, |(_, rest)| rest);
    let inner = inner.trim().trim_end_matches('>').trim();
    inner.contains('@').then(|| inner.to_owned())
}

/// What a bounce for good means, if the service tells the server's own code: a filter that dislikes a message says nothing
/// of the mailbox. Without a code the service's word counts.
fn severity(code: Option<&str>) -> News {
    let status = code
        .and_then(Status::parse)
        .filter(|status| status.subject != 0);
    match status.map(Status::severity) {
        Some(Severity::Soft) => News::Soft,
        Some(Severity::Hard) | None => News::Hard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bare() {
        assert_eq!(
            bare("Ada <ada@gull.example>").as_deref(),
            Some("ada@gull.example")
        );
        assert_eq!(
            bare("<ada@gull.example>").as_deref(),
            Some("ada@gull.example")
        );
        assert_eq!(
            bare(" ada@gull.example ").as_deref(),
            Some("ada@gull.example")
        );
        assert_eq!(bare("nobody"), None);
    }

    #[test]
    fn a_filter_is_no_missing_mailbox() {
        assert_eq!(severity(Some("5.1.1")), News::Hard);
        assert_eq!(severity(Some("5.7.1")), News::Soft);
        assert_eq!(severity(Some("5.0.0")), News::Hard);
        assert_eq!(severity(None), News::Hard);
    }
}
