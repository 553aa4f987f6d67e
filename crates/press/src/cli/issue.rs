//! `press issue list|show|repair`

use super::{Global, terminal};
use crate::error::Result;
use crate::newsletter;
use crate::pipeline::inspect::{self, Found};
use press_core::issue::PlaceMode;
use press_core::span::LineIndex;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List all issues and drafts
    List {
        /// Only headings that match no section, with their places
        #[arg(long)]
        unknown: bool,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Show one issue: masthead, sections, items, events
    Show {
        /// Number, day or path of the issue; `latest` or `draft`
        #[arg(value_name = "ISSUE")]
        issue: String,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Restore a text that was read in a wrong encoding and saved again
    Repair {
        /// The damaged file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Write the repaired text into the file instead of printing it
        #[arg(long)]
        write: bool,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

pub(super) fn run(global: &Global, command: &Command) -> Result<()> {
    match command {
        Command::List { unknown, format } => list(global, *unknown, *format),
        Command::Show { issue, format } => show(global, issue, *format),
        Command::Repair { file, write } => repair(file, *write),
    }
}

fn list(global: &Global, unknown: bool, format: Format) -> Result<()> {
    let (overviews, skipped) = inspect::list(&global.load()?)?;
    for path in skipped {
        terminal::tell(&format!(
            "note: {} is skipped: only .md and .markdown files are read",
            path.display()
        ));
    }
    if matches!(format, Format::Json) {
        terminal::result(&json(&overviews));
        return Ok(());
    }
    let mut lines = Vec::new();
    if unknown {
        for overview in &overviews {
            let path = overview.path.display();
            lines.extend(
                overview
                    .unknown
                    .iter()
                    .map(|found| format!("{path}:{}: {}", found.line, found.heading)),
            );
        }
        terminal::result(&lines.join("\n"));
        return Ok(());
    }
    lines.push("number  date        sections  items  events  links  title".to_owned());
    for overview in &overviews {
        let number = overview
            .number
            .map_or_else(|| "-".to_owned(), |number| number.to_string());
        let date = overview
            .date
            .map_or_else(|| "-".to_owned(), |date| date.to_string());
        let draft = if overview.draft { " (draft)" } else { "" };
        let strange = match overview.unknown.len() {
            0 => String::new(),
            1 => " (1 unknown heading)".to_owned(),
            count => format!(" ({count} unknown headings)"),
        };
        let numbers = (
            overview.sections,
            overview.items,
            overview.events,
            overview.links,
        );
        lines.push(format!(
            "{number:>6}  {date:10}  {:>8}  {:>5}  {:>6}  {:>5}  {}{draft}{strange}",
            numbers.0, numbers.1, numbers.2, numbers.3, overview.title
        ));
    }
    terminal::result(&lines.join("\n"));
    Ok(())
}

fn show(global: &Global, wanted: &str, format: Format) -> Result<()> {
    let found = inspect::find(&global.load()?, wanted)?;
    match format {
        Format::Json => terminal::result(&json(&found.view())),
        Format::Text => terminal::result(&text(&found)),
    }
    Ok(())
}

/// A view as programs read it.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("views are plain data")
}

fn text(found: &Found) -> String {
    let issue = &found.issue;
    let lines = LineIndex::new(issue.text());
    let masthead = &issue.masthead;
    let mut out = vec![format!("{}", found.path.display())];
    let mut row = |name: &str, value: Option<String>| {
        out.push(format!(
            "{name:9} {}",
            value.unwrap_or_else(|| "-".to_owned())
        ));
    };
    row("title", masthead.title.clone());
    row("number", masthead.number.map(|number| number.to_string()));
    row("date", masthead.date.map(|date| date.to_string()));
    row("category", masthead.category.clone());
    for (index, section) in issue.sections.iter().enumerate() {
        let depth =
            std::iter::successors(section.parent, |parent| issue.sections[*parent].parent).count();
        let name = match &section.id {
            Some(id) => format!("{id} ({})", section.title),
            None => format!("?? {} (no section is called so)", section.title),
        };
        out.push(format!(
            "\n{}{:>5}  {name}",
            "  ".repeat(depth),
            lines.line(section.head.start)
        ));
        let indent = "  ".repeat(depth);
        let events: Vec<_> = issue
            .events
            .iter()
            .filter(|event| event.section == Some(index))
            .collect();
        for event in &events {
            out.push(format!("{indent}       {}", event_line(event)));
        }
        for item in issue.items_of(index).filter(|_| events.is_empty()) {
            let view = found.item(item, &lines);
            let marks: String = view.marks.iter().map(|mark| format!("[{mark}] ")).collect();
            let url = view.url.map_or_else(String::new, |url| format!("  {url}"));
            let note = view.note.map_or_else(String::new, |note| {
                format!("  | {}", note.replace('\n', " "))
            });
            out.push(format!(
                "{indent}{}       {marks}{}{url}{note}",
                "  ".repeat(view.depth),
                view.title
            ));
        }
    }
    for finding in &issue.findings {
        out.push(format!(
            "\n{}: {}",
            lines.line(finding.span.start),
            finding.message
        ));
    }
    out.join("\n")
}

fn event_line(event: &press_core::issue::Event) -> String {
    let day = event
        .date
        .map_or_else(|| "????-??-??".to_owned(), |date| date.to_string());
    let until = event
        .end_date
        .map_or_else(String::new, |date| format!(" to {date}"));
    let mode = match event.place.mode {
        PlaceMode::InPerson => "",
        PlaceMode::Virtual => "virtual ",
        PlaceMode::Hybrid => "hybrid ",
    };
    let parts = [&event.place.city, &event.place.state, &event.place.country];
    let place: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let organisers: Vec<&str> = event
        .organisers
        .iter()
        .map(|organiser| organiser.name.as_str())
        .collect();
    let paid = if event.paid { " $" } else { "" };
    format!(
        "{day}{until} | {mode}{} | {} | {}{paid}  {}",
        place.join(", "),
        organisers.join(" & "),
        event.title,
        event.url
    )
}

fn repair(file: &std::path::Path, write: bool) -> Result<()> {
    let text = newsletter::read(file)?;
    let Some(repair) = press_core::encoding::repair(&text) else {
        terminal::tell(&format!("{} is not damaged", file.display()));
        return Ok(());
    };
    let (count, name) = (repair.edits.len(), repair.encoding.name());
    terminal::tell(&format!(
        "{}: read as {name} by mistake, {count} places repaired",
        file.display()
    ));
    if !write {
        terminal::result(repair.text.trim_end_matches('\n'));
        return Ok(());
    }
    newsletter::write(file, &repair.text)
}
