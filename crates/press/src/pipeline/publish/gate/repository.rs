//! The repository: on a branch, clean, with all that others pushed.

use crate::git::Git;
use crate::pipeline::doctor::Report;
use crate::pipeline::publish::Night;

pub(super) fn look(night: &Night<'_>, report: &mut Report) {
    let Some(git) = &night.git else {
        return report.skipped("repository", "the newsletter is in no Git repository");
    };
    if let Err(error) = git.refuse_dirty() {
        return report.failed("repository", &error);
    }
    let Ok(branch) = git.branch() else {
        let help = "`git switch BRANCH` checks out the one that is published from";
        return report.wrong("repository", "no branch is checked out", help);
    };
    if git.path_of(&night.piece.draft).is_err() && !night.piece.is_promoted() {
        let draft = night.piece.draft.display();
        let help = format!("`git add {draft}`, `git commit`");
        return report.wrong("repository", "Git does not know the draft", help);
    }
    if !night.pushes() {
        return report.ok("repository", format!("clean, on {branch}"));
    }
    look_at_remote(git, &branch, &night.config.publish.remote, report);
}

fn look_at_remote(git: &Git, branch: &str, remote: &str, report: &mut Report) {
    if let Err(error) = git.run(&["fetch", "--quiet", "--tags", remote], None) {
        return report.failed("repository", &error);
    }
    let theirs = format!("refs/remotes/{remote}/{branch}");
    if !git.says_yes(&["rev-parse", "--quiet", "--verify", &theirs]) {
        let says = format!("clean, on {branch}, which {remote} does not have yet");
        return report.ok("repository", says);
    }
    let count = |range: String| {
        let count = git.run(&["rev-list", "--count", &range], None);
        count
            .ok()
            .and_then(|count| count.parse().ok())
            .unwrap_or(0_usize)
    };
    let behind = count(format!("HEAD..{theirs}"));
    let ahead = count(format!("{theirs}..HEAD"));
    match (behind, ahead) {
        (0, 0) => report.ok("repository", format!("clean, on {branch}, as {remote} has it")),
        (0, ahead) => report.ok(
            "repository",
            format!("clean, on {branch}, {ahead} commits to push"),
        ),
        (behind, 0) => report.wrong(
            "repository",
            format!("{remote} has {behind} commits that are not here"),
            format!("`git pull --ff-only {remote} {branch}` gets them"),
        ),
        (behind, ahead) => report.wrong(
            "repository",
            format!("{branch} and {remote} have gone different ways: {ahead} commits here, {behind} there"),
            format!("`git pull --rebase=merges {remote} {branch}` brings them together"),
        ),
    }
}
