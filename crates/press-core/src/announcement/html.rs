//! Between Markdown and HTML: what a service is given, and what it shows.

use crate::html::read;
use crate::text::collapsed;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult};
use pulldown_cmark::{Event, Parser};
use std::cell::RefCell;

/// A text of ours in Markdown as HTML; tags that stand in it are shown, not obeyed.
pub fn html(markdown: &str) -> String {
    let shown = Parser::new(markdown).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::SoftBreak => Event::HardBreak,
        event => event,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, shown);
    html.trim_end().to_owned()
}

/// What people read in a piece of HTML, as one line, and where its links lead.
pub fn said(html: &str) -> (String, Vec<String>) {
    let sink = read(html, Reader::default());
    let (text, links) = sink.0.take();
    (collapsed(&text), links)
}

#[derive(Default)]
struct Reader(RefCell<(String, Vec<String>)>);

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut said = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => said.0.push_str(&text),
            Token::TagToken(tag) => {
                if matches!(&*tag.name, "p" | "br" | "li" | "div" | "blockquote") {
                    said.0.push(' ');
                }
                let link = tag.attrs.iter().find(|own| &*own.name.local == "href");
                if let Some(link) = link.filter(|_| tag.kind == TagKind::StartTag) {
                    said.1.push(link.value.to_string());
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_markdown_are_words() {
        assert_eq!(
            html("**a** <b onclick=x>\nc"),
            "<p><strong>a</strong> &lt;b onclick=x&gt;<br />\nc</p>"
        );
    }

    #[test]
    fn a_post_is_read_back_as_people_see_it() {
        let shown = "<p>Out: <a href=\"https://a.example/?x&amp;y\"><span class=\"invisible\">https://</span>a.example/?x&amp;y</a></p><p>• a<br />• b</p>";
        assert_eq!(
            said(shown),
            (
                "Out: https://a.example/?x&y • a • b".to_owned(),
                vec!["https://a.example/?x&y".to_owned()]
            )
        );
    }
}
