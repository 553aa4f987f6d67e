//! An issue made known in the channels of `press.toml`: each hears of it once, whatever breaks.
//!
//! Before a post leaves, the store says that it was begun; when the service has answered, that it is done. Who comes
//! after a sudden end asks the service whether the post is out, and where that cannot be asked, a person. Posts of people
//! and lost stores are found the same way. `subject` is the issue, `post` what is said of it. The night of publication and
//! `press announce` both go through [`Desk`].

mod post;
mod subject;

pub use post::Draft;
pub use subject::Subject;

use crate::announce::{self, Failed, Found, Posted, Way};
use crate::config::{AnnounceKind, Channel, Config, Secrets};
use crate::error::{Error, Result, did_you_mean};
use crate::http::{Http, Settings};
use crate::store::{Publication, StepRecord, StepState, Store};
use jiff::Timestamp;
use press_core::announcement::discussion::{self, Thread};
use serde::Serialize;
use std::time::Duration;

/// The step's name in the store.
pub const STEP: &str = "announce";

/// How a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing is out.
    Todo,
    /// It was begun; the service knows what came of it, and is asked first.
    Begun,
    /// It is out.
    Done,
    /// It was refused, and is surely not out.
    Failed,
    /// It may be out; the service cannot be asked, a person has to say.
    Uncertain,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Todo => "to do",
            State::Begun => "begun",
            State::Done => "done",
            State::Failed => "failed",
            State::Uncertain => "uncertain",
        }
    }
}

/// How an issue stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The channel's name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Where it is.
    pub place: String,
    /// How it is.
    pub state: State,
    /// Where people see the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where one issue is made known.
#[derive(Debug)]
pub struct Desk<'a> {
    config: &'a Config,
    secrets: &'a Secrets,
    store: Store,
    http: Http,
    subject: Subject,
    who: String,
}

/// How the client behaves that talks to channels.
pub fn settings(config: &Config) -> Settings {
    Settings {
        timeout: config.announcement.timeout,
        private: config.announcement.private.clone(),
        // What took too long may have been heard, and is asked about.
        retry_slow: false,
        cache: None,
        // A service is asked five things.
        pace: Duration::ZERO,
        ..super::links::settings(config)
    }
}

impl<'a> Desk<'a> {
    /// A desk for one issue, on behalf of `who`.
    pub fn open(
        config: &'a Config,
        secrets: &'a Secrets,
        store: &Store,
        subject: Subject,
        who: &str,
    ) -> Result<Desk<'a>> {
        Ok(Desk {
            config,
            secrets,
            store: store.clone(),
            http: Http::new(settings(config))?,
            subject,
            who: who.to_owned(),
        })
    }

    /// A desk for the issue that is wanted, by number, day or path; without a wish the newest.
    pub async fn find(
        config: &'a Config,
        secrets: &'a Secrets,
        wanted: Option<&str>,
        who: &str,
    ) -> Result<Desk<'a>> {
        let subject = Subject::find(config, wanted)?;
        let store = Store::open(&config.store).await?;
        Desk::open(config, secrets, &store, subject, who)
    }

    /// The issue.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    fn way(&self) -> Way<'_> {
        Way {
            http: &self.http,
            secrets: self.secrets,
        }
    }

    /// The channel of a name.
    pub fn channel(&self, name: &str) -> Result<&'a Channel> {
        let channels = &self.config.announcement.channels;
        let found = channels.iter().find(|channel| channel.name == name);
        found.ok_or_else(|| {
            let names = || channels.iter().map(|channel| channel.name.as_str());
            let error = Error::new(format!("there is no channel `{name}`")).absent();
            match did_you_mean(name, names()) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None if channels.is_empty() => {
                    error.help("press.toml has no [[announce]]; docs/announce.md tells how")
                }
                None => error.help(format!(
                    "known are {}",
                    names().collect::<Vec<_>>().join(", ")
                )),
            }
        })
    }

    /// How the issue stands in every channel, as far as the store knows. Nobody is asked.
    pub async fn look(&self) -> Result<Vec<Standing>> {
        let records = self.store.publication_steps(&self.subject.id).await?;
        let channels = self.config.announcement.channels.iter();
        let own = |channel: &Channel| {
            let mut records = records.iter();
            records.find(|record| record.step == STEP && record.target == channel.name)
        };
        Ok(channels
            .map(|channel| standing(channel, own(channel)))
            .collect())
    }

    async fn record_of(&self, name: &str) -> Result<Option<StepRecord>> {
        let records = self.store.publication_steps(&self.subject.id).await?;
        let mut records = records.into_iter();
        Ok(records.find(|record| record.step == STEP && record.target == name))
    }

    /// What would be said in a channel.
    pub async fn draft(&self, channel: &Channel) -> Result<Draft> {
        let measure = announce::measure(self.way(), channel).await;
        post::draft(self.config, &self.subject, channel, measure)
    }

    /// Makes the issue known in a channel, unless it is. `again` is a person's word that one more post is wanted, or that
    /// the one that may be out is not.
    pub async fn announce_one(&self, name: &str, again: bool) -> Result<Standing> {
        let channel = self.channel(name)?;
        let record = self.record_of(name).await?;
        let state = record.as_ref().map(|record| record.state);
        if state == Some(StepState::Done) && !again {
            return Ok(standing(channel, record.as_ref()));
        }
        let key = self.key(channel, record.as_ref());
        let draft = self.draft(channel).await?;
        let post = post::of(self.config, &self.subject, channel, (draft.text, &key))?;
        if !again {
            let begun = state == Some(StepState::Begun);
            match announce::find(self.way(), channel, &post).await {
                Ok(Found::There(posted)) => return self.done(channel, &key, &posted).await,
                Ok(Found::NotThere) => {}
                Ok(Found::CannotTell) if begun => return Err(uncertain(name, None)),
                Ok(Found::CannotTell) => {}
                // What may be out stays so until somebody has been asked.
                Err(error) if begun => return Err(uncertain(name, Some(error))),
                Err(error) => return self.failed(channel, &key, error).await,
            }
        }
        self.note(channel, StepState::Begun, &key, (None, None))
            .await?;
        match announce::send(self.way(), channel, &post).await {
            Ok(posted) => self.done(channel, &key, &posted).await,
            Err(Failed {
                error,
                uncertain: false,
            }) => self.failed(channel, &key, error).await,
            Err(Failed { error, .. }) => {
                match announce::find(self.way(), channel, &post).await {
                    Ok(Found::There(posted)) => self.done(channel, &key, &posted).await,
                    // Perhaps not yet: it is asked again before anything is sent again.
                    _ => Err(uncertain(name, Some(error))),
                }
            }
        }
    }

    /// What tells this post from all others, for services that take each once.
    fn key(&self, channel: &Channel, record: Option<&StepRecord>) -> String {
        let host = self.config.base().0;
        let host = host.rsplit("//").next().unwrap_or(host).replace('.', " ");
        let first =
            press_core::slug::slugify(&format!("{host} {} {}", self.subject.id, channel.name));
        let known = record.and_then(|record| record.digest.as_deref());
        let known = known.and_then(|digest| digest.split(' ').next());
        match (known, record.map(|record| record.state)) {
            // A further post, on demand, is another one.
            (Some(known), Some(StepState::Done)) => {
                let number = known
                    .strip_prefix(&first)
                    .and_then(|rest| rest.strip_prefix("--"));
                let number: u32 = number.and_then(|number| number.parse().ok()).unwrap_or(1);
                format!("{first}--{}", number + 1)
            }
            (Some(known), _) => known.to_owned(),
            (None, _) => first,
        }
    }

    async fn note(
        &self,
        channel: &Channel,
        state: StepState,
        digest: &str,
        (detail, address): (Option<String>, Option<String>),
    ) -> Result<StepRecord> {
        let record = StepRecord {
            step: STEP.to_owned(),
            target: channel.name.clone(),
            state,
            detail,
            address,
            digest: Some(digest.to_owned()),
            who: self.who.clone(),
            recorded_s: Timestamp::now().as_second(),
        };
        let id = &self.subject.id;
        self.store.record_publication_step(id, &record).await?;
        Ok(record)
    }

    async fn done(&self, channel: &Channel, key: &str, posted: &Posted) -> Result<Standing> {
        let address = Some(posted.address.clone()).filter(|address| !address.is_empty());
        let digest = format!("{key} {}", posted.id);
        let said = (None, address);
        let record = self.note(channel, StepState::Done, &digest, said).await?;
        Ok(standing(channel, Some(&record)))
    }

    async fn failed(&self, channel: &Channel, key: &str, error: Error) -> Result<Standing> {
        let said = (Some(error.what().to_owned()), None);
        self.note(channel, StepState::Failed, key, said).await?;
        Err(error.state(format!("{}: nothing is out", channel.name)))
    }

    /// Writes down what a person saw: the post is there.
    pub async fn posted(&self, name: &str, address: &str) -> Result<Standing> {
        let channel = self.channel(name)?;
        let url = press_core::announcement::address(address);
        if url.is_empty() {
            return Err(Error::new(format!("`{address}` is no address"))
                .help("it begins with `https://`: what the browser shows above the post")
                .state("nothing was written down"));
        }
        let record = self.record_of(name).await?;
        let key = self.key(
            channel,
            record.filter(|one| one.state != StepState::Done).as_ref(),
        );
        let posted = Posted {
            address: url,
            id: String::new(),
        };
        self.done(channel, &key, &posted).await
    }

    /// In what the post that is there differs from what was meant. `None` where the service cannot be asked, or a person
    /// posted it.
    pub async fn confirm(&self, name: &str) -> Result<Option<Vec<String>>> {
        let channel = self.channel(name)?;
        let record = self.record_of(name).await?;
        let Some(record) = record.filter(|record| record.state == StepState::Done) else {
            return Ok(Some(vec!["it is not out".to_owned()]));
        };
        let digest = record.digest.unwrap_or_default();
        let (key, id) = digest.split_once(' ').unwrap_or((&digest, ""));
        let posted = Posted {
            address: record.address.unwrap_or_default(),
            id: id.to_owned(),
        };
        let draft = self.draft(channel).await?;
        let post = post::of(self.config, &self.subject, channel, (draft.text, key))?;
        announce::read_back(self.way(), channel, &posted, &post).await
    }

    /// Where the issue is discussed, as far as is known.
    pub async fn threads(&self) -> Result<Vec<Thread>> {
        let standings = self.look().await?;
        let channels = self.config.announcement.channels.iter();
        Ok(channels
            .zip(standings)
            .filter(|(_, standing)| standing.state == State::Done)
            .filter_map(|(channel, standing)| {
                Some(Thread {
                    name: channel.threads.clone()?,
                    url: standing.address?,
                })
            })
            .collect())
    }

    /// Makes sure that the store knows the issue. One that was never published here is written down as ended, so that
    /// nobody goes on with it.
    pub async fn record_issue(&self) -> Result<()> {
        let id = &self.subject.id;
        if self.store.find_publication(id).await?.is_some() {
            return Ok(());
        }
        let now_s = Timestamp::now().as_second();
        let new = Publication {
            issue: id.clone(),
            title: self.subject.head.title.clone(),
            draft: self.subject.within(self.config, &self.config.drafts),
            path: self.subject.within(self.config, &self.config.issues),
            began_s: now_s,
            ended_s: None,
            holder: String::new(),
            held_until_s: 0,
        };
        self.store.record_publication(&new).await?;
        self.store.record_publication_end(id, now_s).await
    }

    /// Makes sure that nobody else is at this issue.
    pub(in crate::pipeline) async fn take_in_hand(&self) -> Result<super::publish::Hold> {
        super::publish::hold(self.config, &self.store, &self.subject.id, &self.who).await
    }

    /// Does some work while nobody else is at this issue.
    pub async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let hold = self.take_in_hand().await?;
        let done = work.await;
        hold.release().await?;
        Ok(done)
    }
}

/// An issue's text with links to where it is discussed; `None` if nothing changes.
pub fn link_back(config: &Config, text: &str, threads: &[Thread]) -> Result<Option<String>> {
    let line = &config.announcement.discussion;
    let placed = discussion::place(text, &config.format, line, threads);
    let placed = placed.ok_or_else(|| {
        Error::new("the issue has no place for a link to where it is discussed")
            .because("its text ends in an open comment or a block of code")
            .help("close that, or write the link yourself")
    })?;
    Ok((placed != text).then_some(placed))
}

/// How an issue stands in a channel, by what was written down.
fn standing(channel: &Channel, record: Option<&StepRecord>) -> Standing {
    let cannot_tell = channel.instead.is_none()
        && matches!(channel.kind(), AnnounceKind::Discord | AnnounceKind::Slack);
    let state = match record.map(|record| record.state) {
        None => State::Todo,
        Some(StepState::Done) => State::Done,
        Some(StepState::Failed) => State::Failed,
        Some(StepState::Begun) if cannot_tell => State::Uncertain,
        Some(StepState::Begun) => State::Begun,
    };
    let said = record.and_then(|record| record.detail.clone());
    let note = match state {
        State::Uncertain => Some(remedy(&channel.name)),
        State::Begun => Some("it is asked first whether it is out".to_owned()),
        _ => said,
    };
    Standing {
        name: channel.name.clone(),
        kind: channel.kind().name(),
        place: channel.place(),
        state,
        address: record.and_then(|record| record.address.clone()),
        note,
    }
}

/// What a person can do about a post that may be out.
fn remedy(name: &str) -> String {
    format!(
        "look whether it is there: `press announce --posted {name}=ADDRESS` if it is, `press announce --again {name}` if not"
    )
}

fn uncertain(name: &str, because: Option<Error>) -> Error {
    let error = Error::new(format!("nobody knows whether the post in {name} is out"));
    let error = match because {
        Some(cause) => error.because(cause.what().to_owned()),
        None => error.because("it was begun, and the service cannot be asked"),
    };
    error
        .help("the same command asks again, where the service can be asked")
        .help(remedy(name))
        .state("nothing more was sent")
}
