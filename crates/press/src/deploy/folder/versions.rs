//! The versions of a site, each in a folder of its own, and the link that leads to one of them.
//!
//! `/srv/weekly` leads into `/srv/.weekly.versions/`, where `20261118-203000000-1a2b3c4d` is a version, a name that ends in
//! `.part` one that is not whole, and `before-…` the plain folder that was there first, which is never removed.

use crate::config::FolderPlace;
use crate::error::{Error, Result};
use jiff::Timestamp;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The versions of one place.
pub(super) struct Versions {
    /// The shown folder.
    shown: PathBuf,
    /// Its name.
    name: String,
    /// The folder of versions.
    folder: PathBuf,
}

/// What the shown folder is.
pub(super) enum Shown {
    /// It is not there.
    Nothing,
    /// This version of ours; or the newest, if the link was lost.
    Version(PathBuf),
    /// A plain folder.
    Plain(PathBuf),
}

const PART: &str = ".part";
const LOCK: &str = ".lock";
const LINK: &str = ".link";

/// How often somebody else's lock is tried, and how long apart.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

impl Versions {
    pub(super) fn of(place: &FolderPlace) -> Result<Versions> {
        let absolute = std::path::absolute(&place.folder);
        let shown = absolute.map_err(|cause| Error::io("find", &place.folder, &cause))?;
        let parent = shown.parent().unwrap_or(Path::new("/")).to_owned();
        if !parent.is_dir() {
            let error = Error::new(format!("there is no folder {}", parent.display()));
            return Err(error.help("make it, or mend `folder` of the place in press.toml"));
        }
        let name = shown.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let folder = parent.join(format!(".{name}.versions"));
        Ok(Versions {
            shown,
            name,
            folder,
        })
    }

    /// What is shown now. A link that is not ours is refused: nobody knows what else depends on it.
    pub(super) fn shown(&self) -> Result<Shown> {
        let Ok(found) = self.shown.symlink_metadata() else {
            let newest = self.all().pop();
            return Ok(newest.map_or(Shown::Nothing, |name| {
                Shown::Version(self.folder.join(name))
            }));
        };
        if found.is_dir() {
            return Ok(Shown::Plain(self.shown.clone()));
        }
        let version = self.linked();
        match version {
            Some(version) if self.folder.join(&version).is_dir() => {
                Ok(Shown::Version(self.folder.join(version)))
            }
            // Somebody removed the version.
            Some(_) => Ok(Shown::Nothing),
            None => {
                let error = Error::new(format!("{} is not ours", self.shown.display()));
                Err(error
                    .because(match found.is_symlink() {
                        true => "it is a link that press did not make",
                        false => "it is a file",
                    })
                    .help("let `folder` name a folder, or a path at which nothing is")
                    .state("it was left as it is"))
            }
        }
    }

    /// The name of the version that our link leads to.
    fn linked(&self) -> Option<String> {
        let target = fs::read_link(&self.shown).ok()?;
        let version = target.strip_prefix(format!(".{}.versions", self.name));
        let version = version.ok()?.to_str()?;
        is_version(version).then(|| version.to_owned())
    }

    /// Whether the shown folder is our link, and leads somewhere.
    pub(super) fn is_linked(&self) -> bool {
        self.linked().is_some() && self.shown.is_dir()
    }

    /// Keeps others out for as long as what it gives lives.
    pub(super) fn lock(&self) -> Result<File> {
        let failed = |cause: &io::Error| Error::io("write", &self.folder, cause);
        fs::create_dir_all(&self.folder).map_err(|cause| failed(&cause))?;
        let path = self.folder.join(LOCK);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|cause| Error::io("write", &path, &cause))?;
        // A program that was started somewhere at this very moment may hold the lock of one that is done for a blink.
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::Error(cause)) => return Err(failed(&cause)),
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            }
        }
        let what = format!("somebody else deploys to {} now", self.shown.display());
        Err(Error::new(what).help("wait until they are done"))
    }

    /// An error if no version could be written.
    pub(super) fn refuse_read_only(&self) -> Result<()> {
        let above = self.shown.parent().unwrap_or(Path::new("/"));
        let folder = if self.folder.is_dir() {
            &self.folder
        } else {
            above
        };
        can_write(folder).map_err(|cause| Error::io("write into", folder, &cause))
    }

    /// Puts away what a killed run has left.
    pub(super) fn tidy(&self) -> Result<()> {
        let link = self.folder.join(LINK);
        if let Ok(found) = link.symlink_metadata() {
            if found.is_dir() {
                // The folder that changed places with our link.
                self.keep_former(&link)?;
            } else {
                fs::remove_file(&link).map_err(|cause| Error::io("remove", &link, &cause))?;
            }
        }
        for name in self.names().filter(|name| name.ends_with(PART)) {
            let path = self.folder.join(name);
            fs::remove_dir_all(&path).map_err(|cause| Error::io("remove", &path, &cause))?;
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok())
    }

    /// The names of all whole versions, the oldest first.
    fn all(&self) -> Vec<String> {
        let whole = |name: &String| {
            let found = self.folder.join(name).symlink_metadata();
            is_version(name) && found.is_ok_and(|found| found.is_dir())
        };
        let mut all: Vec<String> = self.names().filter(whole).collect();
        all.sort_unstable_by_key(|name| order(name));
        all
    }

    /// An empty folder for a new version.
    pub(super) fn begin(&self, revision: &str) -> Result<PathBuf> {
        let stem = format!("{}-{}", stamp(), &revision[..8]);
        let mut names = (1..).map(|count| match count {
            1 => stem.clone(),
            count => format!("{stem}-{count}"),
        });
        let free = names.find(|name| !self.folder.join(name).exists());
        let part = self.folder.join(free.unwrap_or_default() + PART);
        fs::create_dir(&part).map_err(|cause| Error::io("make the folder", &part, &cause))?;
        Ok(part)
    }

    /// Gives a whole version its name.
    pub(super) fn name(&self, part: &Path) -> Result<PathBuf> {
        let version = part.with_extension("");
        fs::rename(part, &version).map_err(|cause| Error::io("write", &version, &cause))?;
        settle_folder(&self.folder);
        Ok(version)
    }

    /// Lets the link lead to a version.
    pub(super) fn switch(&self, version: &Path) -> Result<()> {
        let name = version.file_name().unwrap_or_default();
        let target = Path::new(&format!(".{}.versions", self.name)).join(name);
        let new = self.folder.join(LINK);
        link(&target, &new).map_err(|cause| Error::io("make the link", &new, &cause))?;
        let failed = |cause: io::Error| Error::io("switch", &self.shown, &cause);
        let plain = self
            .shown
            .symlink_metadata()
            .is_ok_and(|found| found.is_dir());
        if !plain {
            fs::rename(&new, &self.shown).map_err(failed)?;
        } else if exchange(&new, &self.shown).is_ok() {
            self.keep_former(&new)?;
        } else {
            // For a moment nothing is there; the system knows no better way.
            self.keep_former(&self.shown)?;
            fs::rename(&new, &self.shown).map_err(failed)?;
        }
        settle_folder(self.shown.parent().unwrap_or(Path::new("/")));
        Ok(())
    }

    /// Puts the folder that was there first beside the versions.
    fn keep_former(&self, from: &Path) -> Result<()> {
        let stem = format!("before-{}", stamp());
        let mut paths = (1..).map(|count| match count {
            1 => self.folder.join(&stem),
            count => self.folder.join(format!("{stem}-{count}")),
        });
        let to = paths.find(|path| path.symlink_metadata().is_err());
        let to = to.unwrap_or_default();
        fs::rename(from, &to).map_err(|cause| Error::io("move", from, &cause))
    }

    /// Removes the oldest versions; the shown one stays.
    pub(super) fn prune(&self, keep: usize) -> Result<()> {
        let mut all = self.all();
        let shown = self.linked();
        let many = all.len().saturating_sub(keep);
        all.truncate(many);
        for name in all.into_iter().filter(|name| Some(name) != shown.as_ref()) {
            let (old, part) = (self.folder.join(&name), self.folder.join(name + PART));
            let removed = fs::rename(&old, &part).and_then(|()| fs::remove_dir_all(&part));
            removed.map_err(|cause| Error::io("remove the old version", &old, &cause))?;
        }
        Ok(())
    }
}

fn stamp() -> String {
    Timestamp::now().strftime("%Y%m%d-%H%M%S%3f").to_string()
}

/// `20261118-203000000-1a2b3c4d`, and perhaps `-2`.
fn is_version(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let hash = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match parts.as_slice() {
        [day, time, revision] => digits(day, 8) && digits(time, 9) && hash(revision),
        [day, time, revision, count] => {
            let counted = !count.is_empty() && digits(count, count.len());
            digits(day, 8) && digits(time, 9) && hash(revision) && counted
        }
        _ => false,
    }
}

/// By time, and then by count.
fn order(name: &str) -> (String, u32) {
    let count = name.split('-').nth(3).and_then(|count| count.parse().ok());
    (name.chars().take(18).collect(), count.unwrap_or(1))
}

/// Has the disk keep a version, so that a power cut after the switch does not leave empty pages.
pub(super) fn settle(part: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let folder = File::open(part).map_err(|cause| Error::io("read", part, &cause))?;
        rustix::fs::syncfs(&folder).map_err(|cause| Error::io("write", part, &cause.into()))?;
    }
    settle_folder(part);
    Ok(())
}

/// The names in a folder are safe only when it is written. Some systems cannot be asked for that.
fn settle_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(unix)]
pub(super) fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
pub(super) fn link(_target: &Path, _at: &Path) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no links that can be switched",
    ))
}

/// Lets two names change places at once.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn can_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn can_write(folder: &Path) -> io::Result<()> {
    fs::read_dir(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_versions() {
        for good in [
            "20261118-203000000-1a2b3c4d",
            "20261118-203000000-1a2b3c4d-12",
        ] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "20261118-203000000-1a2b3c4d.part",
            "before-20261118-203000000",
            "20261118-203000000-1a2b3c4",
            "20261118-203000000-1a2b3c4d-",
            "20261118-203000000-1a2b3c4d-2/..",
            "..",
            "",
        ] {
            assert!(!is_version(bad), "{bad}");
        }
        assert!(order("20261118-203000000-1a2b3c4d-10") > order("20261118-203000000-ffffffff-2"));
    }
}
