//! Feeds: RSS, Atom, JSON Feed, in whatever shape they are found. feed-rs reads them; what it stumbles over is mended
//! before, in `feed/mend.rs`, and said.

mod dates;
mod entries;
mod json;
mod mend;
mod shape;
mod slips;

use super::answer::{address, failed, refused};
use super::decode;
use super::links::title;
use super::{Candidate, Errand, Found, titles};
use crate::config::{Feed, Source};
use crate::error::{Error, Result};
use crate::http::{Request, Response, Url};
use entries::Entry;
use press_core::text::plain_line;
use std::collections::HashSet;
use std::time::Duration;

/// No feed that people wrote is longer.
const LIMIT_BYTES: usize = 8 << 20;
/// What readers of feeds say they take.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                      application/json;q=0.8, */*;q=0.5";

/// The entries of a feed.
pub(super) async fn collect(_: &Source, feed: &Feed, errand: Errand<'_>) -> Result<Found> {
    let url = address(feed.url.get_ref(), "")?;
    let (response, at, moved) = ask(errand, &url).await?;
    let mut found = understand(&response, &at, errand, feed.most)?;
    if let Some(moved) = moved {
        let notice = format!("the feed has moved for good to {moved}: write that into press.toml");
        found.notices.insert(0, notice);
    }
    let notice = titles::complete(errand, &mut found.candidates).await;
    found.notices.extend(notice);
    Ok(found)
}

/// What came, where it came from in the end, and where it has moved for good.
async fn ask(errand: Errand<'_>, url: &Url) -> Result<(Response, Url, Option<Url>)> {
    let request = Request::get(url.clone())
        .header("accept", ACCEPT)
        .limit(LIMIT_BYTES);
    let way = errand.http.fetch(request, Duration::ZERO).await;
    let response = way.end.map_err(|failure| failed(url, &failure))?;
    if !(200..300).contains(&response.status) {
        let error = refused(url, &response);
        return Err(match response.status {
            404 | 410 => error.help("look for the feed's new address on its site"),
            401 | 403 => {
                error.help("it is not for programs, or not for everybody: ask whoever runs it")
            }
            _ => error,
        });
    }
    let for_good = way
        .hops
        .iter()
        .take_while(|(status, _)| matches!(status, 301 | 308));
    let moved = for_good.last().map(|(_, to)| to.clone());
    let at = way.hops.last().map_or(url, |(_, to)| to).clone();
    Ok((response, at, moved))
}

/// What an answer holds, as far as it can be read.
fn understand(response: &Response, at: &Url, errand: Errand<'_>, most: usize) -> Result<Found> {
    let kind = response.header("content-type");
    let decoded = decode::feed(&response.body, kind, LIMIT_BYTES);
    let mut notices = decoded.notices;
    if !response.whole && response.body.len() >= LIMIT_BYTES {
        let limit = LIMIT_BYTES >> 20;
        notices.push(format!(
            "it is longer than {limit} MB; the rest was not read"
        ));
    } else if !response.whole {
        notices.push("the connection broke off in the middle".to_owned());
    }
    let read = mend::read(&decoded.text, at).map_err(|no_feed| no_feed.explain(at))?;
    notices.extend(read.notices);
    let mut sorted = Sorted {
        most,
        found: Found {
            notices,
            ..Found::default()
        },
        ..Sorted::default()
    };
    for entry in read.entries {
        sorted.add(entry, &read.title, errand);
    }
    Ok(sorted.done())
}

/// Entries by whether they belong to the window.
#[derive(Default)]
struct Sorted {
    found: Found,
    most: usize,
    count: usize,
    seen: HashSet<String>,
    /// Entries without an address.
    nowhere: usize,
    /// Entries that are there twice.
    twice: usize,
}

impl Sorted {
    fn add(&mut self, entry: Entry, feed: &str, errand: Errand<'_>) {
        let Some(url) = entry.url else {
            self.nowhere += 1;
            return;
        };
        if !self.seen.insert(url.clone()) {
            self.twice += 1;
            return;
        }
        self.count += 1;
        if self.count > self.most {
            return;
        }
        let title = match is_helpful(&entry.title, feed, &url) {
            true => title(&entry.title),
            false => String::new(),
        };
        let candidate = Candidate {
            url,
            title,
            author: entry.author,
            published: entry.published,
            ..Candidate::default()
        };
        let inside = entry
            .published
            .is_none_or(|moment| errand.window.holds(moment));
        match inside {
            true => self.found.candidates.push(candidate),
            false => self.found.outside.push(candidate),
        }
    }

    fn done(mut self) -> Found {
        let mut tell = |count: usize, one: &str, many: &str| match count {
            0 => {}
            1 => self.found.notices.push(one.to_owned()),
            _ => self.found.notices.push(format!("{count} {many}")),
        };
        tell(
            self.nowhere,
            "an entry has no address and was left out",
            "entries have no address and were left out",
        );
        tell(
            self.twice,
            "an entry is there twice",
            "entries are there twice",
        );
        if self.count > self.most {
            let (count, most) = (self.count, self.most);
            let notice = format!("it has {count} entries; the first {most} were read (`most`)");
            self.found.notices.push(notice);
        }
        self.found
    }
}

/// Whether a title says something of the page.
fn is_helpful(title: &str, feed: &str, url: &str) -> bool {
    let empty = [
        "untitled",
        "no title",
        "(no title)",
        "[no title]",
        "new post",
        "post",
    ];
    let title = title.trim();
    let same = |other: &str| title.eq_ignore_ascii_case(other.trim());
    let address = title.starts_with("https://") || title.starts_with("http://");
    let speaks = title.chars().any(char::is_alphanumeric);
    speaks && !address && !same(feed) && !same(url) && !empty.iter().any(|word| same(word))
}

/// Why something is no feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoFeed {
    /// There is nothing.
    Empty,
    /// It is a page, which may name feeds.
    Page(Vec<String>),
    /// It is made to keep its readers busy.
    Monster,
    /// It is JSON that cannot be read, and why.
    Json(String),
    /// It is something else, which begins so.
    Other(String),
}

impl NoFeed {
    fn explain(self, at: &Url) -> Error {
        let place = at.host_str().unwrap_or_default();
        let place = format!("{place}{}", at.path());
        match self {
            NoFeed::Empty => Error::new(format!("{place} is empty"))
                .help("look at the address in a browser: the feed may have moved"),
            NoFeed::Page(feeds) => {
                let error = Error::new(format!("{place} is a page, no feed"));
                match feeds.first() {
                    Some(feed) => error.help(format!("its feed is at {feed}: write that as `url`")),
                    None => error.help("look for the address of its feed: the page names none"),
                }
            }
            NoFeed::Monster => Error::new(format!("{place} is no feed"))
                .because("an element of it has thousands of attributes"),
            NoFeed::Json(cause) => {
                Error::new(format!("{place} cannot be read: its JSON is broken")).because(cause)
            }
            NoFeed::Other(start) => {
                let error = Error::new(format!("{place} is no feed"));
                let start = plain_line(&start);
                error.because(match start.is_empty() {
                    true => "there is no text in it".to_owned(),
                    false => format!("it begins with `{start}`"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_helpful;

    #[test]
    fn some_titles_say_nothing() {
        let helps = |title| is_helpful(title, "The Gull Blog", "https://gull.example/1");
        assert!(helps("Gulls over Kiel"));
        for title in [
            "",
            "—",
            "untitled",
            "The gull blog",
            "https://gull.example/1",
        ] {
            assert!(!helps(title), "{title}");
        }
    }
}
