//! GitHub: pull requests, labels, proposals, files.

use super::{Errand, Found};
use crate::config::{GithubFile, GithubLabelled, GithubMerged, GithubRfcs, Source};
use crate::error::{Error, Result};

/// Merged pull requests.
pub(super) async fn merged(_: &Source, _: &GithubMerged, _: Errand<'_>) -> Result<Found> {
    Err(Error::new("not there yet"))
}

/// What got a label.
pub(super) async fn labelled(_: &Source, _: &GithubLabelled, _: Errand<'_>) -> Result<Found> {
    Err(Error::new("not there yet"))
}

/// Proposals.
pub(super) async fn rfcs(_: &Source, _: &GithubRfcs, _: Errand<'_>) -> Result<Found> {
    Err(Error::new("not there yet"))
}

/// A part of the newest file.
pub(super) async fn file(_: &Source, _: &GithubFile, _: Errand<'_>) -> Result<Found> {
    Err(Error::new("not there yet"))
}
