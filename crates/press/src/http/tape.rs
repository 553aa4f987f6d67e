//! Recordings: exchanges with the web as files that a person can read, and playing them again without the web.
//!
//! One file for each thing that is asked for, named by what it is, so that the same question gives the same file:
//!
//! ```text
//! > GET api.example/items?page=2
//! < 200
//! < content-type: application/json
//!
//! [ … ]
//! ```
//!
//! Tokens are not in it: headers of requests are left out, and of answers only those stay that say what the body is.

use super::{Failure, Request, Response, Url};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Whether exchanges are recorded, or come from a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tape {
    /// Neither.
    #[default]
    Live,
    /// Each is written into this folder.
    Record(PathBuf),
    /// Each comes from this folder, and nothing goes to the web.
    Replay(PathBuf),
}

/// Headers of answers that are kept.
const HEADERS: &[&str] = &[
    "content-type",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];
/// Parameters of addresses that are secrets.
const SECRETS: &[&str] = &["access_token", "api_key", "apikey", "key", "sig", "token"];
/// Longest part of a name that comes from the address.
const NAME: usize = 80;

/// The address without secrets in it, and without its scheme, which changes nothing of what is there.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_password(None);
    let secret = |name: &str| SECRETS.contains(&name.to_ascii_lowercase().as_str());
    if url.query_pairs().any(|(name, _)| secret(&name)) {
        let kept = url.query_pairs();
        let kept: Vec<_> = kept.filter(|(name, _)| !secret(name)).collect();
        shown.query_pairs_mut().clear().extend_pairs(kept);
    }
    shown.set_fragment(None);
    let text = shown.as_str();
    let (_, rest) = text.split_once("://").unwrap_or(("", text));
    rest.to_owned()
}

/// What was asked, as the file says it.
fn question(request: &Request) -> String {
    let mut text = format!("> {} {}\n", request.method, shown(&request.url));
    if let Some(body) = request.body.as_ref().filter(|_| !request.confidential) {
        for line in String::from_utf8_lossy(&body.bytes).lines() {
            let _ = writeln!(text, "> {line}");
        }
    }
    text
}

/// Where an exchange is kept: host and path for people, and a number made of all that was asked.
fn file(folder: &Path, request: &Request, question: &str) -> PathBuf {
    let url = &request.url;
    let readable = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    let plain = |sign: char| match sign {
        'a'..='z' | '0'..='9' | '.' => sign,
        'A'..='Z' => sign.to_ascii_lowercase(),
        _ => '-',
    };
    let name: String = readable.chars().map(plain).take(NAME).collect();
    let number = xxh3_64(question.as_bytes());
    folder.join(format!(
        "{}-{number:016x}.txt",
        name.trim_matches(['-', '.'])
    ))
}

/// Writes what came.
pub(super) fn record(folder: &Path, request: &Request, response: &Response) -> Result<(), Failure> {
    let question = question(request);
    let path = file(folder, request, &question);
    let mut text = format!("{question}< {}\n", response.status);
    for name in HEADERS {
        let value = response.header(name);
        if !value.is_empty() {
            let _ = writeln!(text, "< {name}: {value}");
        }
    }
    if !response.whole {
        text.push_str("< (and more)\n");
    }
    text.push('\n');
    let mut bytes = text.into_bytes();
    bytes.extend(body(request, response));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
    written.map_err(|cause| {
        Failure::Tape(format!(
            "the recording {} cannot be written: {cause}",
            path.display()
        ))
    })
}

/// The body as it is kept: JSON in lines, tokens taken out of answers that hold some.
fn body(request: &Request, response: &Response) -> Vec<u8> {
    let json = response.header("content-type").contains("json");
    let parsed = serde_json::from_slice::<Value>(&response.body).ok();
    let Some(mut value) = parsed.filter(|_| json && response.whole) else {
        return match request.confidential {
            true => Vec::new(),
            false => response.body.clone(),
        };
    };
    if request.confidential {
        hide(&mut value);
    }
    serde_json::to_vec_pretty(&value).unwrap_or_else(|_| response.body.clone())
}

/// Replaces the texts that are called tokens or secrets.
fn hide(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hide),
        Value::Object(members) => {
            for (name, value) in members {
                let secret = ["token", "secret", "jwt"]
                    .iter()
                    .any(|word| name.contains(word));
                match value {
                    Value::String(text) if secret && !name.ends_with("type") => {
                        *text = "left-out".to_owned();
                    }
                    value => hide(value),
                }
            }
        }
        _ => {}
    }
}

/// What came when this was asked before.
pub(super) fn replay(folder: &Path, request: &Request) -> Result<Response, Failure> {
    let question = question(request);
    let path = file(folder, request, &question);
    let bytes = std::fs::read(&path).map_err(|cause| {
        let (method, url) = (&request.method, shown(&request.url));
        let place = path.display();
        Failure::Tape(match cause.kind() {
            std::io::ErrorKind::NotFound => {
                format!("{method} {url} was not recorded: there is no {place}")
            }
            _ => format!("the recording {place} cannot be read: {cause}"),
        })
    })?;
    parse(&bytes).ok_or_else(|| {
        let place = path.display();
        Failure::Tape(format!("{place} is no recording; record it again"))
    })
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(2).position(|two| two == b"\n\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.lines().filter_map(|line| line.strip_prefix("< "));
    let status = lines.next()?.parse().ok()?;
    let (mut headers, mut whole) = (HeaderMap::new(), true);
    for line in lines {
        match line.split_once(": ") {
            Some((name, value)) => {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                headers.insert(name, HeaderValue::from_str(value).ok()?);
            }
            None => whole = false,
        }
    }
    Some(Response {
        status,
        headers,
        body: bytes[end + 2..].to_vec(),
        whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(kind: &str, body: &[u8]) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        headers.insert("set-cookie", "session=hush".parse().unwrap());
        Response {
            status: 200,
            headers,
            body: body.to_vec(),
            whole: true,
        }
    }

    #[test]
    fn what_was_recorded_comes_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let url = "https://a.example/Feeds/é?page=2&token=hush";
        let request = Request::get(url.parse().unwrap()).bearer("hush");
        let body = b"\xfffeed\n\n< not a header\n\n";
        record(folder.path(), &request, &response("text/xml", body)).unwrap();
        let other = url.replace("hush", "other").parse().unwrap();
        let again = replay(folder.path(), &Request::get(other)).unwrap();
        assert_eq!((again.status, again.body.as_slice()), (200, &body[..]));
        assert_eq!(again.header("content-type"), "text/xml");
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        let path = names[0].as_ref().unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn secrets_that_are_sent_or_given_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let url: Url = "https://a.example/oauth".parse().unwrap();
        let kind = "application/x-www-form-urlencoded";
        let ask = |secret: &str| Request::post(url.clone(), kind, secret).confidential();
        let given = br#"{"access_token":"hush","token_type":"bearer","expires_in":3600}"#;
        record(
            folder.path(),
            &ask("one"),
            &response("application/json", given),
        )
        .unwrap();
        let again = replay(folder.path(), &ask("two")).unwrap();
        let text = String::from_utf8(again.body).unwrap();
        assert!(
            text.contains("left-out") && text.contains("bearer"),
            "{text}"
        );
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn questions_that_differ_in_what_is_sent_have_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let url: Url = "https://a.example/graphql".parse().unwrap();
        let ask = |body: &str| Request::post(url.clone(), "application/json", body);
        record(folder.path(), &ask("{1}"), &response("text/plain", b"one")).unwrap();
        let missing = replay(folder.path(), &ask("{2}")).unwrap_err().to_string();
        assert!(missing.contains("POST a.example/graphql was not recorded"));
        std::fs::write(
            file(
                folder.path(),
                &ask("{1}"),
                "> POST a.example/graphql\n> {1}\n",
            ),
            "x",
        )
        .unwrap();
        let damaged = replay(folder.path(), &ask("{1}")).unwrap_err().to_string();
        assert!(damaged.contains("is no recording"), "{damaged}");
    }
}
