//! One thing to ask for, and who may see its secret.
//!
//! A token belongs to the host it was given for. It goes nowhere else, whatever a redirect says, and never over a
//! connection that others can read; hosts in a private network that the configuration names are excepted.

use super::{Failure, Settings, names};
use reqwest::{Method, Url};
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

/// One thing to ask for.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
    secret: Option<Secret>,
    pub(super) confidential: bool,
    pub(super) limit_bytes: usize,
    pub(super) kind: Option<&'static str>,
    pub(super) tries: Option<u32>,
    pub(super) robots: bool,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What proves who asks, and to whom it may be shown.
#[derive(Clone)]
struct Secret {
    header: String,
    origin: (String, String, Option<u16>),
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Bodies are read no further unless a request says otherwise.
const LIMIT_BYTES: usize = 512 << 10;
/// A body that nobody wants is read so far, since that is cheaper than another connection.
pub(super) const DRAIN_BYTES: usize = 64 << 10;

impl Request {
    fn new(method: Method, url: Url) -> Request {
        Request {
            url,
            method,
            headers: Vec::new(),
            body: None,
            secret: None,
            confidential: false,
            limit_bytes: LIMIT_BYTES,
            kind: None,
            tries: None,
            robots: false,
        }
    }

    /// Asks for a page.
    pub fn get(url: Url) -> Request {
        Request::new(Method::GET, url)
    }

    /// Asks what would come if one asked for a page.
    pub fn head(url: Url) -> Request {
        Request::new(Method::HEAD, url)
    }

    /// Sends a text of this kind, such as `application/json`, and asks for the answer.
    pub fn post(url: Url, kind: &'static str, text: impl Into<String>) -> Request {
        let bytes = text.into().into_bytes();
        Request {
            body: Some(Body { kind, bytes }),
            ..Request::new(Method::POST, url)
        }
    }

    /// Puts a file of this kind to the address.
    pub fn put(url: Url, kind: &'static str, bytes: Vec<u8>) -> Request {
        Request {
            body: Some(Body { kind, bytes }),
            ..Request::new(Method::PUT, url)
        }
    }

    /// Deletes what is at the address.
    pub fn delete(url: Url) -> Request {
        Request::new(Method::DELETE, url)
    }

    /// Sends a text that changes what is there.
    pub fn patch(url: Url, kind: &'static str, text: impl Into<String>) -> Request {
        Request {
            method: Method::PATCH,
            ..Request::post(url, kind, text)
        }
    }

    /// Sends a file of this kind, and asks for the answer.
    pub fn upload(url: Url, kind: &'static str, bytes: Vec<u8>) -> Request {
        Request {
            method: Method::POST,
            ..Request::put(url, kind, bytes)
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.headers.push((name, value.into()));
        self
    }

    /// Shows a token to the host of this address, and to no other.
    pub fn bearer(self, token: &str) -> Request {
        self.authorization(format!("Bearer {token}"))
    }

    /// The same with another scheme than `Bearer`: the whole value of the header.
    pub fn authorization(mut self, value: String) -> Request {
        let origin = origin(&self.url);
        self.secret = Some(Secret {
            header: value,
            origin,
        });
        self
    }

    /// What is sent is a secret, and tokens in the answer are too: a recording holds neither.
    pub fn confidential(mut self) -> Request {
        self.confidential = true;
        self
    }

    /// Reads no more than so many bytes of the body, counted after unpacking.
    pub fn limit(mut self, bytes: usize) -> Request {
        self.limit_bytes = bytes;
        self
    }

    /// Reads bodies of this kind only, such as `text/html`.
    pub fn only(mut self, kind: &'static str) -> Request {
        self.kind = Some(kind);
        self
    }

    /// Tries so often instead of as the settings say.
    pub fn tries(mut self, tries: u32) -> Request {
        self.tries = Some(tries);
        self
    }

    /// Asks only for what `robots.txt` lets programs ask for.
    pub fn as_robot(mut self) -> Request {
        self.robots = true;
        self
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it only asks for a page.
    pub fn is_get(&self) -> bool {
        self.method == Method::GET
    }

    /// Whether it shows a token.
    pub fn is_signed(&self) -> bool {
        self.secret.is_some()
    }

    /// What a redirect makes of it. What was sent goes again only where the redirect says so and the host is the same.
    pub(super) fn redirected(mut self, status: u16, to: Url) -> Request {
        let elsewhere = origin(&self.url) != origin(&to);
        if self.body.is_some() && (elsewhere || !matches!(status, 307 | 308)) {
            self.method = Method::GET;
            self.body = None;
        }
        self.url = to;
        self
    }

    /// What proves who asks, if this address may see it.
    pub(super) fn open_secret(&self) -> Option<&str> {
        let secret = self.secret.as_ref()?;
        (secret.origin == origin(&self.url)).then_some(secret.header.as_str())
    }

    /// Refuses to show a secret to everybody on the way.
    pub(super) fn refuse_open_secret(&self, settings: &Settings) -> Result<(), Failure> {
        let secret = self.open_secret().is_some() || self.confidential && self.body.is_some();
        let host = self.url.host_str().unwrap_or_default();
        let closed = self.url.scheme() == "https" || names::may_be_private(host, &settings.private);
        if secret && !closed {
            return Err(Failure::OpenSecret);
        }
        Ok(())
    }

    /// What tells answers apart: the address, and whose token asks.
    pub(super) fn identity(&self) -> String {
        match self.open_secret() {
            None => self.url.to_string(),
            Some(secret) => format!("{} {:016x}", self.url, xxh3_64(secret.as_bytes())),
        }
    }
}

fn origin(url: &Url) -> (String, String, Option<u16>) {
    let host = url.host_str().unwrap_or_default().to_owned();
    (url.scheme().to_owned(), host, url.port_or_known_default())
}
