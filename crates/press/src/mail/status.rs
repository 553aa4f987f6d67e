//! Enhanced status codes (RFC 3463, RFC 5248), and what they say of an address.

use std::fmt;

/// A code of three numbers, such as `5.1.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status {
    /// 2 success, 4 for now, 5 for good.
    pub class: u8,
    /// What it is about: 1 the address, 2 the mailbox, 3 the mail system, 4 the way there, 5 the protocol, 6 the content, 7
    /// policy.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

/// Whether an address should be mailed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Perhaps next time: a full mailbox, a filter, a server in trouble. Counts, and only many of them in a row mean
    /// anything.
    Soft,
    /// Never: nobody is there.
    Hard,
}

impl Severity {
    /// As JSON and the books have it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Soft => "soft",
            Severity::Hard => "hard",
        }
    }
}

impl Status {
    /// The code of these numbers.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Status {
        Status {
            class,
            subject,
            detail,
        }
    }

    /// Reads a code at the start of a text. What follows it must not be more of a number.
    pub fn parse(text: &str) -> Option<Status> {
        let length = text
            .find(|sign: char| !sign.is_ascii_digit() && sign != '.')
            .unwrap_or(text.len());
        let (code, rest) = text.split_at(length);
        if rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        let mut numbers = code.trim_end_matches('.').split('.');
        let mut number = |most: usize| {
            let text = numbers.next()?;
            (!text.is_empty() && text.len() <= most).then(|| text.parse::<u16>().ok())?
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        if numbers.next().is_some() || !matches!(class, 2 | 4 | 5) {
            return None;
        }
        Some(Status::new(class as u8, subject, detail))
    }

    /// What a refusal for good says of the address. The table is in `docs/bounces.md`.
    ///
    /// Hard is only what says that the mailbox or its domain is not there. A mailbox that is full, a filter that dislikes
    /// a message, a system that is broken: all that says nothing of whether the person still wants the newsletter.
    pub fn severity(self) -> Severity {
        if self.class != 5 {
            return Severity::Soft;
        }
        match (self.subject, self.detail) {
            // Bad address: of the mailbox, of the system, its syntax, ambiguous, moved, null MX. 7, 8 and 9 are about
            // the sender.
            (1, 0..=4 | 6 | 10) => Severity::Hard,
            // Mailbox disabled.
            (2, 1) => Severity::Hard,
            // No way: the host has no MX and no address.
            (4, 4) => Severity::Hard,
            _ => Severity::Soft,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_three_numbers() {
        let read = |text: &str| Status::parse(text).map(|status| status.to_string());
        assert_eq!(read("5.1.1 no such user").as_deref(), Some("5.1.1"));
        assert_eq!(read("4.7.650").as_deref(), Some("4.7.650"));
        assert_eq!(read("5.7.1: denied").as_deref(), Some("5.7.1"));
        assert_eq!(read("2.0.0.").as_deref(), Some("2.0.0"));
        for text in [
            "", "5", "5.1", "5..1", "3.1.1", "5.1.1.1", "5.1.1x", "55.1.1", "5.1234.1", ".5.1.1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_is_not_there_is_hard() {
        let severity = |text: &str| Status::parse(text).unwrap().severity();
        for hard in [
            "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4",
        ] {
            assert_eq!(severity(hard), Severity::Hard, "{hard}");
        }
        for soft in [
            "5.2.2", "5.7.1", "5.1.8", "5.3.0", "5.4.6", "5.0.0", "4.1.1", "2.1.5", "5.6.7",
        ] {
            assert_eq!(severity(soft), Severity::Soft, "{soft}");
        }
    }
}
