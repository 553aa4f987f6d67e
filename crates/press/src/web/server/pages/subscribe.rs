//! To ask for a list, and to confirm that.

use super::super::Server;
use super::super::asked::{Asked, Reply};
use super::{busy, gone, page, said};
use crate::error::Result;
use crate::pipeline::public::{Answer, Form};
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// The form, empty.
pub(in super::super) async fn form(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    show(&server, &asked, &Form::default(), None)
}

fn show(server: &Server, asked: &Asked, form: &Form, mistake: Option<&str>) -> Result<Reply> {
    let config = server.public.config();
    let list = |(at, list): (usize, &crate::config::List)| {
        json!({
            "id": list.id, "name": list.name, "description": list.description,
            "chosen": if mistake.is_some() { form.lists.contains(&list.id) } else { at == 0 },
        })
    };
    let challenge = server.public.challenge(asked.now_s);
    let data = json!({
        "lists": config.lists.iter().enumerate().map(list).collect::<Vec<_>>(),
        "address": form.address,
        "mistake": mistake,
        "challenge": challenge.as_ref().map(|challenge| &challenge.text),
        "bits": challenge.as_ref().map(|challenge| challenge.bits),
        "proof": server.public.look().proof(),
        "privacy": config.server.privacy.as_ref().map(|url| config.on_site(url)),
        "account": format!("{}/account", server.base),
    });
    let status = match mistake {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(
        server,
        status,
        ("subscribe.html", "Subscribe"),
        (asked, data),
    )
}

/// Somebody sends the form.
pub(in super::super) async fn sign_up(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let form = Form {
        address: asked.form.one("address").to_owned(),
        lists: asked.form.all("list").collect(),
        website: asked.form.one("website").to_owned(),
        challenge: asked.form.one("challenge").to_owned(),
        nonce: asked.form.one("nonce").to_owned(),
    };
    match server
        .public
        .sign_up(&form, asked.from, asked.now_s)
        .await?
    {
        Answer::Mistake(mistake) => show(&server, &asked, &form, Some(&mistake)),
        Answer::Busy => busy(&server, &asked),
        Answer::Taken => {
            server.written.notify_one();
            let text = [
                "We have sent you a letter. Open the link in it and say yes; then you are subscribed.",
                "Nothing there? Look where your mailbox keeps what it takes for spam. There is at most one such letter a day.",
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

/// Whether it was really them.
pub(in super::super) async fn question(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let config = server.public.config();
    match server.public.question(&asked.token, asked.now_s).await? {
        None => gone(&server, &asked, "You can subscribe again at any time."),
        Some((lists, _)) => {
            let lists: Vec<_> = lists.iter().map(|name| json!({ "name": name })).collect();
            let data = json!({
                "lists": lists, "days": config.server.unconfirmed_days,
                "privacy": config.server.privacy.as_ref().map(|url| config.on_site(url)),
            });
            let title = "Was it you?";
            page(
                &server,
                StatusCode::OK,
                ("confirm.html", title),
                (&asked, data),
            )
        }
    }
}

/// It was.
pub(in super::super) async fn confirm(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let Some((token, lists)) = server.public.confirm(&asked.token, asked.now_s).await? else {
        return gone(&server, &asked, "You can subscribe again at any time.");
    };
    let names = lists.join(" and ");
    let preferences = server
        .public
        .config()
        .mail
        .preferences
        .replace("{token}", &token);
    let data = json!({
        "said": [format!("You will get {names} from the next issue on.")],
        "link": { "url": super::on_this_host(&server, &preferences), "title": "Choose regions and sections" },
    });
    page(
        &server,
        StatusCode::OK,
        ("said.html", "You are subscribed"),
        (&asked, data),
    )
}
