//! Tables that are none, and rows that have more or fewer cells than their table.

use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;
use pulldown_cmark::{Event, Tag};

pub(super) const RULE: Rule = Rule {
    name: "table-form",
    level: Level::Warn,
    page: include_str!("table_form.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let mut found: Vec<Diagnostic> = Vec::new();
    for block in context
        .shared
        .blocks()
        .iter()
        .filter(|block| block.is_paragraph())
    {
        found.extend(no_table(context, block.span));
    }
    let mut columns = 0;
    for (event, span) in &context.target.document.events {
        match event {
            Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Event::Start(Tag::TableRow) => {
                let row = span.trimmed(text);
                found.extend(
                    row_message(row.of(text), columns)
                        .map(|(message, help)| context.finding(row, message).with_help(help)),
                );
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .for_each(|finding| context.report(finding));
}

/// What is wrong with a row of a table of so many columns.
fn row_message(row: &str, columns: usize) -> Option<(String, &'static str)> {
    let count = cells(row);
    if columns > 1 && !row.contains('|') {
        let message = "this line is taken for a row of the table above".to_owned();
        return Some((message, "put a blank line below the table"));
    }
    let help = "a bar inside a cell is written `\\|`";
    (count != columns).then(|| {
        let lost = if count > columns {
            ": those that are too many are not shown"
        } else {
            ""
        };
        (
            format!("this row has {count} cells, the table {columns}{lost}"),
            help,
        )
    })
}

/// A paragraph of lines between bars, which was meant as a table.
fn no_table(context: &Context<'_>, paragraph: Span) -> Option<Diagnostic> {
    let text = paragraph.of(context.text());
    let mut lines = text.lines().map(str::trim);
    let (first, second) = (lines.next()?, lines.next()?);
    let barred = |line: &str| line.len() > 2 && line.starts_with('|') && line.ends_with('|');
    if is_delimiter(second) && first.contains('|') {
        let message = format!(
            "this is no table: its head has {} cells, the line below it {}",
            cells(first),
            cells(second)
        );
        return Some(context.finding(paragraph, message));
    }
    (barred(first) && barred(second)).then(|| {
        let finding = context.finding(paragraph, "this is no table: no line separates its head");
        finding.with_help("put a line such as `|---|---|` below the first one")
    })
}

fn is_delimiter(line: &str) -> bool {
    line.contains('|')
        && line.contains("--")
        && line
            .chars()
            .all(|sign| matches!(sign, '|' | '-' | ':' | ' '))
}

/// How many cells a line has. A bar behind a backslash is none, even in code.
fn cells(line: &str) -> usize {
    let inner = line.strip_prefix('|').unwrap_or(line);
    let closed = inner.ends_with('|') && !inner.ends_with("\\|");
    let inner = if closed {
        &inner[..inner.len() - 1]
    } else {
        inner
    };
    let bytes = inner.as_bytes();
    let bars =
        (0..bytes.len()).filter(|at| bytes[*at] == b'|' && (*at == 0 || bytes[at - 1] != b'\\'));
    bars.count() + 1
}
