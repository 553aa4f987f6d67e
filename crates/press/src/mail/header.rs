//! Header fields as RFC 5322 wants them: folded, encoded (RFC 2047) where they are not ASCII, and never with a line
//! break that somebody's name brought in.

use std::borrow::Cow;

/// Longest line before it is folded, without its end (RFC 5322, section 2.1.1).
const LINE: usize = 78;

/// Longest word that is written plain in running text; a longer one is encoded, for an encoded text can be folded anywhere.
const WORD: usize = 60;

/// A text without control characters and with single blanks.
pub(super) fn clean(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes `name: value` where the value is running text, such as a subject.
pub(super) fn unstructured(out: &mut Vec<u8>, name: &str, value: &str) {
    let value = clean(value);
    let plain = value.is_ascii()
        && !value.contains("=?")
        && value.split(' ').all(|word| word.len() <= WORD);
    let words: Vec<Cow<'_, str>> = if plain {
        value.split(' ').map(Cow::Borrowed).collect()
    } else {
        encoded_words(&value, name.len())
            .into_iter()
            .map(Cow::Owned)
            .collect()
    };
    folded(out, name, &words);
}

/// Writes `name: part part`, with a fold before each part that would make the line too long.
pub(super) fn folded<S: AsRef<str>>(out: &mut Vec<u8>, name: &str, parts: &[S]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut column = name.len() + 1;
    for part in parts.iter().map(AsRef::as_ref) {
        // The first part stays on the line of the name: some programs take an empty first line for the value.
        if column + 1 + part.len() > LINE && column > name.len() + 1 {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.push(b' ');
        out.extend_from_slice(part.as_bytes());
        column += 1 + part.len();
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes `name: Display Name <address>`. The address was checked: it holds nothing that ends it.
pub(super) fn mailbox(out: &mut Vec<u8>, name: &str, display: Option<&str>, address: &str) {
    let mut parts = display.map_or_else(Vec::new, |display| phrase(display, name.len()));
    parts.push(format!("<{address}>"));
    folded(out, name, &parts);
}

/// A display name as words: atoms, one quoted string, or encoded. The field's name has `before` characters.
fn phrase(display: &str, before: usize) -> Vec<String> {
    let display = clean(display);
    if display.is_empty() {
        return Vec::new();
    }
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    if !display.is_ascii() || display.contains("=?") || display.len() > WORD {
        return encoded_words(&display, before);
    }
    if display.bytes().all(|byte| atom(byte) || byte == b' ') {
        return display.split(' ').map(str::to_owned).collect();
    }
    let mut quoted = String::with_capacity(display.len() + 2);
    quoted.push('"');
    for character in display.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    vec![quoted]
}

/// `text` as encoded words, each for a line of at most 76 characters (RFC 2047): `Q` where most of it is ASCII, else `B`.
/// Before the first stands the field's name of `before` characters.
fn encoded_words(text: &str, before: usize) -> Vec<String> {
    // What may stand as it is in an encoded word, even inside a display name (RFC 2047, section 5).
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte);
    let strange = text
        .bytes()
        .filter(|byte| !plain(*byte) && *byte != b' ')
        .count();
    let quoted = strange * 3 <= text.len();
    let width = |character: char| {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        let one = |byte: &u8| if plain(*byte) || *byte == b' ' { 1 } else { 3 };
        if quoted {
            bytes.iter().map(one).sum()
        } else {
            bytes.len()
        }
    };
    // What is left of a line beside a blank, `=?utf-8?q?` and `?=`; four characters of base64 are three bytes.
    let room = |before: usize| {
        let columns = 63usize.saturating_sub(before).max(16);
        if quoted { columns } else { columns / 4 * 3 }
    };
    let mut words = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, character) in text.char_indices() {
        let before = if words.is_empty() { before + 1 } else { 0 };
        if used + width(character) > room(before) {
            words.push(encoded_word(&text[start..at], quoted));
            (start, used) = (at, 0);
        }
        used += width(character);
    }
    words.push(encoded_word(&text[start..], quoted));
    words
}

fn encoded_word(text: &str, quoted: bool) -> String {
    use base64::Engine;
    if !quoted {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        return format!("=?utf-8?b?{encoded}?=");
    }
    let mut word = String::from("=?utf-8?q?");
    for byte in text.bytes() {
        match byte {
            b' ' => word.push('_'),
            byte if byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte) => {
                word.push(char::from(byte));
            }
            byte => word.push_str(&format!("={byte:02X}")),
        }
    }
    word + "?="
}

/// A header field as DKIM's relaxed form has it (RFC 6376, section 3.4.2), with its line end.
pub(super) fn relaxed(out: &mut Vec<u8>, field: &[u8]) {
    let colon = field
        .iter()
        .position(|byte| *byte == b':')
        .unwrap_or(field.len());
    out.extend(field[..colon].iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let value = field.get(colon + 1..).unwrap_or_default();
    let words = value
        .split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("headers are UTF-8")
    }

    #[test]
    fn names_are_atoms_quoted_or_encoded() {
        let to = |name| written(|out| mailbox(out, "To", Some(name), "a@b.example"));
        assert_eq!(to("Ada Tern"), "To: Ada Tern <a@b.example>\r\n");
        assert_eq!(
            to("Tern, \"Ada\" A."),
            "To: \"Tern, \\\"Ada\\\" A.\" <a@b.example>\r\n"
        );
        assert_eq!(
            to("Jürgen"),
            "To: =?utf-8?q?J=C3=BCrgen?= <a@b.example>\r\n"
        );
        assert_eq!(
            to("渡り鳥"),
            "To: =?utf-8?b?5rih44KK6bOl?= <a@b.example>\r\n"
        );
        assert_eq!(to(" \t"), "To: <a@b.example>\r\n");
    }

    #[test]
    fn no_name_begins_a_new_field() {
        let to = written(|out| {
            mailbox(
                out,
                "To",
                Some("x\r\nBcc: y@z.example\r\n\r\nbody"),
                "a@b.example",
            );
        });
        assert_eq!(to, "To: \"x Bcc: y@z.example body\" <a@b.example>\r\n");
    }

    #[test]
    fn long_texts_are_folded_and_no_character_is_cut() {
        for text in [
            "This Week in Tern ".repeat(20),
            "Überfahrt ".repeat(30),
            "x".repeat(3_000),
            "鳥".repeat(200),
        ] {
            let subject = written(|out| unstructured(out, "Subject", &text));
            assert!(subject.lines().all(|line| line.len() <= LINE), "{subject}");
            let raw = format!("{subject}\r\n");
            let parsed = mail_parser::MessageParser::default()
                .parse(raw.as_bytes())
                .expect("it is a message");
            assert_eq!(parsed.subject().map(str::trim), Some(text.trim()));
        }
    }

    #[test]
    fn the_relaxed_form_is_that_of_the_standard() {
        let relaxed = |field: &str| written(|out| relaxed(out, field.as_bytes()));
        assert_eq!(
            relaxed("B : Y\t\r\n\tZ  \r\n").replace("b :", "b:"),
            "b:Y Z\r\n"
        );
        assert_eq!(relaxed("A: X\r\n"), "a:X\r\n");
    }
}
