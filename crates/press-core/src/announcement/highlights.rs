//! What of an issue is worth a mention elsewhere: the quote and the library of the week, the first link of each section.

use super::measure::shortened;
use crate::format::SectionKind;
use crate::issue::{Issue, Section};
use crate::text::plain_line;

/// Something worth a mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// The heading of its section.
    pub section: String,
    /// What it is, as plain text.
    pub text: String,
    /// Where it leads; nothing if nowhere.
    pub url: String,
}

/// Longest highlight, in signs and in bytes: one must not take the room of all others.
const SIGNS: usize = 120;
const BYTES: usize = 600;

/// The highlights of an issue: those of the sections `first` (their ids, in this order), and then the first link of each
/// other section of links if `others`; at most so many.
pub fn highlights(issue: &Issue, first: &[String], others: bool, most: usize) -> Vec<Highlight> {
    let named = first
        .iter()
        .flat_map(|id| of_id(issue, id).map(move |at| (at, id)));
    let named: Vec<usize> = named.map(|(at, _)| at).collect();
    let rest = (0..issue.sections.len()).filter(|at| {
        let section = &issue.sections[*at];
        others && section.kind == SectionKind::Links && !named.contains(at)
    });
    let mut found: Vec<Highlight> = Vec::new();
    for at in named.iter().copied().chain(rest) {
        if found.len() == most {
            break;
        }
        let highlight = of_section(issue, at).filter(|one| !one.text.is_empty());
        let known = |one: &Highlight| {
            let same = |known: &Highlight| known.url == one.url && known.text == one.text;
            found.iter().any(same)
        };
        found.extend(highlight.filter(|one| !known(one)));
    }
    found
}

fn of_id<'i>(issue: &'i Issue, id: &'i str) -> impl Iterator<Item = usize> + 'i {
    let sections = issue.sections.iter().enumerate();
    let named = move |section: &Section| section.id.as_deref() == Some(id);
    sections
        .filter(move |(_, section)| named(section))
        .map(|(at, _)| at)
}

/// What is best in a section: its quotation, its first item with a link, else its first link.
fn of_section(issue: &Issue, at: usize) -> Option<Highlight> {
    let section = &issue.sections[at];
    let highlight = |text: &str, url: &str| Highlight {
        section: shortened(&plain_line(&section.title), SIGNS, BYTES),
        text: shortened(&plain_line(text), SIGNS, BYTES),
        url: url.to_owned(),
    };
    if section.kind == SectionKind::Quote {
        return quoted(issue, section).map(|words| highlight(&format!("“{words}”"), ""));
    }
    let items = issue.items.iter();
    let mut items = items.filter(|item| section.span.contains(item.span));
    let linked = items.find_map(|item| {
        let link = &issue.links[item.link?];
        (!link.url.is_empty()).then_some((item.title.as_str(), link.url.as_str()))
    });
    let any = || {
        let links = issue.links.iter().filter(|link| !link.image);
        let mut own = links.filter(|link| section.content.contains(link.span));
        own.next()
            .map(|link| (link.title.as_str(), link.url.as_str()))
    };
    linked.or_else(any).map(|(text, url)| highlight(text, url))
}

/// The first quotation of a section, without its signs.
fn quoted(issue: &Issue, section: &Section) -> Option<String> {
    let text = section.content.of(issue.text());
    let lines = text.lines().map(str::trim_start);
    let quoted = lines
        .skip_while(|line| !line.starts_with('>'))
        .take_while(|line| line.starts_with('>'));
    let words: Vec<&str> = quoted
        .map(|line| line.trim_start_matches(['>', ' ']))
        .collect();
    let words = crate::issue::plain_text(&words.join(" "));
    let words = words.trim_matches(['“', '”', '"', ' ']);
    (!words.is_empty()).then(|| shortened(words, SIGNS - 3, BYTES - 9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Definitions, Format, SectionSpec};

    const ISSUE: &str = "Title: X\n\n## Links\n\n* [*One* of `them`](https://a.example/1) by Ada\n* [Two](https://a.example/2)\n\n\
        ## More\n\n### Deep\n\n* no link\n* [Three](https://a.example/3)\n\n## Library\n\nThis week's library is [gull](https://gull.example/).\n\n\
        ## Quote\n\n> We *like*\n> gulls.\n\n— Ada\n";

    fn issue() -> Issue {
        let spec = |id: &str, kind, title: &str| SectionSpec::new(id, kind, title);
        let mut deep = spec("deep", SectionKind::Links, "Deep");
        deep.parent = Some(1);
        let sections = vec![
            spec("links", SectionKind::Links, "Links"),
            spec("more", SectionKind::Group, "More"),
            deep,
            spec("library", SectionKind::Prose, "Library"),
            spec("quote", SectionKind::Quote, "Quote"),
        ];
        Issue::parse(
            ISSUE,
            &Format::new(sections, Vec::new(), Definitions::First),
        )
    }

    fn texts(first: &[&str], others: bool, most: usize) -> Vec<String> {
        let first: Vec<String> = first.iter().map(|id| (*id).to_owned()).collect();
        let found = highlights(&issue(), &first, others, most);
        let text = |one: &Highlight| format!("{}: {} {}", one.section, one.text, one.url);
        found
            .iter()
            .map(text)
            .map(|text| text.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn a_long_quotation_keeps_its_closing_sign() {
        let mut issue = issue().text().to_owned();
        issue = issue.replace("We *like*", &"We like ".repeat(40));
        let format = Format::new(
            vec![SectionSpec::new("quote", SectionKind::Quote, "Quote")],
            Vec::new(),
            Definitions::First,
        );
        let found = highlights(
            &Issue::parse(&issue, &format),
            &["quote".to_owned()],
            false,
            1,
        );
        assert!(found[0].text.ends_with("…”"), "{found:?}");
    }

    #[test]
    fn chosen_sections_come_first_and_then_the_others() {
        let all = [
            "Quote: “We like gulls.”",
            "Library: gull https://gull.example/",
            "Links: One of them https://a.example/1",
            "Deep: Three https://a.example/3",
        ];
        assert_eq!(texts(&["quote", "library", "gone"], true, 9), all);
        assert_eq!(texts(&["quote", "library"], false, 9), all[..2]);
        assert_eq!(texts(&["quote"], true, 2), [all[0], all[2]]);
        assert_eq!(
            texts(&["more"], false, 2),
            ["More: Three https://a.example/3"]
        );
    }
}
