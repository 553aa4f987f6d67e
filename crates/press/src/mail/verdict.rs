//! What an answer means for the message: the one table that decides between sent, later, never and stop.
//!
//! The first digit says whether something failed for now or for good (RFC 5321 section 4.2.1). For whom it failed depends
//! on when it was said and on the enhanced code (RFC 3463). Where both leave it open, the choice is the one after which
//! nobody is lost: `docs/sending.md` has the table with reasons.

use super::status::Status;
use super::{Outcome, Reply, Scope};
use crate::error::Error;

/// When something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To the sender's address: about us, not about the recipient.
    Sender,
    /// To the recipient's address.
    Recipient,
    /// To the wish to send the content, or to the content: about the message, unless it says otherwise.
    Content,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Accepted,
    /// Not now.
    Later(Scope),
    /// This address never.
    Refused,
    /// This message never, for whomever that holds: a filter of this recipient, or anybody's.
    Unwanted,
    /// No message from us, as things are.
    Stop,
}

/// What an answer means at a stage.
pub(super) fn of(stage: Stage, reply: &Reply) -> Verdict {
    match (reply.code, reply.status) {
        (200..=299, _) => Verdict::Accepted,
        (400..=499, status) => Verdict::Later(later(stage, reply.code, status)),
        // Too many recipients: RFC 5321 section 4.5.3.1.10 has old servers say 552 and mean 452.
        (
            552,
            None
            | Some(Status {
                subject: 5,
                detail: 3,
                ..
            }),
        ) if stage == Stage::Recipient => Verdict::Later(Scope::Relay),
        _ if stage == Stage::Sender || wants_login(reply) => Verdict::Stop,
        (_, Some(status)) => refused(stage, reply.code, status),
        (501 | 550..=554, None) if stage == Stage::Recipient => Verdict::Refused,
        // The message was not liked; whether the next would fare better, the next will show.
        (550..=554, None) => Verdict::Unwanted,
        // The protocol was not understood.
        _ => Verdict::Stop,
    }
}

/// For whom a temporary refusal holds.
fn later(stage: Stage, code: u16, status: Option<Status>) -> Scope {
    if stage == Stage::Sender {
        return Scope::Relay;
    }
    match (code, status.map(|status| (status.subject, status.detail))) {
        // The server is about to close, or needs a login first.
        (421 | 454, _) => Scope::Relay,
        (_, Some((1 | 2, _))) => Scope::Recipient,
        (_, Some((4 | 7, _))) => Scope::Domain,
        (_, Some((3 | 5 | 6, _))) => Scope::Relay,
        // The mailbox is busy.
        (450, _) => Scope::Recipient,
        // Out of room, or too many recipients.
        (452, _) => Scope::Relay,
        // Greylisting and errors in processing concern all at that domain as a rule.
        _ => Scope::Domain,
    }
}

/// What a refusal for good with an enhanced code means.
fn refused(stage: Stage, code: u16, status: Status) -> Verdict {
    match (stage, status.subject, status.detail) {
        // The sender's address is what was not liked.
        (_, 1, 7 | 8) => Verdict::Stop,
        (_, 1 | 2, _) => Verdict::Refused,
        // Too big: for the relay, or for this recipient (RFC 1870 section 6.2).
        (_, 3, 4) => Verdict::Unwanted,
        // Authentication of the mail, the name or the address of the sender's server (RFC 7372 and what big providers
        // added): about us, whoever the recipient is.
        (_, 7, 20..=29 | 57 | 60 | 64 | 500..=799) => Verdict::Stop,
        // Yahoo says 5.7.9 of messages that its filters do not like.
        (Stage::Content, 7, 9) => Verdict::Unwanted,
        (_, 7, 8 | 9 | 11 | 14) => Verdict::Stop,
        (Stage::Recipient, 0 | 3 | 4 | 6 | 7, _) => Verdict::Refused,
        // A wrong parameter is our mistake; "501 5.5.4" to an address is its syntax.
        (Stage::Recipient, 5, _) if matches!(code, 501 | 550..=554) => Verdict::Refused,
        (Stage::Content, 4, _) => Verdict::Refused,
        // RFC 3463 has 5.7.1 for a filter of the host and for one of the recipient alike; big providers say it after the
        // content of both.
        (Stage::Content, 0 | 3 | 6 | 7, _) => Verdict::Unwanted,
        _ => Verdict::Stop,
    }
}

/// Whether the server says that it does not know us: then every recipient would be refused. Servers use the same codes
/// for this and for a recipient's own policy, and tell them apart in words only.
fn wants_login(reply: &Reply) -> bool {
    let said = reply.text.to_ascii_lowercase();
    matches!(reply.code, 530 | 534 | 535 | 538)
        || [
            "relay access denied",
            "relaying denied",
            "relaying not",
            "unable to relay",
            "relay not permitted",
        ]
        .iter()
        .chain(&[
            "not permitted to relay",
            "authentication required",
            "authentication is required",
            "not authenticated",
        ])
        .any(|words| said.contains(words))
}

/// The error of a refusal that may be about more than this recipient.
pub(super) fn stop(who: &str, stage: Stage, reply: &Reply) -> Error {
    let (what, help) = match stage {
        _ if wants_login(reply) => (
            "does not let us send",
            "give the `[[relay]]` a `user`, and its password in the environment, or have this machine allowed there",
        ),
        Stage::Sender => (
            "refused the sender's address",
            "have the domain of the address for bounces allowed there, or change it in press.toml",
        ),
        Stage::Recipient => (
            "refused the command",
            "look up in its documentation what the answer means",
        ),
        Stage::Content => (
            "refused the message itself",
            "look up in its documentation what the answer means: often it is SPF, DKIM, DMARC or a filter",
        ),
    };
    Error::new(format!("{who} {what}"))
        .because(format!("it said: {reply}"))
        .help(help)
        .state("the message in hand was not taken; nobody is lost")
}

/// Refuses content that servers would read differently from us: a line break of half its characters is how a second
/// message is smuggled in behind the first.
#[expect(
    clippy::result_large_err,
    reason = "asked once for a message, and nearly never an error"
)]
pub(super) fn refuse_unfit(content: &[u8]) -> Result<(), Outcome> {
    let mut start = 0;
    for at in memchr::memchr3_iter(b'\n', b'\r', 0, content) {
        let whole = match content[at] {
            b'\n' => at > 0 && content[at - 1] == b'\r',
            b'\r' => content.get(at + 1) == Some(&b'\n'),
            _ => false,
        };
        if !whole {
            return Err(unfit(
                "it has a line break, or a sign, that no mail may have",
            ));
        }
        if content[at] == b'\n' {
            if at - 1 - start > LINE_BYTES {
                return Err(unfit("it has a line of more than 998 bytes"));
            }
            start = at + 1;
        }
    }
    match content.len() - start {
        0..=LINE_BYTES => Ok(()),
        _ => Err(unfit("it has a line of more than 998 bytes")),
    }
}

/// RFC 5322 section 2.1.1, without the line break.
const LINE_BYTES: usize = 998;

fn unfit(why: &str) -> Outcome {
    let error = Error::new("the message cannot be sent").because(why);
    Outcome::Stop(error.help("this is a mistake of ours: please report it with the issue's text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(stage: Stage, said: &str) -> Verdict {
        let (code, text) = said.split_once(' ').unwrap_or((said, ""));
        of(stage, &Reply::of(code.parse().unwrap(), &[text.to_owned()]))
    }

    #[test]
    fn what_is_said_of_a_recipient() {
        let said = |text: &str| verdict(Stage::Recipient, text);
        assert_eq!(said("250 2.1.5 Ok"), Verdict::Accepted);
        assert_eq!(said("251 will forward"), Verdict::Accepted);
        for refused in [
            "550 5.1.1 unknown",
            "550 no such user",
            "551 moved",
            "553 bad name",
            "554 no",
            "501 5.1.3 syntax",
            "501 what",
            "550 5.2.1 disabled",
            "552 5.2.2 full",
            "550 5.7.1 our policy",
            "554 5.7.1 rejected",
            "550 5.4.1 no",
            "556 5.1.10 null MX",
        ] {
            assert_eq!(said(refused), Verdict::Refused, "{refused}");
        }
        for (text, scope) in [
            ("450 busy", Scope::Recipient),
            ("450 4.2.0 greylisted", Scope::Recipient),
            ("452 4.2.2 full", Scope::Recipient),
            ("451 try later", Scope::Domain),
            ("451 4.7.1 greylisted", Scope::Domain),
            ("450 4.4.1 no answer from host", Scope::Domain),
            ("452 too many recipients", Scope::Relay),
            ("452 4.5.3 too many", Scope::Relay),
            ("552 too many recipients", Scope::Relay),
            ("552 5.5.3 too many", Scope::Relay),
            ("451 4.3.0 queue file write error", Scope::Relay),
            ("421 4.2.1 closing", Scope::Relay),
        ] {
            assert_eq!(said(text), Verdict::Later(scope), "{text}");
        }
        for stop in [
            "554 5.7.1 <a@b.example>: Relay access denied",
            "550 5.7.54 Unable to relay",
            "530 5.7.0 authenticate first",
            "550 5.7.1 authentication required",
            "503 sequence",
            "502 what",
            "550 5.7.26 unauthenticated",
            "550 5.1.8 sender's domain",
            "550 5.7.515 not up to our standard",
        ] {
            assert_eq!(said(stop), Verdict::Stop, "{stop}");
        }
    }

    #[test]
    fn what_is_said_of_the_sender_is_about_all() {
        let said = |text: &str| verdict(Stage::Sender, text);
        for stop in [
            "550 5.1.8 no",
            "553 5.7.1 not yours",
            "530 login",
            "552 too big",
            "555 parameters",
            "550 5.1.1 odd",
        ] {
            assert_eq!(said(stop), Verdict::Stop, "{stop}");
        }
        for later in ["450 4.1.8 no", "451 oops", "452 4.3.1 full", "421 bye"] {
            assert_eq!(said(later), Verdict::Later(Scope::Relay), "{later}");
        }
    }

    #[test]
    fn what_is_said_of_the_content_is_about_the_message_unless_it_names_the_mailbox() {
        let said = |text: &str| verdict(Stage::Content, text);
        assert_eq!(said("250 queued"), Verdict::Accepted);
        for unwanted in [
            "554 no",
            "550 5.7.1 spam",
            "552 5.3.4 too big",
            "552 5.7.0 an attachment that could harm",
            "554 5.7.9 policy",
            "554 5.0.0 transaction failed",
            "550 5.6.0 no",
            "550",
            "552",
        ] {
            assert_eq!(said(unwanted), Verdict::Unwanted, "{unwanted}");
        }
        for stop in [
            "550 5.7.26 unauthenticated",
            "550 5.7.511 banned",
            "550 5.7.1 relaying denied",
            "554 5.5.1 no valid recipients",
            "500 what",
        ] {
            assert_eq!(said(stop), Verdict::Stop, "{stop}");
        }
        for refused in ["550 5.1.1 unknown", "552 5.2.2 full", "550 5.4.4 no host"] {
            assert_eq!(said(refused), Verdict::Refused, "{refused}");
        }
        assert_eq!(said("421 bye"), Verdict::Later(Scope::Relay));
        assert_eq!(said("451 4.7.0 later"), Verdict::Later(Scope::Domain));
    }

    #[test]
    fn content_that_could_be_two_messages_is_refused() {
        let long = format!("{}\r\n", "a".repeat(998));
        let fine = ["", "a", "a\r\n", "a\r\n.\r\nb\r\n", &long];
        assert!(
            fine.iter()
                .all(|text| refuse_unfit(text.as_bytes()).is_ok())
        );
        let too_long = format!("{}\r\n", "a".repeat(999));
        let bad = [
            "\n",
            "a\n.\n",
            "a\r",
            "a\rb\r\n",
            "a\r\r\n",
            "a\n\r\n",
            "a\0",
            &too_long,
            &"a".repeat(999),
        ];
        for text in bad {
            assert!(refuse_unfit(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
