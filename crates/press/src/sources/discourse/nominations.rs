//! Nominations: in one long topic people name the library or the quote of the week, and others like their posts. The end of
//! the topic is read backwards, as far as the window goes.

use super::{Forum, Post, Thread};
use crate::config::Nominated;
use crate::error::Result;
use crate::http::{Http, Request};
use crate::sources::answer::{address, ask_json};
use crate::sources::html::{self, beginning};
use crate::sources::links::{PAGES, title};
use crate::sources::loose::odd_ones;
use crate::sources::{Candidate, Found, Reception};
use jiff::Timestamp;
use press_core::vote::post::package;

/// Posts that are asked for at once.
const POSTS: usize = 20;
/// What is told of a post.
const NOTE_SIGNS: usize = 400;
/// Posts of people; others tell that a topic was moved or closed.
const REGULAR: u64 = 1;

/// The end of a topic.
pub(super) struct End {
    /// Its title in addresses.
    pub(super) slug: Option<String>,
    /// Its posts in their order, at least all since the moment that was asked for.
    pub(super) posts: Vec<Post>,
    /// Posts that could not be read.
    pub(super) odd: usize,
    /// What a person should hear.
    pub(super) notices: Vec<String>,
}

/// Reads a topic backwards, as far as `start`. `more` is asked for beside the usual.
pub(super) async fn read_back(
    http: &Http,
    (site, topic): (&str, u64),
    start: Timestamp,
    more: &str,
) -> Result<End> {
    let url = address(site, &format!("/t/{topic}.json{more}"))?;
    let thread: Thread = ask_json(http, Request::get(url), "").await?;
    let stream = thread.post_stream;
    let (ids, known) = (stream.stream.items, stream.posts.items);
    let mut end = End {
        slug: thread.slug,
        posts: Vec::new(),
        odd: stream.posts.odd,
        notices: Vec::new(),
    };
    let mut reached = false;
    for chunk in ids.rchunks(POSTS).take(PAGES) {
        let is_known = |id: &u64| known.iter().any(|post| post.id == Some(*id));
        if chunk.iter().all(is_known) {
            break;
        }
        let mut url = address(site, &format!("/t/{topic}/posts.json{more}"))?;
        for id in chunk {
            url.query_pairs_mut()
                .append_pair("post_ids[]", &id.to_string());
        }
        let thread: Thread = ask_json(http, Request::get(url), "").await?;
        let posts = thread.post_stream.posts;
        end.odd += posts.odd;
        let is_old = |post: &Post| post.published().is_some_and(|moment| moment < start);
        reached = posts.items.iter().any(is_old);
        end.posts.extend(posts.items);
        if reached {
            break;
        }
    }
    if !reached && ids.len() > POSTS * PAGES {
        let notice = "there are too many posts; the oldest were not read";
        end.notices.push(notice.to_owned());
    }
    // The first posts came with the topic.
    let is_new = |post: &Post| end.posts.iter().all(|other| other.id != post.id);
    let first: Vec<Post> = known.into_iter().filter(is_new).collect();
    end.posts.extend(first);
    end.posts.sort_by_key(|post| post.post_number);
    Ok(end)
}

/// A post of a topic in which people nominate.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Who wrote it, as the forum calls them.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// How many liked it.
    pub likes: i64,
    /// What it says, as Markdown.
    pub text: String,
    /// Whether it answers another post.
    pub answers: bool,
    /// Its address.
    pub place: String,
}

/// What was said in a topic since a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The posts in their order; none that is gone, hidden, or not a person's.
    pub said: Vec<Said>,
    /// Whether all were read: what is missing is gone.
    pub complete: bool,
    /// What a person should hear.
    pub notices: Vec<String>,
}

/// Reads what was said in a topic of a forum since `start`. Anybody may read it: no token is sent.
pub async fn hear(http: &Http, (site, topic): (&str, u64), start: Timestamp) -> Result<Heard> {
    let site = site.trim_end_matches('/');
    let end = read_back(http, (site, topic), start, "?include_raw=1").await?;
    let mut notices = end.notices;
    let complete = notices.is_empty() && end.odd == 0;
    notices.extend(odd_ones(end.odd));
    let slug = end.slug.as_deref();
    let said = |post: &Post| {
        let at = post
            .published()
            .filter(|at| *at >= start && post.is_there())?;
        Some(Said {
            author: post.username.as_deref().map(title)?,
            at,
            likes: post.likes().max(0),
            text: post.markdown(),
            answers: post.reply_to_post_number.is_some(),
            place: super::page(site, slug, topic, Some(post.post_number?)),
        })
    };
    Ok(Heard {
        said: end.posts.iter().filter_map(said).collect(),
        complete,
        notices,
    })
}

impl Post {
    /// Whether it is somebody's, and still to be seen.
    fn is_there(&self) -> bool {
        let regular = self.post_type.is_none_or(|kind| kind == REGULAR);
        regular && self.user_deleted != Some(true) && self.hidden != Some(true)
    }

    /// What was written; of a forum that does not say, what it shows.
    fn markdown(&self) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let read = html::read(self.cooked.as_deref().unwrap_or_default());
        let quotes = read.quotes.iter().map(|quote| format!("> {quote}\n\n"));
        let links = read.links.iter().map(|link| format!("\n\n<{}>", link.url));
        let (quotes, links): (String, String) = (quotes.collect(), links.collect());
        format!("{quotes}{}{links}", read.text)
    }
}

impl Forum<'_> {
    /// What is nominated in a topic in the window.
    pub(super) async fn nominations(&self, topic: u64) -> Result<Found> {
        let start = self.errand.window.start();
        let read = read_back(self.errand.http, (self.site(), topic), start, "").await?;
        let mut notices = read.notices;
        let slug = read.slug.as_deref();
        let meant = read.posts.iter().filter(|post| self.is_meant(post));
        let candidates = meant.filter_map(|post| self.nomination(post, slug, topic));
        let candidates = candidates.collect();
        notices.extend(odd_ones(read.odd));
        Ok(self.limits().keep(candidates, notices))
    }

    /// Whether a post of the window is somebody's, and still there.
    fn is_meant(&self, post: &Post) -> bool {
        let inside = post
            .published()
            .is_some_and(|moment| self.errand.window.holds(moment));
        inside && post.is_there()
    }

    fn nomination(&self, post: &Post, slug: Option<&str>, topic: u64) -> Option<Candidate> {
        let place = self.page(slug, topic, Some(post.post_number?));
        let (links, read) = self.outward(post);
        let by = post.username.as_deref().map(title);
        let candidate = Candidate {
            author: by,
            published: post.published(),
            reception: Reception {
                points: Some(post.likes()),
                comments: post.reply_count,
                place: Some(place.clone()),
            },
            ..Candidate::default()
        };
        match self.discourse.nominates {
            Nominated::Link => {
                let package = links.iter().find(|(url, _)| package(url).is_some());
                let (url, text) = package.or_else(|| links.first())?;
                let name = package.and_then(|(url, _)| package_name(url));
                Some(Candidate {
                    url: url.clone(),
                    title: name.unwrap_or_else(|| named(text)),
                    note: said(&read),
                    ..candidate
                })
            }
            Nominated::Quote => {
                let reply = post.reply_to_post_number.is_some();
                let quote = read.quotes.join(" […] ");
                let quote = match quote.is_empty() {
                    false => quote,
                    // An answer to a nomination is none.
                    true if reply => return None,
                    true => read.text.clone(),
                };
                (!quote.is_empty()).then(|| Candidate {
                    url: place,
                    title: beginning(&quote, 80),
                    note: Some(quoted(&quote, &read)),
                    ..candidate
                })
            }
        }
    }
}

/// What a post says, for the note.
fn said(read: &html::Read) -> Option<String> {
    let text = beginning(&read.text, NOTE_SIGNS);
    (!text.is_empty()).then(|| format!("\"{text}\""))
}

/// The quote, and what the post says besides: who said it, and where.
fn quoted(quote: &str, read: &html::Read) -> String {
    let quote = beginning(quote, 2 * NOTE_SIGNS);
    let rest = match read.quotes.is_empty() {
        true => String::new(),
        false => beginning(&read.text, NOTE_SIGNS),
    };
    match rest.is_empty() {
        true => format!("\"{quote}\""),
        false => format!("\"{quote}\" {rest}"),
    }
}

/// The text of a link, unless it is only the address.
fn named(text: &str) -> String {
    match text.contains("://") || text.contains('/') && !text.contains(' ') {
        true => String::new(),
        false => title(text),
    }
}

fn package_name(url: &str) -> Option<String> {
    package(url).map(title)
}
