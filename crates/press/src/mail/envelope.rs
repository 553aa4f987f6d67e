//! The envelope: who sends and who gets, as they go over the line.
//!
//! Nothing that could end a command early gets through here: an address with a line break in it is refused, not
//! mended.

use super::status::Status;
use super::{Outcome, Reply};
use crate::error::Error;

/// Who sends and who gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    from: String,
    to: String,
    /// Whether one of them has more than ASCII before its `@`, which only servers with SMTPUTF8 (RFC 6531) take.
    utf8: bool,
}

/// An address that cannot go over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The sender's, and why. No message could leave with it.
    Sender(&'static str),
    /// The recipient's, and why.
    Recipient(&'static str),
}

impl Unfit {
    /// What it means for a message.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Unfit::Recipient(why) => Outcome::Bounced {
                reply: Reply::own(553, Status::new(5, 1, 3), format!("not sent: {why}")),
            },
            Unfit::Sender(why) => Outcome::Stop(
                Error::new("the sender's address cannot be used")
                    .because(why)
                    .help("mend the address for bounces in press.toml"),
            ),
        }
    }
}

/// RFC 5321 section 4.5.3.1.3, without the angle brackets.
const PATH_BYTES: usize = 254;

impl Envelope {
    /// The envelope of these addresses; an empty sender is that of notices nobody answers. A domain outside ASCII is written in its ASCII form.
    pub fn new(from: &str, to: &str) -> Result<Envelope, Unfit> {
        let (from, from_utf8) = match from {
            "" => (String::new(), false),
            _ => on_the_line(from).map_err(Unfit::Sender)?,
        };
        let (to, to_utf8) = on_the_line(to).map_err(Unfit::Recipient)?;
        Ok(Envelope {
            from,
            to,
            utf8: from_utf8 || to_utf8,
        })
    }

    /// The sender; empty for notices.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The recipient.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// Whether it takes a server with SMTPUTF8.
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }
}

/// An address as it goes over the line, and whether it is outside ASCII there.
fn on_the_line(address: &str) -> Result<(String, bool), &'static str> {
    if address.chars().any(char::is_control) {
        return Err("the address has control characters");
    }
    let (local, domain) = address.rsplit_once('@').ok_or("the address has no `@`")?;
    let fits = match local.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').is_some_and(is_quoted),
        None => !local.is_empty() && local.chars().all(is_plain),
    };
    if !fits {
        return Err("what stands before the `@` is no name of a mailbox");
    }
    let domain = match domain.strip_prefix('[') {
        Some(rest) => {
            let inner = rest.strip_suffix(']').unwrap_or_default();
            let part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | ':');
            if inner.is_empty() || !inner.chars().all(part) {
                return Err("what stands after the `@` is no domain");
            }
            domain.to_owned()
        }
        None => idna::domain_to_ascii_strict(domain)
            .ok()
            .filter(|domain| !domain.is_empty())
            .ok_or("what stands after the `@` is no domain")?,
    };
    let line = format!("{local}@{domain}");
    if line.len() > PATH_BYTES {
        return Err("the address is too long");
    }
    Ok((line, !local.is_ascii()))
}

/// What needs no quotes: atoms and dots, and what lies outside ASCII but blanks.
fn is_plain(sign: char) -> bool {
    match sign {
        '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
        _ => !sign.is_whitespace(),
    }
}

/// The inside of quotes: a quote or a backslash has a backslash before it.
fn is_quoted(inside: &str) -> bool {
    let mut signs = inside.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => return false,
            '\\' if signs.next().is_none() => return false,
            _ => {}
        }
    }
    !inside.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_go_over_the_line_as_servers_read_them() {
        let line = |address: &str| on_the_line(address).unwrap();
        assert_eq!(
            line("Anna.M+news@Example.ORG"),
            ("Anna.M+news@example.org".to_owned(), false)
        );
        assert_eq!(
            line("a@bücher.example"),
            ("a@xn--bcher-kva.example".to_owned(), false)
        );
        assert_eq!(
            line("bücher@example.org"),
            ("bücher@example.org".to_owned(), true)
        );
        assert_eq!(
            line("\"a b\"@example.org"),
            ("\"a b\"@example.org".to_owned(), false)
        );
        assert_eq!(line("a@[192.0.2.1]"), ("a@[192.0.2.1]".to_owned(), false));
    }

    #[test]
    fn what_could_be_a_command_is_refused() {
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b.example",
            "a b@example.org",
            "a@exa mple.org",
            "a@b@c.example",
            "a>\r\nRCPT TO:<b@example.org",
            "a@example.org\r\nDATA",
            "a\0@example.org",
            "a@example.org>",
            "<a@example.org>",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "a@[1.2.3.4> x]",
            "a@-b_.example",
            "a\u{2028}b@example.org",
            "a\u{85}@example.org",
        ] {
            assert!(
                matches!(Envelope::new("", bad), Err(Unfit::Recipient(_))),
                "{bad:?}"
            );
            assert_eq!(
                Envelope::new(bad, "a@example.org").is_ok(),
                bad.is_empty(),
                "{bad:?}"
            );
        }
        let long = format!("{}@example.org", "a".repeat(250));
        assert!(Envelope::new("", &long).is_err());
    }

    proptest! {
        #[test]
        fn no_address_breaks_a_line(from in "\\PC{0,30}|[a\r\n<>@. \"]{0,20}", to in "[a\r\n<>@. \"\\\\b-]{0,20}") {
            if let Ok(envelope) = Envelope::new(&from, &to) {
                for address in [envelope.from(), envelope.to()] {
                    prop_assert!(!address.contains(['\r', '\n']));
                    prop_assert!(address.len() <= PATH_BYTES);
                    let bare = address.starts_with('"') || !address.contains(['<', '>', ' ']);
                    prop_assert!(bare, "{address}");
                }
            }
        }
    }
}
