//! The greeting, and what the relay says it can do (RFC 5321 section 4.1.1.1).

use super::wire::Wire;
use super::{Trouble, unwelcome};
use crate::error::Error;
use crate::mail::{Envelope, Outcome, Reply, Status};
use std::fmt::Write;
use std::time::Duration;

/// What the relay can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) pipelining: bool,
    pub(super) starttls: bool,
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    /// Whether sizes may be announced, and the most it takes; 0 if it does not say.
    pub(super) size: Option<usize>,
    /// Ways of logging in, in capitals.
    pub(super) logins: Vec<String>,
}

/// Greets, in the old way if the relay does not know the new one.
pub(super) async fn greet(
    wire: &mut Wire,
    who: &str,
    name: &str,
    limit: Duration,
) -> Result<Extensions, Trouble> {
    let mut old = false;
    loop {
        let word = if old { "HELO" } else { "EHLO" };
        let said = wire.say(&format!("{word} {name}\r\n"), limit).await;
        said.map_err(|broken| broken.trouble(who))?;
        let answer = wire.lines(limit).await;
        let (code, lines) = answer.map_err(|broken| broken.trouble(who))?;
        match code {
            250 if old => return Ok(Extensions::default()),
            250 => return Ok(Extensions::parse(&lines)),
            500..=504 if !old => old = true,
            _ => {
                let reply = Reply::of(code, &lines);
                return Err(unwelcome(
                    who,
                    &format!("does not like the name `{name}`"),
                    &reply,
                ));
            }
        }
    }
}

impl Extensions {
    fn parse(lines: &[String]) -> Extensions {
        let mut known = Extensions::default();
        // The first line is only a greeting.
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split([' ', '=']);
            match words.next().unwrap_or_default() {
                "PIPELINING" => known.pipelining = true,
                "STARTTLS" => known.starttls = true,
                "8BITMIME" => known.eight_bit = true,
                "SMTPUTF8" => known.utf8 = true,
                "SIZE" => {
                    let size = words.next().and_then(|size| size.parse().ok());
                    known.size = Some(size.unwrap_or(0));
                }
                "AUTH" => known.logins.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        known
    }

    /// What MAIL says of this message; an outcome if this relay cannot take it.
    pub(super) fn parameters(
        &self,
        who: &str,
        envelope: &Envelope,
        content: &[u8],
    ) -> Result<String, Box<Outcome>> {
        let mut parameters = String::new();
        if let Some(most) = self.size {
            if most > 0 && content.len() > most {
                let error = Error::new(format!("{who} does not take messages of this size"))
                    .because(format!(
                        "it takes {most} bytes, the message has {}",
                        content.len()
                    ))
                    .help("shorten the issue, or lower the budget of mails in press.toml");
                return Err(Box::new(Outcome::Stop(error)));
            }
            let _ = write!(parameters, " SIZE={}", content.len());
        }
        let ascii = content.is_ascii();
        if !ascii && !self.eight_bit {
            let error = Error::new(format!("{who} takes only messages in ASCII"))
                .because("the message has other bytes, and the relay does not offer 8BITMIME")
                .help("use another relay");
            return Err(Box::new(Outcome::Stop(error)));
        }
        if !ascii {
            parameters.push_str(" BODY=8BITMIME");
        }
        if envelope.is_utf8() || !ascii && !has_ascii_headers(content) {
            if !self.utf8 {
                // RFC 6531 section 3.5.
                let text = format!("not sent: {who} takes only addresses in ASCII");
                let reply = Reply::own(550, Status::new(5, 6, 7), text);
                return Err(Box::new(Outcome::Bounced { reply }));
            }
            parameters.push_str(" SMTPUTF8");
        }
        Ok(parameters)
    }
}

fn has_ascii_headers(content: &[u8]) -> bool {
    let end = memchr::memmem::find(content, b"\r\n\r\n").unwrap_or(content.len());
    content[..end].is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(lines: &str) -> Extensions {
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        Extensions::parse(&lines)
    }

    #[test]
    fn what_a_relay_offers_is_read_in_any_case_and_order() {
        let known = offered(
            "PIPELINING.example greets\nsize 1000\nPipelining\nAUTH=LOGIN\nauth PLAIN xoauth2\n8BITMIME\nX-NEW a b",
        );
        let logins = ["LOGIN", "PLAIN", "XOAUTH2"].map(str::to_owned).to_vec();
        let expected = Extensions {
            pipelining: true,
            starttls: false,
            eight_bit: true,
            utf8: false,
            size: Some(1000),
            logins,
        };
        assert_eq!(known, expected);
        assert_eq!(offered("PIPELINING"), Extensions::default());
        assert_eq!(offered("hi\nSIZE x").size, Some(0));
    }

    #[test]
    fn parameters_are_what_the_message_needs_and_the_relay_knows() {
        let plain = Envelope::new("b@weekly.example", "a@example.org").unwrap();
        let utf8 = Envelope::new("b@weekly.example", "bücher@example.org").unwrap();
        let all = offered("hi\nSIZE 100\n8BITMIME\nSMTPUTF8");
        let said = |known: &Extensions, envelope: &Envelope, content: &str| match known.parameters(
            "relay",
            envelope,
            content.as_bytes(),
        ) {
            Ok(parameters) => parameters,
            Err(outcome) => format!("{outcome:?}")
                .split([' ', '('])
                .next()
                .unwrap()
                .to_owned(),
        };
        assert_eq!(said(&all, &plain, "A: b\r\n\r\nc"), " SIZE=9");
        assert_eq!(
            said(&all, &plain, "A: b\r\n\r\nä"),
            " SIZE=10 BODY=8BITMIME"
        );
        assert_eq!(
            said(&all, &plain, "A: ä\r\n\r\nb"),
            " SIZE=10 BODY=8BITMIME SMTPUTF8"
        );
        assert_eq!(said(&all, &utf8, "A: b\r\n\r\nc"), " SIZE=9 SMTPUTF8");
        assert_eq!(said(&all, &plain, &"a".repeat(101)), "Stop");
        let none = Extensions::default();
        assert_eq!(said(&none, &plain, "A: b"), "");
        assert_eq!(said(&none, &plain, "ä"), "Stop");
        assert_eq!(said(&none, &utf8, "A: b"), "Bounced");
    }
}
