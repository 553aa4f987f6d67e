//! How the forge is asked: addresses, the token, GraphQL with its own way to say that something is wrong.

use super::super::links::PAGES;
use super::super::{Errand, answer};
use crate::config::{Secrets, Source};
use crate::error::{Error, Result};
use crate::http::{Http, Next, Request, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The variable that usually holds the token.
const TOKEN: &str = "GITHUB_TOKEN";

/// What answers are in, if nothing else is asked for.
const JSON: &str = "application/vnd.github+json";

/// One forge, and who asks it.
pub(super) struct Api<'a> {
    http: &'a Http,
    base: &'a str,
    token: Option<String>,
}

/// What a question by GraphQL gave.
#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: String,
}

/// One page of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

/// Nodes of a list; the forge leaves out what the token may not see.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Nodes<T> {
    pub(super) nodes: Option<Vec<Option<T>>>,
    pub(super) page_info: Option<PageInfo>,
}

impl<T> Nodes<T> {
    /// The nodes that are there.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().flatten().flatten()
    }

    /// Where the next page begins, if there is one.
    pub(super) fn next(&self) -> Option<String> {
        let page = self.page_info.as_ref().filter(|page| page.has_next_page)?;
        page.end_cursor.clone()
    }
}

/// The places of a list that were read: a forge that leads back to one would keep us for ever.
#[derive(Debug)]
pub(super) struct Turned {
    what: String,
    seen: HashSet<String>,
}

impl Turned {
    /// Of a list that is called so in errors.
    pub(super) fn of(what: impl Into<String>) -> Turned {
        Turned {
            what: what.into(),
            seen: HashSet::new(),
        }
    }

    /// Remembers where the next page is, and refuses one that was read.
    pub(super) fn on(&mut self, place: impl Into<String>) -> Result<()> {
        if self.seen.insert(place.into()) {
            return Ok(());
        }
        let error = Error::new(format!("{} does not end", self.what));
        Err(error
            .because("its next page is one that was there before")
            .help("try again later; nothing of it was written"))
    }
}

/// Something with a name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

impl<'a> Api<'a> {
    /// The forge whose programs' interface is at `base`.
    pub(super) fn new(source: &Source, base: &'a str, errand: Errand<'a>) -> Result<Api<'a>> {
        Ok(Api {
            http: errand.http,
            base: base.trim_end_matches('/'),
            token: errand.secrets.of(source, TOKEN)?,
        })
    }

    /// The same for who is no source.
    pub(super) fn at(base: &'a str, http: &'a Http, secrets: &Secrets) -> Api<'a> {
        Api {
            http,
            base: base.trim_end_matches('/'),
            token: secrets.find(TOKEN),
        }
    }

    /// Whether there is a token.
    pub(super) fn is_signed(&self) -> bool {
        self.token.is_some()
    }

    /// Where people read what programs read at `base`.
    pub(super) fn web(&self) -> String {
        let base = self.base.strip_suffix("/api/v3").unwrap_or(self.base);
        base.replacen("://api.", "://", 1)
    }

    fn signed(&self, request: Request) -> Request {
        let request = request.header("x-github-api-version", "2022-11-28");
        match &self.token {
            Some(token) => request.bearer(token),
            None => request,
        }
    }

    /// Asks by GraphQL.
    pub(super) async fn query<T: DeserializeOwned>(
        &self,
        question: &str,
        variables: Value,
    ) -> Result<T> {
        // A forge of one's own has the two interfaces side by side.
        let base = self.base.strip_suffix("/v3").unwrap_or(self.base);
        let url = answer::address(base, "/graphql")?;
        let body = json!({ "query": question, "variables": variables });
        let request = Request::post(url, "application/json", body.to_string());
        let request = self.signed(request);
        let answer: Answer<T> = answer::ask_json(self.http, request, TOKEN).await?;
        match (answer.data, answer.errors.into_iter().next()) {
            (Some(data), None) => Ok(data),
            (_, Some(problem)) => Err(problem.explain(&self.web())),
            (None, None) => Err(Error::new(format!("{} said nothing", self.base))),
        }
    }

    /// All pages of a list by REST, as the header `Link` leads from one to the next.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        let mut url: Url = answer::address(self.base, path)?;
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let what = format!("{}{path}", url.host_str().unwrap_or_default());
        let (mut all, mut turned) = (Vec::new(), Turned::of(&what));
        for _ in 0..PAGES {
            turned.on(url.as_str())?;
            let request = Request::get(url.clone()).header("accept", JSON);
            let response = answer::ask(self.http, self.signed(request), TOKEN).await?;
            all.extend(answer::json::<Vec<T>>(&url, &response)?);
            url = match response.next_page(&url) {
                Next::End => return Ok(all),
                Next::Page(next) => next,
                Next::Elsewhere(other) => {
                    let place = other.host_str().unwrap_or_default();
                    let error =
                        Error::new(format!("the next page of {what} is said to be at {place}"));
                    return Err(error.because("what is asked with a token is asked of its own server only")
                        .help("see whether `api` in press.toml is the address that the forge calls itself by"));
                }
            };
        }
        Err(Error::new(format!("{what} has more than {PAGES} pages")))
    }

    /// Asks by REST for one thing.
    pub(super) async fn one<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let url: Url = answer::address(self.base, path)?;
        let request = Request::get(url).header("accept", JSON);
        answer::ask_json(self.http, self.signed(request), TOKEN).await
    }

    /// Sends something by REST, once: who does not hear the answer does not know whether it was done.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        make: fn(Url, &'static str, String) -> Request,
        path: &str,
        body: &Value,
    ) -> Result<T> {
        let url: Url = answer::address(self.base, path)?;
        let request = make(url, "application/json", body.to_string());
        let request = request.header("accept", JSON).tries(1);
        answer::ask_json(self.http, self.signed(request), TOKEN).await
    }

    /// A file of a repository as it was at a commit.
    pub(super) async fn file(&self, repository: &str, path: &str, commit: &str) -> Result<String> {
        let mut url: Url = answer::address(self.base, &format!("/repos/{repository}/contents/"))?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url.query_pairs_mut().append_pair("ref", commit);
        let request = Request::get(url).header("accept", "application/vnd.github.raw+json");
        let response = answer::ask(self.http, self.signed(request), TOKEN).await?;
        String::from_utf8(response.body)
            .map_err(|_| Error::new(format!("{path} at {commit} is no UTF-8 text")))
    }

    /// Asks by REST for something of this kind.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Vec<u8>> {
        let url: Url = answer::address(self.base, path)?;
        let request = Request::get(url).header("accept", accept);
        let response = answer::ask(self.http, self.signed(request), TOKEN).await?;
        Ok(response.body)
    }
}

impl Problem {
    fn explain(self, web: &str) -> Error {
        let what = match self.kind.as_deref() {
            Some("NOT_FOUND") => format!("{web} does not know something that press.toml names"),
            Some("RATE_LIMITED") => format!("{web} was asked too much"),
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => {
                format!("{web} does not show this to the token")
            }
            _ => format!("{web} did not understand the question"),
        };
        let plain = self.message.chars().filter(|sign| !sign.is_control());
        let error = Error::new(what).because(plain.take(200).collect::<String>());
        match self.kind.as_deref() {
            Some("RATE_LIMITED") => error.help("try again in an hour"),
            _ => error,
        }
    }
}
