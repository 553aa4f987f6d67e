//! What a page says for machines, as a tree of values: its JSON-LD, and its microdata in the same form.
//!
//! The tokenizer that reads HTML as browsers do gives tags; which of them are open is kept here, as forgiving as is
//! needed for tags that nobody closed.

use crate::html;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// Elements that have no end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Deeper nesting is not followed.
const DEPTH: usize = 500;
/// A value is no longer.
const TEXT_BYTES: usize = 20_000;
/// A block of JSON-LD is no longer.
const SCRIPT_BYTES: usize = 2 << 20;

/// All values of a page, outermost.
pub(super) fn values(html: &str) -> Vec<Value> {
    let sink = html::read(html, Reader::default());
    let mut seen = sink.seen.take();
    while !seen.open.is_empty() {
        seen.close_last();
    }
    seen.values
}

#[derive(Default)]
struct Reader {
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    values: Vec<Value>,
    open: Vec<Open>,
    script: Option<String>,
}

/// An element that is not closed yet.
struct Open {
    name: String,
    /// The properties of an item that it holds.
    item: Option<Map<String, Value>>,
    /// What of the item around it this element is.
    property: Option<String>,
    /// The text so far, if that is the property's value.
    text: Option<String>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return seen.start(&tag),
            Token::TagToken(tag) => seen.end(&tag.name),
            Token::CharacterTokens(text) => seen.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn text(&mut self, text: &str) {
        if let Some(script) = &mut self.script {
            if script.len() < SCRIPT_BYTES {
                script.push_str(text);
            }
            return;
        }
        for open in &mut self.open {
            if let Some(own) = open.text.as_mut().filter(|own| own.len() < TEXT_BYTES) {
                own.push_str(text);
            }
        }
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let value = |wanted: &str| {
            let found = tag.attrs.iter().find(|one| &*one.name.local == wanted);
            found.map(|one| one.value.trim().to_owned())
        };
        let name = &*tag.name;
        if name == "script" {
            let kind = value("type").unwrap_or_default().to_ascii_lowercase();
            let json = kind
                .split(';')
                .next()
                .is_some_and(|kind| kind.trim() == "application/ld+json");
            self.script = json.then(String::new);
        }
        if matches!(
            name,
            "script" | "style" | "iframe" | "noframes" | "noembed" | "xmp"
        ) {
            return TokenSinkResult::RawData(RawKind::Rawtext);
        }
        let item = value("itemscope").map(|_| {
            let kinds = value("itemtype").unwrap_or_default();
            let kind = kinds.rsplit('/').next().unwrap_or_default().to_owned();
            Map::from_iter([("@type".to_owned(), json!(kind))])
        });
        let property = value("itemprop").filter(|property| !property.is_empty());
        let said = value("content").or_else(|| match name {
            "a" | "area" | "link" => value("href"),
            "img" | "source" | "embed" => value("src"),
            "time" => value("datetime"),
            "data" | "meter" => value("value"),
            _ => None,
        });
        let open = Open {
            name: name.to_owned(),
            text: (property.is_some() && item.is_none() && said.is_none()).then(String::new),
            item,
            property,
        };
        if let (Some(property), Some(said), None) = (&open.property, said, &open.item) {
            self.say(property, Value::String(said));
        }
        if !VOID.contains(&name) && !tag.self_closing && self.open.len() < DEPTH {
            self.open.push(open);
        }
        match name {
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn end(&mut self, name: &str) {
        if name == "script" {
            if let Some(value) = self
                .script
                .take()
                .and_then(|json| serde_json::from_str(json.trim()).ok())
            {
                self.values.push(value);
            }
            return;
        }
        if self.open.iter().any(|open| open.name == name) {
            while self.close_last().is_some_and(|closed| closed != name) {}
        }
    }

    /// Closes the innermost element; its name.
    fn close_last(&mut self) -> Option<String> {
        let closed = self.open.pop()?;
        match (closed.item, closed.property) {
            (Some(item), Some(property)) => self.say(&property, Value::Object(item)),
            (Some(item), None) => self.values.push(Value::Object(item)),
            (None, Some(property)) => {
                if let Some(text) = closed.text {
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    self.say(&property, Value::String(text));
                }
            }
            (None, None) => {}
        }
        Some(closed.name)
    }

    /// Gives the innermost item a property. The first of several counts, but places and people may be many.
    fn say(&mut self, property: &str, value: Value) {
        let item = self
            .open
            .iter_mut()
            .rev()
            .find_map(|open| open.item.as_mut());
        let Some(item) = item else {
            if value.is_object() {
                self.values.push(value);
            }
            return;
        };
        for name in property.split_ascii_whitespace() {
            match item.get_mut(name) {
                None => {
                    item.insert(name.to_owned(), value.clone());
                }
                Some(Value::Array(known)) if known.len() < 50 => known.push(value.clone()),
                Some(known) if known.is_object() => *known = json!([known.take(), value.clone()]),
                Some(_) => {}
            }
        }
    }
}
