//! What counts as a word: the same for what is found and for what is asked. `search.js` does the same to what is typed;
//! whoever changes one changes both.

use std::borrow::Cow;
use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Signs of a word that count; what comes after is dropped.
const LONGEST: usize = 32;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'w> {
    /// Lower case, without accents.
    pub(super) text: &'w str,
    /// Which word of the text it is.
    pub(super) position: u32,
    /// Whether no white space stands before it, as in the second half of `no_std`.
    pub(super) glued: bool,
    /// Whether it is only a part of another: `1.75` of `1.75.0`, `hash` of `HashMap`.
    pub(super) part: bool,
}

/// The text without accents, with compatible forms such as `ﬁ` resolved.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = text.nfkd().filter(|sign| !is_combining_mark(*sign));
    Cow::Owned(plain.collect())
}

/// Scripts that put no spaces between words: each sign is a word, and several are a phrase.
fn stands_alone(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Reads the words of `text`, and says how many there are without parts.
pub(super) fn read(text: &str, mut found: impl FnMut(Word<'_>)) -> u32 {
    let text = folded(text);
    let mut reader = Reader {
        word: String::new(),
        humps: Vec::new(),
        apostrophe: None,
        position: 0,
        glued: false,
    };
    let mut signs = text.chars().peekable();
    let mut before = ' ';
    while let Some(sign) = signs.next() {
        let next = signs.peek().copied().unwrap_or(' ');
        if stands_alone(sign) {
            reader.end(&mut found);
            reader.word.push(sign);
            reader.end(&mut found);
        } else if sign.is_alphanumeric() {
            if sign.is_uppercase() && before.is_lowercase() {
                reader.humps.push(reader.word.len());
            }
            reader.push(sign);
        } else if matches!(sign, '\'' | '\u{2019}') && reader.goes_on(before, next) {
            reader.apostrophe = Some(reader.word.len());
        } else if sign == '.' && before.is_numeric() && next.is_numeric() && !reader.word.is_empty()
        {
            reader.word.push('.');
        } else if sign == '+' && next == '+' && reader.word.len() == 1 {
            // C++: a letter with its name.
            signs.next();
            reader.word.push_str("++");
            reader.end(&mut found);
        } else if sign == '#' && reader.word.len() == 1 && !next.is_alphanumeric() {
            reader.word.push('#');
            reader.end(&mut found);
        } else {
            reader.end(&mut found);
            reader.glued &= !sign.is_whitespace();
        }
        before = sign;
    }
    reader.end(&mut found);
    reader.position
}

struct Reader {
    /// The word so far.
    word: String,
    /// Where in it an upper case letter follows a lower case one.
    humps: Vec<usize>,
    /// Where in it an apostrophe stood.
    apostrophe: Option<usize>,
    position: u32,
    glued: bool,
}

impl Reader {
    /// Whether a word stands on both sides of a sign.
    fn goes_on(&self, before: char, next: char) -> bool {
        !self.word.is_empty() && before.is_alphanumeric() && next.is_alphanumeric()
    }

    fn push(&mut self, sign: char) {
        if sign.is_ascii() {
            self.word.push(sign.to_ascii_lowercase());
        } else {
            // One sigma for all places.
            let lower = sign
                .to_lowercase()
                .map(|sign| if sign == 'ς' { 'σ' } else { sign });
            self.word.extend(lower);
        }
    }

    fn end(&mut self, found: &mut impl FnMut(Word<'_>)) {
        if self.word.is_empty() {
            self.humps.clear();
            return;
        }
        if let Some(at) = self.apostrophe.take()
            && self.word.get(at..) == Some("s")
        {
            self.word.truncate(at);
        }
        let cut = self
            .word
            .char_indices()
            .nth(LONGEST)
            .map_or(self.word.len(), |(at, _)| at);
        let (position, glued) = (self.position, self.glued);
        let mut tell = |text: &str, further: u32, part: bool| {
            found(Word {
                text,
                position: position + further,
                glued,
                part,
            });
        };
        tell(&self.word[..cut], 0, false);
        self.parts(cut, &mut tell);
        self.position += 1;
        self.glued = true;
        self.word.clear();
        self.humps.clear();
    }

    fn parts(&self, cut: usize, tell: &mut impl FnMut(&str, u32, bool)) {
        let word = &self.word[..cut];
        if let Some(letter) = word.strip_suffix("++").or_else(|| word.strip_suffix('#')) {
            tell(letter, 0, true);
        }
        let dots = word.match_indices('.').map(|(at, _)| at);
        for at in dots.skip(1) {
            tell(&word[..at], 0, true);
        }
        let humps: Vec<usize> = self.humps.iter().copied().filter(|at| *at < cut).collect();
        if humps.is_empty() {
            return;
        }
        let starts = std::iter::once(0).chain(humps.iter().copied());
        let ends = humps.iter().copied().chain([cut]);
        for (further, (start, end)) in (0..).zip(starts.zip(ends)) {
            if end > start + 1 {
                tell(&word[start..end], further, true);
            }
        }
    }
}

/// A byte of UTF-8 so that bytes are in the order of UTF-16's code units, as browsers compare texts: there, signs of two units
/// stand before the last of one.
fn ordered(byte: u8) -> u8 {
    match byte {
        0xee | 0xef => byte + 8,
        _ => byte,
    }
}

/// How browsers order words.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    one.bytes().map(ordered).cmp(other.bytes().map(ordered))
}

/// The beginning of a word as a number; where two differ, they are in the order of the words.
pub(super) fn order_key(word: &str) -> u64 {
    let mut key = [0; 8];
    for (to, byte) in key.iter_mut().zip(word.bytes()) {
        *to = ordered(byte);
    }
    u64::from_be_bytes(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut words = Vec::new();
        read(text, |word| {
            let glue = if word.glued { "~" } else { "" };
            let part = if word.part { "?" } else { "" };
            words.push(format!("{glue}{}{part}@{}", word.text, word.position));
        });
        words.join(" ")
    }

    #[test]
    fn words_are_folded_and_code_is_read() {
        assert_eq!(shown("Füße, Ærø & ﬁne"), "fuße@0 ærø@1 fine@2");
        assert_eq!(
            shown("`no_std` on std::sync"),
            "no@0 ~std@1 on@2 std@3 ~sync@4"
        );
        assert_eq!(shown("Rust's what's don't"), "rust@0 what@1 dont@2");
        assert_eq!(shown("Rust 1.75.0. Out"), "rust@0 1.75.0@1 1.75?@1 out@2");
        assert_eq!(shown("C++ and C#, #12"), "c++@0 c?@0 and@1 c#@2 c?@2 12@3");
        assert_eq!(shown("HashMap::new"), "hashmap@0 hash?@0 map?@1 ~new@1");
        assert_eq!(shown("日本 Rust"), "日@0 ~本@1 rust@2");
        assert_eq!(shown("ΟΔΟΣ"), "οδοσ@0");
        assert_eq!(shown(" \u{301}.'"), "");
        assert_eq!(shown(&"x".repeat(99)), format!("{}@0", "x".repeat(32)));
    }

    #[test]
    fn words_are_ordered_as_in_browsers() {
        let mut words = [
            "\u{1d7d8}",
            "\u{e000}",
            "ab",
            "a",
            "é",
            "abcdefgh",
            "abcdefghi",
            "\u{ffff}",
            "\u{d7ff}",
        ];
        words.sort_by(|one, other| order(one, other));
        let mut browsers = words;
        browsers.sort_by_key(|word| word.encode_utf16().collect::<Vec<u16>>());
        assert_eq!(words, browsers);
        assert!(
            words
                .windows(2)
                .all(|pair| order_key(pair[0]) <= order_key(pair[1]))
        );
    }
}
