//! Services that tell what came back.

use super::super::Server;
use super::super::asked::{Asked, Reply, put, text};
use crate::error::Result;
use crate::pipeline::webhooks::{Heard, Refusal, Request};
use axum::http::{StatusCode, header};
use std::sync::Arc;

/// A service tells something. Its answer is short: services read the status only.
pub(in super::super) async fn hear(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let header = |name: &str| {
        asked
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let request = Request {
        body: &asked.body,
        header: &header,
        now_s: asked.now_s,
    };
    let refusal = match server.webhooks.hear(&asked.token, request).await? {
        Heard::Unknown => return Ok(text(StatusCode::NOT_FOUND, "there is no such webhook")),
        Heard::Taken(_) => return Ok(text(StatusCode::OK, "written down")),
        Heard::Again => return Ok(text(StatusCode::OK, "known already")),
        Heard::Refused(refusal) => refusal,
    };
    Ok(match refusal {
        Refusal::NoProof => {
            let mut reply = text(StatusCode::UNAUTHORIZED, "the password is missing or wrong");
            put(
                &mut reply,
                header::WWW_AUTHENTICATE,
                "Basic realm=\"webhook\"",
            );
            reply
        }
        Refusal::Forged(why) => text(StatusCode::FORBIDDEN, why),
        Refusal::Stale => text(
            StatusCode::FORBIDDEN,
            "the message is too old, or a clock is wrong",
        ),
        Refusal::Garbled(why) => text(StatusCode::BAD_REQUEST, why),
        Refusal::Later(why) => {
            (server.log)(&format!("webhook {}: {why}", asked.token));
            let mut reply = text(StatusCode::SERVICE_UNAVAILABLE, "please say it again later");
            put(&mut reply, header::RETRY_AFTER, "60");
            reply
        }
    })
}
