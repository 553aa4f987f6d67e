//! The draft finished, and moved among the issues.

use super::piece::within;
use super::{Line, LineState, Night, Said, Step};
use crate::error::{Error, Result};
use crate::git::Git;
use crate::pipeline::draft;
use crate::store::StepState;
use std::path::Path;

impl Night<'_> {
    pub(super) fn look_at_finish(&self) -> Result<Line> {
        let place = within(self.config, &self.piece.draft);
        let line = Line::new(Step::Finish, "take the scaffolding down", place);
        if self.piece.is_promoted() {
            return Ok(line.state(LineState::Done));
        }
        let finishing = draft::finish(self.config.clone(), Some(&self.piece.draft), true)?;
        Ok(line.done(finishing.before == finishing.after))
    }

    pub(super) async fn finish(&mut self) -> Result<Option<String>> {
        // From here on the draft has changes that are not committed, and they are ours.
        self.note(Step::Finish, "", StepState::Begun, Said::default())
            .await?;
        let finished = draft::finish(self.config.clone(), Some(&self.piece.draft), false)?;
        self.note(Step::Finish, "", StepState::Done, Said::default())
            .await?;
        let done = finished.done.iter();
        let done: Vec<String> = done
            .map(|(what, count)| format!("{what}: {count}"))
            .collect();
        Ok(Some(done.join("; ")).filter(|done| !done.is_empty()))
    }

    pub(super) fn look_at_promotion(&self) -> Line {
        let (from, to) = (
            within(self.config, &self.piece.draft),
            within(self.config, &self.piece.path),
        );
        let line = Line::new(Step::Promote, format!("move it from {from}"), to);
        line.done(self.piece.is_promoted())
    }

    pub(super) fn promote(&mut self) -> Result<Option<String>> {
        let (from, to) = (&self.piece.draft, &self.piece.path);
        if to.exists() {
            let error = Error::new(format!("{} is there already", to.display()));
            return Err(error
                .because(format!("so is {}", from.display()))
                .help("keep one of the two: the draft if the issue never went out")
                .state("neither was changed"));
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| Error::io("make the folder", folder, &cause))?;
        }
        match &self.git {
            Some(git) if git.path_of(from).is_ok() => move_in(git, from, to)?,
            _ => std::fs::rename(from, to).map_err(|cause| Error::io("move", from, &cause))?,
        }
        self.piece.head.draft = false;
        Ok(None)
    }
}

fn move_in(git: &Git, from: &Path, to: &Path) -> Result<()> {
    let whole = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.to_string_lossy().into_owned()
    };
    git.run(&["mv", "--", &whole(from), &whole(to)], None)
        .map(|_| ())
}
