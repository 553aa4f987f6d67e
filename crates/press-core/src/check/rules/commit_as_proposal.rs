//! Proposals linked by a commit.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "commit-as-proposal",
    level: Level::Warn,
    page: include_str!("commit_as_proposal.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let commit = parts(&link.url).is_some_and(|parts| parts.path.contains("/commit/"));
        if commit && section.kind == SectionKind::Rfcs {
            let finding =
                context.finding(link.span, "a commit is linked where proposals are listed");
            context.report(finding.with_help("link the proposal's pull request, where it was discussed; leave mere corrections out"));
        }
    }
}
