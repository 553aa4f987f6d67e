//! Asking a service, and what its answer means for a post: it is out, it is surely not, or nobody knows.

use super::{Failed, Sent, Way};
use crate::error::{Error, Result};
use crate::http::{Failure, Request, Response, Url};
use serde_json::Value;

/// What becomes of a question that is asked twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// Nothing more than of one: it may be tried again.
    Same,
    /// Perhaps two posts: it goes out once.
    Another,
}

/// How often we wait where a service tells us to, before a question that goes out once was taken.
const WAITS: u32 = 3;

/// Asks; the answer if it is one.
pub(super) async fn ask(way: Way<'_>, request: Request, twice: Twice) -> Sent<Response> {
    let response = asked(way, request, twice).await?;
    match response.status {
        200..=299 if response.whole => Ok(response.response),
        200..=299 => Err(Failed {
            error: Error::new(format!("the answer of {} broke off", response.host)),
            uncertain: true,
        }),
        408 | 500..=599 => Err(Failed {
            error: response.refusal(),
            uncertain: true,
        }),
        _ => Err(response.refusal().into()),
    }
}

/// An answer of any status, and who gave it.
pub(super) struct Answer {
    pub(super) host: String,
    pub(super) status: u16,
    pub(super) whole: bool,
    pub(super) response: Response,
}

/// Asks; whatever is answered.
pub(super) async fn asked(way: Way<'_>, request: Request, twice: Twice) -> Sent<Answer> {
    // Of a webhook's address the path is its secret.
    let host = request.url().host_str().unwrap_or_default().to_owned();
    let reads = request.is_get();
    let request = match twice {
        Twice::Same => request,
        Twice::Another => request.tries(1),
    };
    let mut waited = 0;
    loop {
        let answer = way.http.ask(&request).await;
        let response = answer.map_err(|failure| Failed {
            uncertain: !reads && may_be_out(&failure),
            error: failed(&host, &failure),
        })?;
        waited += 1;
        // Who is told to wait was not heard. The client waits before it asks that host again.
        if response.status == 429 && twice == Twice::Another && waited < WAITS {
            continue;
        }
        return Ok(Answer {
            host,
            status: response.status,
            whole: response.whole,
            response,
        });
    }
}

/// Whether what was sent may have arrived.
fn may_be_out(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::TimedOut | Failure::Broken(_) | Failure::Circle(_) | Failure::OutOfOrder(_)
    )
}

fn failed(host: &str, failure: &Failure) -> Error {
    let error = Error::new(format!("nothing came from {host}")).because(failure.to_string());
    match failure {
        Failure::ToldToWait => error.help("run the same command again in an hour"),
        Failure::Private => {
            error.help("name the host in `private` of [announcement] if that is meant")
        }
        _ => error,
    }
}

impl Answer {
    /// The answer as data; `Null` if it is none.
    pub(super) fn json(&self) -> Value {
        json(&self.response)
    }

    /// The error that says that it was refused, and why.
    pub(super) fn refusal(&self) -> Error {
        let error = Error::new(format!("{} refused ({})", self.host, self.status));
        let said = said(&self.json());
        let error = match said.is_empty() {
            true => error,
            false => error.because(said),
        };
        match self.status {
            300..=399 => {
                let to = self.response.header("location");
                let to = to.parse::<Url>().ok();
                let to = to.as_ref().and_then(Url::host_str).unwrap_or("elsewhere");
                error.help(format!("it moved to {to}: write that into press.toml"))
            }
            401 | 403 => error.help("see whether the secret is right and may post there"),
            404 | 410 => error.help("see whether the address and names in press.toml are right"),
            429 => error.help("it wants to be left alone: run the same command again in an hour"),
            500..=599 => error.help("the fault is theirs: run the same command again later"),
            _ => error,
        }
    }
}

/// An answer as data; `Null` if it is none.
pub(super) fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

/// A text in an answer, at a JSON pointer; empty if there is none. Numbers are texts too: ids are either.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What a service says of a refusal, in one of the usual ways.
pub(super) fn said(value: &Value) -> String {
    let words = |value: &Value| match value {
        Value::Array(all) => {
            let all = all.iter().filter_map(Value::as_str);
            all.collect::<Vec<_>>().join("; ")
        }
        value => value.as_str().unwrap_or_default().to_owned(),
    };
    let names = [
        "message",
        "error_description",
        "errors",
        "error",
        "msg",
        "reason",
    ];
    let said = names.iter().filter_map(|name| value.get(name)).map(words);
    let said = said.into_iter().find(|said| !said.is_empty());
    let plain = press_core::text::plain_line(&said.unwrap_or_default());
    plain.chars().take(200).collect()
}

/// An address below that of a service.
pub(super) fn below(base: &Url, path: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    let mut parts = url
        .path_segments_mut()
        .map_err(|()| Error::new(format!("`{base}` is no address of a site")))?;
    parts.pop_if_empty().extend(path);
    drop(parts);
    Ok(url)
}

/// The same with a question in it.
pub(super) fn asking(base: &Url, path: &[&str], question: &[(&str, &str)]) -> Result<Url> {
    let mut url = below(base, path)?;
    url.query_pairs_mut().extend_pairs(question);
    Ok(url)
}

/// The kind of what is sent.
pub(super) const JSON: &str = "application/json";
/// The kind of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A form.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_say_why_in_many_ways() {
        assert_eq!(
            said(&json!({ "error": "Validation failed" })),
            "Validation failed"
        );
        assert_eq!(said(&json!({ "errors": ["a", "b\u{1b}[2J"] })), "a; b[2J");
        assert_eq!(
            said(&json!({ "error": "X", "message": "Bad text" })),
            "Bad text"
        );
        assert_eq!(
            said(&json!({ "result": "error", "msg": "Stream" })),
            "Stream"
        );
        assert_eq!(said(&Value::Null), "");
        assert_eq!(said(&json!({ "message": "x".repeat(999) })).len(), 200);
    }

    #[test]
    fn addresses_keep_the_path_they_had_and_names_stay_names() {
        let base: Url = "https://a.example/chat/".parse().unwrap();
        let url = asking(&base, &["rooms", "!a/b:c"], &[("q", "x&y")]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://a.example/chat/rooms/!a%2Fb:c?q=x%26y"
        );
    }
}
