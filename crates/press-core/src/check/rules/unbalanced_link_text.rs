//! Link texts with half of a pair: a parenthesis, a quotation or an emphasis that does not end.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "unbalanced-link-text",
    level: Level::Warn,
    page: include_str!("unbalanced_link_text.md"),
    check,
};

/// Pairs whose opening half never stands alone.
const PAIRS: &[(char, char)] = &[
    ('(', ')'),
    ('《', '》'),
    ('「', '」'),
    ('『', '』'),
    ('【', '】'),
    ('（', '）'),
    ('“', '”'),
    ('«', '»'),
];

fn check(context: &mut Context<'_>) {
    for link in &context.issue().links {
        if link.image {
            continue;
        }
        let text = link.text.of(context.text());
        let count = |sign: char| text.matches(sign).count();
        // Only the first pair is ASCII.
        let pairs = if text.is_ascii() { &PAIRS[..1] } else { PAIRS };
        let half = pairs
            .iter()
            .find(|(open, close)| count(*open) > count(*close));
        let message = if let Some((open, close)) =
            half.filter(|_| !text.contains('`') && !has_smiley(text))
        {
            format!("`{open}` is never followed by `{close}` in this link's text")
        } else if link.title.contains("**") && !link.title.contains("***") && !text.contains('`') {
            "`**` begins or ends nothing in this link's text".to_owned()
        } else {
            continue;
        };
        context.report(context.finding(link.span, message));
    }
}

fn has_smiley(text: &str) -> bool {
    [":(", ";(", ":-("].iter().any(|face| text.contains(face))
}
