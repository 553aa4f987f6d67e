//! Parts of a series that are called otherwise than the parts before.

use crate::check::archive::places_of;
use crate::check::{Context, Rule};
use crate::diagnostic::Level;
use crate::format::SectionKind;

pub(super) const RULE: Rule = Rule {
    name: "series-title",
    level: Level::Warn,
    page: include_str!("series_title.md"),
    check,
};

/// How many parts are looked at, and how many there must be. All but one must be called alike.
const PARTS: usize = 6;
const FEWEST: usize = 4;

fn check(context: &mut Context<'_>) {
    let Some(archive) = context.archive() else {
        return;
    };
    let date = context.date();
    for item in &context.issue().items {
        let (Some(link), Some(section)) = (context.link_of(item), context.section_of(item)) else {
            continue;
        };
        let form = context.form_of(link);
        let numbered = form.contains(|sign: char| sign.is_ascii_digit());
        if section.kind != SectionKind::Links || !numbered {
            continue;
        }
        // Parts of a series lie side by side.
        let place = places_of(form).last().unwrap_or_default();
        let parts = archive.items_on(place, date).take(60);
        let parts =
            parts.filter(|past| past.canonical() != form && is_shaped(past.canonical(), form));
        let parts: Vec<_> = parts.take(PARTS).collect();
        let Some(last) = parts.first() else {
            continue;
        };
        // Titles that hold no number say what is in the part, not which part it is.
        let usual = title_shape(last.title());
        let agreeing = parts
            .iter()
            .filter(|past| title_shape(past.title()) == usual)
            .count();
        let says_part = usual.contains('0');
        // A title that only goes on after the usual one, or ends before it, keeps the series' name.
        let own = title_shape(&link.title);
        let named = own.starts_with(&usual) || usual.starts_with(&own);
        let alike = parts.len() >= FEWEST && agreeing + 1 >= parts.len();
        if !alike || !says_part || named {
            continue;
        }
        let message = format!(
            "earlier parts of this series are called like `{}`",
            last.title()
        );
        let finding = context.finding(link.text, message).with_elsewhere(
            last.issue().path(),
            last.line(),
            "the last one",
        );
        context.report(match renumbered(last.title(), &link.title) {
            Some(title) => finding.with_edit(false, link.text, title),
            None => finding,
        });
    }
}

/// Whether two addresses differ only in their numbers.
fn is_shaped(one: &str, other: &str) -> bool {
    let first = other.find(|sign: char| sign.is_ascii_digit());
    // What stands before the first number tells nearly all apart.
    one.as_bytes().get(..first.unwrap_or(0)) == other.as_bytes().get(..first.unwrap_or(0))
        && shape(one).eq(shape(other))
}

/// A text with one `0` for each number in it.
fn shape(text: &str) -> impl Iterator<Item = char> {
    let mut in_number = false;
    text.chars().filter_map(move |sign| {
        let digit = sign.is_ascii_digit();
        let repeated = digit && in_number;
        in_number = digit;
        (!repeated).then_some(if digit { '0' } else { sign })
    })
}

/// The same of a title, without case and punctuation.
fn title_shape(title: &str) -> String {
    let lower = title.to_lowercase();
    shape(&lower)
        .filter(|sign| sign.is_alphanumeric())
        .collect()
}

/// `pattern` with the only number of `title` in place of its own.
fn renumbered(pattern: &str, title: &str) -> Option<String> {
    let number = only_number(title)?;
    Some(pattern.replacen(only_number(pattern)?, number, 1))
}

fn only_number(text: &str) -> Option<&str> {
    let mut numbers = text
        .split(|sign: char| !sign.is_ascii_digit())
        .filter(|number| !number.is_empty());
    let first = numbers.next()?;
    numbers.next().is_none().then_some(first)
}
