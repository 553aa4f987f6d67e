//! Mails that come back: what they are, whom they are about, and what they mean.
//!
//! Reports in the standard forms (RFC 3464, RFC 5965) are read by their fields; other bounces by their words, of which
//! `bounce/wording.rs` has the tables. What cannot be told with some certainty counts as nothing: a bounce that is missed
//! costs one more mail, a bounce that is made up costs a reader. `docs/bounces.md` has the tables for people.
//!
//! Everything here works on bytes in memory. Where mails lie is `bounce/mailbox.rs`; who wants to know is the pipeline.

mod mailbox;
mod plain;
mod report;
mod wording;

pub use mailbox::{Found, Mailbox};

use super::status::{Severity, Status};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use serde::Serialize;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

/// A mail that came back, as far as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Returned {
    /// What it is.
    pub kind: Kind,
    /// By what it was known: `dsn`, `arf`, or the program that writes like this.
    pub form: &'static str,
    /// Its own id, or a number made of all it has: the same mail read twice counts once.
    pub id: String,
    /// Addresses it may have come to, the surest first: one of them is the sender's address of our envelope (VERP) and tells
    /// the delivery.
    pub came_to: Vec<String>,
    /// Ids of the message of ours that it is about, if it says so.
    pub about: Vec<String>,
    /// Recipients that it names.
    pub recipients: Vec<Failed>,
    /// What stands for the person who leaves.
    #[serde(skip)]
    pub token: Option<String>,
}

/// What a mail that came back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A message was not delivered, for good.
    Bounce,
    /// A message was not delivered yet; the server goes on trying. Counts as nothing.
    Delayed,
    /// A person called a message spam.
    Complaint,
    /// A machine answered: somebody is away. Counts as nothing.
    AutoReply,
    /// A filter wants us to prove that we are people. Counts as nothing.
    Challenge,
    /// A person leaves by mail, as `List-Unsubscribe` offers it (RFC 2369).
    Leaving,
    /// Something else, perhaps from a person who wants an answer.
    Other,
}

/// A recipient that did not get a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The address, if it is told.
    pub address: Option<String>,
    /// Whether it should be mailed again.
    #[serde(serialize_with = "severity_name")]
    pub severity: Severity,
    /// The enhanced code.
    #[serde(serialize_with = "status_text")]
    pub status: Option<Status>,
    /// What the server said, shortened.
    pub said: String,
}

fn severity_name<S: serde::Serializer>(severity: &Severity, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(severity.name())
}

fn status_text<S: serde::Serializer>(status: &Option<Status>, out: S) -> Result<S::Ok, S::Error> {
    status.map(|status| status.to_string()).serialize(out)
}

impl Kind {
    /// As JSON and tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Bounce => "bounce",
            Kind::Delayed => "delayed",
            Kind::Complaint => "complaint",
            Kind::AutoReply => "auto-reply",
            Kind::Challenge => "challenge",
            Kind::Leaving => "leaving",
            Kind::Other => "other",
        }
    }
}

impl Returned {
    /// The worst that is said of any recipient.
    pub fn severity(&self) -> Option<Severity> {
        self.recipients.iter().map(|failed| failed.severity).max()
    }
}

/// Why a mail was not even looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It has more bytes than any bounce.
    TooBig,
    /// It has more parts inside of parts than any bounce.
    TooDeep,
    /// It has no headers.
    NoMail,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Unreadable::TooBig => "it is larger than 4 MB, which no bounce is",
            Unreadable::TooDeep => {
                "it has hundreds of parts inside of each other, which no bounce has"
            }
            Unreadable::NoMail => "it is no mail: it has no headers",
        })
    }
}

/// No bounce has more bytes: they carry the message, which is at most some hundred kilobytes.
pub const MOST_BYTES: usize = 4 << 20;
/// No bounce has more parts of a kind that hold parts.
const MOST_PARTS: usize = 100;
/// What is kept of a server's words.
const SAID: usize = 300;
/// Most recipients of one report that are looked at.
const MOST_RECIPIENTS: usize = 100;

/// Reads a mail that came back.
pub fn parse(mail: &[u8]) -> Result<Returned, Unreadable> {
    if mail.len() > MOST_BYTES {
        return Err(Unreadable::TooBig);
    }
    // The parser builds parts inside of parts as deep as a mail asks for; only some depth is honest.
    if nesting(mail) > MOST_PARTS {
        return Err(Unreadable::TooDeep);
    }
    let message = MessageParser::default()
        .parse(mail)
        .ok_or(Unreadable::NoMail)?;
    if message.headers().is_empty() {
        return Err(Unreadable::NoMail);
    }
    let mut returned = Returned {
        kind: Kind::Other,
        form: "",
        id: match message.message_id() {
            Some(id) => tidy(id),
            None => format!("{:016x}", xxh3_64(mail)),
        },
        came_to: came_to(&message),
        about: Vec::new(),
        recipients: Vec::new(),
        token: None,
    };
    returned.understand(&message);
    if returned.kind == Kind::Other {
        returned.token = message.subject().and_then(token);
        if returned.token.is_some() {
            (returned.kind, returned.form) = (Kind::Leaving, "unsubscribe");
        }
    }
    returned.recipients.truncate(MOST_RECIPIENTS);
    distinct(&mut returned.came_to);
    distinct(&mut returned.about);
    Ok(returned)
}

/// The token in the subject `unsubscribe TOKEN`, which our messages ask for.
fn token(subject: &str) -> Option<String> {
    let mut words = subject.split_ascii_whitespace();
    let asks = words.next()?.eq_ignore_ascii_case("unsubscribe");
    let token = words
        .next()
        .filter(|token| (16..=200).contains(&token.len()))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (asks && words.next().is_none() && token.bytes().all(plain)).then(|| token.to_owned())
}

/// How many parts there are, at most, that hold parts.
fn nesting(mail: &[u8]) -> usize {
    let holders: [&[u8]; 3] = [b"multipart/", b"message/rfc822", b"message/global"];
    let starts = |at: usize| {
        holders.iter().any(|holder| {
            let word = mail.get(at..at + holder.len());
            word.is_some_and(|word| word.eq_ignore_ascii_case(holder))
        })
    };
    memchr::memchr2_iter(b'm', b'M', mail)
        .filter(|at| starts(*at))
        .count()
}

impl Returned {
    fn understand(&mut self, message: &Message<'_>) {
        for part in &message.parts {
            match &part.body {
                PartType::Message(original) => self.note_original(original),
                PartType::Text(text) if is_type(part, "text", "rfc822-headers") => {
                    let headers = MessageParser::default().parse_headers(text.as_bytes());
                    if let Some(original) = headers {
                        self.note_original(&original);
                    }
                }
                _ => {}
            }
        }
        let of_type = |wanted: &[&str]| {
            let mut parts = message.parts.iter();
            parts.find(|part| {
                wanted
                    .iter()
                    .any(|subtype| is_type(part, "message", subtype))
            })
        };
        if let Some(part) = of_type(&["feedback-report"]) {
            return self.understand_feedback(&String::from_utf8_lossy(part.contents()));
        }
        if let Some(part) = of_type(&["delivery-status", "global-delivery-status"]) {
            let text = String::from_utf8_lossy(part.contents());
            if let Some((kind, recipients)) = report::delivery_status(&text) {
                (self.kind, self.form, self.recipients) = (kind, "dsn", recipients);
                return;
            }
        }
        if let Some(read) = plain::read(message) {
            (self.kind, self.form, self.recipients) = (read.kind, read.form, read.recipients);
            self.about.extend(read.about);
        }
    }

    /// Notes what the message of ours says of itself.
    fn note_original(&mut self, original: &Message<'_>) {
        self.about.extend(original.message_id().map(tidy));
        self.came_to
            .extend(header_addresses(original, "Return-Path"));
    }

    /// A complaint (RFC 5965). Reports that are not about spam do not count.
    fn understand_feedback(&mut self, text: &str) {
        let feedback = report::feedback(text);
        self.form = "arf";
        self.kind = if feedback.complains {
            Kind::Complaint
        } else {
            Kind::Other
        };
        self.came_to.extend(feedback.sender);
        let failed = |address: String| Failed {
            address: Some(address),
            severity: Severity::Hard,
            status: None,
            said: feedback.said.clone(),
        };
        if feedback.complains {
            self.recipients = feedback.recipients.into_iter().map(failed).collect();
        }
    }
}

fn is_type(part: &mail_parser::MessagePart<'_>, main: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case(main)
            && kind
                .subtype()
                .is_some_and(|given| given.eq_ignore_ascii_case(sub))
    })
}

/// Where a mail came to: what mail servers wrote, before what the sender wrote.
fn came_to(message: &Message<'_>) -> Vec<String> {
    let headers = [
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
        "To",
    ];
    let addresses = headers
        .iter()
        .flat_map(|name| header_addresses(message, name));
    addresses.collect()
}

/// The addresses in all headers of a name, as they stand there.
fn header_addresses(message: &Message<'_>, name: &str) -> Vec<String> {
    let raw = message
        .headers_raw()
        .filter(|(header, _)| header.eq_ignore_ascii_case(name));
    raw.take(20)
        .flat_map(|(_, value)| addresses(value))
        .collect()
}

/// What looks like addresses in a text.
fn addresses(text: &str) -> Vec<String> {
    let apart = |sign: char| sign.is_whitespace() || "<>()[],;:\"'`".contains(sign);
    let words = text.split(apart).map(|word| word.trim_matches('.'));
    let is_address = |word: &&str| {
        let parts = word.split_once('@');
        word.len() < 320
            && parts.is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.contains('@')
            })
    };
    words
        .filter(is_address)
        .take(MOST_RECIPIENTS)
        .map(str::to_owned)
        .collect()
}

/// Each once, in order.
fn distinct(texts: &mut Vec<String>) {
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
}

/// A text on one line, shortened.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|sign: char| sign.is_whitespace() || sign.is_control())
        .collect();
    let words = words.into_iter().filter(|word| !word.is_empty());
    let mut tidy = String::new();
    for word in words {
        if tidy.len() + word.len() > SAID {
            tidy.extend(
                word.chars()
                    .take(SAID.saturating_sub(tidy.len() + 1))
                    .collect::<Vec<_>>(),
            );
            tidy.push('…');
            break;
        }
        tidy.push_str(if tidy.is_empty() { "" } else { " " });
        tidy.push_str(word);
    }
    tidy
}
