//! What a mail server answers: three digits, perhaps an enhanced code, and words (RFC 5321 section 4.2, RFC 2034).

use super::status::{Severity, Status};
use std::fmt;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The enhanced code, if the server gave one of the same class.
    pub status: Option<Status>,
    /// The words, one line.
    pub text: String,
}

/// No line of an answer is longer, and no answer is, all lines together.
pub(super) const LINE_BYTES: usize = 4 << 10;
const REPLY_BYTES: usize = 64 << 10;
/// Words that are kept.
const TEXT_BYTES: usize = 1000;

/// What there is so far of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Not all of it yet.
    Incomplete,
    /// An answer, and how many bytes it took.
    Whole(Vec<String>, u16, usize),
    /// This is no answer, and why.
    Garbage(&'static str),
}

/// Reads an answer at the start of what has come.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let (mut at, mut code, mut lines) = (0, None, Vec::new());
    loop {
        let rest = &bytes[at..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return match rest.len() {
                0..=LINE_BYTES => Parsed::Incomplete,
                _ => Parsed::Garbage("a line of its answer does not end"),
            };
        };
        if end > LINE_BYTES || at > REPLY_BYTES {
            return Parsed::Garbage("its answer is too long");
        }
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        at += end + 1;
        let Some((digits, sign, text)) = split(line) else {
            return Parsed::Garbage("its answer does not begin with three digits");
        };
        if code.is_some_and(|code| code != digits) {
            return Parsed::Garbage("the lines of its answer have different codes");
        }
        code = Some(digits);
        lines.push(words(text));
        if sign != b'-' {
            return Parsed::Whole(lines, digits, at);
        }
    }
}

/// The digits of a line, what comes after them, and the rest.
fn split(line: &[u8]) -> Option<(u16, u8, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let [
        first @ b'2'..=b'5',
        second @ b'0'..=b'9',
        third @ b'0'..=b'9',
    ] = digits
    else {
        return None;
    };
    let number = |digit: &u8| u16::from(digit - b'0');
    let code = number(first) * 100 + number(second) * 10 + number(third);
    match rest {
        [] => Some((code, b' ', rest)),
        [sign @ (b' ' | b'-'), text @ ..] => Some((code, *sign, text)),
        _ => None,
    }
}

/// A line's words, without what could upset a terminal.
fn words(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let plain = |sign: char| if sign.is_control() { ' ' } else { sign };
    text.chars()
        .map(plain)
        .collect::<String>()
        .trim()
        .to_owned()
}

impl Reply {
    /// An answer of these lines.
    pub(super) fn of(code: u16, lines: &[String]) -> Reply {
        let mut status = None;
        let mut text = String::new();
        for line in lines {
            let found = Status::parse(line).filter(|found| u16::from(found.class) == code / 100);
            let said = match found {
                Some(_) => line.split_once(' ').map_or("", |(_, rest)| rest.trim()),
                None => line,
            };
            status = status.or(found);
            if !said.is_empty() && text.len() + said.len() < TEXT_BYTES {
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(said);
            }
        }
        Reply { code, status, text }
    }

    /// An answer of our own, for what is refused before a server is asked.
    pub fn own(code: u16, status: Status, text: impl Into<String>) -> Reply {
        Reply {
            code,
            status: Some(status),
            text: text.into(),
        }
    }

    /// Whether the address should be mailed again. Without an enhanced code 550, 551 and 553 mean that nobody is
    /// there; all else is soft.
    pub fn severity(&self) -> Severity {
        match (self.status, self.code) {
            (Some(status), _) => status.severity(),
            (None, 550 | 551 | 553) => Severity::Hard,
            (None, _) => Severity::Soft,
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code)?;
        if let Some(status) = self.status {
            write!(formatter, " {status}")?;
        }
        if !self.text.is_empty() {
            write!(formatter, " {}", self.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> String {
        match parse(text.as_bytes()) {
            Parsed::Incomplete => "incomplete".to_owned(),
            Parsed::Garbage(why) => why.to_owned(),
            Parsed::Whole(lines, code, length) => {
                format!("{} [{length}]", Reply::of(code, &lines))
            }
        }
    }

    #[test]
    fn answers_are_read_as_rfc_5321_has_them() {
        assert_eq!(read("250 2.1.0 Ok\r\n"), "250 2.1.0 Ok [14]");
        assert_eq!(read("250\r\n"), "250 [5]");
        assert_eq!(read("250 Ok\n354 go"), "250 Ok [7]");
        assert_eq!(
            read("550-5.1.1 no such\r\n550-5.1.1 user\r\n550 5.1.1 here\r\n"),
            "550 5.1.1 no such user here [51]"
        );
        // A code of another class is only a word.
        assert_eq!(read("250 5.0.0 fine\r\n"), "250 5.0.0 fine [16]");
        assert_eq!(Reply::of(250, &["5.0.0 fine".to_owned()]).status, None);
        assert_eq!(read("25"), "incomplete");
        assert_eq!(read("250-a\r\n250 b"), "incomplete");
        assert_eq!(
            read("250-a\r\n251 b\r\n"),
            "the lines of its answer have different codes"
        );
        for garbage in [
            "hello\r\n",
            "\r\n",
            "25\r\n",
            "2500 x\r\n",
            "150 x\r\n",
            "250x\r\n",
            "650 x\r\n",
        ] {
            assert_eq!(
                read(garbage),
                "its answer does not begin with three digits",
                "{garbage:?}"
            );
        }
        assert_eq!(read(&"2".repeat(5000)), "a line of its answer does not end");
        assert_eq!(read(&"250-x\r\n".repeat(20_000)), "its answer is too long");
        assert_eq!(read("550 a\x1b[2Jb\r\n"), "550 a [2Jb [12]");
    }

    proptest! {
        #[test]
        fn nothing_that_comes_upsets_the_reader(bytes: Vec<u8>) {
            parse(&bytes);
        }

        #[test]
        fn an_answer_cut_anywhere_is_incomplete(lines in prop::collection::vec("[ -~]{0,40}", 1..5), cut: prop::sample::Index) {
            let last = lines.len() - 1;
            let text: String = lines.iter().enumerate()
                .map(|(at, line)| format!("250{}{line}\r\n", if at == last { ' ' } else { '-' }))
                .collect();
            let whole = parse(text.as_bytes());
            prop_assert!(matches!(whole, Parsed::Whole(_, 250, length) if length == text.len()));
            let cut = cut.index(text.len());
            prop_assert_eq!(parse(&text.as_bytes()[..cut]), Parsed::Incomplete);
        }
    }
}
