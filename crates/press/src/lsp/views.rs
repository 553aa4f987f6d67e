//! What an editor shows of a text besides findings: pages of rules, where a link stood before, the outline.

use super::client::Abilities;
use super::findings::line_in;
use super::newsletters::Judged;
use gen_lsp_types::{
    BaseSymbolInformation, Contents, DocumentSymbol, DocumentSymbolResponse, FoldingRange,
    FoldingRangeKind, Hover, Location, MarkupContent, MarkupKind, Position, SymbolInformation,
    SymbolKind,
};
use press_core::canonical::canonical;
use press_core::check::rules;
use press_core::diagnostic::Level;
use press_core::issue::Section;
use press_core::span::Span;

/// What is known of a place: the findings there, and where the link there stood before.
pub(super) fn hover(judged: &Judged, position: Position, can: &Abilities) -> Option<Hover> {
    let offset = judged.asked.text.offset(position);
    let mut parts: Vec<String> = Vec::new();
    let mut spans = Vec::new();
    for (_, finding) in judged.touching(Span::new(offset, offset)) {
        let level = if finding.level == Level::Deny {
            "deny"
        } else {
            "warn"
        };
        let rule = rules::all().find(|rule| rule.name == finding.rule);
        let page = rule.map_or(finding.message.as_str(), |rule| first_paragraph(rule.page));
        parts.push(format!("**{}** ({level})\n\n{page}", finding.rule));
        spans.push(finding.span);
    }
    if let Some((span, before)) = link_at(judged, offset).and_then(|(span, url)| {
        let before = stood_before(judged, url)?;
        Some((span, before))
    }) {
        parts.push(before);
        spans.push(span);
    }
    parts.dedup();
    let smallest = spans.into_iter().min_by_key(|span| span.len())?;
    let kind = if can.markdown {
        MarkupKind::Markdown
    } else {
        MarkupKind::PlainText
    };
    let contents = MarkupContent::new(kind, parts.join("\n\n---\n\n"));
    Some(Hover {
        contents: Contents::MarkupContent(contents),
        range: Some(judged.asked.text.range(smallest)),
    })
}

/// What a rule's page says first, below its name.
fn first_paragraph(page: &str) -> &str {
    page.split("\n\n").nth(1).unwrap_or_default().trim()
}

/// The innermost link or definition at a place.
fn link_at(judged: &Judged, offset: usize) -> Option<(Span, &str)> {
    let issue = &judged.issue;
    let links = issue
        .links
        .iter()
        .map(|link| (link.span, link.url.as_str()));
    let definitions = issue.definitions.iter();
    let definitions = definitions.map(|known| (known.span, known.url.as_str()));
    let here = |(span, _): &(Span, &str)| span.start <= offset && offset <= span.end;
    links
        .chain(definitions)
        .filter(here)
        .min_by_key(|(span, _)| span.len())
}

/// Most earlier places of a link that are named.
const NAMED: usize = 3;

fn stood_before(judged: &Judged, url: &str) -> Option<String> {
    let archive = judged.checker.archive()?;
    let form = canonical(url);
    let before = archive.links_to(&form, judged.issue.masthead.date);
    let count = before.clone().count();
    if count == 0 {
        return None;
    }
    let mut lines = vec!["This page was linked before:\n".to_owned()];
    for link in before.rev().take(NAMED) {
        let issue = link.issue();
        let name = match issue.number() {
            Some(number) => format!("issue {number} of {}", issue.date()),
            None => format!("the issue of {}", issue.date()),
        };
        let path = judged.checker.config.issues.join(issue.path());
        let name = match line_in(judged, &path, link.line()) {
            Some(place) => format!("[{name}]({}#L{})", place.uri, link.line()),
            None => name,
        };
        lines.push(format!("- {name}: {}", escaped(link.title())));
    }
    if count > NAMED {
        lines.push(format!("- and {} times more", count - NAMED));
    }
    Some(lines.join("\n"))
}

/// A title that Markdown shows as it is.
fn escaped(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    for character in title.chars() {
        if character.is_ascii_punctuation() {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// The sections of a text.
pub(super) fn symbols(judged: &Judged, can: &Abilities) -> DocumentSymbolResponse {
    if can.nested {
        return DocumentSymbolResponse::DocumentSymbolList(nested(judged));
    }
    let text = &judged.asked.text;
    let sections = &judged.issue.sections;
    let flat = sections.iter().map(|section| {
        let range = text.range(section.span.trimmed(&text.text));
        let container = section.parent.map(|parent| name(&sections[parent].title));
        let title = name(&section.title);
        SymbolInformation::new(
            None,
            Location::new(judged.asked.uri.clone(), range),
            BaseSymbolInformation::new(title, SymbolKind::String, None, container),
        )
    });
    DocumentSymbolResponse::SymbolInformationList(flat.collect())
}

fn nested(judged: &Judged) -> Vec<DocumentSymbol> {
    let text = &judged.asked.text;
    let sections = &judged.issue.sections;
    let symbol = |section: &Section| {
        let whole = section.span.trimmed(&text.text);
        let head = section.head.trimmed(&text.text);
        let head = Span::new(head.start, head.end.min(whole.end).max(head.start));
        let (whole, head) = (text.range(whole), text.range(head));
        let (title, id) = (name(&section.title), section.id.clone());
        DocumentSymbol::new(title, id, SymbolKind::String, None, None, whole, head, None)
    };
    let symbols = sections.iter().map(|section| Some(symbol(section)));
    let mut symbols: Vec<Option<DocumentSymbol>> = symbols.collect();
    // Parents stand before their sub-sections, so the last is finished first.
    for at in (0..sections.len()).rev() {
        let Some(parent) = sections[at].parent.filter(|parent| *parent < at) else {
            continue;
        };
        let symbol = symbols[at].take();
        if let (Some(symbol), Some(parent)) = (symbol, symbols[parent].as_mut()) {
            parent.children.get_or_insert_default().insert(0, symbol);
        }
    }
    symbols.into_iter().flatten().collect()
}

fn name(title: &str) -> String {
    match title.trim() {
        "" => "(no title)".to_owned(),
        title => title.to_owned(),
    }
}

/// What can be folded: front matter, sections, comments of several lines.
pub(super) fn folds(judged: &Judged) -> Vec<FoldingRange> {
    let text = &judged.asked.text;
    let issue = &judged.issue;
    let head = std::iter::once((issue.masthead.span, None));
    let sections = issue.sections.iter().map(|section| (section.span, None));
    let comments = issue.comments.iter();
    let comments = comments.map(|comment| (*comment, Some(FoldingRangeKind::Comment)));
    let folds = head.chain(sections).chain(comments).map(|(span, kind)| {
        let range = text.range(span.trimmed(&text.text));
        FoldingRange {
            start_line: range.start.line,
            end_line: range.end.line,
            kind,
            ..FoldingRange::default()
        }
    });
    folds
        .filter(|fold| fold.start_line < fold.end_line)
        .collect()
}
