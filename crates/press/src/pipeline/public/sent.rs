//! What readers send: links, and nominations for votes.

use super::Public;
use crate::config::Nominated as Nominates;
use crate::error::Result;
use crate::pipeline::submissions::{Answer, Desk, Origin, Refusal, Sender, Sent, Status};
use crate::pipeline::vote;
use crate::store::Quota;
use jiff::Timestamp;
use press_core::format::SectionKind;
use press_core::mailbox::EmailAddress;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The desk, with what it has read of the archive; and when it did.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<(Instant, Arc<Desk>)>>);

/// How old what was read of the archive may be: issues appear once a week, and are corrected a little later.
const AGE: Duration = Duration::from_secs(10 * 60);

/// Most of one network in an hour: looking at a link is work.
const TURNS: i64 = 60;

/// A form that nominates something.
#[derive(Clone, Debug, Default)]
pub struct Nomination {
    /// The vote's id.
    pub vote: String,
    /// What it is called.
    pub title: String,
    /// Its page, or where it was said.
    pub url: String,
    /// What it is, or what was said.
    pub text: String,
    /// Who said it.
    pub by: String,
    /// What the sender is called, for the thanks.
    pub name: String,
    /// Whether it is the sender's own.
    pub own: bool,
}

/// What becomes of a nomination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nominated {
    /// It is kept.
    Taken,
    /// The same person nominated the same before.
    Known,
    /// Something is missing.
    Mistake(String),
    /// Too many came.
    Busy,
}

impl Public {
    /// The desk. Reading the archive takes a moment, so it is kept.
    async fn desk(&self) -> Result<Arc<Desk>> {
        let mut kept = self.desk.0.lock().await;
        if let Some((read, desk)) = &*kept
            && read.elapsed() < AGE
        {
            return Ok(Arc::clone(desk));
        }
        let (config, store) = (Arc::clone(&self.config), self.store.clone());
        let desk = tokio::task::block_in_place(move || {
            let desk = Desk::on(&config, store)?;
            desk.learn();
            Ok::<_, crate::error::Error>(Arc::new(desk))
        })?;
        *kept = Some((Instant::now(), Arc::clone(&desk)));
        Ok(desk)
    }

    async fn has_turn(&self, what: &str, from: IpAddr, now_s: i64) -> Result<bool> {
        let quota = Quota {
            name: format!("{what} {}", self.network(from)),
            most: TURNS,
        };
        self.store.take_turn(&quota, now_s).await
    }

    /// Somebody sends a link.
    pub async fn submit(
        &self,
        sent: &Sent,
        (origin, from): (Origin, IpAddr),
        now: Timestamp,
    ) -> Result<Answer> {
        if !self.has_turn("submission", from, now.as_second()).await? {
            return Ok(Answer::Refused(Refusal {
                field: None,
                message: "too much has come from your network in the last hour".to_owned(),
                retry_after_s: Some(3_600),
            }));
        }
        let key = self.network(from);
        let sender = Sender { origin, key: &key };
        self.desk().await?.submit(sent, sender, now).await
    }

    /// How something that was sent stands.
    pub async fn submission(&self, token: &str, now: Timestamp) -> Result<Option<Status>> {
        self.desk().await?.status(token, now).await
    }

    /// The sections that links can be sent for: id and title, those below others after them.
    pub fn sections_for_links(&self) -> Vec<(String, String)> {
        let sections = &self.config.format.sections;
        let named = sections
            .iter()
            .filter(|section| section.kind == SectionKind::Links && !section.title.is_empty());
        let whole = |section: &press_core::format::SectionSpec| {
            let above = section
                .parent
                .and_then(|at| sections.get(at))
                .map(|above| above.title.as_str());
            let title = match above.filter(|above| !above.is_empty()) {
                Some(above) => format!("{above}: {}", section.title),
                None => section.title.clone(),
            };
            (section.id.clone(), title)
        };
        named.map(whole).collect()
    }

    /// Somebody nominates something.
    pub async fn nominate(
        &self,
        form: &Nomination,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Nominated> {
        let Some(known) = self.config.votes.iter().find(|vote| vote.id == form.vote) else {
            return Ok(Nominated::Mistake("There is no such vote.".to_owned()));
        };
        let missing = |text: &str| Ok(Nominated::Mistake(text.to_owned()));
        let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        let (url, text) = (form.url.trim(), form.text.trim());
        let what = match known.nominates {
            Nominates::Link if !is_web(url) => {
                return missing("The address of its page is missing; it begins with https://.");
            }
            Nominates::Quote if text.is_empty() => return missing("What was said is missing."),
            Nominates::Quote if !url.is_empty() && !is_web(url) => {
                return missing("This is no address of the web; it begins with https://.");
            }
            Nominates::Link => vote::What::Link {
                title: form.title.trim(),
                url,
                about: text,
            },
            Nominates::Quote => vote::What::Quote {
                quote: text,
                by: form.by.trim(),
                url,
            },
        };
        let all = [&form.title, &form.url, &form.text, &form.by, &form.name];
        if all.iter().map(|text| text.len()).sum::<usize>() > 8_000 {
            return missing("This is longer than anybody reads.");
        }
        if EmailAddress::parse(form.name.trim()).is_ok() {
            return missing("Your name stands in the issue: write a name, not your address.");
        }
        if !self.has_turn("nomination", from, now.as_second()).await? {
            return Ok(Nominated::Busy);
        }
        let suggested = vote::Suggested {
            vote: &known.id,
            what,
            sender: &self.network(from),
            name: form.name.trim(),
            place: None,
            own: form.own.then_some(true),
            when: now,
        };
        let (_, new) = vote::record(&self.store, &self.config, &suggested).await?;
        Ok(if new {
            Nominated::Taken
        } else {
            Nominated::Known
        })
    }
}
