//! The live preview: a site with drafts, built again whenever a file of the newsletter changes.

mod mail;

use super::build::{BuildOptions, BuildReport, build};
use super::watch::{Watched, folder_of};
use crate::config::Config;
use crate::error::Result;
pub use mail::{Mails, ShownMail};
use std::path::{Path, PathBuf};

/// A newsletter that is shown while it is written.
#[derive(Debug)]
pub struct Preview {
    folder: PathBuf,
    elsewhere: Option<PathBuf>,
    config: Config,
    out: PathBuf,
}

impl Preview {
    /// A preview of the newsletter in `folder`, perhaps with a configuration kept elsewhere.
    pub fn new(folder: &Path, elsewhere: Option<&Path>) -> Result<Preview> {
        let config = Config::load(folder, elsewhere)?;
        let out = config.home().join(".press").join("preview");
        Ok(Preview {
            folder: folder.to_owned(),
            elsewhere: elsewhere.map(Path::to_owned),
            config,
            out,
        })
    }

    /// Builds what changed. The configuration is read again, for it may be what changed.
    pub fn build(&mut self) -> Result<BuildReport> {
        self.build_part(false)
    }

    /// Builds the pages that changed, and leaves what is made of all issues at once for [`Preview::build`].
    pub fn build_pages(&mut self) -> Result<BuildReport> {
        self.build_part(true)
    }

    fn build_part(&mut self, pages_only: bool) -> Result<BuildReport> {
        self.config = Config::load(&self.folder, self.elsewhere.as_deref())?;
        let options = BuildOptions {
            out: &self.out,
            clean: false,
            drafts: true,
            live: true,
            pages_only,
            progress: &|_, _| {},
        };
        build(&self.config, &options)
    }

    /// Where the pages are.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// The path below which the site stands on its host.
    pub fn base_path(&self) -> &str {
        self.config.base().1
    }

    /// The mails of its issues.
    pub fn mails(&self) -> Mails {
        Mails {
            folder: self.folder.clone(),
            elsewhere: self.elsewhere.clone(),
        }
    }

    /// The folders in which the files stand that the site is made from, whether they exist yet or not.
    pub fn watched(&self) -> Vec<Watched> {
        let config = &self.config;
        let folders = [
            &config.issues,
            &config.drafts,
            &config.pages,
            &config.site.theme,
        ];
        let assets = config.site.assets.iter().map(|(from, _)| from);
        let (files, assets): (Vec<_>, Vec<_>) = assets.partition(|from| from.is_file());
        let deep = folders.into_iter().chain(assets).map(|folder| Watched {
            folder: folder.clone(),
            deep: true,
        });
        // Folders of single files may hold anything; only these files matter.
        let files = files
            .into_iter()
            .chain([&config.path, &config.site.dead_links]);
        let files = files.map(|file| Watched {
            folder: folder_of(file).to_owned(),
            deep: false,
        });
        deep.chain(files).collect()
    }

    /// Whether a change of `path` may change the site.
    pub fn concerns(&self, path: &Path) -> bool {
        let own = path
            .components()
            .any(|part| part.as_os_str() == ".press" || part.as_os_str() == ".git");
        let in_out = path.starts_with(&self.config.site.out);
        !own && !in_out
    }
}
