//! Amazon SES, version 2 of its interface, or what talks like it: one request for each message.
//!
//! A request is tried once. What was certainly not taken is deferred; where the connection broke after the request was
//! on its way, or the service itself does not know, the message is uncertain. SES writes envelopes of its own; bounces
//! come to the address that the request names for feedback, so VERP works all the same.

use super::status::Status;
use super::{Envelope, Outcome, Reply, Scope};
use crate::config::{Secrets, Ses};
use crate::error::{Error, Result};
use crate::http::{Failure, Http, Request, Response, Settings, Url, is_public};
use crate::sigv4::{Key, Signing, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// An account at SES.
#[derive(Debug)]
pub(super) struct Account {
    settings: Ses,
    url: Url,
    key: Key,
    http: Http,
}

/// The interface's path for sending.
const PATH: &str = "/v2/email/outbound-emails";
/// The most that a request may have: 40 MB as SES counts.
const MOST_BYTES: usize = 40 << 20;
/// How long to wait when all that a day allows is used up.
const QUOTA: Duration = Duration::from_secs(3600);
/// How long to wait when it is a little too fast, or not well.
const PAUSE: Duration = Duration::from_secs(2);

/// What is sent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sending<'m> {
    content: Content,
    destination: Destination<'m>,
    #[serde(skip_serializing_if = "str::is_empty")]
    feedback_forwarding_email_address: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_set_name: Option<&'m str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    raw: Raw,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Destination<'m> {
    to_addresses: [&'m str; 1],
}

impl Account {
    pub(super) fn new(settings: &Ses, secrets: &Secrets) -> Result<Account> {
        let wanted = |name: &str| {
            secrets.find(name).ok_or_else(|| {
                Error::new(format!("there is no key for SES in `{name}`")).help(
                    "set the environment variables `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`",
                )
            })
        };
        let key = Key {
            id: wanted("AWS_ACCESS_KEY_ID")?,
            secret: wanted("AWS_SECRET_ACCESS_KEY")?,
            token: secrets.find("AWS_SESSION_TOKEN"),
        };
        let url = Url::parse(&format!("{}{PATH}", settings.url)).map_err(|cause| {
            let error = Error::new(format!("`{}` is no address", settings.url));
            error.because(cause.to_string()).help("mend `url` of [ses]")
        })?;
        let http = Http::new(Settings {
            pace: Duration::from_secs_f64(1.0 / settings.per_second),
            per_host: settings.connections,
            at_once: settings.connections,
            timeout: Duration::from_secs(120),
            // Who sends decides about trying again; here only the pace is kept.
            tries: u32::MAX,
            patience: Duration::MAX,
            private: machine(&url),
            ..Settings::default()
        })?;
        Ok(Account {
            settings: settings.clone(),
            url,
            key,
            http,
        })
    }

    pub(super) fn connections(&self) -> usize {
        self.settings.connections
    }

    pub(super) async fn send(&self, envelope: &Envelope, content: &[u8]) -> Outcome {
        if envelope.is_utf8() {
            let text = "not sent: SES takes only addresses in ASCII";
            let reply = Reply::own(550, Status::new(5, 6, 7), text);
            return Outcome::Bounced { reply };
        }
        if content.len() > MOST_BYTES {
            return Outcome::Stop(Error::new("SES does not take messages of this size"));
        }
        let sending = Sending {
            content: Content {
                raw: Raw {
                    data: STANDARD.encode(content),
                },
            },
            destination: Destination {
                to_addresses: [envelope.to()],
            },
            feedback_forwarding_email_address: envelope.from(),
            configuration_set_name: self.settings.configuration_set.as_deref(),
        };
        let body = match serde_json::to_string(&sending) {
            Ok(body) => body,
            Err(cause) => {
                return Outcome::Stop(Error::new("cannot ask SES").because(cause.to_string()));
            }
        };
        match self.http.ask(&self.request(body)).await {
            Ok(response) => judge(&response),
            Err(failure) => failed(&failure),
        }
    }

    fn request(&self, body: String) -> Request {
        let host = match self.url.port() {
            Some(port) => format!("{}:{port}", self.url.host_str().unwrap_or_default()),
            None => self.url.host_str().unwrap_or_default().to_owned(),
        };
        let signing = Signing {
            region: &self.settings.region,
            service: "ses",
            now: jiff::Timestamp::now(),
            method: "POST",
            path: self.url.path(),
        };
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("host", host),
        ];
        let signed = signing.sign(&self.key, &mut headers, &sha256(body.as_bytes()));
        let mut request = Request::post(self.url.clone(), "application/json", body).tries(1);
        for (name, value) in headers {
            if name.starts_with("x-amz-") {
                request = request.header(name, value);
            }
        }
        request.authorization(signed)
    }
}

/// The host, if it is this machine or one beside it, which the HTTP client otherwise never asks: a stand-in.
fn machine(url: &Url) -> Vec<String> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let private = bare
        .parse::<IpAddr>()
        .is_ok_and(|address| !is_public(address));
    if private || host == "localhost" {
        vec![bare.to_owned()]
    } else {
        Vec::new()
    }
}

/// What an answer means.
fn judge(response: &Response) -> Outcome {
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    if response.status == 200 {
        let id = text("MessageId").unwrap_or("taken");
        return Outcome::Sent {
            reply: format!("200 {id}"),
        };
    }
    let kind = response.header("x-amzn-errortype");
    let kind = kind.split([':', ' ']).next().unwrap_or_default();
    let said = text("message").or(text("Message")).unwrap_or_default();
    let said = said.replace(char::is_control, " ");
    let reply = format!("SES: {} {kind} {said}", response.status);
    let later = |wait: Duration| Outcome::Deferred {
        reply: reply.clone(),
        scope: Scope::Relay,
        retry_after: Some(wait),
    };
    match (response.status, kind) {
        _ if said.contains("Daily") || kind.starts_with("LimitExceeded") => later(QUOTA),
        (429 | 503 | 408, _) => later(PAUSE),
        (_, "TooManyRequestsException" | "ThrottlingException" | "Throttling") => later(PAUSE),
        (400, "BadRequestException") if is_about_address(&said) => Outcome::Bounced {
            reply: Reply::own(501, Status::new(5, 1, 3), format!("SES: {said}")),
        },
        // It does not know itself whether it took the message.
        (500.., _) => Outcome::Uncertain { why: reply },
        // About what was asked; whether about this recipient, the words do not say.
        (400, "BadRequestException" | "MessageRejected") => Outcome::Unwanted {
            reply: Reply::own(550, Status::new(5, 0, 0), &reply),
            error: stop(400, kind, &reply),
            ours: true,
        },
        (status, kind) => Outcome::Stop(stop(status, kind, &reply)),
    }
}

/// Whether a refusal is about the form of the recipient's address.
fn is_about_address(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "illegal address",
        "invalid domain name",
        "domain contains",
        "domain starts",
        "local address",
        "missing final '@domain'",
    ]
    .iter()
    .any(|words| said.contains(words))
}

fn stop(status: u16, kind: &str, reply: &str) -> Error {
    let error = Error::new("SES does not send for us").because(format!("it said: {reply}"));
    let help = match (status, kind) {
        (401 | 403, _) => {
            "check `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, the clock of this machine and `region` of [ses]; the key must allow `ses:SendRawEmail`"
        }
        (404, _) => "check `region`, `url` and `configuration-set` of [ses]",
        (_, "MessageRejected" | "MailFromDomainNotVerifiedException") => {
            "have the sender's domain verified in the account, and the account taken out of the sandbox"
        }
        _ => "look into the account's page: it may be paused or under review",
    };
    error
        .help(help)
        .state("the message in hand was not taken; nobody is lost")
}

fn failed(failure: &Failure) -> Outcome {
    match failure {
        // The request may have arrived.
        Failure::TimedOut | Failure::Broken(_) => Outcome::Uncertain {
            why: format!("SES: {failure}"),
        },
        Failure::NoLookup | Failure::NoNetwork | Failure::Unreachable(_) | Failure::ToldToWait => {
            Outcome::Deferred {
                reply: format!("SES: {failure}"),
                scope: Scope::Relay,
                retry_after: Some(PAUSE * 5),
            }
        }
        _ => Outcome::Stop(
            Error::new("cannot reach SES")
                .because(failure.to_string())
                .help("check `url` and `region` of [ses]"),
        ),
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SES, {}", self.settings.region)
    }
}
