//! `docs/rules.md`, made from the pages of the rules.

use crate::documents::keep_up_to_date;
use press_core::check::rules;
use press_core::diagnostic::Level;

#[test]
fn the_reference_of_rules_is_up_to_date() {
    let mut page = String::from("| rule | level | what it looks for |\n|---|---|---|\n");
    for rule in rules::all() {
        let level = match rule.level {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        };
        let file = format!(
            "../crates/press-core/src/check/rules/{}.md",
            rule.name.replace('-', "_")
        );
        page.push_str(&format!(
            "| [{}]({file}) | {level} | {} |\n",
            rule.name,
            first_sentence(rule.page)
        ));
    }
    keep_up_to_date("rules.md", "rules", &page);
}

/// What a page says first, below its name.
fn first_sentence(page: &str) -> String {
    let paragraph = page.split("\n\n").nth(1).unwrap_or_default();
    let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = words.find(". ").map_or(words.len(), |end| end + 1);
    words[..end].replace('|', "\\|")
}
