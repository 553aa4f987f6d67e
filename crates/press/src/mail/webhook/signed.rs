//! Anything of one's own that tells in our words, signed as Standard Webhooks has it
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! ```json
//! { "type": "bounce", "data": { "address": "ada@tern.example", "severity": "hard", "status": "5.1.1",
//!   "return_path": "bounces+c12-s3456-abcdefghij@tern.example", "message_id": "640.weekly.0a1b@tern.example" } }
//! ```
//!
//! `docs/server.md` tells it to people.

use super::{Message, News, Notice, Refusal, Request, bare, parse, severity, text};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

/// Reads a key: `whsec_` and base64, or a plain text.
pub(super) fn key(secret: &str) -> Result<hmac::Key> {
    let bytes = match secret.strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| {
            Error::new("the secret of a webhook is not base64 behind `whsec_`")
                .help("make one with `echo whsec_$(openssl rand -base64 32)`")
        })?,
        None => secret.as_bytes().to_vec(),
    };
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

pub(super) fn read(
    key: &hmac::Key,
    request: &Request<'_>,
) -> std::result::Result<Message, Refusal> {
    let header = |name: &str| {
        let value = (request.header)(name).filter(|value| value.len() <= 1_000);
        value.ok_or(Refusal::Forged("a header of the signature is missing"))
    };
    let (id, time, given) = (
        header("webhook-id")?,
        header("webhook-timestamp")?,
        header("webhook-signature")?,
    );
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", request.body].concat();
    let good = |one: &str| {
        let tag = one
            .strip_prefix("v1,")
            .and_then(|tag| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(key, &signed, &tag).is_ok())
    };
    // Several, while a key is being changed.
    if !given.split(' ').any(good) {
        return Err(Refusal::Forged("the signature is wrong"));
    }
    if id.is_empty() || id.len() > 200 {
        return Err(Refusal::Garbled("`webhook-id` is empty or too long"));
    }
    let sent_s = time
        .parse()
        .map_err(|_| Refusal::Garbled("`webhook-timestamp` is no number"))?;
    let body = parse(request.body)?;
    Ok(Message {
        id: id.to_owned(),
        sent_s,
        notices: vec![notice(&body)?],
        confirm: None,
    })
}

/// What a body says, in our own words.
fn notice(body: &Value) -> std::result::Result<Notice, Refusal> {
    let kind = text(body, "type").ok_or(Refusal::Garbled("`type` is missing"))?;
    let data = body.get("data").unwrap_or(&Value::Null);
    let news = match (kind, text(data, "severity")) {
        ("complaint", _) => News::Complaint,
        ("unsubscribe", _) => News::Leaves,
        ("bounce", Some("soft")) => News::Soft,
        ("bounce", Some("hard")) => severity(text(data, "status")),
        ("bounce", _) => return Err(Refusal::Garbled("`severity` is `hard` or `soft`")),
        _ => {
            return Err(Refusal::Garbled(
                "`type` is `bounce`, `complaint` or `unsubscribe`",
            ));
        }
    };
    let notice = Notice {
        news,
        senders: text(data, "return_path")
            .and_then(bare)
            .into_iter()
            .collect(),
        about: text(data, "message_id").map(|id| id.trim_matches(['<', '>']).to_owned()),
        recipient: text(data, "address").and_then(bare),
    };
    if notice.senders.is_empty() && notice.recipient.is_none() {
        return Err(Refusal::Garbled(
            "neither `address` nor `return_path` says whom it is about",
        ));
    }
    Ok(notice)
}
