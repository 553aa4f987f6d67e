//! Postmark: the address that it is given holds a password (<https://postmarkapp.com/developer/webhooks/webhooks-overview>).

use super::{Message, News, Notice, Refusal, Request, bare, parse, seconds, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

pub(super) fn read(key: &hmac::Key, request: &Request<'_>) -> Result<Message, Refusal> {
    prove(key, (request.header)("authorization"))?;
    let body = parse(request.body)?;
    let kind = text(&body, "RecordType").ok_or(Refusal::Garbled("`RecordType` is missing"))?;
    let time = ["BouncedAt", "ChangedAt", "DeliveredAt", "ReceivedAt"];
    let time = time.iter().find_map(|name| text(&body, name));
    let time = time.ok_or(Refusal::Garbled("the time is missing"))?;
    let sent_s = seconds(time).ok_or(Refusal::Garbled("the time cannot be read"))?;
    let recipient = text(&body, "Email")
        .or(text(&body, "Recipient"))
        .and_then(bare);
    let number = body.get("ID").map(Value::to_string);
    let named = number.or(text(&body, "MessageID").map(str::to_owned));
    let notice = news(kind, &body).map(|news| Notice {
        news,
        recipient: recipient.clone(),
        ..Notice::default()
    });
    Ok(Message {
        // Bounces have a number; changes have none, and are told apart by whom and when.
        id: match named.filter(|_| kind != "SubscriptionChange") {
            Some(id) => format!("{kind} {id}"),
            None => format!(
                "{kind} {time} {}",
                digest(key, recipient.as_deref().unwrap_or_default())
            ),
        },
        sent_s,
        notices: notice.into_iter().collect(),
        confirm: None,
    })
}

/// Whether a request shows the password. The name beside it is the service's business.
fn prove(key: &hmac::Key, header: Option<&str>) -> Result<(), Refusal> {
    let value = header.ok_or(Refusal::NoProof)?;
    let (scheme, pair) = value.split_once(' ').ok_or(Refusal::NoProof)?;
    let pair = STANDARD
        .decode(pair.trim())
        .ok()
        .filter(|_| scheme.eq_ignore_ascii_case("basic"));
    let pair = pair.ok_or(Refusal::NoProof)?;
    let colon = pair
        .iter()
        .position(|byte| *byte == b':')
        .ok_or(Refusal::NoProof)?;
    let given = hmac::Key::new(hmac::HMAC_SHA256, &pair[colon + 1..]);
    // Two keys are the same if they sign alike; comparing signatures takes as long wherever they differ.
    let tag = hmac::sign(&given, b"password");
    hmac::verify(key, b"password", tag.as_ref()).map_err(|_| Refusal::NoProof)
}

/// An address is not kept in an id.
fn digest(key: &hmac::Key, text: &str) -> String {
    let tag = hmac::sign(key, text.as_bytes());
    tag.as_ref()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What a record says (<https://postmarkapp.com/developer/api/bounce-api#bounce-types>).
fn news(kind: &str, body: &Value) -> Option<News> {
    match kind {
        "SpamComplaint" => Some(News::Complaint),
        "Bounce" => match text(body, "Type")? {
            "HardBounce" | "BadEmailAddress" => Some(News::Hard),
            "SpamComplaint" => Some(News::Complaint),
            "Unsubscribe" => Some(News::Leaves),
            "SoftBounce"
            | "Blocked"
            | "SpamNotification"
            | "DnsError"
            | "DMARCPolicy"
            | "VirusNotification"
            | "Undeliverable"
            | "TemplateRenderingFailed"
            | "SMTPApiError" => Some(News::Soft),
            // Warnings of delays, answers of machines, questions of filters.
            _ => None,
        },
        "SubscriptionChange" => {
            let suppressed = body.get("SuppressSending").and_then(Value::as_bool) == Some(true);
            match (text(body, "SuppressionReason")?, text(body, "Origin")) {
                ("ManualSuppression", Some("Recipient")) if suppressed => Some(News::Leaves),
                ("SpamComplaint", _) if suppressed => Some(News::Complaint),
                // Hard bounces come as bounces too, with a number.
                _ => None,
            }
        }
        _ => None,
    }
}
