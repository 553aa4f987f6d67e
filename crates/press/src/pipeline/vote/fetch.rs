//! Reading the topics of forums in which people nominate.

use super::count::{chosen, edition, window};
use super::{Suggested, What, record, with_store};
use crate::config::{Config, Nominated, Topic, Vote};
use crate::error::Result;
use crate::http::Http;
use crate::pipeline::check::load_archive;
use crate::sources::{Said, hear};
use crate::store::Store;
use jiff::Timestamp;
use press_core::text::plain_line;

/// What a forum had for one vote.
#[derive(Debug)]
pub struct Fetched {
    /// The vote's id.
    pub vote: String,
    /// What was found, or why the forum could not be read.
    pub outcome: Result<Found>,
}

/// What was found in a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Nominations that were not known.
    pub new: usize,
    /// Those that were; their likes were read again.
    pub known: usize,
    /// Those whose post is gone.
    pub gone: usize,
    /// What a person should hear.
    pub notices: Vec<String>,
}

/// Reads the topics of all votes, or of one, as far back as nominations for the newest draft reach. One that cannot be read
/// holds up no other.
pub fn fetch(
    config: &Config,
    http: &Http,
    id: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Fetched>> {
    let votes = chosen(config, id)?;
    let archive = load_archive(config)?.unwrap_or_default();
    let edition = edition(config, &archive, None)?;
    with_store(config, async |store| {
        let mut all = Vec::new();
        for vote in votes {
            let Some(topic) = &vote.topic else { continue };
            let opens_s = window(config, vote, &archive, edition.date).opens_s;
            let outcome = read((config, store, http), (vote, topic), opens_s, now).await;
            all.push(Fetched {
                vote: vote.id.clone(),
                outcome,
            });
        }
        Ok(all)
    })
}

async fn read(
    (config, store, http): (&Config, &Store, &Http),
    (vote, topic): (&Vote, &Topic),
    opens_s: i64,
    now: Timestamp,
) -> Result<Found> {
    let start = Timestamp::from_second(opens_s).unwrap_or(Timestamp::UNIX_EPOCH);
    let heard = hear(http, (&topic.site, topic.number), start).await?;
    let mut found = Found {
        notices: heard
            .notices
            .iter()
            .map(|notice| plain_line(notice))
            .collect(),
        ..Found::default()
    };
    let before = store.nominations(&vote.id, opens_s).await?;
    for said in &heard.said {
        // An answer to a nomination is none, unless it quotes something of its own.
        let answers = said.answers && vote.nominates == Nominated::Quote;
        if answers
            && !said
                .text
                .lines()
                .any(|line| line.trim_start().starts_with('>'))
        {
            continue;
        }
        let Some((id, is_new)) = keep((config, store), vote, topic, said).await? else {
            continue;
        };
        match is_new {
            true => found.new += 1,
            false => found.known += 1,
        }
        let read_s = now.as_second();
        store
            .record_likes(id, said.likes, &said.place, read_s)
            .await?;
    }
    if heard.complete {
        let in_topic = |place: &str| {
            let rest = place.strip_prefix(topic.site.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.starts_with("/t/"))
        };
        for kept in before.iter().filter(|kept| !kept.withdrawn) {
            let place = &kept.new.place;
            let is_there = heard.said.iter().any(|said| said.place == *place);
            if in_topic(place) && !is_there {
                store.record_nomination_gone(kept.id).await?;
                found.gone += 1;
            }
        }
    }
    Ok(found)
}

/// Keeps what a post nominates; none if it nominates nothing.
async fn keep(
    (config, store): (&Config, &Store),
    vote: &Vote,
    topic: &Topic,
    said: &Said,
) -> Result<Option<(i64, bool)>> {
    let suggested = Suggested {
        vote: &vote.id,
        what: What::Text(&said.text),
        sender: &format!("{}:{}", host(&topic.site), said.author),
        name: &said.author,
        place: Some(&said.place),
        own: None,
        when: said.at,
    };
    if super::read(vote, &suggested).is_none() {
        return Ok(None);
    }
    record(store, config, &suggested).await.map(Some)
}

fn host(site: &str) -> &str {
    site.split('/').nth(2).unwrap_or(site)
}
