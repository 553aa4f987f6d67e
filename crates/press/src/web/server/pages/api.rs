//! The interface for programs: JSON in, JSON out, problems as RFC 9457 has them.
//!
//! [`description::OPERATIONS`] is the table of what there is, from which the published description is made; a row there and
//! a row in the table of routes belong together.

pub(in super::super) mod description;
pub(in super::super) mod desk;
pub(in super::super) mod search;
pub(in super::super) mod sent;

use super::super::Server;
use super::super::asked::{Asked, Reply, json as data, problem, put};
use crate::error::Result;
use crate::pipeline::public::{Answer, Form};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;

/// All of it, as OpenAPI 3.1 describes it.
pub(in super::super) async fn description(server: Arc<Server>, _: Asked) -> Result<Reply> {
    Ok(data(
        StatusCode::OK,
        &description::describe(server.public.config()),
    ))
}

/// The lists that people subscribe to.
pub(in super::super) async fn lists(server: Arc<Server>, _: Asked) -> Result<Reply> {
    let lists = server.public.config().lists.iter();
    let list = |list: &crate::config::List| json!({ "id": list.id, "name": list.name, "description": list.description });
    Ok(data(
        StatusCode::OK,
        &json!({ "lists": lists.map(list).collect::<Vec<_>>() }),
    ))
}

/// What a program works on before it sends a form.
pub(in super::super) async fn challenge(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let challenge = server.public.challenge(asked.now_s);
    Ok(data(
        StatusCode::OK,
        &match challenge {
            Some(challenge) => json!({ "challenge": challenge.text, "bits": challenge.bits }),
            None => json!({ "challenge": "", "bits": 0 }),
        },
    ))
}

/// A body as it was described, or the problem with it.
fn body<T: DeserializeOwned>(asked: &Asked) -> std::result::Result<T, Box<Reply>> {
    let kind = asked.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let line = "The body must be JSON, and Content-Type say so.";
        return Err(Box::new(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, line)));
    }
    serde_json::from_slice(&asked.body).map_err(|mistake| {
        Box::new(match mistake.classify() {
            serde_json::error::Category::Data => problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                &format!("The body is not as described: {mistake}."),
            ),
            _ => problem(
                StatusCode::BAD_REQUEST,
                &format!("The body is no JSON: {mistake}."),
            ),
        })
    })
}

/// Something in the body must be mended.
fn mistake(line: &str) -> Reply {
    problem(StatusCode::UNPROCESSABLE_ENTITY, line)
}

/// What is asked for is not there.
fn absent(line: &str) -> Reply {
    problem(StatusCode::NOT_FOUND, line)
}

/// Too much came.
fn busy(line: &str, wait_s: i64) -> Reply {
    let mut reply = problem(StatusCode::TOO_MANY_REQUESTS, line);
    put(&mut reply, header::RETRY_AFTER, &wait_s.to_string());
    reply
}

/// Somebody who wants to subscribe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    address: String,
    lists: Vec<String>,
    #[serde(default)]
    challenge: String,
    #[serde(default)]
    nonce: String,
}

/// Somebody asks for lists; a letter asks whether it was they.
pub(in super::super) async fn subscribe(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let wish: Wish = match body(&asked) {
        Ok(wish) => wish,
        Err(reply) => return Ok(*reply),
    };
    if wish.lists.is_empty() {
        return Ok(mistake("Choose at least one list."));
    }
    if wish.challenge.chars().count() > description::CHALLENGE
        || wish.nonce.chars().count() > description::NONCE
    {
        return Ok(mistake("The proof is longer than any proof."));
    }
    let form = Form {
        address: wish.address,
        lists: wish.lists,
        website: String::new(),
        challenge: wish.challenge,
        nonce: wish.nonce,
    };
    Ok(
        match server
            .public
            .sign_up(&form, asked.from, asked.now_s)
            .await?
        {
            Answer::Mistake(line) => mistake(&line),
            Answer::Busy => {
                let line = "Too many have asked in the last hour, from your network or in all.";
                busy(line, 3_600)
            }
            Answer::Taken => {
                server.written.notify_one();
                let line = "If the address is one, a letter asks there whether to subscribe. There is at most one a day.";
                data(StatusCode::ACCEPTED, &json!({ "detail": line }))
            }
        },
    )
}
