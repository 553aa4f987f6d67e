//! `press collect`

use super::{Global, Next, plural, terminal};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::http::{Http, Settings, Tape};
use crate::pipeline::collect::{Change, Changed, CollectOptions, Collected, collect, settings};
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
