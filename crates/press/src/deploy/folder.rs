//! A folder of this machine, switched from one version of the site to the next at once.
//!
//! The shown folder is a link into a folder beside it, where each version has a folder of its own. A new version is written
//! whole and put under its name before one rename makes the link lead to it: readers see the old site or the new one and
//! nothing between. Files that others put into the shown folder come along. A plain folder that is already there is taken
//! over: link and folder change places at once where the system can do that, and it stays beside as it was.

mod versions;

use super::manifest::{self, Manifest};
use super::site::{File, OWN, Site, changed, hash_of, is_path};
use super::standing::Standing;
use super::{Put, Tell, Told};
use crate::config::FolderPlace;
use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use versions::{Shown, Versions};

/// The list of what `press build` wrote, in a folder that it built into directly.
const BUILT: &str = ".press-files";

/// What is in the shown folder.
#[derive(Default)]
struct There {
    folder: PathBuf,
    /// Whether there is a folder at all.
    is_there: bool,
    /// Whether it is a version of ours.
    is_version: bool,
    /// What of it is ours.
    ours: Manifest,
}

impl There {
    fn read(versions: &Versions) -> Result<There> {
        let (folder, is_version) = match versions.shown()? {
            Shown::Nothing => return Ok(There::default()),
            Shown::Version(folder) => (folder, true),
            Shown::Plain(folder) => (folder, false),
        };
        Ok(There {
            ours: ours(&folder)?,
            is_there: true,
            folder,
            is_version,
        })
    }

    /// The difference, as the files themselves show it.
    fn standing(&self, site: &Site) -> Result<Standing> {
        let mut standing = Standing {
            deleted: self.ours.beyond(site),
            unsettled: self.is_there && !self.is_version,
            ..Standing::default()
        };
        for file in &site.files {
            let path = self.folder.join(&file.path);
            let there = self.is_there && path.symlink_metadata().is_ok_and(|found| found.is_file());
            if !there {
                standing.added.push(file.path.clone());
            } else if hash_of(&path)?.0 == file.hash {
                standing.unchanged += 1;
            } else {
                standing.changed.push(file.path.clone());
            }
        }
        Ok(standing)
    }
}

/// What of a folder is ours: by our list, else by that of the build.
fn ours(folder: &Path) -> Result<Manifest> {
    let list = folder.join(manifest::NAME);
    match fs::metadata(&list) {
        Ok(found) if found.len() > manifest::LIMIT_BYTES as u64 => {
            let text = vec![b' '; manifest::LIMIT_BYTES + 1];
            return Manifest::parse(&text, &folder.display().to_string());
        }
        Ok(_) => {
            let bytes = fs::read(&list).map_err(|cause| Error::io("read", &list, &cause))?;
            return Manifest::parse(&bytes, &folder.display().to_string());
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::io("read", &list, &cause)),
    }
    let mut ours = Manifest::default();
    let built = fs::read_to_string(folder.join(BUILT)).unwrap_or_default();
    let paths = built.lines().filter(|line| is_path(line));
    paths.for_each(|path| ours.own(path));
    Ok(ours)
}

pub(super) fn look(place: &FolderPlace, site: &Site) -> Result<Standing> {
    There::read(&Versions::of(place)?)?.standing(site)
}

pub(super) fn probe(place: &FolderPlace) -> Result<String> {
    let versions = Versions::of(place)?;
    versions.refuse_read_only()?;
    let shown = place.folder.display();
    Ok(match versions.shown()? {
        Shown::Nothing => format!("{shown} can be made"),
        Shown::Version(_) => format!("{shown} can be switched"),
        Shown::Plain(_) => format!("{shown} is a plain folder, and can be taken over"),
    })
}

pub(super) fn put(place: &FolderPlace, site: &Site, tell: &Tell<'_>) -> Result<Put> {
    let versions = Versions::of(place)?;
    let _lock = versions.lock()?;
    versions.tidy()?;
    let there = There::read(&versions)?;
    let standing = there.standing(site)?;
    let mut put = Put {
        uploaded: standing.added.len() + standing.changed.len(),
        deleted: standing.deleted.len(),
        unchanged: standing.unchanged,
        bytes: 0,
        revision: site.revision(),
    };
    let linked = versions.is_linked();
    if !(standing.is_done() && linked) {
        let went = switch(&versions, &there, site, tell);
        went.map_err(|error| {
            error.state("what readers see is the site as it was; the same command tries again")
        })?;
        let out = standing.added.iter().chain(&standing.changed);
        let sizes = out.filter_map(|path| site.find(path));
        put.bytes = sizes.map(|file| file.size).sum();
    }
    tell(Told::Step("removing the oldest versions"));
    versions.prune(place.keep)?;
    Ok(put)
}

fn switch(versions: &Versions, there: &There, site: &Site, tell: &Tell<'_>) -> Result<()> {
    tell(Told::Step("writing a new version beside"));
    let revision = site.revision();
    let part = versions.begin(&revision)?;
    let total = site.files.len();
    for (at, file) in site.files.iter().enumerate() {
        copy(site, file, &part)?;
        tell(Told::Files {
            done: at + 1,
            total,
        });
    }
    if there.is_there {
        tell(Told::Step("taking along what others put there"));
        take_along(&there.folder, Path::new(""), (&there.ours, site), &part)?;
    }
    let list = part.join(manifest::NAME);
    fs::write(&list, Manifest::of(site).render())
        .map_err(|cause| Error::io("write", &list, &cause))?;
    versions::settle(&part)?;
    tell(Told::Step("naming the version"));
    let version = versions.name(&part)?;
    tell(Told::Step("switching to it"));
    versions.switch(&version)
}

/// Copies a file of the site, if it is still the one that was looked at.
fn copy(site: &Site, file: &File, part: &Path) -> Result<()> {
    let (from, to) = (site.folder.join(&file.path), part.join(&file.path));
    if let Some(above) = to.parent() {
        fs::create_dir_all(above).map_err(|cause| Error::io("make the folder", above, &cause))?;
    }
    let copied = fs::copy(&from, &to).map_err(|cause| Error::io("write", &to, &cause))?;
    if copied != file.size || hash_of(&to)?.0 != file.hash {
        return Err(changed(&from));
    }
    Ok(())
}

/// Copies what is neither ours nor in the way of the new site. Links stay links.
fn take_along(from: &Path, below: &Path, new: (&Manifest, &Site), part: &Path) -> Result<()> {
    let here = from.join(below);
    let (ours, site) = new;
    let entries = fs::read_dir(&here).map_err(|cause| Error::io("read", &here, &cause))?;
    for entry in entries {
        let entry = entry.map_err(|cause| Error::io("read", &here, &cause))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type();
        let kind = kind.map_err(|cause| Error::io("read", &entry.path(), &cause))?;
        // A name that is no text cannot be one of ours.
        let text = path.to_str().unwrap_or_default();
        let known = ours.holds(text) || site.find(text).is_some() || text.starts_with(OWN);
        if kind.is_dir() && !known {
            take_along(from, &path, new, part)?;
        } else if !known {
            take_one(&entry.path(), &part.join(&path))?;
        }
    }
    Ok(())
}

fn take_one(from: &Path, to: &Path) -> Result<()> {
    let failed = |cause: std::io::Error| Error::io("copy", from, &cause);
    if let Some(above) = to.parent() {
        // A page of ours may stand where a folder of theirs was.
        if fs::create_dir_all(above).is_err() {
            return Ok(());
        }
    }
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    if from.is_symlink() {
        let target = fs::read_link(from).map_err(failed)?;
        return versions::link(&target, to).map_err(failed);
    }
    if from.is_file() {
        fs::copy(from, to).map_err(failed)?;
    }
    Ok(())
}
