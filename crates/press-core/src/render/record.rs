//! An issue as data: what search, lists through time, streams and exports share.
//!
//! A record is made when the page is made, from the same document, and kept between builds. It holds plain text and
//! addresses, no spans, so nobody needs the issue's text again.

use super::site::IssueHead;
use crate::canonical::{canonical, parts};
use crate::format::SectionKind;
use crate::issue::{Document, Event, Issue, Item, Paper};
use crate::span::Span;
use pulldown_cmark::{Event as Part, Tag};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What one issue holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Title, number, date and address.
    pub head: IssueHead,
    /// Its sections, in the order of the text.
    pub sections: Vec<RecordSection>,
    /// The entries of its lists that have a link, in the order of the text.
    pub items: Vec<RecordItem>,
    /// Its paragraphs and quotations outside lists.
    pub passages: Vec<Passage>,
    /// Its meetups and conferences.
    pub events: Vec<RecordEvent>,
    /// Its calls for papers.
    pub papers: Vec<RecordPaper>,
    /// Links in its text, pictures left out.
    pub links: usize,
    /// Words in its text.
    pub words: usize,
}

/// A headed part of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSection {
    /// Its identity in `press.toml`; none for a heading that matches nothing.
    pub id: Option<String>,
    /// What stands in it.
    pub kind: SectionKind,
    /// Its heading, as plain text.
    pub title: String,
    /// The id of its heading on the issue's page; empty for one that a paragraph opens.
    pub anchor: String,
    /// The section that holds it, as an index.
    pub parent: Option<usize>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordItem {
    /// Its id on the issue's page.
    pub anchor: String,
    /// Its section, as an index.
    pub section: Option<usize>,
    /// The item in whose list it stands, as an index, if that one has a link.
    pub parent: Option<usize>,
    /// The identities of its marks, or their spelling in lower case where the newsletter does not know them.
    pub marks: Vec<String>,
    /// The text of its link.
    pub title: String,
    /// Where it leads.
    pub url: String,
    /// What follows the link, as plain text.
    pub note: String,
    /// Who wrote the page.
    pub authors: Vec<String>,
    /// Where its further links lead, with their texts.
    pub more: Vec<(String, String)>,
}

/// A paragraph or a quotation that stands in no list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Its section, as an index; none for what stands before the first.
    pub section: Option<usize>,
    /// Whether it quotes somebody.
    pub quoted: bool,
    /// Its words, as plain text.
    pub text: String,
    /// Its links: texts and addresses.
    pub links: Vec<(String, String)>,
}

/// An event with its place in the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordEvent {
    /// Its section, usually a region, as an index.
    pub section: Option<usize>,
    /// The id of its line on the issue's page; empty if the line has no link.
    pub anchor: String,
    /// When, where, what.
    pub event: Event,
}

/// A call for papers with its place in the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPaper {
    /// The id of its line on the issue's page.
    pub anchor: String,
    /// What is asked for, until when.
    pub paper: Paper,
}

impl Record {
    /// What `issue`, read from `document`, holds; `anchors` are its own.
    pub fn new(
        document: &Document<'_>,
        issue: &Issue,
        anchors: &[String],
        head: IssueHead,
    ) -> Record {
        let linked: Vec<usize> = (0..issue.items.len())
            .filter(|at| !anchors[*at].is_empty())
            .collect();
        let reader = Reader {
            document,
            issue,
            anchors,
            linked: &linked,
            words: words(document),
        };
        Record {
            head,
            sections: issue
                .sections
                .iter()
                .map(|one| reader.section(one))
                .collect(),
            items: linked.iter().filter_map(|at| reader.item(*at)).collect(),
            passages: reader.passages(),
            events: issue.events.iter().map(|one| reader.event(one)).collect(),
            papers: issue.papers.iter().map(|one| reader.paper(one)).collect(),
            links: issue.links.iter().filter(|link| !link.image).count(),
            words: issue.text().split_ascii_whitespace().count(),
        }
    }

    /// The address of an item in the issue: the issue's page, and the item's id in it.
    pub fn address(&self, anchor: &str) -> String {
        self.head.address(anchor)
    }
}

/// The host of an address, without `www.` and port, in lower case; empty if it has none.
pub fn host_of(url: &str) -> Cow<'_, str> {
    let host = parts(url).map_or("", |parts| parts.host);
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let host = host.to_ascii_lowercase();
        return Cow::Owned(host.strip_prefix("www.").map(str::to_owned).unwrap_or(host));
    }
    Cow::Borrowed(host.strip_prefix("www.").unwrap_or(host))
}

/// The ids of an issue's items on its page, empty for those without link.
///
/// They follow from where the first link leads, so they stay when an item is reworded or moved; a second item with
/// the same address has its title in it as well, and if that is the same too, a number.
pub fn anchors(issue: &Issue) -> Vec<String> {
    let mut taken: HashSet<String> = issue
        .headings
        .iter()
        .map(|heading| heading.id.clone())
        .collect();
    let mut counts: HashMap<String, u32> = HashMap::new();
    taken.reserve(issue.items.len());
    let anchor = |item: &Item| {
        let Some(link) = item.link else {
            return String::new();
        };
        let url = canonical(&issue.links[link].url);
        let mut id = short(url.as_bytes());
        while !taken.insert(id.clone()) {
            let worded = format!("{url}\n{}", item.title);
            let count = counts.entry(worded.clone()).or_default();
            *count += 1;
            id = short(format!("{worded}\n{count}").as_bytes());
        }
        id
    };
    issue.items.iter().map(anchor).collect()
}

/// An item's id: 35 bits of a hash.
fn short(data: &[u8]) -> String {
    format!("i-{}", hashed(data, 7))
}

/// A hash in letters and digits that are not mistaken for each other, five bits each; at most 12 of them.
pub(super) fn hashed(data: &[u8], letters: u32) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let hash = xxhash_rust::xxh3::xxh3_64(data);
    let letter = |at: u32| char::from(LETTERS[(hash >> (5 * at)) as usize % LETTERS.len()]);
    (0..letters).map(letter).collect()
}

/// What of a run of text that stands at `place` lies within `span`. Runs with another length than their place have
/// something resolved in them, such as a line's end; they are taken as they are.
fn cut(words: &str, place: Span, span: Span) -> &str {
    if words.len() != place.len() {
        return words;
    }
    let start = span.start.saturating_sub(place.start);
    let end = words.len().min(span.end - place.start);
    words.get(start..end).unwrap_or(words)
}

struct Reader<'a, 't> {
    document: &'a Document<'t>,
    issue: &'a Issue,
    anchors: &'a [String],
    /// The items with a link, as indices.
    linked: &'a [usize],
    /// The texts of the document, in order: an end of something has the place of its beginning, so events as they
    /// come cannot be looked up by place.
    words: Vec<(&'a str, Span)>,
}

fn words<'a>(document: &'a Document<'_>) -> Vec<(&'a str, Span)> {
    let word = |(part, span): &'a (Part<'_>, Span)| match part {
        Part::Text(text) | Part::Code(text) => Some((text.as_ref(), *span)),
        _ => None,
    };
    document.events.iter().filter_map(word).collect()
}

impl Reader<'_, '_> {
    fn section(&self, section: &crate::issue::Section) -> RecordSection {
        let heading = section.heading.map(|at| &self.issue.headings[at]);
        RecordSection {
            id: section.id.clone(),
            kind: section.kind,
            title: section.title.clone(),
            anchor: heading.map_or_else(String::new, |heading| heading.id.clone()),
            parent: section.parent,
        }
    }

    fn item(&self, at: usize) -> Option<RecordItem> {
        let item = &self.issue.items[at];
        let first = item.link?;
        let link = &self.issue.links[first];
        let mark = |mark: &crate::issue::ItemMark| match &mark.id {
            Some(id) => id.clone(),
            None => mark.name.to_lowercase(),
        };
        let parent = item
            .parent
            .and_then(|parent| self.linked.binary_search(&parent).ok());
        Some(RecordItem {
            anchor: self.anchors[at].clone(),
            section: item.section,
            parent,
            marks: item.marks.iter().map(mark).collect(),
            title: link.title.clone(),
            url: link.url.clone(),
            note: item.note.map(|note| self.plain(note)).unwrap_or_default(),
            authors: item.authors.clone(),
            more: self.links_in(Span::new(link.span.end, item.text.end.max(link.span.end))),
        })
    }

    fn event(&self, event: &Event) -> RecordEvent {
        let own = &self.anchors[event.item];
        let nested = || {
            let below = self
                .issue
                .items
                .iter()
                .zip(self.anchors)
                .skip(event.item + 1);
            let mut below = below.take_while(|(item, _)| item.parent.is_some());
            below.find_map(|(_, anchor)| (!anchor.is_empty()).then(|| anchor.clone()))
        };
        RecordEvent {
            section: event.section,
            anchor: if own.is_empty() {
                nested().unwrap_or_default()
            } else {
                own.clone()
            },
            event: event.clone(),
        }
    }

    fn paper(&self, paper: &Paper) -> RecordPaper {
        RecordPaper {
            anchor: self.anchors[paper.item].clone(),
            paper: paper.clone(),
        }
    }

    /// The paragraphs and quotations that stand on their own, in the order of the text.
    fn passages(&self) -> Vec<Passage> {
        let unmarked = self.issue.items.iter().filter(|item| item.marker.is_none());
        let items: HashSet<usize> = unmarked.map(|item| item.span.start).collect();
        let mut passages = Vec::new();
        let mut depth = 0usize;
        for (part, span) in &self.document.events {
            match part {
                Part::Start(tag) => {
                    let quoted = matches!(tag, Tag::BlockQuote(_));
                    let alone = quoted || matches!(tag, Tag::Paragraph);
                    if depth == 0 && alone && !items.contains(&span.start) {
                        passages.extend(self.passage(*span, quoted));
                    }
                    depth += 1;
                }
                Part::End(_) => depth -= 1,
                _ => {}
            }
        }
        passages
    }

    fn passage(&self, span: Span, quoted: bool) -> Option<Passage> {
        let text = self.plain(span);
        let sections = &self.issue.sections;
        let next = sections.partition_point(|section| section.head.start <= span.start);
        (!text.is_empty()).then(|| Passage {
            section: next.checked_sub(1),
            quoted,
            text,
            links: self.links_in(span),
        })
    }

    /// The words of a part of the text, white space collapsed.
    fn plain(&self, span: Span) -> String {
        let first = self
            .words
            .partition_point(|(_, place)| place.end <= span.start);
        let mut text = String::with_capacity(span.len());
        let mut before = span.start;
        for (words, place) in self.words[first..]
            .iter()
            .take_while(|(_, place)| place.start < span.end)
        {
            let between = self
                .document
                .text
                .get(before..place.start)
                .unwrap_or_default();
            if between.contains('\n') {
                text.push(' ');
            }
            text.push_str(cut(words, *place, span));
            before = place.end;
        }
        crate::text::collapsed(&text)
    }

    fn links_in(&self, span: Span) -> Vec<(String, String)> {
        let links = &self.issue.links;
        let first = links.partition_point(|link| link.span.start < span.start);
        let inside = links[first..]
            .iter()
            .take_while(|link| link.span.start < span.end);
        let shown = inside.filter(|link| !link.image);
        shown
            .map(|link| (link.title.clone(), link.url.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Definitions, Format, MarkSpec, SectionSpec};
    use crate::issue::Source;

    const ISSUE: &str = "Title: X\nDate: 2026-02-04\n\nHello, *gulls*.\n\n## Links\n\n* [video] [One `two` &amp; *three*](https://www.A.example/1) by Ada, \
        seen on [a wall](https://wall.example/)\n  * [Deeper](https://a.example/2)\n* no link\n* [One again](https://a.example/1)\n\
        * [One again](https://a.example/1)\n\n[A paragraph](https://a.example/3) that is an item.\n\n## Quote\n\n> We like\n> gulls.\n>\n> Much.\n\n\
        Thanks to [Ada](https://ada.example/).\n\n## Events\n\n* 2026-03-01 | Oslo, NO | [Gulls Oslo](https://gulls.example)\n  * [**Night**](https://gulls.example/1)\n";

    fn record(text: &str) -> Record {
        let sections = vec![
            SectionSpec::new("links", SectionKind::Links, "Links"),
            SectionSpec::new("quote", SectionKind::Quote, "Quote"),
            SectionSpec::new("events", SectionKind::Events, "Events"),
        ];
        let video = MarkSpec {
            id: "video".to_owned(),
            label: "Video".to_owned(),
            names: vec!["video".to_owned()],
        };
        let format = Format::new(sections, vec![video], Definitions::First);
        let source = Source::new(text, format.definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &format);
        let head = IssueHead {
            title: "X".to_owned(),
            number: Some(1),
            date: jiff::civil::date(2026, 2, 4),
            modified: None,
            url: "/x/".to_owned(),
            category: None,
            draft: false,
        };
        Record::new(&document, &issue, &anchors(&issue), head)
    }

    #[test]
    fn items_are_plain_and_know_their_place() {
        let record = record(ISSUE);
        let shown = |item: &RecordItem| {
            let more: Vec<&str> = item.more.iter().map(|(title, _)| title.as_str()).collect();
            (
                item.title.clone(),
                item.note.clone(),
                item.marks.join(","),
                item.parent,
                more.join(","),
            )
        };
        let items: Vec<_> = record.items.iter().take(5).map(shown).collect();
        let plain = |title: &str, parent| {
            (
                title.to_owned(),
                String::new(),
                String::new(),
                parent,
                String::new(),
            )
        };
        assert_eq!(items[0].0, "One two & three");
        assert_eq!(items[0].1, "by Ada, seen on a wall");
        assert_eq!(
            (items[0].2.as_str(), items[0].4.as_str()),
            ("video", "a wall")
        );
        assert_eq!(items[1], plain("Deeper", Some(0)));
        assert_eq!(items[2], plain("One again", None));
        assert_eq!(record.items[4].title, "A paragraph");
        assert_eq!(record.items[4].section, Some(0));
        let passages: Vec<(&str, bool)> = record
            .passages
            .iter()
            .map(|one| (one.text.as_str(), one.quoted))
            .collect();
        assert_eq!(
            passages,
            [
                ("Hello, gulls.", false),
                ("We like gulls. Much.", true),
                ("Thanks to Ada.", false)
            ]
        );
        assert_eq!(record.passages[2].section, Some(1));
        let event = &record.events[0];
        assert_eq!(event.event.title, "Night");
        let line = record.items.iter().find(|item| item.anchor == event.anchor);
        assert_eq!(line.map(|item| item.title.as_str()), Some("Gulls Oslo"));
    }

    #[test]
    fn ids_follow_from_addresses_and_are_unique() {
        let before = record(ISSUE);
        let moved = ISSUE
            .replace("* no link\n", "* [New](https://new.example/)\n")
            .replace("One `two`", "Reworded");
        let after = record(&moved);
        let ids = |record: &Record| {
            record
                .items
                .iter()
                .map(|item| item.anchor.clone())
                .collect::<Vec<_>>()
        };
        let (old, new) = (ids(&before), ids(&after));
        assert!(old.iter().all(|id| new.contains(id)), "{old:?} {new:?}");
        let unique: HashSet<&String> = new.iter().collect();
        assert_eq!(unique.len(), new.len());
        assert!(old.iter().all(|id| id.len() == 9 && id.starts_with("i-")));
    }

    #[test]
    fn a_list_of_one_link_many_times_takes_no_longer_than_others() {
        let many = format!("Title: X\n\n## Links\n\n{}", "* [a](b)\n".repeat(100_000));
        let record = record(&many);
        let unique: HashSet<&str> = record
            .items
            .iter()
            .map(|item| item.anchor.as_str())
            .collect();
        assert_eq!(unique.len(), 100_000);
    }

    #[test]
    fn hosts_are_what_people_call_them() {
        assert_eq!(host_of("https://user@www.A.example:8080/x"), "a.example");
        assert_eq!(host_of("mailto:a@b.example"), "");
    }
}
