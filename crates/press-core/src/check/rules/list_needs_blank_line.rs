//! Lists and tables that begin right below a paragraph.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;
use pulldown_cmark::Tag;

pub(super) const RULE: Rule = Rule {
    name: "list-needs-blank-line",
    level: Level::Warn,
    page: include_str!("list_needs_blank_line.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let blocks = context.shared.blocks();
    for pair in blocks.windows(2) {
        let [paragraph, block] = pair else { continue };
        let what = match block.tag {
            Some(Tag::List(_)) => "list",
            Some(Tag::Table(_)) => "table",
            _ => continue,
        };
        let between = Span::new(paragraph.span.end, block.span.start);
        // A link alone is the label of its list.
        if paragraph.only_links {
            continue;
        }
        if paragraph.is_paragraph()
            && between.of(text).matches('\n').count() == 1
            && between.of(text).trim().is_empty()
        {
            report(context, block.span, what);
        }
    }
    for paragraph in blocks.iter().filter(|block| block.is_paragraph()) {
        if let Some(table) = swallowed_table(text, paragraph.span) {
            report(context, table, "table");
        }
    }
}

fn report(context: &mut Context<'_>, block: Span, what: &str) {
    let text = context.text();
    let line = text[..block.start].rfind('\n').map_or(0, |end| end + 1);
    let head = block.of(text).lines().next().unwrap_or_default();
    let finding = context.finding(
        Span::new(block.start, block.start + head.len()),
        format!("this {what} begins right below a paragraph"),
    );
    let help =
        "put a blank line between: several Markdown programs take it for part of the paragraph";
    context.report(
        finding
            .with_help(help)
            .with_edit(true, Span::new(line, line), "\n"),
    );
}

/// Where a table's head stands in a paragraph that has swallowed it.
fn swallowed_table(text: &str, paragraph: Span) -> Option<Span> {
    let mut at = paragraph.start;
    let mut lines = paragraph.of(text).split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let rule = lines.peek().map_or("", |line| line.trim());
        let is_rule = rule.starts_with('|')
            && rule.contains("--")
            && rule.chars().all(|character| "|:- ".contains(character));
        if is_rule && at > paragraph.start && line.starts_with('|') {
            return Some(Span::new(at, paragraph.end));
        }
        at += line.len();
    }
    None
}
