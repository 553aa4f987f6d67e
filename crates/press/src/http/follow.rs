//! Following redirects, each step checked like the first.

use super::{Failure, Http, Request, Response};
use reqwest::Url;
use reqwest::header::{LOCATION, SET_COOKIE};

/// Browsers give up after twenty; nobody needs ten.
const HOPS: usize = 10;

/// The way an address led.
#[derive(Clone, Debug)]
pub struct Way {
    /// The redirects, each with its status and the address it led to.
    pub hops: Vec<(u16, Url)>,
    /// What came at the end.
    pub end: Result<Response, Failure>,
}

impl Http {
    /// Asks and follows redirects. A redirect to something that is no web page is an answer.
    pub async fn follow(&self, mut request: Request) -> Way {
        let mut hops: Vec<(u16, Url)> = Vec::new();
        let mut seen = vec![request.url.clone()];
        let mut cookie = false;
        loop {
            if request.robots
                && let Err(failure) = self.refuse_forbidden(&request.url).await
            {
                let end = Err(failure);
                return Way { hops, end };
            }
            let end = self.ask(&request).await;
            let Some(to) = end
                .as_ref()
                .ok()
                .and_then(|response| target(&request.url, response))
            else {
                return Way { hops, end };
            };
            if let Ok(response) = &end {
                cookie |= response.headers.contains_key(SET_COOKIE);
                hops.push((response.status, to.clone()));
            }
            if seen.contains(&to) || hops.len() >= HOPS {
                let end = Err(Failure::Circle(cookie));
                return Way { hops, end };
            }
            let status = hops.last().map_or(0, |hop| hop.0);
            seen.push(to.clone());
            request = request.redirected(status, to);
        }
    }
}

/// Where a redirect leads, if it is one and leads to the web.
fn target(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    // Servers send bytes that no header should hold; most of them mean UTF-8.
    let location = response.headers.get(LOCATION)?;
    let to = from
        .join(&String::from_utf8_lossy(location.as_bytes()))
        .ok()?;
    let web = matches!(to.scheme(), "http" | "https") && to.username().is_empty();
    web.then_some(to)
}
