//! How far the newest draft is: what `press status` shows.

use super::standing;
use super::texts::Texts;
use crate::config::Config;
use crate::error::Result;
use crate::newsletter;
use crate::pipeline::check::Checker;
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::diagnostic::{Diagnostic, Level};
use press_core::draft::board::{self, Filler, Row, State, Task};
use press_core::issue::Issue;
use serde::Serialize;
use std::path::PathBuf;

/// The readiness board of a draft.
#[derive(Debug, Serialize)]
pub struct Board {
    /// The draft's file.
    pub path: PathBuf,
    /// Its title.
    pub title: Option<String>,
    /// Its number.
    pub number: Option<u32>,
    /// The day of publication.
    pub date: Option<Date>,
    /// When it should be out.
    pub publication: Option<Publication>,
    /// Its sections, those that are missing at the end.
    pub sections: Vec<Row>,
    /// Findings that must be mended, in all of the text.
    pub to_mend: usize,
    /// Findings to look at.
    pub to_look_at: usize,
    /// What somebody should know of its day, and of drafts beside it.
    pub notes: Vec<String>,
    /// Who must do what.
    pub next: Vec<Task>,
    /// Whether nothing is left but finishing and publishing.
    pub ready: bool,
}

/// When a draft should be out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// The moment, in UTC.
    pub at: Timestamp,
    /// The newsletter's time zone.
    pub timezone: String,
    /// Whether the moment has passed.
    pub late: bool,
    /// Whole days until then, or since then.
    pub days: i64,
    /// Whole hours beside the days.
    pub hours: i64,
}

impl Publication {
    fn new(config: &Config, date: Date, now: Timestamp) -> Option<Publication> {
        let schedule = config.schedule.as_ref();
        let time = schedule.map_or(jiff::civil::Time::midnight(), |schedule| schedule.time);
        let at = date
            .to_datetime(time)
            .to_zoned(config.timezone.clone())
            .ok()?;
        let at = at.timestamp();
        let minutes = at.as_second().saturating_sub(now.as_second()) / 60;
        let hours = minutes.abs() / 60;
        Some(Publication {
            at,
            timezone: config.timezone.iana_name().unwrap_or("UTC").to_owned(),
            late: now > at,
            days: hours / 24,
            hours: hours % 24,
        })
    }
}

/// The board of the newest draft, at the moment `now`.
pub fn status(config: Config, now: Timestamp) -> Result<Board> {
    let texts = Texts::list(&config)?;
    let path = texts.newest_draft(&config)?.path.clone();
    let passed_over = texts.passed_over(&path);
    let text = newsletter::read(&path)?;
    let checker = Checker::open(config)?;
    let config = &checker.config;
    let report = checker.judge(&path, &text);
    let issue = Issue::parse(&text, &config.format);
    let sections = rows(config, &issue, &report.findings);
    let count = |level| {
        report
            .findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let masthead = &issue.masthead;
    let to_mend = count(Level::Deny);
    let mut notes = notes(config, &issue, &text);
    let well = notes.is_empty();
    notes.extend(passed_over);
    Ok(Board {
        ready: to_mend == 0 && well && !sections.iter().any(is_open),
        next: board::tasks(&sections),
        title: masthead.title.clone(),
        number: masthead.number,
        date: masthead.date,
        publication: masthead
            .date
            .and_then(|date| Publication::new(config, date, now)),
        sections,
        to_mend,
        to_look_at: count(Level::Warn),
        notes,
        path,
    })
}

fn rows(config: &Config, issue: &Issue, findings: &[Diagnostic]) -> Vec<Row> {
    let fillers: Vec<Filler> = config
        .filling
        .iter()
        .map(|filling| Filler {
            owner: filling.owner.clone(),
            collected: filling.collected,
        })
        .collect();
    board::rows(&board::Draft {
        issue,
        format: &config.format,
        standing: &standing(config, issue.text()),
        fillers: &fillers,
        findings,
    })
}

/// The sections of a text that somebody still has to fill, by title.
pub(in crate::pipeline) fn open_sections(
    config: &Config,
    text: &str,
    findings: &[Diagnostic],
) -> Vec<String> {
    let issue = Issue::parse(text, &config.format);
    let rows = rows(config, &issue, findings).into_iter();
    rows.filter(is_open).map(|row| row.title).collect()
}

/// Whether somebody still has to do something.
fn is_open(row: &Row) -> bool {
    matches!(row.state, State::Waiting | State::Missing)
}

/// What is wrong with the draft as a whole: its day, its number, its blocks.
fn notes(config: &Config, issue: &Issue, text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let masthead = &issue.masthead;
    if let (Some(schedule), Some(date)) = (&config.schedule, masthead.date) {
        match (schedule.number(date), masthead.number) {
            (None, _) => notes.push(format!(
                "no issue appears on {date}: issues appear {}",
                schedule.describe()
            )),
            (Some(planned), Some(number)) if planned != number => {
                notes.push(format!(
                    "it has the number {number}; the issue of {date} is {planned}"
                ));
            }
            _ => {}
        }
    }
    if masthead.date.is_none() {
        notes.push("it has no date".to_owned());
    }
    if let Err(errors) = press_core::draft::block::find_blocks(text) {
        let lines = press_core::span::LineIndex::new(text);
        notes.extend(
            errors
                .iter()
                .map(|error| format!("line {}: {}", lines.line(error.span.start), error.message)),
        );
    }
    notes
}
