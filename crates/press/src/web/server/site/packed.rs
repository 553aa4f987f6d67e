//! Bodies that are smaller on their way (RFC 9110, section 8.4).

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use std::io::Write;
use std::path::Path;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Brotli,
}

impl Packing {
    /// Its name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Brotli => "br",
        }
    }
}

/// Whether packing pays: pictures and the like are packed already.
pub(super) fn is_packable(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default();
    kind.starts_with("text/")
        || matches!(
            kind,
            "application/xml" | "application/json" | "image/svg+xml"
        )
}

/// What a client wants best of what pays.
pub(super) fn wanted(headers: &HeaderMap, media_type: &str) -> Option<Packing> {
    if !is_packable(media_type) {
        return None;
    }
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |name: &str| {
        accepted.split(',').any(|one| {
            let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
            let none = weight
                .trim()
                .strip_prefix("q=")
                .and_then(|weight| weight.parse::<f32>().ok());
            coding.trim().eq_ignore_ascii_case(name) && none.is_none_or(|weight| weight > 0.0)
        })
    };
    let best = [Packing::Brotli, Packing::Gzip];
    best.into_iter().find(|packing| takes(packing.name()))
}

/// Packs a file, or takes what was packed beside it; nothing if that is not smaller.
pub(super) fn pack(packing: Packing, file: Option<&Path>, plain: &[u8]) -> Option<Bytes> {
    beside(packing, file)
        .or_else(|| pack_now(packing, plain).ok())
        .filter(|packed| packed.len() < plain.len())
        .map(Bytes::from)
}

/// The packed file beside a file, unless it is older.
fn beside(packing: Packing, file: Option<&Path>) -> Option<Vec<u8>> {
    let file = file?;
    let ending = match packing {
        Packing::Gzip => "gz",
        Packing::Brotli => "br",
    };
    let mut name = file.file_name()?.to_owned();
    name.push(format!(".{ending}"));
    let packed = file.with_file_name(name);
    let changed = |path: &Path| {
        std::fs::metadata(path)
            .and_then(|data| data.modified())
            .ok()
    };
    (changed(&packed)? >= changed(file)?).then(|| std::fs::read(&packed).ok())?
}

/// Quick rather than small: 60 KB take 2 ms, and the result is kept.
fn pack_now(packing: Packing, plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let room = Vec::with_capacity(plain.len() / 3);
    match packing {
        Packing::Gzip => {
            let mut packer = flate2::write::GzEncoder::new(room, flate2::Compression::new(6));
            packer.write_all(plain)?;
            packer.finish()
        }
        Packing::Brotli => {
            let mut packer = brotli::CompressorWriter::new(room, 1 << 16, 6, 22);
            packer.write_all(plain)?;
            Ok(packer.into_inner())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_best_of_what_is_accepted() {
        let wants = |accepted: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            wanted(&headers, "text/html; charset=utf-8")
        };
        assert_eq!(wants("gzip, deflate, br, zstd"), Some(Packing::Brotli));
        assert_eq!(wants("GZIP;q=0.5"), Some(Packing::Gzip));
        assert_eq!(wants("br;q=0, gzip"), Some(Packing::Gzip));
        assert_eq!(wants("br;q=0.000"), None);
        assert_eq!(wants("identity"), None);
    }
}
