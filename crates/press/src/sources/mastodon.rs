//! Mastodon, and what answers like it: links in posts with a hashtag, by the public timeline.

use super::answer::{address, ask, json};
use super::html;
use super::links::{Limits, PAGES, host, title, web_address};
use super::loose::{List, count, maybe, moment, odd_ones};
use super::{Candidate, Errand, Found, Reception, titles};
use crate::config::{Mastodon, Source};
use crate::error::Result;
use crate::http::{Next, Request, Response, Url};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::HashSet;

/// Posts on a page: the most that servers give.
const PAGE: usize = 40;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "maybe")]
    id: Option<String>,
    #[serde(deserialize_with = "maybe")]
    created_at: Option<String>,
    #[serde(deserialize_with = "maybe")]
    url: Option<String>,
    #[serde(deserialize_with = "maybe")]
    content: Option<String>,
    #[serde(deserialize_with = "count")]
    reblogs_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    favourites_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    replies_count: Option<i64>,
    #[serde(deserialize_with = "maybe")]
    account: Option<Account>,
    #[serde(deserialize_with = "maybe")]
    card: Option<Card>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Account {
    #[serde(deserialize_with = "maybe")]
    acct: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Card {
    #[serde(deserialize_with = "maybe")]
    url: Option<String>,
    #[serde(deserialize_with = "maybe")]
    title: Option<String>,
}

impl Status {
    fn published(&self) -> Option<Timestamp> {
        moment(self.created_at.as_deref()?)
    }
}

/// The links of the window.
pub(super) async fn collect(
    source: &Source,
    mastodon: &Mastodon,
    errand: Errand<'_>,
) -> Result<Found> {
    let server = mastodon.server.get_ref();
    let tag = mastodon.tag.get_ref();
    let mut next = Some(first_page(server, tag)?);
    let token = errand.secrets.of(source, "MASTODON_TOKEN")?;
    let mut seen = HashSet::new();
    let (mut shared, mut odd, mut notices) = (Vec::new(), 0, Vec::new());
    let mut pages = 0;
    while let Some(url) = next {
        let request = Request::get(url.clone());
        let request = match &token {
            Some(token) => request.bearer(token),
            None => request,
        };
        let response = ask(errand.http, request, "").await;
        let response = response.map_err(|error| match &token {
            None => error.help("if the server shows posts to members only, put a token of one into `MASTODON_TOKEN`"),
            Some(_) => error,
        })?;
        let page: List<Status> = json(&url, &response)?;
        odd += page.odd;
        pages += 1;
        let start = errand.window.start();
        let is_old = |status: &Status| status.published().is_some_and(|moment| moment < start);
        let over = page.items.iter().all(is_old);
        next = following(server, tag, (&url, &response), &page.items).filter(|_| !over);
        let mut new = false;
        for status in page.items {
            if status.id.clone().is_some_and(|id| seen.insert(id)) {
                new = true;
                shared.extend(links(&status, server, errand));
            }
        }
        if !new {
            break;
        }
        if pages >= PAGES && next.take().is_some() {
            notices.push("there are too many posts; the oldest were not read".to_owned());
        }
    }
    notices.extend(odd_ones(odd));
    let limits = Limits {
        least_points: mastodon.least_points,
        most: mastodon.most,
    };
    let mut found = limits.keep(shared, notices);
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

fn first_page(server: &str, tag: &str) -> Result<Url> {
    let mut url = address(server, &format!("/api/v1/timelines/tag/{tag}"))?;
    url.query_pairs_mut()
        .append_pair("limit", &PAGE.to_string());
    Ok(url)
}

/// The next page: where the header says, else what is older than the last post.
fn following(
    server: &str,
    tag: &str,
    (url, response): (&Url, &Response),
    page: &[Status],
) -> Option<Url> {
    let last = page.last()?.id.as_deref()?;
    match response.next_page(url) {
        Next::Page(next) if next != *url => Some(next),
        _ => {
            let mut url = first_page(server, tag).ok()?;
            url.query_pairs_mut().append_pair("max_id", last);
            Some(url)
        }
    }
}

/// The links of a post, but for mentions, hashtags and what leads to servers' own pages of people.
fn links(status: &Status, server: &str, errand: Errand<'_>) -> Vec<Candidate> {
    let published = status.published();
    let Some(published) = published.filter(|moment| errand.window.holds(*moment)) else {
        return Vec::new();
    };
    let place = status.url.as_deref().and_then(|url| web_address(None, url));
    let read = html::read(status.content.as_deref().unwrap_or_default());
    let card = status.card.as_ref();
    let card_url = card.and_then(|card| web_address(None, card.url.as_deref()?));
    let own = host(server);
    let mut urls: Vec<String> = Vec::new();
    for link in &read.links {
        let class = |name: &str| link.class.split_ascii_whitespace().any(|one| one == name);
        if class("mention") || class("hashtag") {
            continue;
        }
        let url = web_address(None, &link.url);
        urls.extend(url.filter(|url| host(url) != own && !urls.contains(url)));
    }
    let points = [status.favourites_count, status.reblogs_count];
    let points = points.into_iter().flatten().fold(0i64, i64::saturating_add);
    let candidates = urls.into_iter().map(|url| {
        let is_card = card_url.as_deref().is_some_and(|card| same(card, &url));
        let named = card
            .filter(|_| is_card)
            .and_then(|card| card.title.as_deref());
        Candidate {
            title: title(named.unwrap_or_default()),
            url,
            author: status.account.as_ref().and_then(|account| {
                let name = account.acct.as_deref()?;
                Some(format!("@{}", title(name)))
            }),
            published: Some(published),
            reception: Reception {
                points: Some(points),
                comments: status.replies_count,
                place: place.clone(),
            },
            note: Some(html::beginning(&read.text, 200)).filter(|note| !note.is_empty()),
            ..Candidate::default()
        }
    });
    candidates.collect()
}

fn same(one: &str, other: &str) -> bool {
    use press_core::canonical::canonical;
    canonical(one) == canonical(other)
}
