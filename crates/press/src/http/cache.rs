//! Answers kept on disk: small texts that change seldom and are wanted often.
//!
//! One that is young enough is not asked for again; an older one is asked for with what its server gave to tell
//! whether it has changed (`ETag`, `Last-Modified`). A file for each address; one that cannot be read is none.

use super::{Http, Request, Response, Way};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED, LINK};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use xxhash_rust::xxh3::xxh3_128;

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    url: String,
    /// Seconds since 1970.
    at: u64,
    status: u16,
    etag: String,
    modified: String,
    /// Where the next page is.
    #[serde(default)]
    link: String,
    #[serde(default)]
    kind: String,
    text: String,
    /// Whether `text` is Base64 of what came: it was no UTF-8.
    #[serde(default)]
    encoded: bool,
}

impl Http {
    /// Follows like [`Http::follow`], or takes the answer from disk if it is no older than `max_age`. An answer from disk
    /// has no headers but `Link` and `Content-Type`. What is asked for with a token is kept apart for each.
    pub async fn fetch(&self, mut request: Request, max_age: Duration) -> Way {
        let Some(folder) = &self.settings.cache else {
            return self.follow(request).await;
        };
        let url = request.identity();
        let file = folder.join(format!("{:032x}.json", xxh3_128(url.as_bytes())));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let kept = Kept::load(&file, &url);
        if let Some(kept) = &kept {
            let age = now.checked_sub(kept.at);
            if age.is_some_and(|age| age < max_age.as_secs()) {
                return kept.answer();
            }
            for (name, value) in [
                ("if-none-match", &kept.etag),
                ("if-modified-since", &kept.modified),
            ] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
        }
        let way = self.follow(request).await;
        match (&way.end, kept) {
            (Ok(response), Some(kept)) if response.status == 304 => {
                let kept = Kept { at: now, ..kept };
                kept.save(&file);
                kept.answer()
            }
            (Ok(response), _) => {
                if let Some(kept) = Kept::of(response, url, now) {
                    kept.save(&file);
                }
                way
            }
            _ => way,
        }
    }
}

impl Kept {
    /// What of an answer is kept, if it is one that will be the same for a while.
    fn of(response: &Response, url: String, at: u64) -> Option<Kept> {
        let lasting = response.whole && matches!(response.status, 200 | 404 | 410);
        if !lasting {
            return None;
        }
        let (text, encoded) = match std::str::from_utf8(&response.body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (STANDARD.encode(&response.body), true),
        };
        Some(Kept {
            url,
            at,
            status: response.status,
            etag: response.header(ETAG.as_str()).to_owned(),
            modified: response.header(LAST_MODIFIED.as_str()).to_owned(),
            link: response.header(LINK.as_str()).to_owned(),
            kind: response.header(CONTENT_TYPE.as_str()).to_owned(),
            text,
            encoded,
        })
    }

    fn answer(&self) -> Way {
        let header = |(name, value): (HeaderName, &String)| Some((name, value.parse().ok()?));
        let headers = [(LINK, &self.link), (CONTENT_TYPE, &self.kind)].into_iter();
        let headers: HeaderMap = headers
            .filter(|(_, value)| !value.is_empty())
            .filter_map(header)
            .collect();
        Way {
            hops: Vec::new(),
            end: Ok(Response {
                status: self.status,
                headers,
                body: self.body(),
                whole: true,
            }),
        }
    }

    fn body(&self) -> Vec<u8> {
        match self.encoded {
            true => STANDARD.decode(&self.text).unwrap_or_default(),
            false => self.text.clone().into_bytes(),
        }
    }

    fn load(file: &Path, url: &str) -> Option<Kept> {
        let kept: Kept = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let readable = !kept.encoded || STANDARD.decode(&kept.text).is_ok();
        (kept.url == url && readable).then_some(kept)
    }

    /// Failing to is no failure: it is asked for again.
    fn save(&self, file: &Path) {
        let Ok(bytes) = serde_json::to_vec(self) else {
            return;
        };
        let temporary: PathBuf = file.with_extension("new");
        let written = file
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&temporary, bytes))
            .and_then(|()| std::fs::rename(&temporary, file));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
    }
}
