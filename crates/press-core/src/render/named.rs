//! Links that are called "here": where they lead, for those to whom the sentence around them is not at hand.
//!
//! With a screen reader many go from link to link, or look through a list of them (WCAG 2.2, 2.4.9), and search engines
//! take a link's text for what the other page is about. The words of an issue are its editors', so nothing of them is
//! changed: the host stands behind them, out of sight.

use super::record::host_of;
use super::sanitise::escape;
use pulldown_cmark::{Event, Tag};

/// Texts that say nothing of where a link leads, in small letters, in the languages of newsletters that we know.
const EMPTY: &[&str] = &[
    "click here",
    "details",
    "go",
    "here",
    "info",
    "information",
    "learn more",
    "link",
    "more",
    "more info",
    "more information",
    "read more",
    "right here",
    "see here",
    "see more",
    "source",
    "start",
    "this",
    "this link",
    // German
    "dies",
    "hier",
    "hier klicken",
    "klicke hier",
    "mehr",
    "mehr lesen",
    "siehe",
    "weiterlesen",
    // French
    "cliquez ici",
    "en savoir plus",
    "ici",
    "lien",
    "lire la suite",
    // Spanish
    "aquí",
    "enlace",
    "este enlace",
    "leer más",
    "más",
    "más información",
    // Portuguese
    "aqui",
    "clique aqui",
    "mais",
    "mais informações",
    "saiba mais",
    "veja mais",
    // Russian
    "здесь",
    "подробнее",
    "ссылка",
    "тут",
    // Chinese
    "这里",
    "這裡",
    "更多",
    "链接",
    // Japanese
    "こちら",
    "ここ",
    "リンク",
    "続きを読む",
    // Korean
    "링크",
    "여기",
    "자세히",
];

/// What belongs behind the text of a link that has just been written, as HTML: nothing unless the text is empty words
/// and the link leads to another host.
pub(super) fn behind(written: &[Event<'_>]) -> Option<String> {
    let [
        ..,
        Event::Start(Tag::Link { dest_url, .. }),
        Event::Text(text),
    ] = written
    else {
        return None;
    };
    let words = text.trim_matches(|sign: char| !sign.is_alphanumeric());
    // Most links are titles, and longer than that.
    if words.len() > 40 || !EMPTY.contains(&words.to_lowercase().as_str()) {
        return None;
    }
    let host = host_of(dest_url);
    (!host.is_empty()).then(|| format!("<span class=\"unseen\"> ({})</span>", escape(&host)))
}

#[cfg(test)]
mod tests {
    use crate::format::Format;
    use crate::issue::markdown::Source;
    use crate::issue::{Document, Issue};
    use crate::render::article::{ArticleOptions, render};

    fn html(text: &str, on_page: bool) -> String {
        let format = Format::default();
        let source = Source::new(text, format.definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &format);
        let options = ArticleOptions {
            on_page,
            ..ArticleOptions::default()
        };
        render(&document, &issue, options).html
    }

    #[test]
    fn a_link_called_here_says_where_it_leads() {
        let host = "<span class=\"unseen\"> (tern.example)</span></a>";
        for words in ["here", "Here", "here.", "read more…", "Hier", "こちら"] {
            let text = format!("Send it [{words}](https://www.tern.example/send)!\n");
            assert!(html(&text, true).contains(host), "{words}");
            assert!(!html(&text, false).contains("unseen"), "{words}");
        }
        // As most are written: with a definition.
        assert!(html("Tasks [here][to].\n\n[to]: https://tern.example/\n", true).contains(host));
    }

    #[test]
    fn a_link_that_says_something_stays_as_it_is() {
        for link in [
            "[How terns sleep](https://tern.example/)",
            "[here be dragons](https://tern.example/)",
            "[more](/archive/)",
            "[more](#quotes)",
            "[more](mailto:ada@tern.example)",
            "[](https://tern.example/)",
            "[`here`](https://tern.example/)",
            "[here](javascript:alert(1))",
        ] {
            assert!(!html(link, true).contains("unseen"), "{link}");
        }
    }
}
