//! `docs/commands.md`, made from the command line's own description.

use crate::documents::keep_up_to_date;
use clap::{Arg, Command};

#[test]
fn the_reference_of_commands_is_up_to_date() {
    let mut root = press::cli::command();
    root.build();
    let mut page = String::from("## Options of every command\n\n");
    page.push_str(&table(
        root.get_arguments().filter(|arg| arg.is_global_set()),
    ));
    for command in root.get_subcommands_mut() {
        describe(command, &mut page);
    }
    keep_up_to_date("commands.md", "commands", &page);
}

/// A command with its arguments; one that has commands of its own stands for these.
fn describe(command: &mut Command, page: &mut String) {
    if command.get_name() == "help" {
        return;
    }
    if command.has_subcommands() {
        for inner in command.get_subcommands_mut() {
            describe(inner, page);
        }
        return;
    }
    let name = command.get_bin_name().unwrap_or_default().to_owned();
    page.push_str(&format!("## {name}\n\n"));
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.push_str(&format!("{about}.\n\n"));
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    page.push_str(&format!("```text\n{usage}\n```\n\n"));
    let own = command.get_arguments().filter(|arg| !arg.is_global_set());
    page.push_str(&table(own));
}

fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<String> = arguments
        .filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version") && !arg.is_hide_set())
        .map(row)
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("| argument | meaning |\n|---|---|\n{}\n\n", rows.join("\n"))
}

fn row(arg: &Arg) -> String {
    let value = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values())
        .and_then(|names| names.first())
        .map(|name| format!("<{name}>"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let written = match (names.is_empty(), value) {
        (true, value) => value.unwrap_or_default(),
        (false, None) => names.join(", "),
        (false, Some(value)) => format!("{} {value}", names.join(", ")),
    };
    let mut meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = arg.get_possible_values();
    if arg.get_action().takes_values() && !values.is_empty() {
        let explained = values.iter().map(|value| {
            let help = value
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("`{}` ({})", value.get_name(), help.to_lowercase())
        });
        meaning.push_str(&format!(": {}", explained.collect::<Vec<_>>().join(" or ")));
    }
    let defaults = arg.get_default_values();
    if !arg.is_hide_default_value_set() && arg.get_action().takes_values() && !defaults.is_empty() {
        let defaults: Vec<_> = defaults
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        meaning.push_str(&format!(". Without it: `{}`", defaults.join(" ")));
    }
    format!("| `{written}` | {} |", meaning.replace('|', "\\|"))
}
