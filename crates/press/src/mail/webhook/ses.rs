//! What Amazon SES says of messages, by notifications of an identity or events of a configuration set
//! (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>, `event-publishing-retrieving-sns-contents.html`).

use super::{News, Notice, bare, severity, text};
use serde_json::Value;

/// What a message of the topic says of people. Other texts (SNS greets with some) say nothing.
pub(super) fn notices(said: &str) -> Vec<Notice> {
    let Ok(event) = serde_json::from_str::<Value>(said) else {
        return Vec::new();
    };
    let kind = text(&event, "notificationType").or(text(&event, "eventType"));
    let people: Vec<(News, Option<String>)> = match kind {
        Some("Bounce") => bounced(event.get("bounce").unwrap_or(&Value::Null)),
        Some("Complaint") => complained(event.get("complaint").unwrap_or(&Value::Null)),
        Some("Subscription") => left(&event),
        _ => Vec::new(),
    };
    let mail = event.get("mail").unwrap_or(&Value::Null);
    let (senders, about) = (senders(mail), about(mail));
    let notice = |(news, recipient): (News, Option<String>)| Notice {
        news,
        senders: senders.clone(),
        about: about.clone(),
        recipient,
    };
    people.into_iter().map(notice).collect()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    let list = value.get(name).and_then(Value::as_array);
    // One of our messages has one recipient.
    list.into_iter().flatten().take(50)
}

fn address(of: &Value) -> Option<String> {
    text(of, "emailAddress").and_then(bare)
}

fn bounced(bounce: &Value) -> Vec<(News, Option<String>)> {
    let kind = (text(bounce, "bounceType"), text(bounce, "bounceSubType"));
    let news = |failed: &Value| match kind {
        // SES knows of itself that nobody is there.
        (Some("Permanent"), Some("NoEmail" | "Suppressed" | "OnAccountSuppressionList")) => {
            News::Hard
        }
        (Some("Permanent"), Some("General") | None) => severity(text(failed, "status")),
        _ => News::Soft,
    };
    let failed = list(bounce, "bouncedRecipients");
    failed
        .map(|failed| (news(failed), address(failed)))
        .collect()
}

fn complained(complaint: &Value) -> Vec<(News, Option<String>)> {
    // `not-spam` takes it back, `auth-failure` is about signatures: as with reports that come by mail.
    if let Some("not-spam" | "auth-failure" | "dmarc") = text(complaint, "complaintFeedbackType") {
        return Vec::new();
    }
    let people = list(complaint, "complainedRecipients");
    people
        .map(|person| (News::Complaint, address(person)))
        .collect()
}

/// Somebody used the way out that SES itself offers.
fn left(event: &Value) -> Vec<(News, Option<String>)> {
    let subscription = event.get("subscription");
    let wishes = subscription.and_then(|change| change.get("newTopicPreferences"));
    let all = wishes
        .and_then(|wishes| wishes.get("unsubscribeAll"))
        .and_then(Value::as_bool);
    if all != Some(true) {
        return Vec::new();
    }
    let mail = event.get("mail").unwrap_or(&Value::Null);
    let to = list(mail, "destination").filter_map(Value::as_str);
    to.map(|to| (News::Leaves, bare(to))).collect()
}

/// Headers of our message, by their name.
fn headers<'v>(mail: &'v Value, wanted: &'v str) -> impl Iterator<Item = &'v str> {
    let headers = mail
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let named = move |header: &&Value| {
        text(header, "name").is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    };
    headers
        .filter(named)
        .filter_map(|header| text(header, "value"))
}

fn senders(mail: &Value) -> Vec<String> {
    let all = text(mail, "source").into_iter();
    all.chain(headers(mail, "Return-Path"))
        .filter_map(bare)
        .collect()
}

/// Our own id. SES gives the message another, which stands among its common headers only.
fn about(mail: &Value) -> Option<String> {
    let id = headers(mail, "Message-ID").next()?;
    Some(id.trim_matches(['<', '>']).to_owned())
}
