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
use rayon::prelude::*;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files or folders to judge; without any the newest draft
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
    let (mut checked, mut failed) = (Vec::new(), Vec::new());
    for file in check(config, &arguments.paths, options)? {
        match file {
            Ok(file) => checked.push(file),
            Err(error) => failed.push(error),
        }
    }
    let (denied, warned) = print(&checked, arguments.format);
    if matches!(arguments.format, Format::Text) {
        tell_rest(&checked, denied, warned);
    }
    // What could not be judged is said last, where it is seen.
    if let Some(last) = failed.pop() {
        failed.iter().for_each(Error::print);
        return Err(last);
    }
    Ok(if denied > 0 { Next::Denied } else { Next::Done })
}

fn tell_rest(checked: &[Checked], denied: usize, warned: usize) {
    let mut unchecked = checked.iter().flat_map(|file| &file.report.not_checked);
    if let Some((_, fact)) = unchecked.next() {
        terminal::tell(&format!(
            "note: rules that compare with {fact} did not check: there is none"
        ));
    }
    terminal::tell(&format!(
        "{} checked: {denied} to mend, {warned} to look at",
        plural(checked.len(), "text")
    ));
}

/// Prints findings; gives how many are at level deny and how many at level warn.
pub(super) fn print(checked: &[Checked], format: Format) -> (usize, usize) {
    for file in checked.iter().filter(|file| file.fixed) {
        terminal::tell(&format!("{}: fixed", file.path.display()));
    }
    // Drawing what compilers draw takes as long as finding it.
    let each = |written: fn(&Checked) -> String| {
        let written: Vec<String> = checked.par_iter().map(written).collect();
        written.iter().for_each(|text| terminal::print(text));
    };
    match format {
        Format::Json => each(json::written),
        Format::Text => each(text::written),
        Format::Github => each(github::written),
        Format::Sarif => sarif::print(checked),
    }
    (count(checked, Level::Deny), count(checked, Level::Warn))
}

/// How many findings of a level there are.
fn count(checked: &[Checked], level: Level) -> usize {
    let findings = checked.iter().flat_map(|file| &file.report.findings);
    findings.filter(|finding| finding.level == level).count()
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
