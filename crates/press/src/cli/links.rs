//! `press links`

use super::check::{Format, print};
use super::{Global, Next, terminal};
use crate::error::Result;
use crate::http::Http;
use crate::pipeline::check::Fixes;
use crate::pipeline::links::{LinksOptions, LinksReport, Noted, links, settings};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files or folders whose links to ask for; without any the newest draft
    #[arg(value_name = "PATH", conflicts_with = "all")]
    paths: Vec<PathBuf>,
    /// All published issues
    #[arg(long)]
    all: bool,
    /// Ask for everything, also for what answered a few hours ago
    #[arg(long)]
    fresh: bool,
    /// Note what is dead, and what answers again, in the list by which the site links to the web archive
    #[arg(long)]
    note_dead: bool,
    /// Apply the fixes that are surely right
    #[arg(long)]
    fix: bool,
    /// Apply also those that are probably right
    #[arg(long)]
    unsafe_fixes: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let started = Instant::now();
    let config = global.load()?;
    let mut settings = settings(&config);
    if arguments.fresh {
        settings.cache = None;
    }
    let http = Arc::new(Http::new(settings)?);
    let progress = terminal::Progress::of("links");
    let show = |done, total| progress.show(done, total);
    let options = LinksOptions {
        paths: &arguments.paths,
        all: arguments.all,
        fresh: arguments.fresh,
        fixes: Fixes::of(arguments.fix, arguments.unsafe_fixes),
        note_dead: arguments.note_dead,
        now: SystemTime::now(),
        progress: &show,
    };
    let report = links(&config, &http, options);
    progress.done();
    let report = report?;
    let (denied, _) = print(&report.checked, arguments.format);
    if matches!(arguments.format, Format::Text) {
        name_unknown(&report);
    }
    if let Some(noted) = &report.noted {
        terminal::tell(&say(noted));
    }
    let seconds = started.elapsed().as_secs_f64();
    terminal::tell(&format!("{}, in {seconds:.1} s", summary(&report)));
    Ok(if denied > 0 { Next::Denied } else { Next::Done })
}

/// "dead-links.txt: 3 found dead once, 2 dead now, 1 answering again"
fn say(noted: &Noted) -> String {
    let (path, counts) = (
        noted.path.display(),
        [noted.suspected, noted.dead, noted.back],
    );
    if counts == [0; 3] {
        return format!("{path}: nothing changed");
    }
    let [once, dead, back] = counts;
    format!("{path}: {once} found dead once, {dead} dead now, {back} answering again")
}

/// Most unknown links that are named.
const NAMED: usize = 20;

fn name_unknown(report: &LinksReport) {
    for link in report.unknown.iter().take(NAMED) {
        let (path, reason) = (link.path.display(), link.doubt.reason());
        terminal::tell(&format!(
            "note: {path}:{}: not known: {}: {reason}",
            link.line, link.url
        ));
    }
    if report.unknown.len() > NAMED {
        let more = report.unknown.len() - NAMED;
        terminal::tell(&format!(
            "note: and {more} more; with `unanswered-link = \"warn\"` in [check] levels all are shown"
        ));
    }
}

/// "148 pages of 61 hosts: 143 answered (3 moved for good), 2 dead, 3 not known (3: the site turns robots away)"
fn summary(report: &LinksReport) -> String {
    let tally = &report.tally;
    let unknown: usize = tally.unknown.values().sum();
    let moved = match tally.moved {
        0 => String::new(),
        moved => format!(" ({moved} moved for good)"),
    };
    let mut text = format!(
        "{} of {}: {} answered{moved}, {} dead, {unknown} not known",
        super::plural(tally.pages, "page"),
        super::plural(tally.hosts, "host"),
        tally.answered,
        tally.dead,
    );
    if unknown > 0 {
        let reasons = tally.unknown.iter();
        let reasons = reasons.map(|(doubt, count)| format!("{count}: {}", doubt.reason()));
        text.push_str(&format!(" ({})", reasons.collect::<Vec<_>>().join("; ")));
    }
    if tally.ignored > 0 {
        text.push_str(&format!(", {} ignored", tally.ignored));
    }
    if tally.remembered > 0 {
        text.push_str(&format!(", {} remembered", tally.remembered));
    }
    text
}
