//! What came of a question, as data or as an error that says what a person can do.

use super::loose::maybe;
use crate::error::{Error, Result};
use crate::http::{Failure, Http, Request, Response, Url};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Answers of programs' interfaces are long lists.
pub(super) const LIMIT_BYTES: usize = 16 << 20;

/// An address out of the configuration, with a path added.
pub(super) fn address(base: &str, path: &str) -> Result<Url> {
    let text = format!("{}{path}", base.trim_end_matches('/'));
    text.parse()
        .map_err(|cause| Error::new(format!("`{text}` is no address")).because(format!("{cause}")))
}

/// Asks, follows redirects, and gives what came if it is what was asked for. What changed seldom comes from the cache.
/// `variable` is where a token would be that may be missing; empty if none would help.
pub(super) async fn ask(http: &Http, request: Request, variable: &str) -> Result<Response> {
    let url = request.url().clone();
    let signed = request.is_signed();
    let plain = request.is_get();
    let request = request.limit(LIMIT_BYTES);
    let way = match plain {
        true => http.fetch(request, Duration::ZERO).await,
        false => http.follow(request).await,
    };
    let response = way.end.map_err(|failure| failed(&url, &failure))?;
    match response.status {
        200..=299 if response.whole => Ok(response),
        200..=299 => Err(Error::new(format!("{} sent too much", place(&url)))
            .because(format!("more than {} MB", LIMIT_BYTES >> 20))),
        401 | 403 | 429 if !signed && !variable.is_empty() => {
            let help = format!("give a token in the environment variable `{variable}`");
            Err(refused(&url, &response).help(help))
        }
        401 if signed => {
            Err(refused(&url, &response).help("the token is wrong or has expired: make a new one"))
        }
        403 if signed => Err(refused(&url, &response)
            .help("the token may not read this, or too much was asked for: try again later")),
        404 | 410 => {
            Err(refused(&url, &response).help("see whether the name in press.toml is right"))
        }
        _ => Err(refused(&url, &response)),
    }
}

/// The same for an answer in JSON.
pub(super) async fn ask_json<T: DeserializeOwned>(
    http: &Http,
    request: Request,
    variable: &str,
) -> Result<T> {
    let url = request.url().clone();
    let response = ask(http, request, variable).await?;
    json(&url, &response)
}

/// An answer in JSON as data.
pub(super) fn json<T: DeserializeOwned>(url: &Url, response: &Response) -> Result<T> {
    serde_json::from_slice(&response.body).map_err(|cause| {
        let page = response.body.trim_ascii_start().starts_with(b"<");
        let cause = match page {
            true => "a web page came, not data".to_owned(),
            false => cause.to_string(),
        };
        Error::new(format!("{} said something unknown", place(url))).because(cause)
    })
}

/// Host and path: parameters may be long, and secret.
fn place(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

pub(super) fn failed(url: &Url, failure: &Failure) -> Error {
    let error =
        Error::new(format!("nothing came from {}", place(url))).because(failure.to_string());
    match failure {
        Failure::ToldToWait => error.help("try again in an hour, or with a token if it has none"),
        Failure::Private => error.help("name the host in `private` of [collect] if that is meant"),
        _ => error,
    }
}

/// The error for an answer that is none, with what the server says of it.
pub(super) fn refused(url: &Url, response: &Response) -> Error {
    let said: Option<Said> = serde_json::from_slice(&response.body).ok();
    let error = Error::new(format!("{} refused ({})", place(url), response.status));
    match said.and_then(|said| said.message.or(said.error)) {
        Some(message) => {
            let plain = message.chars().filter(|sign| !sign.is_control());
            error.because(plain.take(200).collect::<String>())
        }
        None => error,
    }
}

/// What servers say of a refusal, in one of two ways.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Said {
    #[serde(deserialize_with = "maybe")]
    message: Option<String>,
    #[serde(deserialize_with = "maybe")]
    error: Option<String>,
}
