//! The words of servers: what says that nobody is there, that it may go better, that somebody is away.
//!
//! Bounces in no standard form are judged by these tables, and codes that say nothing are helped by them. The
//! cautious words come first: a text that speaks of spam and of an address is about spam.

use crate::mail::status::{Severity, Status};

/// What says that the fault is not the address's. Each stands before [`HARD`].
const SOFT: &[&str] = &[
    "quota",
    "mailbox full",
    "mailbox is full",
    "inbox is full",
    "over its",
    "out of storage",
    "insufficient storage",
    "too large",
    "size limit",
    "exceeds",
    "spam",
    "unsolicited",
    "junk",
    "blacklist",
    "blocklist",
    "blocked",
    "block list",
    "reputation",
    "listed",
    "policy",
    "dmarc",
    "spf",
    "dkim",
    "authenticat",
    "virus",
    "malware",
    "content",
    "greylist",
    "graylist",
    "rate limit",
    "too many",
    "temporar",
    "try again",
    "timed out",
    "timeout",
    "connection refused",
    "loop",
    "too many hops",
    "relay",
    "not accepting",
    "inactive for",
];

/// What says that nobody is there.
const HARD: &[&str] = &[
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown address",
    "unknown local part",
    "no such user",
    "no such mailbox",
    "no such recipient",
    "no such address",
    "no such person",
    "no such account",
    "no mailbox",
    "does not exist",
    "doesn't exist",
    "do not exist",
    "could not be found",
    "couldn't be found",
    "wasn't found",
    "was not found",
    "not found",
    "not a valid",
    "invalid recipient",
    "invalid mailbox",
    "invalid address",
    "address rejected",
    "recipient rejected",
    "mailbox unavailable",
    "mailbox not available",
    "account disabled",
    "account has been disabled",
    "account is disabled",
    "account has been closed",
    "mailbox disabled",
    "no longer available",
    "no longer valid",
    "no longer works",
    "not listed in",
    "domain not found",
    "host not found",
    "name service error",
    "unrouteable address",
    "unroutable address",
    "undeliverable address",
    "null mx",
];

/// What says that a server goes on trying.
const DELAYED: &[&str] = &[
    "warning message only",
    "you do not need to resend",
    "do not need to resend your message",
    "will be retried",
    "will continue to be made",
    "will keep trying",
    "still being retried",
    "will be retrying",
    "has not been delivered yet",
    "has not yet been delivered",
    "could not be delivered yet",
    "not yet been delivered",
    "delivery attempts will continue",
    "temporarily delayed",
    "delivery delayed",
    "delivery incomplete",
];

/// What says that a person is asked to prove that it is one.
const CHALLENGE: &[&str] = &[
    "please confirm your message",
    "confirm that you are a",
    "confirm that your message",
    "verify that you are a",
    "verify your email to",
    "to have your message delivered",
    "to deliver your message",
    "challenge-response",
    "challenge/response",
    "approved senders",
    "sender verification required",
    "requires verification",
    "confirm delivery of your message",
];

/// Beginnings of subjects with which machines say that somebody is away.
const AWAY: &[&str] = &[
    "out of office",
    "out of the office",
    "out-of-office",
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto:",
    "autosvar",
    "automatische antwort",
    "abwesenheit",
    "abwesend",
    "réponse automatique",
    "absence",
    "absent",
    "respuesta automática",
    "resposta automática",
    "risposta automatica",
    "automatisch antwoord",
    "automatiskt svar",
    "odpowiedź automatyczna",
    "automatická odpověď",
    "vacation",
    "on vacation",
    "on leave",
    "on holiday",
    "away from",
    "i am away",
    "自动回复",
    "自動応答",
];

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Whether a server goes on trying.
pub(super) fn is_delay(text: &str) -> bool {
    has(&text.to_lowercase(), DELAYED)
}

/// Whether somebody is to prove that they are people.
pub(super) fn is_challenge(text: &str) -> bool {
    has(&text.to_lowercase(), CHALLENGE)
}

/// Whether a subject says that somebody is away.
pub(super) fn is_away(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    AWAY.iter().any(|start| subject.starts_with(start))
}

/// Whether these words say anything of an address at all.
pub(super) fn is_refusal(text: &str) -> bool {
    let text = text.to_lowercase();
    has(&text, HARD) || has(&text, SOFT)
}

/// Whether an address should be mailed again: by its code, or by the words where the code leaves it open.
pub(super) fn severity(status: Option<Status>, said: &str) -> Severity {
    if let Some(status) = status
        && status.subject != 0
    {
        return status.severity();
    }
    // Failed for now, as a whole.
    if status.is_some_and(|status| status.class == 4) {
        return Severity::Soft;
    }
    let said = said.to_lowercase();
    if !has(&said, SOFT) && has(&said, HARD) {
        Severity::Hard
    } else {
        Severity::Soft
    }
}

/// The first enhanced code of a failure in a text.
pub(super) fn status(text: &str) -> Option<Status> {
    let apart = |sign: char| !sign.is_ascii_alphanumeric() && sign != '.';
    let mut words = text.split(apart);
    words.find_map(|word| {
        let status = Status::parse(word.trim_matches('.'))?;
        // Other things are written with dots too: versions of programs.
        (status.class != 2 && status.subject <= 7).then_some(status)
    })
}

/// The first code of an SMTP failure in a text: three digits that stand alone, and begin a refusal.
pub(super) fn code(text: &str) -> Option<u16> {
    let apart = |sign: char| !sign.is_ascii_alphanumeric() && sign != '.';
    let mut words = text.split(apart);
    words.find_map(|word| match word.parse() {
        Ok(code @ (421 | 450..=455 | 500..=504 | 521 | 550..=556 | 571)) if word.len() == 3 => {
            Some(code)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_among_other_numbers() {
        assert_eq!(
            status("said: 550 5.1.1 <a@b.example>: no")
                .map(|status| status.to_string())
                .as_deref(),
            Some("5.1.1")
        );
        assert_eq!(
            status("no such user (#5.1.1)")
                .map(|status| status.to_string())
                .as_deref(),
            Some("5.1.1")
        );
        assert_eq!(status("mx 192.0.2.55 (Exim 4.96.2)"), None);
        assert_eq!(code("192.0.2.55 said: 550-no"), Some(550));
        assert_eq!(code("5500 messages, 55, port 25"), None);
    }

    #[test]
    fn words_decide_where_codes_do_not() {
        let vague = Some(Status::new(5, 0, 0));
        assert_eq!(severity(vague, "550 No such user here"), Severity::Hard);
        assert_eq!(
            severity(vague, "550 No such user, or your mail is spam"),
            Severity::Soft
        );
        assert_eq!(severity(None, "what?"), Severity::Soft);
        assert_eq!(
            severity(Some(Status::new(5, 7, 1)), "no such user"),
            Severity::Soft
        );
        assert_eq!(
            severity(Some(Status::new(4, 0, 0)), "no such user"),
            Severity::Soft
        );
        assert_eq!(
            severity(Some(Status::new(5, 1, 1)), "policy"),
            Severity::Hard
        );
    }
}
