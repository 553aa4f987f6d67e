//! Reading feeds that are broken. The root is written anew, so that missing or foreign name spaces and versions do no harm.
//! If that does not help, each entry is read by itself, its slips mended; those that cannot be read are counted.

use super::entries::{self, Entry};
use super::shape::{ATTRIBUTES_MOST, DEPTH_MOST, Shape};
use super::slips::{ampersands, closed, mended, until_cut};
use super::{NoFeed, dates, json};
use crate::http::Url;
use crate::sources::html;
use crate::sources::links::web_address;
use chrono::DateTime;
use feed_rs::model::Feed;
use feed_rs::parser;

/// What a feed says, and what is to be said of its state.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
    pub(super) notices: Vec<String>,
}

impl Reading {
    pub(super) fn of(feed: &Feed, at: &Url) -> Reading {
        let title = feed.title.as_ref();
        Reading {
            title: title.map_or(String::new(), |title| html::text(&title.content)),
            entries: entries::of(feed, at),
            notices: Vec::new(),
        }
    }
}

/// More entries are not read one by one.
const ENTRIES: usize = 5000;
/// More attributes of a root, and longer ones, are left out.
const ATTRIBUTES: usize = 64;
const ATTRIBUTE_BYTES: usize = 2000;
/// A page names its feeds near the top.
const HEAD_BYTES: usize = 256 << 10;
/// What feeds put into name spaces, with the prefixes that everybody knows.
const SPACES: &[(&str, &str)] = &[
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ("xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("xmlns:slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("xmlns:sy", "http://purl.org/rss/1.0/modules/syndication/"),
    ("xmlns:wfw", "http://wellformedweb.org/CommentAPI/"),
    ("xmlns:thr", "http://purl.org/syndication/thread/1.0"),
    ("xmlns:georss", "http://www.georss.org/georss"),
    (
        "xmlns:feedburner",
        "http://rssnamespace.org/feedburner/ext/1.0",
    ),
];

/// Reads a feed from an address.
pub(super) fn read(text: &str, at: &Url) -> Result<Reading, NoFeed> {
    let start = text.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '\u{feff}');
    if start.is_empty() {
        return Err(NoFeed::Empty);
    }
    if start.starts_with(['{', '[']) {
        return json::read(start, at);
    }
    let Some(root) = Root::find(start) else {
        return Err(NoFeed::Other(start.chars().take(40).collect()));
    };
    if Shape::of(start).attributes > ATTRIBUTES_MOST {
        return Err(NoFeed::Monster);
    }
    match root.name.to_ascii_lowercase().as_str() {
        "feed" if root.attributes.contains(&("version", "0.3")) => Ok(read_old(start, at)),
        "rss" | "feed" | "rdf:rdf" | "rdf" => Ok(read_xml(start, &root, at)),
        name if name.ends_with(":feed") || name.ends_with(":rdf") => Ok(read_xml(start, &root, at)),
        "html" | "head" | "body" | "title" | "meta" | "div" | "p" | "script" | "link" => {
            let feeds = html::read_to(start, HEAD_BYTES).feeds;
            let feeds = feeds.iter().filter_map(|feed| web_address(Some(at), feed));
            Err(NoFeed::Page(feeds.collect()))
        }
        _ => Err(NoFeed::Other(start.chars().take(40).collect())),
    }
}

/// The feed of a text that is one. feed-rs reads some elements by recursion, so what is too deep is none.
pub(super) fn parse(text: &str, at: &Url) -> Option<Feed> {
    if Shape::of(text).depth > DEPTH_MOST {
        return None;
    }
    let moment = |text: &str| DateTime::from_timestamp(dates::read(text)?.as_second(), 0);
    let builder = parser::Builder::new().base_uri(Some(at.as_str()));
    let parser = builder.timestamp_parser(moment).build();
    parser.parse(text.as_bytes()).ok()
}

/// Reads Atom as it was before it was a standard: some of its elements have other names.
fn read_old(text: &str, at: &Url) -> Reading {
    let names = [("issued", "published"), ("modified", "updated")];
    let text = names.iter().fold(text.to_owned(), |text, (old, new)| {
        let text = text.replace(&format!("<{old}"), &format!("<{new}"));
        text.replace(&format!("</{old}"), &format!("</{new}"))
    });
    let root = Root::find(&text);
    root.map_or(Reading::default(), |root| read_xml(&text, &root, at))
}

/// Reads XML whose root is known.
fn read_xml(text: &str, root: &Root<'_>, at: &Url) -> Reading {
    let body = &text[root.end..];
    let chunks = Chunks::of(body, root.entry());
    let whole = format!("{}{body}", root.written());
    if let Some(feed) = parse(&whole, at)
        && feed.entries.len() >= chunks.found.len()
    {
        return Reading::of(&feed, at);
    }
    let head = body[..chunks.start].trim_end();
    let head_closed = format!("{}{}{}", root.written(), mended(head), root.closing(head));
    let head = parse(&head_closed, at);
    let mut reading = head.map_or(Reading::default(), |head| Reading::of(&head, at));
    reading.entries.clear();
    let mut unread = 0;
    for chunk in chunks.found.iter().take(ENTRIES) {
        let one = |chunk: &str| {
            let open = root.opening();
            let text = format!("{}{open}{chunk}{}", root.written(), root.closing(open));
            parse(&text, at).filter(|feed| !feed.entries.is_empty())
        };
        let read = one(chunk).or_else(|| one(&mended(chunk)));
        match read.or_else(|| one(&closed(&mended(chunk), root.entry()))) {
            Some(read) => reading.entries.extend(entries::of(&read, at)),
            None => unread += 1,
        }
    }
    if let Some(rest) = chunks.cut.and_then(|cut| until_cut(cut, root.entry())) {
        let open = root.opening();
        let text = format!(
            "{}{open}{}{}",
            root.written(),
            mended(&rest),
            root.closing(open)
        );
        let rest = parse(&text, at).map_or(Vec::new(), |feed| entries::of(&feed, at));
        let whole = |entry: &Entry| entry.url.is_some() && !entry.title.is_empty();
        reading.entries.extend(rest.into_iter().filter(whole));
    }
    let read = match reading.entries.len() {
        1 => "1 entry was read".to_owned(),
        read => format!("{read} entries were read"),
    };
    let notices = &mut reading.notices;
    notices.push(match chunks.cut {
        Some(_) => format!("it breaks off in the middle of an entry; {read}"),
        None => format!("its XML is broken; {read} all the same"),
    });
    notices.extend(unreadable(unread));
    reading
}

pub(super) fn unreadable(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("an entry could not be read".to_owned()),
        count => Some(format!("{count} entries could not be read")),
    }
}

/// The root's start tag.
#[derive(Debug)]
struct Root<'t> {
    name: &'t str,
    attributes: Vec<(&'t str, &'t str)>,
    /// Where its content begins.
    end: usize,
}

impl<'t> Root<'t> {
    /// The first element, whatever stands before it.
    fn find(text: &'t str) -> Option<Root<'t>> {
        let mut at = 0;
        loop {
            at += text[at..].find('<')?;
            let rest = &text[at..];
            let skip = |end: &str| rest.find(end).map(|found| found + end.len());
            at += if rest.starts_with("<!--") {
                skip("-->")?
            } else if rest.starts_with("<?") {
                skip("?>")?
            } else if rest.starts_with("<!") {
                doctype(rest)?
            } else if rest[1..].starts_with(|sign: char| sign.is_ascii_alphabetic()) {
                return Some(Root::read(text, at + 1));
            } else {
                1
            };
        }
    }

    fn read(text: &'t str, start: usize) -> Root<'t> {
        let rest = &text[start..];
        let end = |sign: char| sign.is_whitespace() || matches!(sign, '>' | '/');
        let name = &rest[..rest.find(end).unwrap_or(rest.len())];
        let mut attributes = Vec::new();
        let mut rest = &rest[name.len()..];
        loop {
            rest = rest.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let stop = |sign: char| sign.is_whitespace() || matches!(sign, '=' | '>' | '/');
            let length = rest.find(stop).unwrap_or(rest.len());
            let (key, after) = rest.split_at(length);
            let Some(value) = after.trim_start().strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next();
            let quoted = quote.filter(|sign| matches!(sign, '"' | '\''));
            let (value, after) = match quoted {
                Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                None => value.split_at(value.find(end).unwrap_or(value.len())),
            };
            let known = || attributes.iter().any(|(known, _)| *known == key);
            let sensible = !key.is_empty() && key.len() + value.len() < ATTRIBUTE_BYTES;
            if sensible && attributes.len() < ATTRIBUTES && !known() {
                attributes.push((key, value));
            }
            rest = after;
        }
        let end = text.len() - rest.len();
        Root {
            name,
            attributes,
            end: (end + 1).min(text.len()),
        }
    }

    fn is_rdf(&self) -> bool {
        self.name.to_ascii_lowercase().ends_with("rdf")
    }

    /// What its entries are called.
    fn entry(&self) -> &'static str {
        match self.name.to_ascii_lowercase().ends_with("feed") {
            true => "entry",
            false => "item",
        }
    }

    /// The start tag as it should have been.
    fn written(&self) -> String {
        let plain =
            matches!(self.name.to_ascii_lowercase().as_str(), "rss" | "feed") || self.is_rdf();
        let name = match self.entry() {
            "entry" if plain => "feed",
            "entry" => self.name,
            _ if self.is_rdf() => "rdf:RDF",
            _ => "rss",
        };
        let mut tag = format!("<{name}");
        let own = |key: &str| plain && matches!(key, "xmlns" | "version");
        for (key, value) in &self.attributes {
            if !own(key)
                && key
                    .chars()
                    .all(|sign| sign.is_alphanumeric() || ":-_.".contains(sign))
            {
                let value = value.replace('<', "&lt;").replace('"', "&quot;");
                tag.push_str(&format!(" {key}=\"{}\"", ampersands(&value)));
            }
        }
        match name {
            "feed" => tag.push_str(" xmlns=\"http://www.w3.org/2005/Atom\""),
            "rss" => tag.push_str(" version=\"2.0\""),
            "rdf:RDF" => tag.push_str(" xmlns=\"http://purl.org/rss/1.0/\""),
            _ => {}
        }
        for (key, value) in SPACES {
            if self.attributes.iter().all(|(known, _)| known != key) {
                tag.push_str(&format!(" {key}=\"{value}\""));
            }
        }
        tag.push('>');
        tag
    }

    /// What stands between root and entries.
    fn opening(&self) -> &'static str {
        match self.entry() == "item" && !self.is_rdf() {
            true => "<channel>",
            false => "",
        }
    }

    /// What closes the root again, after a head.
    fn closing(&self, head: &str) -> String {
        let open = head.contains("<channel") && !head.contains("</channel>");
        let channel = if open { "</channel>" } else { "" };
        let written = self.written();
        let name = written[1..].split(' ').next().unwrap_or_default();
        format!("{channel}</{name}>")
    }
}

/// Where a document type ends, with what it declares.
fn doctype(text: &str) -> Option<usize> {
    let close = text.find('>')?;
    match text[..close].find('[') {
        None => Some(close + 1),
        Some(open) => {
            let inner = open + text[open..].find(']')?;
            Some(inner + text[inner..].find('>')? + 1)
        }
    }
}

/// The entries of a feed as text.
struct Chunks<'t> {
    found: Vec<&'t str>,
    /// Where the first begins.
    start: usize,
    /// The last, if it has no end.
    cut: Option<&'t str>,
}

impl<'t> Chunks<'t> {
    fn of(text: &'t str, name: &str) -> Chunks<'t> {
        let (open, close) = (format!("<{name}"), format!("</{name}"));
        let mut chunks = Chunks {
            found: Vec::new(),
            start: text.len(),
            cut: None,
        };
        let mut began = None;
        let mut endless: Vec<&str> = Vec::new();
        let mut at = 0;
        while let Some(next) = text[at..].find('<') {
            at += next;
            let rest = &text[at..];
            let after = |tag: &str| {
                let sign = rest.strip_prefix(tag)?.chars().next();
                sign.filter(|sign| sign.is_whitespace() || matches!(sign, '>' | '/'))
            };
            let skipped = [("<![CDATA[", "]]>"), ("<!--", "-->")]
                .iter()
                .find(|(start, _)| rest.starts_with(start));
            if let Some((_, end)) = skipped {
                // One without an end is cut off, or is none; then none has one.
                let ends = !endless.contains(end);
                let found = ends.then(|| rest.find(end)).flatten();
                at += found.map_or(1, |found| found + end.len());
                if found.is_none() {
                    endless.push(*end);
                }
                continue;
            }
            if after(&open).is_some() {
                chunks.start = chunks.start.min(at);
                // The one before has no end of its own.
                chunks
                    .found
                    .extend(began.replace(at).map(|began| &text[began..at]));
            } else if after(&close).is_some() {
                let end = at + rest.find('>').map_or(rest.len(), |found| found + 1);
                chunks
                    .found
                    .extend(began.take().map(|began| &text[began..end]));
            }
            at += 1;
        }
        chunks.cut = began.map(|began| &text[began..]);
        chunks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PIECES: &[&str] = &[
        "<rss version=\"2.0\">",
        "<rss",
        "<rss a='",
        "<channel>",
        "</channel></rss>",
        "<feed xmlns='x'>",
        "<feed version=\"0.3\">",
        "</feed>",
        "<rdf:RDF xmlns:rdf=\"x\" a a=1>",
        "<item>",
        "<item/>",
        "<item ",
        "</item>",
        "</item",
        "<entry>",
        "</entry>",
        "<title>",
        "</title>",
        "<title type='xhtml'><div>",
        "<link>https://gull.example/ö</link>",
        "<link href='../a'/>",
        "<link xml:base='http://[' href='a'/>",
        "<guid>",
        "</guid>",
        "<pubDate>Thu, 99 Foo 2025</pubDate>",
        "<updated>2025-04-03T10:00:00Z</updated>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version='1.0'?>",
        "<?",
        "?>",
        "<!DOCTYPE x [",
        "]>",
        "&",
        "&amp;",
        "&nbsp;",
        "&#0;",
        "&#x110000;",
        "&;",
        "<",
        ">",
        "</",
        "\"",
        "'",
        "=",
        "\0",
        "ö",
        "\u{feff}",
        "<b>",
        "</b>",
        "<html>",
        "0.3",
        " ",
        "{",
        "}",
        "[",
        "\"items\":",
        "\"url\":\"/\"",
        ",",
        "null",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn nothing_that_looks_like_a_feed_breaks_the_reader(
            start in 0usize..8,
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40),
        ) {
            let start = PIECES.get(start).copied().unwrap_or_default();
            let text = format!("{start}{}", pieces.concat());
            let at: Url = "https://gull.example/feed".parse().unwrap();
            if let Ok(reading) = read(&text, &at) {
                for entry in reading.entries {
                    prop_assert!(entry.url.is_none_or(|url| url.starts_with("http")));
                    prop_assert!(!entry.title.contains('\n'));
                }
            }
        }
    }

    #[test]
    fn monsters_are_sent_away() {
        let at: Url = "https://gull.example/feed".parse().unwrap();
        let rss = "<rss version=\"2.0\"><channel>";
        let many: String = (0..5000).map(|at| format!(" a{at}=''")).collect();
        let long = 300_000;
        for monster in [
            format!("<rss{many}>"),
            format!("{rss}<item{many}>"),
            format!("{rss}<item>{}", "<![CDATA[".repeat(long)),
            format!("{rss}<item>{}", "<!--".repeat(long)),
            format!("{rss}{}", "<item>".repeat(long)),
            format!("{rss}<item>{}", "&".repeat(long)),
            format!("{rss}<item>{}", "&a;".repeat(long)),
            format!("{rss}<item>{}", "<b>".repeat(long)),
            format!("{rss}<item>{}", "<media:group>".repeat(long)),
            format!("<feed><entry><title type='xhtml'>{}", "<div>".repeat(long)),
            format!(
                "<feed><entry><title>{}</title></entry></feed>",
                "<".repeat(long)
            ),
            "<".repeat(long),
            "<!".repeat(long),
            "<!DOCTYPE a [".repeat(long),
            "{\"items\":".repeat(long),
            "[".repeat(long),
            format!("<html{many}{many}{many}>"),
        ] {
            // What comes of it matters less than that something does.
            let entries = read(&monster, &at).map_or(0, |reading| reading.entries.len());
            assert!(entries <= ENTRIES, "{entries}");
        }
    }
}
