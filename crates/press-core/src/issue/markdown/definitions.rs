//! Link reference definitions, with those the parser drops because their label was defined before.

use super::{Definition, Document, LinkKind, place};
use crate::format::Definitions;
use crate::span::Span;
use pulldown_cmark::{Event, RefDefs, Tag};
use std::collections::{HashMap, HashSet};

/// The definitions that the parser gives, in the order of the text.
pub(super) fn known(text: &str, base: usize, found: &RefDefs<'_>) -> Vec<Definition> {
    let mut known: Vec<Definition> = found
        .iter()
        .map(|(label, definition)| {
            let span = Span::new(definition.span.start + base, definition.span.end + base);
            let in_text = place::borrowed(text, &definition.dest);
            Definition {
                label: label.to_owned(),
                span,
                destination: in_text
                    .or_else(|| scan(text, span.start, span.end).map(|found| found.1)),
                url: definition.dest.to_string(),
            }
        })
        .collect();
    known.sort_by_key(|definition| definition.span.start);
    known
}

/// Adds the definitions that lost against an earlier one: lines of their form between the blocks, where the
/// parser gave no event.
pub(super) fn add_repeated(document: &mut Document<'_>) {
    if document.definitions.is_empty() {
        return;
    }
    let starts: HashSet<usize> = document
        .definitions
        .iter()
        .map(|found| found.span.start)
        .collect();
    let mut repeated = Vec::new();
    for gap in gaps(document) {
        let mut at = gap.start;
        for line in gap.of(document.text).split_inclusive('\n') {
            let start = at + (line.len() - line.trim_start().len());
            at += line.len();
            if starts.contains(&start) {
                continue;
            }
            if let Some((label, destination)) = scan(document.text, start, gap.end) {
                let line_end = start + document.text[start..at].trim_end().len();
                repeated.push(Definition {
                    label: label.of(document.text).to_owned(),
                    span: Span::new(start, line_end.max(destination.end)),
                    destination: Some(destination),
                    url: destination.of(document.text).to_owned(),
                });
            }
        }
    }
    document.definitions.extend(repeated);
    document
        .definitions
        .sort_by_key(|definition| definition.span.start);
}

/// The parts of the body that no top-level block covers.
fn gaps(document: &Document<'_>) -> Vec<Span> {
    let mut gaps = Vec::new();
    let mut covered = document.masthead.span.end;
    let mut depth = 0usize;
    for (event, span) in &document.events {
        let top_level = depth == 0;
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if top_level && !matches!(event, Event::End(_)) {
            if span.start > covered {
                gaps.push(Span::new(covered, span.start));
            }
            covered = covered.max(span.end);
        }
    }
    if covered < document.text.len() {
        gaps.push(Span::new(covered, document.text.len()));
    }
    gaps
}

/// Label and destination of the definition that begins at `start`.
fn scan(text: &str, start: usize, end: usize) -> Option<(Span, Span)> {
    let rest = &text[start..end];
    if !rest.starts_with('[') || rest.starts_with("[^") {
        return None;
    }
    let close = rest.find("]:")?;
    let label = Span::new(start + 1, start + close);
    if label.of(text).contains(['[', ']']) || label.of(text).trim().is_empty() {
        return None;
    }
    let destination = place::destination(text, start + close + 2, end);
    (!destination.is_empty()).then_some((label, destination))
}

/// Says of each reference link which definition it means, and of the events where they lead.
pub(super) fn resolve(document: &mut Document<'_>, policy: Definitions) {
    if document.definitions.is_empty() {
        return;
    }
    let mut by_label: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, definition) in document.definitions.iter().enumerate() {
        by_label
            .entry(normalise(&definition.label))
            .or_default()
            .push(index);
    }
    let mut next_link = 0;
    for (event, span) in &mut document.events {
        let (Event::Start(Tag::Link { dest_url, id, .. })
        | Event::Start(Tag::Image { dest_url, id, .. })) = event
        else {
            continue;
        };
        let Some(link) = document.links.get_mut(next_link) else {
            break;
        };
        if link.span != *span {
            continue;
        }
        next_link += 1;
        if !matches!(
            link.kind,
            LinkKind::Reference | LinkKind::Collapsed | LinkKind::Shortcut
        ) {
            continue;
        }
        let Some(candidates) = by_label.get(&normalise(id)) else {
            continue;
        };
        let below = |index: &&usize| document.definitions[**index].span.start >= span.end;
        let nearest = candidates.iter().find(below).or(candidates.last());
        let chosen = match policy {
            Definitions::First => candidates.first(),
            Definitions::Nearest => nearest,
        };
        let Some(&index) = chosen else { continue };
        let definition = &document.definitions[index];
        link.definition = Some(index);
        link.destination = definition.destination;
        if link.url != definition.url {
            link.url.clone_from(&definition.url);
            *dest_url = definition.url.clone().into();
        }
    }
}

fn normalise(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
