//! `press search`

use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::search::Library;
use press_core::render::search::{Answer, Filters, Found};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Words; "several words" that stand together; begin* for what begins so. What comes last may go on
    query: Vec<String>,
    /// Only in the section with this id in press.toml, or in one within it
    #[arg(long, value_name = "ID")]
    section: Option<String>,
    /// Only of this year
    #[arg(long)]
    year: Option<i16>,
    /// Only with this mark, such as video
    #[arg(long)]
    mark: Option<String>,
    /// Only what leads to this host, or to one that ends so
    #[arg(long)]
    host: Option<String>,
    /// How many entries
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    limit: usize,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Some lines for each entry
    Text,
    /// A JSON object with the entries
    Json,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let config = global.load()?;
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let filters = Filters {
        section: text(&arguments.section),
        year: arguments.year,
        mark: text(&arguments.mark),
        host: text(&arguments.host).to_lowercase(),
    };
    let library = Library::of_issues(&config)?;
    let answer = library.search(&arguments.query.join(" "), &filters, arguments.limit)?;
    if let Format::Json = arguments.format {
        let json = serde_json::to_string_pretty(&answer).unwrap_or_default();
        terminal::result(&json);
        return Ok(());
    }
    // Whoever reads what was found should know before that it is for another word.
    for (typed, meant) in &answer.guessed {
        terminal::tell(&format!(
            "nothing has \"{typed}\", this is for \"{meant}\":"
        ));
    }
    for found in &answer.found {
        terminal::result(&shown(found, config.base().0));
    }
    terminal::tell(&said(&answer));
    Ok(())
}

/// An entry: its title, where it leads, where it stands.
fn shown(found: &Found, origin: &str) -> String {
    let marks: String = found
        .marks
        .iter()
        .map(|mark| format!("[{mark}] "))
        .collect();
    let issue = match found.number {
        Some(number) => format!("issue {number}"),
        None => found.issue.clone(),
    };
    let place = format!(
        "{issue}, {}, {}: {origin}{}",
        found.date, found.section, found.place
    );
    let mut lines = vec![
        format!("{marks}{}", found.title),
        format!("  {}", found.url),
    ];
    if !found.note.is_empty() {
        lines.push(format!("  {}", found.note));
    }
    lines.push(format!("  {place}"));
    lines.join("\n")
}

fn said(answer: &Answer) -> String {
    let mut said = String::new();
    for word in &answer.missing {
        said.push_str(&format!("nothing has \"{word}\"; "));
    }
    if answer.whole < answer.total {
        said.push_str(&format!("{} with all of these words; ", answer.whole));
    }
    let entries = if answer.total == 1 {
        "entry"
    } else {
        "entries"
    };
    format!("{said}{} {entries}", answer.total)
}
