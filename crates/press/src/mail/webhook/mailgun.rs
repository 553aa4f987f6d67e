//! Mailgun: a key signs time and token, which stand in the body
//! (<https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>).
//!
//! What is said is not signed itself; so a token counts once, whatever comes with it.

use super::{Message, News, Notice, Refusal, Request, bare, parse, severity, text};
use ring::hmac;
use serde_json::Value;

pub(super) fn read(key: &hmac::Key, request: &Request<'_>) -> Result<Message, Refusal> {
    let body = parse(request.body)?;
    let proof = body.get("signature").unwrap_or(&Value::Null);
    let (Some(time), Some(token), Some(signature)) = (
        text(proof, "timestamp"),
        text(proof, "token"),
        text(proof, "signature"),
    ) else {
        return Err(Refusal::Forged("the signature is missing"));
    };
    let signed = [time.as_bytes(), token.as_bytes()].concat();
    let tag = unhex(signature).unwrap_or_default();
    hmac::verify(key, &signed, &tag).map_err(|_| Refusal::Forged("the signature is wrong"))?;
    let sent_s = time
        .parse()
        .map_err(|_| Refusal::Garbled("the time is no number"))?;
    let event = body
        .get("event-data")
        .filter(|event| event.is_object())
        .ok_or(Refusal::Garbled("`event-data` is missing"))?;
    Ok(Message {
        id: token.to_owned(),
        sent_s,
        notices: notice(event).into_iter().collect(),
        confirm: None,
    })
}

fn notice(event: &Value) -> Option<Notice> {
    let status = event.get("delivery-status").unwrap_or(&Value::Null);
    let code = || {
        let said = status.get("message").and_then(Value::as_str);
        text(status, "enhanced-code").or(said.and_then(code))
    };
    let news = match (text(event, "event")?, text(event, "severity")) {
        ("complained", _) => News::Complaint,
        ("unsubscribed", _) => News::Leaves,
        ("failed", Some("permanent")) => match text(event, "reason") {
            // It did not even try, because of what happened before.
            Some("suppress-complaint") => News::Complaint,
            Some("suppress-unsubscribe") => News::Leaves,
            // It tried for days.
            Some("old") => News::Soft,
            _ => severity(code()),
        },
        // It goes on trying, and tells what became of it.
        _ => return None,
    };
    let headers = event
        .get("message")
        .and_then(|message| message.get("headers"));
    let about = headers.and_then(|headers| text(headers, "message-id"));
    let sender = event
        .get("envelope")
        .and_then(|envelope| text(envelope, "sender"));
    Some(Notice {
        news,
        senders: sender.and_then(bare).into_iter().collect(),
        about: about.map(|id| id.trim_matches(['<', '>']).to_owned()),
        recipient: text(event, "recipient").and_then(bare),
    })
}

/// The enhanced code of an answer such as `5.1.1 no such user`.
fn code(said: &str) -> Option<&str> {
    let first = said.split_whitespace().find(|word| word.contains('.'))?;
    super::Status::parse(first).map(|_| first)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}
