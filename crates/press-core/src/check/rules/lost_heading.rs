//! Lines that are headings in all but their sign.

use crate::check::archive::section_at;
use crate::check::inline::Block;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::issue::Section;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "lost-heading",
    level: Level::Warn,
    page: include_str!("lost_heading.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let blocks = context.shared.blocks();
    for (index, block) in blocks.iter().enumerate() {
        let line = block.span.of(text);
        let glued = line.starts_with('#') && !line.starts_with("#######") && line.len() < 80;
        let next_is_list = blocks.get(index + 1).is_some_and(Block::is_list);
        if !block.is_paragraph() || line.contains('\n') || !(next_is_list || glued) {
            continue;
        }
        let title = block.plain.trim_start_matches('#');
        let emphasised = line.starts_with("**") || line.starts_with("__");
        if !(block.only_links || emphasised || glued || is_name(line)) {
            continue;
        }
        let hashes = line.len() - line.trim_start_matches('#').len();
        let Some(level) = level_of(context, block.span, title) else {
            if hashes > 1 {
                let place = Span::new(block.span.start + hashes, block.span.start + hashes);
                let message = "a heading needs a blank behind its signs: this is none";
                context.report(
                    context
                        .finding(block.span, message)
                        .with_edit(false, place, " "),
                );
            }
            continue;
        };
        let sign = "#".repeat(if glued { hashes } else { level.into() });
        let place = Span::new(block.span.start, block.span.start + hashes);
        let finding = context.finding(
            block.span,
            format!("`{title}` is the heading of a section, but is not written as one"),
        );
        context.report(finding.with_edit(false, place, format!("{sign} ")));
    }
}

/// The level a heading with this text would have here; none if it would open no section.
fn level_of(context: &Context<'_>, span: Span, title: &str) -> Option<u8> {
    let issue = context.issue();
    let format = context.target.format;
    let here = section_at(issue, span.start)?;
    // Calls name the project that they come from.
    if issue.sections[here].kind == SectionKind::Calls {
        return None;
    }
    let spec = issue.sections[here].spec?;
    let mut open = vec![spec];
    while let Some(parent) = format.sections[open[open.len() - 1]].parent {
        open.push(parent);
    }
    open.reverse();
    let found = format.find_section(title, &open)?;
    let holder = format.sections[found].parent?;
    if !open.contains(&holder) || found == spec {
        return None;
    }
    let level = |section: &Section| Some(issue.headings[section.heading?].level);
    let of_spec = |section: &&Section| section.spec == Some(holder);
    let sibling = |section: &&Section| {
        section.spec.and_then(|spec| format.sections[spec].parent) == Some(holder)
    };
    let like_sibling = issue.sections.iter().find(sibling).and_then(level);
    let below_parent = issue.sections.iter().find(of_spec).and_then(level);
    like_sibling.or(below_parent.map(|level| (level + 1).min(6)))
}

/// Whether a line may be a name: a few words, none of them punctuated.
fn is_name(line: &str) -> bool {
    line.len() < 40
        && line.starts_with(|first: char| first.is_uppercase())
        && line.ends_with(char::is_alphanumeric)
}
