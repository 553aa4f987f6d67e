//! Bytes as text, whatever encoding they are in and whatever they say they are in; unpacked, if they were packed twice.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// What bytes say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// What was odd, to be told.
    pub(super) notices: Vec<String>,
}

/// How often bytes may be packed besides what the connection does.
const PACKED: usize = 2;

/// The text of a feed, and what was odd about its bytes. It becomes no longer than `limit` by unpacking.
pub(super) fn feed(bytes: &[u8], kind: &str, limit: usize) -> Decoded {
    let mut notices = Vec::new();
    let mut unpacked: Option<Vec<u8>> = None;
    for _ in 0..PACKED {
        let bytes = unpacked.as_deref().unwrap_or(bytes);
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            break;
        }
        let mut inner = Vec::new();
        let room = u64::try_from(limit).unwrap_or(u64::MAX);
        let read = MultiGzDecoder::new(bytes)
            .take(room)
            .read_to_end(&mut inner);
        if read.is_err() || inner.len() == limit {
            notices.push("it is packed, and could not be unpacked to the end".to_owned());
        }
        unpacked = Some(inner);
    }
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    let (encoding, found) = encoding(bytes, declared(bytes).as_deref(), kind);
    notices.extend(found);
    let (text, _, _) = encoding.decode(bytes);
    Decoded {
        text: text.into_owned(),
        notices,
    }
}

/// The text of a page.
pub(super) fn page(bytes: &[u8], kind: &str) -> String {
    let (encoding, _) = encoding(bytes, None, kind);
    encoding.decode(bytes).0.into_owned()
}

/// In what encoding bytes are, and what is to be said of it. Valid UTF-8 is UTF-8 whatever is declared: by chance nothing
/// else looks like it.
fn encoding(
    bytes: &[u8],
    declared: Option<&str>,
    kind: &str,
) -> (&'static Encoding, Option<String>) {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return (marked, None);
    }
    match bytes {
        [b'<', 0, ..] => return (UTF_16LE, None),
        [0, b'<', ..] => return (UTF_16BE, None),
        _ => {}
    }
    let sent = kind.split(';').find_map(|part| {
        part.trim()
            .to_ascii_lowercase()
            .strip_prefix("charset=")
            .map(str::to_owned)
    });
    let named = declared.map(str::to_owned).or(sent);
    let named = named
        .as_deref()
        .map(|name| name.trim_matches(['"', '\'', ' ']));
    let known = named.and_then(|name| Encoding::for_label(name.as_bytes()));
    // Some are ASCII to look at, and say other things by escapes.
    let wide = [UTF_16LE, UTF_16BE];
    if let Some(known) = known.filter(|known| !known.is_ascii_compatible())
        && !wide.contains(&known)
    {
        return (known, None);
    }
    match (std::str::from_utf8(bytes), known) {
        (Ok(_), _) => (UTF_8, None),
        // The end is cut off, or a few bytes are wrong.
        (Err(error), _) if error.error_len().is_none() || mostly_utf8(bytes) => (UTF_8, None),
        (Err(_), Some(known)) if known != UTF_8 => (known, None),
        (Err(_), _) => {
            let notice = match named {
                Some(named) => {
                    format!("it is not in {named}, as it says; it was read as Windows-1252")
                }
                None => "it names no encoding; it was read as Windows-1252".to_owned(),
            };
            (WINDOWS_1252, Some(notice))
        }
    }
}

/// Whether far more characters are right in UTF-8 than wrong.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk
            .valid()
            .chars()
            .filter(|sign| !sign.is_ascii())
            .count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right > 4 * wrong
}

/// The encoding that an XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let start = &bytes[..bytes.len().min(200)];
    let text = String::from_utf8_lossy(start);
    let declaration = text
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|sign| matches!(sign, '"' | '\''))?;
    Some(after[1..].split(quote).next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], kind: &str) -> String {
        feed(bytes, kind, 1000).text
    }

    #[test]
    fn encodings_are_found_whatever_is_declared() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>M\xf6we</a>";
        assert!(text(latin, "text/xml; charset=utf-8").contains("Möwe"));
        assert!(text(b"<a>M\xf6we</a>", "text/xml; charset=\"iso-8859-1\"").contains("Möwe"));
        let wrong = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>Möwe</a>";
        assert!(text(wrong.as_bytes(), "").contains("Möwe"));
        let liar = feed(
            b"<?xml version='1.0' encoding='utf-8'?><a>M\xf6we</a>",
            "",
            1000,
        );
        assert!(
            liar.text.contains("Möwe") && liar.notices.len() == 1,
            "{liar:?}"
        );
        let wide: Vec<u8> = "<a>Möwe</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(text(&wide, ""), "<a>Möwe</a>");
        // Cut off in the middle of a letter.
        assert!(
            text(&"<a>Möwen über Köln ö".as_bytes()[..24], "").starts_with("<a>Möwen über Köln")
        );
    }
}
