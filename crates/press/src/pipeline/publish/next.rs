//! The next draft, so that the new week begins where the old one ended.

use super::commit::commit;
use super::piece::within;
use super::{Line, LineState, Night, Step};
use crate::error::Result;
use crate::pipeline::draft::{self, DraftOptions};
use jiff::civil::Date;
use std::path::PathBuf;

impl Night<'_> {
    /// The day of the issue after this one.
    fn next_day(&self) -> Option<Date> {
        let after = self.piece.head.date.tomorrow().ok()?;
        self.config.schedule.as_ref()?.next(after)
    }

    pub(super) fn look_at_next(&self) -> Result<Vec<Line>> {
        let line = |what: String, place: String| Line::new(Step::Next, what, place);
        let Some(day) = self.next_day().filter(|_| self.config.publish.next_draft) else {
            let line = line("the next draft".to_owned(), String::new());
            return Ok(vec![line.state(LineState::Off)]);
        };
        let file = draft::text_of(self.config, day)?;
        let place = file.as_deref().map(|file| within(self.config, file));
        let drafts = within(self.config, &self.config.drafts);
        let line = line(format!("the draft of {day}"), place.unwrap_or(drafts)).at("draft");
        let committed = |file: &PathBuf| match &self.git {
            Some(git) => {
                let file = super::commit::whole(file);
                let changed = [
                    "status",
                    "--porcelain",
                    "--untracked-files=all",
                    "--",
                    &file,
                ];
                // What an editor does in it meanwhile is no business of ours.
                git.run(&changed, None)
                    .is_ok_and(|changed| !changed.starts_with("??") && !changed.starts_with('A'))
            }
            None => true,
        };
        Ok(vec![line.done(file.as_ref().is_some_and(committed))])
    }

    pub(super) fn begin_next(&mut self) -> Result<Option<String>> {
        let Some(day) = self.next_day() else {
            return Ok(None);
        };
        let file = match draft::text_of(self.config, day)? {
            Some(file) => file,
            None => {
                let options = DraftOptions {
                    date: Some(day),
                    today: draft::today(self.wish.now, &self.config.timezone),
                    keep_past_events: false,
                };
                draft::draft(self.config, options)?.path
            }
        };
        if let Some(git) = &self.git {
            commit(git, &format!("Draft of {day}"), &[&file])?;
            if self.pushes() {
                let remote = &self.config.publish.remote;
                let head = format!("HEAD:refs/heads/{}", git.branch()?);
                git.run(&["push", "--porcelain", remote, &head], None)
                    .map_err(|error| {
                        error.state("the draft is committed here; `git push` sends it")
                    })?;
            }
        }
        Ok(Some(within(self.config, &file)))
    }
}
