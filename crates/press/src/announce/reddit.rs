//! A post on Reddit (<https://www.reddit.com/dev/api/#POST_api_submit>), as a client of kind "script" or with a refresh token
//! (<https://github.com/reddit-archive/reddit/wiki/OAuth2>).
//!
//! Its refusals come with status 200. A post is found again among the newest of the account.

use super::ask::{FORM, Twice, ask, asking, below, form, json, text};
use super::{Failed, Found, Post, Posted, Sent, Way, differs, variable};
use crate::config::{RedditPost, Subreddit};
use crate::error::{Error, Result};
use crate::http::{Request, Url};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use press_core::announcement::shortened;
use press_core::text::plain_line;
use serde_json::Value;

/// The subreddit, and the client's secret.
type Place<'a> = (&'a Subreddit, &'a str);

/// Where people read, and where tokens are given.
const SITE: &str = "https://www.reddit.com";

/// Looks through the newest posts of the account.
pub(super) async fn find(way: Way<'_>, place: Place<'_>, post: &Post) -> Result<Found> {
    let token = token(way, place).await.map_err(|failed| failed.error)?;
    let api = &place.0.api;
    let me = get(way, below(api, &["api", "v1", "me"])?, &token).await?;
    let name = text(&me, "/name");
    if name.is_empty() {
        return Err(Error::new("Reddit did not say who posts"));
    }
    let question = [("limit", "50"), ("raw_json", "1"), ("sort", "new")];
    let url = asking(api, &["user", &name, "submitted"], &question)?;
    let listing = get(way, url, &token).await?;
    let own = listing.pointer("/data/children").and_then(Value::as_array);
    let own = own.ok_or_else(|| Error::new("Reddit said something unknown"))?;
    let same = |child: &&Value| {
        let there = text(child, "/data/subreddit").eq_ignore_ascii_case(&place.0.name);
        let titled = text(child, "/data/title") == title(post);
        there && (text(child, "/data/url") == post.link || titled)
    };
    Ok(match own.iter().find(same) {
        Some(child) => Found::There(posted(
            place.0,
            &text(child, "/data/permalink"),
            &text(child, "/data/name"),
        )),
        None => Found::NotThere,
    })
}

pub(super) async fn send(way: Way<'_>, place: Place<'_>, post: &Post) -> Sent<Posted> {
    let subreddit = place.0;
    let token = token(way, place).await?;
    let title = title(post);
    let mut fields = vec![
        ("api_type", "json"),
        ("sr", subreddit.name.as_str()),
        ("title", &title),
        // Whoever has posted the address before us has made the thread.
        ("resubmit", "false"),
        ("sendreplies", "false"),
    ];
    match subreddit.post {
        RedditPost::Link => fields.extend([("kind", "link"), ("url", post.link.as_str())]),
        RedditPost::Text => fields.extend([("kind", "self"), ("text", post.text.as_str())]),
    }
    if let Some(flair) = &subreddit.flair {
        fields.push(("flair_id", flair));
    }
    let url = below(&subreddit.api, &["api", "submit"])?;
    let request = Request::post(url, FORM, form(&fields)).bearer(&token);
    let answer = json(&ask(way, request, Twice::Another).await?);
    let errors = answer.pointer("/json/errors").and_then(Value::as_array);
    if let Some(error) = errors.and_then(|errors| errors.first()) {
        return Err(refused(error).into());
    }
    let (address, id) = (
        text(&answer, "/json/data/url"),
        text(&answer, "/json/data/name"),
    );
    if id.is_empty() {
        return Err(Failed {
            error: Error::new("Reddit took the post and did not say where it is"),
            uncertain: true,
        });
    }
    Ok(posted(subreddit, &address, &id))
}

pub(super) async fn read_back(
    way: Way<'_>,
    place: Place<'_>,
    id: &str,
    post: &Post,
) -> Result<Vec<String>> {
    let token = token(way, place).await.map_err(|failed| failed.error)?;
    let question = [("id", id), ("raw_json", "1")];
    let url = asking(&place.0.api, &["api", "info"], &question)?;
    let listing = get(way, url, &token).await?;
    let Some(there) = listing.pointer("/data/children/0/data") else {
        return Ok(vec!["it is not there".to_owned()]);
    };
    let mut found = Vec::new();
    found.extend(differs("the title", &text(there, "/title"), &title(post)));
    found.extend(match place.0.post {
        RedditPost::Link => differs("where it leads", &text(there, "/url"), &post.link),
        RedditPost::Text => differs("the text", &text(there, "/selftext"), &post.text),
    });
    if !text(there, "/removed_by_category").is_empty() {
        found.push("it was removed".to_owned());
    }
    Ok(found)
}

/// A token for an hour.
async fn token(way: Way<'_>, (subreddit, secret): Place<'_>) -> Sent<String> {
    let login = variable(way, &subreddit.login_env)?;
    let fields = match &subreddit.account {
        Some(account) => {
            vec![
                ("grant_type", "password"),
                ("username", account.as_str()),
                ("password", &login),
            ]
        }
        None => vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", login.as_str()),
        ],
    };
    // Tokens come from the site itself, not from where it answers programs.
    let usual = subreddit.api.host_str() == Some("oauth.reddit.com");
    let site = match usual {
        true => SITE.parse().unwrap_or_else(|_| subreddit.api.clone()),
        false => subreddit.api.clone(),
    };
    let url = below(&site, &["api", "v1", "access_token"])?;
    let client = STANDARD.encode(format!("{}:{secret}", subreddit.client));
    let request = Request::post(url, FORM, form(&fields))
        .authorization(format!("Basic {client}"))
        .confidential();
    let answer = ask(way, request, Twice::Same).await;
    let answer = json(&answer.map_err(|failed| Failed {
        uncertain: false,
        ..failed
    })?);
    let token = text(&answer, "/access_token");
    if token.is_empty() {
        let error = Error::new("Reddit gave no token").because(super::ask::said(&answer));
        return Err(error
            .help(format!(
                "see whether `client` and what `{}` holds are right",
                subreddit.login_env
            ))
            .into());
    }
    Ok(token)
}

async fn get(way: Way<'_>, url: Url, token: &str) -> Result<Value> {
    let answer = ask(way, Request::get(url).bearer(token), Twice::Same).await;
    answer
        .map(|answer| json(&answer))
        .map_err(|failed| failed.error)
}

/// What a refusal means: `["RATELIMIT", "You are doing that too much …", "ratelimit"]`.
fn refused(error: &Value) -> Error {
    let (code, words) = (text(error, "/0"), text(error, "/1"));
    let error = Error::new("Reddit refused the post").because(format!("{code}: {words}"));
    match code.as_str() {
        "RATELIMIT" => error.help("run the same command again when the time it names is over"),
        "BAD_CAPTCHA" => error.help(
            "it wants to see a person: post once by hand, and say where with `--posted NAME=ADDRESS`",
        ),
        "ALREADY_SUB" => error.help(
            "somebody posted the address already: say where with `--posted NAME=ADDRESS`",
        ),
        "SUBREDDIT_NOEXIST" | "SUBREDDIT_NOTALLOWED" => {
            error.help("see whether the subreddit is right and lets the account post")
        }
        _ => error,
    }
}

/// Reddit takes titles of at most 300 characters.
fn title(post: &Post) -> String {
    shortened(&plain_line(&post.title), 290, 1_000)
        .chars()
        .take(300)
        .collect()
}

/// The post; its address as people see it.
fn posted(subreddit: &Subreddit, address: &str, id: &str) -> Posted {
    let own = || {
        let number = id.strip_prefix("t3_").unwrap_or(id);
        format!("{SITE}/r/{}/comments/{number}/", subreddit.name)
    };
    let address = match address {
        path if path.starts_with('/') => format!("{SITE}{path}"),
        url if url.contains("/comments/") => url.to_owned(),
        _ => own(),
    };
    Posted {
        address,
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals_say_what_a_person_can_do() {
        let said = |code: &str| refused(&json!([code, "why", "field"])).message();
        assert!(said("RATELIMIT").contains("again when the time it names is over"));
        assert!(said("BAD_CAPTCHA").contains("by hand"));
        assert!(said("ALREADY_SUB").contains("--posted"));
        assert!(said("ODD").contains("ODD: why"));
    }
}
