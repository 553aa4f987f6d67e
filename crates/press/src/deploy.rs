//! Where the built site is put: folders, branches, buckets, other machines, anything a program knows.
//!
//! What we once put somewhere is remembered there, in a list beside the pages ([`manifest`]), so that any deputy's machine
//! knows what changed, and nothing is ever deleted that we did not put there. What cannot be switched at once goes out in
//! waves ([`waves`]): whoever reads meanwhile, or after a kill in the middle, finds no link that leads nowhere. The same
//! command again completes what was begun. A look changes nothing.
//!
//! Some of these block while they wait for a program or a disk: give each a thread of its own.

mod command;
mod folder;
mod git;
mod manifest;
mod rsync;
mod run;
mod s3;
mod site;
mod standing;
mod waves;

pub use site::{File, Site};
pub use standing::Standing;

use crate::config::{Config, Deploy, DeployKind, DeployPlace, Secrets};
use crate::error::Result;
use serde::Serialize;
use std::path::PathBuf;

/// A place, and all that is needed to get there.
#[derive(Clone, Debug)]
pub struct Target {
    /// What `press.toml` says of it.
    pub deploy: Deploy,
    /// The folder of `press.toml`.
    home: PathBuf,
    /// The newsletter's folder.
    newsletter: PathBuf,
    /// What the newsletter is called.
    title: String,
    /// Today, where the newsletter is.
    today: String,
    secrets: Secrets,
}

impl Target {
    /// A place of the configuration.
    pub fn new(config: &Config, deploy: &Deploy, secrets: &Secrets) -> Target {
        let now = jiff::Timestamp::now().to_zoned(config.timezone.clone());
        Target {
            deploy: deploy.clone(),
            home: config.home().to_owned(),
            newsletter: config.folder.clone(),
            title: config.newsletter.name.clone(),
            today: now.date().to_string(),
            secrets: secrets.clone(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.deploy.name
    }

    /// What kind of place it is.
    pub fn kind(&self) -> DeployKind {
        self.deploy.place.kind()
    }
}

/// What is told while the site is put somewhere.
#[derive(Clone, Copy, Debug)]
pub enum Told<'t> {
    /// What comes next. Being killed here leaves something that works.
    Step(&'t str),
    /// So many files of so many are out.
    Files {
        /// How many are out.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// What a program says.
    Says(&'t str),
}

/// Who is told.
pub type Tell<'t> = dyn Fn(Told<'_>) + Send + Sync + 't;

/// What was put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Put {
    /// Files that went out, new ones and changed ones.
    pub uploaded: usize,
    /// Files that were deleted: of ours, and no longer part of the site.
    pub deleted: usize,
    /// Files that were there already.
    pub unchanged: usize,
    /// Bytes of the files that went out.
    pub bytes: u64,
    /// What is there now: of `git` the commit, else a hash of all paths and contents.
    pub revision: String,
}

/// How a place differs from the site. Nothing is changed there.
pub async fn look(target: &Target, site: &Site) -> Result<Standing> {
    match &target.deploy.place {
        DeployPlace::Folder(place) => folder::look(place, site),
        DeployPlace::Git(place) => git::look(target, place, site),
        DeployPlace::S3(place) => s3::look(target, place, site).await,
        DeployPlace::Rsync(place) => rsync::look(place, site).await,
        DeployPlace::Command(place) => {
            command::probe(target, place)?;
            Ok(Standing::unknown(site))
        }
    }
}

/// Puts the site there: only what differs. Done already, it does nothing.
pub async fn put(target: &Target, site: &Site, tell: &Tell<'_>) -> Result<Put> {
    match &target.deploy.place {
        DeployPlace::Folder(place) => folder::put(place, site, tell),
        DeployPlace::Git(place) => git::put(target, place, site, tell),
        DeployPlace::S3(place) => s3::put(target, place, site, tell).await,
        DeployPlace::Rsync(place) => rsync::put(place, site, tell).await,
        DeployPlace::Command(place) => command::put(target, place, site, tell).await,
    }
}

/// Whether the place can be reached and the login is good, as far as that shows without changing anything there. Says what
/// was seen.
pub async fn probe(target: &Target) -> Result<String> {
    match &target.deploy.place {
        DeployPlace::Folder(place) => folder::probe(place),
        DeployPlace::Git(place) => git::probe(target, place),
        DeployPlace::S3(place) => s3::probe(target, place).await,
        DeployPlace::Rsync(place) => rsync::probe(place).await,
        DeployPlace::Command(place) => command::probe(target, place),
    }
}
