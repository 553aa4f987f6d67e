//! A newsletter's folder on disk: which files are issues, drafts and pages, and what stands in them.

use crate::error::{Error, Place, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file with what tells cheaply whether it changed.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without folder.
    pub name: String,
    /// Size and time.
    pub stamp: Stamp,
}

/// Size and time of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified_ns: u64,
}

impl Stamp {
    /// The stamp of a file by its metadata.
    pub fn of(metadata: &std::fs::Metadata) -> Stamp {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified_ns = modified
            .and_then(|time| u64::try_from(time.as_nanos()).ok())
            .unwrap_or(0);
        Stamp {
            size: metadata.len(),
            modified_ns,
        }
    }
}

/// The Markdown files of a folder, sorted by name, and the names of those that are something else.
#[derive(Debug, Default)]
pub struct Listing {
    /// Markdown files.
    pub files: Vec<SourceFile>,
    /// reStructuredText files: old pages that can be kept, though they are not read as issues.
    pub restructured: Vec<SourceFile>,
    /// Files that are not read.
    pub skipped: Vec<PathBuf>,
}

/// Lists a folder of texts. Sub-folders, hidden files and editors' left-overs are passed over in silence.
pub fn list(folder: &Path) -> Result<Listing> {
    let mut listing = Listing::default();
    let entries =
        std::fs::read_dir(folder).map_err(|cause| Error::io("read the folder", folder, &cause))?;
    for entry in entries {
        let entry = entry.map_err(|cause| Error::io("read the folder", folder, &cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(['.', '#']) || name.ends_with('~') {
            continue;
        }
        let path = entry.path();
        // Follows links: a newsletter may keep its issues elsewhere.
        let metadata =
            std::fs::metadata(&path).map_err(|cause| Error::io("read", &path, &cause))?;
        if metadata.is_dir() {
            continue;
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("md" | "markdown") => {
                listing.files.push(SourceFile {
                    path,
                    name,
                    stamp: Stamp::of(&metadata),
                });
            }
            Some("rst") => {
                listing.restructured.push(SourceFile {
                    path,
                    name,
                    stamp: Stamp::of(&metadata),
                });
            }
            _ => listing.skipped.push(path),
        }
    }
    listing
        .files
        .sort_by(|one, other| one.name.cmp(&other.name));
    listing
        .restructured
        .sort_by(|one, other| one.name.cmp(&other.name));
    listing.skipped.sort();
    Ok(listing)
}

/// Reads a text. Files too large to be a text are refused without being read.
pub fn read(path: &Path) -> Result<String> {
    let limit = press_core::issue::SIZE_LIMIT_BYTES as u64;
    let size = std::fs::metadata(path)
        .map_err(|cause| Error::io("read", path, &cause))?
        .len();
    if size > limit {
        let megabytes = size as f64 / f64::from(1 << 20);
        let what = format!(
            "{} has {megabytes:.1} MB; a text may have {} MB",
            path.display(),
            limit >> 20
        );
        return Err(Error::new(what).help("move it out of the folder, or split it"));
    }
    let bytes = std::fs::read(path).map_err(|cause| Error::io("read", path, &cause))?;
    String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes()))
}

/// Replaces a file as a whole: a reader sees the old one or the new one.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let temporary = path.with_extension("press-new");
    let written =
        std::fs::write(&temporary, content).and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|cause| {
        let _ = std::fs::remove_file(&temporary);
        Error::io("write", path, &cause).state("the file is as it was")
    })
}

/// The error for a file that is not UTF-8, with the line of the first wrong byte.
pub fn not_utf8(path: &Path, bytes: &[u8]) -> Error {
    let valid = std::str::from_utf8(bytes)
        .err()
        .map_or(bytes.len(), |error| error.valid_up_to());
    let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
    let wrong = bytes.get(valid).copied().unwrap_or_default();
    let line_start = bytes[..valid]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let readable = String::from_utf8_lossy(&bytes[line_start..bytes.len().min(valid + 200)]);
    let shown = format!(
        "{}{}",
        "\n".repeat(line - 1),
        readable.lines().next().unwrap_or_default()
    );
    let start = line - 1 + (valid - line_start);
    let message = format!("byte {wrong:#04x} is not UTF-8");
    let end = shown[start.min(shown.len())..]
        .chars()
        .next()
        .map_or(start, |found| start + found.len_utf8());
    let place = Place::new(path, &shown, start..end, message);
    Error::new(format!(
        "{} is not a UTF-8 text (line {line})",
        path.display()
    ))
    .at(place)
    .help("save it as UTF-8; `iconv -f WINDOWS-1252 -t UTF-8` converts old files")
}
