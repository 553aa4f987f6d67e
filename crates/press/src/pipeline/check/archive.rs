//! What is known of the published issues, kept between runs.

use crate::config::Config;
use crate::error::Result;
use crate::newsletter::{self, SourceFile};
use crate::pipeline::kept::{self, Key};
use press_core::check::archive::{Archive, Digest};
use press_core::issue::Issue;
use rayon::prelude::*;
use std::path::PathBuf;

/// What is known, and where to keep it if it is new.
type Loaded = (Option<Archive>, Option<Unkept>);

/// Where an archive is to be kept.
#[derive(Debug)]
pub(super) struct Unkept {
    path: PathBuf,
    key: Key,
}

impl Unkept {
    /// Keeps an archive for the next run.
    pub(super) fn keep(&self, archive: &Archive) {
        kept::write_value(&self.path, self.key, archive);
    }
}

/// The published issues as rules see them, each by its file's name; none if there are none.
///
/// They are read only if one of them, the program or the configuration changed since they were read last. One that
/// cannot be read is the business of whoever checks or builds it.
pub(super) fn load(config: &Config) -> Result<Loaded> {
    let files = match config.issues.is_dir() {
        true => newsletter::list(&config.issues)?.files,
        false => Vec::new(),
    };
    if files.is_empty() {
        return Ok((None, None));
    }
    let key = key(config, &files);
    let path = kept::folder(config.home()).join("archive");
    let looked_ns = kept::now_ns();
    let settled = files
        .iter()
        .all(|file| kept::is_settled(file.stamp, looked_ns));
    let known = kept::read_value(&path, key);
    if let Some(archive) = known.filter(|_| settled) {
        return Ok((Some(archive), None));
    }
    let digest = |file: &SourceFile| {
        let text = newsletter::read(&file.path).ok()?;
        Digest::new(
            &Issue::parse(&text, &config.format),
            &config.format,
            &file.name,
        )
    };
    let digests = files.par_iter().filter_map(digest).collect();
    let archive = Archive::joined(digests, |one, other| {
        rayon::join(one, other);
    });
    Ok((Some(archive), settled.then_some(Unkept { path, key })))
}

fn key(config: &Config, files: &[SourceFile]) -> Key {
    let stamps: Vec<_> = files.iter().map(|file| (&file.name, file.stamp)).collect();
    Key::of((&config.text, &config.issues, kept::program(), stamps))
}
