//! Tags of a template language that nothing will fill in.

use crate::check::inline::Inline;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "template-tag",
    level: Level::Deny,
    page: include_str!("template_tag.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let inlines = context.shared.inlines().iter();
    let found: Vec<&Inline<'_>> = inlines.filter(|inline| !inline.code).collect();
    for inline in found {
        let words = inline.span.of(text);
        if memchr::memchr(b'{', words.as_bytes()).is_none() {
            continue;
        }
        for (open, close) in [("{%", "%}"), ("{{", "}}")] {
            let Some(at) = words.find(open) else { continue };
            let start = inline.span.start + at;
            let line = text[start..].lines().next().unwrap_or_default();
            let Some(length) = line.find(close) else {
                continue;
            };
            let span = Span::new(start, start + length + close.len());
            let finding = context.finding(span, "this template tag is shown as it stands");
            context.report(finding.with_help("write in Markdown what it stands for"));
        }
    }
}
