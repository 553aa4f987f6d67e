//! What a file of the site is to browsers and caches, by its name: one table for the server and for all that the site is
//! deployed to.

/// The media type of a file, as `Content-Type` has it.
pub fn media_type(path: &str) -> &'static str {
    match extension(path) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "xml" => "application/xml; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        "pdf" => "application/pdf",
        "ics" => "text/calendar; charset=utf-8",
        "opml" => "text/x-opml; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// How long others may keep a file, as `Cache-Control` has it: for good where the name holds a hash of the content.
pub fn cache_control(path: &str) -> &'static str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    let hashed = hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hashed && extension(path) == "bin" {
        // The files of the search index, wherever it stands.
        return "public, max-age=31536000, immutable";
    }
    if hashed && (folder == "theme" || folder.ends_with("/theme")) {
        return "public, max-age=31536000, immutable";
    }
    match extension(path) {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "ico" | "woff2" | "pdf" => {
            "public, max-age=86400"
        }
        _ => "public, max-age=60",
    }
}

/// What stands behind the last dot of a file's name.
fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_names_say() {
        for (path, kind, cache) in [
            (
                "issues/7/index.html",
                "text/html; charset=utf-8",
                "public, max-age=60",
            ),
            (
                "theme/press-0123abcd.css",
                "text/css; charset=utf-8",
                "public, max-age=31536000, immutable",
            ),
            (
                "/blog/theme/press-0123abcd.js",
                "text/javascript; charset=utf-8",
                "public, max-age=31536000, immutable",
            ),
            (
                "notes/press-0123abcd.css",
                "text/css; charset=utf-8",
                "public, max-age=60",
            ),
            (
                "theme/press-0123abc.css",
                "text/css; charset=utf-8",
                "public, max-age=60",
            ),
            (
                "search/o12-0123abcd.bin",
                "application/octet-stream",
                "public, max-age=31536000, immutable",
            ),
            ("images/tern.png", "image/png", "public, max-age=86400"),
            ("CNAME", "application/octet-stream", "public, max-age=60"),
            (".html", "application/octet-stream", "public, max-age=60"),
            (
                "a.b/index",
                "application/octet-stream",
                "public, max-age=60",
            ),
        ] {
            assert_eq!(
                (media_type(path), cache_control(path)),
                (kind, cache),
                "{path}"
            );
        }
    }
}
