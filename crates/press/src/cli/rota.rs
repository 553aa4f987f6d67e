//! `press rota`, `press handover`, `press alarm`

use super::{Global, Next, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::pipeline::{draft, handover, rota};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many issues ahead
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    issues: usize,
    /// Only whose turns these are
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A line for each issue
    Text,
    /// A JSON list with an object for each issue
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct Handover {
    /// Write the page into this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Alarm {
    /// Say whether an issue is late, and call nobody
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let today = draft::today(Timestamp::now(), &config.timezone);
    let mut turns = rota::rota(&config, today, arguments.issues.min(1_000))?;
    if let Some(who) = &arguments.who {
        for turn in &mut turns {
            turn.people
                .retain(|person| person.who.to_lowercase() == who.to_lowercase());
        }
        turns.retain(|turn| !turn.people.is_empty());
    }
    if let Format::Json = arguments.format {
        let json = serde_json::to_string_pretty(&turns).unwrap_or_default();
        terminal::result(&json);
        return Ok(());
    }
    for turn in &turns {
        let number = turn
            .number
            .map_or(String::new(), |number| number.to_string());
        let people = rota::by_person(&turn.people);
        terminal::result(&format!(
            "{}  {number:>5}  {}",
            turn.date,
            people.join("; ")
        ));
    }
    if turns.is_empty() {
        terminal::tell("nobody's turn");
    }
    Ok(())
}

pub(super) fn hand_over(global: &Global, arguments: &Handover) -> Result<()> {
    let config = global.load()?;
    let secrets = Secrets::environment();
    let who = super::publish::user();
    let page = crate::pipeline::runtime()?.block_on(handover::handover(
        &config,
        &secrets,
        Timestamp::now(),
        &who,
    ))?;
    match &arguments.out {
        Some(path) => std::fs::write(path, page).map_err(|cause| Error::io("write", path, &cause)),
        None => {
            terminal::print(&page);
            Ok(())
        }
    }
}

pub(super) fn alarm(global: &Global, arguments: &Alarm) -> Result<Next> {
    let config = global.load()?;
    let now = Timestamp::now();
    let Some(late) = rota::late(&config, now)? else {
        terminal::tell("no issue is late");
        return Ok(Next::Done);
    };
    terminal::tell(&late.words(&config.newsletter.name, now));
    if !arguments.dry_run {
        if config.alarm.webhook_env.is_none() {
            terminal::tell("nobody is called: `webhook-env` under [alarm] says whom");
        }
        let secrets = Secrets::environment();
        let called =
            crate::pipeline::runtime()?.block_on(rota::call_if_late(&config, &secrets, now))?;
        terminal::tell(match called {
            Some(_) => "called for help",
            None => "nobody was called now",
        });
    }
    Ok(Next::Denied)
}
