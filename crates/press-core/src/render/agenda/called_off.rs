//! Titles that say that an event does not take place.

const WORDS: [&str; 3] = ["cancelled", "canceled", "postponed"];

/// Whether a title begins or ends with the word for it, set apart from the rest, or shouts it. A talk on cancelled
/// futures takes place.
pub(super) fn is_said(title: &str) -> bool {
    let shouted = title
        .split(|sign: char| !sign.is_alphabetic())
        .any(|word| WORDS.iter().any(|known| word == known.to_uppercase()));
    let lower = title.trim().to_lowercase();
    let apart = |sign: char| !sign.is_alphanumeric() && !sign.is_whitespace();
    let begins = |word: &&str| {
        let rest = lower.trim_start_matches(|sign: char| !sign.is_alphanumeric());
        let rest = rest.strip_prefix(*word);
        rest.is_some_and(|rest| {
            rest.trim_start().is_empty() || rest.trim_start().starts_with(apart)
        })
    };
    let ends = |word: &&str| {
        let rest = lower.trim_end_matches(|sign: char| !sign.is_alphanumeric());
        let rest = rest.strip_suffix(*word);
        rest.is_some_and(|rest| rest.trim_end().ends_with(apart))
    };
    shouted || WORDS.iter().any(|word| begins(word) || ends(word))
}

/// Whether a title says nothing else.
pub(super) fn is_all(title: &str) -> bool {
    let plain = title.trim_matches(|sign: char| !sign.is_alphanumeric());
    WORDS.iter().any(|word| plain.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_that_nothing_happens() {
        for title in [
            "Cancelled",
            "[Canceled] Hack night",
            "CANCELLED Hack night",
            "Cancelled: Hack night",
            "Hack night (cancelled)",
            "Hack night - postponed!",
            "❌ Cancelled – Hack night",
        ] {
            assert!(is_said(title), "{title}");
        }
        for title in [
            "Cancelled futures and how to drop them",
            "What happens when a future is cancelled",
            "Cancellation",
            "Hack night",
            "",
        ] {
            assert!(!is_said(title), "{title}");
        }
        assert!(is_all("*Cancelled!*") && !is_all("Cancelled: Hack night"));
    }
}
