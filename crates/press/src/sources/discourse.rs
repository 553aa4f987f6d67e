//! Forums that run on Discourse: topics of a category or with a tag, and what is nominated in a topic. Every list there is
//! also JSON.

mod nominations;

pub use nominations::{Heard, Said, hear};

use super::answer::{address, ask_json};
use super::html;
use super::links::{Limits, PAGES, host, title, web_address};
use super::loose::{List, count, maybe, moment, odd_ones};
use super::{Candidate, Errand, Found, Reception, titles};
use crate::config::{Discourse, ForumPlace, Source};
use crate::error::Result;
use crate::http::{Request, Url};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    topic_list: Topics,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Topics {
    #[serde(deserialize_with = "maybe")]
    more_topics_url: Option<String>,
    topics: List<Topic>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Topic {
    #[serde(deserialize_with = "maybe")]
    id: Option<u64>,
    #[serde(deserialize_with = "maybe")]
    title: Option<String>,
    #[serde(deserialize_with = "maybe")]
    slug: Option<String>,
    #[serde(deserialize_with = "count")]
    posts_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    like_count: Option<i64>,
    #[serde(deserialize_with = "maybe")]
    created_at: Option<String>,
    #[serde(deserialize_with = "maybe")]
    pinned: Option<bool>,
    #[serde(deserialize_with = "maybe")]
    pinned_globally: Option<bool>,
    #[serde(deserialize_with = "maybe")]
    featured_link: Option<String>,
}

/// A topic with its posts; a question for more posts has no title.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Thread {
    #[serde(deserialize_with = "maybe")]
    slug: Option<String>,
    post_stream: Stream,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    posts: List<Post>,
    stream: List<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Post {
    #[serde(deserialize_with = "maybe")]
    id: Option<u64>,
    #[serde(deserialize_with = "maybe")]
    username: Option<String>,
    #[serde(deserialize_with = "maybe")]
    created_at: Option<String>,
    #[serde(deserialize_with = "maybe")]
    cooked: Option<String>,
    #[serde(deserialize_with = "maybe")]
    raw: Option<String>,
    #[serde(deserialize_with = "maybe")]
    post_number: Option<u64>,
    #[serde(deserialize_with = "maybe")]
    post_type: Option<u64>,
    #[serde(deserialize_with = "count")]
    reply_count: Option<i64>,
    #[serde(deserialize_with = "count")]
    reply_to_post_number: Option<i64>,
    #[serde(deserialize_with = "maybe")]
    user_deleted: Option<bool>,
    #[serde(deserialize_with = "maybe")]
    hidden: Option<bool>,
    actions_summary: List<Action>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Action {
    #[serde(deserialize_with = "maybe")]
    id: Option<u64>,
    #[serde(deserialize_with = "count")]
    count: Option<i64>,
}

/// The action that is a like.
const LIKE: u64 = 2;

impl Topic {
    fn published(&self) -> Option<Timestamp> {
        moment(self.created_at.as_deref()?)
    }

    fn is_pinned(&self) -> bool {
        self.pinned == Some(true) || self.pinned_globally == Some(true)
    }
}

impl Post {
    fn published(&self) -> Option<Timestamp> {
        moment(self.created_at.as_deref()?)
    }

    fn likes(&self) -> i64 {
        let mut actions = self.actions_summary.items.iter();
        let like = actions.find(|action| action.id == Some(LIKE));
        like.and_then(|like| like.count).unwrap_or(0)
    }
}

/// Topics, or nominations.
pub(super) async fn collect(
    _: &Source,
    discourse: &Discourse,
    errand: Errand<'_>,
) -> Result<Found> {
    let forum = Forum { discourse, errand };
    let mut found = match discourse.place() {
        Some(ForumPlace::Topic(topic)) => forum.nominations(topic).await?,
        Some(ForumPlace::List(path)) => forum.topics(path).await?,
        None => Found::default(),
    };
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

/// The address of a topic, or of a post in it.
fn page(site: &str, slug: Option<&str>, id: u64, post: Option<u64>) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_');
    let slug = slug.filter(|slug| !slug.is_empty() && slug.chars().all(plain));
    let slug = slug.unwrap_or("-");
    let post = post.map_or(String::new(), |post| format!("/{post}"));
    format!("{site}/t/{slug}/{id}{post}")
}

/// The forum that is asked.
struct Forum<'a> {
    discourse: &'a Discourse,
    errand: Errand<'a>,
}

impl Forum<'_> {
    fn site(&self) -> &str {
        self.discourse.site.get_ref().trim_end_matches('/')
    }

    fn limits(&self) -> Limits {
        Limits {
            least_points: self.discourse.least_points,
            most: self.discourse.most,
        }
    }

    /// The page of a list of topics, the newest first.
    fn list(&self, path: &str, page: usize) -> Result<Url> {
        let mut url = address(self.site(), &format!("{path}/l/latest.json"))?;
        url.query_pairs_mut()
            .append_pair("order", "created")
            .append_pair("ascending", "false")
            .append_pair("page", &page.to_string());
        Ok(url)
    }

    async fn topics(&self, path: &str) -> Result<Found> {
        let (mut topics, mut odd, mut seen) = (Vec::new(), 0, HashSet::new());
        let mut notices = Vec::new();
        let start = self.errand.window.start();
        for page in 0.. {
            let request = Request::get(self.list(path, page)?);
            let answer: Answer = ask_json(self.errand.http, request, "").await?;
            let list = answer.topic_list;
            odd += list.topics.odd;
            let is_old = |topic: &Topic| topic.published().is_some_and(|moment| moment < start);
            // What is pinned stands before what is new.
            let mut all = list.topics.items.iter();
            let over = all.any(|topic| is_old(topic) && !topic.is_pinned());
            let mut new = false;
            for topic in list.topics.items {
                if topic.id.is_some_and(|id| seen.insert(id)) {
                    new = true;
                    let moment = topic.published();
                    if moment.is_some_and(|moment| self.errand.window.holds(moment)) {
                        topics.push(topic);
                    }
                }
            }
            if over || !new || list.more_topics_url.is_none() {
                break;
            }
            if page + 1 >= PAGES {
                notices.push("there are too many topics; the oldest were not read".to_owned());
                break;
            }
        }
        notices.extend(odd_ones(odd));
        let mut candidates = Vec::new();
        for topic in topics {
            candidates.extend(self.candidates(&topic).await?);
        }
        Ok(self.limits().keep(candidates, notices))
    }

    /// A topic, or the links in its first post.
    async fn candidates(&self, topic: &Topic) -> Result<Vec<Candidate>> {
        let Some(id) = topic.id else {
            return Ok(Vec::new());
        };
        let place = self.page(topic.slug.as_deref(), id, None);
        let replies = topic.posts_count.map(|posts| (posts - 1).max(0));
        let of_topic = Candidate {
            url: place.clone(),
            title: title(topic.title.as_deref().unwrap_or_default()),
            published: topic.published(),
            reception: Reception {
                points: topic.like_count,
                comments: replies,
                place: Some(place),
            },
            ..Candidate::default()
        };
        let featured = topic.featured_link.as_deref();
        if let Some(url) = featured.and_then(|url| web_address(None, url)) {
            return Ok(vec![Candidate { url, ..of_topic }]);
        }
        if !self.discourse.links
            || of_topic.reception.points.unwrap_or(0) < self.discourse.least_points
        {
            return Ok(vec![of_topic]);
        }
        let url = address(self.site(), &format!("/t/{id}.json"))?;
        let thread: Thread = ask_json(self.errand.http, Request::get(url), "").await?;
        let first = thread.post_stream.posts.items.first();
        let links = first.map_or(Vec::new(), |post| self.outward(post).0);
        if links.is_empty() {
            return Ok(vec![of_topic]);
        }
        let author = first.and_then(|post| post.username.as_deref()).map(title);
        let one = |(url, _): (String, String)| Candidate {
            url,
            // What a link is called in a sentence is seldom the title of its page.
            title: String::new(),
            author: author.clone(),
            note: Some(format!("in \"{}\"", of_topic.title)),
            ..of_topic.clone()
        };
        Ok(links.into_iter().map(one).collect())
    }

    /// The address of a topic, or of a post in it.
    fn page(&self, slug: Option<&str>, id: u64, post: Option<u64>) -> String {
        page(self.site(), slug, id, post)
    }

    /// The links of a post that lead elsewhere, each with its text; and what the post says.
    fn outward(&self, post: &Post) -> (Vec<(String, String)>, html::Read) {
        let read = html::read(post.cooked.as_deref().unwrap_or_default());
        let base: Option<Url> = self.site().parse().ok();
        let own = host(self.site());
        let mut links: Vec<(String, String)> = Vec::new();
        for link in &read.links {
            let class = |name: &str| link.class.split_ascii_whitespace().any(|one| one == name);
            let inner = ["mention", "hashtag", "hashtag-cooked", "lightbox", "anchor"];
            if inner.into_iter().any(class) {
                continue;
            }
            let url = web_address(base.as_ref(), &link.url);
            let url =
                url.filter(|url| host(url) != own && links.iter().all(|(known, _)| known != url));
            links.extend(url.map(|url| (url, link.text.clone())));
        }
        (links, read)
    }
}
