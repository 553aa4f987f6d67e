//! What changed in a text since a Git revision: the lines that a contributor's pull request brought.

use crate::error::{Error, Result};
use press_core::diagnostic::Diagnostic;
use press_core::span::LineIndex;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

/// The lines of the file at `path`, 1-based, that are not as they were at `revision`.
pub(super) fn changed_lines(path: &Path, revision: &str) -> Result<Vec<RangeInclusive<usize>>> {
    let what = || {
        Error::new(format!(
            "cannot tell what changed in {} since {revision}",
            path.display()
        ))
    };
    // A revision that looks like an option would be taken for one.
    if revision.starts_with('-') {
        return Err(what().because(format!("`{revision}` is no revision")));
    }
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    let git = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--unified=0",
            revision,
            "--",
        ])
        .arg(name)
        .output()
        .map_err(|cause| {
            what()
                .because(format!("git: {cause}"))
                .help("install Git, or leave out `--since`")
        })?;
    if !git.status.success() {
        let said = String::from_utf8_lossy(&git.stderr);
        let said = said.lines().next().unwrap_or("git failed").to_owned();
        return Err(what()
            .because(said)
            .help("name a commit, a branch or a tag of the repository the file is in"));
    }
    let diff = String::from_utf8_lossy(&git.stdout);
    if diff.is_empty() && !is_known(folder, name) {
        return Ok(vec![1..=usize::MAX]);
    }
    Ok(diff.lines().filter_map(hunk).collect())
}

/// Whether Git knows the file; one it does not know is new as a whole.
fn is_known(folder: &Path, name: &std::ffi::OsStr) -> bool {
    let listed = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["ls-files", "--error-unmatch", "--"])
        .arg(name)
        .output();
    listed.is_ok_and(|listed| listed.status.success())
}

/// The new lines of `@@ -1,2 +3,4 @@`. Where lines were only taken out, the lines around the gap changed.
fn hunk(line: &str) -> Option<RangeInclusive<usize>> {
    let new = line
        .strip_prefix("@@ ")?
        .split(' ')
        .find_map(|part| part.strip_prefix('+'))?;
    let (start, count) = new.split_once(',').unwrap_or((new, "1"));
    let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
    Some(if count == 0 {
        start..=start + 1
    } else {
        start..=start + count - 1
    })
}

/// Whether a finding, or one of its other places in the text, touches a changed line.
pub(super) fn touches(
    finding: &Diagnostic,
    lines: &LineIndex,
    changed: &[RangeInclusive<usize>],
) -> bool {
    let related = finding.related.iter().filter_map(|related| related.span);
    std::iter::once(finding.span).chain(related).any(|span| {
        let (first, last) = (lines.line(span.start), lines.line(span.end));
        changed
            .iter()
            .any(|range| *range.start() <= last && first <= *range.end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_name_new_lines() {
        assert_eq!(hunk("@@ -1,2 +3,4 @@ context"), Some(3..=6));
        assert_eq!(hunk("@@ -5 +7 @@"), Some(7..=7));
        assert_eq!(hunk("@@ -5,2 +4,0 @@"), Some(4..=5));
        assert_eq!(hunk("+@@"), None);
    }
}
