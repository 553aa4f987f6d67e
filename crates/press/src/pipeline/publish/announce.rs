//! The issue made known, its threads linked from it, and posts read back.

use super::commit::commit;
use super::heard::{PINGS, SEED};
use super::{Line, LineState, News, Night, STEPS, Said, Step};
use crate::config::{AnnounceKind, Channel};
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::announce::{Desk, State, Subject, link_back};
use crate::store::StepState;
use press_core::announcement::discussion::Thread;

impl Night<'_> {
    /// The desk of announcements, for this issue.
    fn announcements(&self) -> Result<Desk<'_>> {
        let subject = Subject::of_file(self.config, self.piece.file())?;
        Desk::open(
            self.config,
            self.secrets,
            &self.store,
            subject,
            &self.wish.who,
        )
    }

    pub(super) async fn look_at_announcements(&self) -> Result<Vec<Line>> {
        let pings = self.look_at_pings();
        if self.config.announcement.channels.is_empty() && pings.is_empty() {
            let line = Line::new(Step::Announce, "make it known", "no [[announce]]");
            return Ok(vec![line.state(LineState::Off)]);
        }
        let standings = self.announcements()?.look().await?;
        let lines = standings.into_iter().map(|standing| {
            let what = format!("post it: {}", standing.name);
            let line = Line::new(Step::Announce, what, standing.place).at(standing.name);
            let line = line.state(match standing.state {
                State::Todo | State::Begun => LineState::Todo,
                State::Done => LineState::Done,
                State::Failed => LineState::Failed,
                State::Uncertain => LineState::Uncertain,
            });
            match standing.address.or(standing.note) {
                Some(note) => line.note(note),
                None => line,
            }
        });
        Ok(lines.chain(pings).collect())
    }

    pub(super) async fn announce(&mut self, name: &str) -> Result<Option<String>> {
        if let Some(ping) = PINGS.iter().find(|ping| **ping == name) {
            return self.ping(ping).await;
        }
        let standing = self.announcements()?.announce_one(name, false).await?;
        self.reload().await?;
        Ok(standing.address)
    }

    pub(super) fn link_message(&self) -> String {
        format!("Say where {} is discussed", self.title())
    }

    /// Whether the text is another one with where it is discussed.
    pub(super) async fn is_only_linked(&self, other: &str) -> Result<bool> {
        let threads = self.announcements()?.threads().await?;
        let here = newsletter::read(&self.piece.path)?;
        Ok(link_back(self.config, other, &threads)?.is_some_and(|linked| linked == here))
    }

    /// Where the issue is discussed, and its text if that does not say so yet.
    async fn unlinked(&self) -> Result<(Vec<Thread>, Option<String>)> {
        let threads = self.announcements()?.threads().await?;
        let text = newsletter::read(self.piece.file())?;
        let linked = link_back(self.config, &text, &threads)?;
        Ok((threads, linked))
    }

    pub(super) async fn look_at_link(&self) -> Result<Vec<Line>> {
        let mut channels = self.config.announcement.channels.iter();
        let line = Line::new(Step::Link, "say where it is discussed", "");
        // Nobody discusses anything in a file.
        let is_forum =
            |channel: &Channel| channel.threads.is_some() && channel.kind() != AnnounceKind::File;
        if !channels.any(is_forum) {
            return Ok(vec![line.state(LineState::Off)]);
        }
        if !self.piece.is_promoted() {
            return Ok(vec![line]);
        }
        let (threads, linked) = self.unlinked().await?;
        let names: Vec<&str> = threads.iter().map(|thread| thread.name.as_str()).collect();
        let committed = match &self.git {
            Some(git) => self.is_committed(git)?,
            None => true,
        };
        let line = Line::new(Step::Link, "say where it is discussed", names.join(", "));
        Ok(vec![line.done(
            !threads.is_empty() && linked.is_none() && committed,
        )])
    }

    /// The text says where it is discussed: written, committed, and brought to readers.
    pub(super) async fn link(
        &mut self,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<Option<String>> {
        let (threads, linked) = self.unlinked().await?;
        if threads.is_empty() {
            let error = Error::new("no address is known under which it is discussed");
            return Err(error.help("when it is announced there, the same command goes on"));
        }
        if let Some(text) = linked {
            newsletter::write(&self.piece.path, &text)?;
        }
        if let Some(git) = &self.git {
            if !self.is_committed(git)? {
                commit(git, &self.link_message(), &[&self.piece.path])?;
            }
            if self.pushes() {
                self.push_all(git, false)?;
            }
        }
        for row in STEPS {
            if matches!(row.step, Step::Build | Step::Deploy | Step::Verify)
                && let Some(error) = Box::pin(self.step(row, tell)).await?
            {
                return Err(error);
            }
        }
        Ok(None)
    }

    pub(super) async fn look_at_confirmations(&self) -> Result<Vec<Line>> {
        let channels = self.config.announcement.channels.iter();
        let mut lines: Vec<Line> = channels
            .map(|channel| {
                let what = format!("read it back: {}", channel.name);
                let known = self.ledger.find(Step::Confirm, &channel.name);
                let done = known.is_some_and(|known| known.state == StepState::Done);
                let line = Line::new(Step::Confirm, what, "")
                    .at(&channel.name)
                    .done(done);
                match known.and_then(|known| known.detail.clone()) {
                    Some(note) => line.note(note),
                    None => line,
                }
            })
            .collect();
        lines.extend(self.look_at_seeds());
        if lines.is_empty() {
            let line = Line::new(Step::Confirm, "read posts back", "no [[announce]]");
            lines.push(line.state(LineState::Off));
        }
        Ok(lines)
    }

    pub(super) async fn confirm(&mut self, name: &str) -> Result<Option<String>> {
        if let Some(seed) = name.strip_prefix(SEED) {
            return self.look_into(seed).await;
        }
        let found = self.announcements()?.confirm(name).await?;
        let detail = match found {
            None => "it cannot be asked for".to_owned(),
            Some(differences) if differences.is_empty() => "as it was meant".to_owned(),
            Some(differences) if differences == ["it is not out"] => {
                return Err(Error::new(format!("there is nothing in {name} yet")));
            }
            // It is out, and stays so: a person decides what to make of it.
            Some(differences) => format!("out, but: {}", differences.join("; ")),
        };
        let said = Said {
            detail: Some(detail.clone()),
            ..Said::default()
        };
        self.note(Step::Confirm, name, StepState::Done, said)
            .await?;
        Ok(Some(detail))
    }
}
