//! Words as sources send them, as plain text: without markup, entities, and signs nobody sees.

use crate::html;
use crate::text::plain_line;
use html5ever::tokenizer::{Token, TokenSink, TokenSinkResult};
use std::cell::RefCell;

/// Elements that stand in titles because somebody pasted them. `Vec<T>` is none.
const ELEMENTS: &[&str] = &[
    "a", "abbr", "b", "big", "br", "code", "del", "div", "em", "font", "h1", "h2", "h3", "i",
    "ins", "li", "mark", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "u", "ul",
    "wbr",
];
/// Titles are cut here; nobody writes longer ones.
const TITLE_CHARACTERS: usize = 300;

/// A title as plain text.
pub fn plain_title(text: &str) -> String {
    let cut = text.char_indices().nth(8 * TITLE_CHARACTERS);
    let text = cut.map_or(text, |(at, _)| &text[..at]);
    let mut plain = without_elements(&decoded(&without_elements(text)));
    // Some are encoded twice.
    if plain.contains("&amp;") || plain.contains("&#") || plain.contains("&quot;") {
        plain = decoded(&plain);
    }
    plain_line(&plain).chars().take(TITLE_CHARACTERS).collect()
}

/// `text` with blanks in place of elements; what only looks like one stays.
fn without_elements(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((length, name)) = element(rest) else {
            plain.push('<');
            rest = &rest[1..];
            continue;
        };
        // Within a word an emphasis leaves no gap.
        if matches!(
            name,
            "br" | "p" | "div" | "li" | "ul" | "h1" | "h2" | "h3" | "pre"
        ) {
            plain.push(' ');
        }
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

/// The length and the name of the element that `text` begins with.
fn element(text: &str) -> Option<(usize, &str)> {
    let end = text.find('>')?;
    let inner = text[1..end].trim_start_matches('/').trim_end_matches('/');
    let name = inner.split_ascii_whitespace().next()?;
    let attributes = inner[name.len()..].trim();
    let plausible = attributes.is_empty() || attributes.contains('=');
    (ELEMENTS.contains(&name) && plausible).then_some((end + 1, name))
}

/// `text` with its entities as the signs they stand for.
fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let sink = html::read(&text.replace('<', "&lt;"), Letters::default());
    sink.text.take()
}

#[derive(Default)]
struct Letters {
    text: RefCell<String>,
}

impl TokenSink for Letters {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::CharacterTokens(text) = token {
            self.text.borrow_mut().push_str(&text);
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_in_many_wrappings() {
        for (raw, plain) in [
            ("Rust &amp; C++", "Rust & C++"),
            ("Rust &amp;amp; C++", "Rust & C++"),
            (
                "<b>Ferris</b> says&nbsp;hi<br/>again",
                "Ferris says hi again",
            ),
            ("&lt;b&gt;Ferris&lt;/b&gt;", "Ferris"),
            ("Vec<T> and Rc<RefCell<u8>>", "Vec<T> and Rc<RefCell<u8>>"),
            ("Rust <> AI", "Rust <> AI"),
            ("a < b && c > d", "a < b && c > d"),
            ("AT&T\u{200b} and R&D \u{1f980}", "AT&T and R&D \u{1f980}"),
            (
                "It&#8217;s\r\n\tnight &#x1F980;",
                "It\u{2019}s night \u{1f980}",
            ),
            ("<script>", "<script>"),
            ("", ""),
        ] {
            assert_eq!(plain_title(raw), plain, "{raw}");
        }
        assert_eq!(plain_title(&"x".repeat(100_000)).len(), TITLE_CHARACTERS);
    }
}
