//! A forge tells of a pull request: what it sends is believed only if it is signed, and leads to what fetching does anyway.

use super::{Desk, Fetched};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::http::Http;
use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// The variable that holds the secret which the forge and we share.
const SECRET: &str = "PRESS_WEBHOOK_SECRET";

/// What a forge delivers: three headers and a body.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// `X-GitHub-Event`.
    pub event: &'a str,
    /// `X-GitHub-Delivery`.
    pub id: &'a str,
    /// `X-Hub-Signature-256`.
    pub signature: &'a str,
    /// The body, as it came.
    pub body: &'a [u8],
}

/// What became of a delivery.
#[derive(Debug, Serialize)]
#[serde(tag = "heard", rename_all = "kebab-case")]
pub enum Heard {
    /// It is not signed with our secret.
    Unsigned,
    /// It was dealt with before.
    Repeated,
    /// It is about something else.
    Ignored,
    /// Its pull request was read.
    Read(Fetched),
}

#[derive(Deserialize)]
struct Payload {
    number: Option<i64>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

/// Whether a body was signed with a secret: `sha256=` and the HMAC in hexadecimal digits. It takes as long for a wrong
/// signature as for a right one (<https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries>).
pub(super) fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some(digits) = signature.strip_prefix("sha256=") else {
        return false;
    };
    let Some(tag) = bytes(digits) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, body, &tag).is_ok()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

impl Desk {
    /// Deals with a delivery. The same one again changes nothing; one that failed may come again.
    pub async fn hear(
        &self,
        delivery: Delivery<'_>,
        http: &Http,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Heard> {
        let secret = secrets.find(SECRET).ok_or_else(|| {
            Error::new("there is no secret for webhooks").help(format!(
                "set the environment variable `{SECRET}`, and give the forge the same"
            ))
        })?;
        if !is_signed(&secret, delivery.signature, delivery.body) {
            return Ok(Heard::Unsigned);
        }
        if delivery.id.is_empty() || delivery.id.len() > 100 {
            return Ok(Heard::Ignored);
        }
        if self.store.is_delivery_known(delivery.id).await? {
            return Ok(Heard::Repeated);
        }
        let payload: Option<Payload> = serde_json::from_slice(delivery.body).ok();
        let own = self.config().submissions.repository.as_deref();
        let number = payload
            .filter(|payload| {
                let repository = payload.repository.as_ref();
                repository.is_some_and(|repository| {
                    own.is_some_and(|own| own.eq_ignore_ascii_case(&repository.full_name))
                })
            })
            .and_then(|payload| payload.number)
            .filter(|_| delivery.event == "pull_request");
        let heard = match number {
            Some(number) => Heard::Read(self.fetch_one(http, secrets, number, now).await?),
            None => Heard::Ignored,
        };
        self.store
            .record_delivery(delivery.id, now.as_second())
            .await?;
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_signed_is_believed() {
        // The example of the forge's own documentation.
        let secret = "It's a Secret to Everybody";
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(is_signed(secret, signature, b"Hello, World!"));
        assert!(!is_signed(secret, signature, b"Hello, World?"));
        assert!(!is_signed("another", signature, b"Hello, World!"));
        for odd in [
            "",
            "sha256=",
            "sha256=7",
            "sha256=zz",
            "sha1=757107ea",
            "sha256=é1",
        ] {
            assert!(!is_signed(secret, odd, b"Hello, World!"), "{odd}");
        }
    }
}
