//! Placing an item: into its section's list as the draft stands now, byte for byte nothing else.

use super::lines::{Lines, indent, marker};
use super::{Proposed, sections};
use crate::canonical::{canonical, parts};
use crate::diagnostic::Edit;
use crate::format::{Format, SectionKind};
use crate::issue::edit::apply;
use crate::issue::{Issue, Item};
use crate::span::Span;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It stands in this section now.
    Placed {
        /// The section's title.
        section: String,
        /// Whether the section's heading was put in for it.
        new_section: bool,
    },
    /// It took the place of what it was to replace.
    Replaced,
    /// Its page is linked in this section already.
    Known {
        /// The section's title.
        section: String,
    },
    /// The draft has no such section, and `press.toml` knows none to be made.
    NoSection {
        /// The section that is asked for.
        section: String,
    },
    /// What it would replace, or stand below, is no longer as it was.
    InTheWay,
    /// It would not be read as an item there, or something else would be read in another way.
    Unreadable,
}

impl Outcome {
    /// Whether the draft has the item now.
    pub fn is_in(&self) -> bool {
        matches!(
            self,
            Outcome::Placed { .. } | Outcome::Replaced | Outcome::Known { .. }
        )
    }
}

/// Puts an item into a draft: the draft then, and what became of it. The draft is as it was unless it was placed.
pub fn place(draft: &str, wanted: &Proposed, format: &Format) -> (String, Outcome) {
    let same = |outcome| (draft.to_owned(), outcome);
    let issue = Issue::parse(draft, format);
    if let Some(replaced) = &wanted.replaces {
        return match replace(&issue, wanted, replaced, format) {
            Some(text) => (text, Outcome::Replaced),
            None => same(match known_in(&issue, wanted, true) {
                Some(section) => Outcome::Known { section },
                None => Outcome::InTheWay,
            }),
        };
    }
    if let Some(section) = known_in(&issue, wanted, false) {
        return same(Outcome::Known { section });
    }
    insert(draft, wanted, format)
}

/// Puts in an item that is nowhere yet.
fn insert(draft: &str, wanted: &Proposed, format: &Format) -> (String, Outcome) {
    let same = |outcome| (draft.to_owned(), outcome);
    let no_section = || Outcome::NoSection {
        section: wanted.place.name(),
    };
    let mut issue = Issue::parse(draft, format);
    let mut section = sections::find(&issue, &wanted.place);
    let new_section = section.is_none();
    if new_section {
        let id = wanted.place.id.as_deref();
        let edit = id.and_then(|id| sections::heading(&issue, format, id));
        let headed = edit.and_then(|edit| apply(draft, &[edit]).ok());
        let Some(headed) = headed else {
            return same(no_section());
        };
        issue = Issue::parse(&headed, format);
        section = sections::find(&issue, &wanted.place);
    }
    let Some(section) = section else {
        return same(no_section());
    };
    let Some(edit) = Insertion::of(&issue, section, wanted).edit(format) else {
        return same(Outcome::InTheWay);
    };
    let text = apply(issue.text(), &edit).unwrap_or_default();
    if !is_sound(&issue, &text, wanted, format) {
        return same(Outcome::Unreadable);
    }
    let section = issue.sections[section].title.clone();
    (
        text,
        Outcome::Placed {
            section,
            new_section,
        },
    )
}

/// The section of an item that links the same page; of an event, one of the same line of date and place too, since a group
/// may have one page for all of its meetings. `exactly` asks for the same words, too.
fn known_in(issue: &Issue, wanted: &Proposed, exactly: bool) -> Option<String> {
    let main = &wanted.main()?.url;
    let page = canonical(main);
    let head = wanted.text.lines().next()?;
    let event = wanted.kind == SectionKind::Events && wanted.below.is_none();
    let text = issue.text();
    let same = |item: &&Item| {
        let link = item.link.map(|link| &issue.links[link]);
        let known = |url: &str| canonical(url) == page && !are_parts(url, main);
        if !link.is_some_and(|link| known(&link.url)) {
            return false;
        }
        let top = item.parent.map_or(*item, |parent| &issue.items[parent]);
        let first = top.span.of(text).lines().next().unwrap_or_default();
        let own = |line: &str| {
            let bare = marker(line).map_or(line, |marker| &line.trim_start()[marker.len()..]);
            bare.trim().to_owned()
        };
        (!event && !exactly) || own(first) == own(head)
    };
    let item = issue.items.iter().find(same)?;
    let section = item.section.map(|section| &issue.sections[section]);
    Some(section.map_or(String::new(), |section| section.title.clone()))
}

/// Whether two addresses of one page lead to two parts of it, such as two episodes of a podcast.
fn are_parts(one: &str, other: &str) -> bool {
    let fragment = |url: &str| parts(url).and_then(|parts| parts.fragment.map(str::to_owned));
    match (fragment(one), fragment(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// The draft with an item in the place of the lines that it replaces, if they stand there, once.
fn replace(issue: &Issue, wanted: &Proposed, old: &str, format: &Format) -> Option<String> {
    let text = issue.text();
    let lines = Lines::of(text);
    let old: Vec<&str> = old.lines().map(str::trim_end).collect();
    let mut fitting = lines
        .all
        .windows(old.len())
        .enumerate()
        .filter(|(_, window)| *window == old.as_slice());
    let (first, _) = fitting.next()?;
    if fitting.next().is_some() {
        return None;
    }
    let (start, end) = (
        lines.start(first, text),
        lines.start(first + old.len(), text),
    );
    let span = Span::new(start, start + text[start..end].trim_end().len());
    let section = issue
        .sections
        .partition_point(|section| section.head.start <= start);
    let section = section.checked_sub(1)?;
    // Who moves an item to another section takes it out here and puts it in there.
    if sections::find(issue, &wanted.place) != Some(section) {
        let gone = apply(text, &[edit(Span::new(start, end), "")]).ok()?;
        let (moved, outcome) = insert(&gone, wanted, format);
        return matches!(outcome, Outcome::Placed { .. }).then_some(moved);
    }
    let Insertion { style, .. } = Insertion::of(issue, section, wanted);
    let deep = " ".repeat(indent(lines.all[first]));
    let new = style.write(&wanted.text, &deep);
    let changed = apply(text, &[edit(span, &new)]).ok()?;
    is_sound(issue, &changed, wanted, format).then_some(changed)
}

fn edit(span: Span, text: &str) -> Edit {
    Edit {
        span,
        text: text.to_owned(),
    }
}

/// Whether a text reads as it did before, with the item in its section: all other items and headings are what they were.
fn is_sound(before: &Issue, text: &str, wanted: &Proposed, format: &Format) -> bool {
    let after = Issue::parse(text, format);
    let page = |issue: &Issue, item: &Item| {
        let link = item.link.map(|link| issue.links[link].url.clone());
        let section = item
            .section
            .map(|section| issue.sections[section].title.clone());
        (section, link, item.title.clone())
    };
    let mut count: HashMap<_, i64> = HashMap::new();
    for item in &after.items {
        *count.entry(page(&after, item)).or_default() += 1;
    }
    for item in &before.items {
        *count.entry(page(before, item)).or_default() -= 1;
    }
    let own: Vec<&str> = wanted.links.iter().map(|link| link.url.as_str()).collect();
    let expected = |url: &Option<String>| url.as_deref().is_none_or(|url| own.contains(&url));
    let lost: usize = count.values().filter(|left| **left < 0).count();
    let replaced = wanted
        .replaces
        .as_ref()
        .map_or(0, |old| old.lines().count());
    let headings = before.headings.len() == after.headings.len();
    let strange = count
        .iter()
        .any(|((_, url, _), left)| *left > 0 && !expected(url));
    // A placeholder item may have gone.
    let standing = own.iter().all(|url| {
        let links = |item: &Item| item.link.is_some_and(|link| after.links[link].url == *url);
        after.items.iter().any(links)
    });
    headings && !strange && standing && lost <= replaced + 1
}

/// How a section's list is written.
#[derive(Clone, Debug)]
struct Style {
    marker: String,
    nested_marker: String,
    nested_indent: usize,
    newline: &'static str,
}

impl Style {
    /// An item's text in this style, each line this deep.
    fn write(&self, text: &str, deep: &str) -> String {
        let mut written = String::new();
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                written.push_str(self.newline);
            }
            let own = line.trim_start();
            let bare = marker(line).map(|found| own[found.len()..].trim_start());
            let level = indent(line).div_ceil(4).max(usize::from(number > 0));
            match bare {
                Some(rest) if number == 0 => {
                    written.extend([deep, &self.marker, " ", rest]);
                }
                Some(rest) => {
                    let deeper = " ".repeat(self.nested_indent * level);
                    written.extend([deep, &deeper, &self.nested_marker, " ", rest]);
                }
                None if own.is_empty() => {}
                None => written.extend([deep, line]),
            }
        }
        written
    }
}

/// Where an item goes in.
struct Insertion<'i> {
    issue: &'i Issue,
    section: usize,
    wanted: &'i Proposed,
    style: Style,
}

impl<'i> Insertion<'i> {
    fn of(issue: &'i Issue, section: usize, wanted: &'i Proposed) -> Insertion<'i> {
        let text = issue.text();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let top = issue.items_of(section).filter(|item| item.parent.is_none());
        let bullet = top.filter_map(|item| item.marker).last();
        let nested = issue.items_of(section).filter(|item| item.parent.is_some());
        let nested: Option<(usize, String)> = nested.last().and_then(|item| {
            let start = text[..item.span.start].rfind('\n').map_or(0, |at| at + 1);
            let deep = text[start..item.span.start]
                .trim_end_matches(|sign| sign != ' ')
                .len();
            Some((deep, item.marker?.of(text).to_owned()))
        });
        let plain = |span: Span| span.of(text).trim().to_owned();
        let bullet = bullet.map_or("*".to_owned(), plain);
        let deep = nested.as_ref().map_or(4, |(deep, _)| *deep);
        Insertion {
            issue,
            section,
            wanted,
            style: Style {
                nested_marker: nested.map_or_else(|| bullet.clone(), |(_, marker)| marker),
                marker: bullet,
                nested_indent: if (2..=8).contains(&deep) { deep } else { 4 },
                newline,
            },
        }
    }

    /// The edits that put it in; none if the item is gone below which it stands.
    fn edit(&self, format: &Format) -> Option<Vec<Edit>> {
        let text = self.issue.text();
        if let Some(below) = &self.wanted.below {
            return self.nested(below).map(|edit| vec![edit]);
        }
        let written = self.style.write(&self.wanted.text, "");
        let mut edits = Vec::new();
        let placeholder = self.placeholder(format);
        let top: Vec<&Item> = self
            .issue
            .items_of(self.section)
            .filter(|item| {
                item.parent.is_none() && placeholder.is_none_or(|gone| !gone.contains(item.span))
            })
            .collect();
        let newline = self.style.newline;
        if let Some(gone) = placeholder.filter(|_| top.is_empty()) {
            edits.push(edit(gone, &written));
            return Some(edits);
        }
        if let Some(next) = self.later(&top) {
            let at = text[..next.span.start].rfind('\n').map_or(0, |at| at + 1);
            edits.push(edit(Span::new(at, at), &format!("{written}{newline}")));
        } else if let Some(last) = top.last() {
            let at = last.span.trimmed(text).end;
            edits.push(edit(Span::new(at, at), &format!("{newline}{written}")));
        } else {
            edits.push(self.first(&written));
        }
        Some(edits)
    }

    /// The edit that makes it the first of its section: below what comments say there of how it is written.
    fn first(&self, written: &str) -> Edit {
        let (text, newline) = (self.issue.text(), self.style.newline);
        let section = &self.issue.sections[self.section];
        let own = section.content;
        let comments = self.issue.comments.iter();
        let comments = comments.filter(|comment| own.contains(**comment));
        let last = comments.map(|comment| comment.end).max();
        let end = last.unwrap_or(own.end).max(section.head.end);
        let at = text[..end.min(text.len())].trim_end().len();
        // What follows closely keeps its distance.
        let rest = text[at..].trim_start_matches('\r');
        let rest = rest.strip_prefix('\n').unwrap_or_default();
        let close = !rest.is_empty() && !rest.starts_with(['\n', '\r']);
        let gap = if close { newline } else { "" };
        edit(
            Span::new(at, at),
            &format!("{newline}{newline}{written}{gap}"),
        )
    }

    /// The edit that puts it below an item that is there.
    fn nested(&self, below: &str) -> Option<Edit> {
        let text = self.issue.text();
        let own = |line: &str| {
            line.trim()
                .trim_start_matches(['*', '-', '+', ' '])
                .to_owned()
        };
        let holder = self.issue.items_of(self.section).find(|item| {
            let first = item.span.of(text).lines().next().unwrap_or_default();
            own(first) == own(below)
        })?;
        let at = holder.span.trimmed(text).end;
        let start = text[..holder.span.start].rfind('\n').map_or(0, |at| at + 1);
        let level = indent(&text[start..holder.span.start]) + self.style.nested_indent;
        let style = Style {
            marker: self.style.nested_marker.clone(),
            ..self.style.clone()
        };
        let written = style.write(&self.wanted.text, &" ".repeat(level));
        let newline = self.style.newline;
        Some(edit(Span::new(at, at), &format!("{newline}{written}")))
    }

    /// The first event that is later, if this is an event and those before are in order.
    fn later<'t>(&self, top: &[&'t Item]) -> Option<&'t Item> {
        if self.wanted.kind != SectionKind::Events {
            return None;
        }
        let day = |line: &str| {
            let own = line.trim_start_matches(['*', '-', '+', ' ']);
            let day = own.get(..10)?;
            let digits = day.bytes().filter(u8::is_ascii_digit).count() == 8;
            digits.then(|| day.to_owned())
        };
        let own = day(&self.wanted.text)?;
        let text = self.issue.text();
        let later = |item: &&&Item| day(item.span.of(text)).is_some_and(|day| day > own);
        let at = top.iter().rposition(|item| !later(&item));
        let next = at.map_or(0, |at| at + 1);
        top.get(next).copied()
    }

    /// What says that there is nothing this week.
    fn placeholder(&self, format: &Format) -> Option<Span> {
        let section = &self.issue.sections[self.section];
        let known = &format.sections[section.spec?].placeholder;
        let text = self.issue.text();
        let mut at = section.content.start;
        for line in section.content.of(text).split_inclusive('\n') {
            let own = line.trim();
            let bare = own.trim_start_matches(['*', '-', '_', ' ']).to_lowercase();
            let said = |known: &String| {
                let known = known.trim_matches(['*', '_', ' ']).to_lowercase();
                !known.is_empty() && bare.starts_with(&known)
            };
            if known.iter().any(said) {
                return Some(Span::new(at, at + line.trim_end().len()));
            }
            at += line.len();
        }
        None
    }
}
