//! An incoming webhook of Slack, or of what takes the same (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>).
//!
//! It says `ok` and nothing else: what was posted can neither be found nor read back.

use super::ask::{JSON, Twice, ask};
use super::{Post, Posted, Sent, Way};
use crate::http::Request;
use serde_json::json;

pub(super) async fn send(way: Way<'_>, secret: &str, post: &Post) -> Sent<Posted> {
    let url = super::discord::hook_of(secret, "Slack", "https://hooks.slack.com/services/…")?;
    let body = json!({ "text": post.text, "unfurl_links": true });
    let request = Request::post(url, JSON, body.to_string()).confidential();
    ask(way, request, Twice::Another).await?;
    Ok(Posted {
        address: String::new(),
        id: String::new(),
    })
}
