//! `press check` and `press explain`

mod github;
mod json;
mod sarif;
mod text;
mod watch;

use super::{Global, Next, plural, terminal};
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};
use crate::pipeline::check::{CheckOptions, Checked, Fixes, check};
use press_core::check::rules;
use press_core::diagnostic::Level;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files to judge; without any the newest draft
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Apply the fixes that are surely right
    #[arg(long)]
    fix: bool,
    /// Apply also those that are probably right
    #[arg(long)]
    unsafe_fixes: bool,
    /// Report only what changed since a Git revision brought
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Judge again whenever a text, the template or press.toml changes
    #[arg(long, conflicts_with_all = ["fix", "unsafe_fixes"])]
    watch: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs: one object a line
    Json,
    /// Annotations on a pull request, as GitHub's workflows read them
    Github,
    /// SARIF 2.1.0, which code-scanning services read
    Sarif,
}

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The rule's name; without it all rules are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    if arguments.watch {
        return watch::run(global, arguments);
    }
    judge(global.load()?, arguments)
}

fn judge(config: Config, arguments: &Arguments) -> Result<Next> {
    let options = CheckOptions {
        fixes: Fixes::of(arguments.fix, arguments.unsafe_fixes),
        since: arguments.since.as_deref(),
    };
    let checked = check(config, &arguments.paths, options)?;
    let (denied, warned) = print(&checked, arguments.format);
    if matches!(arguments.format, Format::Text) {
        let unchecked = checked
            .iter()
            .flat_map(|file| &file.report.not_checked)
            .next();
        if let Some((_, fact)) = unchecked {
            terminal::tell(&format!(
                "note: rules that compare with {fact} did not check: there is none"
            ));
        }
        terminal::tell(&format!(
            "{} checked: {denied} to mend, {warned} to look at",
            plural(checked.len(), "text")
        ));
    }
    Ok(if denied > 0 { Next::Denied } else { Next::Done })
}

/// Prints findings; gives how many are at level deny and how many at level warn.
pub(super) fn print(checked: &[Checked], format: Format) -> (usize, usize) {
    for file in checked.iter().filter(|file| file.fixed) {
        terminal::tell(&format!("{}: fixed", file.path.display()));
    }
    let mut denied = 0;
    let mut warned = 0;
    for file in checked {
        let level = |level| {
            file.report
                .findings
                .iter()
                .filter(|finding| finding.level == level)
                .count()
        };
        denied += level(Level::Deny);
        warned += level(Level::Warn);
        match format {
            Format::Json => json::print(file),
            Format::Text => text::print(file),
            Format::Github => github::print(file),
            Format::Sarif => {}
        }
    }
    if matches!(format, Format::Sarif) {
        sarif::print(checked);
    }
    (denied, warned)
}

pub(super) fn explain(arguments: &Explain) -> Result<()> {
    let Some(name) = &arguments.rule else {
        let names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        terminal::result(&names.join("\n"));
        return Ok(());
    };
    let names = rules::all().map(|rule| rule.name);
    let Some(rule) = rules::all().find(|rule| rule.name == name) else {
        let error = Error::new(format!("there is no rule `{name}`"));
        return Err(match did_you_mean(name, names) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help("`press explain` lists all rules"),
        });
    };
    terminal::result(rule.page.trim_end());
    Ok(())
}
