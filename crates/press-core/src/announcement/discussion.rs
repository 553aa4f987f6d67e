//! Where an issue is discussed, written into the issue: `[Discuss on r/tern](https://…)`.
//!
//! The link can be known only when the issue is out, so it comes in afterwards. Where the newsletter has such a link
//! already, its address is changed; else a line of its own is added at the end. Nothing else changes by a byte.

use super::style::address;
use crate::diagnostic::Edit;
use crate::format::Format;
use crate::issue::Issue;
use crate::issue::edit::apply;
use crate::span::Span;

/// How such a line is written, unless the newsletter says otherwise.
pub const LINE: &str = "[Discuss on {name}]({url})";

/// A place where an issue is discussed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// What the place is called: "r/tern".
    pub name: String,
    /// Where.
    pub url: String,
}

/// The words of the link in a line, with `{name}` in them; nothing if the line is no such line.
pub fn label(line: &str) -> Option<&str> {
    let (before, _) = line.split_once("]({url})")?;
    let (_, label) = before.rsplit_once('[')?;
    let once = line.matches("{url}").count() == 1 && line.matches("{name}").count() == 1;
    (once && label.contains("{name}") && !line.contains(['\n', '\r'])).then_some(label)
}

/// An issue's text with links to where it is discussed; `None` if a line cannot be added, since the text ends in
/// something that swallows it, such as an open comment.
pub fn place(text: &str, format: &Format, line: &str, threads: &[Thread]) -> Option<String> {
    let mut text = text.to_owned();
    for thread in threads {
        text = place_one(&text, format, line, thread)?;
    }
    Some(text)
}

fn place_one(text: &str, format: &Format, line: &str, thread: &Thread) -> Option<String> {
    let url = address(&thread.url);
    let label = label(line)?.replace("{name}", &thread.name);
    if url.is_empty() || thread.name.contains(['[', ']', '\n', '\r']) {
        return None;
    }
    let shown = crate::issue::plain_text(&label);
    if let Some((span, known)) = find(text, format, &shown) {
        if known == url {
            return Some(text.to_owned());
        }
        let link = format!("[{label}]({url})");
        return apply(text, &[Edit { span, text: link }]).ok();
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = line.replace("{name}", &thread.name).replace("{url}", &url);
    let mut changed = text.to_owned();
    let empty = [end, end].concat();
    while !changed.is_empty() && !changed.ends_with(&empty) {
        changed.push_str(end);
    }
    changed.push_str(&line);
    changed.push_str(end);
    find(&changed, format, &shown)
        .is_some_and(|(_, known)| known == url)
        .then_some(changed)
}

/// The last link with these words: where it stands and where it leads.
fn find(text: &str, format: &Format, words: &str) -> Option<(Span, String)> {
    let links = Issue::parse(text, format).links.into_iter();
    let named = links.filter(|link| !link.image && link.title == words);
    named.map(|link| (link.span, link.url)).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "<small>[Discuss on {name}]({url})</small>";

    fn thread(name: &str, number: u32) -> Thread {
        Thread {
            name: name.to_owned(),
            url: format!("https://forum.example/t/{number}"),
        }
    }

    fn placed(text: &str, line: &str, threads: &[Thread]) -> Option<String> {
        let placed = place(text, &Format::default(), line, threads)?;
        let again = place(&placed, &Format::default(), line, threads);
        assert_eq!(again.as_deref(), Some(placed.as_str()));
        Some(placed)
    }

    #[test]
    fn a_link_that_is_there_gets_the_address() {
        let text =
            "Title: X\n\nHi  \n\n<small>[Discuss on r/tern](LINK_HERE), or not</small>\n\n\tend";
        let now = text.replace("LINK_HERE", "https://forum.example/t/7");
        assert_eq!(placed(text, SMALL, &[thread("r/tern", 7)]), Some(now));
        let reference = "[Discuss on r/tern][d]\n\n[d]: https://old.example/\n";
        assert_eq!(
            placed(reference, LINE, &[thread("r/tern", 8)]).as_deref(),
            Some("[Discuss on r/tern](https://forum.example/t/8)\n\n[d]: https://old.example/\n")
        );
    }

    #[test]
    fn without_one_a_line_comes_to_the_end() {
        let threads = [thread("the forum", 1), thread("r/tern", 2)];
        assert_eq!(
            placed("Hi", SMALL, &threads).as_deref(),
            Some(
                "Hi\n\n<small>[Discuss on the forum](https://forum.example/t/1)</small>\n\n\
                 <small>[Discuss on r/tern](https://forum.example/t/2)</small>\n"
            )
        );
        assert_eq!(
            placed("Hi\r\n", LINE, &threads[..1]).as_deref(),
            Some("Hi\r\n\r\n[Discuss on the forum](https://forum.example/t/1)\r\n")
        );
        assert_eq!(placed("Hi\n\n<!-- open", LINE, &threads), None);
        assert_eq!(placed("Hi\n\n```\ncode", LINE, &threads), None);
    }

    #[test]
    fn addresses_that_would_break_the_link_are_written_out() {
        let odd = Thread {
            name: "r/tern".to_owned(),
            url: "https://forum.example/a) b".to_owned(),
        };
        assert_eq!(
            placed("", LINE, &[odd]).as_deref(),
            Some("[Discuss on r/tern](https://forum.example/a%29%20b)\n")
        );
        let evil = Thread {
            name: "r/tern".to_owned(),
            url: "javascript:alert(1)".to_owned(),
        };
        assert_eq!(placed("", LINE, &[evil]), None);
    }

    #[test]
    fn a_line_names_the_place_once() {
        assert_eq!(label(SMALL), Some("Discuss on {name}"));
        for wrong in [
            "",
            "[Discuss]({url})",
            "{name} {url}",
            "[{name}]({url}) {url}",
            "a\n[{name}]({url})",
        ] {
            assert_eq!(label(wrong), None, "{wrong}");
        }
    }
}
