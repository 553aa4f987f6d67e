//! What is known of the published issues, kept between runs.

use crate::config::Config;
use crate::error::Result;
use crate::newsletter::{self, SourceFile};
use crate::pipeline::kept::{self, Key};
use press_core::check::archive::{Archive, Digest};
use press_core::issue::Issue;
use rayon::prelude::*;
use std::path::Path;

/// The published issues as rules see them, each by its file's name; none if there are none.
///
/// They are read only if one of them, the program or the configuration changed since they were read last. One that
/// cannot be read is the business of whoever checks or builds it.
pub(in crate::pipeline) fn load(config: &Config) -> Result<Option<Archive>> {
    if !config.issues.is_dir() {
        return Ok(None);
    }
    let files = newsletter::list(&config.issues)?.files;
    if files.is_empty() {
        return Ok(None);
    }
    let key = key(config, &files);
    let path = kept::folder(config.home()).join("archive");
    let looked_ns = kept::now_ns();
    let settled = files
        .iter()
        .all(|file| kept::is_settled(file.stamp, looked_ns));
    if let Some(archive) = read(&path, key).filter(|_| settled) {
        return Ok(Some(archive));
    }
    let digest = |file: &SourceFile| {
        let text = newsletter::read(&file.path).ok()?;
        Digest::new(
            &Issue::parse(&text, &config.format),
            &config.format,
            &file.name,
        )
    };
    let archive = Archive::new(files.par_iter().filter_map(digest).collect());
    if settled {
        write(&path, key, &archive);
    }
    Ok(Some(archive))
}

fn key(config: &Config, files: &[SourceFile]) -> Key {
    let stamps: Vec<_> = files.iter().map(|file| (&file.name, file.stamp)).collect();
    Key::of((&config.text, &config.issues, kept::program(), stamps))
}

/// Key and checksum come first.
const HEAD: usize = 16;

fn read(path: &Path, key: Key) -> Option<Archive> {
    let bytes = std::fs::read(path).ok()?;
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let fits = head == [key.bytes(), Key::of(body).bytes()].concat();
    fits.then(|| postcard::from_bytes(body).ok()).flatten()
}

fn write(path: &Path, key: Key, archive: &Archive) {
    let Ok(body) = postcard::to_allocvec(archive) else {
        return;
    };
    let head = [key.bytes(), Key::of(&body).bytes()].concat();
    kept::write(path, &[head, body].concat());
}
