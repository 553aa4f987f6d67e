//! HTML from plain words and their links: records keep no markup.

use super::super::sanitise::{escape, runs_code};
use std::fmt;

/// A text for HTML.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&escape(self.0))
    }
}

/// An address as it is anywhere: one on the site gets the site's own before it. None if it would run code, or is none.
pub(super) fn absolute(url: &str, root: &str) -> Option<String> {
    let url = url.trim();
    if url.is_empty() || runs_code(url) {
        return None;
    }
    let own = url.starts_with('/') && !url.starts_with("//");
    let full = own || url.starts_with("//") || url.contains(':');
    full.then(|| match own {
        true => format!("{root}{url}"),
        false => url.to_owned(),
    })
}

/// Words with their links: each link's text is looked for behind the one before.
pub(super) fn linked(words: &str, links: &[(String, String)], root: &str) -> String {
    let mut html = String::with_capacity(words.len() * 2);
    let mut rest = words;
    for (text, url) in links {
        let Some(url) = absolute(url, root) else {
            continue;
        };
        let text = crate::text::collapsed(text);
        let Some(at) = rest.find(&text).filter(|_| !text.is_empty()) else {
            continue;
        };
        html.push_str(&escape(&rest[..at]));
        html.push_str(&format!(
            "<a href=\"{}\">{}</a>",
            escape(&url),
            escape(&text)
        ));
        rest = &rest[at + text.len()..];
    }
    html.push_str(&escape(rest));
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_their_links_again() {
        let link = |text: &str, url: &str| (text.to_owned(), url.to_owned());
        let links = [
            link("a", "https://a.example/?x&y"),
            link("gone", "https://b.example"),
            link("wall", "/wall"),
            link("run", "javascript:alert(1)"),
        ];
        assert_eq!(
            linked("by <b>, a on the wall, run", &links, "https://c.example/w"),
            "by &lt;b&gt;, <a href=\"https://a.example/?x&amp;y\">a</a> on the \
             <a href=\"https://c.example/w/wall\">wall</a>, run"
        );
    }
}
