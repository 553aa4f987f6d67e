//! Services that tell what came back, and the forge, which tells of pull requests.

use super::super::Server;
use super::super::asked::{Asked, Reply, put, text};
use crate::error::Result;
use crate::pipeline::submissions::{Believed, Delivery};
use crate::pipeline::webhooks::{Heard, Refusal, Request};
use axum::http::{StatusCode, header};
use jiff::Timestamp;
use std::sync::Arc;

/// A service tells something. Its answer is short: services read the status only.
pub(in super::super) async fn hear(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    if let Some(reply) = of_forge(&server, &asked).await? {
        return Ok(reply);
    }
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

/// What the forge delivers, if the webhook is of its kind. Reading a pull request takes longer than the forge waits, so it
/// is answered first.
async fn of_forge(server: &Arc<Server>, asked: &Asked) -> Result<Option<Reply>> {
    let header = |name: &str| {
        let value = asked.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let delivery = Delivery {
        event: header("x-github-event"),
        id: header("x-github-delivery"),
        signature: header("x-hub-signature-256"),
        body: &asked.body,
    };
    let now = Timestamp::now();
    let believed = server
        .public
        .believe(&server.forge, &asked.token, delivery, now);
    let Some(believed) = believed.await? else {
        return Ok(None);
    };
    Ok(Some(match believed {
        Believed::Unsigned => text(StatusCode::FORBIDDEN, "the signature is wrong"),
        Believed::Repeated => text(StatusCode::OK, "known already"),
        Believed::Ignored => text(StatusCode::OK, "nothing that concerns us"),
        Believed::Pull(number) => {
            let (server, id) = (Arc::clone(server), delivery.id.to_owned());
            let all = Arc::clone(&server);
            all.errands.begin(read(server, id, number)).await;
            text(StatusCode::ACCEPTED, "it will be read")
        }
    }))
}

async fn read(server: Arc<Server>, id: String, number: i64) {
    let heeded = server
        .public
        .heed(&server.forge, (&id, number), Timestamp::now());
    if let Err(error) = heeded.await {
        (server.log)(&format!("pull request {number}: {}", error.message()));
    }
}
