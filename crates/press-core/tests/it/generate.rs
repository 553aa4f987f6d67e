//! Texts that look like issues: every construct that thirteen years of a newsletter used, and every one
//! that makes places hard to find.

use press_core::format::{Definitions, Format, SectionKind, SectionSpec};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The labels of references: few, so that they meet, and some that need normalising.
const LABELS: &[&str] = &[
    "one", "Two", "drei ü", "a  b", "`x`", "r#1", "issue-4", "ÉTÉ", "c&amp;d", "l\\*m",
];

const WORDS: &[&str] = &[
    "weekly",
    "Rust",
    "ünïcode",
    "日本語",
    "🦀",
    "don't",
    "a_b_c",
    "x*y",
    "2 < 3",
    "R&D",
    "50%",
    "naïve",
    "e\u{301}",
    "“so”",
    "–",
    "foo!",
    "1.0",
    "C++",
    "#42",
    "@who",
    "Vec<T>",
    "a | b",
    "~",
    "~~gone~~",
    "snake_case_",
    "\u{a0}",
    "\u{200b}",
    "مرحبا",
];

const URLS: &[&str] = &[
    "https://example.org/",
    "https://example.org/a_(b)",
    "https://example.org/a_(b_(c))",
    "https://example.org/?a=1&b=2",
    "https://example.org/?a=1&amp;b=2",
    "https://example.org/esc\\_aped\\)",
    "https://example.org/ä/日本",
    "https://example.org/#frag[1]",
    "<https://example.org/in angle>",
    "<https://example.org/a)b>",
    "<>",
    "/rooted/",
    "#here",
    "relative.html",
    "mailto:a@b.org",
    "https://example.org/a*b*c_d_",
    "https://example.org/`code`",
    "https://github.com/owner/name/pull/123",
];

const AUTO: &[&str] = &[
    "<https://example.org/auto>",
    "<https://example.org/auto?a=1&b=[x]>",
    "<irc://chat.example/room>",
    "<someone@example.org>",
];

/// Small things that stand in a line.
const ATOMS: &[&str] = &[
    "`code`",
    "`a ] b`",
    "``x ` y``",
    "`[not](a link)`",
    "\\[esc\\]",
    "\\*",
    "\\`",
    "\\\\",
    "&amp;",
    "&copy;",
    "&#x5b;",
    "*em*",
    "**strong**",
    "_em_",
    "***both***",
    "<br>",
    "<small>small</small>",
    "<!-- inline ] -->",
    "[plain brackets]",
    "[^1]",
    "\\|",
    "!",
    "]",
    "[",
    "(",
    ")",
    "*",
    "`",
    "<",
    "a\\\nb",
    "line  \nbreak",
    "[ ]",
    "[]",
    "[]()",
    "![](i.png)",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(WORDS).prop_map(str::to_owned),
        2 => select(ATOMS).prop_map(str::to_owned),
    ]
}

/// Text that may stand between brackets.
fn link_text() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => vec(select(WORDS), 1..4).prop_map(|words| words.join(" ")),
        1 => Just(String::new()),
        1 => select(vec![
            "a [b] c", "[[b]]", "`]`", "\\]", "**bold**", "*a* `b`", "\\[video\\] x", "![alt](https://example.org/i.png)",
            "![nested [alt]](/i.png \"t\") tail", "two\nlines", "a | b", "&#93;", "<b>raw</b>", "x <!-- ] --> y",
        ]).prop_map(str::to_owned),
    ]
}

fn title() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "",
        " \"a title\"",
        " 'a ) title'",
        " (paren)",
        "\n\"next line\"",
        "  ",
        "\"glued\"",
    ])
}

fn link() -> impl Strategy<Value = String> {
    let bang = || prop_oneof![8 => Just(""), 1 => Just("!")];
    prop_oneof![
        6 => (bang(), link_text(), select(URLS), title())
            .prop_map(|(bang, text, url, title)| format!("{bang}[{text}]({url}{title})")),
        1 => (link_text(), select(URLS)).prop_map(|(text, url)| format!("[{text}]( {url} )")),
        1 => link_text().prop_map(|text| format!("[{text}]()")),
        2 => (bang(), link_text(), select(LABELS))
            .prop_map(|(bang, text, label)| format!("{bang}[{text}][{label}]")),
        1 => (bang(), select(LABELS)).prop_map(|(bang, label)| format!("{bang}[{label}][]")),
        2 => (bang(), select(LABELS)).prop_map(|(bang, label)| format!("{bang}[{label}]")),
        1 => select(AUTO).prop_map(str::to_owned),
        1 => (link_text(), select(URLS)).prop_map(|(text, url)| format!("**[{text}]({url})**")),
    ]
}

/// A run of words and links in one paragraph.
fn inline() -> impl Strategy<Value = String> {
    let part = prop_oneof![3 => word(), 2 => link()];
    (vec(part, 1..6), select(vec![" ", " ", " ", "", ", ", "\n"]))
        .prop_map(|(parts, between)| parts.join(between))
}

fn marks() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "",
        "[video] ",
        "\\[audio\\] ",
        "`[ES]` ",
        "[ZH|EN] ",
        "[series] [video] ",
        "podcast: ",
        "[odd] ",
    ])
}

fn item() -> impl Strategy<Value = String> {
    let bullet = select(vec!["* ", "- ", "+ ", "1. ", "12) ", "*   ", "* "]);
    let note = select(vec![
        "",
        "",
        " by Ada and Bob",
        ". By someone",
        " (note)",
        " - [more](https://example.org/more)",
    ]);
    let nested = select(vec![
        "",
        "",
        "",
        "\n    * [nested](https://example.org/nested) tail",
        "\n  - one\n  - two\n",
        "\n\n    a paragraph",
        "\n    > quoted",
        "\n    ```\n    [x](y)\n    ```",
        "\nlazy [line](https://example.org/lazy)",
    ]);
    (bullet, marks(), inline(), note, nested).prop_map(|(bullet, marks, text, note, nested)| {
        format!("{bullet}{marks}{text}{note}{nested}")
    })
}

fn event() -> impl Strategy<Value = String> {
    let when = select(vec![
        "2026-02-25",
        "2026-02-25 - 2026-02-27",
        "2026-02-25 | 2026-02-26",
        "someday",
    ]);
    let place = select(vec![
        "Virtual",
        "Virtual (Berlin, DE)",
        "Hybrid (Seattle, WA, US)",
        "Paris, FR",
        "",
    ]);
    (
        when,
        place,
        link(),
        select(vec!["**", ""]),
        link_text(),
        select(URLS),
    )
        .prop_map(|(when, place, group, strong, text, url)| {
            format!("* {when} | {place} | {group}\n    * [{strong}{text}{strong}]({url})")
        })
}

fn heading() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        3 => select(vec!["Links", "Upcoming Events", "Events", "Jobs", "Quote of the Week", "Nobody knows this"])
            .prop_map(str::to_owned),
        2 => inline().prop_map(|text| text.replace('\n', " ")),
    ];
    (
        select(vec!["# ", "## ", "### ", "###### ", "SETEXT", "  ## "]),
        text,
        select(vec!["", " ##", " #", ":"]),
    )
        .prop_map(|(marker, text, tail)| match marker {
            "SETEXT" => format!("{text}\n---"),
            _ => format!("{marker}{text}{tail}"),
        })
}

fn table() -> impl Strategy<Value = String> {
    (link(), word(), select(vec!["|---|:-:|", "| :-- | --: |"])).prop_map(|(one, two, rule)| {
        let flat = |text: String| text.replace('\n', " ").replace('|', "\\|");
        format!("| a | b |\n{rule}\n| {} | {} |", flat(one), flat(two))
    })
}

fn definition() -> impl Strategy<Value = String> {
    let url = select(URLS).prop_filter("an empty destination", |url| *url != "<>");
    (
        select(vec!["", "", "  "]),
        select(LABELS),
        url,
        select(vec!["", "", " \"t\"", "\n  'next line'"]),
    )
        .prop_map(|(indent, label, url, title)| format!("{indent}[{label}]: {url}{title}"))
}

fn block() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => inline(),
        6 => vec(item(), 1..4).prop_map(|items| items.join("\n")),
        2 => vec(event(), 1..3).prop_map(|events| events.join("\n")),
        4 => heading(),
        1 => table(),
        3 => vec(definition(), 1..4).prop_map(|lines| lines.join("\n")),
        1 => inline().prop_map(|text| format!("> {}", text.replace('\n', "\n> "))),
        1 => vec(item(), 1..3).prop_map(|items| format!("> {}", items.join("\n").replace('\n', "\n> "))),
        2 => select(vec![
            "<!-- a comment\nwith [a](b) inside -->",
            "```rust\nfn f() { [x](y) }\n```",
            "    indented [code](x)",
            "---",
            "<div>\n\n[in html](https://example.org/)\n\n</div>",
            "<details><summary>more</summary>\n* x\n</details>",
            "[^1]: a footnote with [a link](https://example.org/note)",
            "<!-- one --> <!-- two -->",
            "\u{c}",
            "\t",
        ]).prop_map(str::to_owned),
    ]
}

fn front_matter() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "Title: This Week 7\nNumber: 7\nDate: 2026-02-25\nCategory: This Week\n\n",
        "---\ntitle: This Week 7\ndate: 2026-02-25\ntags:\n  - [a](b)\n---\n\n",
        "+++\ntitle = \"This Week 7\"\ndate = 2026-02-25\n+++\n",
        "\u{feff}Title: Marked ü\nDate: 2026-02-25\n\n",
    ])
}

/// A whole issue.
pub(crate) fn issue() -> impl Strategy<Value = String> {
    let between = select(vec!["\n\n", "\n\n", "\n\n", "\n\n", "\n", "\n\n\n"]);
    let ending = select(vec!["\n", "\n", "", "\n\n", "  "]);
    (
        front_matter(),
        vec((block(), between), 0..12),
        ending,
        prop_oneof![4 => Just(false), 1 => Just(true)],
    )
        .prop_map(|(front, blocks, ending, carriage_returns)| {
            let mut text = front.to_owned();
            for (block, between) in blocks {
                text.push_str(&block);
                text.push_str(between);
            }
            text.push_str(ending);
            if carriage_returns {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
}

/// Runs of the characters that mean something in Markdown and HTML: no text anybody meant to write.
pub(crate) fn noise() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "!",
        "*",
        "_",
        "`",
        "~",
        "#",
        "-",
        "+",
        "|",
        "\\",
        "&",
        ";",
        ":",
        "\"",
        "'",
        "=",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "    ",
        "a",
        "ü",
        "🦀",
        "\0",
        "\u{1}",
        "\u{b}",
        "\u{7f}",
        "\u{feff}",
        "\u{2028}",
        "](",
        "][",
        "]:",
        "[^",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<a href=",
        "javascript:",
        "onclick=",
        "<img src=x onerror=",
        "<style>",
        "<![CDATA[",
        "<?",
        "```",
        "---\n",
        "+++\n",
        "Title: x\n",
        "* ",
        "1. ",
        "> ",
        "    * ",
        "|---|\n",
        "| a | b |\n",
        "http://a.b/",
        "<http://a.b>",
        "[x]: y\n",
        "[x]",
        "[video] ",
        "&#x6a;",
        "&colon;",
    ]);
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A newsletter's format with a section of most kinds.
pub(crate) fn format(definitions: Definitions) -> Format {
    let section = |id: &str, kind, title: &str| SectionSpec::new(id, kind, title);
    let mut region = section("virtual", SectionKind::Events, "Virtual");
    region.parent = Some(1);
    let sections = vec![
        section("links", SectionKind::Links, "Links"),
        section("events", SectionKind::Events, "Upcoming Events").with_names(["Events"]),
        region,
        section("jobs", SectionKind::Jobs, "Jobs").with_openings(["weekly Rust"]),
        section("quote", SectionKind::Quote, "Quote of the Week"),
    ];
    Format::new(sections, Vec::new(), definitions)
}
