//! Where backups are put: one file that is replaced, or a folder in which a new one appears and old ones go.
//!
//! A backup is written beside its place under another name, readable by its owner only, read again and compared, and only
//! then given its name. What a killed program left behind is removed by the next one: the lock on it is free.

use super::file::{self, Summary};
use crate::error::{Error, Result};
use jiff::Timestamp;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A backup that was written.
#[derive(Clone, Debug)]
pub struct Done {
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub summary: Summary,
    /// Its size.
    pub size_bytes: u64,
    /// Older ones that were removed.
    pub removed: Vec<PathBuf>,
}

/// Where a backup is to be put.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    folder: PathBuf,
    keep: Option<usize>,
}

const ENDING: &str = ".jsonl.gz";

impl Place {
    pub(super) fn choose(target: &Path, keep: Option<usize>, now: Timestamp) -> Result<Place> {
        if target.is_dir() {
            let stem = now.strftime("press-%Y-%m-%d-%H%M%S").to_string();
            let names = (1..).map(|count| match count {
                1 => format!("{stem}{ENDING}"),
                count => format!("{stem}-{count}{ENDING}"),
            });
            let mut paths = names.map(|name| target.join(name));
            let path = paths.find(|path| !path.exists()).unwrap_or_default();
            let folder = target.to_owned();
            return Ok(Place { path, folder, keep });
        }
        if keep.is_some() {
            let error = Error::new(format!("{} is no folder", target.display()));
            return Err(
                error.help("`--keep` is for backups in a folder: make it, or leave `--keep` out")
            );
        }
        if target.exists() && !file::is_backup(target) {
            let error = Error::new(format!("{} is there, and is no backup", target.display()));
            return Err(error
                .help("name another file, or a folder")
                .state("it was left as it is"));
        }
        let parent = target.parent().filter(|parent| *parent != Path::new(""));
        let folder = parent.unwrap_or(Path::new(".")).to_owned();
        if !folder.is_dir() || target.file_name().is_none() {
            let error = Error::new(format!("there is no folder {}", folder.display()));
            return Err(error.help("make it, for example with `mkdir -m 700`"));
        }
        let path = target.to_owned();
        Ok(Place { path, folder, keep })
    }

    /// Has a backup written, compares it, and puts it into its place.
    pub(super) async fn write(
        &self,
        dump: impl AsyncFnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<Done> {
        self.remove_left_over();
        let part = self.part(std::process::id());
        let done = self.write_part(&part, dump).await;
        if done.is_err() {
            let _ = fs::remove_file(&part);
        }
        let (summary, size_bytes) = done?;
        Ok(Done {
            path: self.path.clone(),
            summary,
            size_bytes,
            removed: self.remove_old()?,
        })
    }

    async fn write_part(
        &self,
        part: &Path,
        dump: impl AsyncFnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<(Summary, u64)> {
        let file = create(part)?;
        let mut out = BufWriter::with_capacity(1 << 16, &file);
        dump(&mut out).await?;
        let flushed = out.flush().and_then(|()| file.sync_all());
        flushed.map_err(|cause| Error::io("write", part, &cause))?;
        drop(out);
        // A disk that does not keep what it is given is noticed now, not on the day when it is needed.
        let summary = file::verify(part)?;
        let size_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let moved = fs::rename(part, &self.path);
        moved.map_err(|cause| Error::io("write", &self.path, &cause))?;
        // The name is safe only when the folder is written. Some systems cannot be asked for that.
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok((summary, size_bytes))
    }

    /// A name for the file while it is written.
    fn part(&self, process: u32) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.folder.join(format!(".{name}.{process}.part"))
    }

    /// Removes what programs that were killed have left.
    fn remove_left_over(&self) {
        for path in self.files(is_part) {
            // Whoever still writes holds the lock.
            let free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            if free {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Removes the oldest backups of a folder.
    fn remove_old(&self) -> Result<Vec<PathBuf>> {
        let Some(keep) = self.keep else {
            return Ok(Vec::new());
        };
        let mut all = self.files(is_ours);
        all.sort();
        let many = all.len().saturating_sub(keep.max(1));
        all.truncate(many);
        for path in &all {
            let removed = fs::remove_file(path);
            removed.map_err(|cause| Error::io("remove the old backup", path, &cause))?;
        }
        Ok(all)
    }

    fn files(&self, wanted: fn(&str) -> bool) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let named = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str);
            name.is_some_and(wanted)
        };
        paths.filter(named).collect()
    }
}

/// A new file that only its owner reads, locked for as long as it is written.
fn create(path: &Path) -> Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path);
    let file = file.map_err(|cause| Error::io("write", path, &cause))?;
    let locked = file.try_lock();
    locked.map_err(|cause| Error::io("lock", path, &cause.into()))?;
    Ok(file)
}

/// `press-2026-11-21-213000.jsonl.gz`: others in the folder are left alone.
fn is_ours(name: &str) -> bool {
    let middle = name
        .strip_prefix("press-")
        .and_then(|name| name.strip_suffix(ENDING));
    let form = "dddd-dd-dd-dddddd";
    middle.is_some_and(|middle| {
        let fits = |(sign, kind): (char, char)| match kind {
            'd' => sign.is_ascii_digit(),
            kind => sign == kind,
        };
        let (head, tail) = middle.split_at_checked(form.len()).unwrap_or(("", "?"));
        let counted = tail.strip_prefix('-').is_some_and(|count| {
            !count.is_empty() && count.chars().all(|sign| sign.is_ascii_digit())
        });
        head.len() == form.len()
            && head.chars().zip(form.chars()).all(fits)
            && (tail.is_empty() || counted)
    })
}

/// `.press-2026-11-21-213000.jsonl.gz.4711.part`, or that of a name of one's own.
fn is_part(name: &str) -> bool {
    let middle = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix(".part"));
    let process = middle.and_then(|middle| middle.rsplit_once('.'));
    process.is_some_and(|(_, process)| {
        !process.is_empty() && process.chars().all(|sign| sign.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_files_are_counted() {
        assert!(is_ours("press-2026-11-21-213000.jsonl.gz"));
        assert!(is_ours("press-2026-11-21-213000-2.jsonl.gz"));
        for other in [
            "press-2026-11-21-213000.jsonl.gz.old",
            "press-before-the-move.jsonl.gz",
            "press-2026-11-21-213000x.jsonl.gz",
            "press-.jsonl.gz",
            "notes.txt",
        ] {
            assert!(!is_ours(other), "{other}");
        }
        assert!(is_part(".backup.gz.4711.part"));
        assert!(!is_part(".backup.gz.part"));
        assert!(!is_part("backup.gz.4711.part"));
    }
}
