//! Open pull requests as submissions: what each changes in a draft, read as items.
//!
//! Asking again changes nothing: a pull request is read only when it ends with another commit than before. One that cannot
//! be read holds up no other.

use super::Desk;
use super::submit::new_submission;
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::http::Http;
use crate::sources::{ChangedFile, Forge, OpenPull};
use crate::store::{NewSubmission, Origin, Pull, PullRecorded};
use jiff::Timestamp;
use press_core::issue::SIZE_LIMIT_BYTES;
use press_core::submission::{Proposal, propose};
use press_core::text::plain_line;
use serde::Serialize;

/// What fetching gave.
#[derive(Debug, Default, Serialize)]
pub struct Fetched {
    /// The open pull requests that were read now.
    pub pulls: Vec<FetchedPull>,
    /// How many are as they were.
    pub unchanged: usize,
    /// The pull requests that are open no more.
    pub closed: Vec<i64>,
    /// The pull requests that could not be read, and why.
    pub failed: Vec<(i64, String)>,
    /// How many submissions were moved to the next issue.
    pub moved: usize,
}

/// A pull request that was read.
#[derive(Debug, Serialize)]
pub struct FetchedPull {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub author: String,
    /// How many items it has.
    pub items: usize,
    /// What is different now.
    #[serde(flatten)]
    pub recorded: PullRecorded,
    /// Why we cannot merge it.
    pub obstacle: Option<String>,
}

/// Most items of a pull request: more are no submission, but another newsletter.
const ITEMS: usize = 100;

impl Desk {
    /// The repository whose pull requests are read.
    pub(super) fn forge<'a>(&'a self, http: &'a Http, secrets: &Secrets) -> Result<Forge<'a>> {
        let own = &self.config().submissions;
        let Some(repository) = &own.repository else {
            return Err(Error::new("nothing says where pull requests are").help(
                "name the repository: `repository = \"owner/name\"` in [submissions] of press.toml",
            ));
        };
        Ok(Forge::new(&own.api, repository, http, secrets))
    }

    /// Reads all open pull requests.
    pub async fn fetch(&self, http: &Http, secrets: &Secrets, now: Timestamp) -> Result<Fetched> {
        let forge = self.forge(http, secrets)?;
        let mut fetched = Fetched {
            moved: self.roll_over(now).await?,
            ..Fetched::default()
        };
        let open = forge.open_pulls().await?;
        for known in self.store.open_pulls().await? {
            if open.iter().all(|pull| pull.number != known.number) {
                self.store
                    .record_pull_closed(known.number, now.as_second())
                    .await?;
                fetched.closed.push(known.number);
            }
        }
        for pull in &open {
            self.read_into(&forge, pull, &mut fetched, now).await?;
        }
        Ok(fetched)
    }

    /// Reads one pull request, open or not: what a webhook is about.
    pub async fn fetch_one(
        &self,
        http: &Http,
        secrets: &Secrets,
        number: i64,
        now: Timestamp,
    ) -> Result<Fetched> {
        let forge = self.forge(http, secrets)?;
        let pull = forge.pull(number).await?;
        let mut fetched = Fetched::default();
        if pull.open {
            self.read_into(&forge, &pull, &mut fetched, now).await?;
            if let Some((number, why)) = fetched.failed.pop() {
                return Err(
                    Error::new(format!("pull request {number} cannot be read")).because(why)
                );
            }
        } else if self
            .store
            .find_pull(number)
            .await?
            .is_some_and(|known| known.open)
        {
            self.store
                .record_pull_closed(number, now.as_second())
                .await?;
            fetched.closed.push(number);
        }
        Ok(fetched)
    }

    async fn read_into(
        &self,
        forge: &Forge<'_>,
        pull: &OpenPull,
        fetched: &mut Fetched,
        now: Timestamp,
    ) -> Result<()> {
        // Whose author is not done waits.
        if pull.draft {
            return Ok(());
        }
        let known = self.store.find_pull(pull.number).await?;
        if known.is_some_and(|known| known.open && known.head == pull.head) {
            fetched.unchanged += 1;
            return Ok(());
        }
        let (proposal, obstacle) = match self.read(forge, pull).await {
            Ok(read) => read,
            Err(error) => {
                fetched.failed.push((pull.number, error.message()));
                return Ok(());
            }
        };
        let items = self.items(pull, &proposal, now)?;
        let kept = Pull {
            number: pull.number,
            head: pull.head.clone(),
            author: plain_line(&pull.author),
            title: plain_line(&pull.title),
            open: true,
            changes: serde_json::to_string(&proposal.changes).unwrap_or_default(),
            obstacle: obstacle.clone(),
            comment: None,
            said: None,
        };
        let recorded = self
            .store
            .record_pull(&kept, &items, now.as_second())
            .await?;
        fetched.pulls.push(FetchedPull {
            number: pull.number,
            title: kept.title,
            author: kept.author,
            items: items.len(),
            recorded,
            obstacle,
        });
        Ok(())
    }

    /// What a pull request proposes, and why it cannot be merged by us if it cannot.
    async fn read(&self, forge: &Forge<'_>, pull: &OpenPull) -> Result<(Proposal, Option<String>)> {
        let compared = forge.compare(&pull.base, &pull.head).await?;
        let (mut all, mut obstacle) = (Proposal::default(), None);
        for file in &compared.files {
            if !self.is_draft(&file.path) || file.status == "removed" {
                let name = plain_line(&file.path);
                obstacle.get_or_insert(format!("it changes {name}, which is no draft"));
                continue;
            }
            let base = match before(file) {
                Some(path) => forge.text(path, &compared.parted).await?,
                None => String::new(),
            };
            let head = forge.text(&file.path, &pull.head).await?;
            if base.len().max(head.len()) > SIZE_LIMIT_BYTES {
                obstacle = Some("its draft is too large".to_owned());
                continue;
            }
            match propose(&base, &head, &self.config().format) {
                Ok(read) if all.items.len() + read.items.len() <= ITEMS => {
                    all.items.extend(read.items);
                    all.changes.extend(read.changes);
                }
                _ => obstacle = Some("it changes too much to be read as submissions".to_owned()),
            }
        }
        if compared.files.is_empty() {
            obstacle = Some("it changes nothing".to_owned());
        }
        Ok((all, obstacle))
    }

    /// Whether a path of the repository is that of a draft, of this issue or of an earlier one.
    fn is_draft(&self, path: &str) -> bool {
        let config = self.config();
        let drafts = config
            .drafts
            .strip_prefix(&config.folder)
            .unwrap_or(&config.drafts);
        let folder = drafts.to_string_lossy().replace('\\', "/");
        let folder = folder.trim_matches('/');
        let Some((place, name)) = path.rsplit_once('/') else {
            return false;
        };
        let plain = !name.contains(['#', '?', '%']) && !path.contains("..");
        let text = name.ends_with(".md") || name.ends_with(".markdown");
        plain && text && (place == folder || place.ends_with(&format!("/{folder}")))
    }

    fn items(
        &self,
        pull: &OpenPull,
        proposal: &Proposal,
        now: Timestamp,
    ) -> Result<Vec<NewSubmission>> {
        let issue = self.next_issue(now)?;
        let item = |(at, item)| NewSubmission {
            origin: Origin::PullRequest,
            pull: Some((pull.number, i64::try_from(at).unwrap_or(i64::MAX))),
            sender: format!("github:{}", plain_line(&pull.author)),
            issue,
            ..new_submission(item)
        };
        Ok(proposal.items.iter().enumerate().map(item).collect())
    }
}

/// The path of a file before the change; none if there was none.
fn before(file: &ChangedFile) -> Option<&str> {
    match file.status.as_str() {
        "added" => None,
        _ => Some(file.before.as_deref().unwrap_or(&file.path)),
    }
}
