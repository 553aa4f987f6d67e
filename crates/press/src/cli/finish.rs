//! `press finish`

use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::draft::finish;
use similar::TextDiff;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The text to finish; without it the newest draft
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let finished = finish(global.load()?, arguments.path.as_deref(), arguments.dry_run)?;
    let path = finished.path.display().to_string();
    if finished.before == finished.after {
        terminal::tell(&format!("{path}: nothing to finish"));
        return Ok(());
    }
    if arguments.dry_run {
        let diff = TextDiff::from_lines(&finished.before, &finished.after);
        let diff = diff
            .unified_diff()
            .context_radius(2)
            .header(&path, &path)
            .to_string();
        terminal::result(diff.trim_end());
    }
    let mut done: Vec<String> = finished
        .done
        .iter()
        .map(|(what, count)| format!("{what}: {count}"))
        .collect();
    if finished.mended {
        done.push("fixes of `press check` applied".to_owned());
    }
    let how = if arguments.dry_run {
        "would be finished"
    } else {
        "finished"
    };
    terminal::tell(&format!("{path}: {how}: {}", done.join("; ")));
    Ok(())
}
