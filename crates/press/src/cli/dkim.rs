//! `press dkim`

use super::{Global, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::pipeline::keys;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Make an Ed25519 key in this file
    #[arg(long, value_name = "FILE")]
    new: Option<PathBuf>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    if let Some(path) = &arguments.new {
        keys::make(path)?;
        terminal::result(&format!(
            "{}: a new key; keep it out of Git",
            path.display()
        ));
        terminal::tell(
            "name it under `dkim` of [mail] in press.toml; `press dkim` then says what to publish",
        );
        return Ok(());
    }
    let records = keys::records(&global.load()?, &Secrets::environment())?;
    if records.is_empty() {
        let error = Error::new("press.toml names no key that signs mail");
        return Err(
            error.help("make one with `press dkim --new FILE`, and name it under `dkim` of [mail]")
        );
    }
    for record in records {
        terminal::result(&format!("{}. TXT", record.name));
        // A string in DNS has at most 255 bytes; several are read as one.
        let parts: Vec<&str> = split(&record.text, 250);
        let parts: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        terminal::result(&format!("    {}", parts.join("\n    ")));
    }
    Ok(())
}

/// ASCII text in parts of at most `size` bytes.
fn split(text: &str, size: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(size));
        parts.push(part);
        rest = after;
    }
    parts
}
