//! What a reader does who came by a link in a letter or a mail: confirm, choose, leave, see, be forgotten.
//!
//! Two kinds of links: those in every mail stand for the person for good, and change what the person gets. What is known
//! of the person, and forgetting it, is opened only by a letter asked for that day: mails are passed on to friends.

use super::Public;
use crate::error::Result;
use crate::store::{LetterKind, Preferences, Received, Subscriber, SubscriptionState};
use jiff::Timestamp;
use press_core::render::email::REGIONS;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// A box of a form that can be ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// What stands for it in the form.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Further words.
    pub description: String,
    /// Whether it is ticked.
    pub chosen: bool,
}

/// Somebody, and what they chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The lists.
    pub lists: Vec<Tick>,
    /// The regions of events.
    pub regions: Vec<Tick>,
    /// The sections: those that are ticked are shown.
    pub sections: Vec<Tick>,
    /// Whether mails have no HTML part.
    pub text_only: bool,
    /// Whether the person gets anything at all.
    pub reads: bool,
}

/// All that is known of somebody.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// The address.
    pub address: String,
    /// What stands for the person in links.
    pub token: String,
    /// What is shown: what, and what of it.
    pub rows: Vec<(String, String)>,
    /// The same and more, for machines.
    pub export: serde_json::Value,
}

/// What a preferences form holds.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Lists that are ticked.
    pub lists: HashSet<String>,
    /// Regions that are ticked.
    pub regions: HashSet<String>,
    /// Sections that are ticked.
    pub sections: HashSet<String>,
    /// Whether plain text is.
    pub text_only: bool,
}

impl Public {
    /// The lists that a letter asks about, by their names, if its token opens anything; and whether it was answered.
    pub async fn question(&self, token: &str, now_s: i64) -> Result<Option<(Vec<String>, bool)>> {
        let found = self
            .store
            .find_letter(token, LetterKind::Confirm, now_s)
            .await?;
        Ok(found.map(|letter| (self.names(&letter.lists), letter.used_s.is_some())))
    }

    /// Somebody answers that they want what a letter asks about: what stands for them in links, and the lists' names.
    pub async fn confirm(&self, token: &str, now_s: i64) -> Result<Option<(String, Vec<String>)>> {
        let Some((id, lists)) = self.store.answer(token, now_s).await? else {
            return Ok(None);
        };
        let person = self.store.find_subscriber_by_id(id).await?;
        Ok(person.map(|person| (person.token, self.names(&lists))))
    }

    /// Who is meant by what stands in the links of mails.
    pub async fn person(&self, token: &str) -> Result<Option<Person>> {
        match self.store.find_subscriber_by_token(token).await? {
            Some(subscriber) => self.chosen(&subscriber).await.map(Some),
            None => Ok(None),
        }
    }

    async fn chosen(&self, subscriber: &Subscriber) -> Result<Person> {
        let subscriptions = self.store.subscriptions(subscriber.id).await?;
        let confirmed = |list: &str| {
            let state = SubscriptionState::Confirmed;
            subscriptions
                .iter()
                .any(|one| one.list == list && one.state == state)
        };
        let tick = |id: &str, name: &str, description: &str, chosen: bool| Tick {
            id: id.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            chosen,
        };
        let lists: Vec<Tick> = self
            .config
            .lists
            .iter()
            .map(|list| tick(&list.id, &list.name, &list.description, confirmed(&list.id)))
            .collect();
        let region = |(id, name): &(&str, &str)| {
            tick(
                id,
                name,
                "",
                subscriber.regions.iter().any(|chosen| chosen == id),
            )
        };
        let section = |(id, title): (&str, &str)| {
            tick(
                id,
                title,
                "",
                !subscriber.left_out.iter().any(|left| left == id),
            )
        };
        Ok(Person {
            reads: lists.iter().any(|list| list.chosen),
            lists,
            regions: REGIONS.iter().map(region).collect(),
            sections: self.sections().map(section).collect(),
            text_only: subscriber.text_only,
        })
    }

    /// The sections that one may leave out: those that stand for themselves.
    fn sections(&self) -> impl Iterator<Item = (&str, &str)> {
        let sections = self.config.format.sections.iter();
        let own = sections.filter(|section| section.parent.is_none() && !section.title.is_empty());
        own.map(|section| (section.id.as_str(), section.title.as_str()))
    }

    /// Somebody sends the preferences form; whether the link stands for anybody.
    pub async fn prefer(&self, token: &str, wishes: &Wishes, now_s: i64) -> Result<bool> {
        let Some(subscriber) = self.store.find_subscriber_by_token(token).await? else {
            return Ok(false);
        };
        let lists = self.config.lists.iter();
        let shown: HashSet<&str> = self.sections().map(|(id, _)| id).collect();
        // What the page does not show stays as it is.
        let unseen = subscriber
            .left_out
            .iter()
            .filter(|id| !shown.contains(id.as_str()));
        let mut left_out: Vec<String> = unseen.cloned().collect();
        let unticked = self
            .sections()
            .filter(|(id, _)| !wishes.sections.contains(*id));
        left_out.extend(unticked.map(|(id, _)| id.to_owned()));
        let regions = REGIONS
            .iter()
            .filter(|(id, _)| wishes.regions.contains(*id));
        let wanted = Preferences {
            lists: lists
                .map(|list| (list.id.clone(), wishes.lists.contains(&list.id)))
                .collect(),
            regions: regions.map(|(id, _)| (*id).to_owned()).collect(),
            left_out,
            text_only: wishes.text_only,
        };
        let version = &self.config.server.form_version;
        self.store
            .prefer(subscriber.id, &wanted, version, now_s)
            .await?;
        Ok(true)
    }

    /// Somebody leaves everything; whether the link stands for anybody. Leaving twice is leaving.
    pub async fn leave(&self, token: &str, how: &str, now_s: i64) -> Result<bool> {
        let Some(subscriber) = self.store.find_subscriber_by_token(token).await? else {
            return Ok(false);
        };
        self.store
            .unsubscribe(subscriber.id, None, how, now_s)
            .await?;
        Ok(true)
    }

    /// All that is known of the person whom a letter was for.
    pub async fn account(&self, token: &str, now_s: i64) -> Result<Option<Account>> {
        let letter = self
            .store
            .find_letter(token, LetterKind::Account, now_s)
            .await?;
        let Some(letter) = letter else {
            return Ok(None);
        };
        let Some(subscriber) = self.store.find_subscriber_by_id(letter.subscriber).await? else {
            return Ok(None);
        };
        let subscriptions = self.store.subscriptions(subscriber.id).await?;
        let consents = self.store.consents(subscriber.id).await?;
        let received = self.store.received(subscriber.id).await?;
        let suppression = self.store.find_suppression(&subscriber.address).await?;
        let mut rows = vec![("Known since".to_owned(), day(subscriber.created_s))];
        for one in &subscriptions {
            rows.push((self.name_of(&one.list), one.state.name().to_owned()));
        }
        let mut row = |what: &str, of_it: String| {
            if !of_it.is_empty() {
                rows.push((what.to_owned(), of_it));
            }
        };
        row("Name", subscriber.name.clone().unwrap_or_default());
        row("Language", subscriber.language.clone().unwrap_or_default());
        row("Regions", subscriber.regions.join(", "));
        row("Left out", subscriber.left_out.join(", "));
        for consent in &consents {
            let words = format!(
                "{} {} by {}",
                consent.list,
                consent.state.name(),
                consent.how
            );
            row(&day(consent.given_s), words);
        }
        row("Mails sent to you", received.len().to_string());
        if let Some((reason, since_s)) = suppression {
            row(
                "Not mailed since",
                format!("{}, {}", day(since_s), reason.words()),
            );
        }
        let export = exported(&subscriber, &subscriptions, &consents, &received);
        Ok(Some(Account {
            address: subscriber.address.expose().to_owned(),
            token: subscriber.token,
            rows,
            export,
        }))
    }

    /// Forgets the person whom a letter was for; whether the letter's token opens anything.
    pub async fn erase(&self, token: &str, now_s: i64) -> Result<bool> {
        let letter = self
            .store
            .find_letter(token, LetterKind::Account, now_s)
            .await?;
        let Some(letter) = letter else {
            return Ok(false);
        };
        let Some(subscriber) = self.store.find_subscriber_by_id(letter.subscriber).await? else {
            return Ok(false);
        };
        self.store.erase(&subscriber.address, now_s).await
    }

    fn name_of(&self, list: &str) -> String {
        let known = self.config.lists.iter().find(|known| known.id == list);
        known.map_or_else(|| list.to_owned(), |list| list.name.clone())
    }

    fn names(&self, lists: &[String]) -> Vec<String> {
        lists.iter().map(|list| self.name_of(list)).collect()
    }
}

fn day(time_s: i64) -> String {
    let time = Timestamp::from_second(time_s).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}

fn exported(
    subscriber: &Subscriber,
    subscriptions: &[crate::store::Subscription],
    consents: &[crate::store::Consent],
    received: &[Received],
) -> serde_json::Value {
    let time = |time_s: i64| {
        Timestamp::from_second(time_s)
            .unwrap_or_default()
            .to_string()
    };
    let subscription = |one: &crate::store::Subscription| {
        serde_json::json!({
            "list": one.list, "state": one.state, "asked": time(one.created_s),
            "confirmed": one.confirmed_s.map(time), "unsubscribed": one.unsubscribed_s.map(time),
        })
    };
    let consent = |one: &crate::store::Consent| {
        serde_json::json!({
            "list": one.list, "state": one.state, "when": time(one.given_s), "how": one.how,
            "form_version": one.form_version, "source": one.source,
        })
    };
    let mail = |one: &Received| {
        serde_json::json!({
            "issue": one.issue, "list": one.list, "state": one.state,
            "when": one.settled_s.map(time), "server_said": one.reply,
        })
    };
    let mut all = BTreeMap::new();
    all.insert("address", serde_json::json!(subscriber.address.expose()));
    all.insert("name", serde_json::json!(subscriber.name));
    all.insert("language", serde_json::json!(subscriber.language));
    all.insert("known_since", serde_json::json!(time(subscriber.created_s)));
    all.insert("regions", serde_json::json!(subscriber.regions));
    all.insert("left_out", serde_json::json!(subscriber.left_out));
    all.insert("text_only", serde_json::json!(subscriber.text_only));
    all.insert("soft_bounces", serde_json::json!(subscriber.soft_bounces));
    all.insert(
        "subscriptions",
        subscriptions.iter().map(subscription).collect(),
    );
    all.insert("consents", consents.iter().map(consent).collect());
    all.insert("mails", received.iter().map(mail).collect());
    serde_json::json!(all)
}
