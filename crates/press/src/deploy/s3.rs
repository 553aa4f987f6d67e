//! Storage that talks like Amazon S3: an object for each file, and only what changed.
//!
//! Objects are replaced one by one, so the waves keep links whole. The list of what is ours is an object too: it names what
//! comes before anything comes, is brought up to date after each long wave, and is written as it should be at the end.
//! Before anything is deleted it is read again: if somebody else has begun meanwhile, this run stops.

mod bucket;

use super::manifest::{self, Manifest};
use super::site::{File, Site};
use super::standing::Standing;
use super::waves::{NAMES, farewell, waves};
use super::{Put, Target, Tell, Told};
use crate::config::S3Place;
use crate::error::{Error, Result};
use bucket::{Bucket, Object};
use press_core::media::{cache_control, media_type};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Bytes of files that are in memory at a time, in kilobytes. A larger file goes alone.
const ROOM_KB: u32 = 64 << 10;
/// The largest file that goes out in one request.
const MOST_BYTES: u64 = 1 << 30;
/// Waves from so many files on are worth a list of their own.
const LONG: usize = 100;

pub(super) async fn look(target: &Target, place: &S3Place, site: &Site) -> Result<Standing> {
    let bucket = Bucket::new(place, &target.secrets)?;
    Ok(Standing::of(site, fetch(&bucket).await?.as_ref()))
}

pub(super) async fn probe(target: &Target, place: &S3Place) -> Result<String> {
    let bucket = Bucket::new(place, &target.secrets)?;
    Ok(match fetch(&bucket).await? {
        Some(_) => format!("{bucket} answers and knows us; whether we may write shows when we do"),
        None => format!("{bucket} answers; nothing of ours is there yet"),
    })
}

/// Sixteen hexadecimal digits that nobody else has.
pub(super) fn token() -> String {
    let mut bytes = [0; 8];
    // Without random numbers two runs look like one: only the warning about a second run is lost.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

async fn fetch(bucket: &Bucket) -> Result<Option<Manifest>> {
    let bytes = bucket
        .get(manifest::NAME, manifest::LIMIT_BYTES + 1)
        .await?;
    let parse = |bytes: Vec<u8>| Manifest::parse(&bytes, &bucket.to_string());
    bytes.map(parse).transpose()
}

async fn note(bucket: &Bucket, manifest: &Manifest) -> Result<()> {
    bucket
        .put(Object {
            path: manifest::NAME,
            kind: "application/json",
            cache: "no-store",
            bytes: manifest.render(),
        })
        .await
}

/// One deployment.
struct Run<'r> {
    bucket: Arc<Bucket>,
    connections: usize,
    site: Arc<Site>,
    tell: &'r Tell<'r>,
    /// What is there, as far as this run knows.
    known: Manifest,
    done: usize,
    total: usize,
    bytes: u64,
}

pub(super) async fn put(
    target: &Target,
    place: &S3Place,
    site: &Site,
    tell: &Tell<'_>,
) -> Result<Put> {
    let bucket = Bucket::new(place, &target.secrets)?;
    tell(Told::Step("reading the list there"));
    let known = fetch(&bucket).await?;
    let standing = Standing::of(site, known.as_ref());
    let mut put = Put {
        unchanged: standing.unchanged,
        revision: site.revision(),
        ..Put::default()
    };
    if standing.is_done() && known.is_some() {
        return Ok(put);
    }
    if let Some(file) = site.files.iter().find(|file| file.size > MOST_BYTES) {
        let error = Error::new(format!("/{} is too large for one request", file.path));
        return Err(error
            .help("put it there yourself and take it out of the site")
            .state("nothing was changed there"));
    }
    let run = token();
    let mut run = Run {
        bucket: Arc::new(bucket),
        connections: place.connections,
        site: Arc::new(site.clone()),
        tell,
        known: known.unwrap_or_default().with_what_comes(site, &run),
        done: 0,
        total: standing.added.len() + standing.changed.len(),
        bytes: 0,
    };
    let went = run.go(&standing).await;
    let (done, total) = (run.done, run.total);
    went.map_err(|error| {
        error.state(format!(
            "{done} of {total} files are out, and all pages there work; the same command brings the rest"
        ))
    })?;
    put.uploaded = run.done;
    put.deleted = standing.deleted.len();
    put.bytes = run.bytes;
    Ok(put)
}

impl Run<'_> {
    async fn go(&mut self, standing: &Standing) -> Result<()> {
        (self.tell)(Told::Step("noting what comes"));
        note(&self.bucket, &self.known).await?;
        for (wave, name) in waves(&self.site, standing).into_iter().zip(NAMES) {
            if wave.is_empty() {
                continue;
            }
            (self.tell)(Told::Step(name));
            let long = wave.len() >= LONG;
            self.upload(wave).await?;
            if long {
                note(&self.bucket, &self.known).await?;
            }
        }
        (self.tell)(Told::Step("seeing that nobody else is at it"));
        self.refuse_others().await?;
        if !standing.deleted.is_empty() {
            (self.tell)(Told::Step("deleting what is no longer part of the site"));
            for wave in farewell(&standing.deleted) {
                self.delete(wave).await?;
            }
        }
        (self.tell)(Told::Step("noting what is there"));
        note(&self.bucket, &Manifest::of(&self.site)).await
    }

    /// Uploads files, some at a time. With the first that fails the others end.
    async fn upload(&mut self, files: Vec<File>) -> Result<()> {
        let room = Arc::new(Semaphore::new(ROOM_KB as usize));
        let mut files = files.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < self.connections
                && let Some(file) = files.next()
            {
                let (bucket, site) = (Arc::clone(&self.bucket), Arc::clone(&self.site));
                let room = Arc::clone(&room);
                under_way.spawn(async move { upload(&bucket, &site, &room, file).await });
            }
            let Some(ended) = under_way.join_next().await else {
                return Ok(());
            };
            let file =
                ended.map_err(|cause| Error::new("cannot upload").because(cause.to_string()))??;
            self.known.note(&file);
            self.done += 1;
            self.bytes += file.size;
            (self.tell)(Told::Files {
                done: self.done,
                total: self.total,
            });
        }
    }

    async fn delete(&self, paths: Vec<String>) -> Result<()> {
        let mut paths = paths.into_iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < self.connections
                && let Some(path) = paths.next()
            {
                let bucket = Arc::clone(&self.bucket);
                under_way.spawn(async move { bucket.delete(&path).await });
            }
            match under_way.join_next().await {
                None => return Ok(()),
                Some(Ok(deleted)) => deleted?,
                Some(Err(cause)) => {
                    return Err(Error::new("cannot delete").because(cause.to_string()));
                }
            }
        }
    }

    /// Two at a time would each delete what the other brought.
    async fn refuse_others(&self) -> Result<()> {
        let there = fetch(&self.bucket).await?;
        if there.is_some_and(|there| there.run == self.known.run) {
            return Ok(());
        }
        let error = Error::new(format!("somebody else deploys to {} too", self.bucket));
        Err(error.help("wait until they are done, then run the same command again"))
    }
}

async fn upload(bucket: &Bucket, site: &Site, room: &Semaphore, file: File) -> Result<File> {
    let size_kb = u32::try_from(file.size >> 10)
        .unwrap_or(ROOM_KB)
        .min(ROOM_KB);
    let _room = room.acquire_many(size_kb).await;
    let object = Object {
        path: &file.path,
        kind: media_type(&file.path),
        cache: cache_control(&file.path),
        bytes: site.read(&file)?,
    };
    bucket.put(object).await?;
    Ok(file)
}
