//! A maildir, with folders for junk in it: as Maildir++ has them (`.Junk`), or as plain folders.

use super::{Found, MOST_BYTES, Wanted, is_junk};
use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// No header is longer.
const HEADER_BYTES: u64 = 64 << 10;

pub(super) fn find(folder: &Path, wanted: Wanted<'_>) -> Result<Option<Found>> {
    if !folder.join("new").is_dir() && !folder.join("cur").is_dir() {
        let error = Error::new(format!("{} is no maildir", folder.display()));
        return Err(
            error.help("it is a folder with `new` and `cur`: see `maildir` of the [[seed]]")
        );
    }
    if let Some(mail) = find_in(folder, wanted)? {
        return Ok(Some(Found {
            folder: "INBOX".to_owned(),
            junk: false,
            mail,
        }));
    }
    for (name, folder) in junk(folder)? {
        if let Some(mail) = find_in(&folder, wanted)? {
            return Ok(Some(Found {
                folder: name,
                junk: true,
                mail,
            }));
        }
    }
    Ok(None)
}

fn junk(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let refused = |cause| Error::io("read", folder, &cause);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_junk(&name) {
            found.push((name.trim_start_matches('.').to_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// The newest of the mails of a folder that is the wanted one.
fn find_in(folder: &Path, wanted: Wanted<'_>) -> Result<Option<Vec<u8>>> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for part in ["new", "cur"] {
        // A mail program may just be moving things about, and what is gone now is found the next time.
        for entry in fs::read_dir(folder.join(part))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(data) = entry.metadata() else { continue };
            if data.is_file() {
                let time = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push((time, entry.path()));
            }
        }
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    for (_, path) in files {
        match read(&path, wanted) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::io("read", &path, &cause)),
        }
    }
    Ok(None)
}

fn read(path: &Path, wanted: Wanted<'_>) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut mail = Vec::new();
    (&mut file).take(HEADER_BYTES).read_to_end(&mut mail)?;
    if !(wanted.is_it)(&mail) {
        return Ok(None);
    }
    file.take(MOST_BYTES).read_to_end(&mut mail)?;
    Ok(Some(mail))
}
