//! Reading JSON Feed, versions 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>), as people and programs write it. What is
//! broken or breaks off loses no item that is whole.

use super::NoFeed;
use super::mend::{Reading, parse, unreadable};
use crate::http::Url;
use serde_json::Value;

/// Reads JSON Feed. What feed-rs wants and is not there is put in, what has a wrong type is left out.
pub(super) fn read(text: &str, at: &Url) -> Result<Reading, NoFeed> {
    let other = || NoFeed::Other(text.chars().take(40).collect());
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut feed = match stream.next() {
        Some(Ok(Value::Object(feed))) => feed,
        Some(Err(cause)) => return salvage(text, at, &cause),
        _ => return Err(other()),
    };
    let version = feed.get("version").and_then(Value::as_str);
    let named = version.is_some_and(|version| version.contains("jsonfeed.org"));
    let Some(Value::Array(items)) = feed.remove("items") else {
        return Err(other());
    };
    if !named && !items.iter().any(|item| item.get("url").is_some()) {
        return Err(other());
    }
    let count = items.len();
    let items: Vec<Value> = items.into_iter().filter_map(json_item).collect();
    let unread = count - items.len();
    let title = feed
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let authors = json_authors(&feed);
    let clean = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "authors": authors,
        "items": items,
    });
    let feed = parse(&clean.to_string(), at).ok_or_else(other)?;
    let mut reading = Reading::of(&feed, at);
    reading.notices.extend(unreadable(unread));
    Ok(reading)
}

/// What is whole of a feed that is broken or breaks off: every item that can be read by itself.
fn salvage(text: &str, at: &Url, cause: &serde_json::Error) -> Result<Reading, NoFeed> {
    let broken = || NoFeed::Json(cause.to_string());
    let pieces = Pieces::of(text).ok_or_else(broken)?;
    let items = pieces.items.iter();
    let whole: Vec<&str> = items
        .copied()
        .filter(|item| serde_json::from_str::<Value>(item).is_ok())
        .collect();
    if whole.is_empty() {
        return Err(broken());
    }
    let mended = format!("{}[{}]}}", pieces.head, whole.join(","));
    // What stands before the items may be broken too; a feed of items alone is one.
    let bare = || format!("{{\"items\":[{}]}}", whole.join(","));
    let is_whole = serde_json::from_str::<Value>(&mended).is_ok();
    let mended = if is_whole { mended } else { bare() };
    let mut reading = read(&mended, at)?;
    let count = reading.entries.len();
    let (entries, were) = match count {
        1 => ("entry", "was"),
        _ => ("entries", "were"),
    };
    reading.notices.push(match cause.is_eof() {
        true => format!("it breaks off in the middle of an entry; {count} {entries} {were} read"),
        false => format!("its JSON is broken; {count} {entries} {were} read all the same"),
    });
    Ok(reading)
}

/// A JSON Feed cut at its items without being understood otherwise.
struct Pieces<'t> {
    /// What stands before the items, up to their bracket.
    head: &'t str,
    /// The items that have an end.
    items: Vec<&'t str>,
}

impl<'t> Pieces<'t> {
    fn of(text: &'t str) -> Option<Pieces<'t>> {
        let mut pieces: Option<Pieces<'t>> = None;
        let (mut open, mut began) = (Vec::new(), 0);
        // The last text that stood in the outermost object: the name of what follows.
        let mut name = "";
        let mut bytes = text.bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    let mut escaped = false;
                    let end = bytes.find(|(_, byte)| {
                        let ends = *byte == b'"' && !escaped;
                        escaped = *byte == b'\\' && !escaped;
                        ends
                    });
                    let (end, _) = match end {
                        Some(end) => end,
                        None => break,
                    };
                    if open.len() == 1 {
                        name = &text[at + 1..end];
                    }
                }
                b'{' | b'[' => {
                    if byte == b'[' && open == [b'{'] && name == "items" && pieces.is_none() {
                        let (head, items) = (&text[..at], Vec::new());
                        pieces = Some(Pieces { head, items });
                    }
                    if open == [b'{', b'['] {
                        began = at;
                    }
                    open.push(byte);
                }
                b'}' | b']' => {
                    open.pop();
                    match &mut pieces {
                        Some(pieces) if open == [b'{', b'['] => {
                            pieces.items.push(&text[began..=at]);
                        }
                        Some(_) if open.len() < 2 => break,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        pieces
    }
}

/// The parts of an item that we need, if they are text.
fn json_item(item: Value) -> Option<Value> {
    let Value::Object(item) = item else {
        return None;
    };
    let keys = [
        "url",
        "external_url",
        "title",
        "date_published",
        "date_modified",
    ];
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let mut clean: serde_json::Map<String, Value> = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), Value::from(text(key)?))))
        .collect();
    // Some number their items.
    let id = match item.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    clean.insert("id".to_owned(), Value::from(id));
    clean.insert("authors".to_owned(), json_authors(&item));
    Some(Value::Object(clean))
}

/// The names of authors, as version 1.1 has them or as 1.0 had.
fn json_authors(of: &serde_json::Map<String, Value>) -> Value {
    let many = of.get("authors").and_then(Value::as_array);
    let many = many.into_iter().flatten().chain(of.get("author"));
    let names = many.filter_map(|author| author.get("name")?.as_str());
    Value::from_iter(names.map(|name| serde_json::json!({ "name": name })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FEED: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "a \" b [", "items": [
        {"id": "1", "url": "https://a.example/1", "title": "} ] \\\\"}, {"id": "2", "url": "https://a.example/2", "tags": [{"a": []}]}],
        "more": [{"id": "3", "url": "https://a.example/3"}]}"#;

    fn ids(text: &str) -> Option<usize> {
        let at = "https://a.example/feed".parse().unwrap();
        read(text, &at).ok().map(|read| read.entries.len())
    }

    #[test]
    fn a_feed_may_break_off_anywhere() {
        assert_eq!(ids(FEED), Some(2));
        let (first, second) = (FEED.find("}, {").unwrap(), FEED.find("]}],").unwrap() + 2);
        for at in (0..FEED.len()).filter(|at| FEED.is_char_boundary(*at)) {
            let expected = match at {
                _ if at < first + 1 => None,
                _ if at < second => Some(1),
                _ => Some(2),
            };
            assert_eq!(ids(&FEED[..at]), expected, "{}", &FEED[..at]);
        }
    }

    #[test]
    fn one_broken_item_costs_itself() {
        assert_eq!(ids(&FEED.replace("\"1\", ", "\"1\" ")), Some(1));
        assert_eq!(
            ids(&FEED.replace("\"title\": \"a", "\"title\": nil \"a")),
            Some(2)
        );
        assert_eq!(
            ids(&FEED.replace("items", "things").replace("}]}],", "}]}],,")),
            None
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_cutter(text in "[\\[\\]{}\"\\\\:, aé]{0,60}|\\{\"items\":\\[[{}\"\\\\,a\\[\\]]{0,40}") {
            let _ = ids(&text);
        }
    }
}
