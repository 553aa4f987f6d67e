//! Titles that somebody's program cut off.

use crate::check::{Context, Rule};
use crate::diagnostic::Level;

pub(super) const RULE: Rule = Rule {
    name: "truncated-title",
    level: Level::Warn,
    page: include_str!("truncated_title.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    // Search results and previews cut at about this length; shorter titles end in dots on purpose.
    let longest = context.target.options.truncated_title_characters;
    for item in &context.issue().items {
        let Some(link) = context.link_of(item) else {
            continue;
        };
        let title = link.title.trim_end();
        let Some(rest) = title
            .strip_suffix("...")
            .or_else(|| title.strip_suffix('…'))
        else {
            // Groups call their evenings as they like, and code ends in any sign.
            let code = link.text.of(context.text()).ends_with('`');
            if item.parent.is_none() && !code && breaks_off(title) {
                let finding = context.finding(link.text, "this title breaks off");
                context.report(finding.with_help("write the whole title of the page"));
            }
            continue;
        };
        let cut = rest.ends_with(' ') || rest.chars().count() >= longest;
        if cut {
            let finding = context.finding(link.text, "this title is cut off");
            context.report(finding.with_help("write the whole title of the page"));
        }
    }
}

/// Whether a title ends in a word or a sign that something must follow.
fn breaks_off(title: &str) -> bool {
    if let Some(before) = title.strip_suffix([',', '-', '–', '—', '|', '(', '[', '&']) {
        let comma = title.ends_with(',') && before.ends_with(char::is_alphabetic);
        return comma || !title.ends_with(',') && before.ends_with(' ');
    }
    let (before, last) = title.rsplit_once(' ').unwrap_or_default();
    before.contains(' ') && matches!(last, "and" | "or" | "the" | "a" | "an")
}
