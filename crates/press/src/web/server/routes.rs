//! The table of routes: what is asked for, and which page answers.

use super::asked::{Asked, Reply};
use super::{Server, pages};
use crate::config::Config;
use axum::http::Method;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A page's answer.
pub(super) type Answering = Pin<Box<dyn Future<Output = crate::error::Result<Reply>> + Send>>;

/// One row.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path below the newsletter's own; `{token}` stands for one part.
    pub(super) path: &'static str,
    pub(super) who: Who,
    pub(super) answer: fn(Arc<Server>, Asked) -> Answering,
}

/// Who may send something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Whoever has the address; browsers only from a page of ours.
    Readers,
    /// Machines of others: mailbox providers, programs.
    Machines,
    /// Services that prove themselves, and have more to say than a form can hold.
    Services,
}

macro_rules! routes {
    ($($method:ident $path:literal $who:ident $answer:path;)+) => {
        &[$(Route {
            method: Method::$method,
            path: $path,
            who: Who::$who,
            answer: |server, asked| Box::pin($answer(server, asked)),
        }),+]
    };
}

/// All routes.
pub(super) static ROUTES: &[Route] = routes! {
    GET  "/subscribe"                Readers  pages::subscribe::form;
    POST "/subscribe"                Readers  pages::subscribe::sign_up;
    GET  "/confirm/{token}"          Readers  pages::subscribe::question;
    POST "/confirm/{token}"          Readers  pages::subscribe::confirm;
    GET  "/preferences/{token}"      Readers  pages::person::preferences;
    POST "/preferences/{token}"      Readers  pages::person::prefer;
    GET  "/unsubscribe/{token}"      Readers  pages::person::leaving;
    POST "/unsubscribe/{token}"      Machines pages::person::leave;
    GET  "/account"                  Readers  pages::account::form;
    POST "/account"                  Readers  pages::account::ask;
    GET  "/account/{token}"          Readers  pages::account::show;
    POST "/account/{token}/export"   Readers  pages::account::export;
    POST "/account/{token}/erase"    Readers  pages::account::erase;
    GET  "/submit"                   Readers  pages::submit::form;
    POST "/submit"                   Readers  pages::submit::send;
    GET  "/submissions/{token}"      Readers  pages::submit::status;
    GET  "/nominate"                 Readers  pages::nominate::form;
    POST "/nominate"                 Readers  pages::nominate::nominate;
    POST "/webhooks/{token}"         Services pages::webhook::hear;
    GET  "/api/openapi.json"         Machines pages::api::description;
    GET  "/api/lists"                Machines pages::api::lists;
    GET  "/api/challenge"            Machines pages::api::challenge;
    POST "/api/subscribe"            Machines pages::api::subscribe;
    POST "/api/submissions"          Machines pages::api::sent::submit;
    GET  "/api/submissions/{token}"  Machines pages::api::sent::status;
    GET  "/api/votes"                Machines pages::api::sent::votes;
    GET  "/api/search"               Machines pages::api::search::search;
    POST "/api/nominations"          Machines pages::api::sent::nominate;
    GET  "/api/desk/inbox"           Machines pages::api::desk::inbox;
    GET  "/api/desk/submissions/{token}"         Machines pages::api::desk::submission;
    POST "/api/desk/submissions/{token}/accept"  Machines pages::api::desk::accept;
    POST "/api/desk/submissions/{token}/decline" Machines pages::api::desk::decline;
    POST "/api/desk/submissions/{token}/move"    Machines pages::api::desk::move_on;
    POST "/api/desk/submissions/{token}/snooze"  Machines pages::api::desk::snooze;
    GET  "/api/desk/candidates/{token}"          Machines pages::api::desk::candidate;
    POST "/api/desk/candidates/{token}/take"     Machines pages::api::desk::take;
    POST "/api/desk/candidates/{token}/drop"     Machines pages::api::desk::drop_candidate;
    POST "/api/desk/candidates/{token}/move"     Machines pages::api::desk::move_candidate;
    POST "/api/desk/candidates/{token}/snooze"   Machines pages::api::desk::snooze_candidate;
    GET  "/api/desk/tally"           Machines pages::api::desk::tally;
    GET  "/healthz"                  Machines pages::health::alive;
    GET  "/readyz"                   Machines pages::health::ready;
};

/// What was found for a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row of the table, and what stands for `{token}`.
    Route(usize, String),
    /// A row for other methods only: these.
    Other(Vec<&'static str>),
    /// Nothing; perhaps a file of the site.
    Nothing,
}

/// The routes of a newsletter.
pub(super) struct Routes {
    base: String,
    /// Rows whose path `press.toml` sets, with that.
    own: Vec<(&'static str, String)>,
    /// What paths of the table begin with, up to the second slash: most requests are for files, and need no more.
    firsts: Vec<String>,
}

impl Routes {
    pub(super) fn new(config: &Config) -> Routes {
        let (origin, base) = config.base();
        let own = [
            ("/unsubscribe/{token}", &config.mail.unsubscribe),
            ("/preferences/{token}", &config.mail.preferences),
        ];
        let below = |(path, url): (&'static str, &String)| {
            let own = url.strip_prefix(origin)?.strip_prefix(base)?;
            (own != path).then(|| (path, own.to_owned()))
        };
        let own: Vec<_> = own.into_iter().filter_map(below).collect();
        let patterns = ROUTES.iter().map(|route| route.path);
        let patterns = patterns.chain(own.iter().map(|(_, own)| own.as_str()));
        let mut firsts: Vec<String> = patterns.map(|path| first(path).to_owned()).collect();
        firsts.sort();
        firsts.dedup();
        Routes {
            base: base.to_owned(),
            own,
            firsts,
        }
    }

    /// Whether a path is one for programs, which are told of problems in a form of their own.
    pub(super) fn is_for_programs(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.base.as_str());
        below.is_some_and(|path| path.starts_with("/api/"))
    }

    /// The row for a path.
    pub(super) fn find(&self, method: &Method, path: &str) -> Found {
        let Some(path) = path.strip_prefix(self.base.as_str()) else {
            return Found::Nothing;
        };
        // Links that people copy may end in a slash.
        let path = match path.strip_suffix('/') {
            Some(without) if !without.is_empty() => without,
            _ => path,
        };
        let begins = first(path);
        let known = |known: &String| known == begins || known.contains('{');
        if !self.firsts.iter().any(known) {
            return Found::Nothing;
        }
        let wanted = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut others = Vec::new();
        for (at, route) in ROUTES.iter().enumerate() {
            let own = self.own.iter().filter(|(row, _)| *row == route.path);
            let patterns = std::iter::once(route.path).chain(own.map(|(_, own)| own.as_str()));
            let Some(token) = patterns
                .into_iter()
                .find_map(|pattern| token(pattern, path))
            else {
                continue;
            };
            if route.method == *wanted {
                return Found::Route(at, token.to_owned());
            }
            others.push(route.method.as_str());
        }
        match others.is_empty() {
            true => Found::Nothing,
            false => Found::Other(others),
        }
    }
}

/// The path's first part.
fn first(path: &str) -> &str {
    let end = path.get(1..).and_then(|rest| rest.find('/'));
    end.map_or(path, |end| &path[..=end])
}

/// What stands for `{token}` if `path` is of this pattern; empty for patterns without.
fn token<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let Some((before, after)) = pattern.split_once("{token}") else {
        return (pattern == path).then_some("");
    };
    let token = path.strip_prefix(before)?.strip_suffix(after)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let good = !token.is_empty() && token.len() <= 100 && token.bytes().all(plain);
    good.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_one_plain_part() {
        assert_eq!(token("/confirm/{token}", "/confirm/aB-_9"), Some("aB-_9"));
        assert_eq!(
            token("/account/{token}/erase", "/account/x/erase"),
            Some("x")
        );
        assert_eq!(token("/healthz", "/healthz"), Some(""));
        for strange in [
            "/confirm/",
            "/confirm/a/b",
            "/confirm/a%20b",
            "/confirm",
            "/confirm/a.b",
        ] {
            assert_eq!(token("/confirm/{token}", strange), None, "{strange}");
        }
    }
}
