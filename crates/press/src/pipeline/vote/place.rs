//! The result of a vote in the draft: the winner in the newsletter's words, with thanks to whoever suggested it.

use super::count::{Edition, Kept, chosen, count, edition};
use super::{find, with_store};
use crate::config::{Config, Vote};
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::check::load_archive;
use crate::pipeline::draft::standing;
use crate::sources::{escaped, link};
use crate::store::{KeptNomination, Store, VoteResult};
use jiff::Timestamp;
use press_core::check::archive::Archive;
use press_core::vote::wording::{self, Placing, Wording};
use std::path::{Path, PathBuf};

/// What became of a vote.
#[derive(Debug)]
pub struct Placed {
    /// The vote's id.
    pub vote: String,
    /// The draft.
    pub draft: PathBuf,
    /// What won; none if nothing did.
    pub winner: Option<KeptNomination>,
    /// Whether several have the same number and editors must pick.
    pub tied: bool,
    /// What the section should say.
    pub text: String,
    /// What became of the draft; none without a winner.
    pub placing: Option<Placing>,
}

/// Puts the results of all votes, or of one, into the newest draft. `pick` is a nomination that editors chose, whatever the
/// tally says. A dry run writes nothing.
pub fn place(
    config: &Config,
    id: Option<&str>,
    pick: Option<i64>,
    (dry_run, now): (bool, Timestamp),
) -> Result<Vec<Placed>> {
    let votes = chosen(config, id)?;
    let archive = load_archive(config)?.unwrap_or_default();
    let edition = edition(config, &archive, None)?;
    with_store(config, async |store| {
        let picked = match pick {
            Some(pick) => Some(find(store, pick).await?),
            None => None,
        };
        let of_picked = |vote: &&&Vote| picked.as_ref().is_none_or(|one| one.new.vote == vote.id);
        let votes: Vec<&&Vote> = votes.iter().filter(of_picked).collect();
        if let (true, Some(pick)) = (votes.is_empty(), pick) {
            return Err(Error::new(format!("nomination {pick} is for another vote")));
        }
        let mut all = Vec::new();
        for vote in votes {
            let work = Work {
                config,
                store,
                vote,
                edition: &edition,
            };
            all.push(
                work.place(&archive, picked.as_ref(), (dry_run, now))
                    .await?,
            );
        }
        Ok(all)
    })
}

struct Work<'a> {
    config: &'a Config,
    store: &'a Store,
    vote: &'a Vote,
    edition: &'a Edition,
}

impl Work<'_> {
    async fn place(
        &self,
        archive: &Archive,
        picked: Option<&KeptNomination>,
        (dry_run, now): (bool, Timestamp),
    ) -> Result<Placed> {
        let Some(draft) = &self.edition.draft else {
            return Err(Error::new("there is no draft").help("`press draft` makes the next one"));
        };
        let (store, vote) = (self.store, self.vote);
        let kept = count(self.config, store, vote, (archive, self.edition)).await?;
        let tally = kept.count.tally();
        let winner = match (picked, tally.winner) {
            (Some(picked), _) => Some(picked.clone()),
            (None, Some(id)) => Some(find(store, id).await?),
            (None, None) => None,
        };
        let mut placed = Placed {
            vote: vote.id.clone(),
            draft: draft.clone(),
            tied: tally.tied && picked.is_none(),
            text: String::new(),
            placing: None,
            winner,
        };
        let Some(winner) = &placed.winner else {
            return Ok(placed);
        };
        placed.text = self.wording(winner).fill(&vote.text);
        let issue = i64::from(self.edition.number);
        let before = store.find_result(&vote.id, issue).await?;
        let before = before.as_ref().map(|result| result.placed.as_str());
        let placing = self.put(draft, before, &placed.text, dry_run)?;
        let stands = matches!(placing, Placing::Written(_) | Placing::Same);
        if stands && !dry_run {
            let result = VoteResult {
                vote: vote.id.clone(),
                issue,
                winner: winner.id,
                subject: winner.new.subject.clone(),
                counted: json(&kept)?,
                picked: picked.is_some(),
                placed: placed.text.clone(),
                recorded_s: now.as_second(),
            };
            store.record_result(&result).await?;
        }
        placed.placing = Some(placing);
        Ok(placed)
    }

    fn put(&self, draft: &Path, before: Option<&str>, new: &str, dry_run: bool) -> Result<Placing> {
        let text = newsletter::read(draft)?;
        let standing = standing(self.config, &text);
        let known = (&self.config.format, &standing);
        let placing = wording::place(&text, known, &self.vote.section, before, new);
        if let (Placing::Written(text), false) = (&placing, dry_run) {
            newsletter::write(draft, text)?;
        }
        Ok(placing)
    }

    fn wording(&self, winner: &KeptNomination) -> Wording {
        let new = &winner.new;
        let on_web = ["https://", "http://"]
            .iter()
            .any(|scheme| new.place.starts_with(scheme));
        Wording {
            link: link(&new.title, &new.url),
            about: match new.url.is_empty() {
                true => String::new(),
                false => new.body.clone(),
            },
            quote: new.body.clone(),
            attribution: new.attribution.clone(),
            thanks: match on_web {
                true => link(&new.name, &new.place),
                false => escaped(&new.name),
            },
            own: new.own,
        }
    }
}

fn json(kept: &Kept) -> Result<String> {
    serde_json::to_string(kept)
        .map_err(|cause| Error::new("the count cannot be kept").because(cause.to_string()))
}
