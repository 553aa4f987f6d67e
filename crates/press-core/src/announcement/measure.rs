//! How long services think a text is, and how much they take.

use unicode_segmentation::UnicodeSegmentation;

/// How a service counts, and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// What people see as signs (extended grapheme clusters, UAX 29), and bytes too. Bluesky has 300 and 3000
    /// (<https://docs.bsky.app/docs/advanced-guides/posts>).
    Signs {
        /// Most of them.
        most: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// As Mastodon counts: signs, an address as so many, of a mention only the name before its second at sign
    /// (<https://docs.joinmastodon.org/user/posting/#text>).
    Mastodon {
        /// Most of them.
        most: usize,
        /// What an address counts.
        address: usize,
    },
    /// Units of UTF-16, as browsers count.
    Units(usize),
    /// Characters of Unicode.
    Characters(usize),
    /// Bytes of UTF-8.
    Bytes(usize),
}

impl Measure {
    /// The length of a text.
    pub fn length(self, text: &str) -> usize {
        match self {
            Measure::Signs { .. } => signs(text),
            Measure::Mastodon { address, .. } => weighed(text, address),
            Measure::Units(_) => text.encode_utf16().count(),
            Measure::Characters(_) => text.chars().count(),
            Measure::Bytes(_) => text.len(),
        }
    }

    /// The limit on it.
    pub fn most(self) -> usize {
        match self {
            Measure::Signs { most, .. } | Measure::Mastodon { most, .. } => most,
            Measure::Units(most) | Measure::Characters(most) | Measure::Bytes(most) => most,
        }
    }

    /// The same with another limit.
    pub fn limited(self, most: usize) -> Measure {
        match self {
            Measure::Signs { bytes, .. } => Measure::Signs { most, bytes },
            Measure::Mastodon { address, .. } => Measure::Mastodon { most, address },
            Measure::Units(_) => Measure::Units(most),
            Measure::Characters(_) => Measure::Characters(most),
            Measure::Bytes(_) => Measure::Bytes(most),
        }
    }

    /// Whether a text is within the limits.
    pub fn fits(self, text: &str) -> bool {
        let bytes = match self {
            Measure::Signs { bytes, .. } => bytes,
            _ => usize::MAX,
        };
        text.len() <= bytes && self.length(text) <= self.most()
    }
}

/// How many signs people see in a text.
pub(super) fn signs(text: &str) -> usize {
    text.graphemes(true).count()
}

/// A text of at most so many signs and bytes before an ellipsis, if it had to be cut.
pub fn shortened(text: &str, most: usize, bytes: usize) -> String {
    let mut end = 0;
    for (count, (at, sign)) in text.grapheme_indices(true).enumerate() {
        if count == most || at + sign.len() > bytes {
            return format!("{}…", text[..end].trim_end());
        }
        end = at + sign.len();
    }
    text.to_owned()
}

/// Length as Mastodon has it.
fn weighed(text: &str, address: usize) -> usize {
    let mut length = 0;
    let mut rest = text;
    while let Some((at, end, weight)) = special(rest, address) {
        length += signs(&rest[..at]) + weight;
        rest = &rest[end..];
    }
    length + signs(rest)
}

/// The first address or far mention of a text: where it begins and ends, and what it counts.
fn special(text: &str, address: usize) -> Option<(usize, usize, usize)> {
    let mut from = 0;
    while let Some(found) = text[from..].find(['@', 'h', 'H']) {
        let at = from + found;
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        let open = !before.is_some_and(|sign| sign.is_alphanumeric() || "_/@".contains(sign));
        if open && let Some(length) = super::facets::web_address(rest) {
            return Some((at, at + length, address));
        }
        if open && let Some((name, whole)) = mention(rest) {
            return Some((at, at + whole, name));
        }
        from = at + 1;
    }
    None
}

/// `@name@host`: the length of the first part, and of all.
fn mention(text: &str) -> Option<(usize, usize)> {
    let word = |text: &str, also: &str| {
        let inner = |sign: char| sign.is_ascii_alphanumeric() || also.contains(sign);
        text.find(|sign| !inner(sign)).unwrap_or(text.len())
    };
    let rest = text.strip_prefix('@')?;
    let name = word(rest, "_.-");
    let host = rest[name..].strip_prefix('@')?;
    let length = host[..word(host, ".-")].trim_end_matches(['.', '-']).len();
    (name > 0 && length > 0).then_some((name + 1, name + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_counts_in_its_own_way() {
        let family = "👩‍👩‍👧‍👦 é";
        let signs = Measure::Signs { most: 3, bytes: 99 };
        assert_eq!(signs.length(family), 3);
        assert!(signs.fits(family));
        assert!(!Measure::Signs { most: 3, bytes: 9 }.fits(family));
        assert_eq!(Measure::Characters(9).length(family), 9);
        assert_eq!(Measure::Units(9).length(family), 13);
        assert_eq!(Measure::Bytes(9).length(family), family.len());
    }

    #[test]
    fn mastodon_counts_addresses_as_23_and_names_without_hosts() {
        let mastodon = Measure::Mastodon {
            most: 500,
            address: 23,
        };
        let long = format!("See https://a.example/{}, now", "x".repeat(400));
        assert_eq!(mastodon.length(&long), 4 + 23 + 5);
        assert_eq!(mastodon.length("http://a.example"), 23);
        assert_eq!(mastodon.length("hi @ada@social.example."), 3 + 4 + 1);
        // What it may not take for an address is counted whole.
        assert_eq!(mastodon.length("http://localhost/abc"), 20);
        assert_eq!(mastodon.length("xhttps://a.example/abcdefghijk"), 30);
        assert_eq!(mastodon.length("ada@b.example"), 13);
    }

    #[test]
    fn a_text_is_cut_between_signs() {
        assert_eq!(shortened("abc", 3, 99), "abc");
        assert_eq!(shortened("abc d", 4, 99), "abc…");
        assert_eq!(shortened("👩‍👩‍👧‍👦x", 1, 99), "👩‍👩‍👧‍👦…");
        assert_eq!(shortened("👩‍👩‍👧‍👦x", 1, 9), "…");
        assert_eq!(shortened("", 0, 0), "");
    }
}
