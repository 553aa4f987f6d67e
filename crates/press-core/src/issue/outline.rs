//! Headings become sections: what each is, what it holds, where it ends.

use super::markdown::Document;
use crate::diagnostic::{Diagnostic, Level};
use crate::format::{Format, SectionKind};
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

/// A headed part of an issue, or one that begins with a known paragraph.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its entry in [`Format::sections`]; none for a heading that matches nothing.
    pub spec: Option<usize>,
    /// Its identity in `press.toml`.
    pub id: Option<String>,
    /// How its items are read.
    pub kind: SectionKind,
    /// The heading's text, or the beginning of the paragraph that opens it.
    pub title: String,
    /// Its heading, as an index into the headings.
    pub heading: Option<usize>,
    /// The heading or the opening paragraph.
    pub head: Span,
    /// From its head to its end, sub-sections included.
    pub span: Span,
    /// What stands in it before the next section, its head excluded.
    pub content: Span,
    /// The section that holds it.
    pub parent: Option<usize>,
}

pub(super) struct Outline {
    pub(super) sections: Vec<Section>,
    pub(super) greeting: Span,
    pub(super) findings: Vec<Diagnostic>,
}

/// What may open a section, in the order of the text.
struct Opener {
    heading: Option<usize>,
    head: Span,
    level: u8,
    title: String,
}

pub(super) fn read(document: &Document<'_>, format: &Format) -> Outline {
    let body = document.body();
    let mut sections: Vec<Section> = Vec::new();
    let mut findings = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for opener in openers(document, format) {
        let known: Vec<usize> = open
            .iter()
            .filter_map(|section| sections[*section].spec)
            .collect();
        let spec = match opener.heading {
            Some(_) => format.find_section(&opener.title, &known),
            None => format.find_opening(&opener.title, &known),
        };
        if opener.heading.is_none() && spec.is_none() {
            continue;
        }
        if spec.is_none() && !format.sections.is_empty() {
            findings.push(unknown(&opener));
        }
        while let Some(&innermost) = open.last() {
            if stays_open(format, &sections[innermost], document, spec, opener.level) {
                break;
            }
            sections[innermost].span.end = opener.head.start;
            open.pop();
        }
        if let Some(last) = sections.last_mut() {
            last.content.end = opener.head.start;
        }
        let parent = open.last().copied();
        open.push(sections.len());
        sections.push(section(format, opener, spec, parent, body));
    }
    let greeting_end = sections.first().map_or(body.end, |first| first.head.start);
    Outline {
        greeting: Span::new(body.start, greeting_end).trimmed(document.text),
        sections,
        findings,
    }
}

/// A known section holds what its specification says; an unknown one holds deeper unknown headings.
/// Levels do not matter to known sections: newsletters change them over the years, and slip.
fn stays_open(
    format: &Format,
    open: &Section,
    document: &Document<'_>,
    spec: Option<usize>,
    level: u8,
) -> bool {
    match (open.spec, spec) {
        (Some(holder), Some(section)) => holder != section && format.holds(holder, section),
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => open
            .heading
            .is_some_and(|heading| document.headings[heading].level < level),
    }
}

fn section(
    format: &Format,
    opener: Opener,
    spec: Option<usize>,
    parent: Option<usize>,
    body: Span,
) -> Section {
    let known = spec.map(|index| &format.sections[index]);
    // What an opening paragraph says is part of the section; a heading is not.
    let content_start = if opener.heading.is_some() {
        opener.head.end
    } else {
        opener.head.start
    };
    Section {
        spec,
        id: known.map(|spec| spec.id.clone()),
        kind: known.map_or(SectionKind::Links, |spec| spec.kind),
        title: opener.title,
        heading: opener.heading,
        head: opener.head,
        span: Span::new(opener.head.start, body.end),
        content: Span::new(content_start, body.end),
        parent,
    }
}

fn unknown(opener: &Opener) -> Diagnostic {
    let message = format!("no section is called `{}`", opener.title);
    Diagnostic::new("unknown-section", Level::Warn, opener.head, message)
        .with_help("correct the heading, or add it to the `names` of a [[section]] in press.toml")
}

fn openers(document: &Document<'_>, format: &Format) -> Vec<Opener> {
    let headings = document
        .headings
        .iter()
        .enumerate()
        .map(|(index, heading)| Opener {
            heading: Some(index),
            head: heading.span,
            level: heading.level,
            title: heading.title.clone(),
        });
    let mut openers: Vec<Opener> = headings.collect();
    let mut depth = 0usize;
    for (event, span) in &document.events {
        match event {
            Event::Start(tag) => {
                if depth == 0 && matches!(tag, Tag::Paragraph) {
                    openers.extend(opening(document.text, *span, format));
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    openers.sort_by_key(|opener| opener.head.start);
    openers
}

/// A paragraph as an opener, if a section can begin with it.
fn opening(text: &str, span: Span, format: &Format) -> Option<Opener> {
    let line = span.of(text).lines().next()?;
    // Nearly every paragraph is none; its first letter tells.
    let first = line.chars().find(|character| character.is_alphanumeric())?;
    if !format.may_open_with(first) {
        return None;
    }
    let title: String = line
        .chars()
        .filter(|character| !matches!(character, '*' | '_' | '`'))
        .take(120)
        .collect();
    format.find_opening(&title, &[])?;
    Some(Opener {
        heading: None,
        head: span,
        level: 6,
        title,
    })
}
