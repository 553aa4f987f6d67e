//! Allow comments: what an editor has looked at and wants left as it is, and why.
//!
//! `<!-- press allow RULE: reason -->` stands on the line it speaks of, or on a line of its own above it.
//! Several rules are separated by commas. An allow comment without reason, with an unknown rule, or that
//! allows nothing is a finding itself: comments outlive what they were written for.

use super::{Rule, rules};
use crate::diagnostic::{Diagnostic, Level};
use crate::issue::Issue;
use crate::span::{LineIndex, Span};

/// The rule under which findings about allow comments are reported. It looks last, at what the others found.
pub(super) const RULE: Rule = Rule {
    name: "allow-comment",
    level: Level::Warn,
    page: include_str!("rules/allow_comment.md"),
    check: |_| {},
};

/// What stands for a reason until somebody has written one.
pub const NO_REASON: &str = "reason";

/// One allow comment.
struct Allow<'t> {
    span: Span,
    rules: Vec<&'t str>,
    reason: &'t str,
    /// The 1-based line it speaks of.
    line: usize,
}

/// Takes out the findings that are allowed, and adds those about the comments, at `level`. `knows` says whether a
/// rule could judge a line: only then a comment that allows nothing there is one too many.
pub(super) fn apply(
    issue: &Issue,
    findings: &mut Vec<Diagnostic>,
    level: Level,
    knows: impl Fn(&str, usize) -> bool,
) {
    let text = issue.text();
    let lines = LineIndex::new(text);
    let allows: Vec<Allow<'_>> = issue
        .comments
        .iter()
        .filter_map(|comment| read(text, &lines, *comment))
        .collect();
    let mut about = Vec::new();
    let mut tell = |allow: &Allow<'_>, message: String, help: Option<&str>| {
        let mut finding = Diagnostic::new(RULE.name, level, allow.span, message);
        finding.help = help.map(str::to_owned);
        about.push(finding);
    };
    for allow in allows {
        let known = |name: &str| rules::all().any(|rule| rule.name == name);
        if let Some(unknown) = allow.rules.iter().find(|name| !known(name)) {
            tell(&allow, format!("there is no rule `{unknown}`"), None);
            continue;
        }
        if matches!(allow.reason, "" | NO_REASON) {
            let help = "write it behind a colon: `<!-- press allow RULE: reason -->`";
            tell(
                &allow,
                "an allow comment needs a reason".to_owned(),
                Some(help),
            );
            continue;
        }
        for name in &allow.rules {
            let before = findings.len();
            let allowed = |finding: &Diagnostic| {
                let (first, last) = (lines.line(finding.span.start), lines.line(finding.span.end));
                finding.rule == *name && (first..=last).contains(&allow.line)
            };
            findings.retain(|finding| !allowed(finding));
            if findings.len() == before && knows(name, allow.line) {
                let message = format!("`{name}` has nothing to say here any more");
                tell(&allow, message, None);
            }
        }
    }
    if level != Level::Allow {
        findings.append(&mut about);
    }
}

fn read<'t>(text: &'t str, lines: &LineIndex, span: Span) -> Option<Allow<'t>> {
    let inner = span
        .of(text)
        .strip_prefix("<!--")?
        .strip_suffix("-->")?
        .trim();
    let rest = inner.strip_prefix("press allow ")?;
    let (names, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let before = text[..span.start].rsplit('\n').next().unwrap_or_default();
    let after = text[span.end..].split('\n').next().unwrap_or_default();
    let alone = before.trim().is_empty() && after.trim().is_empty();
    let below = || {
        let next = text[span.end..].find(|character: char| !character.is_whitespace());
        lines.line(next.map_or(span.end, |next| span.end + next))
    };
    Some(Allow {
        span,
        rules: names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect(),
        reason: reason.trim(),
        line: if alone {
            below()
        } else {
            lines.line(span.start)
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    fn left(text: &str) -> Vec<String> {
        let issue = Issue::parse(text, &Format::default());
        let lines = LineIndex::new(text);
        let markers = issue
            .items
            .iter()
            .filter_map(|item| item.marker)
            .filter(|marker| marker.of(text) == "-");
        let mut findings: Vec<Diagnostic> = markers
            .map(|marker| Diagnostic::new("list-marker", Level::Warn, marker, "odd"))
            .collect();
        apply(&issue, &mut findings, Level::Warn, |rule, _| {
            rule == "list-marker"
        });
        let told = findings
            .iter()
            .map(|finding| format!("{}: {}", lines.line(finding.span.start), finding.message));
        told.collect()
    }

    #[test]
    fn what_is_allowed_is_not_reported() {
        assert_eq!(
            left("- a <!-- press allow list-marker: a quotation -->\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            left("<!-- press allow list-marker: a quotation -->\n\n- a\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn comments_that_allow_nothing_are_told() {
        assert_eq!(
            left("- a <!-- press allow list-marker -->\n")[1],
            "1: an allow comment needs a reason"
        );
        assert_eq!(
            left("- a <!-- press allow list-marker: reason -->\n")[1],
            "1: an allow comment needs a reason"
        );
        assert_eq!(
            left("* a <!-- press allow list-marker: why -->\n"),
            ["1: `list-marker` has nothing to say here any more"]
        );
        // What `press links` would say is not known here.
        assert_eq!(
            left("* a <!-- press allow dead-link: why -->\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            left("* a <!-- press allow no-rule: why -->\n"),
            ["1: there is no rule `no-rule`"]
        );
    }
}
