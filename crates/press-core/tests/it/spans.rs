//! Places are right: a link's text or destination can be replaced by its span, and nothing else changes.

use crate::browser;
use crate::generate;
use crate::view::{self, Fact};
use press_core::format::{Definitions, Format};
use press_core::issue::{Document, Issue, Link, LinkKind, Source};
use press_core::render::article::{self, ArticleOptions};
use press_core::span::Span;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// 256 cases each, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    }
}

fn formats() -> [Format; 2] {
    [
        generate::format(Definitions::First),
        generate::format(Definitions::Nearest),
    ]
}

fn replace(text: &str, span: Span, with: &str) -> String {
    format!("{}{with}{}", &text[..span.start], &text[span.end..])
}

/// Compares two readings, the second of a text in which `span` was replaced by `length` bytes.
fn assert_same(before: &[Fact], after: &[Fact], span: Span, length: usize) -> TestCaseResult {
    let moved = |at: usize, is_end: bool| {
        let behind = if is_end {
            at >= span.end
        } else {
            at >= span.end && at > span.start
        };
        if behind { at + length - span.len() } else { at }
    };
    let expected: Vec<Fact> = before
        .iter()
        .map(|fact| Fact {
            span: Span::new(moved(fact.span.start, false), moved(fact.span.end, true)),
            what: fact.what.clone(),
        })
        .collect();
    prop_assert_eq!(after, expected);
    Ok(())
}

/// A destination as it is written in place of another of the same kind.
fn new_destination(link: &Link) -> &'static str {
    match link.kind {
        LinkKind::Email => "changed@example.net",
        _ => "https://changed.example/x?y=1",
    }
}

fn destination_can_be_replaced(text: &str, format: &Format) -> TestCaseResult {
    let before = Issue::parse(text, format);
    for (index, link) in before.links.iter().enumerate() {
        let Some(span) = link.destination else {
            continue;
        };
        let new = new_destination(link);
        let changed = replace(text, span, new);
        let after = Issue::parse(&changed, format);
        prop_assert_eq!(after.text(), &changed);
        // The text of an automatic link is its destination, so what holds it reads differently too.
        let automatic = matches!(link.kind, LinkKind::Autolink | LinkKind::Email);
        let region = automatic.then_some(link.span);
        let region_after =
            region.map(|_| Span::new(link.span.start, link.span.end + new.len() - span.len()));
        assert_same(
            &view::facts(&before, region),
            &view::facts(&after, region_after),
            span,
            new.len(),
        )?;
        for (other_index, (one, other)) in before.links.iter().zip(&after.links).enumerate() {
            let shared = one.destination == Some(span);
            prop_assert!(other_index != index || shared);
            let expected = if shared { new } else { one.url.as_str() };
            prop_assert_eq!(
                &other.url,
                expected,
                "link {} in {:?}",
                other_index,
                changed
            );
        }
        for (one, other) in before.definitions.iter().zip(&after.definitions) {
            let expected = if one.destination == Some(span) {
                new
            } else {
                one.url.as_str()
            };
            prop_assert_eq!(&other.url, expected);
        }
        let days = |issue: &Issue| -> Vec<_> {
            issue
                .events
                .iter()
                .map(|event| {
                    (
                        event.date,
                        event.end_date,
                        event.paid,
                        event.organisers.len(),
                    )
                })
                .collect()
        };
        if !automatic {
            prop_assert_eq!(days(&before), days(&after));
        }
    }
    Ok(())
}

fn text_can_be_replaced(text: &str, format: &Format) -> TestCaseResult {
    let before = Issue::parse(text, format);
    for (index, link) in before.links.iter().enumerate() {
        let label = matches!(link.kind, LinkKind::Collapsed | LinkKind::Shortcut);
        // `[a][b](c)`: what is `[b]` now decides whether `[a]` is a link; that is Markdown's way.
        if text[..link.span.start].ends_with(']') {
            continue;
        }
        let new = match link.kind {
            LinkKind::Autolink | LinkKind::Email => continue,
            // A label stays the same one in capitals; other words would name no definition.
            LinkKind::Collapsed | LinkKind::Shortcut => link.text.of(text).to_ascii_uppercase(),
            LinkKind::Inline | LinkKind::Reference => "changed".to_owned(),
        };
        let changed = replace(text, link.text, &new);
        let after = Issue::parse(&changed, format);
        let region = link.span;
        let region_after = Span::new(region.start, region.end + new.len() - link.text.len());
        assert_same(
            &view::facts(&before, Some(region)),
            &view::facts(&after, Some(region_after)),
            link.text,
            new.len(),
        )?;
        let inside = |outer: Span, link: &Link| outer.contains(link.span) && outer != link.span;
        let urls = |issue: &Issue, outer: Span| -> Vec<String> {
            issue
                .links
                .iter()
                .filter(|link| !inside(outer, link))
                .map(|link| link.url.clone())
                .collect()
        };
        prop_assert_eq!(urls(&after, region_after), urls(&before, region));
        if !label {
            prop_assert_eq!(&after.links[index].title, "changed");
        }
    }
    Ok(())
}

fn spans_are_sound(text: &str, format: &Format) -> TestCaseResult {
    let issue = Issue::parse(text, format);
    prop_assert_eq!(issue.text(), text);
    for (span, name) in view::spans(&issue) {
        prop_assert!(
            text.get(span.start..span.end).is_some(),
            "{name} {span:?} in {text:?}"
        );
    }
    for link in &issue.links {
        prop_assert!(link.span.contains(link.text), "{link:?}");
        let first = link.span.of(text).chars().next();
        let opening = match link.kind {
            LinkKind::Autolink | LinkKind::Email => '<',
            _ if link.image => '!',
            _ => '[',
        };
        prop_assert_eq!(first, Some(opening), "{:?}", link);
        match (link.definition, link.destination) {
            (Some(index), destination) => {
                prop_assert_eq!(issue.definitions[index].destination, destination);
            }
            (None, Some(destination)) => prop_assert!(link.span.contains(destination), "{link:?}"),
            (None, None) => prop_assert!(link.url.is_empty(), "{link:?}"),
        }
    }
    for item in &issue.items {
        // See `an_empty_items_text_lies_in_the_item`.
        prop_assert!(
            item.span.contains(item.text) || item.text.is_empty(),
            "{item:?}"
        );
        prop_assert!(
            item.note.is_none_or(|note| item.text.contains(note)),
            "{item:?}"
        );
        prop_assert!(
            item.marks.iter().all(|mark| item.text.contains(mark.span)),
            "{item:?}"
        );
        // A control character is a blank in what was read.
        let is_control = |character: char| character < ' ' && !"\t\n\r".contains(character);
        if !text.contains(is_control) {
            prop_assert!(
                item.marks
                    .iter()
                    .all(|mark| mark.span.of(text).contains(&mark.name)),
                "{item:?}"
            );
        }
        if let Some(link) = item.link {
            prop_assert!(item.text.contains(issue.links[link].span), "{item:?}");
        }
    }
    let starts = |spans: Vec<Span>| spans.windows(2).all(|pair| pair[0].start <= pair[1].start);
    prop_assert!(starts(issue.links.iter().map(|link| link.span).collect()));
    prop_assert!(starts(
        issue.headings.iter().map(|heading| heading.span).collect()
    ));
    prop_assert!(starts(issue.items.iter().map(|item| item.span).collect()));
    for comment in &issue.comments {
        prop_assert!(
            comment.of(text).starts_with("<!--"),
            "{:?}",
            comment.of(text)
        );
    }
    Ok(())
}

fn rendering_is_harmless(text: &str, format: &Format) -> TestCaseResult {
    let source = Source::new(text, format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, format);
    let anchors = [
        ("old\"id".to_owned(), "links".to_owned()),
        ("lost".to_owned(), "nowhere".to_owned()),
    ];
    let options = ArticleOptions {
        root: "https://example.org",
        page: "https://example.org/7/",
        anchors: &anchors,
        without_ids: false,
        item_ids: &press_core::render::record::anchors(&issue),
        on_page: true,
        events: Some("/events/"),
        archive: None,
    };
    let html = article::render(&document, &issue, options).html;
    let dangers = browser::dangers(&html);
    prop_assert!(dangers.is_empty(), "{dangers:?} in {html:?}");
    // Nothing of an issue can end the element that it stands in.
    let (mut open, mut lowest) = (0i64, 0i64);
    for tag in browser::tags(&html) {
        if matches!(tag.name.as_str(), "article" | "main" | "section" | "div") {
            open += if tag.opens { 1 } else { -1 };
            lowest = lowest.min(open);
        }
    }
    prop_assert_eq!((open, lowest), (0, 0), "{:?}", html);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_destination_can_be_replaced_by_its_span(text in generate::issue()) {
        for format in formats() {
            destination_can_be_replaced(&text, &format)?;
        }
    }

    #[test]
    fn a_links_text_can_be_replaced_by_its_span(text in generate::issue()) {
        for format in formats() {
            text_can_be_replaced(&text, &format)?;
        }
    }

    #[test]
    fn every_span_of_an_issue_is_sound(text in generate::issue()) {
        for format in formats() {
            spans_are_sound(&text, &format)?;
        }
    }

    #[test]
    fn every_span_of_noise_is_sound(text in generate::noise()) {
        for format in formats() {
            spans_are_sound(&text, &format)?;
        }
    }

    #[test]
    fn every_span_of_any_text_is_sound(text in any::<String>()) {
        spans_are_sound(&text, &generate::format(Definitions::First))?;
    }

    #[test]
    fn an_issue_renders_to_harmless_html(text in generate::issue()) {
        rendering_is_harmless(&text, &generate::format(Definitions::First))?;
    }

    #[test]
    fn noise_renders_to_harmless_html(text in generate::noise()) {
        rendering_is_harmless(&text, &generate::format(Definitions::First))?;
    }

    #[test]
    fn any_text_renders_to_harmless_html(text in any::<String>()) {
        rendering_is_harmless(&text, &generate::format(Definitions::First))?;
    }
}

// What these properties found; each stands alone so that it can be read.

#[test]
fn a_definition_in_an_item_is_no_part_of_its_title() {
    let issue = Issue::parse(
        "* weekly\n\n  [x]: https://example.org/\n\n* [x][]\n",
        &Format::default(),
    );
    assert_eq!(issue.items[0].title, "weekly");
}

#[test]
fn an_empty_items_text_lies_in_the_item() {
    let issue = Issue::parse("-\n[", &Format::default());
    let item = &issue.items[0];
    assert!(item.span.contains(item.text), "{item:?}");
}

#[test]
fn parentheses_in_a_destination_leave_no_trace() {
    for destination in ["https://example.org/a_(b)", "<https://example.org/a)b>"] {
        let text = format!("* [x](/x) by [Ada]({destination}) and Bob\n");
        let issue = Issue::parse(&text, &Format::default());
        assert_eq!(issue.items[0].authors, ["Ada", "Bob"], "{destination}");
    }
}
