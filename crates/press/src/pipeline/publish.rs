//! The night on which an issue goes out: one plan of steps, each of which can be done again.
//!
//! A step looks first: what the world itself can tell, the repository, the site, the ledger of mail, is asked there; what
//! only we know stands in the store. So a second run, by whoever, does what is missing and nothing twice. `steps` is the
//! table of them, `gate` judges beforehand, `promote` and `commit` are the repository's part, `site` builds, puts and
//! reads back, `mail` sends, `next` begins anew.

mod announce;
mod commit;
mod correct;
mod deploy;
mod gate;
mod heard;
mod ledger;
mod mail;
mod next;
mod piece;
pub mod pings;
mod promote;
mod rehearse;
pub mod seeds;
mod site;
mod steps;
mod turn;
mod verify;

pub use super::doctor::{Finding, State};
pub use correct::{CorrectOptions, ProposedCorrection};
pub(in crate::pipeline) use ledger::{Hold, hold};
pub use rehearse::{Rehearsed, Stage};
pub use steps::{Line, LineState, Row, STEPS, Step};

use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::git::Git;
use crate::store::Store;
use jiff::Timestamp;
use ledger::{Ledger, Said};
use piece::Piece;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What is to be published, and how.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The issue: a number, a day, a path. Without it what was begun, or else the draft that is due.
    pub issue: Option<String>,
    /// Only this step.
    pub only: Option<Step>,
    /// Conditions of the gate that need not hold.
    pub waived: Vec<String>,
    /// Who does it.
    pub who: String,
    /// What time it is.
    pub now: Timestamp,
}

/// What happens while the night goes on.
#[derive(Clone, Copy, Debug)]
pub enum News<'n> {
    /// A step begins at one of its targets.
    Begins(&'n Line),
    /// It ended.
    Ended(&'n Line),
    /// Something else.
    Note(&'n str),
}

/// How a night ended.
#[derive(Debug)]
pub struct End {
    /// All steps as they are now.
    pub lines: Vec<Line>,
    /// Why it did not go on, if it did not.
    pub stopped: Option<Error>,
}

impl End {
    /// Whether nothing is left to be done.
    pub fn is_whole(&self) -> bool {
        self.stopped.is_none() && self.lines.iter().all(|line| line.state.is_settled())
    }
}

/// One issue's way out.
pub struct Night<'c> {
    config: &'c Config,
    secrets: &'c Secrets,
    store: Store,
    git: Option<Git>,
    piece: Piece,
    ledger: Ledger,
    wish: Wish,
    gate: OnceLock<Vec<Finding>>,
    /// Hears how many links have answered, and of how many.
    asking: &'c dyn Fn(usize, usize),
    /// Where a rehearsal's readers look, instead of the web.
    readers: Option<PathBuf>,
}

impl std::fmt::Debug for Night<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Night").field(&self.piece).finish()
    }
}

impl<'c> Night<'c> {
    /// Finds what is to be published and what was done of it.
    pub async fn open(config: &'c Config, secrets: &'c Secrets, wish: Wish) -> Result<Night<'c>> {
        ledger::wait_for_the_dead(config).await;
        let store = Store::open(&config.store).await?;
        let piece = Piece::find(config, &store, wish.issue.as_deref()).await?;
        let ledger = Ledger::load(config, &store, &piece).await?;
        Ok(Night {
            git: Git::of(&config.folder).ok(),
            config,
            secrets,
            store,
            piece,
            ledger,
            wish,
            gate: OnceLock::new(),
            asking: &|_, _| {},
            readers: None,
        })
    }

    /// The same, which tells how many links have answered when the gate asks the web, and of how many.
    pub fn telling(self, asking: &'c dyn Fn(usize, usize)) -> Night<'c> {
        Night { asking, ..self }
    }

    /// The same with nothing that leaves the machine: no repository, and readers who look into a folder rather than the web.
    pub fn aside(self, readers: PathBuf) -> Night<'c> {
        Night {
            git: None,
            readers: Some(readers),
            ..self
        }
    }

    /// What it is called: "53, This Week in Tern 53".
    pub fn title(&self) -> &str {
        &self.piece.head.title
    }

    /// What stands for it in ids: its number, mostly.
    pub fn id(&self) -> &str {
        &self.piece.id
    }

    /// The whole plan: every step at every target, and how it is.
    pub async fn plan(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for step in STEPS.iter().filter(|step| self.is_wanted(step.step)) {
            lines.extend(self.look(step.step).await?);
        }
        Ok(lines)
    }

    /// What the gate says, each condition with its reason.
    pub fn conditions(&self) -> &[Finding] {
        self.gate.get().map_or(&[], Vec::as_slice)
    }

    fn is_wanted(&self, step: Step) -> bool {
        self.wish.only.is_none_or(|only| only == step)
    }

    /// Does what is missing, in order. It ends before a step whose predecessors failed.
    pub async fn go(&mut self, tell: &(dyn Fn(News<'_>) + Sync)) -> Result<End> {
        self.refuse_gaps().await?;
        let new = self
            .piece
            .publication(self.config, self.wish.now.as_second());
        self.store.record_publication(&new).await?;
        let hold = self
            .ledger
            .take_in_hand(&self.store, &self.piece, &self.wish)
            .await?;
        let mut stopped = None;
        for step in STEPS {
            if !self.is_wanted(step.step) {
                continue;
            }
            match self.step(step, tell).await {
                Ok(None) => {}
                Ok(Some(error)) | Err(error) if step.soft => {
                    tell(News::Note(&error.message()));
                    stopped = stopped.or(Some(error));
                }
                Ok(Some(error)) | Err(error) => {
                    stopped = Some(error);
                    break;
                }
            }
        }
        self.gate = OnceLock::new();
        let lines = self.plan().await?;
        let end = End { lines, stopped };
        if self.wish.only.is_none() && end.is_whole() {
            self.store
                .record_publication_end(&self.piece.id, self.wish.now.as_second())
                .await?;
        }
        hold.release().await?;
        Ok(end)
    }

    /// One step at all its targets; the first error, after all were tried.
    async fn step(&mut self, row: &Row, tell: &(dyn Fn(News<'_>) + Sync)) -> Result<Option<Error>> {
        let mut lines = self.look(row.step).await?;
        lines.retain(|line| !line.state.is_settled());
        if row.step == Step::Deploy {
            return self.deploy(lines, tell);
        }
        let mut failed = None;
        for mut line in lines {
            if row.chain && failed.is_some() {
                continue;
            }
            tell(News::Begins(&line));
            let done = self.act(&line, tell).await;
            failed = failed.or(line.ended(done, tell));
        }
        Ok(failed)
    }

    /// How a step is at each of its targets.
    async fn look(&self, step: Step) -> Result<Vec<Line>> {
        match step {
            Step::Gate => Ok(vec![self.look_at_gate().await?]),
            Step::Finish => self.look_at_finish().map(|line| vec![line]),
            Step::Promote => Ok(vec![self.look_at_promotion()]),
            Step::Commit => self.look_at_commit().await,
            Step::Build => Ok(vec![self.look_at_build()]),
            Step::Deploy => self.look_at_deploy(),
            Step::Verify => self.look_at_verify(),
            Step::Send => self.look_at_mail().await,
            Step::Announce => self.look_at_announcements().await,
            Step::Link => self.look_at_link().await,
            Step::Confirm => self.look_at_confirmations().await,
            Step::Next => self.look_at_next(),
        }
    }

    /// Does a step at one target; what there is to say of it.
    async fn act(
        &mut self,
        line: &Line,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<Option<String>> {
        match line.step {
            Step::Gate => self.pass_gate().await,
            Step::Finish => self.finish().await,
            Step::Promote => self.promote(),
            Step::Commit => self.commit(&line.target).await,
            Step::Build => self.build(),
            // All places at once; a step itself sees to that.
            Step::Deploy => Ok(None),
            Step::Verify => self.verify(&line.target).await,
            Step::Send => self.send(&line.target, tell).await,
            Step::Next => self.begin_next(),
            Step::Announce => self.announce(&line.target).await,
            Step::Link => self.link(tell).await,
            Step::Confirm => self.confirm(&line.target).await,
        }
    }

    /// A single step is done only where those before it are.
    async fn refuse_gaps(&self) -> Result<()> {
        let Some(only) = self.wish.only else {
            return Ok(());
        };
        for before in STEPS.iter().take_while(|step| step.step != only) {
            // The gate may have been passed in another way; what sends judges the issue itself.
            if before.step == Step::Gate || before.soft {
                continue;
            }
            let lines = self.look(before.step).await?;
            if let Some(line) = lines.iter().find(|line| !line.state.is_settled()) {
                let error = Error::new(format!(
                    "{} comes after {}, which is not done: {}",
                    only.name(),
                    before.step.name(),
                    line.what
                ));
                return Err(error
                    .help(format!(
                        "`press publish --only {}` first, or without `--only`",
                        before.step.name()
                    ))
                    .state("nothing was done"));
            }
        }
        Ok(())
    }
}
