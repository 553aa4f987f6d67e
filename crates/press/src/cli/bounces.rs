//! `press bounces`

use super::{Global, Next, plural, terminal};
use crate::error::Result;
use crate::pipeline::bounces::{Books, From, Returned, Tally, Unreadable, read};
use clap::ValueEnum;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read mails that came back: bounces, complaints, and what only looks like them
    Read(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A maildir, a file of mails, or `-` for one mail on standard input
    #[arg(value_name = "MAILBOX")]
    mailbox: PathBuf,
    /// Only show what would be written down; nothing is changed or moved
    #[arg(long)]
    dry_run: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for each mail, addresses shortened
    Text,
    /// A JSON object for each mail, one a line
    Json,
}

pub(super) fn run(global: &Global, command: &Command) -> Result<Next> {
    let Command::Read(arguments) = command;
    let from = if arguments.mailbox == Path::new("-") {
        From::Input
    } else {
        From::Path(&arguments.mailbox)
    };
    let show = |place: &str, understood: &std::result::Result<Returned, Unreadable>| {
        let line = match arguments.format {
            Format::Text => text(place, understood),
            Format::Json => json(place, understood),
        };
        terminal::result(&line);
    };
    let done = if arguments.dry_run {
        read(from, show, None)
    } else {
        record(global, from, show)
    };
    let tally = match done {
        // A mail that a server hands over is kept by the server until it is written down.
        Err(error) if matches!(from, From::Input) => return Ok(Next::Later(error)),
        done => done?,
    };
    terminal::tell(&summary(&tally));
    Ok(Next::Done)
}

fn record(
    global: &Global,
    from: From<'_>,
    show: impl FnMut(&str, &std::result::Result<Returned, Unreadable>),
) -> Result<Tally> {
    let books = Books::open(&global.load()?, Timestamp::now())?;
    let tally = read(from, show, Some(&mut |returned| books.record(returned)));
    books.close();
    tally
}

/// "new/1.eml: bounce, hard, a…@example.org: 550 5.1.1 nobody"
fn text(place: &str, understood: &std::result::Result<Returned, Unreadable>) -> String {
    let returned = match understood {
        Ok(returned) => returned,
        Err(unreadable) => return format!("{place}: not read: {unreadable}"),
    };
    let mut line = format!("{place}: {}", returned.kind.name());
    if let Some(severity) = returned.severity() {
        line.push_str(&format!(", {}", severity.name()));
    }
    for failed in &returned.recipients {
        let address = failed
            .address
            .as_deref()
            .map_or("an address that is not told".to_owned(), masked);
        line.push_str(&format!(", {address}"));
        if !failed.said.is_empty() {
            line.push_str(&format!(": {}", failed.said));
        }
    }
    line
}

/// An address that says enough to a person who knows it.
fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().take(1).collect::<String>()),
        None => "…".to_owned(),
    }
}

fn json(place: &str, understood: &std::result::Result<Returned, Unreadable>) -> String {
    let value = match understood {
        Ok(returned) => {
            let mut value = serde_json::to_value(returned).unwrap_or_default();
            value["severity"] = returned.severity().map(|severity| severity.name()).into();
            value
        }
        Err(unreadable) => serde_json::json!({ "kind": null, "refused": unreadable.to_string() }),
    };
    let mut value = value;
    value["place"] = place.into();
    value.to_string()
}

/// "12 mails: 3 hard bounces, 4 soft, 1 complaint; 3 passed over, 1 not understood"
fn summary(tally: &Tally) -> String {
    let mut text = format!(
        "{}: {}, {} soft, {}; {} passed over, {} not understood",
        plural(tally.read, "mail"),
        plural(tally.hard, "hard bounce"),
        tally.soft,
        plural(tally.complaints, "complaint"),
        tally.passed_over,
        tally.other,
    );
    if tally.refused > 0 {
        text.push_str(&format!(", {} not even read", tally.refused));
    }
    if tally.suppressed > 0 {
        text.push_str(&format!(
            "; {} not mailed any more",
            plural(tally.suppressed, "reader")
        ));
    }
    if tally.leaving > 0 {
        text.push_str(&format!(
            "; {} asked to leave",
            plural(tally.leaving, "reader")
        ));
    }
    if tally.again > 0 {
        text.push_str(&format!("; {} known already", tally.again));
    }
    if tally.unknown > 0 {
        text.push_str(&format!("; {} about nobody we know", tally.unknown));
    }
    text
}
