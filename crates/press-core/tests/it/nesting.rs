//! Texts that nobody writes: deep nesting, endless lines, things that never end. Reading and rendering them is
//! dull: no panic, no exhausted stack, and findings where something cannot be right.

use crate::browser;
use press_core::format::{Definitions, Format};
use press_core::issue::{Document, Issue, SIZE_LIMIT_BYTES, Source};
use press_core::render::article::{self, ArticleOptions};

const DEEP: usize = 10_000;

/// Reads and renders `text` with both policies; gives the names of what was found wrong.
fn read(text: &str) -> Vec<&'static str> {
    let mut rules = Vec::new();
    for definitions in [Definitions::First, Definitions::Nearest] {
        let format = crate::generate::format(definitions);
        let source = Source::new(text, definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &format);
        assert_eq!(issue.text(), text);
        let article = article::render(&document, &issue, ArticleOptions::default());
        let dangers = browser::dangers(&article.html);
        assert!(dangers.is_empty(), "{dangers:?}");
        rules = issue.findings.iter().map(|finding| finding.rule).collect();
    }
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// A list in a list in a list; indents are kept short, or the text would have gigabytes.
fn nested_lists(depth: usize) -> String {
    "- ".repeat(depth) + "bottom\n"
}

#[test]
fn ten_thousand_nested_lists_are_told() {
    assert_eq!(read(&nested_lists(DEEP)), ["nesting"]);
    assert_eq!(read(&("1. ".repeat(DEEP) + "bottom\n")), ["nesting"]);
}

#[test]
fn ten_thousand_nested_quotes_are_told() {
    assert_eq!(read(&("> ".repeat(DEEP) + "bottom\n")), ["nesting"]);
    assert_eq!(
        read(&(">".repeat(DEEP) + "\n- x\n" + &"> - ".repeat(DEEP / 2) + "\n")),
        ["nesting"]
    );
}

#[test]
fn lists_indented_step_by_step_are_told() {
    let line = |depth: usize| format!("{}* item {depth}\n", "  ".repeat(depth));
    let text: String = (0..600).map(line).collect();
    assert_eq!(read(&text), ["nesting"]);
}

#[test]
fn the_nesting_of_real_texts_is_no_finding() {
    assert_eq!(read(&nested_lists(20)), [""; 0]);
}

#[test]
fn ten_thousand_brackets_are_read() {
    read(&("[".repeat(DEEP) + "x" + &"]".repeat(DEEP) + "\n"));
    read(&("[".repeat(DEEP) + "x" + &"](y)".repeat(DEEP) + "\n"));
    read(&"[a](".repeat(DEEP));
    read(&"[a](<b".repeat(DEEP));
    read(&("(".repeat(DEEP) + &format!("[a]({}{})", "(".repeat(DEEP), ")".repeat(DEEP))));
    read(&("[x]".repeat(DEEP) + "\n\n[x]: https://example.org/\n"));
}

#[test]
fn ten_thousand_nested_images_are_read() {
    read(&("![".repeat(DEEP) + "x" + &"](y)".repeat(DEEP) + "\n"));
    read(&("![".repeat(DEEP) + "x" + &"][y]".repeat(DEEP) + "\n\n[y]: https://example.org/\n"));
}

#[test]
fn ten_thousand_emphases_are_read() {
    read(&("*a ".repeat(DEEP) + &"b*".repeat(DEEP) + "\n"));
    read(&("**_".repeat(DEEP) + "x" + &"_**".repeat(DEEP) + "\n"));
    read(&("*".repeat(DEEP) + "x" + &"*".repeat(DEEP) + "\n"));
    read(&"a**b".repeat(DEEP));
    read(&"~~a ~b ".repeat(DEEP));
}

#[test]
fn ten_thousand_nested_elements_are_read() {
    read(&("<div>".repeat(DEEP) + "x\n"));
    read(&("<div>\n\n".repeat(DEEP) + "x\n"));
    read(&("a <b>".repeat(DEEP) + "\n"));
    read(&("<div><a><b>".repeat(DEEP / 3) + &"</a>".repeat(DEEP) + "\n"));
    read(&("<!--".repeat(DEEP) + "\n\nx\n"));
    read(&"<a href='".repeat(DEEP));
    read(&"a <".repeat(DEEP));
    read(&"a <!-- x".repeat(DEEP));
    read(&"a <?".repeat(DEEP));
}

#[test]
fn ten_thousand_definitions_are_read() {
    let line = |number: usize| format!("[label {number}]: https://example.org/{number}\n");
    let definitions: String = (0..DEEP).map(line).collect();
    let links: String = (0..DEEP)
        .map(|number| format!("[label {number}]\n"))
        .collect();
    let text = format!("{links}\n{definitions}");
    let issue = Issue::parse(&text, &Format::default());
    assert_eq!((issue.links.len(), issue.definitions.len()), (DEEP, DEEP));
    assert_eq!(
        issue.links[DEEP - 1].url,
        format!("https://example.org/{}", DEEP - 1)
    );
    read(&text);
    let same = "[same]: https://example.org/\n".repeat(DEEP);
    read(&format!("{}\n\n{same}", "[same] ".repeat(DEEP)));
    read(&"[empty]:\n".repeat(DEEP));
}

#[test]
fn a_very_long_line_is_read() {
    read(&"word ".repeat(400_000));
    read(&"x".repeat(2_000_000));
    read(&"[a](b) ".repeat(50_000));
    read(&"| a ".repeat(50_000));
    read(
        &("| a ".repeat(2_000)
            + "|\n"
            + &"|---".repeat(2_000)
            + "|\n"
            + &"| b ".repeat(2_000)
            + "|\n"),
    );
    read(&"`".repeat(100_000));
    read(&"\\".repeat(100_000));
    read(&"&".repeat(100_000));
}

#[test]
fn a_text_over_the_limit_is_told_and_not_read() {
    let text = "Title: Large\nDate: 2026-02-25\n\n".to_owned()
        + &"* [a](b)\n".repeat(SIZE_LIMIT_BYTES / 9 + 1);
    let issue = Issue::parse(&text, &Format::default());
    assert_eq!(issue.masthead.title.as_deref(), Some("Large"));
    assert!(issue.links.is_empty());
    assert_eq!(read(&text), ["size"]);
}

#[test]
fn control_characters_are_no_part_of_links() {
    let text = "Title: A\0B\n\n* [a\u{1}b](https://example.org/\u{2}x) \u{1b}[31m\n* [c](https://example.org/\0)\n";
    read(text);
    let issue = Issue::parse(text, &Format::default());
    assert!(
        issue
            .links
            .iter()
            .all(|link| !link.url.contains(char::is_control))
    );
    for byte in 0u8..=0x7f {
        let character = char::from(byte);
        read(&format!(
            "{character}# a{character}b\n\n* [c{character}]({character}d{character}) {character}\n{character}"
        ));
    }
}

#[test]
fn what_never_ends_is_told() {
    assert_eq!(
        read("Title: A\n\ntext\n\n<!-- and then nothing\n\n* [a](b)\n"),
        ["unclosed-comment"]
    );
    assert_eq!(read("---\ntitle: A\n\n# Links\n"), ["front-matter"]);
    assert_eq!(read("+++\ntitle = 'A'\n"), ["front-matter"]);
    assert_eq!(read("---"), ["front-matter"]);
    read("```\nfn main() {\n* [a](b)\n");
    read("~~~~\n");
    read("<script>\n\n* [a](b)\n");
    read("[a](<b");
    read("[a](b \"c");
    read("[a]: <b");
    read("# ");
    read("\u{feff}");
    read("\u{feff}---\n");
}

/// Sanitising deeply nested elements takes time that grows with the square of their depth, so only so many
/// tags are taken for HTML.
#[test]
fn countless_raw_tags_become_text() {
    for text in ["<div>".repeat(DEEP), "<div>\n".repeat(DEEP)] {
        let source = Source::new(&text, Definitions::First);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &Format::default());
        let html = article::render(&document, &issue, ArticleOptions::default()).html;
        assert!(html.matches("<div").count() <= 1_000);
        assert!(html.contains("&lt;div"));
    }
}
