//! Articles whose link leads to the front page of their site.

use crate::canonical::parts;
use crate::check::archive::places_of;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "home-page",
    level: Level::Warn,
    page: include_str!("home_page.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let date = context.date();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let front = parts(&link.url).is_some_and(|parts| {
            parts.path.trim_matches('/').is_empty()
                && parts.query.is_none()
                && parts.fragment.is_none()
        });
        let words = link.title.split_whitespace().count();
        if section.kind != SectionKind::Links || !front || words < 4 {
            continue;
        }
        let form = context.form_of(link);
        let site = places_of(form).next().unwrap_or_default();
        let mut earlier = archive.items_on(site, date).take(20).peekable();
        let newest = earlier.peek().copied();
        // A site that was linked by its front page before may be the thing itself.
        let (Some(past), false) = (newest, earlier.any(|past| past.canonical() == form)) else {
            continue;
        };
        let finding = context
            .finding(
                link.span,
                "this leads to the front page of a site, not to an article",
            )
            .with_elsewhere(
                past.issue().path(),
                past.line(),
                format!("an article there: `{}`", past.canonical()),
            );
        context.report(finding.with_help("take the address of the article"));
    }
}
