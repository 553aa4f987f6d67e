//! `press build`

use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::build::{BuildOptions, build};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to write the site, instead of `out` in press.toml
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make everything anew, not only what changed
    #[arg(long)]
    clean: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let config = global.load()?;
    let out = arguments.out.as_ref().unwrap_or(&config.site.out);
    let progress = terminal::Progress::of("pages");
    let show = |done, total| progress.show(done, total);
    let options = BuildOptions {
        out,
        clean: arguments.clean,
        drafts: false,
        live: false,
        pages_only: false,
        progress: &show,
    };
    let report = build(&config, &options);
    progress.done();
    let report = report?;
    terminal::notices(&report.notices);
    terminal::result(&format!(
        "{}: {}",
        out.display(),
        terminal::summary(&report, started.elapsed())
    ));
    Ok(())
}
