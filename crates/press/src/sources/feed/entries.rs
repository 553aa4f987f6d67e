//! Entries of a feed as we need them: address, title, author, moment.

use crate::http::Url;
use crate::sources::html;
use crate::sources::links::{title, web_address};
use feed_rs::model::{self, FeedType, Link, Text};
use jiff::Timestamp;
use press_core::text::plain_line;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// None if it has none that leads to the web.
    pub(super) url: Option<String>,
    pub(super) title: String,
    pub(super) author: Option<String>,
    pub(super) published: Option<Timestamp>,
}

/// The entries of a feed, as it has them.
pub(super) fn of(feed: &model::Feed, base: &Url) -> Vec<Entry> {
    let everybody = feed.authors.first();
    let entries = feed.entries.iter().map(|entry| {
        let author = entry.authors.first().or(everybody);
        let author = author.and_then(|person| person.name.as_deref().or(person.email.as_deref()));
        let moment = entry.published.or(entry.updated);
        Entry {
            url: address(entry, base),
            title: entry
                .title
                .as_ref()
                .map_or(String::new(), |title| plain(title, &feed.feed_type)),
            author: author.map(title).filter(|author| !author.is_empty()),
            published: moment.and_then(|moment| Timestamp::from_second(moment.timestamp()).ok()),
        }
    });
    entries.collect()
}

/// The page of an entry: the link that says so, else the first that is not something else, else an id that is an address.
fn address(entry: &model::Entry, base: &Url) -> Option<String> {
    let is_page = |link: &&Link| {
        let kind = link.media_type.as_deref().unwrap_or("text/html");
        matches!(link.rel.as_deref(), None | Some("alternate"))
            && (kind.contains("html") || kind.contains("text"))
    };
    let named = |link: &&Link| matches!(link.rel.as_deref(), None | Some("alternate" | "related"));
    let pages = entry.links.iter().filter(is_page);
    let others = entry.links.iter().filter(named);
    let mut found = pages
        .chain(others)
        .filter_map(|link| web_address(Some(base), &link.href));
    let id = entry.id.trim();
    let is_address = id.starts_with("https://") || id.starts_with("http://");
    let id = || is_address.then(|| web_address(None, id)).flatten();
    found.next().or_else(id)
}

/// A title without markup. RSS does not say whether a title is HTML; the elements that titles have are taken for it.
fn plain(text: &Text, kind: &FeedType) -> String {
    let html = text.content_type.subty().as_str() != "plain";
    match (html, kind) {
        (true, _) => html::text(&with_ticks(&text.content)),
        (false, FeedType::Atom | FeedType::JSON) => plain_line(&text.content),
        (false, _) => html::text(&with_ticks(&shield(&text.content))),
    }
}

/// Code in a title stands between back-ticks, as in all titles here.
fn with_ticks(html: &str) -> String {
    html.replace("<code>", "`").replace("</code>", "`")
}

/// Elements that stand in titles.
const ELEMENTS: &[&str] = &[
    "a", "abbr", "b", "big", "br", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd",
    "mark", "p", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var",
    "wbr", "h1", "h2", "h3",
];

/// What is no element of a title is text: `Vec<T>` in a title means a type.
fn shield(text: &str) -> String {
    shielded(text, true)
}

/// A text whose elements stay as they are and whose other angle brackets become text; or the other way round, if
/// `elements` is false.
pub(super) fn shielded(text: &str, elements: bool) -> String {
    let mut shielded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        shielded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        let end = name.find(|sign: char| !sign.is_ascii_alphanumeric());
        let (name, after) = name.split_at(end.unwrap_or(name.len()));
        let closed = after.starts_with(['>', '/']) || after.starts_with(char::is_whitespace);
        // Types are written with capitals.
        let is_element = closed && after.contains('>') && ELEMENTS.contains(&name);
        shielded.push_str(if is_element == elements { "<" } else { "&lt;" });
    }
    shielded.push_str(rest);
    shielded
}

#[cfg(test)]
mod tests {
    use super::{shield, with_ticks};
    use crate::sources::html;

    #[test]
    fn types_in_titles_are_no_markup() {
        let plain = |title| html::text(&with_ticks(&shield(title)));
        assert_eq!(plain("Vec<T> &amp; <b>friends</b>"), "Vec<T> & friends");
        assert_eq!(plain("1 < 2, Box<dyn Gull>"), "1 < 2, Box<dyn Gull>");
        assert_eq!(plain("<code>gull::Wing</code><br/>new"), "`gull::Wing` new");
        assert_eq!(plain("a <b"), "a <b");
    }
}
