//! What a reader changes who came by a link in a mail.

use super::super::Server;
use super::super::asked::{Asked, Reply, see};
use super::{gone, on_this_host, page, said};
use crate::error::Result;
use crate::pipeline::public::Wishes;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;

const HELP: &str = "Each of our mails ends with links that open yours.";

/// What somebody gets.
pub(in super::super) async fn preferences(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let Some(person) = server.public.person(&asked.token).await? else {
        return gone(&server, &asked, HELP);
    };
    let leave = server
        .public
        .config()
        .mail
        .unsubscribe
        .replace("{token}", &asked.token);
    let mut data = json!(person);
    data["leave"] = json!(on_this_host(&server, &leave));
    data["account"] = json!(format!("{}/account", server.base));
    data["said"] = match asked.query.one("saved") {
        "" => json!(null),
        _ if person.reads => json!("Saved. It holds from the next issue on."),
        _ => json!("Saved. You get no more mails."),
    };
    page(
        &server,
        StatusCode::OK,
        ("preferences.html", "What you get"),
        (&asked, data),
    )
}

/// Somebody changes that.
pub(in super::super) async fn prefer(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let wishes = Wishes {
        lists: asked.form.all("list").collect(),
        regions: asked.form.all("region").collect(),
        sections: asked.form.all("section").collect(),
        text_only: !asked.form.one("text-only").is_empty(),
    };
    match server
        .public
        .prefer(&asked.token, &wishes, asked.now_s)
        .await?
    {
        true => Ok(see(&format!("{}?saved=1", asked.path))),
        false => gone(&server, &asked, HELP),
    }
}

/// Whether somebody wants to leave: looking changes nothing, since scanners look at every link.
pub(in super::super) async fn leaving(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    if server.public.person(&asked.token).await?.is_none() {
        return gone(&server, &asked, HELP);
    }
    let preferences = server
        .public
        .config()
        .mail
        .preferences
        .replace("{token}", &asked.token);
    let data = json!({ "preferences": on_this_host(&server, &preferences) });
    page(
        &server,
        StatusCode::OK,
        ("unsubscribe.html", "Unsubscribe"),
        (&asked, data),
    )
}

/// Somebody leaves, by the page or by their mail program (RFC 8058), which sends no more than this request.
pub(in super::super) async fn leave(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let one_click = asked.form.one("List-Unsubscribe") == "One-Click";
    let how = if one_click { "one-click" } else { "form" };
    if !server.public.leave(&asked.token, how, asked.now_s).await? {
        return gone(&server, &asked, HELP);
    }
    let text = ["You are unsubscribed. Nothing more will come, unless it is on its way already."];
    said(&server, StatusCode::OK, "Goodbye", &asked, &text)
}
