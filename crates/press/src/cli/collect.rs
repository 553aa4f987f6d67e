//! `press collect`, `press inbox`, `press take`, `press drop`

use super::{Global, Next, plural, submissions, terminal};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::http::{Http, Settings, Tape};
use crate::pipeline;
use crate::pipeline::collect::{
    Change, Changed, CollectOptions, Collected, Waiting, collect, drop_candidate, inbox, settings,
    take,
};
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Sources to read, by name; all without any
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// The first day that counts, as `2026-11-19`
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    since: Option<Date>,
    /// The last day that counts
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    until: Option<Date>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Write everything that is asked and answered into this folder, without secrets
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Take the answers from such a folder instead of the web
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let started = Instant::now();
    let config = global.load()?;
    let mut settings = settings(&config);
    let record = arguments.record.clone().map(Tape::Record);
    let replay = arguments.replay.clone();
    if let Some(folder) = replay.as_ref().filter(|folder| !folder.is_dir()) {
        let error = Error::new(format!("there is no recording {}", folder.display()));
        return Err(error.help("`--record DIR` makes one, a folder of what was asked and answered"));
    }
    let replay = replay.map(Tape::Replay);
    if let Some(tape) = record.or(replay) {
        settings.tape = tape;
        settings.cache = None;
    }
    let http = Arc::new(Http::new(settings)?);
    let progress = terminal::Progress::of("sources");
    let show = |done, total| progress.show(done, total);
    let options = CollectOptions {
        names: &arguments.sources,
        since: arguments.since,
        until: arguments.until,
        dry_run: arguments.dry_run,
        now: Timestamp::now(),
        secrets: &Secrets::environment(),
        progress: &show,
    };
    let collected = collect(&config, &http, options);
    progress.done();
    let collected = collected?;
    tell(&collected);
    let seconds = started.elapsed().as_secs_f64();
    terminal::tell(&format!("{}, in {seconds:.1} s", summary(&collected)));
    let partial = collected.failed() > 0;
    collected.blocks?;
    if let Some(damage) = collected.damage {
        return Err(damage);
    }
    Ok(if partial { Next::Denied } else { Next::Done })
}

/// Collects for the demo, from its recording.
pub(super) fn replayed(config: &Config, recording: &Path) -> Result<()> {
    let settings = Settings {
        tape: Tape::Replay(recording.to_owned()),
        cache: None,
        ..settings(config)
    };
    let http = Arc::new(Http::new(settings)?);
    let options = CollectOptions {
        names: &[],
        since: None,
        until: None,
        dry_run: false,
        now: Timestamp::now(),
        secrets: &Secrets::given([]),
        progress: &|_, _| {},
    };
    let collected = collect(config, &http, options)?;
    terminal::tell(&summary(&collected));
    collected.blocks.map(|_| ())
}

/// What each source found and what became of the blocks.
fn tell(collected: &Collected) {
    for note in &collected.notes {
        terminal::tell(&format!("note: {note}"));
    }
    for read in &collected.read {
        let name = &read.source;
        match &read.outcome {
            Ok(outcome) => {
                for notice in &outcome.found.notices {
                    terminal::tell(&format!("note: {name}: {notice}"));
                }
                let found = outcome.found.candidates.len();
                let found = (found > 0).then(|| {
                    let candidates = plural(found, "candidate");
                    format!("{candidates}, {} new", outcome.new)
                });
                let text = outcome.found.block.is_some().then(|| "a text".to_owned());
                let events = outcome.found.events.len();
                let events = (events > 0).then(|| plural(events, "event"));
                let all: Vec<String> = found.into_iter().chain(text).chain(events).collect();
                let all = match all.is_empty() {
                    true => "nothing".to_owned(),
                    false => all.join(", "),
                };
                terminal::result(&format!("{name}: {all}"));
            }
            Err(error) => terminal::tell(&format!("failed: {name}: {}", error.message())),
        }
    }
    for changed in collected.blocks.iter().flatten() {
        terminal::result(&block(changed));
        for notice in &changed.notices {
            let mut note = format!("note: {}: {}", changed.block, notice.message);
            if !notice.url.is_empty() {
                note.push_str(&format!("\n      {}", notice.url));
            }
            terminal::tell(&note);
        }
        for kept in &changed.kept {
            let editors = kept.editors.lines().next().unwrap_or("(taken out)");
            let generated = kept.generated.lines().next().unwrap_or_default();
            terminal::tell(&format!(
                "note: {}: kept as edited: {editors}\n      generated now: {generated}",
                changed.block
            ));
        }
    }
}

fn block(changed: &Changed) -> String {
    let name = &changed.block;
    match &changed.change {
        Change::Written => format!("block {name}: written"),
        Change::Same => format!("block {name}: nothing new"),
        Change::Missing => format!(
            "block {name}: not in the draft; it goes between <!-- press:begin {name} --> and <!-- press:end {name} -->"
        ),
        Change::Damaged => format!("block {name}: left as it is, its markers are damaged"),
        Change::Left(sources) => {
            format!(
                "block {name}: left as it is, without {}",
                sources.join(", ")
            )
        }
    }
}

/// "12 sources read, 1 failed: calendar; 2026-03-03 to 2026-03-10"
fn summary(collected: &Collected) -> String {
    let failed = collected.read.iter().filter(|read| read.outcome.is_err());
    let failed: Vec<&str> = failed.map(|read| read.source.as_str()).collect();
    let read = plural(collected.read.len() - failed.len(), "source");
    let failed = match failed.is_empty() {
        true => String::new(),
        false => format!(", {} failed: {}", failed.len(), failed.join(", ")),
    };
    let window = &collected.window;
    format!("{read} read{failed}; {} to {}", window.since, window.until)
}

#[derive(Debug, clap::Args)]
pub(super) struct Inbox {
    /// Also those that an issue or the draft has already
    #[arg(long)]
    all: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: submissions::Format,
}

pub(super) fn show_inbox(global: &Global, arguments: &Inbox) -> Result<()> {
    let config = global.load()?;
    let now = Timestamp::now();
    if let submissions::Format::Json = arguments.format {
        return submissions::json(&pipeline::inbox::inbox(&config, arguments.all, now)?);
    }
    let sent = pipeline::inbox::submissions(&config, arguments.all, now)?;
    for entry in &sent {
        terminal::result(&submissions::line(entry));
    }
    let waiting = inbox(&config)?;
    let shown = waiting
        .iter()
        .filter(|waiting| arguments.all || waiting.is_fresh());
    let shown: Vec<&Waiting> = shown.collect();
    for waiting in &shown {
        terminal::result(&line(waiting));
    }
    let hidden = waiting.len() - shown.len();
    let hidden = match hidden {
        0 => String::new(),
        hidden => format!("; {hidden} more stood in an issue or the draft already (`--all`)"),
    };
    let sent = match sent.len() {
        0 => String::new(),
        sent => format!("{}, ", plural(sent, "submission")),
    };
    terminal::tell(&format!(
        "{sent}{}{hidden}",
        plural(shown.len(), "candidate")
    ));
    Ok(())
}

/// A candidate in three lines: number, title; address; what is known.
fn line(waiting: &Waiting) -> String {
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
    let (id, title, url) = (waiting.kept.id, &candidate.title, &candidate.url);
    format!(
        "{id:>5}  {title}\n       {url}\n       {}",
        known.join(" · ")
    )
}

#[derive(Debug, clap::Args)]
pub(super) struct Take {
    /// The number of a candidate, or of a submission (`s12`), as `press inbox` shows it
    id: String,
    /// The section it goes into, by id or title
    #[arg(long)]
    section: Option<String>,
}

pub(super) fn take_one(global: &Global, arguments: &Take) -> Result<()> {
    let config = global.load()?;
    let (now, section) = (Timestamp::now(), arguments.section.as_deref());
    let id = match number(&arguments.id)? {
        Number::Candidate(id) => id,
        Number::Submission(which) => {
            return submissions::accept_one(&config, &which, section, now);
        }
    };
    let choice = take(&config, id, section, now)?;
    if let Some((path, section)) = &choice.into {
        let title = &choice.kept.candidate.title;
        terminal::tell(&format!("{}: {section}: {title}", path.display()));
    }
    Ok(())
}

#[derive(Debug, clap::Args)]
pub(super) struct Drop {
    /// The number of a candidate, or of a submission (`s12`), as `press inbox` shows it
    id: String,
    /// Of a submission: the rule that it breaks, or the reason in a few words; its sender sees it
    #[arg(long, value_name = "RULE")]
    reason: Option<String>,
}

/// What a person names.
enum Number {
    Candidate(i64),
    Submission(submissions::Which),
}

fn number(text: &str) -> Result<Number> {
    let wrong = || {
        Error::new(format!("`{text}` is no number of the inbox"))
            .help("`press inbox` lists them: 12 is a candidate, s12 is a submission")
    };
    if text.starts_with('s') {
        let id = submissions::id(text).map_err(|_| wrong())?;
        return Ok(Number::Submission(submissions::Which::editor(id)));
    }
    text.parse().map(Number::Candidate).map_err(|_| wrong())
}

pub(super) fn drop_one(global: &Global, arguments: &Drop) -> Result<()> {
    let config = global.load()?;
    let now = Timestamp::now();
    let id = match number(&arguments.id)? {
        Number::Candidate(id) => id,
        Number::Submission(which) => {
            let reason = arguments.reason.as_deref().unwrap_or_default();
            return submissions::decline_one(&config, &which, reason, now);
        }
    };
    let choice = drop_candidate(&config, id, now)?;
    terminal::tell(&format!("dropped: {}", choice.kept.candidate.title));
    Ok(())
}
