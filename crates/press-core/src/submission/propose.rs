//! What a change to a draft proposes: its lines read as items, and the rest as changes.

use super::change::{Change, others};
use super::lines::{Hunk, Lines, hunks, indent, marker};
use super::{Place, Proposal, Proposed, ProposedLink, is_open};
use crate::canonical::canonical;
use crate::format::{Format, SectionKind};
use crate::issue::{Issue, Item};
use crate::span::Span;
use std::collections::HashSet;
use std::ops::Range;

/// A change that is too large to be somebody's submission: thousands of lines lie between its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// Reads the change from `base` to `head`, two states of one draft.
pub fn propose(base: &str, head: &str, format: &Format) -> Result<Proposal, TooLarge> {
    let (old, plain) = (Lines::of(base), Lines::of(head));
    let hunks = hunks(&old.all, &plain.all).ok_or(TooLarge)?;
    let added = flags(plain.all.len(), hunks.iter().map(|hunk| hunk.new.clone()));
    let removed = flags(old.all.len(), hunks.iter().map(|hunk| hunk.old.clone()));
    let marked = with_markers(head, &plain, &added, format);
    let reader = Reader {
        issue: Issue::parse(&marked, format),
        lines: Lines::of(&marked),
        text: &marked,
        added,
    };
    let before = Before::read(base, &old, &removed, format);
    let mut found = reader.items();
    let replaced = before.pair(&mut found, &hunks);
    // Who only changed the order of a list proposes nothing.
    let is_order = |found: &Found| {
        let own = plain.all[found.lines.clone()].join("\n");
        found.item.replaces.as_deref() == Some(own.as_str())
            && before.place_of(&found.item) == Some(&found.item.place)
    };
    let mut taken = HashSet::new();
    for one in &found {
        taken.extend(one.lines.clone());
    }
    let changes: Vec<Change> = others(
        (&old.all, &replaced),
        (&plain.all, &taken),
        &hunks,
        &reader.issue,
        &reader.lines,
    );
    found.retain(|found| !is_order(found));
    let items = found.into_iter().map(|found| found.item).collect();
    Ok(Proposal { items, changes })
}

/// Which of so many lines are in the ranges.
fn flags(count: usize, ranges: impl Iterator<Item = Range<usize>>) -> Vec<bool> {
    let mut flags = vec![false; count];
    for range in ranges {
        flags[range].fill(true);
    }
    flags
}

/// The text with a marker before each new line that is an item in all but that. Without one it would be read as the end of
/// the item above it. Lines keep their numbers.
fn with_markers(head: &str, lines: &Lines<'_>, added: &[bool], format: &Format) -> String {
    let issue = Issue::parse(head, format);
    let kind_at = |offset: usize| {
        let next = issue
            .sections
            .partition_point(|section| section.head.start <= offset);
        next.checked_sub(1).map(|index| issue.sections[index].kind)
    };
    let mut text = String::with_capacity(head.len() + 16);
    for (number, line) in head.split_inclusive('\n').enumerate() {
        let at = lines.start(number, head);
        let hidden = |span: &Span| span.start <= at && at < span.end;
        let open = added[number]
            && indent(line) < 2
            && marker(line).is_none()
            && kind_at(at).is_some_and(is_open)
            && !issue.comments.iter().any(hidden);
        match unmarked(line.trim_start()).filter(|_| open) {
            Some(rest) => text.extend(["* ", rest]),
            // A blank between text and address makes a link that is none.
            None if added[number] && line.contains("] (http") => {
                text.push_str(&line.replace("] (http", "](http"));
            }
            None => text.push_str(line),
        }
    }
    text
}

/// What stands behind a forgotten marker, or one that sticks to its item.
fn unmarked(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(['*', '-', '+', '•', '·', '–', '—']);
    let rest = rest.unwrap_or(line).trim_start_matches([' ', '\u{a0}']);
    let link = rest.starts_with('[') && rest.contains("](");
    (link || rest.starts_with("`[") && rest.contains("](")).then_some(rest)
}

/// The changed text, read.
struct Reader<'t> {
    issue: Issue,
    lines: Lines<'t>,
    text: &'t str,
    added: Vec<bool>,
}

/// An item that was found, with its lines.
struct Found {
    item: Proposed,
    lines: Range<usize>,
}

impl Reader<'_> {
    /// The items with new lines, in order; what is nested in one is part of it.
    fn items(&self) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (index, item) in self.issue.items.iter().enumerate() {
            let inside = |found: &Found| found.lines.contains(&self.lines.at(item.span.start));
            if !found.last().is_some_and(inside) {
                found.extend(self.item(index, item));
            }
        }
        found
    }

    fn item(&self, index: usize, item: &Item) -> Option<Found> {
        let section = item.section?;
        let kind = self.issue.sections[section].kind;
        let own = self.lines.touched(item.text);
        let new = self.added[own.clone()].iter().any(|added| *added);
        if !new || !is_open(kind) {
            return None;
        }
        // A label above links is no item; each of the links is one. An event's line is the head of its titles.
        if item.link.is_none() && kind != SectionKind::Events {
            return None;
        }
        let all = self.lines.touched(item.span);
        // What is nested and was there before stays where it is.
        let kept = all.clone().skip(own.len()).find(|line| !self.added[*line]);
        let lines = all.start..kept.unwrap_or(all.end);
        let links = self.links(index, &lines);
        if links.is_empty() {
            return None;
        }
        let parent = item.parent.map(|parent| &self.issue.items[parent]);
        let below = parent.map(|parent| self.lines.all[self.lines.at(parent.span.start)]);
        // The label above it goes: what is below it stands by itself. So does a link that slipped to the right.
        let labelled = parent.is_some_and(|parent| parent.link.is_none());
        let alone = labelled || kind == SectionKind::Links;
        let below = below.filter(|_| !alone || kind == SectionKind::Events);
        let note = item.note.map(|note| note.of(self.text).trim().to_owned());
        Some(Found {
            item: Proposed {
                place: Place::of(&self.issue, section),
                kind,
                links,
                note,
                text: dedented(&self.lines.all[lines.clone()]),
                below: below.map(str::to_owned),
                replaces: None,
                line: lines.start + 1,
            },
            lines,
        })
    }

    /// The links of an item and of what is nested in it: each item's first, and all of an event.
    fn links(&self, index: usize, lines: &Range<usize>) -> Vec<ProposedLink> {
        let within = |item: &&Item| lines.contains(&self.lines.at(item.span.start));
        let items = self.issue.items[index..].iter().take_while(within);
        let mut links = Vec::new();
        for item in items {
            let Some(link) = item.link.map(|link| &self.issue.links[link]) else {
                continue;
            };
            links.push(ProposedLink {
                marks: item.marks.iter().map(|mark| mark.name.clone()).collect(),
                title: link.title.clone(),
                url: link.url.clone(),
            });
        }
        links
    }
}

/// Lines without the indentation of the first, whose marker becomes `*`.
fn dedented(lines: &[&str]) -> String {
    let Some((first, rest)) = lines.split_first() else {
        return String::new();
    };
    let deep = indent(first);
    let own = first.trim_start();
    let own = marker(own).map_or(own, |marker| own[marker.len()..].trim_start());
    let mut text = format!("* {own}");
    for line in rest {
        let kept = line.get(deep.min(indent(line))..).unwrap_or(line);
        text.extend(["\n", kept]);
    }
    text
}

/// Whether something that is gone is what something new takes the place of.
type Fits = fn(&Gone<'_>, &Found, &[Hunk]) -> bool;

/// What stood in the draft before, as far as the change took it out.
struct Before<'t> {
    items: Vec<Gone<'t>>,
}

/// An item of which lines were taken out.
struct Gone<'t> {
    lines: Range<usize>,
    text: Vec<&'t str>,
    page: String,
    title: String,
    place: Option<Place>,
}

impl<'t> Before<'t> {
    fn read(base: &'t str, lines: &Lines<'t>, removed: &[bool], format: &Format) -> Before<'t> {
        let issue = Issue::parse(base, format);
        let gone = |item: &Item| {
            let own = lines.touched(item.text);
            let link = item.link.map(|link| &issue.links[link]);
            if !removed[own.clone()].iter().any(|removed| *removed) {
                return None;
            }
            let all = lines.touched(item.span);
            let stays = all.clone().skip(own.len()).find(|line| !removed[*line]);
            let taken = all.start..stays.unwrap_or(all.end);
            Some(Gone {
                text: lines.all[taken.clone()].to_vec(),
                page: link.map_or(String::new(), |link| canonical(&link.url)),
                title: item.title.to_lowercase(),
                place: item.section.map(|section| Place::of(&issue, section)),
                lines: taken,
            })
        };
        Before {
            items: issue.items.iter().filter_map(gone).collect(),
        }
    }

    /// Where the lines stood that an item takes the place of.
    fn place_of(&self, item: &Proposed) -> Option<&Place> {
        let old = item.replaces.as_ref()?;
        let own = |gone: &&Gone<'_>| gone.text.join("\n") == *old;
        self.items.iter().find(own)?.place.as_ref()
    }

    /// Tells each found item what it takes the place of, and gives the lines that are explained so.
    fn pair(&self, found: &mut [Found], hunks: &[Hunk]) -> HashSet<usize> {
        let mut explained: HashSet<usize> = HashSet::new();
        let keys: [Fits; 3] = [
            |gone, found, _| {
                let page = |link: &ProposedLink| canonical(&link.url) == gone.page;
                !gone.page.is_empty() && found.item.links.first().is_some_and(page)
            },
            |gone, found, _| {
                let title = |link: &ProposedLink| link.title.to_lowercase() == gone.title;
                found.item.links.first().is_some_and(title)
            },
            |gone, found, hunks| {
                let one = |hunk: &&Hunk| hunk.old.contains(&gone.lines.start);
                let hunk = hunks.iter().find(one);
                hunk.is_some_and(|hunk| hunk.old.len() == 1 && hunk.new == found.lines)
            },
        ];
        for fits in keys {
            for gone in &self.items {
                if gone.lines.clone().any(|line| explained.contains(&line)) {
                    continue;
                }
                let free = |found: &&mut Found| found.item.replaces.is_none();
                let mut free = found.iter_mut().filter(free);
                let Some(found) = free.find(|found| fits(gone, found, hunks)) else {
                    continue;
                };
                found.item.replaces = Some(gone.text.join("\n"));
                explained.extend(gone.lines.clone());
            }
        }
        explained
    }
}
