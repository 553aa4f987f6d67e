//! The site's folder: only files that we wrote are replaced or deleted, and only when all is ready.
//!
//! Files are first written to a staging folder and moved into place at the end, so a full disk or a killed
//! build leaves the old site as it was. The list of our files is kept in the folder itself; before anything
//! moves it already names the new ones, so that a build killed between two moves still knows what is ours.

use crate::error::{Error, Result};
use crate::newsletter::Stamp;
use press_core::render::address::file_of;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The list of our files, one path a line.
const LIST: &str = ".press-files";
const LIST_HEAD: &str =
    "# Files that `press build` made here. It replaces and deletes these and no others.\n";
const STAGING: &str = ".press-staging";

/// A site's folder while it is written.
#[derive(Debug)]
pub(super) struct Output {
    folder: PathBuf,
    owned: BTreeSet<String>,
    next: AtomicU64,
}

/// A file that waits to be moved into place.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: String,
    pub(super) stamp: Stamp,
    temporary: PathBuf,
}

impl Output {
    /// Opens `folder` for writing; makes it if needed. A folder that holds something else is refused.
    pub(super) fn open(folder: &Path) -> Result<Output> {
        let owned = owned(folder)?;
        let staging = folder.join(STAGING);
        fs::create_dir_all(&staging)
            .map_err(|cause| Error::io("make the folder", &staging, &cause))?;
        let output = Output {
            folder: folder.to_owned(),
            owned,
            next: AtomicU64::new(0),
        };
        // From here on the folder is ours, whatever happens.
        if !folder.join(LIST).exists() {
            output.write_list(&output.owned)?;
        }
        Ok(output)
    }

    /// What is known of the file that answers `path`, if it is there.
    pub(super) fn stamp(&self, path: &str) -> Option<Stamp> {
        let metadata = fs::symlink_metadata(self.folder.join(path)).ok()?;
        metadata.is_file().then(|| Stamp::of(&metadata))
    }

    /// The stamp of the file at `path` if it holds just these bytes: such a file is left alone, which is
    /// quicker, and programs that copy the site see what really changed.
    pub(super) fn holds(&self, path: &str, bytes: &[u8]) -> Option<Stamp> {
        let stamp = self
            .stamp(path)
            .filter(|stamp| stamp.size == bytes.len() as u64)?;
        let same = self.owned.contains(path) && fs::read(self.folder.join(path)).ok()? == bytes;
        same.then_some(stamp)
    }

    /// Writes a file aside.
    pub(super) fn stage(&self, path: String, bytes: &[u8]) -> Result<Staged> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.folder.join(STAGING).join(number.to_string());
        let write = || {
            let mut file = fs::File::create(&temporary)?;
            file.write_all(bytes)?;
            file.metadata()
        };
        let metadata = write().map_err(|cause| {
            Error::io("write", &self.folder.join(&path), &cause)
                .state("the site is as it was before")
        })?;
        Ok(Staged {
            path,
            stamp: Stamp::of(&metadata),
            temporary,
        })
    }

    /// Moves all staged files into place, then deletes those of ours that `all` does not name.
    pub(super) fn commit(&self, staged: &[Staged], all: &BTreeSet<String>) -> Result<usize> {
        for file in staged
            .iter()
            .filter(|file| !self.owned.contains(&file.path))
        {
            self.refuse_foreign(&file.path)?;
        }
        let stale: Vec<&String> = self.owned.difference(all).collect();
        let written = staged.iter().map(|file| &file.path);
        self.refuse_links(written.chain(stale.iter().copied()))?;
        if *all != self.owned {
            let either: BTreeSet<String> = all.union(&self.owned).cloned().collect();
            self.write_list(&either)?;
        }
        let targets: Vec<PathBuf> = staged
            .iter()
            .map(|file| self.folder.join(&file.path))
            .collect();
        let parents: BTreeSet<&Path> = targets
            .iter()
            .filter_map(|target| target.parent())
            .collect();
        let parents: Vec<&Path> = parents.into_iter().collect();
        parents.par_iter().try_for_each(|parent| {
            fs::create_dir_all(parent).map_err(|cause| Error::io("make the folder", parent, &cause))
        })?;
        staged
            .par_iter()
            .zip(&targets)
            .try_for_each(|(file, target)| {
                fs::rename(&file.temporary, target).map_err(|cause| {
                    Error::io("write", target, &cause)
                        .state("the site is partly new; the same command completes it")
                })
            })?;
        for path in &stale {
            self.delete(path)?;
        }
        self.write_list(all)?;
        Ok(stale.len())
    }

    fn refuse_foreign(&self, path: &str) -> Result<()> {
        let target = self.folder.join(path);
        if fs::symlink_metadata(&target).is_err() {
            return Ok(());
        }
        let error = Error::new(format!(
            "{} stands in the way: press did not write it",
            target.display()
        ));
        Err(error
            .help("move it away, or build into another folder with `--out`")
            .state("nothing was changed"))
    }

    /// Nothing is written or deleted through a link that somebody put into the site: it may lead anywhere.
    fn refuse_links<'p>(&self, paths: impl Iterator<Item = &'p String>) -> Result<()> {
        let mut parents: BTreeSet<&Path> = BTreeSet::new();
        for path in paths {
            let above = Path::new(path).ancestors().skip(1);
            parents.extend(above.take_while(|parent| !parent.as_os_str().is_empty()));
        }
        let link = |parent: &&&Path| self.folder.join(**parent).is_symlink();
        let Some(link) = parents.iter().find(link) else {
            return Ok(());
        };
        let what = format!(
            "{} is a link; press writes no files through it",
            self.folder.join(link).display()
        );
        Err(Error::new(what)
            .help("take it away and build again")
            .state("nothing was changed"))
    }

    /// Deletes a file of ours and the folders that it leaves empty.
    fn delete(&self, path: &str) -> Result<()> {
        let target = self.folder.join(path);
        match fs::remove_file(&target) {
            Ok(()) => {}
            // Somebody deleted it, or put a folder of their own in its place.
            Err(_) if !target.is_file() => return Ok(()),
            Err(cause) => return Err(Error::io("delete", &target, &cause)),
        }
        let mut parent = target.parent();
        while let Some(folder) = parent.filter(|folder| *folder != self.folder) {
            // Only an empty folder can be removed, so a foreign file keeps its folder.
            if fs::remove_dir(folder).is_err() {
                break;
            }
            parent = folder.parent();
        }
        Ok(())
    }

    fn write_list(&self, files: &BTreeSet<String>) -> Result<()> {
        let mut text = LIST_HEAD.to_owned();
        for file in files {
            text.extend([file, "\n"]);
        }
        let temporary = self.folder.join(STAGING).join("list");
        let list = self.folder.join(LIST);
        if fs::read(&list).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        fs::write(&temporary, text)
            .and_then(|()| fs::rename(&temporary, &list))
            .map_err(|cause| Error::io("write", &list, &cause))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.folder.join(STAGING));
    }
}

/// The files in `folder` that are ours. Fails if the folder holds anything and no list.
fn owned(folder: &Path) -> Result<BTreeSet<String>> {
    let list = folder.join(LIST);
    match fs::read_to_string(&list) {
        // A list that somebody changed must not make us delete files outside the folder.
        Ok(text) => {
            let inside = |line: &&str| {
                !line.starts_with('#') && file_of(&format!("/{line}")).as_deref() == Some(*line)
            };
            return Ok(text.lines().filter(inside).map(str::to_owned).collect());
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::io("read", &list, &cause)),
    }
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(cause) => return Err(Error::io("read the folder", folder, &cause)),
    };
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != STAGING)) {
        let what = format!(
            "{} is not empty and was not made by press",
            folder.display()
        );
        let help = "name an empty or new folder with `--out`, or empty this one yourself";
        return Err(Error::new(what)
            .help(help)
            .state("nothing in it was touched"));
    }
    Ok(BTreeSet::new())
}
