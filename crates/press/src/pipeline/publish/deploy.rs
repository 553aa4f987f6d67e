//! The built site put where readers find it, at each place of `press.toml`.

use super::{Line, LineState, Night, Said, Step};
use crate::deploy::Site;
use crate::error::{Error, Result};
use crate::pipeline::deploy::{Done, Options, Put, deploy};
use crate::store::StepState;

impl Night<'_> {
    pub(super) fn look_at_deploy(&self) -> Result<Vec<Line>> {
        if self.config.deploys.is_empty() {
            let line = Line::new(Step::Deploy, "put the site somewhere", "no [[deploy]]");
            return Ok(vec![line.state(LineState::Off)]);
        }
        let revision = self.revision();
        let lines = self.config.deploys.iter().map(|place| {
            let what = format!("put the site: {}", place.place.kind().name());
            let line = Line::new(Step::Deploy, what, &place.name).at(&place.name);
            let known = self.ledger.find(Step::Deploy, &place.name);
            let Some(known) = known else { return line };
            match known.state {
                StepState::Done if revision.is_some() && known.digest == revision => {
                    let note = known.detail.clone().unwrap_or_default();
                    line.state(LineState::Done).note(note)
                }
                StepState::Failed => {
                    let why = known.detail.clone().unwrap_or_default();
                    line.state(LineState::Failed).note(why)
                }
                _ => line,
            }
        });
        Ok(lines.collect())
    }

    /// What tells this state of the site from others; none while it is not built.
    fn revision(&self) -> Option<String> {
        let built = self.is_built().then(|| Site::load(&self.config.site.out));
        built.and_then(Result::ok).map(|site| site.revision())
    }

    pub(super) async fn deploy(&mut self, name: &str) -> Result<Option<String>> {
        let names = [name.to_owned()];
        let options = Options {
            names: &names,
            site: Some(&self.config.site.out),
            dry_run: false,
            tell: &|_, _| {},
            progress: &|_, _| {},
        };
        // It has threads and runtimes of its own.
        let report = tokio::task::block_in_place(|| deploy(self.config, self.secrets, &options))?;
        let result = report
            .outcomes
            .into_iter()
            .next()
            .map(|outcome| outcome.result);
        match result {
            Some(Ok(Done::Put(put))) => {
                let note = words(&put);
                let said = Said {
                    detail: Some(note.clone()),
                    digest: self.revision(),
                    ..Said::default()
                };
                self.note(Step::Deploy, name, StepState::Done, said).await?;
                Ok(Some(note))
            }
            Some(Ok(Done::Looked(_))) | None => Ok(None),
            Some(Err(error)) => {
                let said = Said {
                    detail: Some(error.what().to_owned()),
                    ..Said::default()
                };
                self.note(Step::Deploy, name, StepState::Failed, said)
                    .await?;
                Err(at(name, error))
            }
        }
    }
}

fn at(name: &str, error: Error) -> Error {
    error.more_state(&format!(
        "{name} shows what it showed before, or a part of the new site: its pages all work"
    ))
}

fn words(put: &Put) -> String {
    format!(
        "{} put, {} deleted, {} there already",
        put.uploaded, put.deleted, put.unchanged
    )
}
