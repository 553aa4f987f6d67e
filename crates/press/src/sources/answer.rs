//! What came of a question, as data or as an error that says what a person can do.

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
pub(super) async fn ask(http: &Http, request: Request) -> Result<Response> {
    let url = request.url().clone();
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
        status => Err(refused(&url, status, &response)),
    }
}

/// The same for an answer in JSON.
pub(super) async fn ask_json<T: DeserializeOwned>(http: &Http, request: Request) -> Result<T> {
    let url = request.url().clone();
    let response = ask(http, request).await?;
    json(&url, &response)
}

/// An answer in JSON as data.
pub(super) fn json<T: DeserializeOwned>(url: &Url, response: &Response) -> Result<T> {
    serde_json::from_slice(&response.body).map_err(|cause| {
        Error::new(format!("{} said something unknown", place(url))).because(cause.to_string())
    })
}

/// Host and path: parameters may be long, and secret.
fn place(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

fn failed(url: &Url, failure: &Failure) -> Error {
    let error =
        Error::new(format!("nothing came from {}", place(url))).because(failure.to_string());
    match failure {
        Failure::ToldToWait => error.help("try again in an hour, or with a token if it has none"),
        Failure::Private => error.help("name the host in `private` of [collect] if that is meant"),
        _ => error,
    }
}

fn refused(url: &Url, status: u16, response: &Response) -> Error {
    let said: Option<Said> = serde_json::from_slice(&response.body).ok();
    let error = Error::new(format!("{} refused ({status})", place(url)));
    let error = match said.and_then(|said| said.message) {
        Some(message) => error.because(message.chars().take(200).collect::<String>()),
        None => error,
    };
    match status {
        401 => error.help("the token is wrong or has expired: make a new one"),
        403 => {
            error.help("the token may not read this, or too much was asked for: try again later")
        }
        404 | 410 => error.help("see whether the name in press.toml is right"),
        _ => error,
    }
}

#[derive(serde::Deserialize)]
struct Said {
    message: Option<String>,
}
