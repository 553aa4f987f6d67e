//! Damaged text: UTF-8 that somebody's program read as Mac Roman or Windows-1252 and saved again.
//!
//! Each character of such a text stands for one byte. Where two to four of them together are the bytes of
//! one UTF-8 character, the text is damaged there; real texts do not contain such runs.

use crate::diagnostic::{Diagnostic, Edit, Fix, Level};
use crate::issue::edit;
use crate::span::Span;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The encoding as which a text was read by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongEncoding {
    /// Mac OS Roman.
    MacRoman,
    /// Windows-1252.
    Windows1252,
}

impl WrongEncoding {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            WrongEncoding::MacRoman => "Mac Roman",
            WrongEncoding::Windows1252 => "Windows-1252",
        }
    }

    /// The byte that `character` stands for.
    fn byte(self, character: char) -> Option<u8> {
        // Latin-1 positions and the control characters that some programs put for unused bytes.
        if self == WrongEncoding::Windows1252 && matches!(character, '\u{80}'..='\u{ff}') {
            return u8::try_from(u32::from(character)).ok();
        }
        let table = match self {
            WrongEncoding::MacRoman => &MAC_ROMAN_BYTES,
            WrongEncoding::Windows1252 => &WINDOWS_1252_BYTES,
        };
        table.get(&character).copied()
    }
}

type Bytes = LazyLock<HashMap<char, u8>>;

static MAC_ROMAN_BYTES: Bytes = LazyLock::new(|| MAC_ROMAN.chars().zip(0x80..=0xff).collect());
static WINDOWS_1252_BYTES: Bytes =
    LazyLock::new(|| WINDOWS_1252.chars().zip(0x80..=0x9f).collect());

/// Bytes 80 to FF of Mac OS Roman.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
    ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// Bytes 80 to 9F of Windows-1252, unused ones as themselves.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// What a damaged text was meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// What it had been read as.
    pub encoding: WrongEncoding,
    /// The damaged places with what belongs there.
    pub edits: Vec<Edit>,
    /// The whole text as it was meant.
    pub text: String,
}

/// The repaired form of `text`, if it is damaged.
pub fn repair(text: &str) -> Option<Repair> {
    if !has_pair(text) {
        return None;
    }
    let candidates = [WrongEncoding::MacRoman, WrongEncoding::Windows1252];
    let (encoding, edits) = candidates
        .into_iter()
        .map(|encoding| (encoding, damaged_runs(text, encoding)))
        .max_by_key(|(_, edits)| edits.iter().map(|edit| edit.span.len()).sum::<usize>())?;
    if edits.is_empty() || !is_convincing(text, &edits) {
        return None;
    }
    let text = edit::apply(text, &edits).ok()?;
    Some(Repair {
        encoding,
        edits,
        text,
    })
}

/// Whether two characters beyond ASCII stand side by side: without such, nothing can be damaged.
fn has_pair(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| !byte.is_ascii()) {
        let length = text[at + found..].chars().next().map_or(1, char::len_utf8);
        at += found + length;
        if bytes.get(at).is_some_and(|byte| !byte.is_ascii()) {
            return true;
        }
    }
    false
}

/// A misread file is damaged everywhere, so nearly all its characters beyond ASCII lie in damaged runs. A
/// sound text has a pair such as `“ä` now and then, among many others.
fn is_convincing(text: &str, edits: &[Edit]) -> bool {
    let beyond_ascii = |text: &str| {
        text.chars()
            .filter(|character| !character.is_ascii())
            .count()
    };
    let damaged: usize = edits
        .iter()
        .map(|edit| beyond_ascii(edit.span.of(text)))
        .sum();
    damaged * 4 >= beyond_ascii(text) * 3
}

/// One finding for a damaged text, with the fix for all its places.
pub(crate) fn find_damage(text: &str) -> Option<Diagnostic> {
    let repair = repair(text)?;
    let first = repair.edits.first()?;
    let count = repair.edits.len();
    let message = format!(
        "the text was read as {} and saved again: {count} {} damaged, the first is `{}` for `{}`",
        repair.encoding.name(),
        if count == 1 { "place is" } else { "places are" },
        first.span.of(text),
        first.text,
    );
    let fix = Fix {
        safe: true,
        edits: repair.edits.clone(),
    };
    let finding = Diagnostic::new("damaged-encoding", Level::Deny, first.span, message);
    Some(
        finding
            .with_help("`press issue repair FILE` writes it as it was meant")
            .with_fix(fix),
    )
}

/// Maximal runs of characters that are UTF-8 read one byte at a time.
fn damaged_runs(text: &str, encoding: WrongEncoding) -> Vec<Edit> {
    let mut runs: Vec<Edit> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(|character: char| !character.is_ascii()) {
        at += found;
        match decode(&text[at..], encoding) {
            Some((character, length)) => {
                match runs.last_mut().filter(|run| run.span.end == at) {
                    Some(run) => {
                        run.span.end += length;
                        run.text.push(character);
                    }
                    None => {
                        let span = Span::new(at, at + length);
                        runs.push(Edit {
                            span,
                            text: character.to_string(),
                        });
                    }
                }
                at += length;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    runs
}

/// The character whose UTF-8 bytes the first characters of `text` stand for, and how many bytes of `text`
/// they take.
fn decode(text: &str, encoding: WrongEncoding) -> Option<(char, usize)> {
    let lead = encoding.byte(text.chars().next()?)?;
    let count = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [0u8; 4];
    let mut length = 0;
    let mut characters = text.chars();
    for byte in &mut bytes[..count] {
        let character = characters.next()?;
        *byte = encoding.byte(character)?;
        length += character.len_utf8();
    }
    let decoded = std::str::from_utf8(&bytes[..count]).ok()?;
    decoded.chars().next().map(|character| (character, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misread(text: &str, encoding: WrongEncoding) -> String {
        let character = |byte: u8| match encoding {
            _ if byte < 0x80 => char::from(byte),
            WrongEncoding::MacRoman => MAC_ROMAN
                .chars()
                .nth(usize::from(byte) - 0x80)
                .expect("128 entries"),
            WrongEncoding::Windows1252 if byte >= 0xA0 => char::from(byte),
            WrongEncoding::Windows1252 => WINDOWS_1252
                .chars()
                .nth(usize::from(byte) - 0x80)
                .expect("32 entries"),
        };
        text.bytes().map(character).collect()
    }

    #[test]
    fn both_tables_are_whole() {
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(WINDOWS_1252.chars().count(), 32);
    }

    #[test]
    fn damage_is_undone_for_all_scripts() {
        for text in [
            "Nürnberg – Käse’s 🦀",
            "Sessió ✅❌ מפגש",
            "日本語 «Привет»",
        ] {
            for encoding in [WrongEncoding::MacRoman, WrongEncoding::Windows1252] {
                let repair = repair(&misread(text, encoding)).expect("damaged");
                assert_eq!((repair.encoding, repair.text.as_str()), (encoding, text));
            }
        }
    }

    #[test]
    fn sound_text_is_left_alone() {
        for text in [
            "plain",
            "Nürnberg – Käse’s 🦀",
            "© Ärger über Öl — “äöü” ÄÖ",
            "€5 ± √2 ≥ 1",
            "Ã",
        ] {
            assert_eq!(repair(text), None, "{text}");
        }
    }
}
