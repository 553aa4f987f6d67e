//! The built site as answers: validators, ranges, packed bodies, headers for caches.
//!
//! Files are kept in memory once they were asked for, packed when somebody first wants them so, and looked at again on the
//! disk at most once a second: a new build is seen at once, and nothing has to be told. A file with `.br` or `.gz` beside it
//! is taken as it is. Large files stay on the disk and are read piece by piece.

mod packed;
mod ranges;

use super::asked::{Reply, text};
use crate::pipeline::public::Asset;
use crate::pipeline::publish::pings::HubLinks;
use crate::web::files::{decode, media_type};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use packed::Packing;
use press_core::media::cache_control;
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Instant, UNIX_EPOCH};

/// The files of the site.
pub(super) struct Site {
    folder: PathBuf,
    /// Which pages name a hub.
    hub: Option<HubLinks>,
    /// What pages of the service load, whatever built the site.
    assets: HashMap<String, Arc<Kept>>,
    kept: RwLock<HashMap<String, Arc<Kept>>>,
    kept_bytes: AtomicUsize,
    began: Instant,
}

/// Files over this size are not kept in memory.
const LARGE: u64 = 4 << 20;
/// Most bytes in memory; with more everything is dropped and read again as it is asked for.
const ROOM: usize = 256 << 20;
/// How long a file is taken to be as it was, in milliseconds.
const FRESH_MS: u64 = 1_000;

/// A file in memory.
struct Kept {
    file: Option<PathBuf>,
    stamp: Stamp,
    /// When it was looked at last, in milliseconds of the process.
    looked_ms: AtomicU64,
    media_type: &'static str,
    cache: &'static str,
    /// What names this content: 16 hexadecimal digits.
    tag: String,
    /// The same as a validator: weak, for packed or not the content is the same.
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stamp {
    length: u64,
    changed_ns: u128,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        let changed = metadata.modified().ok();
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Stamp {
            length: metadata.len(),
            changed_ns: changed.map_or(0, |time| time.as_nanos()),
        }
    }

    fn in_words(self) -> Option<HeaderValue> {
        let seconds = i64::try_from(self.changed_ns / 1_000_000_000).ok()?;
        let time = jiff::Timestamp::from_second(seconds).ok()?;
        let words = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderValue::from_str(&words).ok()
    }
}

/// What a path is.
enum Looked {
    Kept(Arc<Kept>),
    Large(PathBuf, Metadata),
    Folder,
    Nothing,
}

impl Site {
    pub(super) fn new(folder: PathBuf, assets: &[Asset], hub: Option<HubLinks>) -> Site {
        let kept = |asset: &Asset| {
            let content = Bytes::from(asset.content.clone().into_bytes());
            let kept = Kept::new(None, Stamp::default(), Path::new(&asset.path), content);
            (asset.path.clone(), Arc::new(kept))
        };
        Site {
            folder,
            hub,
            assets: assets.iter().map(kept).collect(),
            kept: RwLock::default(),
            kept_bytes: AtomicUsize::new(0),
            began: Instant::now(),
        }
    }

    /// The answer to GET for a path of the site (percent-encoded, without query); `whole` is the path as it was asked for.
    pub(super) async fn answer(&self, path: &str, whole: &str, headers: &HeaderMap) -> Reply {
        let mut reply = self.answer_bare(path, whole, headers).await;
        let found = matches!(reply.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
        let hub = self.hub.as_ref().filter(|_| found);
        if let Some(links) = hub.and_then(|hub| hub.header(path)) {
            super::asked::put(&mut reply, header::LINK, &links);
        }
        reply
    }

    async fn answer_bare(&self, path: &str, whole: &str, headers: &HeaderMap) -> Reply {
        if let Some(kept) = self.find_fresh(path) {
            return reply(&kept, StatusCode::OK, headers).await;
        }
        match self.look(path).await {
            Looked::Kept(kept) => reply(&kept, StatusCode::OK, headers).await,
            Looked::Large(file, metadata) => ranges::large(&file, &metadata, headers).await,
            Looked::Folder => to_folder(whole),
            Looked::Nothing => match self.look("/404.html").await {
                Looked::Kept(kept) => reply(&kept, StatusCode::NOT_FOUND, headers).await,
                _ => text(StatusCode::NOT_FOUND, "There is no such page."),
            },
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What is kept for a path, if it need not be looked at.
    fn find_fresh(&self, path: &str) -> Option<Arc<Kept>> {
        if let Some(asset) = self.assets.get(path) {
            return Some(Arc::clone(asset));
        }
        let all = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(path)?;
        let age_ms = self.now_ms().saturating_sub(kept.looked_ms.load(Relaxed));
        (age_ms < FRESH_MS).then(|| Arc::clone(kept))
    }

    /// Looks at the disk.
    async fn look(&self, path: &str) -> Looked {
        let Some(decoded) = decode(path) else {
            return Looked::Nothing;
        };
        let file = press_core::render::address::file_of(&decoded);
        let Some(file) = file.filter(|file| !is_hidden(file)) else {
            return Looked::Nothing;
        };
        let file = self.folder.join(file);
        let before = {
            let all = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            all.get(path).map(Arc::clone)
        };
        // A slow disk must hold up nobody else.
        let read = tokio::task::spawn_blocking(move || read(file, before));
        let now_ms = self.now_ms();
        match read.await {
            Ok(Looked::Kept(kept)) => {
                if kept.looked_ms.swap(now_ms, Relaxed) == NEVER {
                    self.keep(path, Arc::clone(&kept));
                }
                Looked::Kept(kept)
            }
            Ok(looked) => looked,
            Err(_) => Looked::Nothing,
        }
    }

    fn keep(&self, path: &str, kept: Arc<Kept>) {
        // Packed forms come to about as much again.
        let size = 2 * kept.plain.len() + path.len() + 512;
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if self.kept_bytes.fetch_add(size, Relaxed) + size > ROOM {
            all.clear();
            self.kept_bytes.store(size, Relaxed);
        }
        all.insert(path.to_owned(), kept);
    }
}

/// Whether a file is no part of the site: what builds and other programs keep beside it begins with a dot. RFC 8615 has the
/// exception.
fn is_hidden(file: &str) -> bool {
    let mut parts = file.split('/');
    parts.any(|part| part.starts_with('.') && part != ".well-known")
}

/// The time of a file that was just read.
const NEVER: u64 = u64::MAX;

fn read(file: PathBuf, before: Option<Arc<Kept>>) -> Looked {
    let Ok(metadata) = std::fs::metadata(&file) else {
        return Looked::Nothing;
    };
    if metadata.is_dir() {
        return Looked::Folder;
    }
    let stamp = Stamp::of(&metadata);
    if let Some(before) = before.filter(|before| before.stamp == stamp) {
        return Looked::Kept(before);
    }
    if metadata.len() > LARGE {
        return Looked::Large(file, metadata);
    }
    match std::fs::read(&file) {
        Ok(content) => {
            let kept = Kept::new(Some(file.clone()), stamp, &file, Bytes::from(content));
            Looked::Kept(Arc::new(kept))
        }
        Err(_) => Looked::Nothing,
    }
}

impl Kept {
    fn new(file: Option<PathBuf>, stamp: Stamp, name: &Path, plain: Bytes) -> Kept {
        let tag = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&plain));
        Kept {
            looked_ms: AtomicU64::new(NEVER),
            media_type: media_type(name),
            cache: cache_control(&name.to_string_lossy()),
            etag: HeaderValue::from_str(&format!("W/\"{tag}\"")).ok(),
            tag,
            modified: Some(stamp)
                .filter(|stamp| stamp.changed_ns > 0)
                .and_then(Stamp::in_words),
            file,
            stamp,
            plain,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    }

    /// The content, packed so if that is smaller.
    fn packed(&self, packing: Packing) -> Option<Bytes> {
        let cell = match packing {
            Packing::Gzip => &self.gzip,
            Packing::Brotli => &self.brotli,
        };
        let pack = || packed::pack(packing, self.file.as_deref(), &self.plain);
        cell.get_or_init(pack).clone()
    }

    fn is_packed(&self, packing: Packing) -> bool {
        match packing {
            Packing::Gzip => self.gzip.get().is_some(),
            Packing::Brotli => self.brotli.get().is_some(),
        }
    }
}

fn to_folder(path: &str) -> Reply {
    let mut reply = text(StatusCode::PERMANENT_REDIRECT, "see there");
    // Two slashes at the beginning would lead to another host.
    let location = format!("/{}/", path.trim_matches('/'));
    super::asked::put(&mut reply, header::LOCATION, &location);
    reply
}

/// A file as an answer.
async fn reply(kept: &Arc<Kept>, status: StatusCode, headers: &HeaderMap) -> Reply {
    if status == StatusCode::OK && ranges::is_unwanted(headers, kept.modified.as_ref()) {
        return ranges::unwanted();
    }
    let tag = Some(kept.tag.as_str());
    if status == StatusCode::OK && ranges::is_unchanged(headers, tag, kept.modified.as_ref()) {
        let mut reply = Response::new(Body::empty());
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut reply, kept, None);
        return reply;
    }
    if status == StatusCode::OK
        && let Some(range) = headers.get(header::RANGE)
        && ranges::is_meant(headers, kept.modified.as_ref())
    {
        let mut reply = ranges::part(&kept.plain, range);
        if reply.status() != StatusCode::RANGE_NOT_SATISFIABLE {
            describe(&mut reply, kept, None);
        }
        return reply;
    }
    let packing = packed::wanted(headers, kept.media_type);
    let body = match packing {
        Some(packing) if kept.is_packed(packing) => kept.packed(packing),
        Some(packing) => {
            // Packing is work, and done elsewhere.
            let kept = Arc::clone(kept);
            let packed = tokio::task::spawn_blocking(move || kept.packed(packing));
            packed.await.unwrap_or_default()
        }
        None => None,
    };
    let packing = packing.filter(|_| body.is_some());
    let mut reply = Response::new(Body::from(body.unwrap_or_else(|| kept.plain.clone())));
    *reply.status_mut() = status;
    describe(&mut reply, kept, packing);
    reply
}

/// The headers of a file.
fn describe(reply: &mut Reply, kept: &Kept, packing: Option<Packing>) {
    let headers = reply.headers_mut();
    // Room for all that an answer has; growing step by step would cost more than filling in.
    headers.reserve(24);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(kept.media_type),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept.cache));
    if packed::is_packable(kept.media_type) {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    } else {
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    if let Some(packing) = packing {
        headers.insert(
            header::CONTENT_ENCODING,
            HeaderValue::from_static(packing.name()),
        );
    }
    if let Some(modified) = &kept.modified {
        headers.insert(header::LAST_MODIFIED, modified.clone());
    }
    if let Some(etag) = &kept.etag {
        headers.insert(header::ETAG, etag.clone());
    }
}

/// What HEAD gets: all that GET would, but the body.
pub(super) fn without_body(reply: &mut Reply) {
    use axum::body::HttpBody;
    let length = reply.body().size_hint().exact();
    if let Some(length) = length.filter(|_| reply.status() != StatusCode::NOT_MODIFIED) {
        reply
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *reply.body_mut() = Body::empty();
}
