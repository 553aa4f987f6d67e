//! Validators and ranges (RFC 9110, sections 13 and 14), and files that are read piece by piece.

use super::super::asked::{Reply, text};
use super::{Stamp, cache_control, media_type};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Whether the client has this content already. Our tags are weak, and those of content that is compared weakly are the same
/// with and without that mark.
pub(super) fn is_unchanged(
    headers: &HeaderMap,
    tag: Option<&str>,
    modified: Option<&HeaderValue>,
) -> bool {
    if let Some(known) = headers.get(header::IF_NONE_MATCH) {
        let known = known.to_str().unwrap_or_default();
        let same = |one: &str| {
            let one = one.trim();
            let bare = one.strip_prefix("W/").unwrap_or(one).trim_matches('"');
            one == "*" || Some(bare) == tag
        };
        return known.split(',').any(same);
    }
    match (headers.get(header::IF_MODIFIED_SINCE), modified) {
        // Clients send back what they were given.
        (Some(since), Some(modified)) => {
            since == modified || is_later(modified, since) == Some(false)
        }
        _ => false,
    }
}

/// Whether the client wants the content only as it was once, and it is not. A weak tag never says that it is.
pub(super) fn is_unwanted(headers: &HeaderMap, modified: Option<&HeaderValue>) -> bool {
    if let Some(wanted) = headers.get(header::IF_MATCH) {
        return wanted.as_bytes().trim_ascii() != b"*";
    }
    match (headers.get(header::IF_UNMODIFIED_SINCE), modified) {
        (Some(since), Some(modified)) => is_later(modified, since) == Some(true),
        _ => false,
    }
}

/// The answer to that.
pub(super) fn unwanted() -> Reply {
    text(
        StatusCode::PRECONDITION_FAILED,
        "the file is another by now",
    )
}

/// Whether one time is after another, if both are times of HTTP.
fn is_later(one: &HeaderValue, other: &HeaderValue) -> Option<bool> {
    let time = |value: &HeaderValue| httpdate::parse_http_date(value.to_str().ok()?).ok();
    Some(time(one)? > time(other)?)
}

/// Whether a range is of this content: `If-Range` may say of which. Our tags are weak, and never mean a range.
pub(super) fn is_meant(headers: &HeaderMap, modified: Option<&HeaderValue>) -> bool {
    headers
        .get(header::IF_RANGE)
        .is_none_or(|of| modified.is_some_and(|modified| of == modified))
}

/// Which bytes of `length` a range means, from the first to after the last; nothing if it is not understood.
enum Range {
    Part(u64, u64),
    Outside,
    Unknown,
}

impl Range {
    fn parse(range: &HeaderValue, length: u64) -> Range {
        let parsed = || {
            let (unit, range) = range.to_str().ok()?.split_once('=')?;
            let (from, to) = range.split_once('-')?;
            if !unit.eq_ignore_ascii_case("bytes") {
                return None;
            }
            let number = |text: &str| text.trim().parse::<u64>().ok();
            if from.trim().is_empty() {
                let last = number(to)?;
                return Some((
                    length.saturating_sub(last),
                    length.min(length.saturating_sub(last) + last),
                ));
            }
            let from = number(from)?;
            let to = if to.trim().is_empty() {
                length
            } else {
                number(to)?.checked_add(1)?
            };
            (from < to || to == length).then_some((from, to.min(length)))
        };
        match parsed() {
            // Several ranges at once are answered with the whole.
            None => Range::Unknown,
            Some((from, to)) if from >= to || from >= length => Range::Outside,
            Some((from, to)) => Range::Part(from, to),
        }
    }
}

fn outside(length: u64) -> Reply {
    let mut reply = text(StatusCode::RANGE_NOT_SATISFIABLE, "the file is shorter");
    super::super::asked::put(
        &mut reply,
        header::CONTENT_RANGE,
        &format!("bytes */{length}"),
    );
    reply
}

fn is_part(reply: &mut Reply, (from, to): (u64, u64), length: u64) {
    *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
    let range = format!("bytes {from}-{}/{length}", to - 1);
    super::super::asked::put(reply, header::CONTENT_RANGE, &range);
}

/// A part of a file in memory.
pub(super) fn part(plain: &Bytes, range: &HeaderValue) -> Reply {
    let length = plain.len() as u64;
    match Range::parse(range, length) {
        Range::Unknown => Response::new(Body::from(plain.clone())),
        Range::Outside => outside(length),
        Range::Part(from, to) => {
            let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let mut reply = Response::new(Body::from(plain.slice(index(from)..index(to))));
            is_part(&mut reply, (from, to), length);
            reply
        }
    }
}

/// A large file, or a part of it, read as it is taken.
pub(super) async fn large(file: &Path, metadata: &Metadata, headers: &HeaderMap) -> Reply {
    let (length, stamp) = (metadata.len(), Stamp::of(metadata));
    let modified = stamp.in_words();
    if is_unwanted(headers, modified.as_ref()) {
        return unwanted();
    }
    if is_unchanged(headers, None, modified.as_ref()) {
        let mut reply = Response::new(Body::empty());
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        super::super::asked::put(
            &mut reply,
            header::CACHE_CONTROL,
            cache_control(&file.to_string_lossy()),
        );
        return reply;
    }
    let range = headers
        .get(header::RANGE)
        .filter(|_| is_meant(headers, modified.as_ref()));
    let part = match range.map(|range| Range::parse(range, length)) {
        Some(Range::Outside) => return outside(length),
        Some(Range::Part(from, to)) => Some((from, to)),
        Some(Range::Unknown) | None => None,
    };
    let (from, to) = part.unwrap_or((0, length));
    let Some(body) = pieces(file, from, to).await else {
        return text(StatusCode::NOT_FOUND, "There is no such page.");
    };
    let mut reply = Response::new(body);
    if let Some(part) = part {
        is_part(&mut reply, part, length);
    }
    let put = super::super::asked::put;
    put(&mut reply, header::CONTENT_TYPE, media_type(file));
    put(&mut reply, header::CONTENT_LENGTH, &(to - from).to_string());
    put(
        &mut reply,
        header::CACHE_CONTROL,
        cache_control(&file.to_string_lossy()),
    );
    put(&mut reply, header::ACCEPT_RANGES, "bytes");
    if let Some(modified) = modified {
        reply.headers_mut().insert(header::LAST_MODIFIED, modified);
    }
    reply
}

/// A file's bytes from one place to another, at most a few pieces ahead of who takes them.
async fn pieces(file: &Path, from: u64, to: u64) -> Option<Body> {
    let file = file.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let mut file = File::open(file)?;
        file.seek(SeekFrom::Start(from)).map(|_| file)
    });
    let mut file = opened.await.ok()?.ok()?;
    let (mut sender, body) = http_body_util::channel::Channel::<Bytes, std::io::Error>::new(2);
    tokio::spawn(async move {
        let mut left = to - from;
        while left > 0 {
            let read = tokio::task::spawn_blocking(move || {
                let mut piece = vec![0; usize::try_from(left.min(128 << 10)).unwrap_or(1)];
                let read = file.read(&mut piece);
                read.map(|count| {
                    piece.truncate(count);
                    (file, piece)
                })
            });
            match read.await {
                Ok(Ok((open, piece))) if !piece.is_empty() => {
                    left -= piece.len() as u64;
                    file = open;
                    if sender.send_data(Bytes::from(piece)).await.is_err() {
                        return;
                    }
                }
                // It became shorter: the client is not to believe that this was all.
                _ => return sender.abort(std::io::Error::other("the file became shorter")),
            }
        }
    });
    Some(Body::new(body))
}
