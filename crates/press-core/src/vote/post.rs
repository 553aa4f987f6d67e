//! What somebody nominates, out of what they wrote: in a forum, a form, a pull request. All of it is Markdown of strangers.

use crate::canonical::canonical;
use crate::format::Definitions;
use crate::issue::{Document, Source};
use crate::text::{collapsed, is_invisible, plain_line};

/// Longest texts that are kept, in characters, and most lines of a quote.
const MOST_SIGNS: usize = 300;
const MOST_QUOTED_SIGNS: usize = 3000;
const MOST_LINES: usize = 60;

/// Something with a page of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// What it is, as Markdown on one line without a full stop; empty if nobody says.
    pub about: String,
}

/// What somebody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quoted {
    /// What was said, as Markdown, without marks of quotation.
    pub quote: String,
    /// Who said it, and where, as Markdown on one line; empty if nobody says.
    pub attribution: String,
}

/// What a post nominates that is about a page: the first link to a package, else the first link.
pub fn linked(text: &str) -> Option<Linked> {
    let source = Source::new(text, Definitions::First);
    let document = Document::parse(&source);
    let links = document.links.iter().filter(|link| !link.image);
    let links = links.map(|link| (link.title.as_str(), link.url.as_str(), link.span.end));
    let bare = bare_links(text);
    let bare = bare.iter().map(|(url, end)| ("", *url, *end));
    let all = links.chain(bare);
    let all: Vec<_> = all.filter(|(_, url, _)| is_web(url)).collect();
    let of_package = all.iter().find(|(_, url, _)| package(url).is_some());
    let (title, url, end) = of_package.or_else(|| all.first())?;
    Some(Linked {
        title: package(url).map_or_else(|| called(title, url), plain_line),
        url: (*url).to_owned(),
        about: about(&text[*end..]),
    })
}

/// Addresses that stand in a text as they are, each with where it ends.
fn bare_links(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("http").map(|at| from + at) {
        let rest = &text[start..];
        let end = |sign: char| sign.is_whitespace() || "<>()[]\"'`|".contains(sign);
        let url = &rest[..rest.find(end).unwrap_or(rest.len())];
        let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
        from = start + url.len().max(4);
        if is_web(url) {
            found.push((url, start + url.len()));
        }
    }
    found
}

fn is_web(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plain = |sign: char| !sign.is_control() && !sign.is_whitespace();
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain))
}

/// The text of a link, unless it is only the address; then the end of that.
fn called(title: &str, url: &str) -> String {
    let title = plain_line(title);
    let is_address = title.contains("://") || title.contains('/') && !title.contains(' ');
    if !title.is_empty() && !is_address {
        return beginning(&title, MOST_SIGNS);
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let end = path.trim_end_matches('/').rsplit('/').next();
    plain_line(end.unwrap_or_default())
}

/// What is said of a link right behind it: ", a library of wings" is "a library of wings".
fn about(rest: &str) -> String {
    let paragraph = rest.split("\n\n").next().unwrap_or_default();
    // What is left of the link itself.
    let paragraph = paragraph.trim_start_matches([')', ']', '*', '_', '`', '>']);
    let Some(said) = paragraph
        .trim_start()
        .strip_prefix([',', ':', '-', '–', '—'])
    else {
        return String::new();
    };
    let said = plain_line(said.trim_start_matches(['-', ' ']));
    let ends = [". ", "! ", "? "];
    let end = ends.iter().filter_map(|end| said.find(end)).min();
    let said = &said[..end.unwrap_or(said.len())];
    let said = said.trim_end_matches(['.', ',', '!', '?', ' ']);
    harmless(&beginning(said, MOST_SIGNS))
}

/// What a post quotes, with who said it. If it marks no quotation, all of it is one.
pub fn quoted(text: &str, site: &str) -> Option<Quoted> {
    let (mut quote, mut rest) = (Vec::new(), Vec::new());
    let mut inside: Option<String> = None;
    let mut source = String::new();
    for line in text.lines() {
        let plain = line.trim();
        match (&inside, plain.strip_prefix("[quote")) {
            (None, Some(head)) if plain.ends_with(']') => {
                let said = said_by(head.trim_end_matches(']'), site);
                inside = Some(said);
            }
            (Some(said), _) if plain == "[/quote]" => {
                source.clone_from(said);
                inside = None;
            }
            (Some(_), _) => quote.push(line.trim_end().to_owned()),
            (None, _) => match plain.strip_prefix('>') {
                Some(said) => {
                    let said = said.strip_prefix(' ').unwrap_or(said);
                    quote.push(said.trim_end().to_owned());
                }
                None => {
                    // Two quotations stay two paragraphs.
                    if !quote.is_empty() && quote.last().is_some_and(|line| !line.is_empty()) {
                        quote.push(String::new());
                    }
                    rest.push(plain.to_owned());
                }
            },
        }
    }
    if quote.iter().all(|line| line.is_empty()) {
        // The last line may say who it was.
        let by = rest.iter().rposition(|line| !line.is_empty());
        let by = by.filter(|at| *at > 0 && rest[*at].starts_with(DASHES));
        let said = by.map_or(Vec::new(), |at| rest.split_off(at));
        (quote, rest) = (rest, said);
    }
    let quote = lines(&quote);
    (!quote.is_empty()).then(|| Quoted {
        quote,
        attribution: attribution(&rest, &source),
    })
}

/// What a line begins with that says who said something.
const DASHES: [char; 4] = ['-', '–', '—', '~'];

/// "name, post:3, topic:42" with the forum's address becomes a link.
fn said_by(head: &str, site: &str) -> String {
    let head = head.trim_start_matches('=').trim_matches('"');
    let mut parts = head.split(',').map(str::trim);
    let name = plain_line(parts.next().unwrap_or_default());
    let (mut post, mut topic) = (None, None);
    for part in parts {
        let number = |name: &str| part.strip_prefix(name)?.parse::<u64>().ok();
        post = number("post:").or(post);
        topic = number("topic:").or(topic);
    }
    match (topic, post) {
        _ if name.is_empty() => String::new(),
        (Some(topic), Some(post)) if is_web(site) => {
            let name = name.replace(['[', ']'], "");
            format!("[{name}]({}/t/{topic}/{post})", site.trim_end_matches('/'))
        }
        _ => name,
    }
}

/// The line with a dash before it, else the first with a link, else the quotation's own head.
fn attribution(rest: &[String], source: &str) -> String {
    let dashed = rest.iter().find(|line| {
        let after = line.trim_start_matches(DASHES);
        after.len() < line.len() && !after.trim().is_empty()
    });
    let linking = || rest.iter().find(|line| line.contains("://"));
    let line = match dashed.or_else(|| linking().filter(|_| source.is_empty())) {
        Some(line) => line.as_str(),
        None => source,
    };
    let line = plain_line(line.trim_start_matches(DASHES));
    harmless(&beginning(line.trim(), MOST_SIGNS))
}

/// Lines without signs that nobody sees, without blank ones at the ends, and not too many.
fn lines(lines: &[String]) -> String {
    let seen = |line: &String| {
        let signs = line.chars();
        let signs =
            signs.filter(|sign| *sign == '\t' || !sign.is_control() && !is_invisible(*sign));
        signs.collect::<String>()
    };
    // A definition of a label would hold for the whole issue.
    let defines = |line: &String| {
        let line = line.trim_start_matches(['>', ' ']);
        line.starts_with('[') && line.contains("]:")
    };
    let kept = lines.iter().filter(|line| !defines(line)).map(seen);
    let kept: Vec<String> = kept.take(MOST_LINES).collect();
    let text = kept.join("\n");
    let text = text.trim_matches(['\n', '\r']).trim_end();
    harmless(&beginning(text, MOST_QUOTED_SIGNS))
}

/// Without the beginnings of comments, so that nobody writes markers into a draft.
fn harmless(text: &str) -> String {
    text.replace("<!--", "&lt;!--")
}

/// So many characters of a text.
fn beginning(text: &str, signs: usize) -> String {
    match text.char_indices().nth(signs) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// What tells what a link is about from anything else: the package's name wherever its page is, else the page.
pub fn subject_of_link(url: &str) -> String {
    match package(url) {
        Some(name) => format!("package:{}", name.to_lowercase().replace('_', "-")),
        None => canonical(url),
    }
}

/// What tells a quote from any other: its letters and digits, so that marks and line breaks do not matter.
pub fn subject_of_quote(quote: &str) -> String {
    let signs = quote.chars().filter(|sign| sign.is_alphanumeric());
    signs.flat_map(char::to_lowercase).collect()
}

/// Where packages of one registry are told of, and what stands before a package's name.
const PACKAGES: &[(&str, &str)] = &[
    ("crates.io", "/crates/"),
    ("lib.rs", "/crates/"),
    ("docs.rs", "/"),
    ("docs.rs", "/crate/"),
    ("pypi.org", "/project/"),
    ("npmjs.com", "/package/"),
    ("hackage.haskell.org", "/package/"),
    ("hex.pm", "/packages/"),
    ("rubygems.org", "/gems/"),
];

/// The name of a package in the address of its page.
pub fn package(url: &str) -> Option<&str> {
    let rest = &url[url.find("://")? + 3..];
    let (host, path) = rest.split_at(rest.find('/')?);
    let host = host.strip_prefix("www.").unwrap_or(host);
    PACKAGES.iter().rev().find_map(|(known, before)| {
        let same = host.eq_ignore_ascii_case(known);
        let rest = path.strip_prefix(before).filter(|_| same)?;
        let name = rest.split(['/', '?', '#']).next()?;
        (!name.is_empty()).then_some(name)
    })
}

/// What people write of what is their own.
const OWN_WORDS: &[&str] = &[
    "self-nomin",
    "self nomin",
    "self-suggest",
    "self suggest",
    "self-promot",
    "self promot",
    "shameless plug",
    "my crate",
    "my own",
    "my library",
    "my project",
    "my new crate",
    "my package",
    "i'm the author",
    "i am the author",
    "i wrote",
    "i've written",
    "i made",
    "i've made",
    "i built",
    "i've built",
    "i created",
    "i've created",
    "i developed",
    "i've been working on",
    "i just released",
    "i just published",
    "i released",
    "i published",
];

/// Whether somebody seems to nominate what is their own: they say so, or their name stands in the address where its
/// owner's does. A guess, which an editor may correct.
pub fn seems_own(text: &str, url: &str, sender: &str) -> bool {
    let text = collapsed(text).to_lowercase().replace('’', "'");
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let owner = rest.split('/').nth(1).unwrap_or_default();
    let is_sender = !sender.is_empty() && owner.eq_ignore_ascii_case(sender);
    is_sender || OWN_WORDS.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_nominates_the_package_it_links_to() {
        let post = "Look, [my page](https://me.example). I nominate [gull](https://crates.io/crates/gull), a library of \
                    [wings](https://wings.example/). It flies.";
        let linked = linked(post).unwrap();
        assert_eq!(linked.title, "gull");
        assert_eq!(linked.url, "https://crates.io/crates/gull");
        assert_eq!(linked.about, "a library of [wings](https://wings.example/)");
    }

    #[test]
    fn an_address_as_it_is_is_a_link_too() {
        let linked = linked("https://code.example/ada/gull-wings/\n\nNice.").unwrap();
        assert_eq!(linked.title, "gull-wings");
        assert_eq!(linked.about, "");
        assert_eq!(super::linked("Thank you! http"), None);
    }

    #[test]
    fn quotes_keep_their_lines_and_who_said_them() {
        let said = quoted(
            "Seen today:\n\n> Fly first,\n> *then* ask.\n>\n>     let wings = 2;\n\n– Jonathan on [chat](https://chat.example/1)\n\nHa.",
            "",
        );
        let said = said.unwrap();
        assert_eq!(said.quote, "Fly first,\n*then* ask.\n\n    let wings = 2;");
        assert_eq!(
            said.attribution,
            "Jonathan on [chat](https://chat.example/1)"
        );
    }

    #[test]
    fn what_a_forum_quotes_leads_to_the_post() {
        let said = quoted(
            "[quote=\"ada, post:3, topic:42, full:true\"]\nFly.\n[/quote]\nLovely.",
            "https://forum.example/",
        );
        let said = said.unwrap();
        assert_eq!(said.quote, "Fly.");
        assert_eq!(said.attribution, "[ada](https://forum.example/t/42/3)");
    }

    #[test]
    fn a_post_without_quotation_is_one() {
        let said = quoted("Gulls are hard.\n\n-- Ada", "").unwrap();
        assert_eq!(
            (said.quote.as_str(), said.attribution.as_str()),
            ("Gulls are hard.", "Ada")
        );
        assert_eq!(quoted(" \n\n", ""), None);
    }

    #[test]
    fn strangers_write_no_markers_and_no_definitions() {
        let said = quoted(
            "> <!-- press:end x -->\n> [submit]: https://evil.example\n> a\u{202e}b",
            "",
        );
        assert_eq!(said.unwrap().quote, "&lt;!-- press:end x -->\nab");
    }

    #[test]
    fn one_package_has_many_pages() {
        for page in [
            "https://docs.rs/a_gull/latest/",
            "https://lib.rs/crates/a-gull",
            "https://crates.io/crates/A-gull",
        ] {
            assert_eq!(subject_of_link(page), "package:a-gull", "{page}");
        }
        assert_eq!(package("https://crates.io/"), None);
        assert_eq!(subject_of_quote("> Fly,\n> *then* ask!"), "flythenask");
    }

    #[test]
    fn who_nominates_their_own_is_told() {
        assert!(seems_own("I’ve built this", "", "x"));
        assert!(seems_own("", "https://code.example/Ada/gull", "ada"));
        assert!(!seems_own(
            "Somebody wrote this",
            "https://code.example/bob/gull",
            "ada"
        ));
        assert!(!seems_own("", "https://code.example/", ""));
    }
}
