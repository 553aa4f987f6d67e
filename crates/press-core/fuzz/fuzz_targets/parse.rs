//! Any bytes as an issue: reading and rendering never panic, every span is sound, and nothing that runs comes out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use press_core::format::{Definitions, Format, SectionKind, SectionSpec};
use press_core::issue::{Document, Issue, Source};
use press_core::render::article::{self, ArticleOptions};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for definitions in [Definitions::First, Definitions::Nearest] {
        let sections = vec![
            SectionSpec::new("links", SectionKind::Links, "Links"),
            SectionSpec::new("events", SectionKind::Events, "Events"),
            SectionSpec::new("papers", SectionKind::Papers, "Papers"),
        ];
        let format = Format::new(sections, Vec::new(), definitions);
        let source = Source::new(text, definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &format);
        assert_eq!(issue.text(), text);
        let links = issue
            .links
            .iter()
            .flat_map(|link| [Some(link.span), Some(link.text), link.destination]);
        let items = issue
            .items
            .iter()
            .flat_map(|item| [Some(item.span), Some(item.text), item.note]);
        for span in links.chain(items).flatten() {
            assert!(text.get(span.start..span.end).is_some(), "{span:?}");
        }
        let html = article::render(&document, &issue, ArticleOptions::default()).html;
        assert!(!html.to_ascii_lowercase().contains("<script"), "{html}");
    }
});
