//! What was read of an issue, without places: to compare two readings of nearly the same text.

use press_core::issue::Issue;
use press_core::span::Span;

/// One fact that was read, with its place; the place is compared apart, for it may have moved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) what: String,
    pub(crate) span: Span,
}

/// All facts of an issue that do not depend on the link `changed` or on those that share its definition.
///
/// `without` names a region whose content is not looked at: facts that lie in it, and texts that hold it.
pub(crate) fn facts(issue: &Issue, without: Option<Span>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |span: Span, what: String| facts.push(Fact { what, span });
    let free = |span: Span| {
        without.is_none_or(|region| span.end <= region.start || region.end <= span.start)
    };
    let inside = |span: Span| without.is_some_and(|region| region.contains(span) && region != span);
    let text_of = |span: Span, text: &str| {
        if free(span) {
            text.to_owned()
        } else {
            "…".to_owned()
        }
    };
    for heading in &issue.headings {
        let title = text_of(heading.span, &heading.title);
        add(heading.span, format!("heading {} {title:?}", heading.level));
    }
    for section in &issue.sections {
        let title = text_of(section.head, &section.title);
        let id = if free(section.head) {
            section.id.clone()
        } else {
            None
        };
        add(
            section.span,
            format!("section {id:?} {title:?} heading {:?}", section.heading),
        );
        add(section.content, "section's content".to_owned());
    }
    for link in issue.links.iter().filter(|link| !inside(link.span)) {
        let title = text_of(link.span, &link.title);
        add(
            link.span,
            format!("{:?} image {} {title:?}", link.kind, link.image),
        );
        if free(link.span) {
            add(link.text, "its text".to_owned());
        }
    }
    for item in &issue.items {
        // See `a_definition_in_an_item_is_no_part_of_its_title`.
        let odd = item.link.is_none()
            && issue
                .definitions
                .iter()
                .any(|inner| item.text.contains(inner.span));
        let title = if odd {
            "…".to_owned()
        } else {
            text_of(item.text, &item.title)
        };
        let marks: Vec<_> = item
            .marks
            .iter()
            .map(|mark| (&mark.id, &mark.name))
            .collect();
        let authors = if free(item.text) {
            item.authors.clone()
        } else {
            Vec::new()
        };
        add(
            item.span,
            format!(
                "item {title:?} {marks:?} {authors:?} in {:?} below {:?}",
                item.section, item.parent
            ),
        );
        for mark in &item.marks {
            add(mark.span, "mark".to_owned());
        }
        if let Some(note) = item.note {
            add(note, "note".to_owned());
        }
        if let Some(marker) = item.marker {
            add(marker, "marker".to_owned());
        }
    }
    for definition in &issue.definitions {
        add(
            definition.span,
            format!("definition {:?}", definition.label),
        );
    }
    for comment in issue.comments.iter().filter(|comment| !inside(**comment)) {
        add(*comment, "comment".to_owned());
    }
    for finding in &issue.findings {
        add(finding.span, format!("finding {}", finding.rule));
    }
    facts
}

/// Every span that the model gives, with what it is called.
pub(crate) fn spans(issue: &Issue) -> Vec<(Span, &'static str)> {
    let mut spans = vec![
        (issue.masthead.span, "masthead"),
        (issue.masthead.greeting, "greeting"),
    ];
    spans.extend(
        issue
            .masthead
            .entries
            .iter()
            .map(|(_, span)| (*span, "front matter value")),
    );
    spans.extend(
        issue
            .headings
            .iter()
            .map(|heading| (heading.span, "heading")),
    );
    for section in &issue.sections {
        spans.extend([
            (section.head, "head"),
            (section.span, "section"),
            (section.content, "content"),
        ]);
    }
    for link in &issue.links {
        spans.extend([(link.span, "link"), (link.text, "link text")]);
        spans.extend(link.destination.map(|span| (span, "destination")));
    }
    for item in &issue.items {
        spans.extend([(item.span, "item"), (item.text, "item text")]);
        spans.extend(item.marker.map(|span| (span, "marker")));
        spans.extend(item.note.map(|span| (span, "note")));
        spans.extend(item.marks.iter().map(|mark| (mark.span, "mark")));
    }
    spans.extend(issue.events.iter().map(|event| (event.span, "event")));
    spans.extend(issue.papers.iter().map(|paper| (paper.span, "paper")));
    for definition in &issue.definitions {
        spans.push((definition.span, "definition"));
        spans.extend(
            definition
                .destination
                .map(|span| (span, "definition's destination")),
        );
    }
    spans.extend(issue.comments.iter().map(|span| (*span, "comment")));
    for finding in &issue.findings {
        spans.push((finding.span, "finding"));
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        spans.extend(edits.map(|edit| (edit.span, "fix")));
    }
    spans
}
