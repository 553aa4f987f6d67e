//! Mastodon, and what answers like it (<https://docs.joinmastodon.org/methods/statuses/>).
//!
//! A server keeps an `Idempotency-Key` for an hour; later the account's own posts tell whether one is out.

use super::ask::{JSON, Twice, ask, below, json, text};
use super::{Found, Post, Posted, Sent, Way, differs};
use crate::config::Visibility;
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use press_core::announcement::{Measure, said};
use serde_json::{Value, json};

/// The server and the token.
type Place<'a> = (&'a Url, &'a str);

fn visible(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Private => "private",
    }
}

/// What a server says that it takes.
pub(super) async fn measure(way: Way<'_>, server: &Url) -> Option<Measure> {
    let url = below(server, &["api", "v2", "instance"]).ok()?;
    let answer = ask(way, Request::get(url), Twice::Same).await.ok()?;
    let told = json(&answer);
    let number = |name: &str| {
        let number = told.pointer(&format!("/configuration/statuses/{name}"))?;
        usize::try_from(number.as_u64()?).ok()
    };
    Some(Measure::Mastodon {
        most: number("max_characters").filter(|most| *most > 0)?,
        address: number("characters_reserved_per_url").unwrap_or(23),
    })
}

/// Looks through the newest posts of the account for one that leads to the issue.
pub(super) async fn find(way: Way<'_>, place: Place<'_>, post: &Post) -> Result<Found> {
    let me = get(
        way,
        place,
        &["api", "v1", "accounts", "verify_credentials"],
        &[],
    )
    .await?;
    let id = text(&me, "/id");
    if id.is_empty() {
        return Err(unknown(place.0));
    }
    let question = [
        ("limit", "40"),
        ("exclude_replies", "true"),
        ("exclude_reblogs", "true"),
    ];
    let path = ["api", "v1", "accounts", &id, "statuses"];
    let own = get(way, place, &path, &question).await?;
    let own = own.as_array().ok_or_else(|| unknown(place.0))?;
    let leads = |status: &&Value| {
        let (_, links) = said(&text(status, "/content"));
        links.contains(&post.link)
    };
    Ok(match own.iter().find(leads) {
        Some(status) => Found::There(posted(status)),
        None => Found::NotThere,
    })
}

pub(super) async fn send(
    way: Way<'_>,
    (server, token): Place<'_>,
    visibility: Visibility,
    post: &Post,
) -> Sent<Posted> {
    let body = json!({
        "status": post.text, "visibility": visible(visibility), "language": post.lang,
    });
    let url = below(server, &["api", "v1", "statuses"])?;
    let request = Request::post(url, JSON, body.to_string())
        .header("idempotency-key", &post.key)
        .bearer(token);
    let answer = ask(way, request, Twice::Same).await?;
    Ok(posted(&json(&answer)))
}

pub(super) async fn read_back(
    way: Way<'_>,
    place: Place<'_>,
    (id, visibility): (&str, Visibility),
    post: &Post,
) -> Result<Vec<String>> {
    let status = get(way, place, &["api", "v1", "statuses", id], &[]).await?;
    let (words, links) = said(&text(&status, "/content"));
    let mut found = Vec::new();
    found.extend(differs("the text", &words, &post.text));
    if !links.contains(&post.link) {
        found.push("it does not lead to the issue".to_owned());
    }
    found.extend(differs(
        "who sees it",
        &text(&status, "/visibility"),
        visible(visibility),
    ));
    // Servers know languages, not what they are like in a country.
    let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_owned();
    found.extend(differs(
        "the language",
        &language(&text(&status, "/language")),
        &language(&post.lang),
    ));
    Ok(found)
}

async fn get(
    way: Way<'_>,
    (server, token): Place<'_>,
    path: &[&str],
    question: &[(&str, &str)],
) -> Result<Value> {
    let mut url = below(server, path)?;
    if !question.is_empty() {
        url.query_pairs_mut().extend_pairs(question);
    }
    let answer = ask(way, Request::get(url).bearer(token), Twice::Same).await;
    answer
        .map(|answer| json(&answer))
        .map_err(|failed| failed.error)
}

fn posted(status: &Value) -> Posted {
    Posted {
        address: text(status, "/url"),
        id: text(status, "/id"),
    }
}

fn unknown(server: &Url) -> Error {
    let host = server.host_str().unwrap_or_default();
    Error::new(format!("{host} said something unknown"))
        .help("see whether it is a server of Mastodon")
}
