//! Words that stand twice in a row.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "repeated-word",
    level: Level::Warn,
    page: include_str!("repeated_word.md"),
    check,
};

/// Words that may rightly follow themselves.
const MAY_REPEAT: [&str; 6] = ["had", "that", "very", "bye", "really", "no"];

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let found = context.shared.words();
    for at in 1..found.len() {
        let (first, second) = (found[at - 1].span, found[at].span);
        let (one, other) = (found[at - 1].text, found[at].text);
        // Three times in a row is a game, and `for for-expressions` is right.
        let game = at >= 2 && found[at - 2].text.eq_ignore_ascii_case(one);
        let compound = text[second.end..].starts_with('-');
        let between = &text[first.end..second.start.max(first.end)];
        // Small letters only: names and titles are doubled on purpose.
        let same =
            one.len() >= 2 && one == other && one.bytes().all(|byte| byte.is_ascii_lowercase());
        if same
            && !game
            && !compound
            && !between.is_empty()
            && between.trim().is_empty()
            && !MAY_REPEAT.contains(&one)
        {
            let again = Span::new(first.end, second.end);
            let finding = context.finding(second, format!("`{one}` stands twice"));
            context.report(finding.with_edit(false, again, ""));
        }
    }
}
