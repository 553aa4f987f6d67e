//! `press inbox`, `press take`, `press drop`

use super::{Global, plural, submissions, terminal};
use crate::error::Result;
use crate::pipeline::collect::{Waiting, choose, find_one};
use crate::pipeline::inbox::{self, CandidateState, Decision, Number};
use crate::pipeline::submissions::{Entry, at_desk};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Also what rests or is for a later issue, and what an issue or the draft has already
    #[arg(long)]
    all: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: submissions::Format,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show one with all that is known of it, and who decided what
    Show {
        /// The number of a candidate, or of a submission (`s12`)
        #[arg(allow_negative_numbers = true)]
        id: Number,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: submissions::Format,
    },
    /// It is to go into the draft: the same as `press take`
    Accept(Take),
    /// It is not wanted: the same as `press drop`
    Decline(Drop),
    /// It is for a later issue
    Move(Move),
    /// Show it no more before a day
    Snooze(Snooze),
}

/// What is decided on, and by whom.
#[derive(Debug, clap::Args)]
struct Which {
    /// The number of a candidate, or of a submission (`s12`), as `press inbox` shows it
    #[arg(allow_negative_numbers = true)]
    id: Number,
    /// Who decides, for the history
    #[arg(long, value_name = "NAME", value_parser = super::name, default_value = "editor")]
    by: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Take {
    #[command(flatten)]
    which: Which,
    /// The section it goes into, by id or title
    #[arg(long)]
    section: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Drop {
    #[command(flatten)]
    which: Which,
    /// The rule that it breaks, or the reason in a few words; a submission needs one, which its sender sees
    #[arg(long, value_name = "RULE")]
    reason: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Move {
    #[command(flatten)]
    which: Which,
    /// The number of the issue; the next one without it
    #[arg(long, value_name = "NUMBER", value_parser = super::issue_number, allow_negative_numbers = true)]
    to: Option<i64>,
}

#[derive(Debug, clap::Args)]
struct Snooze {
    #[command(flatten)]
    which: Which,
    /// The day on which it is shown again, as `2026-11-19`
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    until: Date,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        None => list(global, arguments),
        Some(Command::Show { id, format }) => show(global, *id, *format),
        Some(Command::Accept(take)) => take_one(global, take),
        Some(Command::Decline(drop)) => drop_one(global, drop),
        Some(Command::Move(moved)) => decide(global, &moved.which, &Decision::Move(moved.to)),
        Some(Command::Snooze(snooze)) => {
            decide(global, &snooze.which, &Decision::Snooze(snooze.until))
        }
    }
}

pub(super) fn take_one(global: &Global, arguments: &Take) -> Result<()> {
    let section = arguments.section.clone();
    decide(global, &arguments.which, &Decision::Accept(section))
}

pub(super) fn drop_one(global: &Global, arguments: &Drop) -> Result<()> {
    let reason = arguments.reason.clone().unwrap_or_default();
    decide(global, &arguments.which, &Decision::Decline(reason))
}

/// An editor decides, about whatever it is.
fn decide(global: &Global, which: &Which, decision: &Decision) -> Result<()> {
    let config = global.load()?;
    let now = Timestamp::now();
    let id = match which.id {
        Number::Submission(id) => {
            return submissions::decide(&config, (id, &which.by), decision, now);
        }
        Number::Candidate(id) => id,
    };
    let choice = choose(&config, id, decision, &which.by, now)?;
    let title = &choice.kept.candidate.title;
    let (issue, reason) = (choice.kept.issue, &choice.kept.reason);
    terminal::tell(&match (decision, &choice.into) {
        (Decision::Move(_), _) => format!("moved to issue {}: {title}", issue.unwrap_or_default()),
        (Decision::Snooze(until), _) => format!("rests until {until}: {title}"),
        (_, Some((path, section))) => format!("{}: {section}: {title}", path.display()),
        _ => match reason {
            Some(reason) => format!("dropped ({reason}): {title}"),
            None => format!("dropped: {title}"),
        },
    });
    Ok(())
}

fn list(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let now = Timestamp::now();
    let all = arguments.all;
    if let submissions::Format::Json = arguments.format {
        return submissions::json(&inbox::inbox(&config, all, now)?);
    }
    let every = inbox::submissions(&config, true, now)?;
    let sent = match all {
        true => every.clone(),
        false => inbox::submissions(&config, false, now)?,
    };
    for entry in &sent {
        terminal::result(&submissions::line(entry, &config.timezone));
    }
    let waiting = crate::pipeline::collect::inbox(&config, now)?;
    let (shown, hidden): (Vec<&Waiting>, Vec<&Waiting>) =
        waiting.iter().partition(|waiting| all || waiting.is_due());
    for waiting in &shown {
        terminal::result(&line(waiting, &config.timezone));
    }
    let had = hidden.iter().filter(|waiting| !waiting.is_fresh()).count();
    let resting = hidden.len() - had + every.len() - sent.len();
    terminal::tell(&summary(&sent, shown.len(), (had, resting)));
    Ok(())
}

/// "1 submission, 2 candidates; 1 more stood in an issue or the draft already, 3 more rest (`--all`)"
fn summary(sent: &[Entry], candidates: usize, (had, resting): (usize, usize)) -> String {
    let sent = match sent.len() {
        0 => String::new(),
        sent => format!("{}, ", plural(sent, "submission")),
    };
    let mut hidden = Vec::new();
    if had > 0 {
        hidden.push(format!("{had} more stood in an issue or the draft already"));
    }
    if resting > 0 {
        hidden.push(format!("{resting} more for later"));
    }
    let hidden = match hidden.is_empty() {
        true => String::new(),
        false => format!("; {} (`--all`)", hidden.join(", ")),
    };
    format!("{sent}{}{hidden}", plural(candidates, "candidate"))
}

fn show(global: &Global, number: Number, format: submissions::Format) -> Result<()> {
    let config = global.load()?;
    let now = Timestamp::now();
    let id = match number {
        Number::Candidate(id) => id,
        Number::Submission(id) => {
            let entry = at_desk(&config, async |desk| desk.entry(id).await)?;
            return submissions::show(&config, &entry, format);
        }
    };
    if let submissions::Format::Json = format {
        return submissions::json(&inbox::candidate(&config, id, now)?);
    }
    let (waiting, shown) = (
        find_one(&config, id, now)?.0,
        inbox::candidate(&config, id, now)?,
    );
    terminal::result(&line(&waiting, &config.timezone));
    if !shown.history.is_empty() {
        terminal::result("");
    }
    for step in &shown.history {
        terminal::result(&submissions::happened(step));
    }
    Ok(())
}

/// A candidate in three lines: number, title; address; what is known.
fn line(waiting: &Waiting, timezone: &TimeZone) -> String {
    let candidate = &waiting.kept.candidate;
    let mut known = vec![candidate.source.clone()];
    known.extend(
        candidate
            .author
            .as_ref()
            .map(|author| format!("by {author}")),
    );
    let day = |seconds: i64| Timestamp::from_second(seconds).ok();
    let seen = candidate.published_s.unwrap_or(waiting.kept.first_seen_s);
    known.extend(day(seen).map(|seen| seen.strftime("%Y-%m-%d").to_string()));
    known.extend(candidate.points.map(|points| format!("{points} points")));
    known.extend(
        candidate
            .comments
            .map(|comments| format!("{comments} comments")),
    );
    known.extend(
        candidate
            .section
            .as_ref()
            .map(|section| format!("for {section}")),
    );
    known.extend(candidate.note.clone());
    if let Some(issue) = &waiting.published_in {
        known.push(format!("already in issue {issue}"));
    }
    if waiting.in_draft {
        known.push("already in the draft".to_owned());
    }
    let state = match waiting.kept.state {
        CandidateState::Open => None,
        CandidateState::Taken => waiting
            .kept
            .draft
            .as_ref()
            .map(|draft| format!("taken into {draft}")),
        CandidateState::Dropped => Some("dropped".to_owned()),
    };
    known.extend(state);
    known.extend(waiting.kept.reason.clone());
    known.extend(waiting.kept.issue.map(|issue| format!("issue {issue}")));
    let until = waiting.kept.snoozed_until_s.and_then(day);
    known.extend(until.map(|until| submissions::rests(until, timezone)));
    let (id, title, url) = (waiting.kept.id, &candidate.title, &candidate.url);
    format!(
        "{id:>5}  {title}\n       {url}\n       {}",
        known.join(" · ")
    )
}
