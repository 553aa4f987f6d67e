//! What every request has to pass, and what every answer carries.

use super::asked::Reply;
use super::routes::Who;
use crate::config::Server as Settings;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use http_body_util::LengthLimitError;
use std::net::IpAddr;
use std::time::Duration;

/// Pages load nothing from elsewhere but pictures and films of issues, run no script that stands in them, and are framed
/// by nobody.
const POLICY: &str = "default-src 'self'; img-src 'self' https: data:; media-src 'self' https:; frame-src https:; \
                      object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers that all answers have.
const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Of pages whose addresses open something.
const SECRET: (&str, &str) = ("referrer-policy", "no-referrer");

/// Adds the headers that all answers have.
pub(super) fn harden(reply: &mut Reply, secure: bool, secret: bool) {
    let headers = reply.headers_mut();
    let more = [SECRET];
    let all = HEADERS.iter().chain(more.iter().filter(|_| secret));
    for (name, value) in all {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}

/// Whether a request names one host, as HTTP/1.1 demands (RFC 9112, section 3.2). None of our answers depends on which.
pub(super) fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let odd = |byte: &u8| !byte.is_ascii_graphic() || b"/\\?#@,<>\"".contains(byte);
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => !host.as_bytes().iter().any(odd),
        (None, _) => version < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// Who asks: the other end, or, where that is a proxy that is trusted, whom it names. A chain of proxies is followed from
/// its end for as long as they are trusted.
pub(super) fn client(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = |address: IpAddr| {
        let address = address.to_canonical();
        let networks = settings.trusted_proxies.iter();
        networks
            .into_iter()
            .any(|network| network.contains(address))
    };
    let mut client = peer.to_canonical();
    let named = headers.get_all("x-forwarded-for");
    let named: Vec<&str> = named
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    for name in named.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Some(next) = address(name.trim()).filter(|_| trusted(client)) else {
            break;
        };
        client = next;
    }
    client
}

/// An address as proxies write it, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || {
        text.parse::<std::net::SocketAddr>()
            .ok()
            .map(|place| place.ip())
    };
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let found = bare.or_else(with_port).or_else(in_brackets);
    found.map(|address| address.to_canonical())
}

/// Whether a form was sent by a page of ours, as far as the browser tells. What is no browser tells nothing and passes:
/// there is nobody whom it could be made to act for.
pub(super) fn is_own_form(settings: &Settings, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let known = |origin: &str| settings.origins.iter().any(|known| known == origin);
    match (text("origin"), text("sec-fetch-site")) {
        (Some(origin), _) if known(origin) => true,
        (_, Some("same-origin" | "none")) => true,
        (Some(origin), None) => {
            // Reached by a name that press.toml does not know, as on a machine that tries it out.
            let host = text("host").unwrap_or("?");
            origin.split_once("//").is_some_and(|(_, own)| own == host)
        }
        (None, None) => true,
        _ => false,
    }
}

/// Longest body that is read of a form.
const BODY_LIMIT: usize = 64 * 1024;
/// Longest that a service may send: SNS sends up to 256 KB, in JSON that may quote half of it.
const SERVICE_LIMIT: usize = 512 * 1024;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    TooLong,
    TooSlow,
    /// It ended in the middle, or was not what it said.
    Broken,
}

/// Reads the body of a request.
pub(super) async fn read(body: Body, who: Who) -> Result<Bytes, Unread> {
    let limit = match who {
        Who::Services => SERVICE_LIMIT,
        Who::Readers | Who::Machines => BODY_LIMIT,
    };
    // Nobody waits for what is announced and would be refused.
    if HttpBody::size_hint(&body).lower() > limit as u64 {
        return Err(Unread::TooLong);
    }
    let read = axum::body::to_bytes(body, limit);
    match tokio::time::timeout(BODY_TIME, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(match error.into_inner().is::<LengthLimitError>() {
            true => Unread::TooLong,
            false => Unread::Broken,
        }),
        Err(_) => Err(Unread::TooSlow),
    }
}
