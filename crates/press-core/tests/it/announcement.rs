//! Posts made of titles that were written to do harm: they fit, keep their address whole, call nobody and are no markup.

use press_core::announcement::{
    Facts, Feature, Highlight, Measure, Style, compose, discussion, facets, shortened,
};
use press_core::format::Format;
use press_core::text::plain_line;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

const STYLES: [Style; 4] = [Style::Plain, Style::Markdown, Style::Zulip, Style::Slack];

/// What breaks programs that post.
const PIECES: &[&str] = &[
    "@everyone",
    "@here",
    "@channel",
    "@room",
    "@ada@social.example",
    "@**all**",
    "@_**Ada|7**",
    "@*team*",
    "<@123>",
    "<@&99>",
    "<!channel>",
    "<!subteam^S1>",
    "<#C1|x>",
    "u/ada",
    "/u/ada",
    "#42",
    "#**general**",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇩🇪🇵",
    "e\u{301}\u{302}",
    "\u{202e}",
    "\u{200f}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "العربية",
    "Ünïcödé",
    "**",
    "*",
    "_",
    "__",
    "~~",
    "`",
    "```",
    "||",
    "$$",
    "[",
    "](",
    ")",
    "](http://evil.example)",
    "![",
    "<b>",
    "</a>",
    "&amp;",
    "&#64;",
    "\\",
    "\\*",
    "> ",
    "- ",
    "+ ",
    "1. ",
    "2) ",
    "# ",
    "===",
    "---",
    "\n",
    "\r\n\r\n",
    "\t",
    "\u{0}",
    "\u{1b}[2J",
    "{{ 7 }}",
    "{% x %}",
    "http://evil.example/@x",
    "https://",
    "x",
    " ",
    "…",
    "^",
    "^(a)",
    "＠everyone",
    "/poll",
    "/me ",
];

fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => (prop::sample::select(PIECES), 1usize..400).prop_map(|(piece, count)| piece.repeat(count)),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn measures() -> impl Strategy<Value = Measure> {
    prop_oneof![
        (120usize..400).prop_map(|most| Measure::Signs { most, bytes: 3_000 }),
        (120usize..600).prop_map(|most| Measure::Mastodon { most, address: 23 }),
        (200usize..2_000).prop_map(Measure::Units),
        (200usize..4_000).prop_map(Measure::Characters),
        (300usize..9_000).prop_map(Measure::Bytes),
    ]
}

const TEMPLATE: &str = "{{ title }} is out: {{ url }}\n\n{% for one in highlights %}\n* {{ one.section }}: {{ link(one.text, one.url) }}\n{% endfor %}\n";
const URL: &str = "https://gull.example/issues/53/?a=b&c=d";

fn facts(title: String, rest: Vec<(String, String)>) -> Facts {
    let highlight = |(section, text)| Highlight {
        section,
        text,
        url: "https://gull.example/x_(y)".to_owned(),
    };
    Facts {
        title,
        url: URL.to_owned(),
        highlights: rest.into_iter().map(highlight).collect(),
        ..Facts::sample()
    }
}

/// Whether a text holds an address that ends where it ends.
fn has_whole(text: &str, url: &str) -> bool {
    text.match_indices(url).any(|(at, url)| {
        let next = text[at + url.len()..].chars().next();
        next.is_none_or(|sign| sign.is_whitespace() || ")|>".contains(sign))
    })
}

fn calls_nobody(text: &str) -> bool {
    let at = |sign: char| matches!(sign, '@' | '＠');
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if at(sign) && signs.peek() != Some(&'\u{200b}') {
            return false;
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_text_fits_and_is_whole(
        title in words(),
        rest in prop::collection::vec((words(), words()), 0..4),
        measure in measures(),
        style in prop::sample::select(&STYLES[..]),
    ) {
        let facts = facts(title, rest);
        let composed = compose(&facts, TEMPLATE, style, measure).unwrap();
        let text = &composed.text;
        prop_assert!(measure.fits(text), "{} of {measure:?}: {text}", composed.length);
        prop_assert!(has_whole(text, URL), "{text}");
        prop_assert!(calls_nobody(text), "{text}");
        prop_assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{0}', '\r']), "{text:?}");
        // A title is one line, so that it cannot begin another.
        let first = text.lines().next().unwrap_or_default();
        prop_assert!(first.ends_with(URL), "{text}");
        if style == Style::Slack {
            for open in text.match_indices('<') {
                prop_assert!(text[open.0..].starts_with("<https://gull.example/"), "{text}");
            }
        }
        if composed.shortened {
            prop_assert_eq!(composed.highlights, 0);
        }
        // What fits with one highlight more would have had it.
        if composed.highlights < facts.highlights.len() {
            let more = Facts {
                highlights: facts.highlights[..=composed.highlights].to_vec(),
                ..facts.clone()
            };
            let other = compose(&more, TEMPLATE, style, measure).unwrap();
            prop_assert_eq!(other.highlights, composed.highlights);
        }
    }

    #[test]
    fn markdown_of_a_value_is_the_value(value in words()) {
        let escaped = Style::Markdown.escape(&value);
        let options = Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        let mut shown = String::new();
        for event in Parser::new_ext(&escaped, options) {
            match event {
                Event::Text(text) => shown.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                other => prop_assert!(false, "{other:?} in {escaped:?}"),
            }
        }
        prop_assert_eq!(shown.replace('\u{200b}', ""), plain_line(&value));
    }

    #[test]
    fn zulip_sees_no_pairs_and_no_links(value in words()) {
        let escaped = Style::Zulip.escape(&value);
        for pair in ["**", "~~", "``", "$$", "||", "](", "@*", "@_", "#*"] {
            prop_assert!(!escaped.contains(pair), "{pair} in {escaped}");
        }
        prop_assert!(!escaped.starts_with(['>', '-', '+', '/']), "{escaped}");
    }

    #[test]
    fn facets_are_parts_of_their_text(text in words(), tail in words()) {
        let text = format!("{text} {URL} {tail}");
        let mut end = 0;
        let mut own = false;
        for facet in facets(&text) {
            prop_assert!(facet.start >= end && facet.start < facet.end);
            end = facet.end;
            let part = &text[facet.start..facet.end];
            match facet.feature {
                Feature::Link(url) => {
                    own |= url == URL;
                    prop_assert_eq!(part, url);
                }
                Feature::Tag(tag) => prop_assert_eq!(part.trim_start_matches(['#', '＃']), tag.trim_start_matches(['#', '＃'])),
            }
        }
        prop_assert!(own, "{text}");
    }

    #[test]
    fn shortening_leaves_a_beginning(text in words(), most in 0usize..40, bytes in 0usize..200) {
        let short = shortened(&text, most, bytes);
        if short != text {
            let beginning = short.strip_suffix('…').unwrap();
            prop_assert!(text.starts_with(beginning));
            prop_assert!(beginning.len() <= bytes);
        }
    }

    #[test]
    fn a_discussion_changes_nothing_else(text in words(), before in words(), number in 0u32..9) {
        let old = "[Discuss on r/gulls](https://old.example/)";
        let text = format!("{before}\n\nA paragraph {old} of {text}");
        let thread = discussion::Thread {
            name: "r/gulls".to_owned(),
            url: format!("https://forum.example/{number}"),
        };
        let format = Format::default();
        let Some(placed) = discussion::place(&text, &format, discussion::LINE, std::slice::from_ref(&thread)) else {
            return Ok(());
        };
        let new = old.replace("https://old.example/", &thread.url);
        let line = format!("\n[Discuss on r/gulls]({})\n", thread.url);
        prop_assert!(
            placed == text.replacen(old, &new, 1) || placed.starts_with(&text) && placed.ends_with(&line),
            "{placed}"
        );
        prop_assert_eq!(
            discussion::place(&placed, &format, discussion::LINE, &[thread]),
            Some(placed)
        );
    }
}
