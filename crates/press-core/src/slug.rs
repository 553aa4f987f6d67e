//! Addresses made from titles and headings.
//!
//! Readers and other sites link to these, so the rule is that of the generators which newsletters come from
//! (Python-Markdown's `toc` extension and Pelican): compatibility decomposition, ASCII only, punctuation
//! dropped, lower case, runs of spaces to one hyphen, repeats numbered `_1`, `_2`.

use std::collections::{HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;

/// The address form of `text`; empty when nothing of it is left.
pub fn slugify(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.nfkd().filter(char::is_ascii) {
        match character {
            'A'..='Z' => kept.push(character.to_ascii_lowercase()),
            'a'..='z' | '0'..='9' | '_' | '-' => kept.push(character),
            _ if character.is_ascii_whitespace() || character == '\x0b' => kept.push(' '),
            _ => {}
        }
    }
    let mut slug = String::with_capacity(kept.len());
    for character in kept.trim().chars() {
        if matches!(character, ' ' | '-') {
            if !slug.ends_with('-') {
                slug.push('-');
            }
        } else {
            slug.push(character);
        }
    }
    slug
}

/// Gives each heading of a page an id of its own.
#[derive(Debug, Default)]
pub struct UniqueIds {
    taken: HashSet<String>,
    /// Up to which number all ids of a stem are taken: a text of nothing but equal headings is no reason to count
    /// from the beginning each time.
    counted: HashMap<String, u64>,
}

impl UniqueIds {
    /// The id for a heading whose slug is `slug`: itself, or with the first free number.
    pub fn claim(&mut self, slug: String) -> String {
        let mut id = slug;
        while id.is_empty() || self.taken.contains(&id) {
            let (stem, number) = match id.rsplit_once('_') {
                Some((stem, digits)) if is_number(digits) => (stem, digits.parse().unwrap_or(0)),
                _ => (id.as_str(), 0u64),
            };
            let counted = self.counted.get(stem).copied().unwrap_or(0);
            let next = number.max(if number <= counted { counted } else { 0 }) + 1;
            if next == counted + 1 {
                self.counted.insert(stem.to_owned(), next);
            }
            id = format!("{stem}_{next}");
        }
        self.taken.insert(id.clone());
        id
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_to_ascii_and_drops_punctuation() {
        assert_eq!(
            slugify("What's cooking on `nightly`?"),
            "whats-cooking-on-nightly"
        );
        assert_eq!(slugify("CFP - Projects"), "cfp-projects");
        assert_eq!(
            slugify("Fn work(on: Project) -> Money"),
            "fn-workon-project-money"
        );
        assert_eq!(slugify("Café № 0.7"), "cafe-no-07");
        assert_eq!(slugify(" - x - "), "-x-");
        assert_eq!(slugify("日本"), "");
    }

    #[test]
    fn repeats_are_numbered() {
        let mut ids = UniqueIds::default();
        let claimed: Vec<_> = ["rust", "rust", "rust", "a_7", "a_7", "", ""]
            .map(|slug| ids.claim(slug.to_owned()))
            .into();
        assert_eq!(
            claimed,
            ["rust", "rust_1", "rust_2", "a_7", "a_8", "_1", "_2"]
        );
    }

    proptest::proptest! {
        #[test]
        fn counting_on_gives_what_counting_anew_gives(slugs in proptest::collection::vec("(a|b|a_b|)(_[0-4]){0,2}", 0..40)) {
            let (mut ids, mut taken) = (UniqueIds::default(), HashSet::new());
            for slug in slugs {
                let mut anew = slug.clone();
                while anew.is_empty() || taken.contains(&anew) {
                    anew = match anew.rsplit_once('_') {
                        Some((stem, digits)) if is_number(digits) => {
                            format!("{stem}_{}", digits.parse::<u64>().unwrap() + 1)
                        }
                        _ => format!("{anew}_1"),
                    };
                }
                taken.insert(anew.clone());
                proptest::prop_assert_eq!(ids.claim(slug), anew);
            }
        }
    }
}
