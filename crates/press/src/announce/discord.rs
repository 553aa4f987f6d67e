//! A webhook of Discord (<https://docs.discord.com/developers/resources/webhook>). Its address is its secret.
//!
//! Discord cannot be asked what a webhook posted, only for a post whose id is known.

use super::ask::{JSON, Twice, ask, json, text};
use super::{Post, Posted, Sent, Way, differs};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use press_core::announcement::shortened;
use press_core::text::plain_line;
use serde_json::json;

pub(super) async fn send(way: Way<'_>, secret: &str, post: &Post) -> Sent<Posted> {
    let mut url = hook(secret)?;
    url.query_pairs_mut().append_pair("wait", "true");
    let body = json!({
        "content": post.text,
        "allowed_mentions": { "parse": [] },
        "embeds": [{
            "title": shortened(&plain_line(&post.title), 200, 250),
            "description": shortened(&plain_line(&post.description), 1_000, 4_000),
            "url": post.link,
        }],
    });
    let request = Request::post(url, JSON, body.to_string()).confidential();
    let answer = json(&ask(way, request, Twice::Another).await?);
    let id = text(&answer, "/id");
    // A webhook does not know on which server it is; a person's client finds the channel all the same.
    let address = match text(&answer, "/channel_id") {
        channel if channel.is_empty() || id.is_empty() => String::new(),
        channel => match text(&answer, "/guild_id") {
            guild if guild.is_empty() => String::new(),
            guild => format!("https://discord.com/channels/{guild}/{channel}/{id}"),
        },
    };
    Ok(Posted { address, id })
}

pub(super) async fn read_back(
    way: Way<'_>,
    secret: &str,
    id: &str,
    post: &Post,
) -> Result<Vec<String>> {
    let url = super::ask::below(&hook(secret)?, &["messages", id])?;
    let answer = ask(way, Request::get(url), Twice::Same).await;
    let message = json(&answer.map_err(|failed| failed.error)?);
    let mut found = Vec::new();
    found.extend(differs("the text", &text(&message, "/content"), &post.text));
    if message.pointer("/mention_everyone") == Some(&json!(true)) {
        found.push("it calls everyone".to_owned());
    }
    Ok(found)
}

/// The webhook's address.
fn hook(secret: &str) -> Result<Url> {
    hook_of(secret, "Discord", "https://discord.com/api/webhooks/…")
}

/// The address that is a secret. What is wrong with it is said without it.
pub(super) fn hook_of(secret: &str, who: &str, form: &str) -> Result<Url> {
    let url = secret.parse::<Url>().ok();
    let url = url.filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    url.ok_or_else(|| {
        Error::new(format!("the secret of {who} is no address of a webhook"))
            .help(format!("it looks like {form}"))
    })
}
