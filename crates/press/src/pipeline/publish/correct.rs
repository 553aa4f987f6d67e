//! Corrections of an issue that is out: what changed since readers saw it, whether they should hear of it, and the new state
//! brought to all places where the old one is.
//!
//! What readers saw is the text of the last commit that brought them something; the correction is what stands in the file
//! now. A correction that matters gets its moment into the front matter, so that feeds show the entry as updated, under the
//! id that it had.

use super::commit::commit;
use super::piece::within;
use super::{End, News, Night, Said, Step, Wish};
use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::git::Git;
use crate::newsletter;
use crate::pipeline::check::Checker;
use crate::pipeline::draft;
use crate::store::StepState;
use press_core::correction::{Correction, corrections, sentence, with_modified, with_note};
use press_core::diagnostic::Level;
use press_core::format::SectionKind;
use press_core::submission::{Outcome, Place, Proposed, ProposedLink, place, with_section};
use std::path::PathBuf;

/// Where the ledger keeps which commit readers saw last.
const SEEN: &str = "correction";

/// How to correct.
#[derive(Clone, Debug, Default)]
pub struct CorrectOptions {
    /// A note under the issue: in these words, or in our own if they are empty.
    pub note: Option<String>,
    /// Whether readers should hear of it; as it looks if nobody says.
    pub matters: Option<bool>,
}

/// A correction as it would be.
#[derive(Debug)]
pub struct ProposedCorrection {
    /// The issue's file, from the newsletter's folder.
    pub place: String,
    /// What readers saw.
    pub before: String,
    /// What they are to see.
    pub after: String,
    /// What changed.
    pub corrections: Vec<Correction>,
    /// Whether readers should hear of it.
    pub matters: bool,
    /// What stands in the next issue's corrections then: the draft's file and its new text.
    pub draft: Option<(PathBuf, String)>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl<'c> Night<'c> {
    /// A published issue that is to be corrected.
    pub async fn open_published(
        config: &'c Config,
        secrets: &'c Secrets,
        wish: Wish,
    ) -> Result<Night<'c>> {
        let night = Night::open(config, secrets, wish).await?;
        if !night.piece.is_promoted() {
            let error = Error::new(format!("“{}” is not published", night.title()));
            return Err(error.help("edit its draft; nobody has seen it yet"));
        }
        let known = night.store.find_publication(night.id()).await?;
        if night.piece.begun && known.is_some_and(|known| known.ended_s.is_none()) {
            let error = Error::new(format!("“{}” is still going out", night.title()));
            return Err(error.help("`press publish` ends that first"));
        }
        Ok(night)
    }

    /// What changed since readers saw the issue. `since` names a commit that has what they saw, if we cannot know.
    pub fn correction(
        &self,
        options: &CorrectOptions,
        since: Option<&str>,
    ) -> Result<ProposedCorrection> {
        let before = self.seen(since)?;
        let now = newsletter::read(&self.piece.path)?;
        let (old, new) = (body(&before), body(&now));
        let found = corrections(&old, &new, &self.config.format);
        let found = found.map_err(|_| {
            let error = Error::new("this is as good as another issue");
            error.help("look whether it is the right file: `git log --follow` on it")
        })?;
        if found.is_empty() && old == new {
            let error = Error::new(format!("nothing was corrected in {}", self.place()));
            return Err(
                error.help("edit the file first; this command brings the change to readers")
            );
        }
        let matters = options
            .matters
            .unwrap_or_else(|| found.iter().any(Correction::matters));
        let mut proposed = ProposedCorrection {
            place: self.place(),
            after: self.after(&before, &now, &found, (matters, options))?,
            before,
            corrections: found,
            matters,
            draft: None,
            notes: Vec::new(),
        };
        if matters {
            self.tell_next(&mut proposed, options)?;
        }
        self.refuse_denied(&proposed.after)?;
        Ok(proposed)
    }

    fn place(&self) -> String {
        within(self.config, &self.piece.path)
    }

    /// The text that readers saw last.
    fn seen(&self, since: Option<&str>) -> Result<String> {
        let Some(git) = &self.git else {
            let error = Error::new("nobody knows what readers saw");
            return Err(error.because("the newsletter is in no Git repository"));
        };
        let path = git.path_of(&self.piece.path)?;
        let commit = match since {
            Some(since) => since.to_owned(),
            None => self.seen_commit(git)?,
        };
        let text = git.run_whole(&["show", &format!("{commit}:{path}")]);
        text.map_err(|error| {
            error.help("name a commit that has what readers saw: `--since COMMIT`")
        })
    }

    fn seen_commit(&self, git: &Git) -> Result<String> {
        let known = [SEEN, super::commit::COMMIT]
            .iter()
            .find_map(|target| self.ledger.find(Step::Commit, target)?.address.clone());
        if let Some(commit) = known {
            return Ok(commit);
        }
        let tag = self.tag().map(|tag| format!("refs/tags/{tag}"));
        if let Some(tag) =
            tag.filter(|tag| git.says_yes(&["rev-parse", "--quiet", "--verify", tag]))
        {
            return Ok(tag);
        }
        // What was never committed nobody has seen.
        Ok("HEAD".to_owned())
    }

    /// The issue as readers are to see it.
    fn after(
        &self,
        before: &str,
        now: &str,
        found: &[Correction],
        (matters, options): (bool, &CorrectOptions),
    ) -> Result<String> {
        let zoned = self.wish.now.to_zoned(self.config.timezone.clone());
        let mut after = now.to_owned();
        if let Some(note) = &options.note {
            let own = sentence(found);
            let words = if note.trim().is_empty() { &own } else { note };
            if words.is_empty() {
                let error = Error::new("there is nothing to say in a note");
                return Err(error.help("give its words: `--note \"…\"`"));
            }
            after = with_note(&after, zoned.date(), words);
        }
        let modified = |text: &str| press_core::issue::Masthead::parse(text).0.modified;
        // A run that was interrupted has set it already.
        if matters && modified(before) == modified(&after) {
            after = with_modified(&after, zoned.datetime()).ok_or_else(|| {
                Error::new(format!("{} has no date in its front matter", self.place()))
                    .help("add it, and run the same command again")
            })?;
        }
        Ok(after)
    }

    /// Puts it into the corrections of the next issue, if the newsletter has them.
    fn tell_next(&self, proposed: &mut ProposedCorrection, options: &CorrectOptions) -> Result<()> {
        let wanted = &self.config.publish.corrections;
        let sections = &self.config.format.sections;
        let Some(section) = sections.iter().find(|section| section.id == *wanted) else {
            return Ok(());
        };
        let Some(draft) = draft::find_newest(self.config)? else {
            let note = format!(
                "there is no draft whose section {} could tell it",
                section.id
            );
            proposed.notes.push(note);
            return Ok(());
        };
        let own = sentence(&proposed.corrections);
        let words = options
            .note
            .as_deref()
            .filter(|note| !note.trim().is_empty());
        let words = words.unwrap_or(&own);
        let url = format!("{}{}", self.config.base().0, self.piece.head.url);
        let title = &self.piece.head.title;
        let wanted = Proposed {
            place: Place {
                id: Some(section.id.clone()),
                path: Vec::new(),
            },
            kind: SectionKind::default(),
            links: vec![ProposedLink {
                title: title.clone(),
                url: url.clone(),
                ..ProposedLink::default()
            }],
            text: format!("* [{title}]({url}): {words}"),
            ..Proposed::default()
        };
        let text = newsletter::read(&draft.path)?;
        let headed = with_section(&text, &self.config.format, &section.id);
        let (changed, outcome) = place(&headed.unwrap_or(text), &wanted, &self.config.format);
        match outcome {
            Outcome::Placed { .. } => proposed.draft = Some((draft.path, changed)),
            Outcome::Known { .. } => {
                let file = within(self.config, &draft.path);
                proposed.notes.push(format!("{file} tells of a correction of this issue already: look whether that is this one"));
            }
            _ => proposed.notes.push(format!(
                "it could not be put into {}",
                within(self.config, &draft.path)
            )),
        }
        Ok(())
    }

    fn refuse_denied(&self, text: &str) -> Result<()> {
        let judged = Checker::open(self.config.clone())?.judge(&self.piece.path, text);
        let denied = judged
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Deny);
        match denied.count() {
            0 => Ok(()),
            count => Err(Error::new(format!(
                "{} has {count} findings that hold it up",
                self.place()
            ))
            .help(format!("look at them: `press check {}`", self.place()))
            .state("nothing was changed")),
        }
    }

    /// Brings a correction to readers. It can be run again, like everything here.
    pub async fn correct(
        &mut self,
        proposed: &ProposedCorrection,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<End> {
        let now_s = self.wish.now.as_second();
        let new = self.piece.publication(self.config, now_s);
        self.store.record_publication(&new).await?;
        self.store
            .record_publication_end(&self.piece.id, now_s)
            .await?;
        let hold = self
            .ledger
            .take_in_hand(&self.store, &self.piece, &self.wish)
            .await?;
        let mut stopped = self.correct_here(proposed, tell).await.err();
        for row in super::STEPS {
            let wanted = matches!(row.step, Step::Build | Step::Deploy | Step::Verify);
            if !wanted || stopped.is_some() {
                continue;
            }
            stopped = self.step(row, tell).await.unwrap_or_else(Some);
        }
        if stopped.is_none()
            && let Some(git) = &self.git
        {
            let said = Said {
                address: Some(git.run(&["rev-parse", "HEAD"], None)?),
                ..Said::default()
            };
            self.note(Step::Commit, SEEN, StepState::Done, said).await?;
        }
        hold.release().await?;
        let mut lines = self.plan().await?;
        lines.retain(|line| matches!(line.step, Step::Build | Step::Deploy | Step::Verify));
        Ok(End { lines, stopped })
    }

    /// The files, one commit of them, and its push.
    async fn correct_here(
        &self,
        proposed: &ProposedCorrection,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<()> {
        newsletter::write(&self.piece.path, &proposed.after)?;
        let mut files = vec![self.piece.path.as_path()];
        if let Some((path, text)) = &proposed.draft {
            newsletter::write(path, text)?;
            files.push(path);
        }
        let Some(git) = &self.git else { return Ok(()) };
        let message = format!(
            "Correct {}\n\n{}",
            self.title(),
            sentence(&proposed.corrections)
        );
        if files.iter().any(|file| is_changed(git, file)) {
            let hash = commit(git, message.trim_end(), &files)?;
            tell(News::Note(&format!(
                "committed as {}",
                &hash[..hash.len().min(12)]
            )));
        }
        if self.pushes() {
            self.push_all(git, false)?;
            tell(News::Note("pushed"));
        }
        Ok(())
    }
}

fn is_changed(git: &Git, file: &std::path::Path) -> bool {
    let file = super::commit::whole(file);
    let changed = git.run(&["status", "--porcelain", "--", &file], None);
    changed.is_ok_and(|changed| !changed.is_empty())
}

/// What people read of a text: without its front matter, and without notes of corrections.
fn body(text: &str) -> String {
    let (masthead, _) = press_core::issue::Masthead::parse(text);
    let note = |line: &&str| !line.starts_with("*Correction, ");
    let lines = text[masthead.span.end..].lines().filter(note);
    let body: Vec<&str> = lines.collect();
    body.join("\n").trim_end().to_owned()
}
