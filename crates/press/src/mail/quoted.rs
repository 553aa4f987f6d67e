//! Quoted-printable (RFC 2045, section 6.7), in a form that nothing on the way has reason to change.
//!
//! Besides what the standard asks for, no line begins with a dot or with `From `, and no two blanks stand together: so
//! the text is its own relaxed form for DKIM, SMTP need not double a dot, and mailbox files need not add a `>`.

use press_core::render::gaps::Gapped;

/// Longest encoded line without its end.
const LINE: usize = 76;

/// The pieces of `text` encoded. What fills a gap must be ASCII that needs no encoding, at most
/// [`GAP_LIMIT`] characters, not beginning with a dot: it gets a line of its own.
pub(super) fn encode(text: &Gapped) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::default();
    let last = text.gaps();
    let piece = |(at, piece): (usize, &String)| {
        encoder.out = Vec::with_capacity(piece.len() * 11 / 10 + 8);
        encoder.column = 0;
        if at > 0 {
            encoder.soft_break();
        }
        encoder.write(piece.as_bytes());
        if at < last && encoder.column > 0 {
            encoder.soft_break();
        }
        std::mem::take(&mut encoder.out)
    };
    text.pieces().iter().enumerate().map(piece).collect()
}

/// Longest filling of a gap.
pub(super) const GAP_LIMIT: usize = LINE - 1;

#[derive(Default)]
struct Encoder {
    out: Vec<u8>,
    column: usize,
}

impl Encoder {
    fn soft_break(&mut self) {
        self.out.extend_from_slice(b"=\r\n");
        self.column = 0;
    }

    fn write(&mut self, text: &[u8]) {
        let mut after_blank = false;
        for (at, &byte) in text.iter().enumerate() {
            let rest = &text[at + 1..];
            if byte == b'\n' {
                self.out.extend_from_slice(b"\r\n");
                self.column = 0;
                after_blank = false;
                continue;
            }
            if byte == b'\r' && rest.first() == Some(&b'\n') {
                continue;
            }
            let last = matches!(rest.first(), Some(b'\n' | b'\r'));
            let blank = !after_blank && !last && !rest.is_empty();
            // The last character of a line may stand where the `=` of a break would.
            let room = if last { LINE } else { LINE - 1 };
            if self.column + width(self.is_plain(byte, rest, blank)) > room {
                self.soft_break();
            }
            let plain = self.is_plain(byte, rest, blank);
            if plain {
                self.out.push(byte);
                self.column += 1;
            } else {
                self.code(byte);
            }
            after_blank = plain && byte == b' ';
        }
    }

    /// Whether `byte`, which `rest` follows, may be written as it is here; a blank only if `blank` says so.
    fn is_plain(&self, byte: u8, rest: &[u8], blank: bool) -> bool {
        match byte {
            b' ' => blank,
            b'.' => self.column > 0,
            b'F' => self.column > 0 || !rest.starts_with(b"rom "),
            b'=' => false,
            _ => byte.is_ascii_graphic(),
        }
    }

    fn code(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digits = [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ];
        self.out.push(b'=');
        self.out.extend_from_slice(&digits);
        self.column += 3;
    }
}

fn width(plain: bool) -> usize {
    if plain { 1 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str, word: &str) -> String {
        let pieces = encode(&Gapped::split(text, "{gap}"));
        String::from_utf8(pieces.join(word.as_bytes())).expect("it is ASCII")
    }

    /// Decodes, as the standard says it.
    fn decoded(text: &str) -> Vec<u8> {
        let text = text.replace("=\r\n", "");
        let mut bytes = text.bytes();
        let mut out = Vec::new();
        while let Some(byte) = bytes.next() {
            if byte == b'=' {
                let digits: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&digits, 16).expect("two digits"));
            } else {
                out.push(byte);
            }
        }
        out
    }

    #[test]
    fn what_is_plain_stays_plain() {
        assert_eq!(encoded("a = b\nü\n", ""), "a =3D b\r\n=C3=BC\r\n");
        assert_eq!(encoded("a \n  b\t\n", ""), "a=20\r\n =20b=09\r\n");
        assert_eq!(
            encoded(".\nFrom me\nFromage\n", ""),
            "=2E\r\n=46rom me\r\nFromage\r\n"
        );
        assert_eq!(
            encoded("<a href=\"/u/{gap}\">", "TOKEN"),
            "<a href=3D\"/u/=\r\nTOKEN=\r\n\">"
        );
    }

    proptest! {
        #[test]
        fn decoding_gives_the_text_back(text in "([ .=F\\n\\t]|From |a{1,90}|é|🦀|\\{gap\\}|[ -~]{0,40}){0,60}") {
            let word = "t".repeat(GAP_LIMIT);
            let out = encoded(&text, &word);
            let expected = text.replace("{gap}", &word).replace('\n', "\r\n");
            prop_assert_eq!(String::from_utf8(decoded(&out)).expect("UTF-8"), expected);
            for line in out.split("\r\n") {
                prop_assert!(line.len() <= LINE, "{}", line);
                prop_assert!(line.is_ascii() && !line.starts_with('.') && !line.starts_with("From "), "{}", line);
                prop_assert!(!line.ends_with([' ', '\t']) && !line.contains("  ") && !line.contains('\t'), "{}", line);
            }
        }
    }
}
