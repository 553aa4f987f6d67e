//! The one HTTP client: whatever the program asks of the web goes through here.
//!
//! It is a guest and behaves like one: it says who it is, asks a host no more often than its pace allows, waits when
//! told to, keeps to `robots.txt` where it is asked to, and follows redirects step by step, so that each is checked. It
//! trusts nobody: bodies have limits that hold for what they become when unpacked, time is limited, and no name leads
//! into a private network. Proxies of the environment are not used, since they would look up names unchecked.

mod cache;
mod failure;
mod follow;
mod names;
mod pace;
mod pages;
mod request;
mod robots;
mod tape;

pub use failure::Failure;
pub use follow::Way;
pub use names::{Lookup, Names, is_public, may_be_private};
pub use pages::Next;
pub use request::Request;
pub use reqwest::Url;
pub use robots::fits;
pub use tape::Tape;

use crate::error::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use pace::{Gate, Gates};
use request::DRAIN_BYTES;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, redirect};
use robots::AllRobots;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who asks: see [`agent`].
    pub agent: String,
    /// Time between two requests to one host.
    pub pace: Duration,
    /// Most requests to one host at a time.
    pub per_host: usize,
    /// Most requests at a time.
    pub at_once: usize,
    /// Longest that one request may take, from looking up its host to the end of the answer.
    pub timeout: Duration,
    /// How often something is tried that may be better the next time, and how often a host may tell us to wait.
    pub tries: u32,
    /// Whether what took too long is tried again: it may take as long the next time.
    pub retry_slow: bool,
    /// Pause before the second try; it doubles with each.
    pub backoff: Duration,
    /// Longest that we wait when a server tells us to.
    pub patience: Duration,
    /// Hosts that may be in a private network: names, `*.` before one for all below it.
    pub private: Vec<String>,
    /// How names of hosts become addresses.
    pub names: Names,
    /// The folder of answers that are kept, if any are; see [`Http::fetch`].
    pub cache: Option<PathBuf>,
    /// Whether exchanges are recorded, or come from a recording.
    pub tape: Tape,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            agent: agent("press", &[]),
            pace: Duration::from_millis(50),
            per_host: 4,
            at_once: 128,
            timeout: Duration::from_secs(20),
            tries: 3,
            retry_slow: true,
            backoff: Duration::from_millis(500),
            patience: Duration::from_secs(60),
            private: Vec::new(),
            names: Names::System,
            cache: None,
            tape: Tape::Live,
        }
    }
}

/// By what the program calls itself: its name and version, whose it is, and where to complain.
pub fn agent(newsletter: &str, contacts: &[&str]) -> String {
    let mut about = vec![newsletter];
    about.extend(contacts);
    let plain =
        |sign: char| sign.is_ascii_graphic() && !matches!(sign, '(' | ')' | '\\') || sign == ' ';
    let about: String = about
        .join("; ")
        .chars()
        .filter(|sign| plain(*sign))
        .collect();
    format!("press/{} ({about})", env!("CARGO_PKG_VERSION"))
}

/// What GitHub says when it was asked too fast, and how long it wants to be left alone then if it does not say
/// (<https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>).
const SECONDARY: &str = "secondary rate limit";
const SECONDARY_WAIT: Duration = Duration::from_secs(60);

/// What came.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
}

impl Response {
    /// A header's text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// How long the server tells us to wait, if it does.
    fn told_to_wait(&self) -> Option<Duration> {
        match self.status {
            429 | 503 => {}
            // Some say so when too much was asked for, and how long in one of two ways.
            403 if self.headers.contains_key(RETRY_AFTER) => {}
            403 if self.header("x-ratelimit-remaining") == "0" => return self.until_reset(),
            // GitHub asks for a minute where it says only that it was too much.
            403 if self.says(SECONDARY) => return Some(SECONDARY_WAIT),
            _ => return None,
        }
        if self.headers.get(RETRY_AFTER).is_none() {
            return self.until_reset();
        }
        let told = self.header(RETRY_AFTER.as_str()).trim();
        if let Ok(seconds) = told.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let reader = DateTimeParser::new().relaxed_weekday(true);
        let until = reader.parse_timestamp(told).ok()?;
        let wait = until.duration_since(Timestamp::now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    fn says(&self, words: &str) -> bool {
        memchr::memmem::find(&self.body, words.as_bytes()).is_some()
    }

    /// How long it is until a used-up allowance is renewed: servers say when, in one of two ways, or in how many seconds.
    fn until_reset(&self) -> Option<Duration> {
        let reset = self.header("x-ratelimit-reset").trim();
        let until = match reset.parse::<f64>() {
            Ok(seconds) if seconds < 1e9 => return Duration::try_from_secs_f64(seconds).ok(),
            Ok(_) => Timestamp::from_second(reset.parse().ok()?),
            Err(_) => reset.parse(),
        };
        let wait = until.ok()?.duration_since(Timestamp::now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }
}

/// The client.
#[derive(Debug)]
pub struct Http {
    client: Client,
    settings: Settings,
    names: Arc<names::Resolver>,
    gates: Gates,
    slots: Semaphore,
    robots: AllRobots,
}

/// What to do after a try.
enum After {
    Done,
    Again(Duration),
}

impl Http {
    /// A client with these settings.
    pub fn new(settings: Settings) -> Result<Http> {
        // Fails if there is one already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let names = Arc::new(names::Resolver::new(&settings));
        let client = Client::builder()
            .user_agent(&settings.agent)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(settings.timeout)
            .pool_max_idle_per_host(settings.per_host)
            .pool_idle_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .dns_resolver(Arc::clone(&names))
            .build()
            .map_err(|cause| {
                let error = Error::new("cannot talk to the web").because(failure::chain(&cause));
                error.help(
                    "install your system's list of certificate authorities (`ca-certificates`)",
                )
            })?;
        Ok(Http {
            client,
            names,
            gates: Gates::new(settings.per_host),
            slots: Semaphore::new(settings.at_once),
            robots: AllRobots::default(),
            settings,
        })
    }

    /// Whether a host can be looked up at all, wherever it is.
    pub async fn finds(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<std::net::IpAddr>().is_ok() || self.names.find(bare).await.is_ok()
    }

    /// Asks, at the host's pace, and again if that may help. Redirects are answers here; [`Http::follow`] follows them.
    pub async fn ask(&self, request: &Request) -> std::result::Result<Response, Failure> {
        if let Tape::Replay(folder) = &self.settings.tape {
            return tape::replay(folder, request);
        }
        let answer = self.ask_live(request).await;
        if let (Tape::Record(folder), Ok(response)) = (&self.settings.tape, &answer) {
            tape::record(folder, request, response)?;
        }
        answer
    }

    async fn ask_live(&self, request: &Request) -> std::result::Result<Response, Failure> {
        let host = request.url.host_str().unwrap_or_default();
        request.refuse_open_secret(&self.settings)?;
        names::refuse_private(&request.url, &self.settings)?;
        let gate = self.gates.of(host);
        let tries = request.tries.unwrap_or(self.settings.tries);
        let mut tried = 0;
        loop {
            let place = gate.enter(self.settings.pace).await?;
            let slot = self.slots.acquire().await;
            let sent = Instant::now();
            let outcome = self.once(request).await;
            drop((place, slot));
            tried += 1;
            match self.after(&outcome, &gate, (tried, sent))? {
                After::Again(pause) if tried < tries => tokio::time::sleep(pause).await,
                _ => return outcome,
            }
        }
    }

    /// What to do after try number `tried`, which began at `sent`.
    fn after(
        &self,
        outcome: &std::result::Result<Response, Failure>,
        gate: &Gate,
        (tried, sent): (u32, Instant),
    ) -> std::result::Result<After, Failure> {
        let backoff = self.settings.backoff * 2u32.saturating_pow(tried - 1);
        let response = match outcome {
            Ok(response) => response,
            Err(Failure::TimedOut) if !self.settings.retry_slow => return Ok(After::Done),
            Err(failure) if failure.may_pass() => return Ok(After::Again(backoff)),
            Err(_) => return Ok(After::Done),
        };
        let wait = match response.told_to_wait() {
            None if response.status == 429 => Some(backoff),
            wait => wait,
        };
        if let Some(wait) = wait {
            let too_long = wait > self.settings.patience;
            if too_long || gate.rest(wait, sent) > self.settings.tries {
                gate.close();
                return Err(Failure::ToldToWait);
            }
            return Ok(After::Again(Duration::ZERO));
        }
        gate.answered();
        Ok(match response.status {
            408 | 500..=599 => After::Again(backoff),
            _ => After::Done,
        })
    }

    async fn once(&self, request: &Request) -> std::result::Result<Response, Failure> {
        let mut builder = self
            .client
            .request(request.method.clone(), request.url.clone());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(secret) = request.open_secret() {
            builder = builder.header(AUTHORIZATION, secret);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, body.kind)
                .body(body.bytes.clone());
        }
        let mut response = builder.send().await.map_err(|error| Failure::of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let wanted = response.status().is_success()
            && request.kind.is_none_or(|wanted| kind.starts_with(wanted));
        let length = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        let limit = match wanted {
            true => request.limit_bytes,
            false if length.is_none_or(|length| length <= DRAIN_BYTES) => DRAIN_BYTES,
            false => 0,
        };
        let (body, whole) = read_body(&mut response, limit).await;
        Ok(Response {
            status,
            headers,
            body,
            whole,
        })
    }
}

/// The body, and whether that is all of it. A server that stops in the middle has answered all the same.
async fn read_body(response: &mut reqwest::Response, limit: usize) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let room = limit - body.len();
        match response.chunk().await {
            Ok(None) => return (body, true),
            Ok(Some(chunk)) if chunk.len() <= room => body.extend(chunk),
            Ok(Some(chunk)) => {
                body.extend(&chunk[..room]);
                return (body, false);
            }
            Err(_) => return (body, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_without_a_time_is_a_minute() {
        let said = |body: &str| {
            let response = Response {
                status: 403,
                headers: HeaderMap::new(),
                body: body.as_bytes().to_vec(),
                whole: true,
            };
            response.told_to_wait()
        };
        let too_fast = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        assert_eq!(said(too_fast), Some(SECONDARY_WAIT));
        assert_eq!(said(r#"{"message":"Forbidden"}"#), None);
    }

    #[test]
    fn allowances_are_renewed_at_a_time_or_after_one() {
        let told = |reset: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-ratelimit-reset", reset.parse().unwrap());
            let response = Response {
                status: 429,
                headers,
                body: Vec::new(),
                whole: true,
            };
            response.told_to_wait().map(|wait| wait.as_secs())
        };
        assert_eq!(told("287.0"), Some(287));
        assert_eq!(told("1445412480"), Some(0));
        assert_eq!(told("2015-10-21T07:28:00.000Z"), Some(0));
        assert!(told("2160-10-21T07:28:00Z") > Some(1_000_000));
        assert_eq!(told("soon"), None);
    }

    fn told(status: u16, after: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, after.parse().unwrap());
        let response = Response {
            status,
            headers,
            body: Vec::new(),
            whole: true,
        };
        response.told_to_wait().map(|wait| wait.as_secs())
    }

    #[test]
    fn servers_tell_to_wait_in_seconds_or_until_a_day() {
        assert_eq!(told(429, "7"), Some(7));
        assert_eq!(told(503, " 120 "), Some(120));
        assert_eq!(told(200, "7"), None);
        assert_eq!(told(429, "soon"), None);
        assert_eq!(told(429, "-3"), None);
        assert_eq!(told(429, "Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        assert!(told(429, "Fri, 21 Oct 2160 07:28:00 GMT") > Some(1_000_000));
    }

    #[test]
    fn the_agent_is_a_header_whatever_the_newsletter_is_called() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            agent(
                "Die Möwe (wöchentlich)\n",
                &["+https://moewe.example", "a@b.example"]
            ),
            format!("press/{version} (Die Mwe wchentlich; +https://moewe.example; a@b.example)")
        );
    }
}
