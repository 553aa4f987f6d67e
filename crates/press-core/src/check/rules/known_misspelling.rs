//! Words that people misspell again and again.

use crate::check::misspellings::correction;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "known-misspelling",
    level: Level::Warn,
    page: include_str!("known_misspelling.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for found in context.shared.words() {
        let Some(right) = correction(found.fingerprint) else {
            continue;
        };
        let (span, word) = (found.span, found.text);
        if context.target.options.is_right(word) {
            continue;
        }
        // Inner capitals make a name: `TeH`, `iOS`.
        let inner = word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
        let mixed = inner && word.bytes().any(|byte| byte.is_ascii_lowercase());
        if mixed && right != "github" {
            continue;
        }
        let right = if inner {
            right.to_uppercase()
        } else if word.starts_with(char::is_uppercase) {
            right[..1].to_uppercase() + &right[1..]
        } else {
            right.to_owned()
        };
        let message = format!("`{word}` is a misspelling of `{right}`");
        let finding = context.finding(span, message).with_edit(false, span, right);
        context.report(finding);
    }
}
