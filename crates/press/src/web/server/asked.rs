//! A request as pages see it, and their answers.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use std::net::IpAddr;

/// A request for one of the routes.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path, with the newsletter's own path before it.
    pub(super) path: String,
    /// What stands in the place of `{…}`; of letters, digits, `-` and `_` only.
    pub(super) token: String,
    /// What is written behind `?`.
    pub(super) query: Fields,
    /// What came with a form.
    pub(super) form: Fields,
    /// What came, byte for byte.
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    /// Who asks, as far as proxies that are trusted know.
    pub(super) from: IpAddr,
    pub(super) now_s: i64,
}

/// Names and values, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(super) fn parse(text: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a name; empty without any.
    pub(super) fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = String> + 'f {
        let known = self.0.iter().filter(move |(known, _)| known == name);
        known.map(|(_, value)| value.clone())
    }
}

/// An answer without the headers that all have.
pub(super) type Reply = Response<Body>;

fn with_type(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Body::from(body.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// A page that is for one person and not kept.
pub(super) fn html(status: StatusCode, page: String) -> Reply {
    with_type(status, "text/html; charset=utf-8", page)
}

/// A line of text.
pub(super) fn text(status: StatusCode, line: &str) -> Reply {
    with_type(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

/// Data for machines.
pub(super) fn json(status: StatusCode, data: &serde_json::Value) -> Reply {
    with_type(status, "application/json", data.to_string())
}

/// A problem, as RFC 9457 has it.
pub(super) fn problem(status: StatusCode, line: &str) -> Reply {
    let title = status.canonical_reason().unwrap_or("Problem");
    let data = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": line });
    with_type(status, "application/problem+json", data.to_string())
}

/// Leads elsewhere, by a new request with GET.
pub(super) fn see(path: &str) -> Reply {
    let mut reply = text(StatusCode::SEE_OTHER, "see there");
    put(&mut reply, header::LOCATION, path);
    reply
}

/// Adds a header, if its value can be one.
pub(super) fn put(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}
