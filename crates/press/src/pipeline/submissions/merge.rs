//! What was accepted goes into the draft: one commit, whose parents are the draft's branch and all pull requests that are
//! in it, so that the forge shows each as merged.
//!
//! A pull request is in it whole or not at all: all of its items are decided, and what else it changes fits. The order is
//! such that whoever is killed leaves something that the next run takes up: see [`commit`].

mod commit;

use super::{Desk, Draft, item};
use crate::error::{Error, Result};
use crate::git::Git;
use crate::store::{Pull, Step, Submission, SubmissionState};
use commit::{Commit, Turn, forget, is_sent};
use jiff::Timestamp;
use press_core::submission::{Carried, Change, Outcome, carry, place};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How to merge.
#[derive(Clone, Copy, Debug)]
pub struct MergeOptions<'a> {
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Send the commit to the remote.
    pub push: bool,
    /// Who does it, for the history.
    pub who: &'a str,
    /// What time it is.
    pub now: Timestamp,
}

/// What merging did.
#[derive(Debug, Default, Serialize)]
pub struct Merged {
    /// The commit; none if there was nothing to commit.
    pub commit: Option<String>,
    /// What stands in the draft now.
    pub placed: Vec<PlacedItem>,
    /// The pull requests that are in it.
    pub pull_requests: Vec<i64>,
    /// What was left, and why.
    pub left: Vec<Left>,
    /// Whether the commit was sent to the remote.
    pub pushed: bool,
}

/// A submission that stands in the draft.
#[derive(Clone, Debug, Serialize)]
pub struct PlacedItem {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// The pull request that brought it.
    pub pull_request: Option<i64>,
    /// What was done.
    pub outcome: Outcome,
}

/// Something that was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The submission, if it is one.
    pub id: Option<i64>,
    /// The pull request, if it is of one.
    pub pull_request: Option<i64>,
    /// Why.
    pub why: String,
}

/// The draft as it grows.
struct Growing<'d> {
    desk: &'d Desk,
    text: String,
    placed: Vec<PlacedItem>,
    left: Vec<Left>,
    parents: Vec<(i64, String)>,
}

impl Desk {
    /// Places what was accepted, and commits it.
    pub async fn merge(&self, options: MergeOptions<'_>) -> Result<Merged> {
        let git = Git::of(&self.config().folder)?;
        let turn = match options.dry_run {
            true => None,
            false => Some(Turn::begin(&git)?),
        };
        let Some(draft) = self.draft()? else {
            let folder = self.config().drafts.display();
            return Err(Error::new(format!("there is no draft in {folder}"))
                .help("`press draft` makes the next one"));
        };
        let path = git.path_of(&draft.path)?;
        let head = git.run(&["rev-parse", "HEAD"], None)?;
        let growing = self.grow(&draft, &git).await?;
        let mut merged = Merged {
            pull_requests: growing.parents.iter().map(|(number, _)| *number).collect(),
            placed: growing.placed,
            left: growing.left,
            ..Merged::default()
        };
        let changed = growing.text != draft.text || !growing.parents.is_empty();
        let Some(turn) = turn else {
            return Ok(merged);
        };
        merged.commit = turn.made.clone();
        if changed {
            let commit = Commit {
                git: &git,
                head: &head,
                path: &path,
                parents: &growing.parents,
                merged: &merged,
            };
            merged.commit = Some(commit.make(&growing.text, draft.number)?);
        }
        self.record_placed(&merged, &draft, options).await?;
        let remote = &self.config().submissions.remote;
        if let Some(commit) = merged.commit.as_ref().filter(|_| options.push) {
            if !is_sent(&git, remote, commit) {
                push(&git, remote)?;
            }
            merged.pushed = true;
        }
        forget(&git);
        Ok(merged)
    }

    /// The draft with everything in it that is accepted and fits.
    async fn grow(&self, draft: &Draft, git: &Git) -> Result<Growing<'_>> {
        let mut growing = Growing {
            desk: self,
            text: draft.text.clone(),
            placed: Vec::new(),
            left: Vec::new(),
            parents: Vec::new(),
        };
        let due = |submission: &Submission| match (submission.issue, draft.number) {
            (Some(issue), Some(number)) => issue <= number,
            _ => true,
        };
        let accepted = self.store.submissions(SubmissionState::Accepted).await?;
        let mut pulls: BTreeSet<i64> = BTreeSet::new();
        for submission in accepted.iter().filter(|submission| due(submission)) {
            match submission.pull {
                Some(pull) => drop(pulls.insert(pull)),
                None => growing.single(submission)?,
            }
        }
        let mut wanted = BTreeMap::new();
        for number in pulls {
            let items = self.store.submissions_of_pull(number).await?;
            match self.store.find_pull(number).await? {
                Some(pull) => match obstacle(&pull, &items, due) {
                    Some(why) => growing.leave_pull(number, why),
                    None => drop(wanted.insert(number, (pull, items))),
                },
                None => growing.leave_pull(number, "it was never read".to_owned()),
            }
        }
        let remote = &self.config().submissions.remote;
        let heads = fetch_heads(git, remote, &wanted.keys().copied().collect::<Vec<_>>());
        for (number, (pull, items)) in &wanted {
            match heads.get(number) {
                None => {
                    growing.leave_pull(*number, format!("`git fetch {remote}` does not get it"));
                }
                Some(head) if *head != pull.head => {
                    let why = "it has changed since it was read: run `press submissions fetch`";
                    growing.leave_pull(*number, why.to_owned());
                }
                Some(_) => growing.whole(git, pull, items)?,
            }
        }
        Ok(growing)
    }

    async fn record_placed(
        &self,
        merged: &Merged,
        draft: &Draft,
        options: MergeOptions<'_>,
    ) -> Result<()> {
        let commit = merged.commit.as_ref();
        let detail = commit.map(|commit| format!("in commit {}", &commit[..commit.len().min(12)]));
        for placed in &merged.placed {
            let step = Step {
                who: options.who,
                what: "placed",
                detail: detail.as_deref(),
                state: Some(SubmissionState::Placed),
                from: &[SubmissionState::Accepted],
                issue: draft.number,
                ..Step::default()
            };
            let done = self
                .store
                .record_step(placed.id, &step, options.now.as_second());
            done.await.map_err(|error| {
                error.state(
                    "the commit is made; the same command finds it, and records what is in it",
                )
            })?;
        }
        Ok(())
    }
}

/// Why a pull request cannot be merged now.
fn obstacle(
    pull: &Pull,
    items: &[Submission],
    due: impl Fn(&Submission) -> bool,
) -> Option<String> {
    if let Some(obstacle) = &pull.obstacle {
        return Some(format!("{obstacle}: merge it by hand"));
    }
    let undecided = items
        .iter()
        .filter(|item| item.state == SubmissionState::Queued)
        .count();
    if undecided > 0 {
        return Some(format!("{undecided} of its items are not decided"));
    }
    let later = |item: &&Submission| item.state == SubmissionState::Accepted && !due(item);
    items
        .iter()
        .any(|item| later(&item))
        .then(|| "a part of it is for a later issue".to_owned())
}

impl Growing<'_> {
    fn leave_pull(&mut self, number: i64, why: String) {
        self.left.push(Left {
            id: None,
            pull_request: Some(number),
            why,
        });
    }

    /// Places a submission that is of no pull request.
    fn single(&mut self, submission: &Submission) -> Result<()> {
        let own = item(submission)?;
        let (text, outcome) = place(&self.text, &own, &self.desk.config().format);
        if outcome.is_in() {
            self.text = text;
            self.placed.push(placed(submission, outcome));
        } else {
            self.left.push(Left {
                id: Some(submission.id),
                pull_request: None,
                why: reason(&outcome),
            });
        }
        Ok(())
    }

    /// Places a pull request as a whole, or leaves it.
    fn whole(&mut self, git: &Git, pull: &Pull, items: &[Submission]) -> Result<()> {
        let mut text = self.text.clone();
        let mut own = Vec::new();
        let changes: Vec<Change> = serde_json::from_str(&pull.changes).unwrap_or_default();
        for change in &changes {
            let (changed, carried) = carry(&text, change);
            if carried == Carried::InTheWay {
                let line = change.removed.first().or(change.added.first());
                let line = line.map_or("", String::as_str);
                self.leave_pull(
                    pull.number,
                    format!("what it changes was changed meanwhile: {line}"),
                );
                return Ok(());
            }
            text = changed;
        }
        for submission in items {
            if submission.state != SubmissionState::Accepted {
                continue;
            }
            let (changed, outcome) = place(&text, &item(submission)?, &self.desk.config().format);
            if !outcome.is_in() {
                self.leave_pull(
                    pull.number,
                    format!("{}: {}", submission.title, reason(&outcome)),
                );
                return Ok(());
            }
            text = changed;
            own.push(placed(submission, outcome));
        }
        self.text = text;
        self.placed.extend(own);
        // What is in the branch already needs no parent.
        if !git.says_yes(&["merge-base", "--is-ancestor", &pull.head, "HEAD"]) {
            self.parents.push((pull.number, pull.head.clone()));
        }
        Ok(())
    }
}

fn placed(submission: &Submission, outcome: Outcome) -> PlacedItem {
    PlacedItem {
        id: submission.id,
        title: submission.title.clone(),
        pull_request: submission.pull,
        outcome,
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NoSection { section } => format!("the draft has no section `{section}`"),
        Outcome::InTheWay => "what it changes is no longer as it was".to_owned(),
        _ => "the draft would read in another way with it".to_owned(),
    }
}

fn reference(number: i64) -> String {
    format!("refs/press/pull/{number}")
}

/// Gets the pull requests from the remote: the commits that they end with. One that cannot be had holds up no other.
fn fetch_heads(git: &Git, remote: &str, numbers: &[i64]) -> BTreeMap<i64, String> {
    let spec = |number: &i64| format!("+refs/pull/{number}/head:{}", reference(*number));
    let fetch = |numbers: &[i64]| {
        let specs: Vec<String> = numbers.iter().map(spec).collect();
        let mut arguments = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            remote,
        ];
        arguments.extend(specs.iter().map(String::as_str));
        git.says_yes(&arguments)
    };
    if !numbers.is_empty() && !fetch(numbers) {
        for number in numbers {
            fetch(std::slice::from_ref(number));
        }
    }
    let head = |number: &i64| {
        let name = format!("{}^{{commit}}", reference(*number));
        Some((
            *number,
            git.run(&["rev-parse", "--verify", "--quiet", &name], None)
                .ok()?,
        ))
    };
    numbers.iter().filter_map(head).collect()
}

fn push(git: &Git, remote: &str) -> Result<()> {
    let state = "the commit is made here; `git push` sends it";
    let branch = git
        .run(&["symbolic-ref", "--quiet", "HEAD"], None)
        .map_err(|error| error.because("no branch is checked out").state(state))?;
    let pushed = git.run(&["push", remote, &format!("HEAD:{branch}")], None);
    pushed.map(|_| ()).map_err(|error| {
        error
            .help("get what others pushed: `git pull --rebase=merges`; then `git push`")
            .state(state)
    })
}
