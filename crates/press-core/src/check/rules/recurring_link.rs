//! Standing links that lead elsewhere than they always did.

use crate::check::archive::section_at;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "recurring-link",
    level: Level::Warn,
    page: include_str!("recurring_link.md"),
    check,
};

/// How many earlier issues are asked, and how many of them must know the link.
const ISSUES: usize = 10;
const KNOWN: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let last_issues = archive.last(ISSUES, context.date());
    let links = last_issues.iter().flat_map(|issue| issue.links());
    // The links of the last issues that are no items.
    let earlier: Vec<_> = links
        .filter(|link| !link.is_of_item())
        .map(|link| (link.title(), link))
        .collect();
    let issue = context.issue();
    for link in &issue.links {
        let section = section_at(issue, link.span.start);
        let kind = section.map(|section| issue.sections[section].kind);
        if matches!(
            kind,
            Some(SectionKind::Links | SectionKind::Events | SectionKind::PullRequests)
        ) {
            continue;
        }
        // One word is often a person, who has many pages.
        if !link.title.contains(' ') || !link.url.contains("://") {
            continue;
        }
        let known = earlier.iter().filter(|(title, _)| *title == link.title);
        let known: Vec<_> = known.map(|(_, past)| *past).collect();
        let Some(last) = known.last().filter(|_| known.len() >= KNOWN) else {
            continue;
        };
        let form = context.form_of(link);
        // An address that stood there before is right, and one that never changed is none of a series.
        let new = known.iter().all(|past| past.canonical() != form);
        let changes = known
            .iter()
            .any(|past| past.canonical() != last.canonical());
        if !new || !changes {
            continue;
        }
        // What all earlier addresses share: a host, words of the path.
        let usual = shared(known.iter().map(|past| past.canonical()));
        let strange =
            |usual: &[&str]| !usual.iter().any(|word| words(form).any(|own| own == *word));
        let message = if !usual.is_empty() && strange(&usual) {
            "this link leads elsewhere than in all earlier issues"
        } else if contradicts(&link.title, &link.url) {
            "no word of this text stands in the address of the page"
        } else {
            continue;
        };
        let finding = context.finding(link.span, message).with_elsewhere(
            last.issue().path(),
            last.line(),
            format!("there to `{}`", last.canonical()),
        );
        context.report(finding);
    }
}

/// Whether an address ends in the title of a page that has no word in common with `title`.
fn contradicts(title: &str, url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let slug = path.trim_end_matches('/').rsplit('/').next();
    let slug = slug.unwrap_or_default().to_lowercase();
    let title = title.to_lowercase();
    let told = telling(&slug).count() >= 3 && telling(&title).count() >= 2;
    told && !telling(&title).any(|word| telling(&slug).any(|other| other == word))
}

/// The words that all addresses have, those of them that say something.
fn shared<'a>(mut forms: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut shared: Vec<&str> = forms
        .next()
        .map(|form| words(form).collect())
        .unwrap_or_default();
    for form in forms {
        shared.retain(|word| words(form).any(|other| other == *word));
    }
    shared
}

/// The words of an address, without the last part of its host.
fn words(form: &str) -> impl Iterator<Item = &str> {
    let (host, path) = form.split_once('/').unwrap_or(("", form));
    let host = host.rsplit_once('.').map_or("", |(name, _)| name);
    [host, path].into_iter().flat_map(telling)
}

/// Words that are long enough to say something, and no numbers.
fn telling(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|sign: char| !sign.is_alphanumeric());
    words.filter(|word| word.len() > 3 && !word.bytes().any(|byte| byte.is_ascii_digit()))
}
