//! Lobsters: the stories with a tag, newest first, in JSON.

use super::answer::{address, ask_json};
use super::links::{Limits, PAGES, title, web_address};
use super::loose::{List, count, maybe, moment, odd_ones};
use super::{Candidate, Errand, Found, Reception, titles};
use crate::config::{Lobsters, Source};
use crate::error::Result;
use crate::http::Request;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Story {
    #[serde(deserialize_with = "maybe")]
    short_id: Option<String>,
    #[serde(deserialize_with = "maybe")]
    created_at: Option<String>,
    #[serde(deserialize_with = "maybe")]
    title: Option<String>,
    #[serde(deserialize_with = "maybe")]
    url: Option<String>,
    #[serde(deserialize_with = "count")]
    score: Option<i64>,
    #[serde(deserialize_with = "count")]
    comment_count: Option<i64>,
    /// A name, or somebody who has one.
    submitter_user: Value,
}

impl Story {
    fn published(&self) -> Option<Timestamp> {
        moment(self.created_at.as_deref()?)
    }
}

/// The stories of the window.
pub(super) async fn collect(_: &Source, lobsters: &Lobsters, errand: Errand<'_>) -> Result<Found> {
    let site = lobsters.site.get_ref();
    let tags = lobsters.tags.get_ref().join(",");
    let mut seen = HashSet::new();
    let (mut stories, mut odd, mut notices) = (Vec::new(), 0, Vec::new());
    for page in 1.. {
        let mut url = address(site, &format!("/t/{tags}.json"))?;
        if page > 1 {
            url.query_pairs_mut().append_pair("page", &page.to_string());
        }
        let answer: List<Story> = ask_json(errand.http, Request::get(url), "").await?;
        odd += answer.odd;
        let start = errand.window.start();
        let is_old = |story: &Story| story.published().is_some_and(|moment| moment < start);
        let over = answer.items.last().is_none_or(is_old);
        let mut new = false;
        for story in answer.items {
            if story.short_id.clone().is_some_and(|id| seen.insert(id)) {
                new = true;
                stories.extend(candidate(site, story, errand));
            }
        }
        if over || !new {
            break;
        }
        if page >= PAGES {
            notices.push("there are too many stories; the oldest were not read".to_owned());
            break;
        }
    }
    notices.extend(odd_ones(odd));
    let limits = Limits {
        least_points: lobsters.least_points,
        most: lobsters.most,
    };
    let mut found = limits.keep(stories, notices);
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

fn candidate(site: &str, story: Story, errand: Errand<'_>) -> Option<Candidate> {
    let published = story
        .published()
        .filter(|moment| errand.window.holds(*moment))?;
    let id = story.short_id?;
    let id =
        (!id.is_empty() && id.chars().all(|sign| sign.is_ascii_alphanumeric())).then_some(id)?;
    let place = format!("{}/s/{id}", site.trim_end_matches('/'));
    let user = &story.submitter_user;
    let user = user.as_str().or_else(|| user.get("username")?.as_str());
    let url = story.url.and_then(|url| web_address(None, &url));
    Some(Candidate {
        url: url.unwrap_or_else(|| place.clone()),
        title: title(&story.title.unwrap_or_default()),
        author: user.map(title),
        published: Some(published),
        reception: Reception {
            points: story.score,
            comments: story.comment_count,
            place: Some(place),
        },
        ..Candidate::default()
    })
}
