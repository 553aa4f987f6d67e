//! HTML out of posts and feeds as plain text and links. Read with the tokenizer that reads HTML as browsers do; no
//! tree is made, and nothing of it is ever shown as HTML.

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use press_core::html;
use press_core::text::plain_line;
use std::cell::RefCell;

/// What a piece of HTML says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// Its text, without what it quotes from other posts.
    pub(super) text: String,
    /// The text of its quotations.
    pub(super) quotes: Vec<String>,
    /// Its links in their order.
    pub(super) links: Vec<Anchor>,
    /// Addresses of feeds that it names.
    pub(super) feeds: Vec<String>,
}

/// A link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) url: String,
    pub(super) text: String,
    /// Its classes, by which networks tell mentions and hashtags from links.
    pub(super) class: String,
}

/// Texts longer than this are cut.
const TEXT_BYTES: usize = 64 << 10;
/// More links than a post has.
const LINKS: usize = 200;

/// Elements within a line: where others begin or end, words end.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "code", "del", "em", "i", "ins", "mark", "s", "small", "span", "strong",
    "sub", "sup", "tt", "u", "wbr",
];

/// Reads a piece of HTML, its beginning if it is longer than what people write.
pub(super) fn read(html: &str) -> Read {
    read_to(html, TEXT_BYTES)
}

/// The same, so far.
pub(super) fn read_to(html: &str, bytes: usize) -> Read {
    let html = &html[..html.floor_char_boundary(bytes)];
    let sink = Reader::default();
    let sink = html::read(html, sink);
    let seen = sink.seen.take();
    let mut read = seen.read;
    read.links.extend(seen.open);
    for link in &mut read.links {
        link.text = plain_line(&link.text);
    }
    read.text = plain_line(&read.text);
    read.quotes = read.quotes.iter().map(|quote| plain_line(quote)).collect();
    read.quotes.retain(|quote| !quote.is_empty());
    read
}

/// The text of a piece of HTML, on one line.
pub(super) fn text(html: &str) -> String {
    match html.contains(['<', '&']) {
        true => read(html).text,
        false => plain_line(html),
    }
}

/// The beginning of a text, cut between words if it is too long.
pub(super) fn beginning(text: &str, signs: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(signs) else {
        return text.to_owned();
    };
    let start = &text[..end];
    let cut = start.rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", start[..cut].trim_end())
}

#[derive(Default)]
struct Reader {
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    read: Read,
    open: Option<Anchor>,
    /// How deep we are in quotations, and in those from other posts.
    quoting: usize,
    others: usize,
    size_bytes: usize,
    /// Inside something that is not shown.
    hidden: bool,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::TagToken(tag) => return seen.tag(&tag),
            Token::CharacterTokens(text) => seen.say(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn say(&mut self, text: &str) {
        if self.hidden || self.others > 0 || self.size_bytes > TEXT_BYTES {
            return;
        }
        self.size_bytes += text.len();
        if let Some(open) = &mut self.open {
            open.text.push_str(text);
        }
        match self.read.quotes.last_mut() {
            Some(quote) if self.quoting > 0 => quote.push_str(text),
            _ => self.read.text.push_str(text),
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let value = |wanted: &str| {
            let found = tag.attrs.iter().find(|one| &*one.name.local == wanted);
            found.map_or(String::new(), |one| one.value.to_string())
        };
        if !INLINE.contains(&name) {
            self.say(" ");
        }
        match (tag.kind, name) {
            (TagKind::StartTag, "a") => {
                self.read.links.extend(self.open.take());
                if self.others == 0 && self.read.links.len() < LINKS {
                    self.open = Some(Anchor {
                        url: value("href"),
                        text: String::new(),
                        class: value("class"),
                    });
                }
            }
            (TagKind::EndTag, "a") => self.read.links.extend(self.open.take()),
            (TagKind::StartTag, "blockquote") => {
                if self.quoting == 0 && self.others == 0 {
                    self.read.quotes.push(String::new());
                }
                self.quoting += 1;
            }
            (TagKind::EndTag, "blockquote") => self.quoting = self.quoting.saturating_sub(1),
            // Discourse puts what other posts said into these.
            (TagKind::StartTag, "aside") if self.others > 0 || has(&value("class"), "quote") => {
                self.others += 1;
            }
            (TagKind::EndTag, "aside") => self.others = self.others.saturating_sub(1),
            (TagKind::StartTag, "link") => self.feed(&value),
            (kind, "script" | "style" | "title" | "template" | "noscript") => {
                self.hidden = kind == TagKind::StartTag;
                if self.hidden && matches!(name, "script" | "style") {
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn feed(&mut self, value: &dyn Fn(&str) -> String) {
        let kind = value("type").to_ascii_lowercase();
        let is_feed = ["rss", "atom", "feed+json"];
        let is_feed = is_feed.iter().any(|part| kind.contains(part));
        if has(&value("rel").to_ascii_lowercase(), "alternate") && is_feed {
            self.read.feeds.push(value("href"));
        }
    }
}

fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text_and_links() {
        let read = read(
            "<p>Look at <a class='x' href='https://a.example/?a=1&amp;b=2'>the <b>gull</b></a>,\nall<br>of you</p>\
             <script>alert(1)</script><aside class=\"quote no-group\"><a href=/u/x>x</a> said <blockquote>no</blockquote></aside>\
             <blockquote><p>Gulls &lt;T&gt; are\u{202e} birds</p></blockquote> &mdash; me",
        );
        assert_eq!(read.text, "Look at the gull, all of you — me");
        assert_eq!(read.quotes, ["Gulls <T> are birds"]);
        assert_eq!(read.links.len(), 1);
        assert_eq!(read.links[0].url, "https://a.example/?a=1&b=2");
        assert_eq!(read.links[0].text, "the gull");
    }

    #[test]
    fn beginnings_end_between_words() {
        assert_eq!(beginning("gulls fly", 20), "gulls fly");
        assert_eq!(beginning("gulls fly over Kiel", 14), "gulls fly…");
        assert_eq!(beginning("gullsflyoverKiel", 5), "gulls…");
    }
}
