//! Hearing of changed files: for the preview, and for a check that is repeated.
//!
//! Editors replace files rather than write into them, so folders are watched and not files. A folder that does
//! not exist yet is found when it appears in one that is watched.

use crate::error::{Error, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Editors write a file in several steps; a pause this long means that they are done.
const PAUSE: Duration = Duration::from_millis(4);

/// A folder to watch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// The folder.
    pub folder: PathBuf,
    /// Whether the folders in it are watched, too.
    pub deep: bool,
}

/// The folder in which a file stands.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn existing(wanted: Watched) -> Option<Watched> {
    if wanted.folder.is_dir() {
        return Some(wanted);
    }
    let above = wanted.folder.ancestors().map(folder_of);
    let folder = above.into_iter().find(|above| above.is_dir())?.to_owned();
    let deep = false;
    Some(Watched { folder, deep })
}

/// Folders that are watched.
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    watched: BTreeSet<Watched>,
    sender: Sender<Option<PathBuf>>,
    events: Receiver<Option<PathBuf>>,
}

impl Watch {
    /// Watches nothing yet.
    pub fn new() -> Result<Watch> {
        let (sender, events) = channel();
        let changed = sender.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if event.kind.is_access() {
                return;
            }
            for path in event.paths {
                // The receiver is gone only when the program ends.
                let _ = changed.send(Some(path));
            }
        };
        let watcher = notify::recommended_watcher(handler)
            .map_err(|error| Error::new("cannot watch files").because(error.to_string()))?;
        Ok(Watch {
            watcher,
            watched: BTreeSet::new(),
            sender,
            events,
        })
    }

    /// Watches `folders`; instead of one that does not exist, the nearest above it, where it would appear. To be
    /// called again after a change, for folders come and go.
    pub fn follow(&mut self, folders: impl IntoIterator<Item = Watched>) -> Result<()> {
        self.watched.retain(|watched| watched.folder.is_dir());
        for wanted in folders.into_iter().filter_map(existing) {
            let known = self
                .watched
                .iter()
                .any(|known| known.folder == wanted.folder && known.deep >= wanted.deep);
            if known {
                continue;
            }
            let mode = if wanted.deep {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            let watching = self.watcher.watch(&wanted.folder, mode);
            watching.map_err(|error| {
                Error::new(format!("cannot watch {}", wanted.folder.display()))
                    .because(error.to_string())
                    .help("raise `fs.inotify.max_user_watches` if the system has no watches left")
            })?;
            self.watched.insert(wanted);
        }
        Ok(())
    }

    /// Waits until something that `concerns` has changed and the changes have come to rest. False if the watch
    /// was ended instead.
    pub fn wait(&self, concerns: impl Fn(&Path) -> bool) -> bool {
        let mut concerned = false;
        loop {
            let event = if concerned {
                self.events.recv_timeout(PAUSE)
            } else {
                let event = self.events.recv();
                event.map_err(|_| RecvTimeoutError::Disconnected)
            };
            match event {
                Ok(Some(path)) => concerned |= concerns(&path),
                Ok(None) | Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => return true,
            }
        }
    }

    /// Ends the watch at Ctrl-C, so that the program can end in an orderly way.
    pub fn end_at_interrupt(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime =
            runtime.map_err(|cause| Error::new("cannot start").because(cause.to_string()))?;
        let end = self.sender.clone();
        std::thread::spawn(move || {
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                let _ = end.send(None);
            }
        });
        Ok(())
    }
}
