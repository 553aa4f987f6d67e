//! The repository's part: one commit of the issue, a tag on it, both pushed. Signed, filtered and hooked as the user has
//! set Git up.

use super::{Line, LineState, Night, Step};
use crate::error::{Error, Result};
use crate::git::Git;
use std::path::Path;

/// The targets of the step.
pub(super) const COMMIT: &str = "commit";
const TAG: &str = "tag";
const PUSH: &str = "push";

impl Night<'_> {
    /// Whether anything is pushed.
    pub(super) fn pushes(&self) -> bool {
        let publish = &self.config.publish;
        let remote = |git: &Git| git.has_remote(&publish.remote);
        publish.push && self.git.as_ref().is_some_and(remote)
    }

    pub(super) async fn look_at_commit(&self) -> Result<Vec<Line>> {
        let Some(git) = &self.git else {
            let line = Line::new(Step::Commit, "commit the issue", "no Git repository");
            return Ok(vec![line.at(COMMIT).state(LineState::Off)]);
        };
        let message = self.message(git).await?;
        let branch = git.branch().unwrap_or_else(|_| "no branch".to_owned());
        let committed = self.piece.is_promoted() && self.is_committed(git)?;
        let mut lines = vec![
            Line::new(Step::Commit, format!("“{message}”"), &branch)
                .at(COMMIT)
                .done(committed),
        ];
        if let Some(tag) = self.tag() {
            lines.push(
                Line::new(Step::Commit, format!("tag {tag}"), &branch)
                    .at(TAG)
                    .done(self.is_tagged(git, &tag)),
            );
        }
        let remote = &self.config.publish.remote;
        let push = Line::new(Step::Commit, "push", format!("{remote}, {branch}")).at(PUSH);
        lines.push(match self.pushes() {
            true => push.done(committed && self.is_pushed(git, &branch)),
            false => push.state(LineState::Off),
        });
        Ok(lines)
    }

    /// What the commit is to say. If all that it would hold is where the issue is discussed, an earlier run wrote that and
    /// could not commit it.
    async fn message(&self, git: &Git) -> Result<String> {
        let usual = self.piece.fill(&self.config.publish.message);
        if self.ledger.find(Step::Commit, COMMIT).is_none() || self.is_committed(git)? {
            return Ok(usual);
        }
        let path = git.path_of(&self.piece.path)?;
        let committed = git.run_whole(&["show", &format!("HEAD:{path}")]);
        match committed {
            Ok(text) if self.is_only_linked(&text).await? => Ok(self.link_message()),
            _ => Ok(usual),
        }
    }

    pub(super) fn tag(&self) -> Option<String> {
        let tag = self.piece.fill(&self.config.publish.tag);
        (!tag.is_empty()).then_some(tag)
    }

    /// Whether the issue stands in the last commit as it stands here, and its draft does not.
    pub(super) fn is_committed(&self, git: &Git) -> Result<bool> {
        let (draft, path) = (whole(&self.piece.draft), whole(&self.piece.path));
        let changed = git.run(
            &[
                "status",
                "--porcelain",
                "--untracked-files=all",
                "--",
                &draft,
                &path,
            ],
            None,
        )?;
        Ok(changed.is_empty() && git.path_of(&self.piece.path).is_ok())
    }

    /// Whether the remote has it, as far as is known here: a push and a fetch both write that down.
    fn is_pushed(&self, git: &Git, branch: &str) -> bool {
        let theirs = format!("refs/remotes/{}/{branch}", self.config.publish.remote);
        let tagged = self.tag().is_none_or(|tag| {
            let done = self.ledger.find(Step::Commit, PUSH);
            done.is_some_and(|done| done.digest.as_deref() == Some(&tag))
        });
        tagged && git.says_yes(&["merge-base", "--is-ancestor", "HEAD", &theirs])
    }

    pub(super) async fn commit(&mut self, target: &str) -> Result<Option<String>> {
        let Some(git) = &self.git else {
            return Ok(None);
        };
        match target {
            COMMIT => {
                let message = self.message(git).await?;
                let hash = commit(git, &message, &[&self.piece.draft, &self.piece.path])?;
                let short = hash[..hash.len().min(12)].to_owned();
                let said = super::Said {
                    address: Some(hash),
                    ..super::Said::default()
                };
                let done = crate::store::StepState::Done;
                self.note(Step::Commit, COMMIT, done, said).await?;
                Ok(Some(short))
            }
            TAG => self.make_tag(git).map(|()| None),
            _ => {
                self.push_all(git, true)?;
                let said = super::Said {
                    digest: self.tag(),
                    ..super::Said::default()
                };
                self.note(Step::Commit, PUSH, crate::store::StepState::Done, said)
                    .await?;
                Ok(None)
            }
        }
    }

    /// Whether a tag is there, and on a commit that has the issue.
    fn is_tagged(&self, git: &Git, tag: &str) -> bool {
        let path = git.path_of(&self.piece.path).unwrap_or_default();
        git.says_yes(&["cat-file", "-e", &format!("refs/tags/{tag}:{path}")])
    }

    fn make_tag(&self, git: &Git) -> Result<()> {
        let Some(tag) = self.tag() else { return Ok(()) };
        git.run(
            &["tag", "--annotate", "--file=-", "--", &tag],
            Some(&self.piece.head.title),
        )
        .map(|_| ())
        .map_err(|error| {
            let settings = ["tag.gpgSign", "tag.forceSignAnnotated"];
            unsigned(git, &settings, "`git tag -m try try`", error)
                .state("the issue is committed here, and has no tag")
        })
    }

    pub(super) fn push_all(&self, git: &Git, tagged: bool) -> Result<()> {
        let remote = &self.config.publish.remote;
        let branch = git.branch()?;
        let head = format!("HEAD:refs/heads/{branch}");
        let tag = self.tag().filter(|_| tagged);
        let tag = tag.map(|tag| format!("refs/tags/{tag}"));
        let mut arguments = vec!["push", "--porcelain", "--atomic", remote, &head];
        arguments.extend(tag.as_deref());
        git.run(&arguments, None).map(|_| ()).map_err(|error| {
            error
                .help(format!("get what others pushed: `git pull --rebase=merges {remote} {branch}`; then the same command again"))
                .state("it is committed here; nobody else has it yet")
        })
    }
}

/// Commits these files as they stand, or are gone; what else is changed is left alone. The commit.
pub(super) fn commit(git: &Git, message: &str, files: &[&Path]) -> Result<String> {
    let mut names = Vec::new();
    for file in files {
        let name = whole(file);
        let known = git.says_yes(&["ls-files", "--error-unmatch", "--", &name]);
        let in_head = git.says_yes(&["cat-file", "-e", &format!("HEAD:{}", top(git, &name)?)]);
        if file.exists() {
            git.run(&["add", "--", &name], None)?;
        } else if !known && !in_head {
            continue;
        }
        names.push(name);
    }
    let mut arguments = vec!["commit", "--quiet", "--file=-", "--"];
    arguments.extend(names.iter().map(String::as_str));
    git.run(&arguments, Some(message)).map_err(|error| {
        unsigned(
            git,
            &["commit.gpgSign"],
            "`git commit --allow-empty -m try`",
            error,
        )
        .state("nothing is committed; the files stand as they will")
    })?;
    git.run(&["rev-parse", "HEAD"], None)
}

/// What helps where it may be the signature that failed: Git says why in words of the program that signs. What has one if
/// one of these settings is on; how a person tries that.
fn unsigned(git: &Git, settings: &[&str], trial: &str, error: Error) -> Error {
    let is_on = |setting: &&&str| {
        let value = git.run(&["config", "--type=bool", "--get", setting], None);
        value.is_ok_and(|value| value == "true")
    };
    let said = error.message().to_lowercase();
    let about = ["sign", "gpg", "key"]
        .iter()
        .any(|word| said.contains(word));
    match settings.iter().find(is_on) {
        Some(setting) if about => error
            .help(format!(
                "`{setting}` is on: the key that `git config user.signingKey` names must be here, and its agent must answer"
            ))
            .help(format!("{trial} tries that by hand")),
        _ => error,
    }
}

/// A path as it stands in trees.
fn top(git: &Git, whole: &str) -> Result<String> {
    let top = git.run(&["rev-parse", "--show-toplevel"], None)?;
    let top = Path::new(&top);
    let path = Path::new(whole);
    // The folder may be reached by a link.
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let path = match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    };
    let within = path.strip_prefix(top).map_err(|_| {
        Error::new(format!(
            "{} is not in the repository {}",
            path.display(),
            top.display()
        ))
    })?;
    Ok(within.to_string_lossy().replace('\\', "/"))
}

pub(super) fn whole(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}
