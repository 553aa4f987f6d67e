//! Whose turn it is: duties issue by issue, with those who stand in; and the alarm when nobody was.

use crate::config::{Config, Secrets};
use crate::error::{Error, Result};
use crate::http::{Http, Request, Settings, Url};
use crate::newsletter;
use crate::store::Store;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use press_core::issue::Masthead;
use serde::Serialize;

/// An issue, and who does what for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Its day.
    pub date: Date,
    /// Its number.
    pub number: Option<u32>,
    /// When it should be out.
    pub due: Option<Timestamp>,
    /// Who does what.
    pub people: Vec<Person>,
}

/// Somebody's turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// `publish`, or the id of a section.
    pub duty: String,
    /// Who.
    pub who: String,
    /// For whom they stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

/// The next issues from a day on, and who does what for them.
pub fn rota(config: &Config, from: Date, issues: usize) -> Result<Vec<Turn>> {
    let schedule = super::draft::schedule(config)?;
    let mut turns = Vec::new();
    let mut day = schedule.next(from);
    while let Some(date) = day {
        if turns.len() == issues {
            break;
        }
        turns.push(Turn {
            number: schedule.number(date),
            due: due(config, date),
            people: people(config, date),
            date,
        });
        day = date.tomorrow().ok().and_then(|after| schedule.next(after));
    }
    Ok(turns)
}

/// Who does what for the issue of a day: those who take turns, then those who always do.
pub(super) fn people(config: &Config, date: Date) -> Vec<Person> {
    let Some(schedule) = &config.schedule else {
        return Vec::new();
    };
    let mut people = Vec::new();
    for duty in &config.duties {
        let Some((who, usual)) = duty.turn(schedule, date) else {
            continue;
        };
        people.push(Person {
            duty: duty.id.clone(),
            who: who.to_owned(),
            instead_of: (who != usual).then(|| usual.to_owned()),
        });
    }
    let sections = &config.format.sections;
    for (section, filling) in sections.iter().zip(&config.filling) {
        // Who has a section has what stands in it.
        let parent = section.parent.map(|parent| &config.filling[parent].owner);
        if parent == Some(&filling.owner) {
            continue;
        }
        let taken = people
            .iter()
            .any(|person: &Person| person.duty == section.id);
        if let Some(owner) = filling.owner.as_ref().filter(|_| !taken) {
            people.push(Person {
                duty: section.id.clone(),
                who: owner.clone(),
                instead_of: None,
            });
        }
    }
    people
}

/// What each person does: "Ada: publish, quote (for Bob)".
pub fn by_person(people: &[Person]) -> Vec<String> {
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for person in people {
        let duty = match &person.instead_of {
            Some(usual) => format!("{} (for {usual})", person.duty),
            None => person.duty.clone(),
        };
        match all.iter_mut().find(|(who, _)| *who == person.who) {
            Some((_, duties)) => duties.push(duty),
            None => all.push((&person.who, vec![duty])),
        }
    }
    let said = all.into_iter();
    said.map(|(who, duties)| format!("{who}: {}", duties.join(", ")))
        .collect()
}

/// When the issue of a day should be out.
pub(super) fn due(config: &Config, date: Date) -> Option<Timestamp> {
    let time = config.schedule.as_ref()?.time;
    let due = date.to_datetime(time).to_zoned(config.timezone.clone());
    due.ok().map(|due| due.timestamp())
}

/// An issue that should be out, and is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// Its day.
    pub date: Date,
    /// Its number.
    pub number: Option<u32>,
    /// When it should have been out.
    pub due: Timestamp,
    /// Whose turn it is to publish.
    pub who: Option<String>,
}

/// The last issue that should be out for some time, if it is not.
pub fn late(config: &Config, now: Timestamp) -> Result<Option<Late>> {
    let schedule = super::draft::schedule(config)?;
    let today = super::draft::today(now, &config.timezone);
    let after = today.checked_add(2.days()).unwrap_or(today);
    let grace = i64::from(config.alarm.after_hours).hours();
    let mut day = schedule.last(after);
    let slot = loop {
        let Some(date) = day else { return Ok(None) };
        let due = due(config, date).and_then(|due| Some((due, due.checked_add(grace).ok()?)));
        match due {
            Some((due, end)) if end <= now => break (date, due),
            _ => day = schedule.last(date),
        }
    };
    if newsletter::list(&config.issues)?
        .files
        .iter()
        .any(|file| is_of(&file.path, slot.0))
    {
        return Ok(None);
    }
    let publisher = people(config, slot.0)
        .into_iter()
        .find(|person| person.duty == "publish");
    Ok(Some(Late {
        date: slot.0,
        number: schedule.number(slot.0),
        due: slot.1,
        who: publisher.map(|person| person.who),
    }))
}

fn is_of(path: &std::path::Path, day: Date) -> bool {
    newsletter::read(path).is_ok_and(|text| Masthead::parse(&text).0.date >= Some(day))
}

impl Late {
    /// It in words.
    pub fn words(&self, newsletter: &str, now: Timestamp) -> String {
        let hours = (now.as_second() - self.due.as_second()) / 3_600;
        let number = self
            .number
            .map_or(String::new(), |number| format!(" {number}"));
        let who = self
            .who
            .as_ref()
            .map_or(String::new(), |who| format!(" It is {who}'s turn."));
        format!(
            "{newsletter}: issue{number} of {} is {hours} hours late.{who} `press handover` says how things stand, `press publish` goes on with it.",
            self.date
        )
    }
}

/// Calls for help if an issue is late, once for each: what was said, if anything.
pub async fn alarm(
    config: &Config,
    secrets: &Secrets,
    store: &Store,
    now: Timestamp,
) -> Result<Option<String>> {
    let Some(name) = &config.alarm.webhook_env else {
        return Ok(None);
    };
    let Some(late) = late(config, now)? else {
        return Ok(None);
    };
    let slot = format!("late {}", late.date);
    if store.was_told("alarm", &slot).await? {
        return Ok(None);
    }
    let words = late.words(&config.newsletter.name, now);
    call(config, secrets, name, &words).await?;
    // After the call: two calls are better than none.
    store
        .record_told(("alarm", &slot), &[], now.as_second())
        .await?;
    Ok(Some(words))
}

/// The same, with the database opened for it.
pub async fn call_if_late(
    config: &Config,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Option<String>> {
    let store = Store::open(&config.store).await?;
    let called = alarm(config, secrets, &store, now).await;
    store.close().await;
    called
}

async fn call(config: &Config, secrets: &Secrets, name: &str, words: &str) -> Result<()> {
    let failed = || Error::new("nobody could be alarmed");
    let address = secrets.find(name).ok_or_else(|| {
        failed()
            .because(format!("there is nothing in `{name}`"))
            .help(format!("set the environment variable `{name}`"))
    })?;
    let url = Url::parse(&address)
        .map_err(|cause| failed().because(format!("what is in `{name}` is no address: {cause}")))?;
    // An editor's own machine may be called.
    let private = url.host_str().map(str::to_owned).into_iter().collect();
    let settings = Settings {
        private,
        ..super::links::settings(config)
    };
    // Chats know one of the two: Slack and its like `text`, Discord `content`.
    let body = serde_json::json!({ "text": words, "content": words }).to_string();
    let request = Request::post(url, "application/json", body).confidential();
    let answer = Http::new(settings)?.ask(&request).await;
    match answer {
        Ok(answer) if answer.status < 300 => Ok(()),
        Ok(answer) => Err(failed().because(format!("the webhook answers {}", answer.status))),
        Err(failure) => Err(failed().because(failure.to_string())),
    }
}
