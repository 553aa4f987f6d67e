//! `press stats`

use super::issue::{Format, json};
use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::statistics;
use press_core::render::chart::sparkline;
use press_core::render::statistics::{Series, Statistics};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let numbers = statistics::statistics(&global.load()?)?;
    terminal::result(&match arguments.format {
        Format::Json => json(&numbers),
        Format::Text => text(&numbers),
    });
    Ok(())
}

fn text(numbers: &Statistics) -> String {
    let (Some(first), Some(last)) = (numbers.years.first(), numbers.years.last()) else {
        return "nothing is published yet".to_owned();
    };
    let mut lines = vec![
        format!(
            "{} issues, {} items, {} links, {} events, {first} to {last}",
            numbers.issues, numbers.items, numbers.links, numbers.events
        ),
        String::new(),
        heading(
            "",
            "in all",
            &format!("{last}"),
            &format!("{first} to {last}"),
        ),
        row("Issues", &numbers.issues_by_year, true),
        row("Items", &numbers.items_by_year, true),
        row("Words of a typical issue", &numbers.words_by_year, false),
    ];
    if let Some(making) = &numbers.making {
        let everybody = Series {
            name: "People who wrote".to_owned(),
            counts: making.people.clone(),
        };
        lines.push(line(
            &everybody.name,
            &making.everybody.to_string(),
            &everybody.counts,
        ));
        lines.push(row(
            "People of a typical issue",
            &making.people_an_issue,
            false,
        ));
        lines.push(row("Changes after publication", &making.corrections, true));
    }
    for (title, series) in [
        ("Items by section", &numbers.sections),
        ("Events by region", &numbers.regions),
    ] {
        if !series.is_empty() {
            lines.extend([String::new(), title.to_owned()]);
            lines.extend(series.iter().map(|one| row(&one.name, &one.counts, true)));
        }
    }
    lines.extend([String::new(), "Links by host".to_owned()]);
    let most = numbers.hosts.first().map_or(1, |(_, count)| *count).max(1);
    lines.extend(numbers.hosts.iter().map(|(host, count)| {
        let bar = "█".repeat((count * 30).div_ceil(most));
        format!("{} {count:>7}  {bar}", cell(host))
    }));
    lines.join("\n")
}

/// Widest name.
const NAME: usize = 34;

fn cell(name: &str) -> String {
    let short: String = name.chars().take(NAME).collect();
    let pad = NAME - short.chars().count();
    format!("{short}{}", " ".repeat(pad))
}

fn heading(name: &str, total: &str, last: &str, years: &str) -> String {
    format!("{} {total:>7} {last:>7}  {years}", cell(name))
}

/// A row of years; `sums` says whether their sum means anything.
fn row(name: &str, counts: &[usize], sums: bool) -> String {
    let total: usize = counts.iter().sum();
    let total = if sums {
        total.to_string()
    } else {
        String::new()
    };
    line(name, &total, counts)
}

fn line(name: &str, total: &str, counts: &[usize]) -> String {
    let last = counts.last().copied().unwrap_or(0).to_string();
    heading(name, total, &last, &sparkline(counts))
}
