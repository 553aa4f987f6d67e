//! Words: what counts as one, and how far two are apart.

use crate::span::Span;

/// A word of the running text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    /// Where.
    pub(crate) span: Span,
    /// As it is written.
    pub(crate) text: &'t str,
    /// A number for it whatever its case: see [`fingerprint`].
    pub(crate) fingerprint: u64,
}

/// The words of the running text `prose` of `text`: letters only, nothing that is part of a name with digits,
/// dots or underscores, of a path or of code.
pub(crate) fn words<'t>(text: &'t str, prose: &[Span]) -> Vec<Word<'t>> {
    let mut words = Vec::new();
    for run in prose {
        let mut at = run.start;
        while at < run.end {
            let (length, starts) = kind_at(text, at, |sign| sign.is_alphabetic());
            if !starts {
                at += length;
                continue;
            }
            let start = at;
            while at < run.end {
                let goes_on = |sign: char| sign.is_alphabetic() || matches!(sign, '\'' | '’');
                let (length, inside) = kind_at(text, at, goes_on);
                if !inside {
                    break;
                }
                at += length;
            }
            let word = text[start..at].trim_end_matches(['\'', '’']);
            if !is_part_of_name(text, start, start + word.len()) {
                words.push(Word {
                    span: Span::new(start, start + word.len()),
                    text: word,
                    fingerprint: fingerprint(word),
                });
            }
        }
    }
    words
}

/// The length of the character at a place, and whether it is of a kind. Nearly all are ASCII.
fn kind_at(text: &str, at: usize, kind: impl Fn(char) -> bool) -> (usize, bool) {
    let byte = text.as_bytes()[at];
    if byte.is_ascii() {
        return (1, kind(char::from(byte)));
    }
    let sign = text.get(at..).and_then(|rest| rest.chars().next());
    // Spans of prose begin and end with whole characters.
    sign.map_or((1, false), |sign| (sign.len_utf8(), kind(sign)))
}

/// Whether what stands around a word makes something else of it.
fn is_part_of_name(text: &str, start: usize, end: usize) -> bool {
    let joins = |byte: u8| byte.is_ascii_digit() || b"_:/@#\\`.&=+<>$%~".contains(&byte);
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let after = bytes.get(end).copied();
    let beyond = bytes.get(end + 1).copied().unwrap_or(b' ');
    // A colon or a full stop ends a sentence unless the name goes on.
    let closes = after.is_some_and(|byte| b":./".contains(&byte))
        && !beyond.is_ascii_alphanumeric()
        && beyond != b':';
    // `-Zname` is an option of a program.
    let option = before == Some(b'-')
        && !start
            .checked_sub(2)
            .is_some_and(|at| bytes[at].is_ascii_alphanumeric());
    option || before.is_some_and(joins) || (after.is_some_and(joins) && !closes)
}

/// A number for a word whatever its case: small enough to keep for every word of every issue.
pub(crate) fn fingerprint(word: &str) -> u64 {
    if word.is_ascii() {
        let letters = word.bytes().map(|letter| letter.to_ascii_lowercase());
        return mixed(letters.fold(0, |hash, letter| push(hash, u64::from(letter))));
    }
    let letters = word.chars().flat_map(char::to_lowercase);
    mixed(letters.fold(0, |hash, letter| push(hash, u64::from(u32::from(letter)))))
}

/// Letters are the digits of a number to this base, so that the hash of a word put together is known from those
/// of its parts.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

fn push(hash: u64, letter: u64) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(letter)
}

/// Spreads what differs in a few letters over all bits.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

/// Those words that one slip of the keyboard makes of `word`, in small letters without accents, whose fingerprint
/// `is_wanted`. There are some fifty for each letter, so only those are written out.
pub(super) fn slips(word: &str, is_wanted: impl Fn(u64) -> bool) -> Vec<String> {
    let heads: Vec<u64> = std::iter::once(0)
        .chain(word.bytes().scan(0, |hash, letter| {
            *hash = push(*hash, u64::from(letter));
            Some(*hash)
        }))
        .collect();
    let mut found = Vec::new();
    // Of the part behind the slip: its hash, and the power by which what stands before it is raised.
    let (mut tail, mut power) = (0u64, 1u64);
    for at in (0..=word.len()).rev() {
        let mut look = |head: usize, letters: &[u8], tail: u64, power: u64| {
            let joined = letters
                .iter()
                .fold(heads[head], |hash, letter| push(hash, u64::from(*letter)));
            if is_wanted(mixed(joined.wrapping_mul(power).wrapping_add(tail))) {
                let middle = letters.iter().map(|letter| char::from(*letter));
                found.push(
                    word[..head]
                        .chars()
                        .chain(middle)
                        .chain(word[at..].chars())
                        .collect(),
                );
            }
        };
        for letter in b'a'..=b'z' {
            look(at, &[letter], tail, power);
            if at > 0 && word.as_bytes()[at - 1] != letter {
                look(at - 1, &[letter], tail, power);
            }
        }
        if at > 0 {
            look(at - 1, &[], tail, power);
        }
        if at > 1 {
            let pair = [word.as_bytes()[at - 1], word.as_bytes()[at - 2]];
            look(at - 2, &pair, tail, power);
        }
        if let Some(before) = at.checked_sub(1) {
            tail = u64::from(word.as_bytes()[before])
                .wrapping_mul(power)
                .wrapping_add(tail);
            power = power.wrapping_mul(BASE);
        }
    }
    found.reverse();
    found
}

/// Whether two words are forms of one: plural, tense, British and American spelling.
pub(super) fn same_stem(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let bytes = |word: &str| word.as_bytes().to_vec();
    let (short, long) = (bytes(short), bytes(long));
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let same_end = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (from_short, from_long) = (
        &short[same..short.len() - same_end.min(short.len() - same)],
        &long[same..long.len() - same_end.min(long.len() - same)],
    );
    // A change of the last letter makes another form or another word, not a slip one could be sure of.
    if same_end == 0 && same + 1 >= short.len() {
        return true;
    }
    // A letter more before an ending: `stoped` is a slip, but so is nothing in `users` and `usurers`.
    let ending: &[u8] = &long[long.len() - same_end..];
    let endings: [&[u8]; 11] = [
        b"", b"d", b"s", b"r", b"y", b"ed", b"er", b"es", b"ing", b"ly", b"al",
    ];
    let near_end = long.len() - same <= 4 && endings.contains(&ending);
    match (from_short, from_long) {
        (b"s", b"z") | (b"z", b"s") | (b"", b"u") => true,
        (b"", b"e" | b"s" | b"l" | b"t" | b"d" | b"r" | b"m" | b"n" | b"g" | b"p" | b"'")
            if near_end =>
        {
            true
        }
        (
            b"a" | b"e" | b"i" | b"o" | b"c" | b"s" | b"d" | b"r",
            b"a" | b"e" | b"i" | b"o" | b"s" | b"c" | b"d" | b"r",
        ) => near_end,
        // Another first letter makes another word: `charter`, `chapter`; `padded`, `added`.
        _ if same == 0 && short.len() == long.len() => true,
        _ => false,
    }
}

/// Whether one slip of the keyboard makes one word of the other: a letter too many, one missing, one wrong, or
/// two swapped. Equal words are no slip.
pub(super) fn one_slip_apart(one: &str, other: &str) -> bool {
    // Without allocating, what a glance at the lengths tells.
    if one.len().abs_diff(other.len()) > 4 {
        return false;
    }
    let (short, long): (Vec<char>, Vec<char>) = if one.len() <= other.len() {
        (one.chars().collect(), other.chars().collect())
    } else {
        (other.chars().collect(), one.chars().collect())
    };
    if short == long || long.len().abs_diff(short.len()) > 1 {
        return false;
    }
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let same_end = |short_from: usize, long_from: usize| {
        short.get(short_from..).unwrap_or_default() == long.get(long_from..).unwrap_or_default()
    };
    if short.len() < long.len() {
        return same_end(same, same + 1);
    }
    let swapped =
        short.len() > same + 1 && short[same] == long[same + 1] && short[same + 1] == long[same];
    same_end(same + 1, same + 1) || (swapped && same_end(same + 2, same + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_outside_names() {
        let text = "A foo_bar of std::mem, don't 2nd `code`: end.";
        let found = words(text, &[Span::new(0, text.len())]);
        let found: Vec<&str> = found.into_iter().map(|word| word.text).collect();
        assert_eq!(found, ["A", "of", "don't", "end"]);
        assert_eq!(fingerprint("Rust"), fingerprint("rUST"));
        let wanted = ["check", "deck", "heck", "cheek"].map(fingerprint);
        let found = |word| slips(word, |slip| wanted.contains(&slip));
        assert_eq!(found("ckeck"), ["check"]);
        assert_eq!(found("hcekc"), Vec::<String>::new());
        assert_eq!(found("hceck"), ["check", "heck"]);
        assert_eq!(found("chec"), ["check"]);
        assert!(
            same_stem("colour", "color")
                && same_stem("tests", "test")
                && !same_stem("databse", "database")
        );
    }

    #[test]
    fn slips_are_one_key_wide() {
        assert!(one_slip_apart("recieve", "receive"));
        assert!(one_slip_apart("ckeck", "check"));
        assert!(one_slip_apart("eneral", "general"));
        assert!(one_slip_apart("checks", "check"));
        assert!(!one_slip_apart("check", "check"));
        assert!(!one_slip_apart("chcek", "chance"));
        assert!(!one_slip_apart("a", "abc"));
    }
}
