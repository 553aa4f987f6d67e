//! The site as it will be, made aside: the published issues, and the finished draft among them.

use super::finished;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::build::{BuildOptions, BuildReport, build};
use crate::pipeline::publish::Night;
use std::path::{Path, PathBuf};

/// A newsletter whose issues stand in a folder of their own.
#[derive(Debug)]
pub(super) struct Stage {
    /// It.
    pub(super) config: Config,
    /// The issue's file in it.
    pub(super) file: PathBuf,
    /// The issue's text.
    pub(super) text: String,
}

impl Stage {
    pub(super) fn set(night: &Night<'_>) -> Result<Stage> {
        let text = finished(night)?;
        let home = std::path::absolute(night.config.home().join(".press").join("gate"));
        let home = home.map_err(|cause| {
            Error::new("cannot find out where we are").because(cause.to_string())
        })?;
        let mut config = night.config.clone();
        config.issues = home.join("issues");
        config.site.out = home.join("site");
        // Links, not copies: the files' times stay, so the next gate makes only what changed.
        let _ = std::fs::remove_dir_all(&config.issues);
        std::fs::create_dir_all(&config.issues)
            .map_err(|cause| Error::io("make the folder", &config.issues, &cause))?;
        if night.config.issues.is_dir() {
            for listed in newsletter::list(&night.config.issues)?.files {
                link(&listed.path, &config.issues.join(&listed.name))?;
            }
        }
        let file = config
            .issues
            .join(night.piece.path.file_name().unwrap_or_default());
        // It may be a link to the published file, which must not be written through.
        let _ = std::fs::remove_file(&file);
        newsletter::write(&file, &text)?;
        Ok(Stage { config, file, text })
    }

    pub(super) fn build(&self) -> Result<BuildReport> {
        let options = BuildOptions {
            out: &self.config.site.out,
            clean: false,
            drafts: false,
            live: false,
            pages_only: false,
            progress: &|_, _| {},
        };
        build(&self.config, &options)
    }

    /// A file of the site, if it is there.
    pub(super) fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(self.config.site.out.join(path)).ok()
    }
}

fn link(from: &Path, to: &Path) -> Result<()> {
    std::fs::hard_link(from, to)
        .or_else(|_| std::fs::copy(from, to).map(|_| ()))
        .map_err(|cause| Error::io("copy", from, &cause))
}
