//! Links whose text names something else than their address.

use crate::canonical::{canonical, parts};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;
use crate::issue::{Link, LinkKind, PullRequest};
use crate::text::distance;
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule = Rule {
    name: "contradicting-link",
    level: Level::Warn,
    page: include_str!("contradicting_link.md"),
    check,
};

fn check(context: &mut Context<'_>) {
    let shared = shared(context);
    for link in &context.issue().links {
        if link.image || matches!(link.kind, LinkKind::Autolink | LinkKind::Email) {
            continue;
        }
        let found = number(link)
            .or_else(|| community(link))
            .or_else(|| address(link))
            .or_else(|| part(link))
            .or_else(|| name(link))
            .or_else(|| {
                shared
                    .contains(context.form_of(link))
                    .then(|| slug(link))
                    .flatten()
            });
        if let Some(message) = found {
            let finding = context.finding(link.span, message);
            context.report(finding.with_help("correct the text or the address"));
        }
    }
}

/// `[#17](…/pull/18)`.
fn number(link: &Link) -> Option<String> {
    let title = link.title.trim_end_matches(['.', ')']);
    if !title.ends_with(|last: char| last.is_ascii_digit()) {
        return None;
    }
    let target = PullRequest::parse(&link.url)?;
    let (before, digits) = title.rsplit_once('#').unwrap_or(("", title));
    let bare = before.trim_start_matches('(');
    // Before the sign may stand a repository or the kind of thing, not a sentence.
    if bare.contains(' ')
        && !matches!(
            bare.trim().to_lowercase().as_str(),
            "pr" | "rfc" | "issue" | "pull request"
        )
    {
        return None;
    }
    let number: u64 = digits.parse().ok().filter(|number| *number > 9)?;
    let fragment = parts(&link.url)?.fragment.unwrap_or_default();
    let differs = number != target.number && !fragment.contains(digits);
    differs.then(|| {
        format!(
            "the text says #{number}, the address leads to #{}",
            target.number
        )
    })
}

/// `[/r/one](https://www.reddit.com/r/two/)`.
fn community(link: &Link) -> Option<String> {
    let named = link.title.trim_matches('/').strip_prefix("r/")?;
    let parts = parts(&link.url).filter(|parts| parts.host.ends_with("reddit.com"))?;
    let path = parts.path.trim_matches('/').strip_prefix("r/")?;
    let leads = path.split('/').next().unwrap_or_default();
    let word = !named.contains(['/', ' ']);
    (word && !leads.eq_ignore_ascii_case(named))
        .then(|| format!("the text says r/{named}, the address leads to r/{leads}"))
}

/// `[https://one.example](https://two.example)`.
fn address(link: &Link) -> Option<String> {
    let shown = parts(&link.title).filter(|_| !link.title.contains(char::is_whitespace))?;
    let real = parts(&link.url)?;
    let cut = link.title.ends_with("...") || link.title.ends_with('…');
    let form = canonical(&link.title);
    let same = canonical(&link.url).starts_with(form.trim_end_matches(['.', '…', '/']));
    (!same && !cut && shown.scheme.starts_with("http")).then(|| {
        format!(
            "the text shows another address than the link's, which leads to {}",
            real.host
        )
    })
}

/// `[Changelog #17](…/changelog-18)`: a word of the title with its number, and the same word with another one.
fn part(link: &Link) -> Option<String> {
    let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    if !digits(&link.title) || !digits(&link.url) {
        return None;
    }
    let slug = parts(&link.url)?
        .path
        .trim_end_matches('/')
        .rsplit('/')
        .next()?
        .to_lowercase();
    let slug = slug.split('.').next().unwrap_or_default();
    let title = link.title.to_lowercase();
    // Numbers with points are versions, which addresses write in many ways.
    let words: Vec<&str> = title
        .split(|sign: char| !sign.is_alphanumeric() && sign != '.')
        .filter(|word| !word.is_empty())
        .collect();
    let pieces: Vec<&str> = slug
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .collect();
    for pair in words.windows(2) {
        let (word, number) = (pair[0], pair[1].trim_end_matches('.'));
        if !matches!(
            word,
            "part"
                | "changelog"
                | "issue"
                | "episode"
                | "ep"
                | "day"
                | "week"
                | "chapter"
                | "volume"
                | "vol"
        ) || !is_number(number)
        {
            continue;
        }
        let wanted: u64 = number.parse().ok()?;
        let elsewhere = pieces
            .windows(2)
            .find(|found| found[0] == word && is_number(found[1]))?[1];
        let found: u64 = elsewhere.parse().ok()?;
        let mentioned = words.iter().any(|word| word.parse() == Ok(found))
            || pieces.iter().any(|piece| piece.parse() == Ok(wanted));
        if found != wanted && !mentioned {
            return Some(format!(
                "the text says {word} {number}, the address {word} {elsewhere}"
            ));
        }
    }
    None
}

/// `[libprnit](…/libprint)`: the name of a project with one letter in the wrong place.
fn name(link: &Link) -> Option<String> {
    // A name has no more than one sign that is no letter.
    let others = link
        .title
        .bytes()
        .filter(|byte| !byte.is_ascii_alphabetic());
    if others.take(2).count() > 1 {
        return None;
    }
    let named = letters(&link.title);
    let one_word = link.title.len() > 5 && named.len() + 2 > link.title.len() && named.is_ascii();
    let parts = parts(&link.url).filter(|_| one_word)?;
    let segments = || {
        parts
            .path
            .split('/')
            .map(|segment| (segment, letters(segment)))
    };
    if segments().any(|(_, segment)| segment.contains(&named)) {
        return None;
    }
    let slip = |segment: &str| {
        let sorted = |word: &str| {
            let mut letters: Vec<char> = word.chars().collect();
            letters.sort_unstable();
            letters
        };
        // Two letters that changed places; a letter more or less is often another form of the word.
        segment.len() == named.len()
            && distance(segment, &named) <= 2
            && sorted(segment) == sorted(&named)
    };
    let (segment, _) = segments().find(|(_, segment)| slip(segment))?;
    Some(format!(
        "the text says `{}`, the address `{segment}`",
        link.title
    ))
}

fn letters(text: &str) -> String {
    let letters = text.chars().filter(|sign| sign.is_alphabetic());
    letters.collect::<String>().to_lowercase()
}

/// Addresses that two items with different titles have: one of them is wrong.
fn shared<'a>(context: &Context<'a>) -> HashSet<&'a str> {
    let mut first = HashMap::new();
    let mut shared = HashSet::new();
    for item in &context.issue().items {
        let kind = context.section_of(item).map(|section| section.kind);
        let Some(link) = context
            .link_of(item)
            .filter(|_| kind == Some(SectionKind::Links))
        else {
            continue;
        };
        let form = context.form_of(link);
        let other = first.entry(form).or_insert(&link.title);
        if **other != link.title {
            shared.insert(form);
        }
    }
    shared
}

/// A page whose address ends in its title, of which the link's text has no word.
fn slug(link: &Link) -> Option<String> {
    // Places in one page share its address and not its title.
    let parts = parts(&link.url).filter(|parts| parts.fragment.is_none())?;
    let path = parts.path.to_lowercase();
    let slug = path.trim_end_matches('/').rsplit('/').next()?;
    let title = link.title.to_lowercase();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|sign: char| !sign.is_alphanumeric());
        let words = words.filter(|word| {
            word.len() > 2 && !matches!(*word, "the" | "and" | "for" | "with" | "how")
        });
        words.map(str::to_owned).collect()
    };
    let (slug, title) = (words(slug), words(&title));
    let common = slug.iter().filter(|word| title.contains(word)).count();
    // What nearly all pages of a newsletter are about says nothing.
    let alien = slug.len() >= 3 && title.len() >= 3 && common <= 1;
    alien.then(|| "the address speaks of something else, and another item has it too".to_owned())
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.len() < 5 && word.bytes().all(|byte| byte.is_ascii_digit())
}
