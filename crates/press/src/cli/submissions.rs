//! `press submissions list|show|fetch|accept|decline|move|snooze|merge|answer`

use super::{Global, Next, plural, terminal};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::http::Http;
use crate::pipeline::collect::settings;
use crate::pipeline::inbox::{self, Decision};
use crate::pipeline::submissions::{
    AnswerOptions, Answered, Entry, Fetched, Happened, MergeOptions, Merged, SubmissionState,
    at_desk,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List what people sent
    List {
        /// Also what is placed, declined or withdrawn, and what rests
        #[arg(long)]
        all: bool,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Show one: its text, what the rules say of it, how to reach its sender, what happened
    Show {
        #[command(flatten)]
        which: Which,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Read the open pull requests of the newsletter's repository
    Fetch {
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// It is to go into the draft
    Accept(Accept),
    /// It is not wanted; the sender sees why
    Decline(Decline),
    /// It is for a later issue
    Move(Move),
    /// Show it no more before a day
    Snooze(Snooze),
    /// Put what was accepted into the draft: one commit, which merges the pull requests too
    Merge(Merge),
    /// Answer on pull requests: what the rules say, and how things stand
    Answer(Answer),
}

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The submission's number, as `press inbox` shows it
    #[arg(value_name = "ID", value_parser = id, allow_negative_numbers = true)]
    id: i64,
    /// Who decides, for the history
    #[arg(long, value_name = "NAME", value_parser = super::name, default_value = "editor")]
    by: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Accept {
    #[command(flatten)]
    which: Which,
    /// The section it goes into, by id or title
    #[arg(long)]
    section: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Decline {
    #[command(flatten)]
    which: Which,
    /// The rule that it breaks, or the reason in a few words
    reason: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Move {
    #[command(flatten)]
    which: Which,
    /// The number of the issue; the next one without it
    #[arg(long, value_name = "NUMBER", value_parser = super::issue_number, allow_negative_numbers = true)]
    to: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Snooze {
    #[command(flatten)]
    which: Which,
    /// The day on which it is shown again, as `2026-11-19`
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    until: Date,
}

#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Send the commit to the remote
    #[arg(long, conflicts_with = "dry_run")]
    push: bool,
    /// Who does it, for the history
    #[arg(long, value_name = "NAME", value_parser = super::name, default_value = "editor")]
    by: String,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Answer {
    /// Only these pull requests
    #[arg(value_name = "NUMBER", value_parser = pull, allow_negative_numbers = true)]
    numbers: Vec<i64>,
    /// Print the comments, and write none
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// The number of a submission, with the letter that tells it from a candidate's or without.
fn id(text: &str) -> std::result::Result<i64, String> {
    let digits = text.strip_prefix('s').unwrap_or(text);
    super::numbered(digits, "a submission is named by its number, as s12")
}

/// The number of a pull request.
fn pull(text: &str) -> std::result::Result<i64, String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    super::numbered(digits, "a pull request is named by its number, as 12")
}

pub(super) fn run(global: &Global, command: &Command) -> Result<Next> {
    let config = global.load()?;
    let now = Timestamp::now();
    match command {
        Command::List { all, format } => list(&config, *all, *format, now)?,
        Command::Show { which, format } => {
            let entry = at_desk(&config, async |desk| desk.entry(which.id).await)?;
            show(&config, &entry, *format)?;
        }
        Command::Fetch { format } => return fetch(&config, *format, now),
        Command::Accept(accept) => {
            let decision = Decision::Accept(accept.section.clone());
            decide(&config, accept.which.named(), &decision, now)?;
        }
        Command::Decline(decline) => {
            let decision = Decision::Decline(decline.reason.clone());
            decide(&config, decline.which.named(), &decision, now)?;
        }
        Command::Move(moved) => {
            decide(&config, moved.which.named(), &Decision::Move(moved.to), now)?;
        }
        Command::Snooze(snooze) => {
            let decision = Decision::Snooze(snooze.until);
            decide(&config, snooze.which.named(), &decision, now)?;
        }
        Command::Merge(arguments) => return merge(&config, arguments, now),
        Command::Answer(arguments) => answer(&config, arguments, now)?,
    }
    Ok(Next::Done)
}

impl Which {
    fn named(&self) -> (i64, &str) {
        (self.id, &self.by)
    }
}

/// An editor decides: `press submissions`, `press inbox`, `press take`, `press drop`.
pub(super) fn decide(
    config: &Config,
    (id, by): (i64, &str),
    decision: &Decision,
    now: Timestamp,
) -> Result<()> {
    let entry = inbox::decide(config, id, decision, by, now)?;
    let title = &entry.title;
    terminal::tell(&match decision {
        Decision::Accept(_) => {
            let section = entry.section.as_deref().unwrap_or_default();
            format!(
                "accepted: {section}: {title}; `press submissions merge` puts it into the draft"
            )
        }
        Decision::Decline(_) => {
            let reason = entry.reason.as_deref().unwrap_or_default();
            format!("declined ({reason}): {title}")
        }
        Decision::Move(_) => {
            let issue = entry.issue.unwrap_or_default();
            format!("moved to issue {issue}: {title}")
        }
        Decision::Snooze(until) => format!("rests until {until}: {title}"),
    });
    Ok(())
}

/// Prints one with all that is known of it.
pub(super) fn show(config: &Config, entry: &Entry, format: Format) -> Result<()> {
    match format {
        Format::Json => json(entry)?,
        Format::Text => terminal::result(&whole(entry, &config.timezone)),
    }
    Ok(())
}

fn list(config: &Config, all: bool, format: Format, now: Timestamp) -> Result<()> {
    use SubmissionState::{Accepted, Declined, Placed, Queued, Withdrawn};
    let states: &[SubmissionState] = match all {
        true => &[Queued, Accepted, Placed, Declined, Withdrawn],
        false => &[Queued, Accepted],
    };
    let entries = match config.store.may_exist() {
        true => at_desk(config, async |desk| desk.entries(states, all, now).await)?,
        false => Vec::new(),
    };
    if let Format::Json = format {
        return json(&entries);
    }
    for entry in &entries {
        terminal::result(&line(entry, &config.timezone));
    }
    terminal::tell(&plural(entries.len(), "submission"));
    Ok(())
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|cause| Error::new("cannot write JSON").because(cause.to_string()))?;
    terminal::result(&text);
    Ok(())
}

/// Until when something rests: the day that begins then where the newsletter is.
pub(super) fn rests(until: Timestamp, timezone: &TimeZone) -> String {
    let day = until.to_zoned(timezone.clone()).date();
    format!("rests until {day}")
}

/// A submission in three lines, as candidates are shown.
pub(super) fn line(entry: &Entry, timezone: &TimeZone) -> String {
    let mut known = vec![match (&entry.author, entry.pull_request) {
        (Some(author), Some(pull)) => format!("#{pull} by {author}"),
        _ => "sent by form".to_owned(),
    }];
    known.push(entry.created.strftime("%Y-%m-%d").to_string());
    known.extend(
        entry
            .section
            .as_ref()
            .map(|section| format!("for {section}")),
    );
    known.extend(entry.issue.map(|issue| format!("issue {issue}")));
    if entry.state != SubmissionState::Queued {
        known.push(entry.state.name().to_owned());
    }
    known.extend(entry.reason.clone());
    known.extend(entry.snoozed_until.map(|until| rests(until, timezone)));
    if entry.machine_written == Some(true) {
        known.push("a machine wrote it".to_owned());
    }
    known.extend(entry.remark.as_deref().map(press_core::text::plain_line));
    let (id, title, url) = (format!("s{}", entry.id), &entry.title, &entry.url);
    format!(
        "{id:>5}  {title}\n       {url}\n       {}",
        known.join(" · ")
    )
}

/// A submission with all that is known of it.
fn whole(entry: &Entry, timezone: &TimeZone) -> String {
    let mut lines = vec![line(entry, timezone), String::new()];
    lines.extend(entry.text.lines().map(press_core::text::plain_line));
    lines.push(String::new());
    let finding = |finding: &crate::pipeline::submissions::Finding| {
        format!("{}: {}", finding.rule, finding.message)
    };
    lines.extend(entry.findings.iter().map(finding));
    lines.extend(entry.suggested.iter().map(|one| {
        format!(
            "may belong to {} ({:.0} %)",
            one.title,
            one.confidence * 100.0
        )
    }));
    lines.extend(
        entry
            .contact
            .as_ref()
            .map(|contact| format!("answer to {contact}")),
    );
    lines.extend(entry.history.iter().map(happened));
    lines.join("\n")
}

/// A line of a history.
pub(super) fn happened(step: &Happened) -> String {
    let who = step.who.as_deref().unwrap_or_default();
    let detail = step
        .detail
        .as_deref()
        .map_or(String::new(), |detail| format!(": {detail}"));
    let at = step.at.strftime("%Y-%m-%d %H:%M");
    format!("{at}  {} by {who}{detail}", step.what)
}

fn fetch(config: &Config, format: Format, now: Timestamp) -> Result<Next> {
    let http = Http::new(settings(config))?;
    let secrets = Secrets::environment();
    let fetched = at_desk(config, async |desk| desk.fetch(&http, &secrets, now).await)?;
    match format {
        Format::Json => json(&fetched)?,
        Format::Text => tell(&fetched),
    }
    Ok(match fetched.failed.is_empty() {
        true => Next::Done,
        false => Next::Denied,
    })
}

fn tell(fetched: &Fetched) {
    for pull in &fetched.pulls {
        let (number, title, author) = (pull.number, &pull.title, &pull.author);
        let items = plural(pull.items, "item");
        terminal::result(&format!("#{number} by {author}: {title}: {items}"));
        if let Some(obstacle) = &pull.obstacle {
            terminal::tell(&format!("note: #{number}: {obstacle}: merge it by hand"));
        }
    }
    for (number, why) in &fetched.failed {
        terminal::tell(&format!("failed: #{number}: {why}"));
    }
    let mut summary = vec![
        format!("{} read", plural(fetched.pulls.len(), "pull request")),
        format!("{} unchanged", fetched.unchanged),
        format!("{} closed", fetched.closed.len()),
    ];
    if !fetched.failed.is_empty() {
        summary.push(format!("{} failed", fetched.failed.len()));
    }
    if fetched.moved > 0 {
        summary.push(format!("{} moved to the next issue", fetched.moved));
    }
    terminal::tell(&summary.join(", "));
}

fn merge(config: &Config, arguments: &Merge, now: Timestamp) -> Result<Next> {
    let options = MergeOptions {
        dry_run: arguments.dry_run,
        push: arguments.push,
        who: &arguments.by,
        now,
    };
    let merged = at_desk(config, async |desk| desk.merge(options).await)?;
    match arguments.format {
        Format::Json => json(&merged)?,
        Format::Text => tell_merged(&merged, arguments.dry_run),
    }
    Ok(match merged.left.is_empty() {
        true => Next::Done,
        false => Next::Denied,
    })
}

fn tell_merged(merged: &Merged, dry_run: bool) {
    for placed in &merged.placed {
        let pull = placed
            .pull_request
            .map_or(String::new(), |pull| format!(" (#{pull})"));
        terminal::result(&format!("s{}: {}{pull}", placed.id, placed.title));
    }
    for left in &merged.left {
        let what = match (left.pull_request, left.id) {
            (Some(pull), _) => format!("#{pull}"),
            (None, id) => format!("s{}", id.unwrap_or_default()),
        };
        terminal::tell(&format!("left: {what}: {}", left.why));
    }
    let placed = plural(merged.placed.len(), "submission");
    let pulls = plural(merged.pull_requests.len(), "pull request");
    let end = match &merged.commit {
        Some(commit) if merged.pushed => format!("in commit {commit}, pushed"),
        Some(commit) => format!("in commit {commit}; `git push` sends it"),
        None if dry_run => "would be placed".to_owned(),
        None => "nothing to commit".to_owned(),
    };
    terminal::tell(&format!("{placed}, {pulls}: {end}"));
}

fn answer(config: &Config, arguments: &Answer, now: Timestamp) -> Result<()> {
    let http = Http::new(settings(config))?;
    let secrets = Secrets::environment();
    let options = AnswerOptions {
        numbers: &arguments.numbers,
        dry_run: arguments.dry_run,
        now,
    };
    let answered = at_desk(config, async |desk| {
        desk.answer(&http, &secrets, options).await
    })?;
    let new: Vec<&Answered> = answered.iter().filter(|one| one.changed).collect();
    for one in &new {
        match arguments.dry_run {
            true => terminal::result(&format!("#{}\n{}", one.number, one.text)),
            false => terminal::result(&format!("#{}: answered", one.number)),
        }
    }
    let same = answered.len() - new.len();
    terminal::tell(&format!(
        "{}, {same} as before",
        plural(new.len(), "answer")
    ));
    Ok(())
}
