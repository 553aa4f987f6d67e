//! The list that stands in a draft, cut into entries and what lies between them. Every byte of it is in one part, so a
//! list whose parts are put together again is the same list.

use super::write::Hand;
use super::{PlaceMode, Regions};
use crate::format::Format;
use crate::issue::{self, Issue, Item};
use crate::span::Span;
use jiff::civil::Date;

/// A list of events in parts.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) parts: Vec<Part>,
    pub(super) hand: Hand,
    /// What a region's heading begins with.
    pub(super) heading: String,
}

/// One part, whole lines.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) text: String,
    /// The id of the section in which it stands.
    pub(super) section: Option<String>,
    pub(super) heading: bool,
    pub(super) entry: Option<Entry>,
}

/// What an entry says, and where in its text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// As the issue's reader understands it; the first, if several share the line.
    pub(super) event: issue::Event,
    /// How many share the line.
    pub(super) events: usize,
    pub(super) days: Option<Span>,
    pub(super) place: Option<Span>,
    pub(super) groups: Option<Span>,
    /// The title's link, and what stands in its brackets.
    pub(super) link: Span,
    pub(super) title: Span,
    pub(super) destination: Option<Span>,
}

impl Entry {
    pub(super) fn date(&self) -> Date {
        self.event.date.unwrap_or_default()
    }

    pub(super) fn mode(&self) -> PlaceMode {
        self.event.place.mode
    }

    pub(super) fn last_day(&self) -> Date {
        self.event.end_date.unwrap_or(self.date())
    }
}

impl List {
    /// Reads a list as it stands in an issue of the day `issue`.
    pub(super) fn parse(list: &str, format: &Format, issue: Date) -> List {
        let regions = Regions::of(format);
        let title = regions.top.map_or("Events", |(_, title)| title);
        let head = format!("Title: Events\nDate: {issue}\n\n## {title}\n\n");
        let text = format!("{head}{list}");
        let issue = Issue::parse(&text, format);
        let reader = Reader {
            issue: &issue,
            text: &text,
        };
        let mut parts = Vec::new();
        let mut at = head.len();
        for (index, item) in issue.items.iter().enumerate() {
            let Some((lines, entry)) = reader.entry(index, item) else {
                continue;
            };
            if lines.start >= at {
                reader.between(Span::new(at, lines.start), &mut parts);
                parts.push(Part {
                    text: lines.of(&text).to_owned(),
                    section: reader.section(item.section),
                    heading: false,
                    entry: Some(entry),
                });
                at = lines.end;
            }
        }
        reader.between(Span::new(at, text.len()), &mut parts);
        let hand = parts.iter().find_map(hand).unwrap_or_default();
        let marks = parts.iter().find(|part| part.heading).map(|part| {
            let marks = part.text.trim_start();
            let level = marks.len() - marks.trim_start_matches('#').len();
            "#".repeat(level.clamp(1, 6))
        });
        List {
            parts,
            hand,
            heading: marks.unwrap_or_else(|| "###".to_owned()),
        }
    }

    /// The list as text.
    pub(super) fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }

    /// The entries with the indices of their parts.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, &Part, &Entry)> {
        let parts = self.parts.iter().enumerate();
        parts.filter_map(|(at, part)| Some((at, part, part.entry.as_ref()?)))
    }

    /// Puts lines where they belong in a section, which is begun if it is not there.
    pub(super) fn insert(&mut self, text: String, section: &str, regions: &Regions<'_>) {
        let text = if text.ends_with('\n') {
            text
        } else {
            format!("{text}\n")
        };
        let key = key_of(&text);
        let part = |text: String| Part {
            text,
            section: Some(section.to_owned()),
            heading: false,
            entry: None,
        };
        let here = |part: &Part| part.section.as_deref() == Some(section);
        let entries: Vec<(usize, String)> = self
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| here(part) && is_listed(part))
            .map(|(at, part)| (at, key_of(&part.text)))
            .collect();
        let at = match best_place(&entries, &key) {
            Some(at) => at,
            None => match self
                .parts
                .iter()
                .rposition(|part| here(part) && !part.text.trim().is_empty())
            {
                Some(last) => last + 1,
                None => self.begin(section, regions),
            },
        };
        if let Some(before) = at.checked_sub(1).map(|at| &mut self.parts[at])
            && !before.text.ends_with('\n')
        {
            before.text.push('\n');
        }
        self.parts.insert(at, part(text));
    }

    /// Writes the heading of a section where it belongs; the place behind it.
    fn begin(&mut self, section: &str, regions: &Regions<'_>) -> usize {
        let Some(title) = regions.title(section) else {
            return self.parts.len();
        };
        let rank = regions.rank(section);
        let later = |part: &Part| {
            let other = part.section.as_deref().map_or(0, |id| regions.rank(id));
            part.heading && other > rank
        };
        let at = self
            .parts
            .iter()
            .position(later)
            .unwrap_or(self.parts.len());
        let part = |text: String, heading| Part {
            text,
            section: Some(section.to_owned()),
            heading,
            entry: None,
        };
        let mut new = vec![part(format!("{} {title}\n", self.heading), true)];
        let before = at.checked_sub(1).map(|at| self.parts[at].text.as_str());
        let gap = before.is_none_or(|before| before.trim().is_empty());
        if !gap {
            let open = self.parts[at - 1].text.ends_with('\n');
            new.insert(
                0,
                part(
                    if open {
                        "\n".to_owned()
                    } else {
                        "\n\n".to_owned()
                    },
                    false,
                ),
            );
        }
        let behind = at + new.len();
        if at < self.parts.len() {
            new.push(part("\n".to_owned(), false));
        }
        self.parts.splice(at..at, new);
        behind
    }
}

/// Whether a part is an entry, read or written.
fn is_listed(part: &Part) -> bool {
    !part.heading && part.text.trim_start().starts_with(['*', '-', '+']) && part.text.contains('|')
}

/// By what entries are ordered: day, then place. The last day does not count.
fn key_of(text: &str) -> String {
    let line = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches(['*', '-', '+', ' ', '#']);
    let (days, rest) = line.split_once('|').unwrap_or((line, ""));
    let place = rest.split('|').next().unwrap_or_default().trim();
    let day = days.trim().get(..10).unwrap_or_default();
    format!("{day} {}", place.to_lowercase())
}

/// Where `key` is least out of order among the entries; behind its equals.
fn best_place(entries: &[(usize, String)], key: &str) -> Option<usize> {
    let wrong = |at: usize| {
        let before = entries[..at]
            .iter()
            .filter(|(_, other)| other.as_str() > key)
            .count();
        before
            + entries[at..]
                .iter()
                .filter(|(_, other)| other.as_str() <= key)
                .count()
    };
    let best = (0..=entries.len()).min_by_key(|at| (wrong(*at), usize::MAX - at))?;
    let (last, _) = entries.last()?;
    Some(entries.get(best).map_or(last + 1, |(at, _)| *at))
}

fn hand(part: &Part) -> Option<Hand> {
    part.entry.as_ref()?;
    let mut lines = part.text.lines();
    let marker = lines.next()?.trim_start().chars().next()?;
    let below = lines.next()?;
    let indent = below.len() - below.trim_start().len();
    Some(Hand {
        marker,
        indent: " ".repeat(indent.clamp(2, 8)),
    })
}

struct Reader<'i> {
    issue: &'i Issue,
    text: &'i str,
}

impl Reader<'_> {
    fn section(&self, section: Option<usize>) -> Option<String> {
        self.issue.sections[section?].id.clone()
    }

    /// Lines that are no entries, each a part.
    fn between(&self, span: Span, parts: &mut Vec<Part>) {
        let mut at = span.start;
        for line in span.of(self.text).split_inclusive('\n') {
            let heads = self.issue.sections.iter();
            let heading = heads.clone().any(|section| {
                section.heading.is_some() && (at..at + line.len()).contains(&section.head.start)
            });
            let inside = heads
                .rev()
                .find(|section| section.span.start <= at && at < section.span.end);
            parts.push(Part {
                text: line.to_owned(),
                section: inside.and_then(|section| section.id.clone()),
                heading,
                entry: None,
            });
            at += line.len();
        }
    }

    /// The lines of an item that is an event, and what they say.
    fn entry(&self, index: usize, item: &Item) -> Option<(Span, Entry)> {
        let events: Vec<&issue::Event> = self
            .issue
            .events
            .iter()
            .filter(|event| event.item == index)
            .collect();
        let event = *events.first()?;
        event.date?;
        let text = self.text;
        let end = item.span.start + item.span.of(text).trim_end().len();
        let start = text[..item.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        let lines = Span::new(start, end);
        let inside = |span: Span| Span::new(span.start - start, span.end - start);
        // A group may be called like its event; the title comes last.
        let link = self.issue.links.iter().rfind(|link| {
            item.span.contains(link.span)
                && link.url == event.url
                && link.title.trim() == event.title
        })?;
        let own = item.text;
        let first = own.start + own.of(text).find('\n').unwrap_or(own.of(text).len());
        let line = Span::new(own.start, first);
        let bars: Vec<usize> = line
            .of(text)
            .match_indices('|')
            .map(|(at, _)| own.start + at)
            .collect();
        let trimmed = |from: usize, to: usize| inside(Span::new(from, to).trimmed(text));
        let second = bars.get(1).copied().unwrap_or(line.end);
        let entry = Entry {
            event: event.clone(),
            events: events.len(),
            days: bars.first().map(|bar| trimmed(line.start, *bar)),
            place: bars.first().map(|bar| trimmed(bar + 1, second)),
            groups: bars.get(1).map(|bar| trimmed(bar + 1, line.end)),
            link: inside(link.span),
            title: inside(link.text),
            destination: link
                .destination
                .filter(|span| lines.contains(*span))
                .map(inside),
        };
        Some((lines, entry))
    }
}
