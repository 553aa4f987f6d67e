//! Marks that are none: misspelt, glued to the link, or inside its text.

use crate::check::{Context, Rule};
use crate::diagnostic::{Edit, Fix, Level};
use crate::format::SectionKind;
use crate::issue::{Item, Link};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "mark-form",
    level: Level::Warn,
    page: include_str!("mark_form.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        if section.kind != SectionKind::Links {
            continue;
        }
        glued(context, item, link);
        inside(context, link);
        for mark in &item.marks {
            let known = mark.id.is_some()
                || mark.name.contains(char::is_whitespace) && mark.name.len() > 20;
            // Before a link, brackets of other lengths are words of a sentence.
            if known || mark.name.is_empty() || mark.name.contains('`') {
                continue;
            }
            let finding = context.finding(
                mark.span,
                format!("`[{}]` is no mark of this newsletter", mark.name),
            );
            context.report(match similar(&mark.name) {
                Some(name) => finding.with_edit(false, mark.span, format!("[{name}]")),
                None => finding.with_help("correct it, or add it as a [[mark]] in press.toml"),
            });
        }
    }
}

/// `[video][title](address)`: some programs take the second bracket for a label.
fn glued(context: &mut Context<'_>, item: &Item, link: &Link) {
    let Some(mark) = item
        .marks
        .last()
        .filter(|mark| mark.span.end == link.span.start)
    else {
        return;
    };
    if mark.span.of(context.text()).starts_with('[') {
        let place = Span::new(mark.span.end, mark.span.end);
        let finding = context.finding(
            mark.span,
            "there is no blank between this mark and the link",
        );
        context.report(finding.with_edit(true, place, " "));
    }
}

/// `[[video] title](address)`.
fn inside(context: &mut Context<'_>, link: &Link) {
    let text = link.text.of(context.text());
    let inner = text.trim_start_matches('\\');
    let found = inner
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    let Some((name, rest)) = found else { return };
    let name = name.trim_end_matches('\\');
    if context.target.format.find_mark(name).is_none() || rest.trim().is_empty() {
        return;
    }
    let mark = Span::new(link.text.start, link.text.end - rest.trim_start().len());
    let finding = context.finding(mark, "this mark stands inside the link's text");
    let edit = |span, text: String| Edit { span, text };
    let edits = vec![
        edit(
            Span::new(link.span.start, link.span.start),
            format!("[{name}] "),
        ),
        edit(mark, String::new()),
    ];
    context.report(finding.with_fix(Fix { safe: true, edits }));
}

/// The mark that is meant by one with a letter too many, too few or in the wrong place.
fn similar(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    ["video", "audio", "series", "podcast", "slides"]
        .into_iter()
        .find(|known| {
            let mut other: Vec<char> = known.chars().collect();
            other.sort_unstable();
            let missing = other
                .iter()
                .filter(|letter| !letters.contains(letter))
                .count();
            missing <= 1
                && letters.len().abs_diff(other.len()) <= 1
                && lower.chars().next() == known.chars().next()
        })
}
