//! Bluesky (<https://docs.bsky.app/docs/advanced-guides/posts>, <https://atproto.com/specs/record-key>).
//!
//! The post's own key is made from the issue, so that a second try writes the same record. It has the form of a TID, since
//! the network shows no other posts.

use super::ask::{JSON, Twice, ask, asked, asking, below, json, text};
use super::{Failed, Found, Post, Posted, Sent, Way, differs};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use jiff::Timestamp;
use press_core::announcement::{Feature, facets};
use press_core::text::plain_line;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

const COLLECTION: &str = "app.bsky.feed.post";
/// Largest picture of a card.
const PICTURE_BYTES: usize = 1_000_000;

/// Asks for the record with the post's key. Records are public: this needs no password.
pub(super) async fn find(way: Way<'_>, (api, account): (&Url, &str), post: &Post) -> Result<Found> {
    let found = record(way, (api, account), post).await?;
    Ok(match found {
        Some(_) => Found::There(posted(account, post)),
        None => Found::NotThere,
    })
}

/// Writes the record.
pub(super) async fn send(
    way: Way<'_>,
    (api, account, password): (&Url, &str, &str),
    post: &Post,
) -> Sent<Posted> {
    let login = json!({ "identifier": account, "password": password });
    let url = below(api, &["xrpc", "com.atproto.server.createSession"])?;
    let request = Request::post(url, JSON, login.to_string()).confidential();
    let session = ask(way, request, Twice::Same).await.map_err(surely_not)?;
    let session = json(&session);
    let (token, repository) = (text(&session, "/accessJwt"), text(&session, "/did"));
    if token.is_empty() || repository.is_empty() {
        return Err(Error::new("Bluesky let us in and said not as whom").into());
    }
    let thumb = thumb(way, api, &token, post).await?;
    let body = json!({
        "repo": repository, "collection": COLLECTION, "rkey": key(post), "validate": true,
        "record": written(post, thumb),
    });
    let url = below(api, &["xrpc", "com.atproto.repo.putRecord"])?;
    let request = Request::post(url, JSON, body.to_string()).bearer(&token);
    ask(way, request, Twice::Same).await?;
    Ok(posted(account, post))
}

pub(super) async fn read_back(
    way: Way<'_>,
    (api, account): (&Url, &str),
    post: &Post,
) -> Result<Vec<String>> {
    let Some(record) = record(way, (api, account), post).await? else {
        return Ok(vec!["it is not there".to_owned()]);
    };
    let meant = written(post, None);
    let mut found = Vec::new();
    found.extend(differs("the text", &text(&record, "/text"), &post.text));
    let card = text(&record, "/embed/external/uri");
    if card != post.link {
        found.push("its card does not lead to the issue".to_owned());
    }
    for (name, what) in [
        ("facets", "what is a link in it"),
        ("langs", "the language"),
    ] {
        if record.get(name) != meant.get(name) {
            found.push(format!("{what} is not what was meant"));
        }
    }
    Ok(found)
}

/// The record that is there, if one is.
async fn record(way: Way<'_>, (api, account): (&Url, &str), post: &Post) -> Result<Option<Value>> {
    let key = key(post);
    let question = [
        ("repo", account),
        ("collection", COLLECTION),
        ("rkey", &key),
    ];
    let url = asking(api, &["xrpc", "com.atproto.repo.getRecord"], &question)?;
    let answer = asked(way, Request::get(url), Twice::Same).await;
    let answer = answer.map_err(|failed| failed.error)?;
    let said = answer.json();
    match answer.status {
        200..=299 => Ok(said.get("value").cloned()),
        400 | 404 if is_missing(&said) => Ok(None),
        _ => Err(answer.refusal()),
    }
}

/// Servers name what is missing, or say it in words.
fn is_missing(said: &Value) -> bool {
    text(said, "/error") == "RecordNotFound"
        || text(said, "/message").starts_with("Could not locate record")
}

/// The picture of the card, sent ahead.
async fn thumb(way: Way<'_>, api: &Url, token: &str, post: &Post) -> Sent<Option<Value>> {
    let picture = post.picture.as_ref();
    let Some(picture) = picture.filter(|one| one.bytes.len() <= PICTURE_BYTES) else {
        return Ok(None);
    };
    let url = below(api, &["xrpc", "com.atproto.repo.uploadBlob"])?;
    let request = Request::upload(url, picture.kind, picture.bytes.clone()).bearer(token);
    let answer = ask(way, request, Twice::Same).await.map_err(surely_not)?;
    Ok(json(&answer).get("blob").cloned())
}

/// What failed before the post itself was sent.
fn surely_not(failed: Failed) -> Failed {
    Failed {
        uncertain: false,
        ..failed
    }
}

/// The record as it is written.
fn written(post: &Post, thumb: Option<Value>) -> Value {
    let facets: Vec<Value> = facets(&post.text)
        .into_iter()
        .map(|facet| {
            let feature = match facet.feature {
                Feature::Link(uri) => {
                    json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri })
                }
                Feature::Tag(tag) => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
            };
            json!({
                "index": { "byteStart": facet.start, "byteEnd": facet.end }, "features": [feature],
            })
        })
        .collect();
    let mut card = json!({
        "uri": post.link, "title": plain_line(&post.title), "description": plain_line(&post.description),
    });
    if let Some(thumb) = thumb {
        card["thumb"] = thumb;
    }
    json!({
        "$type": COLLECTION, "text": post.text, "createdAt": Timestamp::now().to_string(),
        "langs": [post.lang], "facets": facets,
        "embed": { "$type": "app.bsky.embed.external", "external": card },
    })
}

/// The record's key: a TID, 53 bits of microseconds and ten of a clock's number, in an alphabet that sorts. The day is the
/// issue's, the rest is the post's own.
fn key(post: &Post) -> String {
    const SIGNS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    let day = post.date.duration_since(jiff::civil::date(1970, 1, 1));
    let day = day.as_hours() / 24;
    let own = xxh3_64(post.key.as_bytes());
    let day_us = u64::try_from(day).unwrap_or(0) * 86_400_000_000;
    let time_us = (day_us + own % 86_400_000_000) & ((1 << 53) - 1);
    let id = time_us << 10 | own >> 54;
    let sign = |at: u32| SIGNS[usize::try_from(id >> (60 - 5 * at) & 31).unwrap_or(0)];
    (0..13).map(|at| char::from(sign(at))).collect()
}

fn posted(account: &str, post: &Post) -> Posted {
    let id = key(post);
    Posted {
        address: format!("https://bsky.app/profile/{account}/post/{id}"),
        id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_tids_of_the_issues_day() {
        let post = |key: &str, day| Post {
            issue: "53".to_owned(),
            newsletter: String::new(),
            title: String::new(),
            date: jiff::civil::date(2026, 11, day),
            link: String::new(),
            text: String::new(),
            lang: "en".to_owned(),
            description: String::new(),
            picture: None,
            key: key.to_owned(),
        };
        let one = key(&post("a", 19));
        assert_eq!(one, key(&post("a", 19)));
        assert_ne!(one, key(&post("b", 19)));
        assert!(one < key(&post("a", 20)));
        assert_eq!(one.len(), 13);
        assert!("234567abcdefghij".contains(&one[..1]), "{one}");
        let time = one.bytes().fold(0u64, |id, sign| {
            let sign = b"234567abcdefghijklmnopqrstuvwxyz"
                .iter()
                .position(|known| *known == sign)
                .unwrap();
            id << 5 | sign as u64
        }) >> 10;
        let day = Timestamp::from_microsecond(i64::try_from(time).unwrap()).unwrap();
        assert!(day.to_string().starts_with("2026-11-19T"), "{day}");
    }
}
