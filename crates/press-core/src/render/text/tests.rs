//! What people read, line by line.

use super::*;
use crate::format::{Format, SectionKind, SectionSpec};
use crate::issue::Source;

fn text(markdown: &str) -> String {
    let mut europe = SectionSpec::new("europe", SectionKind::Events, "Europe");
    europe.parent = Some(0);
    let events = SectionSpec::new("events", SectionKind::Events, "Upcoming Events");
    let format = Format::new(vec![events, europe], Vec::new(), Default::default());
    let markdown = format!("Title: T\nDate: 2026-03-05\n\n{markdown}");
    let source = Source::new(&markdown, format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &format);
    render(&document, &issue)
}

#[test]
fn a_link_stands_below_its_title_and_several_are_numbered() {
    let shown = text(
        "## News\n\n* [video] [A *fine* nest](https://a.example/nest) by Ada\n* [B](https://b.example)\n    * [C](https://c.example)\n\n\
         Read [one](https://one.example), [two](https://two.example) or [one again](https://one.example).\n\nSee <https://d.example>.\n",
    );
    let expected = "NEWS\n====\n\n* [video] A fine nest by Ada\n  https://a.example/nest\n* B\n  https://b.example\n  - C\n    https://c.example\n\n\
        Read one [1], two [2] or one again [1].\n  [1] https://one.example\n  [2] https://two.example\n\nSee https://d.example.\n";
    assert_eq!(shown, expected);
}

#[test]
fn an_event_is_its_line_its_title_and_its_own_page() {
    let shown = text(
        "## Upcoming Events\n\n### Europe\n* 2026-03-09 | Faro, PT | [Tern Faro](https://faro.example)\n    * [**Nest building**](https://faro.example/1)\n",
    );
    let expected = "UPCOMING EVENTS\n===============\n\nEurope\n------\n\n* 2026-03-09 | Faro, PT | Tern Faro\n  - Nest building\n    https://faro.example/1\n";
    assert_eq!(shown, expected);
}

#[test]
fn quotations_code_tables_and_html_are_read_too() {
    let shown = text(
        "> All *terns* are birds.\n>\n> Not all birds are terns.\n\n```\nlet  tern = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | [2](https://two.example) |\n\n\
         1. one\n2. two<br>lines\n\n<!-- not\nthis -->A `Vec<T>` of <b>T</b> &amp; Vec<Tern>\n\n![A tern](https://t.example/t.png)\n\n---\n",
    );
    let expected = "> All _terns_ are birds.\n>\n> Not all birds are terns.\n\n    let  tern = 1;\n\na | b\n1 | 2\n  https://two.example\n\n\
        1. one\n2. two\n   lines\n\nA `Vec<T>` of T & Vec<Tern>\n\n[Image: A tern]\n  https://t.example/t.png\n\n* * *\n";
    assert_eq!(shown, expected);
}

#[test]
fn lines_end_where_a_screen_does() {
    let shown = text(&format!(
        "* {}\n    * {}\n",
        "word ".repeat(60),
        "word ".repeat(60)
    ));
    assert!(
        shown
            .lines()
            .all(|line| line.len() <= WIDTH && !line.ends_with(' ')),
        "{shown}"
    );
    assert!(
        shown
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("  word"))
    );
}

#[test]
fn depth_and_scripts_harm_nobody() {
    let deep: String = (0..60)
        .map(|depth| format!("{}* x\n", "  ".repeat(depth)))
        .collect();
    assert!(text(&deep).contains("x"));
    assert_eq!(
        text("<script>\nsteal()\n</script>\n\nfine [x](javascript:steal)\n"),
        "fine x\n"
    );
}
