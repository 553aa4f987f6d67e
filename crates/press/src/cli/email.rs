//! `press email`

use super::issue::Format;
use super::{Global, terminal};
use crate::config::Secrets;
use crate::error::Result;
use crate::pipeline::email::{self, Request, Written};
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number, day or path of the issue; `latest` or `draft`. Without it the newest draft, or else the newest issue
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
    /// Show only events of this region: virtual, africa, asia, europe, north-america, oceania, south-america
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// Leave out this section, by its id in press.toml
    #[arg(long, value_name = "SECTION")]
    without: Vec<String>,
    /// Make a message without HTML
    #[arg(long)]
    text_only: bool,
    /// For whom the example is
    #[arg(long, value_name = "ADDRESS", default_value = "reader@example.org")]
    to: String,
    /// Where to write the files, instead of `.press/email` beside press.toml
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to print the bill
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let kept = config.home().join(".press").join("email");
    let request = Request {
        issue: arguments.issue.as_deref(),
        choice: email::choice(&config, &arguments.region, &arguments.without)?,
        text_only: arguments.text_only,
        to: &arguments.to,
        now: Timestamp::now(),
        out: arguments.out.as_ref().unwrap_or(&kept),
    };
    let written = email::write(&config, &Secrets::environment(), &request)?;
    for note in &written.notes {
        terminal::tell(&format!("note: {note}"));
    }
    match arguments.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&written);
            terminal::result(&json.expect("a bill is plain data"));
        }
        Format::Text => terminal::result(&bill(&written)),
    }
    Ok(())
}

/// The bill as a table, and the files.
fn bill(written: &Written) -> String {
    let mut lines = vec![format!("{}\n", written.subject)];
    lines.push("   HTML    text  items  section".to_owned());
    let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1e3);
    for part in &written.parts {
        let items = if part.items > 0 {
            part.items.to_string()
        } else {
            String::new()
        };
        let cut = if part.cut > 0 {
            format!(" ({} more on the web)", part.cut)
        } else {
            String::new()
        };
        lines.push(format!(
            "{:>7} {:>7}  {items:>5}  {}{cut}",
            kilobytes(part.html_bytes),
            kilobytes(part.text_bytes),
            part.title
        ));
    }
    lines.push(format!(
        "{:>7} {:>7}         kB of {} kB that the HTML may have; {} kB as it travels",
        kilobytes(written.html_bytes),
        kilobytes(written.text_bytes),
        written.budget_bytes / 1_000,
        kilobytes(written.message_bytes)
    ));
    if !written.shortened.is_empty() {
        lines.push(format!("shortened: {}", written.shortened.join(", ")));
    }
    lines.push(String::new());
    lines.extend(written.files.iter().map(|file| file.display().to_string()));
    lines.join("\n")
}
