//! The built site as a list of files with their hashes.

use crate::error::{Error, Result};
use press_core::render::address::file_of;
use rayon::prelude::*;
use ring::digest;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The built site.
#[derive(Clone, Debug)]
pub struct Site {
    /// The folder it is in.
    pub folder: PathBuf,
    /// All its files, sorted by path.
    pub files: Vec<File>,
}

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the site's folder, with `/` between the parts.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, as 64 hexadecimal digits.
    pub hash: String,
}

/// Names with which our own notes in a site's folder begin.
pub(super) const OWN: &str = ".press";

/// Whether it is the path of a file of a site: it stays in its folder, an address leads to it, and it is none of our notes.
pub(super) fn is_path(path: &str) -> bool {
    file_of(&format!("/{path}")).as_deref() == Some(path) && !path.starts_with(OWN)
}

impl Site {
    /// Reads a built site. Links in it are refused, for they may lead anywhere; so is a folder without a first page, which
    /// would empty what readers see.
    pub fn load(folder: &Path) -> Result<Site> {
        if !folder.join("index.html").is_file() {
            let error = Error::new(format!("{} is no built site", folder.display()));
            return Err(error
                .because("it has no index.html")
                .help("build it first: `press build`; `--site` names the folder"));
        }
        let mut paths = Vec::new();
        list(folder, "", &mut paths)?;
        paths.sort_unstable();
        let read = |path: String| {
            let (hash, size) = hash_of(&folder.join(&path))?;
            Ok(File { path, size, hash })
        };
        let files: Result<Vec<File>> = paths.into_par_iter().map(read).collect();
        Ok(Site {
            folder: folder.to_owned(),
            files: files?,
        })
    }

    /// A hash of all paths and contents: the same wherever the same site was built.
    pub fn revision(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for file in &self.files {
            context.update(format!("{} {}\n", file.hash, file.path).as_bytes());
        }
        hex(context.finish().as_ref())
    }

    /// The file at a path.
    pub fn find(&self, path: &str) -> Option<&File> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path));
        at.ok().map(|at| &self.files[at])
    }

    /// The bytes of a file, if they are still those that were hashed.
    pub fn read(&self, file: &File) -> Result<Vec<u8>> {
        let path = self.folder.join(&file.path);
        let bytes = fs::read(&path).map_err(|cause| Error::io("read", &path, &cause))?;
        if crate::sigv4::sha256(&bytes) != file.hash {
            return Err(changed(&path));
        }
        Ok(bytes)
    }
}

/// A file that changed while it was being put somewhere.
pub(super) fn changed(path: &Path) -> Error {
    Error::new(format!(
        "{} changed while the site was deployed",
        path.display()
    ))
    .help("build in peace, then run the same command again")
}

fn list(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<()> {
    let here = folder.join(prefix);
    let entries = fs::read_dir(&here).map_err(|cause| Error::io("read", &here, &cause))?;
    for entry in entries {
        let entry = entry.map_err(|cause| Error::io("read", &here, &cause))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if prefix.is_empty() && name.starts_with(OWN) {
            continue;
        }
        let kind = entry
            .file_type()
            .map_err(|cause| Error::io("read", &entry.path(), &cause))?;
        let path = format!("{prefix}{name}");
        let odd = if kind.is_symlink() {
            Some("it is a link")
        } else if !kind.is_dir() && !kind.is_file() {
            Some("it is no file")
        } else if entry.file_name().to_str().is_none() || !is_path(&path) {
            Some("no address leads to a file of this name")
        } else {
            None
        };
        if let Some(odd) = odd {
            let error = Error::new(format!("{} cannot be deployed", entry.path().display()));
            return Err(error
                .because(odd)
                .help("take it out of the site's folder, or give it another name")
                .state("nothing was put anywhere"));
        }
        if kind.is_dir() {
            list(folder, &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// The SHA-256 and the size of a file.
pub(super) fn hash_of(path: &Path) -> Result<(String, u64)> {
    let failed = |cause: &std::io::Error| Error::io("read", path, cause);
    let mut file = fs::File::open(path).map_err(|cause| failed(&cause))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let (mut buffer, mut size) = (vec![0; 64 << 10], 0);
    loop {
        let read = file.read(&mut buffer).map_err(|cause| failed(&cause))?;
        if read == 0 {
            return Ok((hex(context.finish().as_ref()), size));
        }
        context.update(&buffer[..read]);
        size += read as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_their_folder() {
        for good in [
            "index.html",
            "issues/7/index.html",
            ".well-known/a b.txt",
            "ü/-x;",
        ] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a\\b",
            "a\nb",
            "c:a",
            ".press-manifest.json",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
