//! `press correct`

use super::{Global, Next, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::pipeline::publish::{CorrectOptions, Night, ProposedCorrection, Wish};
use jiff::Timestamp;
use similar::TextDiff;
use std::io::IsTerminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number, day or path of the issue, whose file you have corrected
    #[arg(value_name = "ISSUE")]
    issue: String,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Add a dated note under the issue, in your words or in words of our own
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "")]
    note: Option<String>,
    /// Whether readers should hear of it; without it as it looks
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    tell: Option<bool>,
    /// A commit that has what readers saw, where that is not known
    #[arg(long, value_name = "COMMIT")]
    since: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Who does it, for the records
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

fn yes_or_no(word: &str) -> std::result::Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say `yes` or `no`".to_owned()),
    }
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let secrets = Secrets::environment();
    let wish = Wish {
        issue: Some(arguments.issue.clone()),
        only: None,
        waived: Vec::new(),
        who: arguments.by.clone().unwrap_or_else(super::publish::user),
        now: Timestamp::now(),
    };
    let options = CorrectOptions {
        note: arguments.note.clone(),
        matters: arguments.tell,
    };
    crate::pipeline::runtime()?.block_on(async {
        let mut night = Night::open_published(&config, &secrets, wish).await?;
        let proposed = night.correction(&options, arguments.since.as_deref())?;
        show(&proposed);
        if arguments.dry_run {
            return Ok(Next::Done);
        }
        if !arguments.yes && !agreed()? {
            terminal::tell("nothing was done");
            return Ok(Next::Denied);
        }
        let end = night.correct(&proposed, &super::publish::hear).await?;
        super::publish::told(end, super::publish::Format::Text)
    })
}

fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::new("nobody is there to agree")
            .help("say that you know what it does: `--yes`; `--dry-run` shows it")
            .state("nothing was done"));
    }
    let answer = terminal::ask("Bring this to readers? [y/N] ");
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The change, what it means, and where else it will be told.
fn show(proposed: &ProposedCorrection) {
    let diff = |name: &str, before: &str, after: &str| {
        let diff = TextDiff::from_lines(before, after);
        let diff = diff
            .unified_diff()
            .context_radius(1)
            .header(name, name)
            .to_string();
        terminal::result(diff.trim_end());
    };
    diff(&proposed.place, &proposed.before, &proposed.after);
    for one in &proposed.corrections {
        let whom = if one.matters() {
            "readers should hear"
        } else {
            "small"
        };
        terminal::tell(&format!("{whom}: {}", one.what));
    }
    terminal::tell(match proposed.matters {
        true => "feeds show the entry as updated, under the id that it had",
        false => "nobody needs to hear of it: feeds keep their time",
    });
    if let Some((path, _)) = &proposed.draft {
        terminal::tell(&format!("the next issue tells of it: {}", path.display()));
    }
    for note in &proposed.notes {
        terminal::tell(&format!("note: {note}"));
    }
}
