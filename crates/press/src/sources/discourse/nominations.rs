//! Nominations: in one long topic people name the library or the quote of the week, and others like their posts. The end of
//! the topic is read backwards, as far as the window goes.

use super::{Forum, Post, Thread};
use crate::config::Nominated;
use crate::error::Result;
use crate::http::Request;
use crate::sources::answer::{address, ask_json};
use crate::sources::html::{self, beginning};
use crate::sources::links::{PAGES, title};
use crate::sources::loose::odd_ones;
use crate::sources::{Candidate, Found, Reception};
use press_core::vote::post::package;

/// Posts that are asked for at once.
const POSTS: usize = 20;
/// What is told of a post.
const NOTE_SIGNS: usize = 400;
/// Posts of people; others tell that a topic was moved or closed.
const REGULAR: u64 = 1;

impl Forum<'_> {
    /// What is nominated in a topic in the window.
    pub(super) async fn nominations(&self, topic: u64) -> Result<Found> {
        let url = address(self.site(), &format!("/t/{topic}.json"))?;
        let thread: Thread = ask_json(self.errand.http, Request::get(url), "").await?;
        let slug = thread.slug.clone();
        let ids = &thread.post_stream.stream.items;
        let known = &thread.post_stream.posts.items;
        let (mut posts, mut odd) = (Vec::new(), thread.post_stream.posts.odd);
        let mut notices = Vec::new();
        let start = self.errand.window.start();
        let mut chunks = ids.rchunks(POSTS).take(PAGES);
        let mut reached = false;
        for chunk in chunks.by_ref() {
            let all_known = chunk
                .iter()
                .all(|id| known.iter().any(|post| post.id == Some(*id)));
            if all_known {
                break;
            }
            let more = self.posts(topic, chunk).await?;
            odd += more.post_stream.posts.odd;
            let more = more.post_stream.posts.items;
            reached = more
                .iter()
                .any(|post| post.published().is_some_and(|moment| moment < start));
            posts.extend(more);
            if reached {
                break;
            }
        }
        if !reached && ids.len() > POSTS * PAGES {
            notices.push("there are too many posts; the oldest were not read".to_owned());
        }
        // The first posts came with the topic.
        let fresh = |post: &&Post| posts.iter().all(|other| other.id != post.id);
        let first = known.iter().filter(fresh).collect::<Vec<_>>();
        let all = posts.iter().chain(first);
        let mut all: Vec<&Post> = all.filter(|post| self.is_meant(post)).collect();
        all.sort_by_key(|post| post.post_number);
        let candidates = all
            .into_iter()
            .filter_map(|post| self.nomination(post, slug.as_deref(), topic));
        let candidates = candidates.collect();
        notices.extend(odd_ones(odd));
        Ok(self.limits().keep(candidates, notices))
    }

    async fn posts(&self, topic: u64, ids: &[u64]) -> Result<Thread> {
        let mut url = address(self.site(), &format!("/t/{topic}/posts.json"))?;
        for id in ids {
            url.query_pairs_mut()
                .append_pair("post_ids[]", &id.to_string());
        }
        ask_json(self.errand.http, Request::get(url), "").await
    }

    /// Whether a post of the window is somebody's, and still there.
    fn is_meant(&self, post: &Post) -> bool {
        let inside = post
            .published()
            .is_some_and(|moment| self.errand.window.holds(moment));
        let regular = post.post_type.is_none_or(|kind| kind == REGULAR);
        inside && regular && post.user_deleted != Some(true) && post.hidden != Some(true)
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
