//! `press backup` and `press restore`

use super::{Global, plural, terminal};
use crate::error::Result;
use crate::pipeline::backup::{self, Summary};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to write, or a folder in which a new one appears
    #[arg(value_name = "FILE|DIR")]
    target: PathBuf,
    /// Of the backups in the folder, keep only so many of the newest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put it in the place of what the database holds; suppressions, unsubscriptions, submissions and votes since then are kept
    #[arg(long, conflicts_with = "check")]
    replace: bool,
    /// Only read it to its end and say whether it is whole; nothing is changed
    #[arg(long)]
    check: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let keep = arguments.keep.and_then(|keep| usize::try_from(keep).ok());
    let config = global.load()?;
    let done = backup::backup(&config, &arguments.target, keep, Timestamp::now())?;
    terminal::result(&done.path.display().to_string());
    let megabytes = done.size_bytes as f64 / 1e6;
    let mut text = format!("{}; {megabytes:.1} MB", content(&done.summary));
    if !done.removed.is_empty() {
        text.push_str(&format!(
            "; {} removed",
            plural(done.removed.len(), "old backup")
        ));
    }
    terminal::tell(&text);
    terminal::tell("it holds addresses of readers: keep it where only you can read it");
    Ok(())
}

pub(super) fn restore(global: &Global, arguments: &Restore) -> Result<()> {
    if arguments.check {
        let summary = backup::verify(&arguments.file)?;
        terminal::result(&format!("{}: whole", arguments.file.display()));
        terminal::tell(&content(&summary));
        return Ok(());
    }
    let config = global.load()?;
    let now = Timestamp::now();
    let (summary, carried) = backup::restore(&config, &arguments.file, arguments.replace, now)?;
    terminal::result(&format!("{}: {}", config.store, content(&summary)));
    for (count, what) in [
        (carried.suppressed, "suppressed since"),
        (carried.erased, "erased since, and again now"),
        (carried.left, "subscriptions ended since, and again now"),
        (carried.campaigns, "campaigns begun since, kept"),
        (carried.deliveries, "deliveries settled since, kept"),
        (carried.submissions, "submissions sent since, kept"),
        (
            carried.decisions,
            "decisions about submissions and candidates since, kept",
        ),
        (carried.nominations, "nominations made since, kept"),
        (carried.ballots, "ballots and readings of likes since, kept"),
        (
            carried.paused,
            "campaigns paused: `press campaign` shows and continues them",
        ),
    ] {
        if count > 0 {
            terminal::result(&format!("{count:>9} {what}"));
        }
    }
    Ok(())
}

/// "2026-11-21T21:30:00Z, sqlite: 12 rows, 3 subscribers, 1 suppressed address"
fn content(summary: &Summary) -> String {
    let made = Timestamp::from_second(summary.made_s).map_or_else(
        |_| "made at no known time".to_owned(),
        |made| made.to_string(),
    );
    let count = |count: u64, what: &str| plural(usize::try_from(count).unwrap_or_default(), what);
    let suppressed = match summary.suppressed {
        1 => "1 suppressed address".to_owned(),
        many => format!("{many} suppressed addresses"),
    };
    format!(
        "{made}, {}: {}, {}, {suppressed}",
        summary.database,
        count(summary.rows, "row"),
        count(summary.subscribers, "subscriber"),
    )
}
