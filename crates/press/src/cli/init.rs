//! `press init`

use super::terminal;
use crate::error::Result;
use crate::pipeline::scaffold;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A new or empty folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What the newsletter is called
    #[arg(long, default_value = "This Week in Something")]
    name: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let folder = &arguments.folder;
    scaffold::init(folder, &arguments.name, jiff::Zoned::now().date())?;
    terminal::result(&format!(
        "{} is ready.\n\n  press -C {} serve    shows it, and every change you make\n  press -C {} build    makes its site\n\nBegin with press.toml, then the file in draft/.",
        folder.display(),
        folder.display(),
        folder.display()
    ));
    Ok(())
}
