//! A second Markdown parser's opinion: both must find the same links and the same headings.
//!
//! Every exception is a named function with its reason. Texts that both parsers read alike but we misplace are
//! the business of `spans`.

use crate::generate;
use comrak::nodes::NodeValue;
use press_core::format::Format;
use press_core::issue::{Issue, LinkKind, Masthead};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Links (destination, and whether they are images) and headings (level and text).
#[derive(Debug, Default, PartialEq)]
struct Reading {
    links: Vec<(String, bool)>,
    headings: Vec<(u8, String)>,
}

fn ours(text: &str) -> Reading {
    let issue = Issue::parse(text, &Format::default());
    let mut links: Vec<_> = issue
        .links
        .iter()
        .map(|link| (address(&link.url, link.kind), link.image))
        .collect();
    links.sort();
    let headings = issue
        .headings
        .iter()
        .map(|heading| (heading.level, words(&heading.title)));
    Reading {
        links,
        headings: headings.collect(),
    }
}

/// We keep an e-mail address as it is written; a Markdown renderer makes a `mailto:` of it.
fn address(url: &str, kind: LinkKind) -> String {
    match kind {
        LinkKind::Email => format!("mailto:{url}"),
        _ => url.to_owned(),
    }
}

/// Runs of white space count as one blank: parsers differ in what they make of line ends in a heading.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn theirs(text: &str) -> Reading {
    let text = &without_controls(text);
    let (masthead, _) = Masthead::parse(text);
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.footnotes = true;
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, &text[masthead.span.end..], &options);
    let mut reading = Reading::default();
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::Link(link) => reading.links.push((link.url.clone(), false)),
            NodeValue::Image(link) => reading.links.push((link.url.clone(), true)),
            NodeValue::Heading(heading) => {
                reading.headings.push((heading.level, words(&plain(node))));
            }
            _ => {}
        }
    }
    reading.links.sort();
    reading
}

/// Control characters are blanks to us; in CommonMark one before a destination keeps it from being a link, as in
/// an issue of January 2022 whose readers never saw that link.
fn without_controls(text: &str) -> String {
    text.replace(
        |character: char| character < ' ' && !matches!(character, '\t' | '\n' | '\r'),
        " ",
    )
}

/// The text of a heading as we define it: text and code, line ends as blanks, no HTML.
fn plain<'a>(node: comrak::Node<'a>) -> String {
    let mut text = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// Why a generated text is not compared, if the parsers are known to differ on it and ours is right.
fn known_difference<'t>(text: &'t str) -> Option<&'static str> {
    if text.contains(">\"glued\"") {
        return Some("pulldown-cmark takes a title that is not set off from `<destination>`");
    }
    if text.contains("[^1]") {
        return Some(
            "footnotes are no part of CommonMark; comrak drops one that nothing refers to, with its links",
        );
    }
    let inner = |line: &'t str| line.trim_start_matches(['>', ' ']);
    let pairs = || {
        text.lines()
            .zip(text.lines().skip(1))
            .map(|(one, next)| (inner(one), inner(next)))
    };
    if pairs().any(|(one, next)| !one.is_empty() && next.starts_with('<')) {
        return Some("comrak, like cmark, lets an element on a lazy line begin a block");
    }
    let is_row = |line: &str| line.starts_with('|');
    if pairs().any(|(one, next)| is_row(one) != is_row(next) && !one.is_empty() && !next.is_empty())
    {
        return Some("where a table without blank lines around it begins and ends is nowhere said");
    }
    if pairs().any(|(one, next)| one.contains("]:") && next.starts_with("---")) {
        return Some("comrak takes text below definitions and a rule for a paragraph that goes on");
    }
    if text.replace("~~", "").contains('~') {
        return Some("a single `~` within a word strikes out what follows for comrak only");
    }
    if ["*~", "~*", "_~", "~_"]
        .iter()
        .any(|signs| text.contains(signs))
    {
        return Some("comrak looks past `~` to see what stands beside an asterisk or a low line");
    }
    None
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_parsers_find_the_same_in_generated_issues(text in generate::issue()) {
        if known_difference(&text).is_none() {
            prop_assert_eq!(ours(&text), theirs(&text));
        }
    }
}

/// The issues of a newsletter's folder, by name.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return texts;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") || name.ends_with(".markdown") {
            texts.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    texts
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The links and headings that one parser finds and the other does not, with the text they stand in.
fn differences(texts: &BTreeMap<String, String>) -> (usize, Vec<String>) {
    let mut compared = 0;
    let mut differences = Vec::new();
    for (name, text) in texts {
        let (ours, theirs) = (ours(text), theirs(text));
        compared += ours.links.len() + ours.headings.len();
        let lacks = |one: &Reading, other: &Reading| -> Vec<String> {
            let mut left = other.links.clone();
            let mut lacking = Vec::new();
            for link in &one.links {
                match left.iter().position(|candidate| candidate == link) {
                    Some(at) => {
                        left.swap_remove(at);
                    }
                    None => lacking.push(format!("{link:?}")),
                }
            }
            lacking
        };
        differences.extend(
            lacks(&ours, &theirs)
                .into_iter()
                .map(|link| format!("{name}: only we find {link}")),
        );
        differences.extend(
            lacks(&theirs, &ours)
                .into_iter()
                .map(|link| format!("{name}: we miss {link}")),
        );
        if ours.headings != theirs.headings {
            let pairs = ours
                .headings
                .iter()
                .zip(&theirs.headings)
                .find(|(one, other)| one != other);
            differences.push(format!(
                "{name}: {} headings, not {}; first {pairs:?}",
                ours.headings.len(),
                theirs.headings.len()
            ));
        }
    }
    (compared, differences)
}

#[test]
fn both_parsers_find_the_same_in_the_sample_newsletter() {
    let folder = workspace().join("examples/this-week-in-tern");
    let mut all = texts(&folder.join("content"));
    all.extend(texts(&folder.join("draft")));
    all.extend(texts(&folder.join("pages")));
    let (compared, differences) = differences(&all);
    assert!(compared > 1_000, "{compared}");
    assert_eq!(differences, [""; 0]);
}

#[test]
fn both_parsers_find_the_same_in_thirteen_years() {
    let folder = std::env::var_os("PRESS_ARCHIVE")
        .map_or_else(|| workspace().join("../shared/archive"), PathBuf::from);
    let all = texts(&folder.join("content"));
    if all.is_empty() {
        println!("{} holds no archive: nothing is compared", folder.display());
        return;
    }
    let (compared, differences) = differences(&all);
    println!(
        "{} issues, {compared} links and headings, {} differences",
        all.len(),
        differences.len()
    );
    assert_eq!(differences, [""; 0]);
}
