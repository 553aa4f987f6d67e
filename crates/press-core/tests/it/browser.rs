//! HTML as a browser reads it: what could run, load or disguise, found by the tokenizer of a real browser engine.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// A tag with its attributes.
#[derive(Clone, Debug)]
pub(crate) struct FoundTag {
    /// Its name in lower case.
    pub(crate) name: String,
    /// Whether it opens an element.
    pub(crate) opens: bool,
    /// Names and values, entities resolved.
    pub(crate) attributes: Vec<(String, String)>,
}

#[derive(Default)]
struct Tags(RefCell<Vec<FoundTag>>);

impl TokenSink for Tags {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else {
            return TokenSinkResult::Continue;
        };
        let found = found(&tag);
        let raw = match found.name.as_str() {
            "script" | "style" | "xmp" | "iframe" | "noembed" | "noframes" if found.opens => {
                Some(RawKind::Rawtext)
            }
            "title" | "textarea" if found.opens => Some(RawKind::Rcdata),
            _ => None,
        };
        self.0.borrow_mut().push(found);
        raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
    }
}

fn found(tag: &Tag) -> FoundTag {
    FoundTag {
        name: tag.name.to_string().to_ascii_lowercase(),
        opens: tag.kind == TagKind::StartTag,
        attributes: tag
            .attrs
            .iter()
            .map(|attribute| {
                (
                    attribute.name.local.to_string().to_ascii_lowercase(),
                    attribute.value.to_string(),
                )
            })
            .collect(),
    }
}

/// All tags of a page or of a part of one.
pub(crate) fn tags(html: &str) -> Vec<FoundTag> {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Elements that run, load, restyle or take over a page. None may come out of an issue.
const ACTIVE: &[&str] = &[
    "script",
    "style",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "base",
    "link",
    "meta",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "template",
    "noscript",
    "title",
    "html",
    "head",
    "body",
    "plaintext",
    "xmp",
    "noembed",
    "noframes",
    "marquee",
    "portal",
    "audio",
    "video",
    "source",
];

/// What is dangerous in the HTML of an issue's text; empty when nothing is.
pub(crate) fn dangers(html: &str) -> Vec<String> {
    let mut dangers = Vec::new();
    for tag in tags(html) {
        if ACTIVE.contains(&tag.name.as_str()) {
            dangers.push(format!("<{}>", tag.name));
        }
        dangers.extend(
            tag.attributes
                .iter()
                .filter_map(|(name, value)| attribute_danger(name, value)),
        );
    }
    dangers
}

/// Whether an attribute runs code: `on…`, or an address whose scheme does.
pub(crate) fn attribute_danger(name: &str, value: &str) -> Option<String> {
    if name.starts_with("on") || matches!(name, "style" | "srcdoc" | "formaction" | "http-equiv") {
        return Some(format!("{name}={value:?}"));
    }
    // Browsers drop tabs and line ends anywhere, and control characters and blanks in front.
    let address: String = value
        .chars()
        .filter(|character| !matches!(character, '\t' | '\n' | '\r'))
        .collect();
    let address = address
        .trim_start_matches(|character: char| character <= ' ')
        .to_ascii_lowercase();
    let runs = ["javascript:", "vbscript:", "data:", "livescript:"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    let holds_address = matches!(
        name,
        "href" | "src" | "cite" | "action" | "data" | "poster" | "srcset" | "xlink:href"
    );
    (holds_address && runs).then(|| format!("{name}={value:?}"))
}
