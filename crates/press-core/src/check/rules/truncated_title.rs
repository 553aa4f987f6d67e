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
            continue;
        };
        let cut = rest.ends_with(' ') || rest.chars().count() >= longest;
        if cut {
            let finding = context.finding(link.text, "this title is cut off");
            context.report(finding.with_help("write the whole title of the page"));
        }
    }
}
