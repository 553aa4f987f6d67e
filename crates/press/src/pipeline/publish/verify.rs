//! The site read back as readers find it, and compared with what was made.
//!
//! Hosts take their time, and caches stand between: it is asked again and again until it is right, or patience is at its
//! end. What was seen right is remembered by what it was, so it is looked at again only when it has changed.

use super::{Line, LineState, Night, Said, Step};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::{Http, Request, Url};
use crate::pipeline::links::settings;
use crate::store::StepState;
use press_core::render::address;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use xxhash_rust::xxh3::Xxh3Default;

/// A file of the site that readers must find.
#[derive(Clone, Debug)]
struct Expected {
    /// Its path on the host.
    path: String,
    /// The file.
    file: PathBuf,
}

/// Pauses between looks: from the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(20);
/// No page or feed of a newsletter is larger.
const PAGE_BYTES: usize = 32 << 20;

impl Night<'_> {
    fn is_verified(&self) -> bool {
        let deployed = !self.config.deploys.is_empty();
        self.config.publish.verify.unwrap_or(deployed)
    }

    pub(super) fn look_at_verify(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for base in self.bases() {
            let expected = self.expected();
            let what = format!("read {} pages and feeds back", expected.len());
            let line = Line::new(Step::Verify, what, &base).at(&base);
            let known = self.ledger.find(Step::Verify, &base);
            let seen = known.filter(|known| known.state == StepState::Done);
            let digest = digest(&expected);
            let same = seen.is_some_and(|seen| digest.is_some() && seen.digest == digest);
            lines.push(match known.map(|known| known.state) {
                _ if !self.is_verified() => line.state(LineState::Off),
                _ if same && self.is_built() => line.state(LineState::Done),
                Some(StepState::Failed) => line.state(LineState::Failed),
                _ => line,
            });
        }
        Ok(lines)
    }

    /// What tells the pages and feeds that readers see from earlier ones.
    pub(super) fn seen_digest(&self) -> Option<String> {
        digest(&self.expected())
    }

    /// Where readers find the site.
    fn bases(&self) -> Vec<String> {
        let mut bases: Vec<String> = Vec::new();
        for place in &self.config.deploys {
            if !bases.contains(&place.url) {
                bases.push(place.url.clone());
            }
        }
        if bases.is_empty() {
            bases.push(self.config.newsletter.base_url.clone());
        }
        bases
    }

    /// The page, the front page, and the feeds of everything.
    fn expected(&self) -> Vec<Expected> {
        let (_, below) = self.config.base();
        let home = format!("{below}/");
        let feeds = self.config.site.feeds.iter();
        let feeds = feeds.filter(|feed| !feed.path.contains('{') && feed.category.is_none());
        let feeds = feeds.map(|feed| format!("{below}{}", feed.path));
        let paths = [self.piece.head.url.clone(), home].into_iter().chain(feeds);
        let file = |path: String| {
            let file = address::file_of(path.strip_prefix(below).unwrap_or(&path))?;
            let file = self.config.site.out.join(file);
            Some(Expected { path, file })
        };
        paths.filter_map(file).collect()
    }

    pub(super) async fn verify(&mut self, base: &str) -> Result<Option<String>> {
        let expected = self.expected();
        let readers = Readers {
            http: client(self.config, base)?,
            base,
            folder: self.readers.as_deref(),
            below: self.config.base().1,
        };
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let mut wrong = Vec::new();
            for one in &expected {
                wrong.extend(one.differs(&readers).await?);
            }
            if wrong.is_empty() {
                break;
            }
            if began.elapsed() + pause > self.config.publish.patience {
                self.note(Step::Verify, base, StepState::Failed, Said::default())
                    .await?;
                return Err(not_as_made(base, &wrong));
            }
            sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
        let said = Said {
            digest: digest(&expected),
            ..Said::default()
        };
        self.note(Step::Verify, base, StepState::Done, said).await?;
        Ok(Some(format!(
            "as made, after {:.1} s",
            began.elapsed().as_secs_f64()
        )))
    }
}

fn not_as_made(base: &str, wrong: &[String]) -> Error {
    let mut error = Error::new(format!("{base} is not as it was made"));
    for wrong in wrong {
        error = error.because(wrong.clone());
    }
    error
        .help("look at it in a browser; a cache in between may keep the old one for a while")
        .help("`verify-minutes` under [publish] says how long that is waited for")
}

/// Those who look at the site.
struct Readers<'r> {
    http: Http,
    base: &'r str,
    /// A folder in the place of the web.
    folder: Option<&'r Path>,
    /// The path of a site in a folder of its host.
    below: &'r str,
}

impl Readers<'_> {
    /// What they find at a path, or why they find nothing.
    async fn find(&self, path: &str) -> std::result::Result<Vec<u8>, String> {
        if let Some(folder) = self.folder {
            let file = address::file_of(path.strip_prefix(self.below).unwrap_or(path));
            let found = file.map(|file| std::fs::read(folder.join(file)));
            return match found {
                Some(Ok(found)) => Ok(found),
                _ => Err("is not there".to_owned()),
            };
        }
        let (origin, _) = address::split_base(self.base);
        let url = Url::parse(&format!("{origin}{path}")).map_err(|cause| cause.to_string())?;
        let request = Request::get(url)
            .limit(PAGE_BYTES)
            .tries(1)
            .header("cache-control", "no-cache");
        match self.http.ask(&request).await {
            Err(failure) => Err(failure.to_string()),
            Ok(response) if response.status != 200 => Err(format!("answers {}", response.status)),
            Ok(response) => Ok(response.body),
        }
    }
}

impl Expected {
    /// What is wrong with what readers find, if anything.
    async fn differs(&self, readers: &Readers<'_>) -> Result<Option<String>> {
        let made =
            std::fs::read(&self.file).map_err(|cause| Error::io("read", &self.file, &cause))?;
        let wrong = match readers.find(&self.path).await {
            Ok(found) if found == made => return Ok(None),
            Ok(found) => differs(&found, &made),
            Err(wrong) => wrong,
        };
        let (origin, _) = address::split_base(readers.base);
        Ok(Some(format!("{origin}{}: {wrong}", self.path)))
    }
}

/// How two texts differ, in words.
fn differs(found: &[u8], made: &[u8]) -> String {
    let lines = |text: &[u8]| {
        String::from_utf8_lossy(text)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (found_lines, made_lines) = (lines(found), lines(made));
    let pairs = found_lines.iter().zip(&made_lines);
    let same = pairs.take_while(|(found, made)| found == made).count();
    format!(
        "{} bytes there, {} made, different from line {} on",
        found.len(),
        made.len(),
        same + 1
    )
}

/// A client that may look at the newsletter's own host, wherever that is.
pub(super) fn client(config: &Config, base: &str) -> Result<Http> {
    let mut settings = settings(config);
    settings.cache = None;
    settings.pace = Duration::ZERO;
    if let Ok(url) = Url::parse(base) {
        settings.private.extend(url.host_str().map(str::to_owned));
    }
    Http::new(settings)
}

/// What tells these files from others; none if one is missing.
fn digest(expected: &[Expected]) -> Option<String> {
    let mut hash = Xxh3Default::new();
    for one in expected {
        hash.write(one.path.as_bytes());
        hash.write(&std::fs::read(&one.file).ok()?);
    }
    Some(format!("{:016x}", hash.finish()))
}
