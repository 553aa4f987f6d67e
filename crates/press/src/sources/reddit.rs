//! Reddit: the posts of a subreddit, newest first, or the newest thread with a certain title.

use super::answer::{address, ask_json};
use super::links::{Limits, PAGES, host, title, web_address};
use super::loose::{List, count, maybe, odd_ones, second};
use super::{Candidate, Errand, Found, Reception, titles};
use crate::config::{Reddit, Source};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use jiff::Timestamp;
use serde::Deserialize;

/// Posts on a page: the most that it gives.
const PAGE: usize = 100;
/// Where people read.
const SITE: &str = "https://www.reddit.com";
/// Hosts of pictures and films that belong to a post, whose page is the post.
const MEDIA: &[&str] = &["i.redd.it", "v.redd.it", "i.imgur.com"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    data: Listing,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listing {
    #[serde(deserialize_with = "maybe")]
    after: Option<String>,
    children: List<Child>,
}

#[derive(Debug, Deserialize)]
struct Child {
    data: Post,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Post {
    #[serde(deserialize_with = "maybe")]
    title: Option<String>,
    #[serde(deserialize_with = "maybe")]
    url: Option<String>,
    #[serde(deserialize_with = "maybe")]
    permalink: Option<String>,
    #[serde(deserialize_with = "maybe")]
    author: Option<String>,
    #[serde(deserialize_with = "maybe")]
    is_self: Option<bool>,
    #[serde(deserialize_with = "maybe")]
    stickied: Option<bool>,
    #[serde(deserialize_with = "maybe")]
    removed_by_category: Option<String>,
    #[serde(deserialize_with = "maybe")]
    link_flair_text: Option<String>,
    #[serde(deserialize_with = "count")]
    score: Option<i64>,
    #[serde(deserialize_with = "count")]
    num_comments: Option<i64>,
    #[serde(deserialize_with = "count")]
    created_utc: Option<i64>,
}

impl Post {
    fn published(&self) -> Option<Timestamp> {
        self.created_utc.and_then(second)
    }
}

/// The posts of the window, or one thread.
pub(super) async fn collect(source: &Source, reddit: &Reddit, errand: Errand<'_>) -> Result<Found> {
    let way = Way {
        token: errand.secrets.of(source, "REDDIT_TOKEN")?,
        reddit,
        errand,
    };
    match &reddit.thread {
        Some(words) => way.thread(words.get_ref()).await,
        None => way.posts().await,
    }
}

/// How it is asked.
struct Way<'a> {
    reddit: &'a Reddit,
    errand: Errand<'a>,
    token: Option<String>,
}

impl Way<'_> {
    fn address(&self, path: &str) -> Result<Url> {
        let usual = match self.token {
            Some(_) => "https://oauth.reddit.com",
            None => SITE,
        };
        let api = self.reddit.api.as_ref();
        let api = api.map_or(usual, |api| api.get_ref().as_str());
        let subreddit = self.reddit.subreddit.get_ref();
        let mut url = address(api, &format!("/r/{subreddit}/{path}.json"))?;
        url.query_pairs_mut()
            .append_pair("raw_json", "1")
            .append_pair("limit", &PAGE.to_string());
        Ok(url)
    }

    async fn ask(&self, url: Url) -> Result<Listing> {
        let request = Request::get(url);
        let request = match &self.token {
            Some(token) => request.bearer(token),
            None => request,
        };
        let answer: Result<Answer> = ask_json(self.errand.http, request, "").await;
        let explain = |error: Error| match self.token {
            Some(_) => error,
            None => error.help(
                "it answers few programs without a token: put one of OAuth into `REDDIT_TOKEN`",
            ),
        };
        answer.map(|answer| answer.data).map_err(explain)
    }

    async fn posts(&self) -> Result<Found> {
        let (mut after, mut odd): (Option<String>, usize) = (None, 0);
        let (mut posts, mut notices) = (Vec::new(), Vec::new());
        let start = self.errand.window.start();
        for page in 1.. {
            let mut url = self.address("new")?;
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let listing = self.ask(url).await?;
            odd += listing.children.odd;
            let is_old = |post: &Post| post.published().is_some_and(|moment| moment < start);
            // What is pinned stands before what is new.
            let mut plain = listing.children.items.iter().map(|child| &child.data);
            let over = plain.any(|post| is_old(post) && post.stickied != Some(true));
            let next = listing.after.filter(|next| Some(next) != after.as_ref());
            let children = listing.children.items.into_iter();
            posts.extend(children.filter_map(|child| self.candidate(&child.data)));
            after = next.filter(|_| !over);
            if after.is_none() {
                // It gives no more than a thousand posts, however many there are.
                if !over && page >= 10 {
                    notices.push(
                        "it shows no older posts; the first days of the window are missing"
                            .to_owned(),
                    );
                }
                break;
            }
            if page >= PAGES {
                notices.push("there are too many posts; the oldest were not read".to_owned());
                break;
            }
        }
        notices.extend(odd_ones(odd));
        let limits = Limits {
            least_points: self.reddit.least_points,
            most: self.reddit.most,
        };
        let mut found = limits.keep(posts, notices);
        let notice = titles::complete(self.errand, &mut found.candidates).await;
        found.notices.extend(notice);
        Ok(found)
    }

    /// The newest thread whose title has all of these words.
    async fn thread(&self, words: &str) -> Result<Found> {
        let mut url = self.address("search")?;
        url.query_pairs_mut()
            .append_pair("q", &format!("title:\"{}\"", words.replace('"', "")))
            .append_pair("restrict_sr", "on")
            .append_pair("sort", "new")
            .append_pair("t", "year");
        let listing = self.ask(url).await?;
        let posts = listing.children.items.iter().map(|child| &child.data);
        let end = self.errand.window.end();
        let fits = |post: &&Post| {
            let named = post.title.as_deref().unwrap_or_default();
            has_words(named, words) && post.published().is_some_and(|moment| moment < end)
        };
        let newest = posts.filter(fits).max_by_key(|post| post.published());
        let candidate = newest.and_then(|post| self.read(post));
        let mut found = Found::default();
        if candidate.is_none() {
            let subreddit = self.reddit.subreddit.get_ref();
            let notice = format!("there was no thread `{words}` in r/{subreddit} in the last year");
            found.notices.push(notice);
        }
        found.candidates.extend(candidate);
        Ok(found)
    }

    /// A post of the window.
    fn candidate(&self, post: &Post) -> Option<Candidate> {
        let published = post.published()?;
        let there = self.errand.window.holds(published) && post.removed_by_category.is_none();
        there.then(|| self.read(post)).flatten()
    }

    fn read(&self, post: &Post) -> Option<Candidate> {
        let site: Url = SITE.parse().ok()?;
        let place = web_address(Some(&site), post.permalink.as_deref()?)?;
        let url = post.url.as_deref().filter(|_| post.is_self != Some(true));
        let url = url.and_then(|url| web_address(Some(&site), url));
        let url = url.filter(|url| {
            let gallery = host(url) == "reddit.com" && url.contains("/gallery/");
            !gallery && !MEDIA.contains(&host(url).as_str())
        });
        let author = post.author.as_deref();
        let flair = post.link_flair_text.as_deref().map(title);
        Some(Candidate {
            title: title(post.title.as_deref().unwrap_or_default()),
            author: author
                .filter(|author| *author != "[deleted]")
                .map(|author| format!("u/{}", title(author))),
            published: post.published(),
            reception: Reception {
                points: post.score,
                comments: post.num_comments,
                place: Some(place.clone()),
            },
            note: flair.filter(|flair| !flair.is_empty()),
            url: url.unwrap_or(place),
            section: None,
        })
    }
}

/// Whether a title has all of some words, whatever their case and whichever apostrophes.
fn has_words(title: &str, words: &str) -> bool {
    let plain = |text: &str| -> Vec<String> {
        let text = text.to_lowercase().replace(['\'', '’'], "");
        let words = text.split(|sign: char| !sign.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let title = plain(title);
    plain(words).iter().all(|word| title.contains(word))
}

#[cfg(test)]
mod tests {
    use super::has_words;

    #[test]
    fn a_thread_is_known_by_its_words() {
        let title = "Official /r/gulls “Who’s Hiring” thread for job-seekers [Gull 1.90]";
        assert!(has_words(title, "who's hiring"));
        assert!(has_words(title, "Hiring thread"));
        assert!(!has_words(title, "who is hiring"));
        assert!(!has_words("", "hiring"));
    }
}
