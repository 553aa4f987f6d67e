//! What the last build left behind, so that the next one does only what is missing.
//!
//! The state is a cache: when it is lost, damaged or from another program, everything is built anew.

use crate::newsletter::Stamp;
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::Held;
use press_core::render::site::{IssueHead, IssueSummary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of a text that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceState {
    pub(super) stamp: Stamp,
    pub(super) content: Key,
    pub(super) head: Option<IssueHead>,
    pub(super) summary: Option<IssueSummary>,
    pub(super) held: Option<Held>,
    /// Its dead links, as they stood on its page.
    pub(super) dead: Key,
}

/// What is known of a file that was written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct OutputState {
    pub(super) key: Key,
    pub(super) stamp: Stamp,
}

/// What is known of a bundle that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BundleState {
    pub(super) key: Key,
    /// Its files, with the addresses of those that are pages for search engines.
    pub(super) files: Vec<(String, Option<String>)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::pipeline) struct State {
    /// What every output depends on: program, configuration, theme.
    pub(super) global: Key,
    /// When the sources were looked at, in nanoseconds since 1970. A file that changed at about that time
    /// may have changed again without showing it, so its stamp is not trusted.
    pub(super) looked_ns: u64,
    /// The list of dead links.
    pub(super) dead: Key,
    pub(super) sources: BTreeMap<PathBuf, SourceState>,
    pub(super) outputs: BTreeMap<String, OutputState>,
    pub(super) bundles: BTreeMap<String, BundleState>,
}

impl State {
    /// The state at `path`, empty if there is none that fits.
    pub(super) fn load(path: &Path) -> State {
        kept::read_value(path, program()).unwrap_or_default()
    }

    /// Keeps the state. Failing to is no failure of the build: the next one is slower.
    pub(super) fn save(&self, path: &Path) {
        kept::write_value(path, program(), self);
    }

    /// What is known of a text, if it certainly has not changed since.
    pub(super) fn unchanged(&self, path: &Path, stamp: Stamp) -> Option<&SourceState> {
        let known = self.sources.get(path)?;
        (known.stamp == stamp && kept::is_settled(stamp, self.looked_ns)).then_some(known)
    }
}

/// Where the state of builds into `out` is kept: beside the configuration, never in the site.
pub(super) fn path_for(home: &Path, out: &Path) -> PathBuf {
    let whole = std::path::absolute(out).unwrap_or_else(|_| out.to_path_buf());
    kept::folder(home).join(format!("build-{}", Key::of(whole).short()))
}

fn program() -> Key {
    Key::of(kept::program())
}

/// Waits until no other build writes into the same folder. Where no lock can be kept, builds go on without.
pub(super) fn lock(state: &Path) -> Option<std::fs::File> {
    let path = state.with_extension("lock");
    std::fs::create_dir_all(path.parent()?).ok()?;
    let file = std::fs::File::create(path).ok()?;
    file.lock().ok()?;
    Some(file)
}
