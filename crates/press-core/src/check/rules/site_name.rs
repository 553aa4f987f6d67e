//! Titles that carry the name of the site they come from.

use crate::canonical::parts;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::span::Span;

pub(super) const RULE: Rule = Rule {
    name: "site-name",
    level: Level::Warn,
    page: include_str!("site_name.md"),
    check,
};

/// What sites put before or behind the titles of their pages, and a part of their hosts; none where they have hosts of
/// their members.
const NAMES: &[(&str, &str)] = &[
    ("DEV Community", "dev.to"),
    ("GitHub", "github.com"),
    ("GitLab", "gitlab.com"),
    ("Hacker News", "ycombinator"),
    ("LinkedIn", "linkedin"),
    ("Medium", ""),
    ("Reddit", "reddit.com"),
    ("Speaker Deck", "speakerdeck"),
    ("Stack Overflow", "stackoverflow"),
    ("Substack", "substack"),
    ("Vimeo", "vimeo"),
    ("Wikipedia", "wikipedia"),
    ("YouTube", "youtu"),
];

fn check(context: &mut Context<'_>) {
    let text = context.text();
    for item in &context.issue().items {
        let Some(link) = context.link_of(item) else {
            continue;
        };
        let title = link.text.of(text);
        let Some((span, name)) = suffix(title).or_else(|| prefix(title)) else {
            continue;
        };
        let host = parts(&link.url).map_or("", |parts| parts.host);
        let known = NAMES.iter().find(|(known, _)| *known == name);
        if !known.is_some_and(|(_, part)| host.contains(part)) {
            continue;
        }
        let span = Span::new(link.text.start + span.start, link.text.start + span.end);
        let message = format!("`{name}` is the name of the site, not part of the title");
        context.report(context.finding(span, message).with_edit(false, span, ""));
    }
}

/// ` - Name` or ` | Name` at the end of a title.
fn suffix(title: &str) -> Option<(Span, &str)> {
    let signs = [" - ", " | ", " · ", " – ", " — "];
    let name = NAMES
        .iter()
        .find_map(|(name, _)| title.ends_with(name).then_some(*name))?;
    let before = &title[..title.len() - name.len()];
    let sign = signs.iter().find(|sign| before.ends_with(*sign))?;
    // On sites of many authors only a bar is surely the site's.
    let bar = name != "Medium" || *sign == " | ";
    let start = before.len() - sign.len();
    (bar && start > 0).then(|| (Span::new(start, title.len()), name))
}

/// `GitHub - owner/name: what it is`.
fn prefix(title: &str) -> Option<(Span, &str)> {
    let (name, rest) = title.split_once(" - ")?;
    let path = rest.split([':', ' ']).next()?;
    let forge = matches!(name, "GitHub" | "GitLab") && path.contains('/');
    forge.then(|| (Span::new(0, name.len() + 3), name))
}
