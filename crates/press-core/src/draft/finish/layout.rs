//! Order and white space: what changes no word of a text.

use super::{Order, Treatment, push, remove};
use crate::diagnostic::Edit;
use crate::draft::line_start;
use crate::format::Format;
use crate::issue::{Document, Heading, Issue, Item, Source};
use crate::span::Span;
use jiff::civil::Date;
use pulldown_cmark::{Event, Tag};

/// Items that change places. Blank lines and comments between them stay where they are.
pub(super) fn disorder(text: &str, format: &Format, treatments: &[Treatment]) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let mut edits = Vec::new();
    for (index, section) in issue.sections.iter().enumerate() {
        let order = order_of(&issue, index, treatments);
        let items: Vec<(usize, &Item)> = issue
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| {
                item.section == Some(index) && item.parent.is_none() && item.marker.is_some()
            })
            .collect();
        if order == Order::Written || section.spec.is_none() && items.is_empty() {
            continue;
        }
        for run in runs(text, &items) {
            // Items that cannot be placed keep the whole run as it is.
            let keys: Option<Vec<_>> = run
                .iter()
                .map(|(at, item)| key(&issue, *at, item, order))
                .collect();
            let Some(keys) = keys else { continue };
            let mut sorted: Vec<usize> = (0..run.len()).collect();
            sorted.sort_by(|one, other| keys[*one].cmp(&keys[*other]));
            for (place, from) in sorted.into_iter().enumerate() {
                if place != from {
                    let text = run[from].1.span.of(text).to_owned();
                    edits.push(Edit {
                        span: run[place].1.span,
                        text,
                    });
                }
            }
        }
    }
    edits
}

/// The order of a section; one that the format does not know goes by the section around it.
fn order_of(issue: &Issue, section: usize, treatments: &[Treatment]) -> Order {
    let around = std::iter::successors(Some(section), |section| issue.sections[*section].parent);
    let mut specs = around.filter_map(|section| issue.sections[section].spec);
    specs
        .next()
        .and_then(|spec| treatments.get(spec))
        .map_or(Order::Written, |treatment| treatment.order)
}

/// Items with nothing but blank lines between them.
fn runs<'a, 'i>(text: &str, items: &'a [(usize, &'i Item)]) -> Vec<&'a [(usize, &'i Item)]> {
    let together = |one: &(usize, &Item), other: &(usize, &Item)| {
        let between = text.get(one.1.span.end..other.1.span.start);
        between.is_some_and(|between| between.trim().is_empty())
    };
    items.chunk_by(together).collect()
}

/// What an item is sorted by: day, whether it is of one day only, place or title.
fn key(
    issue: &Issue,
    at: usize,
    item: &Item,
    order: Order,
) -> Option<(Option<Date>, bool, String)> {
    // A heading that is indented as an item's text is would take its section along.
    let holds_heading =
        |heading: &Heading| (item.span.start..item.span.end).contains(&heading.span.start);
    if issue.headings.iter().any(holds_heading) {
        return None;
    }
    if order == Order::Title {
        let title = item
            .title
            .trim_matches(['`', '*', '"', '\''])
            .to_lowercase();
        return item.link.map(|_| (None, false, title));
    }
    let event = issue.events.iter().find(|event| event.item == at)?;
    Some((
        Some(event.date?),
        event.end_date.is_none(),
        event.place.text.to_lowercase(),
    ))
}

/// White space that nobody meant: at the ends of lines, several blank lines, none before a heading.
pub(super) fn spacing(text: &str, format: &Format) -> Vec<Edit> {
    let issue = Issue::parse(text, format);
    let kept = kept_as_written(text, &issue);
    let inside = |at: usize| {
        let next = kept.partition_point(|span| span.end <= at);
        kept.get(next).is_some_and(|span| span.start < at)
    };
    let headings: Vec<usize> = issue
        .headings
        .iter()
        .map(|heading| line_start(text, heading.span.start))
        .collect();
    let mut edits: Vec<Edit> = Vec::new();
    let (mut at, mut blank, mut begun) = (0, 0, false);
    // Of a line that is kept as written too: a comment may end in a blank line.
    let mut after_blank = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let plain = content.trim_end_matches([' ', '\t']);
        let end = at + content.len();
        if inside(at) {
            (blank, begun) = (0, true);
        } else if plain.is_empty() && !begun {
            // Without the blank line before it a text may begin with what looks like a front matter.
        } else if plain.is_empty() {
            blank += 1;
            if blank > 1 {
                push(&mut edits, remove(Span::new(at, at + line.len())));
            } else {
                push(&mut edits, remove(Span::new(at, end)));
            }
        } else {
            if begun && !after_blank && headings.binary_search(&at).is_ok() {
                edits.push(Edit {
                    span: Span::new(at, at),
                    text: "\n".to_owned(),
                });
            }
            let next = at + line.len();
            // Before a heading nothing goes on.
            if headings.binary_search(&next).is_ok() || !is_break(text, next, content, plain) {
                push(&mut edits, remove(Span::new(at + plain.len(), end)));
            }
            (blank, begun) = (0, true);
        }
        after_blank = plain.is_empty();
        at += line.len();
    }
    end_of_text(text, &mut edits);
    edits
}

/// Two blanks at the end of a line that goes on are a line break.
fn is_break(text: &str, next: usize, content: &str, plain: &str) -> bool {
    let follows = text
        .get(next..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let goes_on = !follows.trim().is_empty()
        && !follows
            .trim_start()
            .starts_with(['*', '-', '+', '#', '<', '>', '|']);
    content.len() >= plain.len() + 2 && goes_on && !plain.starts_with('#')
}

/// One line break at the end.
fn end_of_text(text: &str, edits: &mut Vec<Edit>) {
    let end = text.trim_ascii_end().len();
    if end == 0 {
        return;
    }
    edits.retain(|edit| edit.span.end <= end);
    if &text[end..] != "\n" {
        edits.push(Edit {
            span: Span::new(end, text.len()),
            text: "\n".to_owned(),
        });
    }
}

/// Where white space means something: front matter, comments, code, HTML.
fn kept_as_written(text: &str, issue: &Issue) -> Vec<Span> {
    let mut spans = issue.comments.clone();
    spans.push(issue.masthead.span.trimmed(text));
    let source = Source::new(text, crate::format::Definitions::First);
    for (event, span) in &Document::parse(&source).events {
        if matches!(event, Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock)) {
            spans.push(span.trimmed(text));
        }
    }
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}
