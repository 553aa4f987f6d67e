//! Files of a site as answers.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use std::path::{Path, PathBuf};

/// The answer to a request for `path` (percent-encoded, without query) from the site in `folder`.
pub(super) async fn answer(folder: &Path, path: &str) -> Response<Body> {
    let Some(decoded) = decode(path) else {
        return plain(StatusCode::BAD_REQUEST, "This is not an address.");
    };
    let Some(file) = press_core::render::address::file_of(&decoded).map(|file| folder.join(file))
    else {
        return not_found(folder).await;
    };
    if file.is_dir() {
        return moved(StatusCode::PERMANENT_REDIRECT, &format!("{path}/"));
    }
    match read(file.clone()).await {
        Ok(content) => with_type(StatusCode::OK, media_type(&file), content),
        Err(_) => not_found(folder).await,
    }
}

/// Sends on to another address of the same site.
pub(super) fn moved(status: StatusCode, location: &str) -> Response<Body> {
    let moved = Response::builder()
        .status(status)
        .header(header::LOCATION, location);
    moved
        .body(Body::empty())
        .unwrap_or_else(|_| plain(StatusCode::BAD_REQUEST, "This is not an address."))
}

async fn not_found(folder: &Path) -> Response<Body> {
    match read(folder.join("404.html")).await {
        Ok(content) => with_type(StatusCode::NOT_FOUND, "text/html; charset=utf-8", content),
        Err(_) => plain(StatusCode::NOT_FOUND, "There is no such page."),
    }
}

/// Files are small and local; still a slow disk must not hold up other answers.
async fn read(path: PathBuf) -> std::io::Result<Vec<u8>> {
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    read.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    with_type(
        status,
        "text/plain; charset=utf-8",
        text.as_bytes().to_vec(),
    )
}

/// An answer that is never kept: a preview changes all the time.
pub(super) fn with_type(status: StatusCode, media_type: &str, content: Vec<u8>) -> Response<Body> {
    let answer = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    answer.body(Body::from(content)).unwrap_or_default()
}

pub(super) fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The media type of a file on this machine.
pub(super) fn media_type(path: &Path) -> &'static str {
    press_core::media::media_type(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_escapes_are_decoded() {
        assert_eq!(decode("/a%20b").as_deref(), Some("/a b"));
        assert_eq!(decode("/%2e%2e/").as_deref(), Some("/../"));
        for broken in ["/%", "/%4", "/%zz", "/%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
