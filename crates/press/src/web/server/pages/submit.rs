//! To send a link, and to see what becomes of it.

use super::super::Server;
use super::super::asked::{Asked, Reply, put};
use super::{busy, gone, page, said};
use crate::error::Result;
use crate::pipeline::submissions::{
    Already, Answer, Origin, Refusal, Sent, Status, SubmissionState,
};
use axum::http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

const TITLE: &str = "Send a link";

/// The form, empty or with what a bookmark brings along.
pub(in super::super) async fn form(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let sent = Sent {
        url: asked.query.one("url").to_owned(),
        title: asked.query.one("title").to_owned(),
        ..Sent::default()
    };
    show(&server, &asked, &sent, None)
}

fn show(server: &Server, asked: &Asked, sent: &Sent, refusal: Option<&Refusal>) -> Result<Reply> {
    let first = |text: &str| {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    let data = json!({
        "sent": sent,
        "unknown": asked.form.one("machine") == "unknown",
        "sections": server.public.sections_for_links(),
        "mistake": refusal.map(|refusal| format!("{}.", first(&refusal.message))),
        "wrong": refusal.and_then(|refusal| refusal.field.as_ref()),
    });
    let status = match refusal {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(server, status, ("submit.html", TITLE), (asked, data))
}

/// Somebody sends it.
pub(in super::super) async fn send(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let given =
        |name: &str| Some(asked.form.one(name).to_owned()).filter(|text| !text.trim().is_empty());
    let sent = Sent {
        url: asked.form.one("url").to_owned(),
        title: asked.form.one("title").to_owned(),
        section: given("section"),
        marks: Vec::new(),
        note: given("note"),
        contact: given("contact"),
        machine_written: match asked.form.one("machine") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    };
    if !asked.form.one("website").is_empty() {
        let text = ["It waits for the editors."];
        return said(&server, StatusCode::OK, "Thank you", &asked, &text);
    }
    let now = Timestamp::now();
    match server
        .public
        .submit(&sent, (Origin::Form, asked.from), now)
        .await?
    {
        Answer::Refused(refusal) if refusal.retry_after_s.is_some() && refusal.field.is_none() => {
            let mut reply = busy(&server, &asked)?;
            let wait_s = refusal.retry_after_s.unwrap_or(3_600).to_string();
            put(&mut reply, header::RETRY_AFTER, &wait_s);
            Ok(reply)
        }
        Answer::Refused(refusal) => show(&server, &asked, &sent, Some(&refusal)),
        Answer::Known(already) => {
            let (text, status) = (known(&already), StatusCode::OK);
            said(&server, status, "We know it already", &asked, &[&text])
        }
        Answer::Received(receipt) => {
            let mut data = standing(&receipt.status);
            data["here"] = json!(format!("{}/submissions/{}", server.base, receipt.token));
            data["cleaned"] = json!(receipt.cleaned);
            data["findings"] = json!(receipt.findings);
            data["suggested"] = match receipt.status.section {
                Some(_) => json!([]),
                None => json!(receipt.suggested),
            };
            page(
                &server,
                StatusCode::OK,
                ("submission.html", "Thank you"),
                (&asked, data),
            )
        }
    }
}

/// Where a page is known from.
fn known(already: &Already) -> String {
    match already {
        Already::Published {
            issue: Some(number),
            date,
            title,
        } => {
            format!("It was in issue {number} of {date}, as “{title}”.")
        }
        Already::Published {
            issue: None,
            date,
            title,
        } => format!("It was in the issue of {date}, as “{title}”."),
        Already::InDraft { section } => {
            format!("It stands in the next issue already, under “{section}”.")
        }
        Already::Submitted {
            issue: Some(number),
        } => format!("Somebody sent it before you; it waits for issue {number}."),
        Already::Submitted { issue: None } => {
            "Somebody sent it before you; it waits for the editors.".to_owned()
        }
    }
}

/// What a page of a submission shows.
fn standing(status: &Status) -> Value {
    let issue = status.issue.map_or_else(
        || "the next issue".to_owned(),
        |issue| format!("issue {issue}"),
    );
    let words = match status.state {
        SubmissionState::Queued if status.moved => {
            format!("It came after the deadline, and now waits for {issue}.")
        }
        SubmissionState::Queued => {
            format!("It waits for {issue}; the editors have not decided yet.")
        }
        SubmissionState::Accepted => format!("It was accepted for {issue}."),
        SubmissionState::Placed => format!("It stands in the draft of {issue}."),
        SubmissionState::Declined => match &status.reason {
            Some(reason) => format!("It was declined: {reason}."),
            None => "It was declined.".to_owned(),
        },
        SubmissionState::Withdrawn => "Its sender took it back.".to_owned(),
    };
    let history: Vec<Value> = status
        .history
        .iter()
        .map(|one| {
            json!({
                "at": one.at.to_string(), "day": one.at.strftime("%Y-%m-%d").to_string(),
                "what": one.what, "detail": one.detail,
            })
        })
        .collect();
    json!({ "standing": words, "status": status, "history": history })
}

/// How something stands that was sent.
pub(in super::super) async fn status(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    match server
        .public
        .submission(&asked.token, Timestamp::now())
        .await?
    {
        Some(status) => {
            let data = standing(&status);
            page(
                &server,
                StatusCode::OK,
                ("submission.html", "Your link"),
                (&asked, data),
            )
        }
        None => gone(
            &server,
            &asked,
            "The address was shown once, when the link was sent.",
        ),
    }
}
