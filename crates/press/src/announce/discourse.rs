//! A topic on a forum that runs on Discourse (<https://docs.discourse.org/#tag/Topics/operation/createTopicPostPM>).
//!
//! A topic has an id of ours, by which it is found again; a forum takes each such id once.

use super::ask::{JSON, Twice, ask, asked, below, json, text};
use super::{Failed, Found, Post, Posted, Sent, Way, differs};
use crate::config::ChannelPlace;
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use press_core::announcement::shortened;
use press_core::text::plain_line;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

/// The forum, who posts, the key.
type Place<'a> = (&'a Url, &'a str, &'a str);

/// Looks for the topic with our id: its address leads to the topic.
pub(super) async fn find(way: Way<'_>, place: Place<'_>, post: &Post) -> Result<Found> {
    let name = format!("{}.json", external(post));
    let request = signed(
        Request::get(below(place.0, &["t", "external_id", &name])?),
        place,
    );
    let answer = asked(way, request, Twice::Same).await;
    let answer = answer.map_err(|failed| failed.error)?;
    let id = match answer.status {
        404 => return Ok(Found::NotThere),
        200..=299 => text(&answer.json(), "/id"),
        300..=399 => number_in(answer.response.header("location")).unwrap_or_default(),
        _ => return Err(answer.refusal()),
    };
    if id.is_empty() {
        return Err(Error::new(format!(
            "{} said something unknown",
            answer.host
        )));
    }
    Ok(Found::There(posted(place.0, &id)))
}

pub(super) async fn send(
    way: Way<'_>,
    (place, key): (&ChannelPlace, &str),
    post: &Post,
) -> Sent<Posted> {
    let ChannelPlace::Discourse {
        site,
        account,
        category,
        tags,
    } = place
    else {
        return Err(Error::new("this is not Discourse").into());
    };
    let mut body = json!({
        "title": title(post), "raw": post.text, "external_id": external(post),
    });
    if let Some(category) = category {
        body["category"] = json!(category);
    }
    if !tags.is_empty() {
        body["tags"] = json!(tags);
    }
    let place = (site, account.as_str(), key);
    let request = Request::post(below(site, &["posts.json"])?, JSON, body.to_string());
    let answer = ask(way, signed(request, place), Twice::Another).await;
    let answer = match answer {
        // It came through before, and we were not told.
        Err(failed) if !failed.uncertain => return again(way, place, post, failed).await,
        answer => json(&answer?),
    };
    let id = text(&answer, "/topic_id");
    if id.is_empty() {
        // A forum may want to look at a post before it shows it.
        let waits = text(&answer, "/action") == "enqueued";
        let error = Error::new(match waits {
            true => "the forum holds the topic back until a moderator has seen it",
            false => "the forum took the topic and did not say where it is",
        });
        return Err(Failed {
            error: error.help("`--posted NAME=ADDRESS` says where it is when it is there"),
            uncertain: true,
        });
    }
    Ok(posted(site, &id))
}

/// A refusal means nothing where the topic is there already.
async fn again(way: Way<'_>, place: Place<'_>, post: &Post, failed: Failed) -> Sent<Posted> {
    match find(way, place, post).await {
        Ok(Found::There(posted)) => Ok(posted),
        _ => Err(failed),
    }
}

pub(super) async fn read_back(
    way: Way<'_>,
    place: Place<'_>,
    id: &str,
    post: &Post,
) -> Result<Vec<String>> {
    let mut url = below(place.0, &["t", &format!("{id}.json")])?;
    url.query_pairs_mut().append_pair("include_raw", "true");
    let answer = ask(way, signed(Request::get(url), place), Twice::Same).await;
    let topic: Value = json(&answer.map_err(|failed| failed.error)?);
    let mut found = Vec::new();
    found.extend(differs("the title", &text(&topic, "/title"), &title(post)));
    let raw = text(&topic, "/post_stream/posts/0/raw");
    found.extend(differs("the text", &raw, &post.text));
    if topic.get("visible") == Some(&json!(false)) {
        found.push("the topic is hidden".to_owned());
    }
    Ok(found)
}

/// A forum takes titles of at most 255 characters.
fn title(post: &Post) -> String {
    shortened(&plain_line(&post.title), 200, 250)
}

/// Our id of the topic: letters, digits and hyphens, at most fifty.
fn external(post: &Post) -> String {
    format!("press-{:016x}", xxh3_64(post.key.as_bytes()))
}

fn signed(request: Request, (_, account, key): Place<'_>) -> Request {
    request
        .header("api-key", key)
        .header("api-username", account)
}

/// The topic's number in its address: `/t/title/12` or `/t/12`.
fn number_in(address: &str) -> Option<String> {
    let (_, path) = address.split_once("/t/")?;
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.trim_end_matches(".json").split('/');
    let number =
        parts.find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    number.map(str::to_owned)
}

fn posted(site: &Url, id: &str) -> Posted {
    let site = site.as_str().trim_end_matches('/');
    Posted {
        address: format!("{site}/t/{id}"),
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::number_in;

    #[test]
    fn a_redirect_leads_to_the_topic() {
        let number = |address| number_in(address);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(number("https://f.example/t/week-no/12.json"), some("12"));
        assert_eq!(number("/t/week/12?x=1"), some("12"));
        assert_eq!(number("/t/12"), some("12"));
        assert_eq!(number("/login"), None);
        assert_eq!(number(""), None);
    }
}
