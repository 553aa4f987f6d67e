//! The answer on a pull request: one comment, written by a template, and edited when there is something else to say.
//!
//! What strangers wrote stands in it only so that it calls nobody, links nothing and shows no picture.

use super::{Desk, Draft, item};
use crate::config::Secrets;
use crate::error::{Error, Place as ErrorPlace, Result};
use crate::http::Http;
use crate::pipeline::build::look::own_files;
use crate::store::{Pull, Submission, submission_token_hash};
use jiff::Timestamp;
use press_core::format::SectionKind;
use press_core::render::theme::{TemplateError, Theme};
use press_core::submission::{Change, Outcome};
use serde::Serialize;
use std::path::Path;

/// By what our comment is known; nobody sees it.
const MARKER: &str = "<!-- press:answer -->";

/// The template.
const TEMPLATE: &str = "pull-request.txt";

/// How to answer.
#[derive(Clone, Copy, Debug)]
pub struct AnswerOptions<'a> {
    /// Only these pull requests; all open ones if there are none.
    pub numbers: &'a [i64],
    /// Give the comments, and write none.
    pub dry_run: bool,
    /// What time it is.
    pub now: Timestamp,
}

/// What became of the answer on a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Its number.
    pub number: i64,
    /// The whole comment.
    pub text: String,
    /// Whether there was something else to say than before.
    pub changed: bool,
}

/// An item, as the template sees it.
#[derive(Serialize)]
struct Shown {
    title: String,
    section: Option<String>,
    state: &'static str,
    issue: Option<i64>,
    moved: bool,
    reason: Option<String>,
    known: Vec<String>,
    cleaned: Vec<ShownClean>,
    findings: Vec<ShownFinding>,
    suggested: Vec<ShownSection>,
}

#[derive(Serialize)]
struct ShownClean {
    what: String,
    to: String,
}

#[derive(Serialize)]
struct ShownFinding {
    rule: String,
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct ShownSection {
    title: String,
    percent: u8,
}

/// All that the template sees.
#[derive(Serialize)]
struct Seen<'a> {
    newsletter: &'a str,
    items: Vec<Shown>,
    obstacle: Option<String>,
    changes: Vec<String>,
}

impl Desk {
    /// Answers on open pull requests, as far as there is something new to say.
    pub async fn answer(
        &self,
        http: &Http,
        secrets: &Secrets,
        options: AnswerOptions<'_>,
    ) -> Result<Vec<Answered>> {
        let forge = self.forge(http, secrets)?;
        let theme = self.theme()?;
        let draft = self.draft()?;
        let mut answered = Vec::new();
        for pull in self.store.open_pulls().await? {
            if !options.numbers.is_empty() && !options.numbers.contains(&pull.number) {
                continue;
            }
            let text = self
                .text(&theme, draft.as_ref(), &pull, options.now)
                .await?;
            let said = submission_token_hash(&text);
            let changed = pull.said.as_deref() != Some(said.as_str());
            if changed && !options.dry_run {
                let comment = match pull.comment {
                    Some(comment) => Some(comment),
                    None => forge.find_comment(pull.number, MARKER).await?,
                };
                let comment = match comment {
                    Some(comment) => {
                        forge.edit_comment(comment, &text).await?;
                        comment
                    }
                    None => forge.comment(pull.number, &text).await?,
                };
                self.store
                    .record_comment(pull.number, comment, &said)
                    .await?;
            }
            answered.push(Answered {
                number: pull.number,
                text,
                changed,
            });
        }
        Ok(answered)
    }

    fn theme(&self) -> Result<Theme> {
        let folder = &self.config().site.theme;
        let own = own_files(folder)?;
        let own = own.into_iter().filter(|(name, _)| name == TEMPLATE);
        Theme::new(own).map_err(|error| mistake(folder, error))
    }

    async fn text(
        &self,
        theme: &Theme,
        draft: Option<&Draft>,
        pull: &Pull,
        now: Timestamp,
    ) -> Result<String> {
        let mut items = Vec::new();
        for submission in self.store.submissions_of_pull(pull.number).await? {
            items.push(self.shown(draft, submission, now).await?);
        }
        let changes: Vec<Change> = serde_json::from_str(&pull.changes).unwrap_or_default();
        let places = changes.iter().map(|change| match &change.place {
            Some(place) => quiet(&place.name()),
            None => "the head of the draft".to_owned(),
        });
        let mut places: Vec<String> = places.collect();
        places.dedup();
        let seen = Seen {
            newsletter: &self.config().newsletter.name,
            items,
            obstacle: pull.obstacle.as_deref().map(quiet),
            changes: places,
        };
        let rendered = theme.render_data(TEMPLATE, &seen);
        let rendered = rendered.map_err(|error| mistake(&self.config().site.theme, error))?;
        Ok(format!("{MARKER}\n{}\n", tight(&rendered)))
    }

    async fn shown(
        &self,
        draft: Option<&Draft>,
        submission: Submission,
        now: Timestamp,
    ) -> Result<Shown> {
        let own = item(&submission)?;
        let status = self.status_of(submission.clone(), now).await?;
        let open = matches!(submission.state.name(), "queued" | "accepted");
        let (mut known, mut cleaned, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut suggested = Vec::new();
        let section = (!own.place.path.is_empty()).then(|| quiet(&own.place.name()));
        if open {
            let links = own.kind == SectionKind::Links;
            let marks = own.main().map_or(Vec::new(), |link| link.marks.clone());
            let place = own.place.id.clone();
            let judged = self.judge(draft, own);
            known.extend(judged.outcome.as_ref().and_then(said));
            cleaned.extend(judged.cleaned.into_iter().map(|one| ShownClean {
                what: quiet(&one.what),
                to: code(&one.to),
            }));
            findings.extend(judged.findings.into_iter().map(|one| ShownFinding {
                rule: one.rule,
                message: quiet(&one.message),
                help: one.help.as_deref().map(quiet),
            }));
            let all = self.suggestions(&submission.title, &submission.url, &marks);
            // Who chose as most did before needs no advice.
            let usual = all
                .first()
                .is_some_and(|first| Some(&first.section) == place.as_ref());
            let all = all.into_iter().filter(|_| links && !usual).take(3);
            suggested.extend(all.map(|one| ShownSection {
                title: quiet(&one.title),
                percent: (one.confidence.clamp(0.0, 1.0) * 100.0).round() as u8,
            }));
        }
        Ok(Shown {
            title: quiet(&submission.title),
            section,
            state: submission.state.name(),
            issue: status.issue,
            moved: status.moved,
            reason: submission.reason.as_deref().map(quiet),
            known,
            cleaned,
            findings,
            suggested,
        })
    }
}

fn mistake(folder: &Path, error: TemplateError) -> Error {
    let path = folder.join(&error.name);
    let place = ErrorPlace::new(&path, &error.source, error.range, error.message);
    Error::new(format!("the template {} has a mistake", error.name)).at(place)
}

/// What would become of an item, if the sender should know.
fn said(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Known { section } => Some(format!(
            "The draft has this link already, in {}.",
            quiet(section)
        )),
        Outcome::NoSection { section } => Some(format!(
            "The draft has no section {}; an editor chooses another one.",
            quiet(section)
        )),
        Outcome::InTheWay => {
            Some("What this changes was changed by somebody else meanwhile.".to_owned())
        }
        _ => None,
    }
}

/// A text of strangers as text: no mention, no reference, no link, no picture, no markup.
fn quiet(text: &str) -> String {
    let mut quiet = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            // A joiner that nobody sees keeps them from being names and numbers.
            '@' | '#' => quiet.extend([sign, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '!' | '|' | '~' | '&' => {
                quiet.extend(['\\', sign]);
            }
            ':' => quiet.extend([':', '\u{2060}']),
            sign if sign.is_control() => quiet.push(' '),
            _ => quiet.push(sign),
        }
    }
    quiet
}

/// The same for what stands between back-ticks.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], " ")
}

/// A text without more than one empty line at a time.
fn tight(text: &str) -> String {
    let mut tight = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tight.extend([line.trim_end(), "\n"]);
        }
    }
    tight.trim_end().to_owned()
}
