//! The built site put where readers find it, at each place of `press.toml`.

use super::{Line, LineState, News, Night, Said, Step};
use crate::config::Deploy;
use crate::deploy::{self, Site, Target};
use crate::error::{Error, Result};
use crate::pipeline::deploy::{Done, Outcome, Put, Told, at_once};
use crate::pipeline::runtime;
use crate::store::StepState;
use tokio::runtime::Handle;

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

    /// Puts it to these places, all at once. What came of each is written down as soon as it is known.
    pub(super) fn deploy(
        &mut self,
        mut lines: Vec<Line>,
        tell: &(dyn Fn(News<'_>) + Sync),
    ) -> Result<Option<Error>> {
        let (config, secrets) = (self.config, self.secrets);
        let mut places: Vec<&Deploy> = config.deploys.iter().collect();
        places.retain(|place| lines.iter().any(|line| line.target == place.name));
        if places.is_empty() {
            return Ok(None);
        }
        lines.iter().for_each(|line| tell(News::Begins(line)));
        let site = Site::load(&config.site.out)?;
        let revision = site.revision();
        let runtime = runtime()?;
        let put = |place: &Deploy| {
            let says = |told: Told<'_>| {
                if let Told::Says(line) = told {
                    tell(News::Note(&format!("{}: {line}", place.name)));
                }
            };
            let target = Target::new(config, place, secrets);
            let done = runtime.block_on(deploy::put(&target, &site, &says));
            done.map(Done::Put)
        };
        let (mut failed, mut unwritten) = (None, None);
        let mut hear = |outcome: Outcome| {
            let name = outcome.deploy.name;
            let done =
                Handle::current().block_on(self.note_place(&name, outcome.result, &revision));
            let done = done.unwrap_or_else(|error| {
                unwritten = Some(error);
                Ok(None)
            });
            let line = lines.iter_mut().find(|line| line.target == name);
            let error = line.and_then(|line| line.ended(done, tell));
            failed = failed.take().or(error);
        };
        tokio::task::block_in_place(|| at_once(&places, &put, &mut hear));
        // Where another runtime is at work, one may not be waited for.
        runtime.shutdown_background();
        unwritten.map_or(Ok(failed), Err)
    }

    /// Writes down what came of a place; what there is to say of it.
    async fn note_place(
        &mut self,
        name: &str,
        result: Result<Done>,
        revision: &str,
    ) -> Result<Result<Option<String>>> {
        let (state, detail) = match &result {
            Ok(Done::Put(put)) => (StepState::Done, words(put)),
            Ok(Done::Looked(_)) => return Ok(Ok(None)),
            Err(error) => (StepState::Failed, error.what().to_owned()),
        };
        let said = Said {
            digest: (state == StepState::Done).then(|| revision.to_owned()),
            detail: Some(detail.clone()),
            ..Said::default()
        };
        self.note(Step::Deploy, name, state, said).await?;
        Ok(result
            .map(|_| Some(detail))
            .map_err(|error| at(name, error)))
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
