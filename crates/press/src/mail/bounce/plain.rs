//! Bounces for people only: texts of mail servers, each with its own words, and answers of machines that are no bounces.
//!
//! Only what a mail server sent is read as a bounce: its envelope has no sender, or its name is one of those that servers
//! use. A person who quotes an error at us is a person.

use super::wording;
use super::{Failed, Kind, addresses, header_addresses, tidy};
use mail_parser::Message;

/// What a text was understood as.
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) form: &'static str,
    pub(super) recipients: Vec<Failed>,
    pub(super) about: Vec<String>,
}

impl Read {
    fn of(kind: Kind, form: &'static str) -> Read {
        Read {
            kind,
            form,
            recipients: Vec::new(),
            about: Vec::new(),
        }
    }
}

/// As much of a text is looked at: servers say what is wrong before they show the message.
const LOOK: usize = 8 << 10;

/// A program, and what its texts always hold.
struct Form {
    name: &'static str,
    signs: &'static [&'static str],
}

/// Programs by their words, in lower case.
const FORMS: &[Form] = &[
    Form {
        name: "qmail",
        signs: &[
            "this is the qmail-send program",
            "i'm afraid i wasn't able to deliver your message",
        ],
    },
    Form {
        name: "exim",
        signs: &["this message was created automatically by mail delivery software"],
    },
    Form {
        name: "postfix",
        signs: &[
            "this is the mail system at host",
            "this is the postfix program at host",
        ],
    },
    Form {
        name: "exchange",
        signs: &[
            "did not reach some or all of the intended recipients",
            "the following recipient(s) cannot be reached",
            "delivery has failed to these recipients",
        ],
    },
    Form {
        name: "gmail",
        signs: &[
            "your message wasn't delivered to",
            "delivery to the following recipient failed permanently",
            "there was a problem delivering your message to",
        ],
    },
    Form {
        name: "sendmail",
        signs: &[
            "the following addresses had permanent fatal errors",
            "the following addresses had permanent delivery errors",
        ],
    },
    Form {
        name: "yahoo",
        signs: &[
            "sorry, we were unable to deliver your message",
            "unable to deliver message to the following address",
        ],
    },
    Form {
        name: "text",
        signs: &[
            "could not be delivered",
            "couldn't be delivered",
            "undeliverable",
            "undelivered",
            "delivery failed",
            "delivery failure",
            "delivery status notification",
            "failure notice",
            "returned mail",
            "returned to sender",
            "permanent error",
            "was not delivered",
            "unable to deliver",
            "mail delivery failed",
        ],
    },
];

/// Lines below which our own message is shown.
const BELOW: &[&str] = &[
    "below this line is a copy of the message",
    "this is a copy of the message",
    "original message headers",
    "original message follows",
    "----- original message -----",
    "--- original message ---",
    "unsent message follows",
    "message header follows",
    "message headers follow",
    "-----original message-----",
];

/// Reads a mail that has no part for machines.
pub(super) fn read(message: &Message<'_>) -> Option<Read> {
    let subject = message.subject().unwrap_or_default();
    let text = text(message);
    let whole = format!("{}\n{text}", subject.to_lowercase());
    if is_from_server(message)
        && let Some(read) = read_bounce(message, &whole, &text)
    {
        return Some(read);
    }
    if wording::is_challenge(&whole) {
        return Some(Read::of(Kind::Challenge, "challenge"));
    }
    (is_machine(message) || wording::is_away(subject))
        .then(|| Read::of(Kind::AutoReply, "auto-reply"))
}

/// The text before our own message without quotations, in lower case, straight quotes.
fn text(message: &Message<'_>) -> String {
    let body = message.body_text(0).unwrap_or_default();
    let end = (0..=LOOK.min(body.len()))
        .rev()
        .find(|at| body.is_char_boundary(*at));
    let text = body[..end.unwrap_or(0)].to_lowercase().replace('’', "'");
    let below = BELOW.iter().filter_map(|line| text.find(line)).min();
    let own = text[..below.unwrap_or(text.len())].lines();
    // What somebody quotes is not what they say. Three signs are a server's own, before what was said over the wire.
    let own = own.filter(|line| !line.starts_with('>') || line.starts_with(">>>"));
    own.collect::<Vec<_>>().join("\n")
}

/// Whether a mail server wrote it.
fn is_from_server(message: &Message<'_>) -> bool {
    const NAMES: &[&str] = &[
        "mailer-daemon",
        "mailerdaemon",
        "postmaster",
        "mail-daemon",
        "maildaemon",
        "mailer_daemon",
        "mail.delivery.subsystem",
        "bounce",
        "microsoftexchange",
    ];
    let senders = header_addresses(message, "From");
    let of_server = |address: &String| {
        let address = address.to_ascii_lowercase();
        NAMES.iter().any(|name| address.starts_with(name))
    };
    let mut headers = message.headers_raw();
    let no_sender = headers
        .any(|(name, value)| name.eq_ignore_ascii_case("Return-Path") && value.trim() == "<>");
    no_sender
        || senders.iter().any(of_server)
        || message.header_raw("X-Failed-Recipients").is_some()
}

/// Whether a machine answered by itself (RFC 3834, and what came before it).
fn is_machine(message: &Message<'_>) -> bool {
    message.headers_raw().any(|(name, value)| {
        let value = value.trim().to_ascii_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "auto-submitted" => value != "no",
            "x-autoreply" | "x-autorespond" | "x-autoresponder" | "x-mail-autoreply" => true,
            "precedence" | "x-precedence" => value == "auto_reply",
            _ => false,
        }
    })
}

fn read_bounce(message: &Message<'_>, whole: &str, text: &str) -> Option<Read> {
    let form = FORMS
        .iter()
        .find(|form| form.signs.iter().any(|sign| whole.contains(sign)));
    // A warning looks like a bounce of its program, but for some words.
    if wording::is_delay(whole) {
        return Some(Read::of(
            Kind::Delayed,
            form.map_or("text", |form| form.name),
        ));
    }
    let named = header_addresses(message, "X-Failed-Recipients");
    let form = match (form, named.is_empty()) {
        (Some(form), _) => form.name,
        (None, false) => "exim",
        (None, true) => return None,
    };
    let (status, code) = (wording::status(text), wording::code(text));
    if status.is_none() && code.is_none() && !wording::is_refusal(text) {
        return None;
    }
    let mut read = Read::of(Kind::Bounce, form);
    let said = explanation(text);
    let severity = match (status, code) {
        // A server that failed for now, and a program that gave up.
        (None, Some(400..=499)) => crate::mail::status::Severity::Soft,
        _ => wording::severity(status, text),
    };
    let address = named
        .into_iter()
        .next()
        .or_else(|| recipient(message, text));
    read.recipients.push(Failed {
        address,
        severity,
        status,
        said,
    });
    Some(read)
}

/// The address that the text is about: the first that is not the server's own, nor where it came to.
fn recipient(message: &Message<'_>, text: &str) -> Option<String> {
    let ours = super::came_to(message);
    let senders = header_addresses(message, "From");
    let other = |address: &String| {
        let same = |known: &String| known.eq_ignore_ascii_case(address);
        !ours.iter().any(same) && !senders.iter().any(same) && !address.starts_with("postmaster@")
    };
    addresses(text).into_iter().find(other)
}

/// The lines that say why: from the first with a code or such words on.
fn explanation(text: &str) -> String {
    let says = |line: &&str| wording::status(line).is_some() || wording::code(line).is_some();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let from = lines()
        .position(|line| says(&line))
        .or_else(|| lines().position(wording::is_refusal));
    let some: Vec<&str> = lines().skip(from.unwrap_or(0)).take(3).collect();
    tidy(&some.join(" "))
}
