//! `press suggest`

use super::issue::{Format, json};
use super::{Global, terminal};
use crate::error::Result;
use crate::pipeline::suggest::{Proposal, suggest_one};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The link's address
    #[arg(value_name = "LINK")]
    link: String,
    /// The title of its page; the guess is much better with it
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    /// A mark it will have, such as `video`; may be given more than once
    #[arg(long, value_name = "MARK")]
    mark: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<()> {
    let marks: Vec<String> = arguments
        .mark
        .iter()
        .map(|mark| mark.to_lowercase())
        .collect();
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let config = global.load()?;
    let proposals = suggest_one(&config, &arguments.title, &arguments.link, &marks)?;
    match arguments.format {
        Format::Json => terminal::result(&json(&proposals)),
        Format::Text => {
            let lines: Vec<String> = proposals.iter().map(line).collect();
            terminal::result(&lines.join("\n"));
        }
    }
    Ok(())
}

/// " 61 %  walkthroughs (Rust Walkthroughs)"
fn line(proposal: &Proposal) -> String {
    let percent = (proposal.confidence * 100.0).round();
    let (section, title) = (&proposal.section, &proposal.title);
    format!("{percent:>3} %  {section} ({title})")
}
