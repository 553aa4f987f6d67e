//! The issue that is made known.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::build::sources;
use crate::pipeline::inspect;
use press_core::render::site::IssueHead;
use std::path::{Path, PathBuf};

/// The issue that is made known.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What stands for it in ids: its number, else its day and title.
    pub id: String,
    /// Title, number, day, address.
    pub head: IssueHead,
    /// Its whole address.
    pub url: String,
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Subject {
    /// The issue that is wanted, by number, day or path; without a wish the newest. A draft is none yet.
    pub fn find(config: &Config, wanted: Option<&str>) -> Result<Subject> {
        let path = inspect::find_path(config, wanted.unwrap_or("latest"))?;
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.parent().map(whole) == Some(whole(&config.drafts)) {
            return Err(Error::new(format!("{} is a draft", path.display()))
                .help("`press publish` lets it out, and makes it known")
                .state("nothing is out"));
        }
        Subject::of_file(config, &path)
    }

    /// The issue of a file.
    pub fn of_file(config: &Config, path: &Path) -> Result<Subject> {
        let (_, head) = sources::head_of(config, path, false)?;
        Ok(Subject {
            id: head.id(),
            url: format!("{}{}", config.base().0, head.url),
            text: newsletter::read(path)?,
            path: path.to_owned(),
            head,
        })
    }

    /// Its file in a folder, as it is named in the newsletter's.
    pub(super) fn within(&self, config: &Config, folder: &Path) -> String {
        let path = folder.join(self.path.file_name().unwrap_or_default());
        let path = path.strip_prefix(&config.folder).unwrap_or(&path);
        path.to_string_lossy().into_owned()
    }
}
