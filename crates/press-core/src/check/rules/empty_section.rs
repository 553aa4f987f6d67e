//! Sections that say nothing: a heading and no text, or only what stands there every week.

use crate::check::archive::section_text;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind as Kind;
use crate::issue::Section;
use crate::span::Span;
use pulldown_cmark::{Event, Tag};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    name: "empty-section",
    level: Level::Deny,
    page: include_str!("empty_section.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    let parents = issue.sections.iter().filter_map(|section| section.parent);
    let parents: HashSet<usize> = parents.collect();
    for (index, section) in issue.sections.iter().enumerate() {
        // A draft is full of sections that wait.
        if section.heading.is_none() || context.target.draft || says_none(context, section) {
            continue;
        }
        let has_children = parents.contains(&index);
        // What has an item says something.
        let first = issue
            .items
            .partition_point(|item| item.span.start < section.content.start);
        let item = issue.items.get(first);
        let lists = !matches!(section.kind, Kind::Prose | Kind::Jobs);
        let item = item.filter(|item| lists && item.span.end <= section.content.end);
        let text = match item {
            Some(item) => item.title.clone(),
            None => section_text(issue, index),
        };
        let what = if text.is_empty() && !has_children {
            match section.kind {
                Kind::Group => "holds no sections",
                _ => "says nothing",
            }
        } else if lacks_items(context, index, has_children) || is_remainder(context, section, &text)
        {
            "says only what it says every week"
        } else {
            continue;
        };
        report(context, section, what);
    }
}

fn report(context: &mut Context<'_>, section: &Section, what: &str) {
    let head = section.head.trimmed(context.text());
    let finding = context.finding(head, format!("`{}` {what}", section.title));
    let content = section.content.trimmed(context.text());
    let finding = if content.is_empty() {
        finding
    } else {
        finding.with_place(content, "nothing new in this")
    };
    let placeholder = section
        .spec
        .and_then(|spec| context.target.format.sections[spec].placeholder.first());
    let help = placeholder.map_or_else(
        || "fill it or take it out".to_owned(),
        |sentence| format!("fill it, take it out, or write `{sentence}`"),
    );
    context.report(finding.with_help(help));
}

/// Whether the section, one that holds it or one that it holds says that there was nothing this week.
fn says_none(context: &Context<'_>, section: &Section) -> bool {
    let issue = context.issue();
    let format = context.target.format;
    let mut outermost = section;
    let mut sentences: Vec<&String> = Vec::new();
    loop {
        if let Some(spec) = outermost.spec {
            sentences.extend(&format.sections[spec].placeholder);
        }
        match outermost.parent.map(|parent| &issue.sections[parent]) {
            // A group of everything says nothing about its parts.
            Some(parent) if matches!(parent.kind, Kind::Calls | Kind::Rfcs) => outermost = parent,
            _ => break,
        }
    }
    let said = outermost.span.of(context.text());
    let is_hidden = |place: usize| {
        let mut comments = issue.comments.iter();
        comments.any(|comment| comment.start <= place && place < comment.end)
    };
    sentences.iter().any(|sentence| {
        let mut places = said.match_indices(sentence.as_str());
        places.any(|(at, _)| !is_hidden(outermost.span.start + at))
    })
}

/// Whether a section that is made of items, or of a quotation, has none, its sub-sections of the kind included.
fn lacks_items(context: &Context<'_>, index: usize, has_children: bool) -> bool {
    let issue = context.issue();
    let section = &issue.sections[index];
    let told = section
        .spec
        .is_some_and(|spec| !context.target.format.sections[spec].placeholder.is_empty());
    let within = |span: Span| section.span.contains(span);
    match section.kind {
        Kind::Calls | Kind::Papers | Kind::Rfcs => {
            // What its sub-sections lack, they say themselves.
            told && !has_children && !issue.items.iter().any(|item| within(item.span))
        }
        Kind::PullRequests => {
            section.parent.is_none()
                && !issue.items.iter().any(|item| {
                    within(item.span)
                        && context
                            .section_of(item)
                            .is_some_and(|section| section.kind == Kind::PullRequests)
                })
        }
        Kind::Quote => !context.target.document.events.iter().any(|(event, span)| {
            let shows = matches!(
                event,
                Event::Start(
                    Tag::BlockQuote(_) | Tag::Image { .. } | Tag::List(_) | Tag::CodeBlock(_)
                ) | Event::Html(_)
            );
            shows
                && within(*span)
                && !context.is_hidden(*span)
                && !span.of(context.text()).trim_start().starts_with("<!--")
        }),
        _ => false,
    }
}

/// Whether a section is no more than the end of what it was in the issue before.
fn is_remainder(context: &mut Context<'_>, section: &Section, text: &str) -> bool {
    if !matches!(section.kind, Kind::Prose | Kind::Jobs)
        || section.span != Span::new(section.head.start, section.content.end)
    {
        return false;
    }
    let date = context.date();
    let Some(archive) = context.archive() else {
        return false;
    };
    let id = section.id.as_deref();
    let recent = archive.before(date).rev().take(4);
    let earlier = recent.flat_map(|issue| issue.sections());
    let mut earlier = earlier.filter(|past| Some(past.id()) == id);
    !text.is_empty()
        && earlier.any(|past| past.text().len() > text.len() && past.text().ends_with(text))
}
