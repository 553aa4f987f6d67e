//! When two events are one: by their pages, their groups, their names.

use super::{Event, Group};
use crate::canonical::canonical;
use crate::text::collapsed;
use std::collections::HashSet;

/// What an event's page is compared by.
pub fn page_key(url: &str) -> String {
    canonical(url).to_lowercase()
}

/// What a group is compared by: its page, else its name.
pub fn group_key(group: &Group) -> String {
    if group.url.is_empty() {
        return folded(&group.name);
    }
    let page = page_key(&group.url);
    page.strip_suffix("/events").unwrap_or(&page).to_owned()
}

/// Whether two names are as good as the same: all words of one are in the other, or most of both.
pub fn are_near(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return one == other;
    }
    let both = one.intersection(&other).count();
    let (less, more) = (one.len().min(other.len()), one.len().max(other.len()));
    both == more || (both == less && less >= 2) || 5 * both >= 3 * (one.len() + other.len() - both)
}

/// The same letters and digits, whatever stands around them.
pub(super) fn are_alike(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// Letters and digits in lower case, with single blanks for the rest.
pub(super) fn folded(text: &str) -> String {
    let plain = |sign: char| if sign.is_alphanumeric() { sign } else { ' ' };
    let text: String = text.to_lowercase().chars().map(plain).collect();
    collapsed(&text)
}

fn words(text: &str) -> HashSet<String> {
    folded(text)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether two events have a group in common.
pub(super) fn share_a_group(one: &[Group], other: &[Group]) -> bool {
    let keys: Vec<String> = other.iter().map(group_key).collect();
    one.iter().any(|group| keys.contains(&group_key(group)))
}

/// Whether they are in one town, as far as is known.
pub(super) fn share_a_town(one: &Event, other: &Event) -> bool {
    let name = |event: &Event| event.town.city.as_deref().map(folded);
    name(one) == name(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_differ_a_little() {
        for (one, other) in [
            ("Rust Meetup #12", "Rust meetup 12"),
            ("Ferris hacks", "Ferris hacks: an evening with crabs"),
            (
                "Jan Arendt: on pasta in code",
                "Jan Arends: on pasta in code",
            ),
            ("\u{9632}\u{8868}", "\u{9632}\u{8868}"),
        ] {
            assert!(are_near(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("Rust Meetup #12", "Rust Meetup #13"),
            ("Crabs", "Crabs of the sea"),
            ("\u{1f980}", "x"),
        ] {
            assert!(!are_near(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_group_has_one_page() {
        let group = |name: &str, url: &str| {
            group_key(&Group {
                name: name.to_owned(),
                url: url.to_owned(),
            })
        };
        assert_eq!(
            group("A", "https://www.meetup.com/Crabs/events/"),
            group("B", "https://meetup.com/de-de/crabs")
        );
        assert_eq!(group("The Crabs!", ""), group("the crabs", ""));
    }
}
