//! HTML that strangers wrote, made harmless. The work is ammonia's; here is what an issue may contain.

use ammonia::Builder;
use std::sync::LazyLock;

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    let inline = [
        "small",
        "details",
        "summary",
        "figure",
        "figcaption",
        "ins",
        "s",
        "wbr",
        "section",
        "picture",
    ];
    builder
        .add_tags(inline)
        .add_generic_attributes(["id", "lang", "dir", "title"])
        .add_tag_attributes("details", ["open"])
        .add_tag_attributes("th", ["scope", "class"])
        .add_tag_attributes("ol", ["start"])
        .add_url_schemes(["irc", "ircs", "matrix", "tel", "gemini", "gopher"])
        .link_rel(None);
    // Only what our own renderer writes: labels, alignment, footnotes, the language of code.
    for tag in ["span", "td", "sup", "div", "code"] {
        builder.add_tag_attributes(tag, ["class"]);
    }
    // The same on what may carry a word for reading modes.
    for tag in ["h2", "h3", "h4", "h5", "h6", "li", "p"] {
        builder.add_allowed_classes(tag, ["article"]);
    }
    builder
});

/// `html` without anything that could run, load or disguise; also well-formed.
pub fn clean(html: &str) -> String {
    SANITISER.clean(html).to_string()
}

/// Whether a link to `url` would run code or show made-up content in the page's name.
pub fn runs_code(url: &str) -> bool {
    // Browsers skip control characters and white space in a scheme, so they are skipped here.
    let scheme: String = url
        .chars()
        .take_while(|character| !matches!(character, '/' | '?' | '#'))
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .take(32)
        .collect();
    let Some((scheme, _)) = scheme.split_once(':') else {
        return false;
    };
    let scheme = scheme.to_ascii_lowercase();
    [
        "javascript",
        "vbscript",
        "livescript",
        "data",
        "blob",
        "filesystem",
        "view-source",
        "jar",
        "about",
        "file",
    ]
    .contains(&scheme.as_str())
}

/// A comment that may go on over several pieces of raw HTML.
#[derive(Debug, Default)]
pub(super) struct Comment {
    open: bool,
}

impl Comment {
    /// What of the next piece stands outside of a comment with which it begins, or which an earlier one began.
    pub(super) fn strip<'h>(&mut self, html: &'h str) -> &'h str {
        if !self.open && !html.trim_start().starts_with("<!--") {
            return html;
        }
        let end = html.find("-->");
        self.open = end.is_none();
        end.map_or("", |end| &html[end + 3..])
    }
}

/// Whether `html` begins with a tag of HTML, and not with something like `<T>`.
pub(super) fn is_element(html: &str) -> bool {
    let inner = html
        .trim_start()
        .trim_start_matches('<')
        .trim_start_matches('/');
    let name: String = inner
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let ended = inner[name.len()..]
        .chars()
        .next()
        .is_none_or(|next| !matches!(next, '-' | '_' | ':' | ','));
    ended && ELEMENTS.contains(&name.to_ascii_lowercase().as_str())
}

/// Text for HTML: the characters that mean something are written as entities.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Elements of HTML, obsolete ones included (HTML Living Standard, indices).
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "xmp",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_run_code_are_known_in_any_disguise() {
        for url in [
            "javascript:alert(1)",
            "JaVa\tScript:x",
            " \u{1}javascript://%0aalert(1)",
            "data:text/html,x",
        ] {
            assert!(runs_code(url), "{url}");
        }
        for url in [
            "https://example.org/javascript:",
            "/a:b",
            "#data:",
            "hhttps://example.org",
            "mailto:a@b.org",
        ] {
            assert!(!runs_code(url), "{url}");
        }
    }

    #[test]
    fn types_are_not_elements() {
        for html in ["<T>", "<dyn Trait>", "<CString>", "<my-tag>", "<Self>"] {
            assert!(!is_element(html), "{html}");
        }
        for html in ["<br />", "</small>", "<IMG src=x>", "<script>"] {
            assert!(is_element(html), "{html}");
        }
    }

    #[test]
    fn nothing_that_runs_is_left() {
        let hostile = "<p onclick=x()>a<script>alert(1)</script><a href=\"javascript:x\">b</a>\
            <iframe src=//x></iframe><svg onload=x></svg><b>c";
        assert_eq!(clean(hostile), "<p>a<a>b</a><b>c</b></p>");
    }
}
