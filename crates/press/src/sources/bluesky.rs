//! Bluesky: links in posts that a search finds. Addresses are shortened in a post's text; the whole ones are in its facets
//! and in what it embeds.

use super::answer::{address, ask_json};
use super::links::{Limits, PAGES, host, title, web_address};
use super::loose::{List, count, maybe, moment, odd_ones};
use super::{Candidate, Errand, Found, Reception, html, titles};
use crate::config::{Bluesky, Source};
use crate::error::Result;
use crate::http::{Request, Url};
use press_core::text::plain_line;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

/// Posts on a page: the most that it gives.
const PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(deserialize_with = "maybe")]
    cursor: Option<String>,
    posts: List<Post>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Post {
    #[serde(deserialize_with = "maybe")]
    uri: Option<String>,
    #[serde(deserialize_with = "maybe")]
    author: Option<Author>,
    #[serde(deserialize_with = "maybe")]
    record: Option<Record>,
    embed: Value,
    #[serde(deserialize_with = "count")]
    like_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    repost_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    quote_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    reply_count: Option<i64>,
    #[serde(deserialize_with = "maybe")]
    indexed_at: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Author {
    #[serde(deserialize_with = "maybe")]
    did: Option<String>,
    #[serde(deserialize_with = "maybe")]
    handle: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record {
    #[serde(deserialize_with = "maybe")]
    text: Option<String>,
    #[serde(deserialize_with = "maybe")]
    created_at: Option<String>,
    facets: Value,
}

/// The links of the window.
pub(super) async fn collect(
    source: &Source,
    search: &Bluesky,
    errand: Errand<'_>,
) -> Result<Found> {
    let token = errand.secrets.of(source, "BLUESKY_TOKEN")?;
    let (mut cursor, mut seen) = (None, HashSet::new());
    let (mut shared, mut odd, mut notices) = (Vec::new(), 0, Vec::new());
    for page in 1.. {
        let request = Request::get(question(search, errand, cursor.as_deref())?);
        let request = match &token {
            Some(token) => request.bearer(token),
            None => request,
        };
        let answer: Answer = ask_json(errand.http, request, "BLUESKY_TOKEN").await?;
        odd += answer.posts.odd;
        let mut new = false;
        for post in answer.posts.items {
            if post.uri.clone().is_some_and(|uri| seen.insert(uri)) {
                new = true;
                shared.extend(links(&post, errand));
            }
        }
        cursor = answer.cursor.filter(|cursor| new && !cursor.is_empty());
        if cursor.is_none() {
            break;
        }
        if page >= PAGES {
            notices.push("there are too many posts; the oldest were not read".to_owned());
            break;
        }
    }
    notices.extend(odd_ones(odd));
    let limits = Limits {
        least_points: search.least_points,
        most: search.most,
    };
    let mut found = limits.keep(shared, notices);
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

fn question(search: &Bluesky, errand: Errand<'_>, cursor: Option<&str>) -> Result<Url> {
    let mut url = address(search.api.get_ref(), "/xrpc/app.bsky.feed.searchPosts")?;
    url.query_pairs_mut()
        .append_pair("q", search.query.get_ref())
        .append_pair("sort", "latest")
        .append_pair("since", &errand.window.start().to_string())
        .append_pair("until", &errand.window.end().to_string())
        .append_pair("limit", &PAGE.to_string());
    if let Some(cursor) = cursor {
        url.query_pairs_mut().append_pair("cursor", cursor);
    }
    Ok(url)
}

fn links(post: &Post, errand: Errand<'_>) -> Vec<Candidate> {
    let Some(record) = &post.record else {
        return Vec::new();
    };
    // A post may claim any day; the network knows when it came.
    let claimed = record.created_at.as_deref().and_then(moment);
    let came = post.indexed_at.as_deref().and_then(moment);
    let published = match (claimed, came) {
        (Some(claimed), Some(came)) => Some(claimed.min(came)),
        (claimed, came) => claimed.or(came),
    };
    let Some(published) = published.filter(|moment| errand.window.holds(*moment)) else {
        return Vec::new();
    };
    let points = [post.like_count, post.repost_count, post.quote_count];
    let points = points.into_iter().flatten().fold(0i64, i64::saturating_add);
    let text = plain_line(record.text.as_deref().unwrap_or_default());
    let author = post.author.as_ref();
    let handle = author.and_then(|author| author.handle.as_deref());
    let candidates = addresses(post, record)
        .into_iter()
        .map(|(url, named)| Candidate {
            url,
            title: title(&named),
            author: handle.map(|handle| format!("@{}", title(handle))),
            published: Some(published),
            reception: Reception {
                points: Some(points),
                comments: post.reply_count,
                place: place(post),
            },
            note: Some(html::beginning(&text, 200)).filter(|note| !note.is_empty()),
            ..Candidate::default()
        });
    candidates.collect()
}

/// The page of a post: its address in the network ends with the key.
fn place(post: &Post) -> Option<String> {
    let author = post.author.as_ref()?;
    let who = author.handle.as_deref().or(author.did.as_deref())?;
    let key = post.uri.as_deref()?.rsplit('/').next()?;
    let page = format!("https://bsky.app/profile/{who}/post/{key}");
    web_address(None, &page)
}

/// The pages that a post links to, with their titles as far as they are known.
fn addresses(post: &Post, record: &Record) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |url: &str, title: &str| {
        let Some(url) = web_address(None, url).filter(|url| host(url) != "bsky.app") else {
            return;
        };
        match found.iter_mut().find(|(known, _)| *known == url) {
            Some((_, known)) if known.is_empty() => *known = title.to_owned(),
            Some(_) => {}
            None => found.push((url, title.to_owned())),
        }
    };
    let facets = record.facets.as_array().into_iter().flatten();
    let features = facets.filter_map(|facet| facet.get("features")?.as_array());
    for feature in features.flatten() {
        let kind = feature.get("$type").and_then(Value::as_str);
        if kind.is_some_and(|kind| kind.ends_with("#link"))
            && let Some(uri) = feature.get("uri").and_then(Value::as_str)
        {
            add(uri, "");
        }
    }
    // A card stands by itself, or beside a quoted post.
    for embed in [
        post.embed.get("external"),
        post.embed.pointer("/media/external"),
    ] {
        let text = |key: &str| embed?.get(key)?.as_str();
        if let Some(uri) = text("uri") {
            add(uri, text("title").unwrap_or_default());
        }
    }
    found
}
