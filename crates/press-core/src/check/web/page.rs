//! What a page says of itself: its titles, and the ids that links can lead to.
//!
//! Read with the tokenizer that reads HTML as browsers do; no tree is made.

use crate::html;
use crate::text::collapsed;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its title, the one for previews, its first heading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<String>,
    /// The ids of its elements; none if they were not asked for or not all seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// More ids than any page that people wrote has.
const IDS: usize = 20_000;
/// Titles longer than this are cut.
const TITLE_BYTES: usize = 500;

/// Reads a page; its ids, too, if `ids`.
pub fn read(html: &str, ids: bool) -> Page {
    let sink = Reader {
        seen: RefCell::new(Seen {
            ids: ids.then(Vec::new),
            ..Seen::default()
        }),
    };
    let sink = html::read(html, sink);
    let seen = sink.seen.take();
    Page {
        titles: seen
            .titles
            .iter()
            .map(|title| collapsed(title))
            .filter(|title| !title.is_empty())
            .collect(),
        ids: seen.ids.filter(|ids| ids.len() < IDS),
    }
}

#[derive(Default)]
struct Seen {
    titles: Vec<String>,
    ids: Option<Vec<String>>,
    /// The element whose text is being collected, and the text.
    open: Option<(&'static str, String)>,
    /// Elements whose text was collected: a picture may have a title of its own.
    done: Vec<&'static str>,
}

struct Reader {
    seen: RefCell<Seen>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::TagToken(tag) => return seen.tag(&tag),
            Token::CharacterTokens(text) => {
                if let Some((_, open)) = &mut seen.open
                    && open.len() < TITLE_BYTES
                {
                    open.push_str(&text);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if tag.kind == TagKind::EndTag {
            if let Some((open, text)) = self.open.take_if(|(open, _)| *open == name) {
                self.titles.push(text);
                self.done.push(open);
            }
            return TokenSinkResult::Continue;
        }
        if let Some(ids) = &mut self.ids {
            let named = |name: &str| matches!(name, "id" | "name");
            let found = tag.attrs.iter().filter(|one| named(&one.name.local));
            let room = IDS.saturating_sub(ids.len());
            ids.extend(found.take(room).map(|one| one.value.to_string()));
        }
        match name {
            "title" | "h1" if self.open.is_none() => {
                let name = if name == "title" { "title" } else { "h1" };
                if !self.done.contains(&name) {
                    self.open = Some((name, String::new()));
                }
            }
            "meta" => {
                let value = |wanted: &str| {
                    let found = tag.attrs.iter().find(|one| &*one.name.local == wanted);
                    found.map(|one| one.value.to_string())
                };
                if value("property").as_deref() == Some("og:title") {
                    self.titles.extend(value("content"));
                }
            }
            _ => {}
        }
        match name {
            "script" | "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_titles_and_ids() {
        let html = "<!doctype html><title>On\n ink &amp; paper</title>\
            <meta property='og:title' content='On ink'><script>'<title>no</title>'</script>\
            <h1 id=a>Ink <em>on</em> paper</h1><svg><title>A picture</title></svg><a name=b>x</a><h1>More</h1>";
        let page = read(html, true);
        assert_eq!(page.titles, ["On ink & paper", "On ink", "Ink on paper"]);
        let ids = page.ids.unwrap_or_default();
        assert!(ids.contains(&"a".to_owned()) && ids.contains(&"b".to_owned()));
        assert_eq!(read(html, false).ids, None);
    }

    #[test]
    fn no_page_is_too_odd() {
        for html in [
            "",
            "<",
            "<title>",
            "<h1",
            "<script>",
            "\0<title>\0</title>",
            "<title></h1>",
        ] {
            read(html, true);
        }
    }
}
