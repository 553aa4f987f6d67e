//! Addresses that are no links.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "bare-url",
    level: Level::Warn,
    page: include_str!("bare_url.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let found = context.shared.inlines();
    let mut end = 0;
    for inline in found.iter().filter(|inline| !inline.code && !inline.link) {
        for scheme in ["https://", "http://"] {
            let Some(at) = inline.span.of(text).find(scheme) else {
                continue;
            };
            let start = inline.span.start + at;
            // Signs of broken links are the business of other rules.
            let before = text[..start].strip_suffix('(').unwrap_or(&text[..start]);
            if start < end
                || before
                    .trim_end()
                    .ends_with([']', ')', '[', '<', ':', '"', '('])
            {
                continue;
            }
            let stop = |character: char| {
                character.is_whitespace() || matches!(character, ')' | '>' | ']' | '|' | '"')
            };
            let length = text[start..].find(stop).unwrap_or(text.len() - start);
            let address = text[start..start + length]
                .trim_end_matches(['.', ',', ';', ':', '*', '_', '!', '?']);
            end = start + address.len();
            let span = Span::new(start, end);
            let finding = context.finding(span, "this address is no link: readers cannot click it");
            context.report(finding.with_edit(false, span, format!("<{address}>")));
        }
    }
}
