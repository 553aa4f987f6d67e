//! `press deploy`

use super::{Global, Next, plural, terminal};
use crate::config::{Deploy, Secrets};
use crate::error::{Error, Result};
use crate::pipeline::deploy::{Done, Options, Outcome, Put, Standing, Told, deploy};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The places by their names in press.toml; all of them without
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only say what would be put and deleted
    #[arg(long)]
    dry_run: bool,
    /// A site that is built already; without it the site is built first
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Print a JSON object for each place
    #[arg(long)]
    json: bool,
}

/// Paths that a dry run shows of each sort.
const SHOWN: usize = 5;

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let pages = terminal::Progress::of("pages");
    let files = terminal::Progress::of("files");
    let counted: Mutex<HashMap<String, (usize, usize)>> = Mutex::default();
    let tell = |name: &str, told: Told<'_>| match told {
        Told::Files { done, total } => {
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.insert(name.to_owned(), (done, total));
            let sum = counted
                .values()
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            files.show(sum.0, sum.1);
        }
        Told::Says(line) => files.note(&format!("{name}: {line}")),
        Told::Step(_) => {}
    };
    let report = deploy(
        &config,
        &Secrets::environment(),
        &Options {
            names: &arguments.names,
            site: arguments.site.as_deref(),
            dry_run: arguments.dry_run,
            tell: &tell,
            progress: &|done, total| pages.show(done, total),
        },
    );
    pages.done();
    files.done();
    let report = report?;
    if let Some(built) = &report.built {
        terminal::notices(&built.notices);
    }
    for outcome in &report.outcomes {
        match arguments.json {
            true => terminal::result(&object(outcome).to_string()),
            false => show(outcome),
        }
    }
    Ok(sum_up(&report.outcomes))
}

/// What is out and what is not, and what comes next.
fn sum_up(outcomes: &[Outcome]) -> Next {
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.result.is_err())
        .map(|outcome| outcome.deploy.name.as_str())
        .collect();
    if failed.is_empty() {
        return Next::Done;
    }
    for outcome in outcomes {
        if let Err(error) = &outcome.result {
            terminal::tell(&format!("{}:", outcome.deploy.name));
            error.print();
        }
    }
    let good = outcomes.len() - failed.len();
    terminal::tell(&format!(
        "{good} of {} done; not done: {}. The same command does nothing where all is done, and completes the rest",
        plural(outcomes.len(), "place"),
        failed.join(", "),
    ));
    Next::Denied
}

fn show(outcome: &Outcome) {
    let Deploy { name, url, place } = &outcome.deploy;
    let kind = place.kind().name();
    let text = match &outcome.result {
        Ok(Done::Put(put)) => put_in_words(put),
        Ok(Done::Looked(standing)) => standing_in_words(standing),
        Err(error) => format!("failed: {}", error.what()),
    };
    terminal::result(&format!("{name} ({kind}, {url}): {text}"));
    if let Ok(Done::Looked(standing)) = &outcome.result {
        let sorts = [
            ("new", &standing.added),
            ("changed", &standing.changed),
            ("deleted", &standing.deleted),
        ];
        for (sort, paths) in sorts.iter().filter(|_| !standing.unknown) {
            for path in paths.iter().take(SHOWN) {
                terminal::result(&format!("  {sort:<8} /{path}"));
            }
            if paths.len() > SHOWN {
                terminal::result(&format!("  {sort:<8} and {} more", paths.len() - SHOWN));
            }
        }
    }
}

fn put_in_words(put: &Put) -> String {
    let revision: String = put.revision.chars().take(12).collect();
    if put.uploaded + put.deleted == 0 {
        return format!(
            "nothing to do, {} there; {revision}",
            plural(put.unchanged, "file")
        );
    }
    format!(
        "{} put ({:.1} MB), {} deleted, {} unchanged; {revision}",
        plural(put.uploaded, "file"),
        put.bytes as f64 / 1e6,
        put.deleted,
        put.unchanged,
    )
}

fn standing_in_words(standing: &Standing) -> String {
    if standing.unknown {
        return format!(
            "what is there only its program knows; it would get {}",
            plural(standing.added.len(), "file")
        );
    }
    if standing.is_done() {
        return format!(
            "nothing to do, {} there",
            plural(standing.unchanged, "file")
        );
    }
    let unsettled = if standing.unsettled {
        "; begun and not completed, or to be taken over"
    } else {
        ""
    };
    format!(
        "{} new, {} changed, {} to delete, {} unchanged{unsettled}",
        standing.added.len(),
        standing.changed.len(),
        standing.deleted.len(),
        standing.unchanged,
    )
}

/// For programs.
fn object(outcome: &Outcome) -> Value {
    let Deploy { name, url, place } = &outcome.deploy;
    let mut object = json!({ "name": name, "kind": place.kind().name(), "url": url });
    let (key, value) = match &outcome.result {
        Ok(Done::Put(put)) => ("put", json!(put)),
        Ok(Done::Looked(standing)) => ("standing", json!(standing)),
        Err(error) => ("error", json!(Error::message(error))),
    };
    object[key] = value;
    object
}
