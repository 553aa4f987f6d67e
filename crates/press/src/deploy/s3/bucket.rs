//! The three requests that a bucket is asked: give, put, delete an object, each signed.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use crate::config::{S3Place, Secrets};
use crate::error::{Error, Result};
use crate::http::{Failure, Http, Request, Response, Settings, Url, is_public};
use crate::sigv4::{Key, Signing, escape_path, sha256};
use jiff::Timestamp;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// A bucket, or a folder in it.
#[derive(Debug)]
pub(super) struct Bucket {
    place: S3Place,
    key: Key,
    http: Http,
    /// Scheme and host.
    base: String,
    /// The host as the header has it.
    host: String,
    /// What stands before each path: `/`, and perhaps the bucket and the prefix.
    above: String,
}

/// An object to be put.
pub(super) struct Object<'o> {
    pub(super) path: &'o str,
    pub(super) kind: &'static str,
    pub(super) cache: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What a request does.
enum Asking<'a> {
    Get(usize),
    Put(Object<'a>),
    Delete,
}

impl Bucket {
    pub(super) fn new(place: &S3Place, secrets: &Secrets) -> Result<Bucket> {
        let wanted = |name: &str| {
            secrets.find(name).ok_or_else(|| {
                let error = Error::new(format!("there is no key for the bucket in `{name}`"));
                error.help(format!("set the environment variable `{name}`"))
            })
        };
        let key = Key {
            id: wanted(&place.access_key_env)?,
            secret: wanted(&place.secret_key_env)?,
            token: match place.access_key_env.as_str() {
                "AWS_ACCESS_KEY_ID" => secrets.find("AWS_SESSION_TOKEN"),
                _ => None,
            },
        };
        let wrong = |why: String| {
            let error = Error::new(format!("`{}` is no address", place.endpoint));
            error.because(why).help("mend `endpoint` of the place")
        };
        let endpoint = Url::parse(&place.endpoint).map_err(|cause| wrong(cause.to_string()))?;
        let own = endpoint.host_str().unwrap_or_default();
        let host = match place.path_style {
            true => own.to_owned(),
            false => format!("{}.{own}", place.bucket),
        };
        let host = match endpoint.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        let path = endpoint.path().trim_end_matches('/');
        let above = match place.path_style {
            true => format!("{path}/{}/{}", place.bucket, place.prefix),
            false => format!("{path}/{}", place.prefix),
        };
        Ok(Bucket {
            key,
            http: Http::new(settings(place, own))?,
            base: format!("{}://{host}", endpoint.scheme()),
            host,
            above,
            place: place.clone(),
        })
    }

    /// An object's bytes, up to a limit; none if there is no such object.
    pub(super) async fn get(&self, path: &str, limit_bytes: usize) -> Result<Option<Vec<u8>>> {
        let response = self.ask(path, Asking::Get(limit_bytes)).await?;
        match response.status {
            200 if response.whole || response.body.len() == limit_bytes => Ok(Some(response.body)),
            200 => Err(Error::new(format!("cannot read {path} of {self}"))
                .because("the connection ended in the middle")
                .help("run the same command again")),
            404 if code(&response) != "NoSuchBucket" => Ok(None),
            _ => Err(self.refused("read", path, &response)),
        }
    }

    /// Puts an object.
    pub(super) async fn put(&self, object: Object<'_>) -> Result<()> {
        let path = object.path;
        let response = self.ask(path, Asking::Put(object)).await?;
        match response.status {
            200 | 201 | 204 => Ok(()),
            _ => Err(self.refused("write", path, &response)),
        }
    }

    /// Deletes an object. One that is not there is deleted.
    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        let response = self.ask(path, Asking::Delete).await?;
        match response.status {
            200 | 202 | 204 => Ok(()),
            404 if code(&response) != "NoSuchBucket" => Ok(()),
            _ => Err(self.refused("delete", path, &response)),
        }
    }

    async fn ask(&self, path: &str, asking: Asking<'_>) -> Result<Response> {
        let escaped = escape_path(&format!("{}{path}", self.above));
        let url = Url::parse(&format!("{}{escaped}", self.base)).map_err(|cause| {
            Error::new(format!("/{path} has no address at {self}")).because(cause.to_string())
        })?;
        let mut headers = vec![("host", self.host.clone())];
        let (method, hash, request) = match asking {
            Asking::Get(limit) => ("GET", sha256(b""), Request::get(url).limit(limit)),
            Asking::Delete => ("DELETE", sha256(b""), Request::delete(url)),
            Asking::Put(object) => {
                headers.push(("content-type", object.kind.to_owned()));
                headers.push(("cache-control", object.cache.to_owned()));
                let hash = sha256(&object.bytes);
                ("PUT", hash, Request::put(url, object.kind, object.bytes))
            }
        };
        headers.push(("x-amz-content-sha256", hash.clone()));
        let signing = Signing {
            region: &self.place.region,
            service: "s3",
            now: Timestamp::now(),
            method,
            path: &escaped,
        };
        let signed = signing.sign(&self.key, &mut headers, &hash);
        let own = |name: &str| name.starts_with("x-amz-") || name == "cache-control";
        let mut request = request.authorization(signed);
        for (name, value) in headers.into_iter().filter(|(name, _)| own(name)) {
            request = request.header(name, value);
        }
        let answer = self.http.ask(&request).await;
        answer.map_err(|failure| self.failed(path, &failure))
    }

    fn failed(&self, path: &str, failure: &Failure) -> Error {
        let error = Error::new(format!("cannot reach {self} for /{path}"));
        let help = match failure {
            Failure::OpenSecret => "let `endpoint` begin with `https://`",
            Failure::NoHost | Failure::Private => {
                "check `endpoint`, `region` and `bucket`; some storage needs `path-style = true`"
            }
            Failure::Certificate(_) | Failure::Untrusted(_) => {
                "a bucket with dots in its name needs `path-style = true`"
            }
            _ => "see whether the service is well, then run the same command again",
        };
        error.because(failure.to_string()).help(help)
    }

    /// The error that an answer means.
    fn refused(&self, verb: &str, path: &str, response: &Response) -> Error {
        let code = code(response);
        let said = text_of(response, "Message");
        let help = match (response.status, code.as_str()) {
            (_, "RequestTimeTooSkewed") => "set the clock of this machine",
            (_, "NoSuchBucket") => {
                "check `bucket`, `endpoint` and `path-style`; press makes no buckets"
            }
            (301 | 307 | 308, _) | (_, "AuthorizationHeaderMalformed" | "PermanentRedirect") => {
                "check `region` and `endpoint`: the bucket is elsewhere"
            }
            (
                _,
                "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken",
            ) => "check the key in the environment: its id, its secret, and that it is still good",
            (401 | 403, _) => {
                "the key must allow `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject` below the prefix, and `s3:ListBucket`, without which nobody is told that an object is not there"
            }
            (500.., _) => "the service is not well: run the same command again later",
            _ => "look for the code in the service's documentation",
        };
        let why = format!("it said: {} {code} {said}", response.status);
        Error::new(format!("cannot {verb} /{path} at {self}"))
            .because(why.trim().replace(char::is_control, " "))
            .help(help)
    }
}

fn settings(place: &S3Place, host: &str) -> Settings {
    Settings {
        pace: Duration::ZERO,
        per_host: place.connections,
        at_once: place.connections,
        timeout: place.timeout,
        tries: 6,
        backoff: Duration::from_millis(200),
        private: own_hosts(place, host),
        ..Settings::default()
    }
}

/// The hosts that may be in a private network, which the HTTP client otherwise never asks: storage of one's own. Over `http` only
/// addresses of such a network, for a borrowed key's token would be read on the way elsewhere.
fn own_hosts(place: &S3Place, host: &str) -> Vec<String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let private = bare
        .parse::<IpAddr>()
        .is_ok_and(|address| !is_public(address));
    if private || bare == "localhost" || place.endpoint.starts_with("https://") {
        vec![bare.to_owned(), format!("{}.{bare}", place.bucket)]
    } else {
        Vec::new()
    }
}

/// The code of an error.
fn code(response: &Response) -> String {
    text_of(response, "Code")
}

/// What stands in an element of an answer; answers are flat and small.
fn text_of(response: &Response, element: &str) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let inside = text
        .split_once(&format!("<{element}>"))
        .and_then(|(_, rest)| rest.split_once("</"));
    let inside = inside.map(|(inside, _)| inside).unwrap_or_default();
    inside.chars().take(300).collect()
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "s3://{}/{}",
            self.place.bucket, self.place.prefix
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_of_ones_own_may_be_near_and_an_open_connection_leads_nowhere_else() {
        let place = |endpoint: &str| S3Place {
            bucket: "weekly".to_owned(),
            prefix: String::new(),
            region: "us-east-1".to_owned(),
            endpoint: endpoint.to_owned(),
            path_style: false,
            access_key_env: String::new(),
            secret_key_env: String::new(),
            connections: 1,
            timeout: Duration::from_secs(1),
        };
        let near = |endpoint: &str| {
            let url = Url::parse(endpoint).unwrap();
            !own_hosts(&place(endpoint), url.host_str().unwrap()).is_empty()
        };
        for endpoint in [
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "http://10.0.0.7:9000",
            "http://localhost:9000",
            "https://storage.lan",
        ] {
            assert!(near(endpoint), "{endpoint}");
        }
        for endpoint in ["http://storage.lan:9000", "http://192.0.32.7"] {
            assert!(!near(endpoint), "{endpoint}");
        }
    }
}
