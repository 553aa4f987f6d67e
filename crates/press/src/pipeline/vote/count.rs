//! Counting: the issue that is meant, the window before it, what won before, and the tally of all that.

use super::with_store;
use crate::config::{Config, Nominated, Vote};
use crate::error::{Error, Result};
use crate::pipeline::check::load_archive;
use crate::pipeline::draft::find_newest;
use crate::store::{KeptBallot, KeptNomination, Store, VoteResult};
use crate::{newsletter, store};
use jiff::ToSpan;
use jiff::civil::Date;
use press_core::check::archive::Archive;
use press_core::issue::Masthead;
use press_core::vote::post::{subject_of_link, subject_of_quote};
use press_core::vote::{Ballot, BallotKind, Count, Nomination, Tally, Window};
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// An issue that is voted for.
#[derive(Clone, Debug)]
pub(super) struct Edition {
    pub(super) number: u32,
    pub(super) date: Date,
    /// The draft, if it is not published yet.
    pub(super) draft: Option<PathBuf>,
}

/// A vote for an issue, counted.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// The vote's id.
    pub vote: String,
    /// The issue's number.
    pub issue: u32,
    /// How it ended, if it did.
    pub ended: Option<Ended>,
    /// What was counted.
    pub count: Count,
    /// What it comes to.
    pub tally: Tally,
    /// What the senders and voters are called, by what stands for them.
    pub names: HashMap<String, String>,
}

/// How a vote ended.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// The first nomination of what won.
    pub winner: i64,
    /// Whether editors picked it.
    pub picked: bool,
    /// When, in seconds since 1970.
    pub recorded_s: i64,
}

/// What is kept of a count.
#[derive(Serialize, serde::Deserialize)]
pub(super) struct Kept {
    pub(super) count: Count,
    pub(super) names: HashMap<String, String>,
}

/// The votes of `id`, or all, counted for the issue with this number, or for the newest draft. A vote that ended is counted
/// from what was kept then.
pub fn tally(config: &Config, id: Option<&str>, issue: Option<u32>) -> Result<Vec<Told>> {
    let votes = chosen(config, id)?;
    let archive = load_archive(config)?.unwrap_or_default();
    let edition = edition(config, &archive, issue)?;
    with_store(config, async |store| {
        let mut all = Vec::new();
        for vote in votes {
            all.push(told(config, store, vote, (&archive, &edition)).await?);
        }
        Ok(all)
    })
}

/// The votes that are meant.
pub(super) fn chosen<'c>(config: &'c Config, id: Option<&str>) -> Result<Vec<&'c Vote>> {
    match id {
        Some(id) => Ok(vec![config.vote(id)?]),
        None if config.votes.is_empty() => {
            let error = Error::new("there is nothing to vote on");
            Err(error.help("name votes in press.toml, each in a table `[[vote]]`"))
        }
        None => Ok(config.votes.iter().collect()),
    }
}

/// The issue with this number, or the newest draft.
pub(super) fn edition(config: &Config, archive: &Archive, issue: Option<u32>) -> Result<Edition> {
    let newest = find_newest(config)?;
    let draft = match &newest {
        Some(newest) => {
            let path = &newest.path;
            Some((path, Masthead::parse(&newsletter::read(path)?).0))
        }
        None => None,
    };
    if let Some((path, head)) = draft
        && let (Some(number), Some(date)) = (head.number, head.date)
        && issue.is_none_or(|wanted| wanted == number)
    {
        let draft = Some(path.clone());
        return Ok(Edition {
            number,
            date,
            draft,
        });
    }
    let Some(wanted) = issue else {
        let error = Error::new("there is no draft with a number and a date to vote for");
        return Err(error.help("`press draft` makes the next one; `--issue` names an earlier one"));
    };
    let mut issues = archive.before(None);
    let found = issues.find(|issue| issue.number() == Some(wanted));
    let found = found.map(|issue| Edition {
        number: wanted,
        date: issue.date(),
        draft: None,
    });
    found.ok_or_else(|| Error::new(format!("there is no issue {wanted}, and no draft of it")))
}

/// When nominations for an issue stand.
pub(super) fn window(config: &Config, vote: &Vote, archive: &Archive, date: Date) -> Window {
    let closes = |date: Date| {
        let day = date.checked_sub(i64::from(vote.closes_days).days());
        let begin = day.unwrap_or(date).to_zoned(config.timezone.clone());
        begin.map_or(0, |begin| begin.timestamp().as_second())
    };
    let mut earlier: Vec<Date> = archive
        .before(Some(date))
        .map(|issue| issue.date())
        .collect();
    earlier.dedup();
    let back = |issues: usize| {
        if let Some(at) = earlier.len().checked_sub(issues + 1) {
            return closes(earlier[at]);
        }
        // Before the first issue, weeks are counted.
        let missing = issues + 1 - earlier.len();
        let first = earlier.first().copied().unwrap_or(date);
        let weeks = i64::try_from(missing).unwrap_or(0).weeks();
        closes(first.checked_sub(weeks).unwrap_or(first))
    };
    Window {
        opens_s: back(usize::from(vote.carry_issues)),
        fresh_s: back(0),
        closes_s: closes(date),
    }
}

/// One vote for one issue: as it ended, or as it stands.
pub(super) async fn told(
    config: &Config,
    store: &Store,
    vote: &Vote,
    (archive, edition): (&Archive, &Edition),
) -> Result<Told> {
    let issue = i64::from(edition.number);
    let ended = store.find_result(&vote.id, issue).await?;
    let kept = ended
        .as_ref()
        .and_then(|result| serde_json::from_str::<Kept>(&result.counted).ok());
    // As long as there is a draft, more may come.
    let kept = match kept.filter(|_| edition.draft.is_none()) {
        Some(kept) => kept,
        None => count(config, store, vote, (archive, edition)).await?,
    };
    Ok(Told {
        vote: vote.id.clone(),
        issue: edition.number,
        ended: ended.map(|result| Ended {
            winner: result.winner,
            picked: result.picked,
            recorded_s: result.recorded_s,
        }),
        tally: kept.count.tally(),
        count: kept.count,
        names: kept.names,
    })
}

/// All that a result depends on, as it is now.
pub(super) async fn count(
    config: &Config,
    store: &Store,
    vote: &Vote,
    (archive, edition): (&Archive, &Edition),
) -> Result<Kept> {
    let window = window(config, vote, archive, edition.date);
    let kept = store.nominations(&vote.id, window.opens_s).await?;
    let ballots = store.ballots(&vote.id, window.opens_s).await?;
    let results = store.results(&vote.id).await?;
    let past = Past::new(vote, archive, edition, &results);
    let names = kept
        .iter()
        .map(|kept| (kept.new.sender.clone(), kept.new.name.clone()));
    Ok(Kept {
        names: names.collect(),
        count: Count {
            rules: vote.rules.clone(),
            window,
            nominations: kept.iter().map(|kept| past.nomination(kept)).collect(),
            ballots: ballots.iter().map(ballot).collect(),
        },
    })
}

fn ballot(kept: &KeptBallot) -> Ballot {
    Ballot {
        at_s: kept.at_s,
        nomination: kept.nomination,
        kind: match kept.likes {
            true => BallotKind::Likes,
            false => BallotKind::Ballots,
        },
        voter: kept.voter.clone(),
        count: kept.count,
        place: kept.place.clone(),
    }
}

/// What won before.
struct Past {
    nominates: Nominated,
    /// By what tells it from anything else, and by its name.
    won: HashMap<String, String>,
    /// What the section said, as letters and digits, with the issue.
    said: Vec<(String, String)>,
}

/// Shorter quotes may stand in any other.
const TELLING: usize = 12;

impl Past {
    fn new(vote: &Vote, archive: &Archive, edition: &Edition, results: &[VoteResult]) -> Past {
        let mut past = Past {
            nominates: vote.nominates,
            won: HashMap::new(),
            said: Vec::new(),
        };
        let own = i64::from(edition.number);
        for result in results.iter().filter(|result| result.issue < own) {
            let issue = format!("issue {}", result.issue);
            past.won.insert(result.subject.clone(), issue);
        }
        for issue in archive.before(Some(edition.date)) {
            let label = match issue.number() {
                Some(number) => format!("issue {number}"),
                None => issue.path().to_owned(),
            };
            match vote.nominates {
                Nominated::Quote => {
                    let said = subject_of_quote(issue.said_in(Some(&vote.section)));
                    past.said.push((said, label));
                }
                Nominated::Link => {
                    let mut links = issue.links();
                    // The first is what won; others explain it, and thank.
                    let first = links.find(|link| link.section() == Some(&vote.section));
                    if let Some(link) = first {
                        let page = format!("https://{}", link.canonical());
                        past.won.insert(subject_of_link(&page), label.clone());
                        past.won.insert(name(link.title()), label);
                    }
                }
            }
        }
        past
    }

    fn find(&self, kept: &store::NewNomination) -> Option<&String> {
        let known = self.won.get(&kept.subject);
        known.or_else(|| match self.nominates {
            Nominated::Link => self.won.get(&name(&kept.title)),
            Nominated::Quote => {
                let telling = kept.subject.chars().count() >= TELLING;
                let mut said = self.said.iter().rev().filter(|_| telling);
                let found = said.find(|(said, _)| said.contains(&kept.subject));
                found.map(|(_, issue)| issue)
            }
        })
    }

    fn nomination(&self, kept: &KeptNomination) -> Nomination {
        let new = &kept.new;
        Nomination {
            id: kept.id,
            subject: new.subject.clone(),
            title: new.title.clone(),
            sender: new.sender.clone(),
            own: new.own,
            withdrawn: kept.withdrawn,
            won: self.find(new).cloned(),
            at_s: new.at_s,
            place: new.place.clone(),
        }
    }
}

/// A name whatever its case and hyphens.
fn name(title: &str) -> String {
    format!(
        "name:{}",
        title.replace('\\', "").replace('_', "-").to_lowercase()
    )
}
