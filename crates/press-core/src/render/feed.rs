//! Feeds: one value, written as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1.
//!
//! A feed that does not parse takes every subscriber's reader down, as one odd character did for five days.
//! So only characters legal in XML 1.0 are written, and [`verify`] reads a feed before it goes out.

pub(super) mod xml;

use jiff::Zoned;
use quick_xml::events::Event;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use xml::Xml;

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedFormat {
    /// RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl FeedFormat {
    /// The media type it is served as.
    pub fn media_type(self) -> &'static str {
        match self {
            FeedFormat::Atom => "application/atom+xml",
            FeedFormat::Rss => "application/rss+xml",
            FeedFormat::Json => "application/feed+json",
        }
    }
}

/// A feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The newsletter's name, with the category where it is one category's feed.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// The page it belongs to.
    pub home_url: String,
    /// Its own address.
    pub self_url: String,
    /// The hub that tells of changes (WebSub), if there is one.
    pub hub: Option<String>,
    /// BCP 47.
    pub language: String,
    /// Who publishes.
    pub author: String,
    /// Newest first.
    pub entries: Vec<FeedEntry>,
}

/// One issue in a feed.
#[derive(Clone, Debug)]
pub struct FeedEntry {
    /// What readers know it by; never changes.
    pub id: String,
    /// Its page.
    pub url: String,
    /// Its title.
    pub title: String,
    /// When it was published.
    pub published: Zoned,
    /// When it was last changed.
    pub updated: Zoned,
    /// One sentence.
    pub summary: String,
    /// Its text.
    pub html: String,
    /// The category's name.
    pub category: Option<String>,
}

impl Feed {
    /// The feed as text of the given format.
    pub fn write(&self, format: FeedFormat) -> String {
        match format {
            FeedFormat::Atom => self.atom(),
            FeedFormat::Rss => self.rss(),
            FeedFormat::Json => self.json(),
        }
    }

    fn atom(&self) -> String {
        let mut xml = Xml::new();
        xml.element(
            "feed",
            &[
                ("xmlns", "http://www.w3.org/2005/Atom"),
                ("xml:lang", &self.language),
            ],
            |xml| {
                xml.text("title", &self.title);
                xml.text("subtitle", &self.description);
                xml.empty(
                    "link",
                    &[
                        ("href", &self.home_url),
                        ("rel", "alternate"),
                        ("type", "text/html"),
                    ],
                );
                xml.empty(
                    "link",
                    &[
                        ("href", &self.self_url),
                        ("rel", "self"),
                        ("type", "application/atom+xml"),
                    ],
                );
                if let Some(hub) = &self.hub {
                    xml.empty("link", &[("href", hub.as_str()), ("rel", "hub")]);
                }
                xml.text("id", &self.home_url);
                // A feed without entries still needs a date; the epoch says "never" and is the same every time.
                let updated = self.entries.iter().map(|entry| &entry.updated).max();
                xml.text(
                    "updated",
                    &updated.map_or_else(|| "1970-01-01T00:00:00Z".to_owned(), rfc3339),
                );
                xml.element("author", &[], |xml| xml.text("name", &self.author));
                for entry in &self.entries {
                    xml.element("entry", &[], |xml| atom_entry(xml, entry));
                }
            },
        );
        xml.finish()
    }

    fn rss(&self) -> String {
        let mut xml = Xml::new();
        let namespaces = [
            ("version", "2.0"),
            ("xmlns:atom", "http://www.w3.org/2005/Atom"),
            ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ];
        xml.element("rss", &namespaces, |xml| {
            xml.element("channel", &[], |xml| {
                xml.text("title", &self.title);
                xml.text("link", &self.home_url);
                xml.text("description", &self.description);
                xml.text("language", &self.language);
                let link = [
                    ("href", self.self_url.as_str()),
                    ("rel", "self"),
                    ("type", "application/rss+xml"),
                ];
                xml.empty("atom:link", &link);
                if let Some(hub) = &self.hub {
                    xml.empty("atom:link", &[("href", hub.as_str()), ("rel", "hub")]);
                }
                if let Some(newest) = self.entries.iter().map(|entry| &entry.updated).max() {
                    xml.text("lastBuildDate", &rfc2822(newest));
                }
                for entry in &self.entries {
                    xml.element("item", &[], |xml| self.rss_item(xml, entry));
                }
            });
        });
        xml.finish()
    }

    fn rss_item(&self, xml: &mut Xml, entry: &FeedEntry) {
        xml.text("title", &entry.title);
        xml.text("link", &entry.url);
        xml.element("guid", &[("isPermaLink", "false")], |xml| {
            xml.characters(&entry.id);
        });
        xml.text("pubDate", &rfc2822(&entry.published));
        xml.text("dc:creator", &self.author);
        if let Some(category) = &entry.category {
            xml.text("category", category);
        }
        xml.text("description", &entry.summary);
        xml.text("content:encoded", &entry.html);
    }

    fn json(&self) -> String {
        let items: Vec<_> = self.entries.iter().map(json_item).collect();
        let mut feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.title,
            "description": self.description,
            "home_page_url": self.home_url,
            "feed_url": self.self_url,
            "language": self.language,
            "authors": [{ "name": self.author }],
            "items": items,
        });
        if let Some(hub) = &self.hub {
            feed["hubs"] = json!([{ "type": "WebSub", "url": hub }]);
        }
        feed.to_string()
    }
}

fn atom_entry(xml: &mut Xml, entry: &FeedEntry) {
    xml.text("title", &entry.title);
    xml.empty(
        "link",
        &[
            ("href", &entry.url),
            ("rel", "alternate"),
            ("type", "text/html"),
        ],
    );
    xml.text("id", &entry.id);
    xml.text("published", &rfc3339(&entry.published));
    xml.text("updated", &rfc3339(&entry.updated));
    if let Some(category) = &entry.category {
        xml.empty("category", &[("term", category)]);
    }
    xml.text("summary", &entry.summary);
    xml.element("content", &[("type", "html")], |xml| {
        xml.characters(&entry.html);
    });
}

fn json_item(entry: &FeedEntry) -> serde_json::Value {
    json!({
        "id": entry.id,
        "url": entry.url,
        "title": legal(&entry.title),
        "summary": legal(&entry.summary),
        "content_html": legal(&entry.html),
        "date_published": rfc3339(&entry.published),
        "date_modified": rfc3339(&entry.updated),
        "tags": entry.category.iter().collect::<Vec<_>>(),
    })
}

fn rfc3339(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn rfc2822(time: &Zoned) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// `text` without the characters that XML 1.0 forbids (section 2.2).
pub fn legal(text: &str) -> Cow<'_, str> {
    let allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(allowed) {
        return text.into();
    }
    text.chars()
        .filter(|character| allowed(*character))
        .collect::<String>()
        .into()
}

/// Reads a feed as its subscribers' programs will. Gives the number of entries, or what is wrong.
pub fn verify(format: FeedFormat, text: &str) -> Result<usize, String> {
    match format {
        FeedFormat::Json => {
            let feed: serde_json::Value =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            let items = feed["items"].as_array().ok_or("it has no `items`")?;
            let whole = items
                .iter()
                .all(|item| item["id"].is_string() && item["content_html"].is_string());
            if whole {
                Ok(items.len())
            } else {
                Err("an item lacks its id or its content".to_owned())
            }
        }
        FeedFormat::Atom => verify_xml(text, "feed", "entry", "id"),
        FeedFormat::Rss => verify_xml(text, "rss", "item", "guid"),
    }
}

fn verify_xml(text: &str, root: &str, entry: &str, id: &str) -> Result<usize, String> {
    if let Some((at, character)) = text
        .char_indices()
        .find(|(_, found)| legal(found.encode_utf8(&mut [0; 4])).is_empty())
    {
        return Err(format!(
            "character U+{:04X} at byte {at} is not legal in XML",
            u32::from(character)
        ));
    }
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut entries, mut ids, mut depth, mut inside) = (0usize, 0usize, 0usize, false);
    let mut seen = false;
    loop {
        match reader
            .read_event()
            .map_err(|error| format!("byte {}: {error}", reader.error_position()))?
        {
            Event::Start(tag) => {
                depth += 1;
                let name = tag.name();
                if depth == 1 && name.as_ref() != root {
                    return Err(format!("its first element is not `{root}`"));
                }
                seen |= depth == 1;
                if name.as_ref() == entry {
                    entries += 1;
                    inside = true;
                } else if inside && name.as_ref() == id {
                    ids += 1;
                }
            }
            Event::End(tag) => {
                depth -= 1;
                inside &= tag.name().as_ref() != entry;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !seen {
        return Err(format!("it has no element `{root}`"));
    }
    if depth != 0 {
        return Err("an element is not closed".to_owned());
    }
    if ids == entries {
        Ok(entries)
    } else {
        Err(format!("{entries} entries have {ids} ids"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn feed(html: &str) -> Feed {
        let day = date(2026, 2, 25).to_zoned(TimeZone::UTC).expect("a day");
        Feed {
            title: "This & That".into(),
            description: "d".into(),
            home_url: "https://example.org/".into(),
            self_url: "https://example.org/atom.xml".into(),
            hub: None,
            language: "en".into(),
            author: "A".into(),
            entries: vec![FeedEntry {
                id: "tag:example.org,2026-02-25:/1/".into(),
                url: "https://example.org/1/".into(),
                title: "One".into(),
                published: day.clone(),
                updated: day,
                summary: "s".into(),
                html: html.into(),
                category: Some("News".into()),
            }],
        }
    }

    #[test]
    fn all_formats_are_read_by_an_independent_parser() {
        let html = "<p>a &amp; b \u{2}\u{fffe}]]> <b>c</b></p>";
        for format in [FeedFormat::Atom, FeedFormat::Rss, FeedFormat::Json] {
            let text = feed(html).write(format);
            assert_eq!(verify(format, &text), Ok(1), "{text}");
            let read = feed_rs::parser::parse(text.as_bytes()).expect("a feed");
            let entry = &read.entries[0];
            assert_eq!(entry.id, "tag:example.org,2026-02-25:/1/");
            assert_eq!(entry.links[0].href, "https://example.org/1/");
            let content = entry
                .content
                .as_ref()
                .and_then(|content| content.body.as_deref());
            assert_eq!(
                content.map(str::trim),
                Some("<p>a &amp; b ]]> <b>c</b></p>")
            );
            let published = entry.published.map(|time| time.to_rfc3339());
            assert_eq!(published.as_deref(), Some("2026-02-25T00:00:00+00:00"));
        }
    }

    #[test]
    fn feeds_name_their_hub_if_there_is_one() {
        for format in [FeedFormat::Atom, FeedFormat::Rss, FeedFormat::Json] {
            let mut feed = feed("x");
            assert!(!feed.write(format).contains("hub"), "{format:?}");
            feed.hub = Some("https://hub.example/?a=1&b=2".into());
            let text = feed.write(format);
            assert_eq!(verify(format, &text), Ok(1), "{text}");
            if format == FeedFormat::Json {
                let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(read["hubs"][0]["type"], "WebSub");
                assert_eq!(read["hubs"][0]["url"], "https://hub.example/?a=1&b=2");
                continue;
            }
            let read = feed_rs::parser::parse(text.as_bytes()).expect("a feed");
            let of = |rel: &str| {
                let mut links = read.links.iter();
                let link = links.find(|link| link.rel.as_deref() == Some(rel));
                link.map(|link| link.href.clone())
            };
            assert_eq!(of("hub").as_deref(), Some("https://hub.example/?a=1&b=2"));
            assert_eq!(of("self").as_deref(), Some("https://example.org/atom.xml"));
        }
    }

    #[test]
    fn a_broken_feed_is_refused() {
        let good = feed("x").write(FeedFormat::Atom);
        for (from, to) in [
            ("</entry>", ""),
            ("<id>tag", "<uid>tag"),
            ("One", "O\u{2}ne"),
            ("One", "<b>One"),
        ] {
            assert!(
                verify(FeedFormat::Atom, &good.replace(from, to)).is_err(),
                "{from} -> {to:?}"
            );
        }
        assert!(verify(FeedFormat::Json, "{\"items\": [{}]}").is_err());
        assert!(verify(FeedFormat::Rss, "").is_err());
    }
}
