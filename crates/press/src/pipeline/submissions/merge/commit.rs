//! The commit of a merge, and what a run that was killed has left of one.
//!
//! A commit is made beside everything, gets a name of ours, is checked out, and becomes the end of the branch; then the
//! database hears of it, then perhaps the remote, and then the name goes. A run that finds the name knows that another one
//! was killed on this way: before the commit was the end of the branch, then it puts the files back; or after, then it goes
//! on from there.

use super::Merged;
use crate::error::{Error, Result};
use crate::git::Git;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// The name of the commit until all is done.
const UNDER_WAY: &str = "refs/press/merge";
/// Files of ours in the repository's own folder.
const INDEX: &str = "press-index";
const MESSAGE: &str = "press-message";
const LOCK: &str = "press-merge.lock";

/// The right to merge: one run has it at a time.
pub(super) struct Turn {
    _lock: File,
    /// The commit that an earlier run made and did not see through.
    pub(super) made: Option<String>,
}

impl Turn {
    /// Waits for nobody: two merges at once are a mistake. Puts in order what a run that was killed has left.
    pub(super) fn begin(git: &Git) -> Result<Turn> {
        let folder = git.private_folder()?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(|cause| Error::io("write", &path, &cause))?;
        if lock.try_lock().is_err() {
            let error = Error::new("another `press submissions merge` is at work here");
            return Err(error
                .help("wait until it is done")
                .state("nothing was changed"));
        }
        let own = format!("{INDEX}.lock");
        for name in [INDEX, MESSAGE, &own] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        let left = git.run(&["rev-parse", "--verify", "--quiet", UNDER_WAY], None);
        let made = match left {
            Ok(commit) => resume(git, &commit)?,
            Err(_) => None,
        };
        git.refuse_dirty()?;
        Ok(Turn { _lock: lock, made })
    }
}

/// The commit of a run that was killed, if it stands in the branch. If it does not, nobody has seen it: the files that
/// were being checked out become what they were.
fn resume(git: &Git, commit: &str) -> Result<Option<String>> {
    if git.says_yes(&["merge-base", "--is-ancestor", commit, "HEAD"]) {
        return Ok(Some(commit.to_owned()));
    }
    let head = git.run(&["rev-parse", "HEAD"], None)?;
    let first = git.run(&["rev-parse", &format!("{commit}^1")], None);
    if first.is_ok_and(|first| first == head) {
        put_back(git, commit)?;
    }
    git.run(&["update-ref", "-d", UNDER_WAY], None)?;
    Ok(None)
}

/// Puts the files of a commit that was being checked out back to what the branch has. Only what the checkout may have left
/// is touched: the old content, the new one, none.
fn put_back(git: &Git, commit: &str) -> Result<()> {
    let lock = git.private_folder()?.join("index.lock");
    if lock.exists() {
        let error =
            Error::new("another Git program is at work in the repository, or was ended there");
        return Err(error
            .help(format!(
                "see that none runs, delete {}, and run the same command again",
                lock.display()
            ))
            .state("nothing was changed"));
    }
    let changed = [
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        "HEAD",
        commit,
    ];
    let changed = git.run(&changed, None)?;
    let paths: Vec<&str> = changed
        .split('\0')
        .filter(|path| !path.is_empty())
        .collect();
    for path in &paths {
        if !is_ours(git, commit, path) {
            let error = Error::new(format!("{path} was changed after a merge was broken off"));
            return Err(error
                .help(format!(
                    "keep what you need of it elsewhere, `git checkout HEAD -- {path}`, and run the same command again"
                ))
                .state("nothing was changed"));
        }
    }
    for path in paths {
        let literal = format!(":(top,literal){path}");
        if git.says_yes(&["cat-file", "-e", &format!("HEAD:{path}")]) {
            git.run(&["checkout", "--quiet", "HEAD", "--", &literal], None)?;
        } else {
            let remove = ["rm", "--quiet", "-f", "--ignore-unmatch", "--", &literal];
            git.run(&remove, None)?;
        }
    }
    Ok(())
}

/// Whether a file is as one of the two commits has it, or is empty or missing.
fn is_ours(git: &Git, commit: &str, path: &str) -> bool {
    let file = git.folder().join(path);
    if std::fs::metadata(&file).map_or(true, |file| file.len() == 0) {
        return true;
    }
    let name = file.to_string_lossy();
    let Ok(now) = git.run(&["hash-object", "--path", path, "--", &name], None) else {
        return false;
    };
    let has = |at: &str| {
        let known = git.run(
            &["rev-parse", "--verify", "--quiet", &format!("{at}:{path}")],
            None,
        );
        known.is_ok_and(|known| known == now)
    };
    has("HEAD") || has(commit)
}

/// Whether the remote had a commit when we heard of it last.
pub(super) fn is_sent(git: &Git, remote: &str, commit: &str) -> bool {
    let branch = git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"], None);
    branch.is_ok_and(|branch| {
        let there = format!("refs/remotes/{remote}/{branch}");
        git.says_yes(&["merge-base", "--is-ancestor", commit, &there])
    })
}

/// All is done: takes out the names that were given to the commit and to what was fetched.
pub(super) fn forget(git: &Git) {
    let list = [
        "for-each-ref",
        "--format=%(refname)",
        "refs/press/pull/",
        UNDER_WAY,
    ];
    for name in git.run(&list, None).unwrap_or_default().lines() {
        git.says_yes(&["update-ref", "-d", name]);
    }
}

/// A commit that is about to be made.
pub(super) struct Commit<'c> {
    pub(super) git: &'c Git,
    pub(super) head: &'c str,
    pub(super) path: &'c str,
    pub(super) parents: &'c [(i64, String)],
    pub(super) merged: &'c Merged,
}

impl Commit<'_> {
    pub(super) fn make(&self, text: &str, number: Option<i64>) -> Result<String> {
        let folder = self.git.private_folder()?;
        let (index, message) = (folder.join(INDEX), folder.join(MESSAGE));
        let made = self.make_with(text, number, &index, &message);
        let _ = std::fs::remove_file(&index);
        let _ = std::fs::remove_file(&message);
        made
    }

    fn make_with(
        &self,
        text: &str,
        number: Option<i64>,
        index: &Path,
        message: &Path,
    ) -> Result<String> {
        let own = self.git.with_index(index.to_owned());
        own.run(&["read-tree", self.head], None)?;
        let listed = own.run(&["ls-files", "--stage", "--", self.path], None)?;
        let mode = listed.split(' ').next().unwrap_or("100644").to_owned();
        let write = ["hash-object", "-w", "--stdin", "--path", self.path];
        let blob = own.run(&write, Some(text))?;
        let entry = format!("{mode},{blob},{}", self.path);
        own.run(&["update-index", "--cacheinfo", &entry], None)?;
        own.hook("pre-merge-commit", &[])?;
        let tree = own.run(&["write-tree"], None)?;
        std::fs::write(message, self.message(number)?)
            .map_err(|cause| Error::io("write", message, &cause))?;
        let message = message.to_string_lossy();
        own.hook("commit-msg", &[&message])?;
        let mut arguments = vec!["commit-tree", &tree, "-p", self.head];
        for (_, parent) in self.parents {
            arguments.extend(["-p", parent.as_str()]);
        }
        arguments.extend(["-F", &message]);
        let signs = ["config", "--type=bool", "--get", "commit.gpgSign"];
        if self
            .git
            .run(&signs, None)
            .is_ok_and(|signs| signs == "true")
        {
            arguments.push("-S");
        }
        let commit = own.run(&arguments, None)?;
        // The next run finds it under this name, however far this one comes.
        self.git.run(&["update-ref", UNDER_WAY, &commit], None)?;
        // The files first: if somebody changed them meanwhile, Git refuses and nothing is done.
        let checkout =
            |from: &str, to: &str| self.git.run(&["read-tree", "-m", "-u", from, to], None);
        checkout(self.head, &commit).map_err(|error| error.state("nothing was committed"))?;
        let update = [
            "update-ref",
            "-m",
            "press submissions merge",
            "HEAD",
            &commit,
            self.head,
        ];
        if let Err(error) = self.git.run(&update, None) {
            let _ = checkout(&commit, self.head);
            return Err(error
                .help("somebody else commits here: run the same command again")
                .state("nothing was committed"));
        }
        // It is done, whatever a hook says now.
        let _ = self.git.hook("post-merge", &["0"]);
        Ok(commit)
    }

    /// What the commit says: what is in it, and who brought it.
    fn message(&self, number: Option<i64>) -> Result<String> {
        let placed = &self.merged.placed;
        let many = if placed.len() == 1 {
            "submission"
        } else {
            "submissions"
        };
        let issue = number.map_or(String::new(), |number| format!(" for issue {number}"));
        let mut text = format!("Merge {} {many}{issue}\n", placed.len());
        for item in placed {
            let brought = item
                .pull_request
                .map_or(String::new(), |number| format!(" (#{number})"));
            text.push_str(&format!("\n* {}{brought}", item.title));
        }
        let mut people = BTreeSet::new();
        for (_, parent) in self.parents {
            let range = format!("{}..{parent}", self.head);
            let own = self
                .git
                .run(&["log", "--no-merges", "--format=%an <%ae>", &range], None)?;
            people.extend(own.lines().filter(|one| is_person(one)).map(str::to_owned));
        }
        let own = self.git.run(&["var", "GIT_AUTHOR_IDENT"], None)?;
        people.retain(|person| !own.starts_with(person.as_str()));
        text.push('\n');
        for person in people {
            text.push_str(&format!("\nCo-authored-by: {person}"));
        }
        Ok(text.trim_end().to_owned() + "\n")
    }
}

fn is_person(text: &str) -> bool {
    text.contains('@')
        && text.contains(" <")
        && text.ends_with('>')
        && !text.contains(char::is_control)
}
