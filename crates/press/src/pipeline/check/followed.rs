//! What a check that is repeated depends on: the texts, the configuration, the template, the archive.

use super::template_path;
use crate::config::{Config, FILE_NAME};
use crate::pipeline::watch::{Watched, folder_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files and folders whose change asks for another check.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Followed {
    /// What a check of `paths` depends on, as far as it is known: `config` is none while it cannot be read from
    /// `folder` or from `elsewhere`.
    pub fn new(
        folder: &Path,
        elsewhere: Option<&Path>,
        config: Option<&Config>,
        paths: &[PathBuf],
    ) -> Followed {
        let own = elsewhere.map_or_else(|| folder.join(FILE_NAME), Path::to_path_buf);
        let template = config.map(template_path);
        let files = paths.iter().cloned().chain([own]).chain(template);
        let issues = config.map(|config| config.issues.clone());
        let drafts = config.filter(|_| paths.is_empty());
        let drafts = drafts.map(|config| config.drafts.clone());
        let folders = issues.into_iter().chain(drafts);
        Followed {
            files: files.map(|path| whole_file(&path)).collect(),
            folders: folders.map(|path| whole(&path)).collect(),
        }
    }

    /// The folders to watch.
    pub fn watched(&self) -> impl Iterator<Item = Watched> {
        let of_files = self.files.iter().map(|file| folder_of(file).to_owned());
        let folders: BTreeSet<PathBuf> = of_files.chain(self.folders.iter().cloned()).collect();
        folders.into_iter().map(|folder| Watched {
            folder,
            deep: false,
        })
    }

    /// Whether a change of `path` asks for another check.
    pub fn concerns(&self, path: &Path) -> bool {
        let text = path.extension().and_then(|found| found.to_str());
        let text = matches!(text, Some("md" | "markdown"));
        let path = whole_file(path);
        // A folder that appears may bring texts.
        self.files.contains(&path)
            || self.folders.contains(&path)
            || text && self.folders.contains(folder_of(&path))
    }
}

fn whole(path: &Path) -> PathBuf {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
    whole.unwrap_or_else(|_| path.to_owned())
}

/// A file's path by that of its folder: the file itself may be about to be replaced.
fn whole_file(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    whole(folder_of(path)).join(name)
}
