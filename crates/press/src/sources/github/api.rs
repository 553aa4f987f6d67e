//! How the forge is asked: addresses, the token, GraphQL with its own way to say that something is wrong.

use super::super::{Errand, answer};
use crate::config::Source;
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The variable that usually holds the token.
const TOKEN: &str = "GITHUB_TOKEN";

/// One forge, and who asks it.
pub(super) struct Api<'a> {
    errand: Errand<'a>,
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

/// Something with a name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

impl<'a> Api<'a> {
    /// The forge whose programs' interface is at `base`.
    pub(super) fn new(source: &Source, base: &'a str, errand: Errand<'a>) -> Result<Api<'a>> {
        Ok(Api {
            errand,
            base: base.trim_end_matches('/'),
            token: errand.secrets.of(source, TOKEN)?,
        })
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
        let answer: Answer<T> = answer::ask_json(self.errand.http, self.signed(request))
            .await
            .map_err(|error| self.without_token(error))?;
        match (answer.data, answer.errors.into_iter().next()) {
            (Some(data), None) => Ok(data),
            (_, Some(problem)) => Err(problem.explain(&self.web())),
            (None, None) => Err(Error::new(format!("{} said nothing", self.base))),
        }
    }

    /// Asks by REST for something of this kind.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Vec<u8>> {
        let url: Url = answer::address(self.base, path)?;
        let request = Request::get(url).header("accept", accept);
        let response = answer::ask(self.errand.http, self.signed(request))
            .await
            .map_err(|error| self.without_token(error))?;
        Ok(response.body)
    }

    fn without_token(&self, error: Error) -> Error {
        match self.token {
            Some(_) => error,
            None => error.help(format!(
                "give a token in the environment variable `{TOKEN}`"
            )),
        }
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
        let error = Error::new(what).because(self.message);
        match self.kind.as_deref() {
            Some("RATE_LIMITED") => error.help("try again in an hour"),
            _ => error,
        }
    }
}
