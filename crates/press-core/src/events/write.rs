//! An event as lines of the list.

use super::{Event, Group, PlaceMode, Town};
use jiff::civil::Date;

/// How the list that is there is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hand {
    /// What an item begins with.
    pub(super) marker: char,
    /// What stands before the marker of a title.
    pub(super) indent: String,
}

impl Default for Hand {
    fn default() -> Hand {
        Hand {
            marker: '*',
            indent: "    ".to_owned(),
        }
    }
}

/// `* DAY | PLACE | [GROUP](…)` and the title below.
pub(super) fn lines(event: &Event, hand: &Hand) -> String {
    let (marker, indent) = (hand.marker, &hand.indent);
    let price = if event.paid { "$" } else { "" };
    format!(
        "{marker} {} | {} | {}\n{indent}{marker} {price}[**{}**]({})\n",
        days(event.date, event.end_date),
        place(&event.town, event.mode),
        groups(event),
        escaped(&event.title),
        destination(&event.url),
    )
}

/// `2026-03-05`, or `2026-03-05 - 2026-03-06`.
pub(super) fn days(first: Date, last: Option<Date>) -> String {
    match last {
        Some(last) => format!("{first} - {last}"),
        None => first.to_string(),
    }
}

/// `City, ST, CC`, `Virtual (City, CC)`, `Hybrid (City, CC)`.
pub(super) fn place(town: &Town, mode: PlaceMode) -> String {
    let parts = [&town.city, &town.state, &town.country];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let there = escaped(&parts.join(", "));
    let word = match mode {
        PlaceMode::InPerson => return there,
        PlaceMode::Virtual => "Virtual",
        PlaceMode::Hybrid => "Hybrid",
    };
    match there.is_empty() {
        true => word.to_owned(),
        false => format!("{word} ({there})"),
    }
}

/// `[A](…) | [B](…)`.
pub(super) fn groups(event: &Event) -> String {
    let groups: Vec<String> = event.groups.iter().map(group).collect();
    match groups.is_empty() {
        true => host(&event.url),
        false => groups.join(" | "),
    }
}

fn group(group: &Group) -> String {
    match group.url.is_empty() {
        true => escaped(&group.name).replace('|', "\\|"),
        false => format!("[{}]({})", escaped(&group.name), destination(&group.url)),
    }
}

/// The host of an event that nobody seems to hold, as a link to it.
fn host(url: &str) -> String {
    let name = crate::canonical::parts(url).map_or("", |parts| parts.host);
    let name = name.strip_prefix("www.").unwrap_or(name);
    format!("[{name}]({})", destination(url))
}

/// Text that Markdown shows as it is.
pub(super) fn escaped(text: &str) -> String {
    let balanced = {
        let mut depth = 0i32;
        let steps = text.chars().map(|sign| match sign {
            '[' => 1,
            ']' => -1,
            _ => 0,
        });
        let fits = steps.into_iter().all(|step| {
            depth += step;
            depth >= 0
        });
        fits && depth == 0
    };
    let mut out = String::with_capacity(text.len());
    let signs: Vec<char> = text.chars().collect();
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| signs.get(at))
            .is_some_and(|sign| sign.is_alphanumeric())
    };
    for (at, sign) in signs.iter().enumerate() {
        let next = signs.get(at + 1);
        let special = match sign {
            '\\' | '*' | '`' => true,
            '[' | ']' => !balanced,
            '_' => !(is_letter(at.checked_sub(1)) && is_letter(Some(at + 1))),
            '<' => next
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '&' => {
                next.is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#')
                    && signs[at..].iter().take(32).any(|sign| *sign == ';')
            }
            '!' => next == Some(&'['),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(*sign);
    }
    out
}

/// Whether Markdown would take what a text begins with for another sign.
fn is_entity(text: &str) -> bool {
    let name = text[1..]
        .split(';')
        .next()
        .filter(|name| text.len() > name.len() + 1);
    name.is_some_and(|name| {
        let name = name.strip_prefix('#').unwrap_or(name);
        !name.is_empty()
            && name.len() <= 32
            && name.chars().all(|sign| sign.is_ascii_alphanumeric())
    })
}

/// An address as it stands between the brackets of a link.
pub(super) fn destination(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for (at, sign) in url.char_indices() {
        match sign {
            '&' if is_entity(&url[at..]) => out.push_str("%26"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            sign => out.push(sign),
        }
    }
    out
}
