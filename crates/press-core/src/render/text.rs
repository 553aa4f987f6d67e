//! An issue as plain text that people like to read: 76 columns, links beside their titles, lists nested.
//!
//! It is made from the issue, not from its HTML. A single link of a paragraph or an item stands on a line of its own below
//! it; several are numbered. Addresses are never broken.

use super::article;
use super::sanitise;
use crate::issue::{Document, Issue};
use crate::span::Span;
use pulldown_cmark::{Event, Tag, TagEnd};
use std::collections::HashSet;

mod wrap;

pub use wrap::wrap;

/// Longest line, in columns; only addresses and code may be longer.
pub const WIDTH: usize = 76;

/// Renders a text that has been read as `issue`.
pub fn render(document: &Document<'_>, issue: &Issue) -> String {
    let mut writer = Writer {
        levels: article::levels(issue),
        quiet: organisers(issue),
        ..Writer::default()
    };
    for (event, span) in &document.events {
        writer.take(event, *span);
    }
    writer.flush();
    writer.out.trim_end().to_owned() + "\n"
}

/// Where links to the pages of an event's organisers stand. The event's own page follows them, and is enough.
fn organisers(issue: &Issue) -> HashSet<usize> {
    let mut quiet = HashSet::new();
    for event in issue.events.iter().filter(|event| !event.url.is_empty()) {
        let Some(item) = issue.items.get(event.item) else {
            continue;
        };
        let first = issue
            .links
            .partition_point(|link| link.span.start < item.text.start);
        let own = issue.links[first..]
            .iter()
            .take_while(|link| link.span.end <= item.text.end)
            .filter(|link| {
                let organises = |organiser: &crate::issue::Organiser| organiser.url == link.url;
                link.url != event.url && event.organisers.iter().any(organises)
            });
        quiet.extend(own.map(|link| link.span.start));
    }
    quiet
}

/// A list or a quotation that is open.
enum Holder {
    /// A list with the number of its next item, or without numbers.
    List(Option<u64>),
    /// An item: what stands before its first line until that is written, and before the others.
    Item { first: Option<String>, rest: usize },
    /// A quotation, and whether it has a line already.
    Quote(bool),
}

/// What is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Block {
    #[default]
    Paragraph,
    Heading(usize),
    Code,
}

/// A link of the paragraph that is open.
struct Reference {
    /// Where its text ends.
    at: usize,
    url: String,
}

#[derive(Default)]
struct Writer {
    out: String,
    holders: Vec<Holder>,
    block: Block,
    /// The words of the paragraph so far; a line end is a break that must stay.
    inline: String,
    references: Vec<Reference>,
    /// Links that are open: where their text begins, their address, whether it is to be shown.
    open: Vec<(usize, String, bool)>,
    /// Highest number that a link has.
    numbers: usize,
    comment: sanitise::Comment,
    /// The element whose content is not for reading, while it is open.
    hidden: Option<&'static str>,
    headings: usize,
    levels: Vec<usize>,
    quiet: HashSet<usize>,
    /// Whether an empty line must come before the next block.
    gap: bool,
    /// Cells of the row so far.
    cells: usize,
}

impl Writer {
    fn take(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) if self.block == Block::Code => self.inline.push_str(text),
            Event::Text(text) => self.say(text),
            Event::Code(code) => self.say(&format!("`{code}`")),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::Html(html) | Event::InlineHtml(html) => self.raw(html),
            Event::Rule => {
                self.flush();
                self.inline.push_str("* * *");
                self.flush();
                self.gap = true;
            }
            Event::FootnoteReference(label) => self.say(&format!("[^{label}]")),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        if self.hidden.is_none() {
            self.inline.push_str(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>, span: Span) {
        match tag {
            Tag::Heading { .. } => {
                self.flush();
                self.gap = true;
                self.block = Block::Heading(self.levels.get(self.headings).copied().unwrap_or(2));
                self.headings += 1;
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.block = Block::Code;
            }
            Tag::List(number) => {
                self.flush();
                self.holders.push(Holder::List(*number));
            }
            Tag::Item => self.open_item(),
            Tag::BlockQuote(_) => {
                self.flush();
                self.holders.push(Holder::Quote(false));
            }
            Tag::FootnoteDefinition(label) => {
                self.flush();
                let first = format!("[^{label}] ");
                let rest = 4;
                self.holders.push(Holder::Item {
                    first: Some(first),
                    rest,
                });
            }
            Tag::Paragraph | Tag::Table(_) | Tag::HtmlBlock => self.flush(),
            Tag::TableCell => {
                if self.cells > 0 {
                    self.say(" | ");
                }
                self.cells += 1;
            }
            Tag::Link { dest_url, .. } => {
                let shown = !self.quiet.contains(&span.start) && !sanitise::runs_code(dest_url);
                self.open
                    .push((self.inline.len(), dest_url.to_string(), shown));
            }
            Tag::Image { dest_url, .. } => {
                self.say("[Image: ");
                let shown = !sanitise::runs_code(dest_url);
                self.open
                    .push((self.inline.len(), dest_url.to_string(), shown));
            }
            Tag::Emphasis => self.stress("_"),
            Tag::Strong => self.stress("*"),
            _ => {}
        }
    }

    /// Stress is for running text: a title, or a line of nothing but a link, is not improved by signs around it.
    fn stress(&mut self, sign: &str) {
        if self.open.is_empty() && matches!(self.block, Block::Paragraph) {
            self.say(sign);
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Link => self.close_link(""),
            TagEnd::Image => self.close_link("]"),
            TagEnd::Emphasis => self.stress("_"),
            TagEnd::Strong => self.stress("*"),
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.flush();
                self.gap |= !self.in_list();
            }
            TagEnd::Heading(_) => {
                self.flush();
                self.block = Block::Paragraph;
                self.gap = true;
            }
            TagEnd::CodeBlock => {
                self.code();
                self.block = Block::Paragraph;
                self.gap |= !self.in_list();
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.cells = 0;
                self.flush();
            }
            TagEnd::Table => self.gap = true,
            TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => {
                self.flush();
                self.holders.pop();
                self.gap |= !self.in_list();
            }
            _ => {}
        }
    }

    fn in_list(&self) -> bool {
        self.holders
            .iter()
            .any(|holder| matches!(holder, Holder::List(_) | Holder::Item { .. }))
    }

    fn open_item(&mut self) {
        self.flush();
        let lists = self
            .holders
            .iter()
            .filter(|holder| matches!(holder, Holder::List(_)));
        let bullet = if lists.count() % 2 == 1 { "* " } else { "- " };
        let first = match self.holders.last_mut() {
            Some(Holder::List(Some(number))) => {
                let first = format!("{number}. ");
                *number = number.saturating_add(1);
                first
            }
            _ => bullet.to_owned(),
        };
        let rest = first.len();
        self.holders.push(Holder::Item {
            first: Some(first),
            rest,
        });
    }

    fn close_link(&mut self, behind: &str) {
        let Some((start, url, shown)) = self.open.pop() else {
            return;
        };
        let start = start.min(self.inline.len());
        let title = self.inline[start..].trim();
        // An address that is its own title needs no second line.
        let address = url.strip_prefix("mailto:").unwrap_or(&url);
        let bare = title == url || title == address;
        if bare && title != address {
            self.inline.truncate(start);
            self.say(address);
        }
        self.say(behind);
        if shown && !bare && !url.is_empty() && self.hidden.is_none() {
            self.references.push(Reference {
                at: self.inline.len(),
                url,
            });
        }
    }

    /// Raw HTML: its text. Breaks stay, comments and tags go; what only looks like a tag is text.
    fn raw(&mut self, html: &str) {
        let mut rest = self.comment.strip(html);
        while let Some(at) = rest.find('<') {
            self.say(&unescape(&rest[..at]));
            rest = &rest[at..];
            let end = rest.find('>');
            let Some(end) = end.filter(|_| sanitise::is_element(rest)) else {
                self.say("<");
                rest = &rest[1..];
                continue;
            };
            self.tag(&rest[..=end]);
            rest = &rest[end + 1..];
        }
        self.say(&unescape(rest));
    }

    fn tag(&mut self, tag: &str) {
        const UNREADABLE: &[&str] = &["script", "style", "title", "iframe", "noscript", "template"];
        let inner = tag.trim_matches(['<', '>']).trim_start_matches('/');
        let name: String = inner
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let name = name.to_ascii_lowercase();
        let unreadable = UNREADABLE.iter().find(|known| **known == name);
        match unreadable {
            Some(name) if tag.starts_with("</") && self.hidden == Some(name) => self.hidden = None,
            Some(name) if self.hidden.is_none() && !tag.starts_with("</") => {
                self.hidden = Some(name)
            }
            _ if matches!(name.as_str(), "br" | "p" | "li" | "div" | "tr") => self.say("\n"),
            _ => {}
        }
    }

    /// Writes the paragraph or heading that is open.
    fn flush(&mut self) {
        if self.block == Block::Code {
            return;
        }
        let inline = std::mem::take(&mut self.inline);
        let references = std::mem::take(&mut self.references);
        for (start, ..) in &mut self.open {
            *start = 0;
        }
        if inline.trim().is_empty() && references.is_empty() {
            return;
        }
        let numbered = references.len() > 1;
        let mut text = String::with_capacity(inline.len() + 8 * references.len());
        let mut from = 0;
        let mut listed: Vec<(usize, &str)> = Vec::new();
        for reference in &references {
            text.push_str(&inline[from..reference.at]);
            from = reference.at;
            let known = listed.iter().find(|(_, url)| *url == reference.url);
            let number = known.map_or(self.numbers + 1, |(number, _)| *number);
            if number > self.numbers {
                listed.push((number, &reference.url));
                self.numbers += usize::from(numbered);
            }
            if numbered {
                text.push_str(&format!(" [{number}]"));
            }
        }
        text.push_str(&inline[from..]);
        self.write(&text);
        let indent = if self.in_list() || matches!(self.block, Block::Heading(_)) {
            ""
        } else {
            "  "
        };
        for (number, url) in listed {
            let number = if numbered {
                format!("[{number}] ")
            } else {
                String::new()
            };
            self.line(&format!("{indent}{number}{url}"));
        }
    }

    fn write(&mut self, text: &str) {
        let heading = match self.block {
            Block::Heading(level) => Some(level),
            _ => None,
        };
        let text = if heading == Some(2) {
            text.to_uppercase()
        } else {
            text.to_owned()
        };
        let room = WIDTH.saturating_sub(self.indent()).max(20);
        let mut longest = 0;
        for line in text.trim().split('\n') {
            for line in wrap::lines(line, room) {
                longest = longest.max(wrap::width(&line));
                self.line(&line);
            }
        }
        let under = match heading {
            Some(2) => "=",
            Some(3) => "-",
            Some(4) => "~",
            Some(_) => ".",
            None => return,
        };
        self.line(&under.repeat(longest));
    }

    fn code(&mut self) {
        let code = std::mem::take(&mut self.inline);
        for line in code.trim_end().split('\n') {
            self.line(&format!("    {line}"));
        }
    }

    fn indent(&self) -> usize {
        let width = |holder: &Holder| match holder {
            Holder::List(_) => 0,
            Holder::Item { first, rest } => {
                first.as_ref().map_or(*rest, |first| first.len().max(*rest))
            }
            Holder::Quote(_) => 2,
        };
        self.holders.iter().map(width).sum()
    }

    /// Writes a line with what the open lists and quotations put before it.
    fn line(&mut self, line: &str) {
        if std::mem::take(&mut self.gap) && !self.out.is_empty() {
            let quoted = self
                .holders
                .iter()
                .filter(|holder| matches!(holder, Holder::Quote(true)));
            let signs = vec![">"; quoted.count()];
            self.out.push_str(&signs.join(" "));
            self.out.push('\n');
        }
        let begin = self.out.len();
        for holder in &mut self.holders {
            match holder {
                Holder::List(_) => {}
                Holder::Item { first, rest } => match first.take() {
                    Some(first) => self.out.push_str(&first),
                    None => self.out.push_str(&" ".repeat(*rest)),
                },
                Holder::Quote(begun) => {
                    *begun = true;
                    self.out.push_str("> ");
                }
            }
        }
        self.out.push_str(line);
        let end = begin + self.out[begin..].trim_end().len();
        self.out.truncate(end);
        self.out.push('\n');
    }
}

/// The entities that people write.
fn unescape(html: &str) -> String {
    let plain = html.replace('\n', " ");
    if !plain.contains('&') {
        return plain;
    }
    let rows = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    rows.iter().fold(plain, |text, (entity, character)| {
        text.replace(entity, character)
    })
}

#[cfg(test)]
mod tests;
