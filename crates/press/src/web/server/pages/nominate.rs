//! To nominate something that readers choose each week.

use super::super::Server;
use super::super::asked::{Asked, Reply};
use super::{busy, page, said};
use crate::config::{Nominated as Nominates, Vote};
use crate::error::Result;
use crate::pipeline::public::{Nominated, Nomination};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// The forms of all votes.
pub(in super::super) async fn form(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    show(&server, &asked, &Nomination::default(), None)
}

fn show(server: &Server, asked: &Asked, form: &Nomination, mistake: Option<&str>) -> Result<Reply> {
    let config = server.public.config();
    if config.votes.is_empty() {
        let text = ["This newsletter has nothing to vote on."];
        return said(server, StatusCode::NOT_FOUND, "Nominate", asked, &text);
    }
    let vote = |vote: &Vote| -> Value {
        let section = config
            .format
            .sections
            .iter()
            .find(|section| section.id == vote.section);
        let own = form.vote == vote.id;
        json!({
            "id": vote.id,
            "title": section.map_or(vote.id.as_str(), |section| section.title.as_str()),
            "quote": matches!(vote.nominates, Nominates::Quote),
            "form": own.then(|| json!({
                "title": form.title, "url": form.url, "text": form.text, "by": form.by, "name": form.name,
            })),
        })
    };
    let data =
        json!({ "votes": config.votes.iter().map(vote).collect::<Vec<_>>(), "mistake": mistake });
    let status = match mistake {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(server, status, ("nominate.html", "Nominate"), (asked, data))
}

/// Somebody nominates something.
pub(in super::super) async fn nominate(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let given = |name: &str| asked.form.one(name).to_owned();
    let form = Nomination {
        vote: given("vote"),
        title: given("title"),
        url: given("url"),
        text: given("text"),
        by: given("by"),
        name: given("name"),
        own: !asked.form.one("own").is_empty(),
    };
    let taken = if asked.form.one("website").is_empty() {
        server
            .public
            .nominate(&form, asked.from, Timestamp::now())
            .await?
    } else {
        Nominated::Taken
    };
    let text = match taken {
        Nominated::Mistake(mistake) => return show(&server, &asked, &form, Some(&mistake)),
        Nominated::Busy => return busy(&server, &asked),
        Nominated::Taken => "It is on the list for the next issue.",
        Nominated::Known => "You nominated this before; it is on the list.",
    };
    said(&server, StatusCode::OK, "Thank you", &asked, &[text])
}
