//! What stands beside the text of an issue on its page: the archive's copies of what is gone, ways into calendars, and a word
//! for browsers that show the text alone.

use super::ArticleOptions;
use crate::dead_links::{self, DeadLinks};
use crate::issue::Issue;
use crate::render::{agenda, sanitise};
use jiff::civil::Date;
use std::collections::HashMap;

/// What the web archive is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// Links that lead nowhere any more.
    pub dead: &'a DeadLinks,
    /// The day on which they led somewhere.
    pub day: Date,
}

/// What makes Mozilla's Readability, and what is like it, drop an element by its class or id, unless there is also a word such
/// as `article` in it: "Final Comment Period" would be gone.
const FURNITURE: &[&str] = &[
    "banner",
    "breadcrumb",
    "com-",
    "combx",
    "comment",
    "community",
    "contact",
    "disqus",
    "extra",
    "footer",
    "gdpr",
    "header",
    "hidden",
    "legends",
    "masthead",
    "media",
    "menu",
    "meta",
    "outbrain",
    "pager",
    "popup",
    "promo",
    "related",
    "remark",
    "replies",
    "rss",
    "scroll",
    "share",
    "shopping",
    "shoutbox",
    "sidebar",
    "skyscraper",
    "social",
    "sponsor",
    "supplemental",
    "tags",
    "widget",
    "-ad-",
];

/// The class of an element whose id reading modes of browsers would take for one of furniture.
pub(super) fn vouched(
    id: &str,
    options: ArticleOptions<'_>,
) -> impl Iterator<Item = &'static str> + use<> {
    let own_page = options.page.is_empty() && !options.without_ids;
    let suspect = own_page && FURNITURE.iter().any(|word| holds(id, word));
    suspect.then_some("article").into_iter()
}

/// Whether a short text holds a word. Each item of each issue is asked this for each word, and a searcher takes longer to be
/// made than to search nine characters.
fn holds(text: &str, word: &str) -> bool {
    let word = word.as_bytes();
    let mut places = text.as_bytes().windows(word.len());
    places.any(|place| place.first() == word.first() && place == word)
}

/// What stands behind links, by where these begin: the archive's copy of what is gone, and the ways of events into
/// calendars.
pub(super) fn behind(issue: &Issue, options: ArticleOptions<'_>) -> HashMap<usize, String> {
    let mut behind = dated(issue, options);
    let Some(archive) = options.archive else {
        return behind;
    };
    let links = issue.links.iter().filter(|link| !link.image);
    for link in links.filter(|link| archive.dead.holds(&link.url)) {
        let copy = sanitise::escape(&dead_links::archived(&link.url, archive.day));
        let html = format!(
            " <a href=\"{copy}\" title=\"That page is gone. The web archive may have a copy of that week\">\
             <span class=\"archived\">archived</span></a>"
        );
        behind
            .entry(link.span.start)
            .or_default()
            .insert_str(0, &html);
    }
    behind
}

/// Links from events to their lines on the pages of months, by where the links begin behind which they stand.
fn dated(issue: &Issue, options: ArticleOptions<'_>) -> HashMap<usize, String> {
    let (Some(below), Some(today)) = (options.events, issue.masthead.date) else {
        return HashMap::new();
    };
    let mut dated = HashMap::new();
    for event in &issue.events {
        let inside = issue
            .links
            .iter()
            .filter(|link| event.span.start <= link.span.start && link.span.end <= event.span.end);
        let link = inside.rev().find(|link| link.url == event.url);
        let (Some(link), Some(date)) = (link, event.date.filter(|date| *date >= today)) else {
            continue;
        };
        let month = agenda::month_address(below, date);
        let place = format!("{month}#{}", agenda::anchor(&event.url, date));
        let html = format!(
            " <a href=\"{}\" title=\"In the calendar\"><span class=\"add\"></span></a>",
            sanitise::escape(&place)
        );
        dated.insert(link.span.start, html);
    }
    dated
}
