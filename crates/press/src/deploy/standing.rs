//! How a place differs from the site.

use super::manifest::{How, Manifest};
use super::site::Site;
use serde::Serialize;

/// How a place differs from the site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Paths that are new there.
    pub added: Vec<String>,
    /// Paths that have another content there.
    pub changed: Vec<String>,
    /// Paths that we once put there and that are no longer part of the site.
    pub deleted: Vec<String>,
    /// How many files are there as they should be.
    pub unchanged: usize,
    /// Whether there is more to do than files show: a deployment was begun and not completed, or a plain folder is to be
    /// taken over.
    pub unsettled: bool,
    /// Whether nobody can know what is there. All counts as new then.
    pub unknown: bool,
}

impl Standing {
    /// The difference to what a list knows. Without a list nothing of ours is there.
    pub(super) fn of(site: &Site, manifest: Option<&Manifest>) -> Standing {
        let nothing = Manifest::default();
        let known = manifest.unwrap_or(&nothing);
        let mut standing = Standing {
            deleted: known.beyond(site),
            unsettled: manifest.is_some_and(|manifest| !manifest.complete),
            ..Standing::default()
        };
        for file in &site.files {
            match known.how(file) {
                How::Absent => standing.added.push(file.path.clone()),
                How::Other => standing.changed.push(file.path.clone()),
                How::Same => standing.unchanged += 1,
            }
        }
        standing
    }

    /// Where nobody can know.
    pub(super) fn unknown(site: &Site) -> Standing {
        Standing {
            unknown: true,
            ..Standing::of(site, None)
        }
    }

    /// Whether all is as it should be.
    pub fn is_done(&self) -> bool {
        !self.unsettled
            && self.added.is_empty()
            && self.changed.is_empty()
            && self.deleted.is_empty()
    }
}
