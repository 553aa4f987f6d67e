//! Collecting: all sources are read at once, what they found goes into the store and into the blocks of the draft.
//!
//! A source that fails is named at the end; it holds up no other and loses nothing of theirs.

mod blocks;
mod events;
mod inbox;
mod late;

use blocks::{Blocked, Blocks};
pub use blocks::{Change, Changed};
pub use inbox::{Choice, Waiting, choose, find_one, inbox};
pub(super) use inbox::{choose_on, find_one_on, inbox_on};
use press_core::text::plain_line;

use crate::config::{Config, Secrets, Source};
use crate::error::{Error, Result, did_you_mean};
use crate::http::{Http, Settings};
use crate::sources::{self, Errand, Found, Window};
use crate::store::{self, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use press_core::canonical::canonical;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What to read.
#[derive(Clone, Copy)]
pub struct CollectOptions<'a> {
    /// The sources, by name; all if there are none.
    pub names: &'a [String],
    /// The first day that counts, if it is not as the configuration says.
    pub since: Option<Date>,
    /// The last day that counts, if it is not as the configuration says.
    pub until: Option<Date>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// What time it is.
    pub now: Timestamp,
    /// Where tokens are.
    pub secrets: &'a Secrets,
    /// Hears how many of how many sources were read.
    pub progress: &'a dyn Fn(usize, usize),
}

/// What collecting gave.
#[derive(Debug)]
pub struct Collected {
    /// The days that counted.
    pub window: Window,
    /// The sources in the order of `press.toml`.
    pub read: Vec<Read>,
    /// The draft, if there is one.
    pub draft: Option<PathBuf>,
    /// What became of blocks of the draft.
    pub blocks: Result<Vec<Changed>>,
    /// What is wrong with the draft's markers, if anything is.
    pub damage: Option<Error>,
    /// What somebody should know of other drafts.
    pub notes: Vec<String>,
}

/// What became of one source.
#[derive(Debug)]
pub struct Read {
    /// The source's name.
    pub source: String,
    /// What it found, or why it could not be read.
    pub outcome: Result<Outcome>,
}

/// What one source found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What it found.
    pub found: Found,
    /// Candidates that were new.
    pub new: usize,
}

impl Collected {
    /// How many sources could not be read.
    pub fn failed(&self) -> usize {
        self.read
            .iter()
            .filter(|read| read.outcome.is_err())
            .count()
    }
}

/// How the client behaves that asks sources.
pub fn settings(config: &Config) -> Settings {
    Settings {
        timeout: config.collecting.timeout,
        patience: config.collecting.patience,
        retry_slow: false,
        private: config.collecting.private.clone(),
        ..super::links::settings(config)
    }
}

/// Reads sources, keeps what they found, and writes what writes itself.
pub fn collect(
    config: &Config,
    http: &Arc<Http>,
    options: CollectOptions<'_>,
) -> Result<Collected> {
    let chosen = chosen(config, options.names)?;
    let draft = newest_draft(config)?;
    let window = window(config, draft.as_ref().and_then(|draft| draft.date), options)?;
    crate::pipeline::runtime()?.block_on(async {
        // Only saying what would be done makes no file.
        let store = match options.dry_run && !config.store.may_exist() {
            true => None,
            false => Some(Store::open(&config.store).await?),
        };
        let errands = Errands {
            config,
            http,
            window: &window,
            options,
        };
        let read = errands.run(&chosen, store.as_ref()).await?;
        let blocks = match &draft {
            Some(draft) => {
                let blocks = Blocks {
                    config,
                    draft,
                    read: &read,
                    store: store.as_ref(),
                    issue: window.issue,
                };
                let now = (!options.dry_run).then_some(options.now);
                blocks.write(now).await
            }
            None => Ok(Blocked::default()),
        };
        let (blocks, damage) = match blocks {
            Ok(blocked) => (Ok(blocked.changes), blocked.damage),
            Err(error) => (Err(error), None),
        };
        if let Some(store) = store {
            store.close().await;
        }
        Ok(Collected {
            blocks,
            damage,
            window: window.clone(),
            read,
            notes: draft
                .as_ref()
                .map_or(Vec::new(), |draft| draft.notes.clone()),
            draft: draft.map(|draft| draft.path),
        })
    })
}

/// The sources of these names, in the order of `press.toml`.
fn chosen<'c>(config: &'c Config, names: &[String]) -> Result<Vec<&'c Source>> {
    if config.sources.is_empty() {
        return Err(Error::new("there are no sources to read")
            .help("name some in press.toml, each in a table `[[source]]`"));
    }
    let known = || config.sources.iter().map(|source| source.name.as_str());
    for name in names {
        if known().all(|known| known != name) {
            let error = Error::new(format!("there is no source `{name}`"));
            return Err(match did_you_mean(name, known()) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None => error.help(format!(
                    "sources: {}",
                    known().collect::<Vec<_>>().join(", ")
                )),
            });
        }
    }
    let wanted = |source: &&Source| names.is_empty() || names.contains(&source.name);
    Ok(config.sources.iter().filter(wanted).collect())
}

/// The draft that is written into.
#[derive(Debug)]
struct Draft {
    path: PathBuf,
    name: String,
    /// None if it says none.
    date: Option<Date>,
    /// What somebody should know of other drafts.
    notes: Vec<String>,
}

/// The newest draft, if there is one.
fn newest_draft(config: &Config) -> Result<Option<Draft>> {
    let Some(newest) = super::draft::find_newest(config)? else {
        return Ok(None);
    };
    let name = newest.path.file_name().unwrap_or_default();
    Ok(Some(Draft {
        name: name.to_string_lossy().into_owned(),
        path: newest.path,
        date: newest.date,
        notes: newest.notes,
    }))
}

/// The days that count: as asked for, else as the configuration says for the draft's day, the schedule's next, or
/// tomorrow's.
fn window(config: &Config, draft: Option<Date>, options: CollectOptions<'_>) -> Result<Window> {
    let today = super::draft::today(options.now, &config.timezone);
    let scheduled = || config.schedule.as_ref()?.next(today);
    let issue = draft
        .or_else(scheduled)
        .or_else(|| today.tomorrow().ok())
        .unwrap_or(today);
    let usual = config.collecting.days(issue);
    let (since, until) = match (options.since.zip(options.until), usual) {
        (Some(days), _) => days,
        (None, Some((since, until))) => (
            options.since.unwrap_or(since),
            options.until.unwrap_or(until),
        ),
        (None, None) => return Err(Error::new(format!("{issue} is out of the calendar"))),
    };
    if since > until {
        let error = Error::new(format!("no day is after {since} and before {until}"));
        return Err(error.help("`--since` is the first day that counts, `--until` the last"));
    }
    Ok(Window {
        since,
        until,
        issue,
        timezone: config.timezone.clone(),
    })
}

/// What all sources are read with.
struct Errands<'a> {
    config: &'a Config,
    http: &'a Arc<Http>,
    window: &'a Window,
    options: CollectOptions<'a>,
}

impl Errands<'_> {
    /// Reads them all at once. What one found is kept as soon as it is known.
    async fn run(&self, chosen: &[&Source], store: Option<&Store>) -> Result<Vec<Read>> {
        let mut running = JoinSet::new();
        for (at, source) in chosen.iter().enumerate() {
            let (source, http) = (Source::clone(source), Arc::clone(self.http));
            let (window, secrets) = (self.window.clone(), self.options.secrets.clone());
            let patience = self.config.collecting.patience;
            running.spawn(async move {
                let errand = Errand {
                    http: &http,
                    window: &window,
                    secrets: &secrets,
                };
                let found = timeout(patience, sources::collect(&source, errand)).await;
                let found = found.unwrap_or_else(|_| {
                    let waited = patience.as_secs();
                    Err(Error::new(format!("it took longer than {waited} s"))
                        .help("`patience-s` in [collect] says how long a source may take"))
                });
                (at, found)
            });
        }
        let mut outcomes: Vec<Option<Result<Outcome>>> = chosen.iter().map(|_| None).collect();
        let mut done = 0;
        while let Some(ended) = running.join_next().await {
            done += 1;
            (self.options.progress)(done, chosen.len());
            // Whoever panicked has no outcome.
            let Ok((at, found)) = ended else { continue };
            outcomes[at] = Some(match found {
                Ok(found) => Ok(self.keep(chosen[at], found, store).await?),
                Err(error) => Err(error),
            });
        }
        let read = |(source, outcome): (&&Source, Option<Result<Outcome>>)| Read {
            source: source.name.clone(),
            outcome: outcome.unwrap_or_else(|| {
                Err(Error::new("a mistake of the program ended it").help("please report it"))
            }),
        };
        Ok(chosen.iter().zip(outcomes).map(read).collect())
    }

    async fn keep(
        &self,
        source: &Source,
        mut found: Found,
        store: Option<&Store>,
    ) -> Result<Outcome> {
        let (name, now) = (source.name.as_str(), self.options.now);
        let seen = late::sift(&mut found, self.window, (name, store), now).await?;
        let entry = |candidate| entry(source, candidate);
        let candidates: Vec<_> = found.candidates.iter().filter_map(entry).collect();
        let new = match store {
            None => candidates.len(),
            Some(store) if self.options.dry_run => store.count_unknown(&candidates).await?,
            Some(store) => {
                let now_s = self.options.now.as_second();
                let new = store.record_candidates(&candidates, now_s).await?.new;
                store.record_seen(&source.name, &seen, now_s).await?;
                new
            }
        };
        for notice in &mut found.notices {
            *notice = plain_line(notice);
        }
        let odd = found.candidates.len() - candidates.len();
        if odd > 0 {
            let notice = format!("{odd} found without an address of the web, and left out");
            found.notices.push(notice);
        }
        Ok(Outcome { found, new })
    }
}

/// A candidate as the store keeps it; none if its address is none of the web. All of it may come from strangers, and will be
/// shown on terminals.
fn entry(source: &Source, candidate: &sources::Candidate) -> Option<store::Candidate> {
    let web = ["https://", "http://"];
    let url: String = candidate.url.trim().to_owned();
    let known = web.iter().any(|scheme| url.starts_with(scheme));
    if !known || url.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
        return None;
    }
    let plain = |text: &String| plain_line(text);
    Some(store::Candidate {
        page: canonical(&url),
        title: plain_line(&candidate.title),
        source: source.name.clone(),
        section: candidate.section.clone().or_else(|| source.section.clone()),
        author: candidate.author.as_ref().map(plain),
        published_s: candidate.published.map(Timestamp::as_second),
        points: candidate.reception.points,
        comments: candidate.reception.comments,
        place: candidate.reception.place.as_ref().map(plain),
        note: candidate.note.as_ref().map(plain),
        url,
    })
}
