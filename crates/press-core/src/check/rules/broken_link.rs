//! Links that are none: their brackets do not make one, and readers see the Markdown.

use crate::check::prose::{self, LINK};
use crate::check::{Context, Rule};
use crate::diagnostic::{Diagnostic, Level};
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "broken-link",
    level: Level::Deny,
    page: include_str!("broken_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let prose = context.shared.prose();
    let mut last_line = usize::MAX;
    let mut found = Vec::new();
    for at in memchr::memchr3_iter(b'[', b']', b')', prose.as_bytes()) {
        let finding = match prose.as_bytes()[at] {
            b']' => after_text(context, prose, at),
            b'[' => opening(context, prose, at),
            _ => reversed(context, prose, at),
        };
        found.extend(finding);
    }
    found.extend(remains(context, prose));
    found.extend(escaped(context));
    found.sort_by_key(|finding: &Diagnostic| finding.span.start);
    for finding in found {
        // One slip breaks several brackets of its line.
        let line = context.text()[..finding.span.start]
            .rfind('\n')
            .unwrap_or(0);
        if line != last_line {
            context.report(finding);
        }
        last_line = line;
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.")
}

/// `](…`, `] (https://…)` and `]https://…`, none of them part of a link.
fn after_text(context: &Context<'_>, prose: &str, at: usize) -> Option<Diagnostic> {
    let rest = prose::rest_of_line(prose, at + 1);
    if rest.trim_end().is_empty() {
        return next_line(context, prose, at);
    }
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    let behind = &rest[blanks..];
    let span = Span::new(at, at + 1 + rest.len());
    if let Some(inner) = behind.strip_prefix('(') {
        if blanks > 0 {
            let gap = Span::new(at + 1, at + 1 + blanks);
            let finding =
                context.finding(span, "a blank between text and address: this is no link");
            return is_address(inner).then(|| finding.with_edit(true, gap, ""));
        }
        return Some(unfinished(context, span, inner));
    }
    if blanks == 0 && is_address(behind) {
        return Some(context.finding(span, "the address has no parenthesis: this is no link"));
    }
    let inner = behind.strip_prefix('[').filter(|inner| is_address(inner))?;
    let finding = context.finding(
        span,
        "the address stands in square brackets: this is no link",
    );
    let close = inner.find(']').filter(|_| blanks == 0)?;
    let address = at + 3;
    let brackets = Span::new(at + 1, address + close + 1);
    Some(finding.with_edit(true, brackets, format!("({})", &inner[..close])))
}

/// `[text]` at the end of a line, `(https://…)` below it.
fn next_line(context: &Context<'_>, prose: &str, at: usize) -> Option<Diagnostic> {
    let behind = prose[at + 1..].trim_start_matches(' ').strip_prefix('\n')?;
    let behind = behind.trim_start_matches(' ');
    let gap = Span::new(at + 1, prose.len() - behind.len());
    is_address(behind.strip_prefix('(')?).then(|| {
        context
            .finding(
                Span::new(at, gap.end + 1),
                "the address stands on the next line: this is no link",
            )
            .with_edit(false, gap, "")
    })
}

/// `[text\](https://…)`: the bracket is escaped.
fn escaped(context: &Context<'_>) -> Vec<Diagnostic> {
    let text = context.text();
    let places = memchr::memmem::find_iter(text.as_bytes(), "\\](http");
    places
        .filter(|at| !context.is_hidden(Span::new(*at, at + 3)))
        .filter(|at| {
            let links = &context.issue().links;
            let next = links.partition_point(|link| link.span.end <= *at);
            links.get(next).is_none_or(|link| link.span.start > *at)
        })
        .map(|at| {
            let span = Span::new(at, at + 3);
            let finding = context.finding(span, "this bracket is escaped: this is no link");
            finding.with_edit(false, Span::new(at, at + 1), "")
        })
        .collect()
}

/// What is wrong behind `](`.
fn unfinished(context: &Context<'_>, span: Span, inner: &str) -> Diagnostic {
    let address = span.start + 2;
    if let Some(doubled) = inner.strip_prefix('(').filter(|rest| is_address(rest)) {
        let finding = context.finding(span, "the parenthesis is doubled: this is no link");
        let closed = doubled.split(' ').next().unwrap_or_default();
        return if closed.ends_with("))") {
            finding
        } else {
            finding.with_edit(false, Span::new(address, address + 1), "")
        };
    }
    let word = inner.find(char::is_whitespace).unwrap_or(inner.len());
    if !is_address(inner) && inner.contains(')') {
        return context
            .finding(
                span,
                "what stands in the parentheses is no address: this is no link",
            )
            .with_help("put the address of the page there");
    }
    let finding = context.finding(span, "the address does not end: this is no link");
    let whole = !inner[..word].contains(')') && word < inner.len();
    if whole && is_address(inner) {
        return finding.with_edit(false, Span::new(address + word, address + word), ")");
    }
    finding.with_help("complete the address and close its parenthesis")
}

/// `[https://…)` behind a text, and a second bracket before a link.
fn opening(context: &Context<'_>, prose: &str, at: usize) -> Option<Diagnostic> {
    let rest = prose::rest_of_line(prose, at + 1);
    let span = Span::new(at, at + 1 + rest.len());
    if is_address(rest) {
        let parenthesis = rest
            .find([')', ']'])
            .is_some_and(|close| rest[close..].starts_with(')'));
        return parenthesis.then(|| {
            context
                .finding(span, "brackets do not fit: this is no link")
                .with_help("write `[text](address)`")
        });
    }
    let doubled = rest.starts_with(LINK) && !prose[at + 1..].split("\n\n").next()?.contains(']');
    doubled.then(|| {
        context
            .finding(Span::new(at, at + 1), "this bracket is one too many")
            .with_edit(false, Span::new(at, at + 1), "")
    })
}

/// `(text)(https://…)`.
fn reversed(context: &Context<'_>, prose: &str, at: usize) -> Option<Diagnostic> {
    let address = prose[at + 1..]
        .strip_prefix(['(', '['])
        .filter(|rest| is_address(rest))?;
    let before = prose::before(prose, at);
    let open = before.rfind(['(', '['])?;
    let span = Span::new(at, at + 2 + address.find([')', ']', '\n']).unwrap_or(0));
    if before[open..].starts_with('[') || prose[at + 1..].starts_with('[') {
        let finding = context.finding(span, "brackets do not fit: this is no link");
        return Some(finding.with_help("write `[text](address)`"));
    }
    let finding = context.finding(
        span,
        "the text stands in parentheses instead of square brackets: this is no link",
    );
    let start = at - (before.len() - open);
    let text = Span::new(start, at + 1);
    let inner = Span::new(start + 1, at).of(context.text());
    Some(finding.with_edit(false, text, format!("[{inner}]")))
}

/// What is left of another address behind a link: `)er/pull/1)`.
fn remains(context: &Context<'_>, prose: &str) -> Vec<Diagnostic> {
    let links = &context.issue().links;
    let mut found = Vec::new();
    for link in links.iter().filter(|link| !link.image) {
        let rest = &prose[link.span.end..];
        let tail = rest
            .split(|sign: char| sign.is_whitespace() || sign == LINK)
            .next();
        let tail = tail.unwrap_or_default();
        let Some(close) = tail.find(')') else {
            continue;
        };
        let open = balance(prose::before(prose, link.span.start)) + balance(&tail[..close]);
        if open > 0 {
            continue;
        }
        let span = Span::new(link.span.end, link.span.end + close + 1);
        let finding = if close == 0 {
            context.finding(span, "this parenthesis is one too many")
        } else if tail[..close].contains('/') {
            context.finding(span, "this is left of another address")
        } else {
            continue;
        };
        found.push(finding.with_edit(false, span, ""));
    }
    found
}

/// How many parentheses are open at the end of `text`.
fn balance(text: &str) -> usize {
    text.bytes().fold(0, |open: usize, byte| match byte {
        b'(' => open + 1,
        b')' => open.saturating_sub(1),
        _ => open,
    })
}
