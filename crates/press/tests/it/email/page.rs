//! A mail as a program that shows it sees it: a tree of elements from a real tokenizer, and what the style sheet makes of
//! them. Knows the part of CSS that mails can use: elements, classes, descendants, one media query.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// An element, or a run of text (without a name).
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) parent: usize,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Node {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A page in document order; node 0 is the document.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) nodes: Vec<Node>,
    /// Tags that close nothing, and elements that nothing closes.
    pub(crate) faults: Vec<String>,
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    open: Vec<usize>,
    faults: Vec<String>,
}

const VOID: &[&str] = &[
    "area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr",
];

struct Sink(RefCell<Builder>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.0.borrow_mut();
        let parent = builder.open.last().copied().unwrap_or(0);
        match token {
            Token::CharacterTokens(text) => {
                let text = text.to_string();
                let last = builder.nodes.len() - 1;
                if builder.nodes[last].name.is_empty()
                    && last > 0
                    && builder.nodes[last].parent == parent
                {
                    builder.nodes[last].text.push_str(&text);
                } else {
                    builder.nodes.push(Node {
                        parent,
                        text,
                        ..Node::default()
                    });
                }
            }
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if tag.kind == TagKind::EndTag {
                    let open = builder.open.pop().map(|at| builder.nodes[at].name.clone());
                    if open.as_deref() != Some(&name) {
                        builder.faults.push(format!("</{name}> closes {open:?}"));
                    }
                    return TokenSinkResult::Continue;
                }
                let attributes = tag.attrs.iter();
                let attributes = attributes
                    .map(|one| (one.name.local.to_string(), one.value.to_string()))
                    .collect();
                let at = builder.nodes.len();
                builder.nodes.push(Node {
                    parent,
                    name: name.clone(),
                    attributes,
                    ..Node::default()
                });
                if !VOID.contains(&name.as_str()) {
                    builder.open.push(at);
                }
                match name.as_str() {
                    "style" => return TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    pub(crate) fn parse(html: &str) -> Page {
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from(html));
        let builder = Builder {
            nodes: vec![Node::default()],
            ..Builder::default()
        };
        let tokenizer = Tokenizer::new(Sink(RefCell::new(builder)), TokenizerOpts::default());
        let _ = tokenizer.feed(&queue);
        tokenizer.end();
        let mut builder = tokenizer.sink.0.into_inner();
        for at in builder.open {
            builder
                .faults
                .push(format!("nothing closes <{}>", builder.nodes[at].name));
        }
        Page {
            nodes: builder.nodes,
            faults: builder.faults,
        }
    }

    /// The elements of a name.
    pub(crate) fn elements<'p>(&'p self, name: &'p str) -> impl Iterator<Item = (usize, &'p Node)> {
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, node)| node.name == name)
    }

    /// The text in a node and below it.
    pub(crate) fn text(&self, node: usize) -> String {
        let below = |at: &usize| self.above(*at).any(|above| above == node);
        (node..self.nodes.len())
            .filter(below)
            .map(|at| self.nodes[at].text.as_str())
            .collect()
    }

    /// The node and those that hold it, without the document.
    pub(crate) fn above(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |at| Some(self.nodes[*at].parent))
            .take_while(|at| *at > 0)
    }
}

/// An element, or all of one name, or all of one class.
#[derive(Debug)]
struct Compound {
    name: String,
    classes: Vec<String>,
}

/// A rule of the style sheet: what it applies to, whether only in the dark, what it says.
#[derive(Debug)]
struct Rule {
    /// Outermost first.
    selector: Vec<Compound>,
    dark: bool,
    says: Vec<(String, String)>,
}

/// A style sheet in its order.
#[derive(Debug)]
pub(crate) struct Style {
    rules: Vec<Rule>,
}

/// How an element, and the text in it, is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub(crate) ink: Option<[f64; 3]>,
    pub(crate) paper: Option<[f64; 3]>,
    pub(crate) pixels: Option<f64>,
    pub(crate) hidden: bool,
}

fn declarations(text: &str) -> Vec<(String, String)> {
    let one = |one: &str| {
        let (name, value) = one.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    text.split(';').filter_map(one).collect()
}

fn compound(text: &str) -> Compound {
    let mut parts = text.split('.').map(str::to_owned);
    let name = parts.next().unwrap_or_default();
    Compound {
        name: if name == ":root" {
            "html".to_owned()
        } else {
            name
        },
        classes: parts.collect(),
    }
}

impl Style {
    pub(crate) fn parse(css: &str) -> Style {
        let mut rules = Vec::new();
        let (mut rest, mut dark) = (css.trim(), false);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('}') {
                (rest, dark) = (after.trim_start(), false);
                continue;
            }
            let (head, after) = rest.split_once('{').expect("a rule has a block");
            if let Some(query) = head.strip_prefix("@media") {
                assert_eq!(
                    query.trim(),
                    "(prefers-color-scheme: dark)",
                    "only this query is known here"
                );
                (rest, dark) = (after.trim_start(), true);
                continue;
            }
            let (body, after) = after.split_once('}').expect("a block ends");
            for selector in head.split(',') {
                let selector = selector.split_whitespace().map(compound).collect();
                rules.push(Rule {
                    selector,
                    dark,
                    says: declarations(body),
                });
            }
            rest = after.trim_start();
        }
        Style { rules }
    }

    /// How each node is shown, in light or in dark.
    pub(crate) fn looks(&self, page: &Page, dark: bool) -> Vec<Look> {
        let mut looks: Vec<Look> = Vec::with_capacity(page.nodes.len());
        for (at, node) in page.nodes.iter().enumerate() {
            let mut look = looks.get(node.parent).copied().unwrap_or_default();
            if !node.name.is_empty() {
                let own = |properties: &[&str]| self.own(page, at, dark, properties);
                look.ink = own(&["color"]).as_deref().and_then(colour).or(look.ink);
                look.paper = own(&["background", "background-color"])
                    .as_deref()
                    .and_then(colour)
                    .or(look.paper);
                look.pixels = own(&["font-size", "font"])
                    .as_deref()
                    .and_then(pixels)
                    .or(look.pixels);
                look.hidden |= own(&["display"]).as_deref() == Some("none");
            }
            looks.push(look);
        }
        looks
    }

    /// What is said of a property of an element itself: by its own attribute, else by the strongest rule.
    fn own(&self, page: &Page, node: usize, dark: bool, properties: &[&str]) -> Option<String> {
        let find = |says: &[(String, String)]| {
            let said = says
                .iter()
                .rev()
                .find(|(name, _)| properties.contains(&name.as_str()));
            said.map(|(_, value)| value.clone())
        };
        let inline = page.nodes[node].attribute("style").map(declarations);
        if let Some(value) = inline.as_deref().and_then(find) {
            return Some(value);
        }
        let rules = self
            .rules
            .iter()
            .filter(|rule| (dark || !rule.dark) && applies(page, node, &rule.selector));
        let said = rules
            .enumerate()
            .filter_map(|(at, rule)| Some((strength(&rule.selector), at, find(&rule.says)?)));
        said.max_by_key(|(strength, at, _)| (*strength, *at))
            .map(|(.., value)| value)
    }
}

fn strength(selector: &[Compound]) -> (usize, usize) {
    let classes = selector.iter().map(|part| part.classes.len()).sum();
    (
        classes,
        selector.iter().filter(|part| !part.name.is_empty()).count(),
    )
}

fn applies(page: &Page, node: usize, selector: &[Compound]) -> bool {
    let Some((last, outer)) = selector.split_last() else {
        return true;
    };
    is(&page.nodes[node], last)
        && (outer.is_empty() || page.above(node).skip(1).any(|at| applies(page, at, outer)))
}

fn is(node: &Node, compound: &Compound) -> bool {
    if !compound.name.is_empty() && compound.name != node.name {
        return false;
    }
    let classes = node.attribute("class").unwrap_or_default();
    compound
        .classes
        .iter()
        .all(|class| classes.split_whitespace().any(|known| known == class))
}

/// Red, green and blue of `#rrggbb`, alone or as a part of a shorthand.
fn colour(value: &str) -> Option<[f64; 3]> {
    let hex = value
        .split_whitespace()
        .find_map(|word| word.strip_prefix('#'))?;
    let part = |at: usize| {
        u8::from_str_radix(hex.get(at..at + 2)?, 16)
            .ok()
            .map(f64::from)
    };
    Some([part(0)?, part(2)?, part(4)?])
}

/// The contrast of two colours (WCAG 2.2, "contrast ratio").
pub(crate) fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = |[red, green, blue]: [f64; 3]| {
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The size in pixels that a `font-size` or `font` gives.
fn pixels(value: &str) -> Option<f64> {
    let size = value
        .split([' ', '/'])
        .find_map(|word| word.strip_suffix("px"))?;
    size.parse().ok()
}
