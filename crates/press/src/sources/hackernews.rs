//! Hacker News, by Algolia's search. The search gives no more than a thousand stories for one question, so each page is
//! asked for as what is older than the last story of the one before.

use super::answer::{address, ask_json};
use super::links::{Limits, PAGES, title, web_address};
use super::loose::{List, count, maybe, odd_ones, second};
use super::{Candidate, Errand, Found, Reception, html, titles};
use crate::config::{Hackernews, Source};
use crate::error::Result;
use crate::http::Request;
use serde::Deserialize;
use std::collections::HashSet;

/// Stories on a page.
const PAGE: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    hits: List<Story>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Story {
    #[serde(rename = "objectID", deserialize_with = "maybe")]
    id: Option<String>,
    #[serde(deserialize_with = "maybe")]
    title: Option<String>,
    #[serde(deserialize_with = "maybe")]
    url: Option<String>,
    #[serde(deserialize_with = "maybe")]
    author: Option<String>,
    #[serde(deserialize_with = "count")]
    points: Option<i64>,
    #[serde(deserialize_with = "count")]
    num_comments: Option<i64>,
    #[serde(deserialize_with = "count")]
    created_at_i: Option<i64>,
}

/// The stories of the window.
pub(super) async fn collect(_: &Source, search: &Hackernews, errand: Errand<'_>) -> Result<Found> {
    let start = errand.window.start().as_second();
    let mut end = errand.window.end().as_second();
    let mut seen = HashSet::new();
    let (mut stories, mut odd, mut notices) = (Vec::new(), 0, Vec::new());
    for page in 0.. {
        let mut url = address(search.api.get_ref(), "/search_by_date")?;
        // Which points a story has is no filter there.
        url.query_pairs_mut()
            .append_pair("query", search.query.get_ref())
            .append_pair("tags", "story")
            .append_pair("restrictSearchableAttributes", "title,url")
            .append_pair("typoTolerance", "false")
            .append_pair(
                "numericFilters",
                &format!("created_at_i>={start},created_at_i<{end}"),
            )
            .append_pair("hitsPerPage", &PAGE.to_string());
        let answer: Answer = ask_json(errand.http, Request::get(url), "").await?;
        odd += answer.hits.odd;
        let full = answer.hits.items.len() + answer.hits.odd >= PAGE;
        let oldest = answer
            .hits
            .items
            .iter()
            .filter_map(|story| story.created_at_i)
            .min();
        let mut new = false;
        for story in answer.hits.items {
            if story.id.clone().is_some_and(|id| seen.insert(id)) {
                new = true;
                stories.extend(candidate(story, errand));
            }
        }
        // Stories of the same second may stand on both pages.
        let Some(oldest) = oldest.filter(|_| full && new) else {
            break;
        };
        if page + 1 >= PAGES {
            notices.push("there are too many stories; the oldest were not read".to_owned());
            break;
        }
        end = end.min(oldest + 1);
    }
    notices.extend(odd_ones(odd));
    let limits = Limits {
        least_points: search.least_points,
        most: search.most,
    };
    let mut found = limits.keep(stories, notices);
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

fn candidate(story: Story, errand: Errand<'_>) -> Option<Candidate> {
    let published = story.created_at_i.and_then(second)?;
    let id = story
        .id
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))?;
    let place = format!("https://news.ycombinator.com/item?id={id}");
    let url = story.url.and_then(|url| web_address(None, &url));
    errand.window.holds(published).then(|| Candidate {
        url: url.unwrap_or_else(|| place.clone()),
        title: title(&html::text(&story.title.unwrap_or_default())),
        author: story.author.map(|author| title(&author)),
        published: Some(published),
        reception: Reception {
            points: story.points,
            comments: story.num_comments,
            place: Some(place),
        },
        ..Candidate::default()
    })
}
