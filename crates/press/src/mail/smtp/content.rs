//! Content as it goes over the line: a dot more where a line begins with one, and a line with a dot alone at the end.
//!
//! Nothing is copied; the pieces lie in the message, and the dots between them.

const DOT: &[u8] = b".";

/// A content in pieces. The last one ends it: `.` and a line break.
pub(super) fn pieces(content: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(3);
    let mut from = 0;
    if content.first() == Some(&b'.') {
        pieces.push(DOT);
    }
    for at in memchr::memmem::find_iter(content, b"\r\n.") {
        let dot = at + 2;
        pieces.push(&content[from..dot]);
        pieces.push(DOT);
        from = dot;
    }
    if from < content.len() {
        pieces.push(&content[from..]);
    }
    if !content.is_empty() && !content.ends_with(b"\r\n") {
        pieces.push(b"\r\n");
    }
    pieces.push(b".\r\n");
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a server makes of it: RFC 5321 section 4.5.2.
    fn received(line: &[u8]) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        let mut rest = line;
        loop {
            let end = memchr::memmem::find(rest, b"\r\n")? + 2;
            let (one, after) = rest.split_at(end);
            if one == b".\r\n" {
                return after.is_empty().then_some(content);
            }
            content.extend(one.strip_prefix(b".").unwrap_or(one));
            rest = after;
        }
    }

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled() {
        let sent = |text: &str| String::from_utf8(pieces(text.as_bytes()).concat()).unwrap();
        assert_eq!(sent("a\r\n.b\r\nc.\r\n"), "a\r\n..b\r\nc.\r\n.\r\n");
        assert_eq!(sent(".\r\n.\r\n"), "..\r\n..\r\n.\r\n");
        assert_eq!(sent(""), ".\r\n");
        assert_eq!(sent("no end"), "no end\r\n.\r\n");
        assert_eq!(pieces(b"a\r\nb\r\n").len(), 2);
    }

    proptest! {
        #[test]
        fn servers_get_back_what_was_sent(lines in prop::collection::vec("[.a]{0,4}", 0..12)) {
            let content: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let sent = pieces(content.as_bytes()).concat();
            prop_assert_eq!(received(&sent), Some(content.into_bytes()));
        }
    }
}
