//! The pages, each a thin hand between a request and what the pipeline does.

pub(super) mod account;
pub(super) mod health;
pub(super) mod nominate;
pub(super) mod person;
pub(super) mod submit;
pub(super) mod subscribe;

use super::Server;
use super::asked::{Asked, Reply, html};
use crate::error::Result;
use crate::pipeline::public::Shown;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A page of the theme.
fn page(
    server: &Server,
    status: StatusCode,
    (template, title): (&str, &str),
    (asked, data): (&Asked, Value),
) -> Result<Reply> {
    let page = server.public.look().page(Shown {
        template,
        title,
        url: &asked.path,
        data,
    })?;
    Ok(html(status, page))
}

/// A page with a few sentences.
fn said(
    server: &Server,
    status: StatusCode,
    title: &str,
    asked: &Asked,
    text: &[&str],
) -> Result<Reply> {
    let data = json!({ "said": text });
    page(server, status, ("said.html", title), (asked, data))
}

/// For a link that opens nothing: mistyped, used up, or the person is gone.
fn gone(server: &Server, asked: &Asked, help: &str) -> Result<Reply> {
    let text = [
        "Perhaps it was cut off when it was copied, or it is too old.",
        help,
    ];
    said(
        server,
        StatusCode::NOT_FOUND,
        "This link opens nothing",
        asked,
        &text,
    )
}

/// For those who come too often.
fn busy(server: &Server, asked: &Asked) -> Result<Reply> {
    let text = [
        "Too many have asked in the last hour, from your network or in all. Please come again in an hour.",
    ];
    let mut reply = said(
        server,
        StatusCode::TOO_MANY_REQUESTS,
        "One moment, please",
        asked,
        &text,
    )?;
    super::asked::put(&mut reply, axum::http::header::RETRY_AFTER, "3600");
    Ok(reply)
}

/// An address of ours without scheme and host, so that it leads to where the reader is.
fn on_this_host(server: &Server, url: &str) -> String {
    let origin = server.public.config().base().0;
    let own = url
        .strip_prefix(origin)
        .filter(|rest| rest.starts_with('/'));
    own.unwrap_or(url).to_owned()
}
