//! How much a pull request may mean to readers: a number that helps an editor pick, with the reasons.

use super::search::Pull;
use std::collections::BTreeMap;

/// A number with its reasons, the weightiest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) points: i64,
    pub(super) reasons: String,
}

/// What a first contribution adds: somebody should hear of it.
const FIRST: i64 = 2;
/// What programs' pull requests lose.
const BOT: i64 = -10;
/// What changes lose that no user sees.
const INNER: i64 = -3;

/// Judges a pull request; `labels` says what labels add.
pub(super) fn score(pull: &Pull, labels: &BTreeMap<String, i64>) -> Score {
    let mut terms: Vec<(i64, String)> = Vec::new();
    for label in pull.labels() {
        if let Some(points) = labels.get(label) {
            terms.push((*points, label.to_owned()));
        }
    }
    let (reactions, comments) = (pull.reactions.total_count, pull.comments.total_count);
    terms.push((2 * doublings(reactions), counted(reactions, "reaction")));
    // The first few come from programs and reviewers.
    terms.push((doublings(comments - 4), counted(comments, "comment")));
    let files = pull.changed_files;
    terms.push((doublings(files / 4).min(3), counted(files, "file")));
    if matches!(
        pull.author_association.as_str(),
        "FIRST_TIMER" | "FIRST_TIME_CONTRIBUTOR"
    ) {
        terms.push((FIRST, "first contribution".to_owned()));
    }
    if pull.is_by_bot() {
        terms.push((BOT, "made by a program".to_owned()));
    }
    if pull.files().next().is_some() && pull.files().all(is_inner) {
        terms.push((INNER, "tests and tools only".to_owned()));
    }
    terms.retain(|(points, _)| *points != 0);
    terms.sort_by_key(|(points, _)| -points.abs());
    let reasons = terms
        .iter()
        .map(|(points, reason)| format!("{reason} {points:+}"));
    Score {
        points: terms.iter().map(|(points, _)| points).sum(),
        reasons: reasons.collect::<Vec<_>>().join(", "),
    }
}

/// How often one can be doubled before it is more than `count`.
fn doublings(count: i64) -> i64 {
    (u64::try_from(count).unwrap_or(0) + 1).ilog2().into()
}

fn counted(count: i64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// Whether a file is no part of what users get.
fn is_inner(path: &str) -> bool {
    let mut folders = path.split('/');
    path.starts_with(".github/")
        || path.ends_with(".lock")
        || folders.any(|folder| matches!(folder, "tests" | "test" | "ci" | "benches"))
}
