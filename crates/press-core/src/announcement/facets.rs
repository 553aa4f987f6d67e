//! Links and hashtags of a plain text, by the bytes they stand in: Bluesky shows as links only what is named so.

use unicode_segmentation::UnicodeSegmentation;

/// A part of a text that is more than text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// What it is.
    pub feature: Feature,
}

/// What a part of a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// An address.
    Link(String),
    /// A hashtag, without its `#`.
    Tag(String),
}

/// Longest tag, in signs and in bytes, as `app.bsky.richtext.facet` has it.
const TAG_SIGNS: usize = 64;
const TAG_BYTES: usize = 640;

/// The links and hashtags of a text, in order. Mentions are none: nobody is called.
pub fn facets(text: &str) -> Vec<Facet> {
    let mut facets = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(['h', 'H', '#', '＃']) {
        let start = from + found;
        let sign = text[start..].chars().next().map_or(1, char::len_utf8);
        from = start + sign;
        let before = text[..start].chars().next_back();
        let open = before.is_none_or(|sign| !sign.is_alphanumeric());
        let found = match &text[start..] {
            rest if !rest.starts_with(['#', '＃']) => open
                .then(|| web_address(rest))
                .flatten()
                .map(|length| (length, Feature::Link(rest[..length].to_owned()))),
            rest if before.is_none_or(char::is_whitespace) => {
                let length = tag(&rest[sign..]);
                let tag = || Feature::Tag(rest[sign..sign + length].to_owned());
                (length > 0).then(|| (sign + length, tag()))
            }
            _ => None,
        };
        if let Some((length, feature)) = found {
            let end = start + length;
            from = end;
            facets.push(Facet {
                start,
                end,
                feature,
            });
        }
    }
    facets
}

/// The length of the hashtag that follows its sign; nought if there is none.
fn tag(rest: &str) -> usize {
    let word = rest
        .split(|sign: char| sign.is_whitespace() || crate::text::is_invisible(sign))
        .next()
        .unwrap_or_default();
    let word =
        word.trim_end_matches(|sign: char| sign.is_ascii_punctuation() || "…。、".contains(sign));
    let digits = word.chars().all(|sign| sign.is_ascii_digit());
    let long = word.len() > TAG_BYTES || word.graphemes(true).count() > TAG_SIGNS;
    if digits || long { 0 } else { word.len() }
}

/// The length of the address with which a text begins, if everybody takes that for one: a scheme, a host with a dot and
/// letters at its end, and then only what may stand in addresses.
pub(super) fn web_address(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(scheme))
    })?;
    let rest = &text[scheme.len()..];
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(sign);
    let end = rest.find(|sign| !plain(sign)).unwrap_or(rest.len());
    let mut address = &rest[..end];
    loop {
        let shorter = address.trim_end_matches(|sign| ".,;:!?'*".contains(sign));
        let open =
            shorter.ends_with(')') && shorter.matches(')').count() > shorter.matches('(').count();
        let shorter = if open {
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        if shorter.len() == address.len() {
            break;
        }
        address = shorter;
    }
    let host = address.split(['/', '?', '#', ':']).next()?;
    let (name, top) = host.rsplit_once('.')?;
    let good =
        !name.is_empty() && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    good.then_some(scheme.len() + address.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_bytes() {
        let text = "👩‍💻 Näheres: https://gull.example/53/ (auch http://b.example/x_(y)). #gulls #C++, #12 a#b ＃Möwe";
        let found: Vec<(&str, Feature)> = facets(text)
            .into_iter()
            .map(|facet| (&text[facet.start..facet.end], facet.feature))
            .collect();
        let link = |url: &str| Feature::Link(url.to_owned());
        let tag = |tag: &str| Feature::Tag(tag.to_owned());
        assert_eq!(
            found,
            [
                ("https://gull.example/53/", link("https://gull.example/53/")),
                ("http://b.example/x_(y)", link("http://b.example/x_(y)")),
                ("#gulls", tag("gulls")),
                ("#C", tag("C")),
                ("＃Möwe", tag("Möwe")),
            ]
        );
    }

    #[test]
    fn what_is_no_address_is_text() {
        for text in [
            "http://localhost/",
            "http://",
            "https://.a",
            "https://a.1",
            "xhttp://a.example",
        ] {
            assert_eq!(facets(text), [], "{text}");
        }
    }
}
