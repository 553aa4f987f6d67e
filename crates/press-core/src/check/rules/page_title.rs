//! Items whose title has nothing to do with that of their page.

use crate::canonical::parts;
use crate::check::web::{asked, is_door, same_page};
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "page-title",
    level: Level::Warn,
    page: include_str!("page_title.md"),
    check,
};

/// Fewer words than this say too little to contradict each other.
const FEWEST_WORDS: usize = 3;
/// Two words that begin with so many equal letters are forms of one.
const STEM: usize = 5;

/// Words that every second title has.
const COMMON: &[&str] = &[
    "about", "and", "are", "blog", "but", "can", "for", "from", "has", "have", "home", "how",
    "into", "its", "new", "not", "our", "page", "part", "that", "the", "this", "use", "using",
    "was", "what", "when", "why", "will", "with", "without", "you", "your",
];

fn check(context: &mut Context<'_>) {
    let asked = asked(context);
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let Some(asked) = asked.iter().find(|asked| std::ptr::eq(asked.link, link)) else {
            continue;
        };
        // What is translated shares no words.
        let titles = asked.visit.page().map_or(&[][..], |page| &page.titles);
        if let Some(title) = missing(&link.title, titles) {
            let message = format!("the page says that it is not there: \"{title}\"");
            let finding = context.finding(link.text, message);
            context.report(finding.with_help("open the link and look for the right page"));
            continue;
        }
        let translated = item.marks.iter().any(|mark| mark.name.len() == 2);
        let last = asked.visit.last(&link.url);
        let elsewhere = is_door(last) || !same_page(last, &link.url);
        if section.kind != SectionKind::Links || translated || elsewhere {
            continue;
        }
        let Some(title) = other(&link.title, &link.url, titles) else {
            continue;
        };
        let finding = context.finding(link.text, format!("the page calls itself \"{title}\""));
        context.report(finding.with_help("the address may be another page's"));
    }
}

/// The title of a page that answers as if it were there and says that it is not.
fn missing<'t>(item: &str, titles: &'t [String]) -> Option<&'t str> {
    const MISSING: &[&str] = &["page not found", "404 not found", "error 404", "404 error"];
    let says = |title: &str| {
        let title = title.to_lowercase();
        title == "not found"
            || title.starts_with("404 ")
            || MISSING.iter().any(|words| title.contains(words))
    };
    let title = titles.iter().find(|title| says(title))?;
    let about = item.contains("404") || item.to_lowercase().contains("not found");
    (!about).then_some(title)
}

/// The title of a page that shares no word with an item's, nor with the address.
fn other<'t>(item: &str, url: &str, titles: &'t [String]) -> Option<&'t str> {
    let said = words(item);
    let path = parts(url).map_or("", |parts| parts.path);
    let address = words(path);
    let host = parts(url).map_or("", |parts| parts.host).to_lowercase();
    if said.len() < FEWEST_WORDS || shares(&said, &address) {
        return None;
    }
    let telling = |title: &&String| {
        let found = words(title);
        // A title in another script is a translation; one that only names the site says nothing.
        is_latin(title) == is_latin(item)
            && found
                .iter()
                .filter(|word| !host.contains(word.as_str()))
                .count()
                >= FEWEST_WORDS
    };
    let title = titles.iter().find(telling)?;
    let any = titles.iter().any(|title| shares(&said, &words(title)));
    (!any).then_some(title)
}

/// Whether all letters are those of English.
fn is_latin(text: &str) -> bool {
    let mut letters = text.chars().filter(|sign| sign.is_alphabetic());
    letters.all(|letter| letter.is_ascii())
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric());
    words
        .filter(|word| word.chars().count() >= 3 && !COMMON.contains(word))
        .map(str::to_owned)
        .collect()
}

fn shares(one: &[String], other: &[String]) -> bool {
    let alike = |one: &str, other: &str| {
        let equal = one
            .chars()
            .zip(other.chars())
            .take_while(|(one, other)| one == other)
            .count();
        one == other || equal >= STEM
    };
    one.iter()
        .any(|word| other.iter().any(|found| alike(word, found)))
}
