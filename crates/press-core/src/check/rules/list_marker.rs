//! Items that begin with another sign than the rest of the issue.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "list-marker",
    level: Level::Warn,
    page: include_str!("list_marker.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let text = context.text();
    let markers = || context.issue().items.iter().filter_map(|item| item.marker);
    let bullets = |sign: &str| markers().filter(|marker| marker.of(text) == sign).count();
    // What most items of the issue use is its style.
    let usual = ["*", "-", "+"]
        .into_iter()
        .max_by_key(|sign| (bullets(sign), *sign == "*"));
    let Some(usual) = usual.filter(|sign| bullets(sign) > 0) else {
        return;
    };
    let strange: Vec<_> = markers()
        .filter(|marker| matches!(marker.of(text), "*" | "-" | "+") && marker.of(text) != usual)
        .collect();
    for marker in strange {
        let message = format!(
            "this item begins with `{}`, the others with `{usual}`",
            marker.of(text)
        );
        let finding = context
            .finding(marker, message)
            .with_edit(true, marker, usual);
        context.report(finding);
    }
}
