//! What changed in a text since a Git revision: the lines that a contributor's pull request brought.

use crate::error::{Error, Result};
use press_core::diagnostic::Diagnostic;
use press_core::span::LineIndex;
use std::ffi::{OsStr, OsString};
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
    let git = |arguments: &[&OsStr]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(arguments).output()
    };
    let inside =
        git(&["rev-parse".as_ref(), "--is-inside-work-tree".as_ref()]).map_err(|cause| {
            what()
                .because(format!("git: {cause}"))
                .help("install Git, or leave out `--since`")
        })?;
    if !inside.status.success() {
        return Err(what()
            .because("it is in no Git repository")
            .help("leave out `--since` to judge the whole text"));
    }
    let failed = |said: &[u8]| {
        let said = String::from_utf8_lossy(said);
        let said = said.lines().next().unwrap_or("git failed").to_owned();
        let error = what().because(said);
        error.help("name a commit, a branch or a tag of the repository the file is in")
    };
    let run = |arguments: &[&OsStr]| {
        let done = git(arguments).map_err(|cause| failed(cause.to_string().as_bytes()))?;
        if done.status.success() {
            Ok(done.stdout)
        } else {
            Err(failed(&done.stderr))
        }
    };
    let old = earlier_name(revision, name, &run)?;
    let place = old.map(|old| OsString::from(format!("{revision}:{old}")));
    let from = place.as_deref().unwrap_or(revision.as_ref());
    let mut arguments: Vec<&OsStr> = ["diff", "--no-color", "--no-ext-diff", "--unified=0"]
        .map(OsStr::new)
        .to_vec();
    arguments.push(from);
    arguments.extend(["--".as_ref(), name]);
    let diff = run(&arguments)?;
    let diff = String::from_utf8_lossy(&diff);
    if diff.is_empty() && place.is_none() && !is_known(folder, name) {
        return Ok(vec![1..=usize::MAX]);
    }
    Ok(diff.lines().filter_map(hunk).collect())
}

/// What the file was called at `revision`, from the root of the repository, if it was renamed since.
fn earlier_name(
    revision: &str,
    name: &OsStr,
    run: &impl Fn(&[&OsStr]) -> Result<Vec<u8>>,
) -> Result<Option<String>> {
    let whole = run(&[
        "ls-files".as_ref(),
        "-z".as_ref(),
        "--full-name".as_ref(),
        "--".as_ref(),
        name,
    ])?;
    let renamed = [
        "diff",
        "-z",
        "--name-status",
        "--find-renames",
        "--diff-filter=R",
        revision,
        "--",
    ];
    let renamed = run(&renamed.map(OsStr::new))?;
    let (whole, renamed) = (
        String::from_utf8_lossy(&whole),
        String::from_utf8_lossy(&renamed),
    );
    let whole = whole.trim_end_matches('\0');
    let fields: Vec<&str> = renamed.split('\0').collect();
    // Each renamed file is a likeness, an old name and a new one.
    let mut files = fields.chunks_exact(3);
    let own = files.find(|file| !whole.is_empty() && file[2] == whole);
    Ok(own.map(|file| file[1].to_owned()))
}

/// Whether Git knows the file; one it does not know is new as a whole.
fn is_known(folder: &Path, name: &OsStr) -> bool {
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
