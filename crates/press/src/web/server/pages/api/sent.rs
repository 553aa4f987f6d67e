//! What programs send for readers: links, and nominations.

use super::super::super::Server;
use super::super::super::asked::{Asked, Reply, json as data, problem, put};
use super::{absent, body, busy, mistake};
use crate::error::Result;
use crate::pipeline::public::{Nominated, Nomination};
use crate::pipeline::submissions::{Answer, Origin, Sent};
use axum::body::Body;
use axum::http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// Somebody sends a link.
pub(in super::super::super) async fn submit(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let sent: Sent = match body(&asked) {
        Ok(sent) => sent,
        Err(reply) => return Ok(*reply),
    };
    let who = (Origin::Api, asked.from);
    Ok(
        match server.public.submit(&sent, who, Timestamp::now()).await? {
            Answer::Received(receipt) => {
                let mut reply = data(StatusCode::CREATED, &json!(receipt));
                let place = format!("{}/api/submissions/{}", server.base, receipt.token);
                put(&mut reply, header::LOCATION, &place);
                reply
            }
            Answer::Known(already) => data(StatusCode::OK, &json!(already)),
            Answer::Refused(refusal) => match (refusal.field, refusal.retry_after_s) {
                (Some(field), _) => about(&field, &refusal.message),
                (None, Some(wait_s)) => busy(&refusal.message, wait_s),
                (None, None) => mistake(&refusal.message),
            },
        },
    )
}

/// A mistake in one field.
fn about(field: &str, message: &str) -> Reply {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut reply = problem(status, message);
    let told = json!({
        "title": status.canonical_reason(), "status": status.as_u16(), "detail": message, "field": field,
    });
    *reply.body_mut() = Body::from(told.to_string());
    reply
}

/// How something stands that was sent.
pub(in super::super::super) async fn status(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let found = server
        .public
        .submission(&asked.token, Timestamp::now())
        .await?;
    Ok(match found {
        Some(status) => data(StatusCode::OK, &json!(status)),
        None => absent("No submission has this token."),
    })
}

/// What readers nominate for the next issue.
pub(in super::super::super) async fn votes(server: Arc<Server>, _: Asked) -> Result<Reply> {
    let votes = server.public.votes().await?;
    Ok(data(StatusCode::OK, &json!({ "votes": votes })))
}

/// Somebody nominates something.
pub(in super::super::super) async fn nominate(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let form: Nomination = match body(&asked) {
        Ok(form) => form,
        Err(reply) => return Ok(*reply),
    };
    let taken = server
        .public
        .nominate(&form, asked.from, Timestamp::now())
        .await?;
    let said = |status, line: &str| data(status, &json!({ "detail": line }));
    Ok(match taken {
        Nominated::Taken => said(StatusCode::CREATED, "It is on the list for the next issue."),
        Nominated::Known => said(
            StatusCode::OK,
            "You nominated this before; it is on the list.",
        ),
        Nominated::Mistake(line) => mistake(&line),
        Nominated::Busy => busy(
            "Too much has come from your network in the last hour.",
            3_600,
        ),
    })
}
