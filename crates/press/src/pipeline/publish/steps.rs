//! The table of steps, and how one of them is shown.

use super::News;
use crate::error::{Error, Result};
use serde::Serialize;

/// A step of the night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Everything that must hold beforehand.
    Gate,
    /// The draft's scaffolding is taken down.
    Finish,
    /// The draft becomes an issue.
    Promote,
    /// Commit, tag and push.
    Commit,
    /// The site is made.
    Build,
    /// The site is put where readers find it.
    Deploy,
    /// The site is read back.
    Verify,
    /// The issue goes to its lists.
    Send,
    /// The issue is made known.
    Announce,
    /// Where it is discussed goes into the issue.
    Link,
    /// Posts and mails are read back.
    Confirm,
    /// The next draft.
    Next,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The step.
    pub step: Step,
    /// Its name.
    pub name: &'static str,
    /// Whether the night goes on when it fails: nothing after it stands on it.
    pub soft: bool,
    /// Whether its targets stand on each other, so that the first that fails ends it.
    pub chain: bool,
}

/// All steps, in order.
pub const STEPS: &[Row] = &[
    row(Step::Gate, "gate", false),
    row(Step::Finish, "finish", false),
    row(Step::Promote, "promote", false),
    Row {
        chain: true,
        ..row(Step::Commit, "commit", false)
    },
    row(Step::Build, "build", false),
    row(Step::Deploy, "deploy", false),
    row(Step::Verify, "verify", false),
    row(Step::Send, "send", true),
    row(Step::Announce, "announce", true),
    row(Step::Link, "link", true),
    row(Step::Confirm, "confirm", true),
    row(Step::Next, "next", true),
];

const fn row(step: Step, name: &'static str, soft: bool) -> Row {
    Row {
        step,
        name,
        soft,
        chain: false,
    }
}

impl Step {
    /// Its name.
    pub fn name(self) -> &'static str {
        let row = STEPS.iter().find(|row| row.step == self);
        row.map_or("", |row| row.name)
    }

    /// The step of a name.
    pub fn parse(name: &str) -> Option<Step> {
        STEPS
            .iter()
            .find(|row| row.name == name)
            .map(|row| row.step)
    }
}

/// How a step is at one of its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineState {
    /// It is done.
    Done,
    /// It is to be done.
    Todo,
    /// It was tried, and refused; it is tried again.
    Failed,
    /// It was begun; nobody knows whether it happened, and a person has to say.
    Uncertain,
    /// The newsletter does without.
    Off,
}

impl LineState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            LineState::Done => "done",
            LineState::Todo => "to do",
            LineState::Failed => "failed",
            LineState::Uncertain => "uncertain",
            LineState::Off => "off",
        }
    }

    /// Whether there is nothing to do.
    pub fn is_settled(self) -> bool {
        matches!(self, LineState::Done | LineState::Off)
    }
}

/// A step at one of its targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The step.
    pub step: Step,
    /// What tells its targets apart; empty if it has one only.
    pub target: String,
    /// What is done.
    pub what: String,
    /// Where it is done: a file, a host, a list.
    pub place: String,
    /// How it is.
    pub state: LineState,
    /// What else there is to say: when and by whom it was done, or why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Line {
    pub(super) fn new(step: Step, what: impl Into<String>, place: impl Into<String>) -> Line {
        Line {
            step,
            target: String::new(),
            what: what.into(),
            place: place.into(),
            state: LineState::Todo,
            note: None,
        }
    }

    pub(super) fn at(mut self, target: impl Into<String>) -> Line {
        self.target = target.into();
        self
    }

    pub(super) fn state(mut self, state: LineState) -> Line {
        self.state = state;
        self
    }

    /// Done, or still to be done.
    pub(super) fn done(self, done: bool) -> Line {
        self.state(if done {
            LineState::Done
        } else {
            LineState::Todo
        })
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Line {
        self.note = Some(note.into());
        self
    }

    /// Tells how it ended; the error, if it failed.
    pub(super) fn ended(
        &mut self,
        done: Result<Option<String>>,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Option<Error> {
        let failed = match done {
            Ok(note) => {
                (self.state, self.note) = (LineState::Done, note);
                None
            }
            Err(error) => {
                let why = error.what().to_owned();
                (self.state, self.note) = (LineState::Failed, Some(why));
                Some(error)
            }
        };
        tell(News::Ended(self));
        failed
    }
}
