//! A room of Matrix (<https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid>).
//!
//! The transaction's id is made from the issue, so a server that remembers it gives the same event for a second try; our
//! key stands in the event too, for a server that forgot.

use super::ask::{JSON, Twice, ask, asking, below, json, text};
use super::{Found, Post, Posted, Sent, Way, differs};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use press_core::announcement::html;
use serde_json::{Value, json};

/// The server, the room, the token.
type Place<'a> = (&'a Url, &'a str, &'a str);

const API: [&str; 4] = ["_matrix", "client", "v3", "rooms"];
/// Where our key stands in an event.
const KEY: &str = "press.key";

/// Looks through the newest events of the room.
pub(super) async fn find(way: Way<'_>, place: Place<'_>, post: &Post) -> Result<Found> {
    let path = [&API[..], &[place.1, "messages"]].concat();
    let filter = json!({ "types": ["m.room.message"] }).to_string();
    let question = [("dir", "b"), ("limit", "100"), ("filter", &filter)];
    let url = asking(place.0, &path, &question)?;
    let answer = get(way, place, url).await?;
    let events = answer.get("chunk").and_then(Value::as_array);
    let events = events.ok_or_else(|| Error::new("Matrix said something unknown"))?;
    let own = |event: &&Value| {
        let key = event.get("content").and_then(|content| content.get(KEY));
        key.and_then(Value::as_str) == Some(&post.key)
    };
    Ok(match events.iter().find(own) {
        Some(event) => Found::There(posted(place.1, &text(event, "/event_id"))),
        None => Found::NotThere,
    })
}

pub(super) async fn send(way: Way<'_>, place: Place<'_>, post: &Post) -> Sent<Posted> {
    let path = [&API[..], &[place.1, "send", "m.room.message", &post.key]].concat();
    // Nobody is mentioned: with this, servers and clients do not look for names in the text.
    let mut body = json!({
        "msgtype": "m.text", "body": post.text, "m.mentions": {},
        "format": "org.matrix.custom.html", "formatted_body": html(&post.text),
    });
    body[KEY] = json!(post.key);
    let url = below(place.0, &path)?;
    let request = Request::put(url, JSON, body.to_string().into_bytes()).bearer(place.2);
    let answer = ask(way, request, Twice::Same).await?;
    Ok(posted(place.1, &text(&json(&answer), "/event_id")))
}

pub(super) async fn read_back(
    way: Way<'_>,
    place: Place<'_>,
    id: &str,
    post: &Post,
) -> Result<Vec<String>> {
    let url = below(place.0, &[&API[..], &[place.1, "event", id]].concat())?;
    let event = get(way, place, url).await?;
    let content = |name: &str| text(&event, &format!("/content/{name}"));
    let mut found = Vec::new();
    found.extend(differs("the text", &content("body"), &post.text));
    found.extend(differs(
        "its form",
        &content("formatted_body"),
        &html(&post.text),
    ));
    Ok(found)
}

async fn get(way: Way<'_>, place: Place<'_>, url: Url) -> Result<Value> {
    let answer = ask(way, Request::get(url).bearer(place.2), Twice::Same).await;
    answer
        .map(|answer| json(&answer))
        .map_err(|failed| failed.error)
}

fn posted(room: &str, id: &str) -> Posted {
    Posted {
        address: format!("https://matrix.to/#/{room}/{id}"),
        id: id.to_owned(),
    }
}
