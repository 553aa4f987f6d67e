//! A reader's own page: opened by a letter, for a day.

use super::super::Server;
use super::super::asked::{Asked, Reply, json as data_for_machines, put};
use super::{busy, gone, on_this_host, page, said};
use crate::error::Result;
use crate::pipeline::public::{Answer, Form};
use axum::http::{StatusCode, header};
use serde_json::json;
use std::sync::Arc;

const TITLE: &str = "Your page";
const HELP: &str = "Ask for a new letter.";

/// Asks for the address to which the letter goes.
pub(in super::super) async fn form(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    page(
        &server,
        StatusCode::OK,
        ("account.html", TITLE),
        (&asked, json!({})),
    )
}

/// Somebody gives it.
pub(in super::super) async fn ask(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let form = Form {
        address: asked.form.one("address").to_owned(),
        website: asked.form.one("website").to_owned(),
        ..Form::default()
    };
    match server
        .public
        .ask_for_account(&form, asked.from, asked.now_s)
        .await?
    {
        Answer::Mistake(mistake) => {
            let data = json!({ "mistake": mistake, "address": form.address });
            page(
                &server,
                StatusCode::UNPROCESSABLE_ENTITY,
                ("account.html", TITLE),
                (&asked, data),
            )
        }
        Answer::Busy => busy(&server, &asked),
        Answer::Taken => {
            server.written.notify_one();
            let text = [
                "If we know the address, a letter is on its way to it. There is at most one a day.",
            ];
            said(
                &server,
                StatusCode::OK,
                "Look into your mailbox",
                &asked,
                &text,
            )
        }
    }
}

/// All that is known.
pub(in super::super) async fn show(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let Some(account) = server.public.account(&asked.token, asked.now_s).await? else {
        return gone(&server, &asked, HELP);
    };
    let preferences = server
        .public
        .config()
        .mail
        .preferences
        .replace("{token}", &account.token);
    let data = json!({
        "person": { "address": account.address, "rows": account.rows },
        "export": format!("{}/export", asked.path.trim_end_matches('/')),
        "erase": format!("{}/erase", asked.path.trim_end_matches('/')),
        "preferences": on_this_host(&server, &preferences),
    });
    page(
        &server,
        StatusCode::OK,
        ("account.html", TITLE),
        (&asked, data),
    )
}

/// The same as a file.
pub(in super::super) async fn export(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let Some(account) = server.public.account(&asked.token, asked.now_s).await? else {
        return gone(&server, &asked, HELP);
    };
    let mut reply = data_for_machines(StatusCode::OK, &account.export);
    put(
        &mut reply,
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"my-data.json\"",
    );
    Ok(reply)
}

/// Forgets the person.
pub(in super::super) async fn erase(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    if asked.form.one("sure") != "yes" {
        let text = ["Nothing was deleted: go back and tick that you are sure."];
        return said(
            &server,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Are you sure?",
            &asked,
            &text,
        );
    }
    if !server.public.erase(&asked.token, asked.now_s).await? {
        return gone(&server, &asked, HELP);
    }
    let text = ["Everything that we knew of you is deleted."];
    said(&server, StatusCode::OK, "You are forgotten", &asked, &text)
}
