//! Those who hear of it without a post: a hub of feeds, search engines; and our own mailboxes, in which the mail must be.

use super::seeds::arrived;
use super::{Line, LineState, Night, Said, Step, pings};
use crate::error::{Error, Result};
use crate::store::StepState;

/// The targets of the step that are no channels.
pub(super) const PINGS: [&str; 2] = ["websub", "indexnow"];
/// What the targets of mailboxes begin with: no channel is called so.
pub(super) const SEED: &str = "seed: ";

impl Night<'_> {
    pub(super) fn look_at_pings(&self) -> Vec<Line> {
        let publish = &self.config.publish;
        let (hub, key) = (publish.websub.as_deref(), publish.indexnow.as_deref());
        let whom = [hub, key.map(|_| publish.indexnow_url.as_str())];
        let digest = self.seen_digest();
        let line = |(name, whom): (&&str, Option<&str>)| {
            let what = format!("tell of the new pages: {name}");
            let known = self.ledger.find(Step::Announce, name);
            let done = known.is_some_and(|known| {
                known.state == StepState::Done && known.digest == digest && digest.is_some()
            });
            Some(Line::new(Step::Announce, what, whom?).at(*name).done(done))
        };
        PINGS.iter().zip(whom).filter_map(line).collect()
    }

    pub(super) async fn ping(&mut self, name: &str) -> Result<Option<String>> {
        let head = &self.piece.head;
        let said = if name == PINGS[0] {
            pings::websub(self.config, &pings::topics(self.config, head)).await?
        } else {
            pings::indexnow(self.config, &pings::pages(self.config, head)).await?
        };
        let record = Said {
            detail: Some(said.clone()),
            digest: self.seen_digest(),
            ..Said::default()
        };
        self.note(Step::Announce, name, StepState::Done, record)
            .await?;
        Ok(Some(said))
    }

    pub(super) fn look_at_seeds(&self) -> Vec<Line> {
        let seeds = self.config.seeds.iter();
        let line = |name: &str| {
            let target = format!("{SEED}{name}");
            let what = format!("the mail has arrived: {name}");
            let known = self.ledger.find(Step::Confirm, &target);
            let line = Line::new(Step::Confirm, what, "");
            match known {
                Some(known) if known.state == StepState::Done => line
                    .state(LineState::Done)
                    .note(known.detail.clone().unwrap_or_default()),
                _ => line,
            }
            .at(target)
        };
        seeds.map(|seed| line(&seed.name)).collect()
    }

    /// Looks into a mailbox of our own.
    pub(super) async fn look_into(&mut self, name: &str) -> Result<Option<String>> {
        let seed = self.config.seeds.iter().find(|seed| seed.name == name);
        let seed = seed.ok_or_else(|| Error::new(format!("there is no seed `{name}`")))?;
        let mut last = Error::new("the issue was not mailed yet");
        let lists: Vec<String> = self.lists().map(str::to_owned).collect();
        for list in lists {
            let Some(campaign) = self.store.find_live_campaign(&self.piece.id, &list).await? else {
                continue;
            };
            match arrived(self.config, self.secrets, &self.store, &campaign, seed).await {
                Ok(arrival) => {
                    let told = arrival.told();
                    let said = Said {
                        detail: Some(told.clone()),
                        ..Said::default()
                    };
                    let target = format!("{SEED}{name}");
                    self.note(Step::Confirm, &target, StepState::Done, said)
                        .await?;
                    return Ok(Some(told));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
