//! Sections that say nothing: a heading and no text.

use crate::check::archive::section_text;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "empty-section",
    level: Level::Deny,
    page: include_str!("empty_section.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let issue = context.issue();
    for (index, section) in issue.sections.iter().enumerate() {
        let holds_others = issue
            .sections
            .iter()
            .any(|other| other.parent == Some(index));
        let group = section.kind == SectionKind::Group;
        if section.heading.is_none() || holds_others || !section_text(issue, index).is_empty() {
            continue;
        }
        let what = if group {
            "holds no sections"
        } else {
            "says nothing"
        };
        let finding = context.finding(
            section.head.trimmed(context.text()),
            format!("`{}` {what}", section.title),
        );
        let placeholder = section
            .spec
            .and_then(|spec| context.target.format.sections[spec].placeholder.first());
        let finding = match placeholder {
            Some(sentence) => {
                finding.with_help(format!("fill it, take it out, or write `{sentence}`"))
            }
            None => finding.with_help("fill it or take it out"),
        };
        context.report(finding);
    }
}
