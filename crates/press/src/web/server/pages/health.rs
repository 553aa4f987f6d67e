//! Whether the process lives, and whether it can do its work.

use super::super::Server;
use super::super::asked::{Asked, Reply, text};
use crate::error::Result;
use axum::http::StatusCode;
use std::sync::Arc;

/// It lives.
pub(in super::super) async fn alive(_: Arc<Server>, _: Asked) -> Result<Reply> {
    Ok(text(StatusCode::OK, "alive"))
}

/// The database answers too.
pub(in super::super) async fn ready(server: Arc<Server>, _: Asked) -> Result<Reply> {
    Ok(match server.public.is_ready().await {
        Ok(()) => text(StatusCode::OK, "ready"),
        Err(error) => {
            (server.log)(&error.message());
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        }
    })
}
