//! The editors' desk for programs. Who decides is whose token came; there are no cookies, so no page of another site can
//! act for an editor.

use super::super::super::Server;
use super::super::super::asked::{Asked, Reply, json as data, problem, put};
use super::{absent, body, busy, mistake};
use crate::error::{Error, Fault, Result};
use crate::pipeline::public::Decision;
use axum::http::{StatusCode, header};
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::text::plain_line;
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};
use std::sync::Arc;

/// Longest reason, in characters.
const REASON: usize = 500;

/// The editor whose token came, or why nobody is let in.
async fn editor(server: &Server, asked: &Asked) -> Result<std::result::Result<String, Box<Reply>>> {
    if !server.public.may_try(asked.from, asked.now_s).await? {
        let line = "Too many wrong tokens came from your network in the last hour.";
        return Ok(Err(Box::new(busy(line, 3_600))));
    }
    let given = asked.headers.get(header::AUTHORIZATION);
    let given = given.and_then(|given| given.to_str().ok());
    let token = given.and_then(|given| given.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let wrong = |line: &str| {
        let mut reply = problem(StatusCode::UNAUTHORIZED, line);
        put(&mut reply, header::WWW_AUTHENTICATE, "Bearer");
        Ok(Err(Box::new(reply)))
    };
    let Some((_, token)) = token else {
        return wrong("This is for editors: send your token as `Authorization: Bearer TOKEN`.");
    };
    match server.editors.find(token.trim()) {
        Some(name) => Ok(Ok(name.to_owned())),
        None => {
            server.public.count_wrong(asked.from, asked.now_s).await?;
            wrong("This is no editor's token.")
        }
    }
}

/// Lets an editor in, or answers.
macro_rules! editor {
    ($server:expr, $asked:expr) => {
        match editor(&$server, &$asked).await? {
            Ok(name) => name,
            Err(reply) => return Ok(*reply),
        }
    };
}

/// What came with it, or answers.
macro_rules! body {
    ($asked:expr) => {
        match body(&$asked) {
            Ok(body) => body,
            Err(reply) => return Ok(*reply),
        }
    };
}

/// The number in the address.
fn id(asked: &Asked) -> Option<i64> {
    let plain =
        asked.token.bytes().all(|byte| byte.is_ascii_digit()) && !asked.token.starts_with('0');
    plain.then(|| asked.token.parse().ok()).flatten()
}

fn nothing() -> Reply {
    absent("There is nothing of this number.")
}

/// What was done, or why not. Only what is nobody's doing who asked is an error of ours.
fn answer(done: Result<impl Serialize>) -> Result<Reply> {
    match done {
        Ok(done) => Ok(data(StatusCode::OK, &json!(done))),
        Err(error) => refusal(error),
    }
}

fn refusal(error: Error) -> Result<Reply> {
    let line = format!("{}.", error.what());
    match error.fault() {
        Fault::Absent => Ok(absent(&line)),
        Fault::Refused => Ok(problem(StatusCode::CONFLICT, &line)),
        Fault::World => Err(error),
    }
}

/// What waits.
pub(in super::super::super) async fn inbox(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    editor!(server, asked);
    let given: Vec<String> = asked.query.all("all").collect();
    let all = match given.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["false"] => false,
        ["true"] => true,
        _ => return Ok(mistake("`all` is `true` or `false`.")),
    };
    let inbox = server.public.inbox(all, Timestamp::now()).await?;
    Ok(data(StatusCode::OK, &json!({ "inbox": inbox })))
}

/// One submission.
pub(in super::super::super) async fn submission(
    server: Arc<Server>,
    asked: Asked,
) -> Result<Reply> {
    editor!(server, asked);
    match id(&asked) {
        Some(id) => answer(server.public.entry(id).await),
        None => Ok(nothing()),
    }
}

/// One candidate.
pub(in super::super::super) async fn candidate(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    editor!(server, asked);
    match id(&asked) {
        Some(id) => answer(server.public.candidate(id, Timestamp::now()).await),
        None => Ok(nothing()),
    }
}

/// What is decided about.
#[derive(Clone, Copy)]
enum What {
    Submission,
    Candidate,
}

async fn decide(
    (server, asked): (&Server, &Asked),
    what: What,
    decision: Decision,
    who: &str,
) -> Result<Reply> {
    let Some(id) = id(asked) else {
        return Ok(nothing());
    };
    let now = Timestamp::now();
    match what {
        What::Submission => answer(server.public.decide(id, &decision, who, now).await),
        What::Candidate => answer(server.public.choose(id, &decision, who, now).await),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Into {
    #[serde(default)]
    section: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Perhaps {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    #[serde(default)]
    to: Option<Number>,
}

/// A whole number, which JSON may write as `7.0` too.
fn whole(number: &Number) -> Option<i64> {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Until {
    until: Date,
}

/// The section that is named, unless that is longer than any.
fn section(into: Into) -> std::result::Result<Option<String>, Box<Reply>> {
    match into.section {
        Some(long) if long.chars().count() > 200 => {
            Err(Box::new(mistake("No section is called that.")))
        }
        section => Ok(section),
    }
}

/// It is to go into the draft.
async fn accepted(server: Arc<Server>, asked: Asked, what: What) -> Result<Reply> {
    let who = editor!(server, asked);
    match section(body!(asked)) {
        Ok(section) => decide((&server, &asked), what, Decision::Accept(section), &who).await,
        Err(reply) => Ok(*reply),
    }
}

/// It is for a later issue.
async fn moved(server: Arc<Server>, asked: Asked, what: What) -> Result<Reply> {
    let who = editor!(server, asked);
    let to: To = body!(asked);
    let number = to.to.as_ref().map(whole);
    let good = |number: &i64| (1..=1_000_000).contains(number);
    if number.is_some_and(|number| number.as_ref().is_none_or(|number| !good(number))) {
        return Ok(mistake("Issues have numbers from 1 to 1000000."));
    }
    let decision = Decision::Move(number.flatten());
    decide((&server, &asked), what, decision, &who).await
}

/// It rests.
async fn snoozed(server: Arc<Server>, asked: Asked, what: What) -> Result<Reply> {
    let who = editor!(server, asked);
    let until: Until = body!(asked);
    decide((&server, &asked), what, Decision::Snooze(until.until), &who).await
}

/// A submission is not wanted.
pub(in super::super::super) async fn decline(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    let who = editor!(server, asked);
    let why: Why = body!(asked);
    let reason = plain_line(&why.reason);
    if reason.is_empty() || why.reason.chars().count() > REASON {
        return Ok(mistake(
            "Say why, in at most 500 characters: senders see it.",
        ));
    }
    let decision = Decision::Decline(reason);
    decide((&server, &asked), What::Submission, decision, &who).await
}

/// Nobody wants a candidate.
pub(in super::super::super) async fn drop_candidate(
    server: Arc<Server>,
    asked: Asked,
) -> Result<Reply> {
    let who = editor!(server, asked);
    let why: Perhaps = body!(asked);
    let reason = why.reason.unwrap_or_default();
    if reason.chars().count() > REASON {
        return Ok(mistake("A reason has at most 500 characters."));
    }
    let decision = Decision::Decline(plain_line(&reason));
    decide((&server, &asked), What::Candidate, decision, &who).await
}

/// The same decision about the one and the other.
macro_rules! both {
    ($($submission:ident, $candidate:ident = $answer:ident;)+) => {$(
        pub(in super::super::super) async fn $submission(server: Arc<Server>, asked: Asked) -> Result<Reply> {
            $answer(server, asked, What::Submission).await
        }

        pub(in super::super::super) async fn $candidate(server: Arc<Server>, asked: Asked) -> Result<Reply> {
            $answer(server, asked, What::Candidate).await
        }
    )+};
}

both! {
    accept, take = accepted;
    move_on, move_candidate = moved;
    snooze, snooze_candidate = snoozed;
}

/// The votes, counted.
pub(in super::super::super) async fn tally(server: Arc<Server>, asked: Asked) -> Result<Reply> {
    editor!(server, asked);
    let told = server.public.tallies().await;
    answer(told.map(|votes| json!({ "votes": votes })))
}
