//! A folder of another machine, by `rsync` over `ssh`.
//!
//! `rsync` compares contents itself, so what somebody changed there is put right again; our list says what is ours, and so
//! what may be deleted. It writes each file under another name first: readers never see half of one. Passes go in the order
//! of the waves, with the list before the first and after the last.

use super::manifest::{self, Manifest};
use super::run::{Ended, run};
use super::site::Site;
use super::standing::Standing;
use super::waves::{NAMES, waves};
use super::{Put, Tell, Told};
use crate::config::{Foreign, RsyncPlace};
use crate::error::{Error, Result};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Longest that one pass may take.
const PATIENCE: Duration = Duration::from_secs(3600);
/// `rsync` gives up a connection on which nothing moved for so long, in seconds.
const STALL_S: u32 = 120;
/// What `rsync` ends with where some of what it was to read is not there.
const PARTIAL: i32 = 23;

/// One conversation with the other machine.
struct Rsync<'p> {
    place: &'p RsyncPlace,
    /// The folder there, with `/` at its end.
    there: String,
    /// A folder of ours for notes and lists, gone afterwards.
    notes: Notes,
}

/// A folder that goes when it is no longer needed.
struct Notes(PathBuf);

impl Drop for Notes {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Notes {
    fn new() -> Result<Notes> {
        let folder = std::env::temp_dir().join(format!(
            "press-deploy-{}-{}",
            std::process::id(),
            super::s3::token()
        ));
        std::fs::create_dir_all(folder.join("nothing"))
            .map_err(|cause| Error::io("make the folder", &folder, &cause))?;
        Ok(Notes(folder))
    }
}

impl Notes {
    /// Options with which all passes share one connection, where OpenSSH can do that: logging in takes longer than most
    /// passes. What keeps it open ends by itself.
    fn shared(&self) -> String {
        let socket = self.0.join("ssh").display().to_string();
        // The system allows 104 bytes or so, of which ssh takes some; what is quoted or `%` means something.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        if cfg!(not(unix)) || socket.len() > 80 || !socket.bytes().all(plain) {
            return String::new();
        }
        format!(" -o ControlMaster=auto -o ControlPersist=5 -o ControlPath={socket}")
    }
}

/// What one pass did.
#[derive(Default)]
struct Passed {
    files: usize,
    bytes: u64,
    deleted: usize,
}

impl<'p> Rsync<'p> {
    fn new(place: &'p RsyncPlace) -> Result<Rsync<'p>> {
        Ok(Rsync {
            place,
            there: format!("{}/", place.destination.trim_end_matches('/')),
            notes: Notes::new()?,
        })
    }

    /// `rsync` with what all calls share. Nobody is asked for anything.
    fn command(&self) -> Command {
        let mut command = Command::new("rsync");
        let shell = format!(
            "{} -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15{}",
            self.place.ssh,
            self.notes.shared()
        );
        command
            .env("LC_ALL", "C")
            .arg("--rsh")
            .arg(if is_ssh(&self.place.ssh) {
                &shell
            } else {
                &self.place.ssh
            })
            .arg(format!("--timeout={STALL_S}"))
            .args([
                "--checksum",
                "--recursive",
                "--no-perms",
                "--chmod=ugo=rwX",
                "--out-format=%o %l %n",
            ]);
        command
    }

    async fn run(&self, command: &mut Command, input: Vec<u8>) -> Result<(Ended, Passed)> {
        let mut passed = Passed::default();
        let mut hear = |line: &str| {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next()) {
                (Some("del."), _) => passed.deleted += 1,
                (Some("send"), Some(size)) if !line.ends_with('/') => {
                    passed.files += 1;
                    passed.bytes += size.parse::<u64>().unwrap_or_default();
                }
                _ => {}
            }
        };
        let ended = run(command, input, PATIENCE, &mut hear).await;
        let ended = ended.map_err(|error| {
            error.help(
                "install it where it is missing: Debian calls it `rsync`, as `press doctor` sees",
            )
        })?;
        Ok((ended, passed))
    }

    /// The error of a call that failed.
    fn failed(&self, what: &str, ended: &Ended) -> Error {
        let code = ended
            .code
            .map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let mut error = Error::new(format!("cannot {what} {}", self.place.destination))
            .because(format!("rsync ended with {code}"));
        if !ended.said.is_empty() {
            error = error.because(ended.said.clone());
        }
        // What ssh complains of, rsync ends with as it likes.
        let refused = ["Permission denied (", "Host key verification failed"];
        let login = refused.iter().any(|words| ended.said.contains(words));
        let help = match ended.code {
            _ if login => "try the login: `ssh` with the same options must ask for nothing",
            Some(255) => "try the login: `ssh` with the same options must ask for nothing",
            Some(127) => "install rsync on the other machine",
            Some(11) => "see whether the disk there is full, and who owns the folder",
            Some(12 | 30) => "see whether the other machine has rsync and is well",
            _ => "see who owns the folder there, and whether it is there at all",
        };
        error.help(help)
    }

    /// The list that is there.
    async fn fetch(&self) -> Result<Option<Manifest>> {
        let folder = self.notes.0.join("there");
        let mut command = self.command();
        command
            .arg(format!("--max-size={}", manifest::LIMIT_BYTES))
            .arg(format!("--include=/{}", manifest::NAME))
            .args(["--exclude=*", "--no-links", "--", &self.there])
            .arg(&folder);
        let (ended, _) = self.run(&mut command, Vec::new()).await?;
        let nothing =
            ended.code == Some(PARTIAL) && ended.said.contains("No such file or directory");
        if ended.code != Some(0) && !nothing {
            return Err(self.failed("look at", &ended));
        }
        match std::fs::read(folder.join(manifest::NAME)) {
            Ok(bytes) => Manifest::parse(&bytes, &self.place.destination).map(Some),
            Err(_) if ended.code == Some(0) => self.refuse_giant().await.map(|()| None),
            Err(_) => Ok(None),
        }
    }

    /// A list that was too large to be fetched is there, and none of ours.
    async fn refuse_giant(&self) -> Result<()> {
        let mut command = self.command();
        command
            .args(["--dry-run", "--existing"])
            .arg(format!("--min-size={}", manifest::LIMIT_BYTES))
            .arg(format!("--include=/{}", manifest::NAME))
            .args([
                "--exclude=*",
                "--no-links",
                "--ignore-times",
                "--",
                &self.there,
            ]);
        let giant = self.notes.0.join("giant");
        std::fs::create_dir_all(&giant)
            .and_then(|()| std::fs::write(giant.join(manifest::NAME), ""))
            .map_err(|cause| Error::io("write", &giant, &cause))?;
        command.arg(&giant);
        let mut seen = false;
        let mut hear = |line: &str| seen |= line.contains(manifest::NAME);
        run(&mut command, Vec::new(), PATIENCE, &mut hear).await?;
        if seen {
            let text = vec![b' '; manifest::LIMIT_BYTES + 1];
            return Manifest::parse(&text, &self.place.destination).map(|_| ());
        }
        Ok(())
    }

    /// Puts the list there.
    async fn note(&self, manifest: &Manifest) -> Result<()> {
        let path = self.notes.0.join(manifest::NAME);
        std::fs::write(&path, manifest.render())
            .map_err(|cause| Error::io("write", &path, &cause))?;
        let mut command = self.command();
        command.arg("--").arg(&path).arg(&self.there);
        let (ended, _) = self.run(&mut command, Vec::new()).await?;
        match ended.code {
            Some(0) => Ok(()),
            _ => Err(self.failed("write to", &ended)),
        }
    }

    /// Has `rsync` bring these paths from a folder, or delete those there that the folder does not have.
    async fn pass(&self, from: &Path, options: &[&str], paths: &[String]) -> Result<Passed> {
        let list: String = paths.iter().flat_map(|path| ["./", path, "\0"]).collect();
        let mut command = self.command();
        command
            .args(["--from0", "--files-from=-", "--no-implied-dirs"])
            .args(options)
            .arg("--")
            .arg(folder(from))
            .arg(&self.there);
        let (ended, passed) = self.run(&mut command, list.into_bytes()).await?;
        match ended.code {
            Some(0) => Ok(passed),
            _ => Err(self.failed("write to", &ended)),
        }
    }

    /// Deletes files there, and the folders that are empty then and not `kept`.
    async fn delete(&self, paths: &[String], kept: &BTreeSet<String>) -> Result<()> {
        // What a list names and a folder does not have is deleted; the folders above must be there for that.
        let nothing = self.notes.0.join("nothing");
        let failed = |cause: std::io::Error| Error::io("make the folder", &nothing, &cause);
        for path in paths {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            std::fs::create_dir_all(nothing.join(above)).map_err(failed)?;
        }
        let options = ["--delete-missing-args"];
        self.pass(&nothing, &options, paths).await?;
        // The deepest first; rsync leaves folders alone that are not empty.
        for folders in emptied(paths, kept) {
            for folder in &folders {
                std::fs::remove_dir(nothing.join(folder)).map_err(failed)?;
            }
            self.pass(&nothing, &options, &folders).await?;
        }
        Ok(())
    }

    /// Deletes everything that is not part of the site.
    async fn clear(&self, site: &Site) -> Result<usize> {
        let mut command = self.command();
        command
            .args(["--delete-delay", "--exclude=/.press*", "--"])
            .arg(folder(&site.folder))
            .arg(&self.there);
        let (ended, passed) = self.run(&mut command, Vec::new()).await?;
        match ended.code {
            Some(0) => Ok(passed.deleted),
            _ => Err(self.failed("delete at", &ended)),
        }
    }
}

/// Whether options of OpenSSH are understood.
fn is_ssh(program: &str) -> bool {
    let name = program.split_whitespace().next().unwrap_or_default();
    name == "ssh" || name.ends_with("/ssh")
}

/// A folder's content, for `rsync`.
fn folder(path: &Path) -> PathBuf {
    let mut text = std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .into_os_string();
    text.push("/");
    text.into()
}

pub(super) async fn look(place: &RsyncPlace, site: &Site) -> Result<Standing> {
    let rsync = Rsync::new(place)?;
    Ok(Standing::of(site, rsync.fetch().await?.as_ref()))
}

pub(super) async fn probe(place: &RsyncPlace) -> Result<String> {
    let known = Rsync::new(place)?.fetch().await?;
    Ok(match known {
        Some(_) => format!("{} answers and knows us", place.destination),
        None => format!(
            "{} answers; nothing of ours is there yet",
            place.destination
        ),
    })
}

pub(super) async fn put(place: &RsyncPlace, site: &Site, tell: &Tell<'_>) -> Result<Put> {
    let rsync = Rsync::new(place)?;
    tell(Told::Step("reading the list there"));
    let known = rsync.fetch().await?;
    let standing = Standing::of(site, known.as_ref());
    let known = known.unwrap_or_default();
    let differs = !standing.is_done();
    if differs {
        tell(Told::Step("noting what comes"));
        rsync.note(&known.with_what_comes(site, "")).await?;
    }
    let mut passed = Passed::default();
    let went = bring(&rsync, site, &standing, (tell, &mut passed)).await;
    went.map_err(|error| {
        error.state(format!(
            "{} files are out, and all pages there work; the same command brings the rest",
            passed.files
        ))
    })?;
    if differs {
        tell(Told::Step("noting what is there"));
        rsync.note(&Manifest::of(site)).await?;
    }
    Ok(Put {
        uploaded: passed.files,
        deleted: passed.deleted,
        unchanged: site.files.len().saturating_sub(passed.files),
        bytes: passed.bytes,
        revision: site.revision(),
    })
}

/// Brings what differs, wave by wave; then what should be there already, which costs a hash of each file; then deletes.
async fn bring(
    rsync: &Rsync<'_>,
    site: &Site,
    standing: &Standing,
    (tell, passed): (&Tell<'_>, &mut Passed),
) -> Result<()> {
    let total = site.files.len();
    let mut rest: BTreeSet<&str> = site.files.iter().map(|file| file.path.as_str()).collect();
    let mut passes: Vec<(&str, Vec<String>)> = Vec::new();
    for (wave, name) in waves(site, standing).into_iter().zip(NAMES) {
        let paths: Vec<String> = wave.into_iter().map(|file| file.path).collect();
        for path in &paths {
            rest.remove(path.as_str());
        }
        passes.push((name, paths));
    }
    let rest = rest.into_iter().map(str::to_owned).collect();
    passes.push(("what should be there already", rest));
    let (soon, _) = in_the_way(standing);
    if !soon.is_empty() {
        rsync.delete(&soon, &BTreeSet::new()).await?;
    }
    let mut done = 0;
    for (name, paths) in passes.iter().filter(|(_, paths)| !paths.is_empty()) {
        tell(Told::Step(name));
        let one = rsync.pass(&site.folder, &[], paths).await?;
        passed.files += one.files;
        passed.bytes += one.bytes;
        done += paths.len();
        tell(Told::Files { done, total });
    }
    passed.deleted = delete(rsync, site, standing, tell).await?;
    Ok(())
}

async fn delete(
    rsync: &Rsync<'_>,
    site: &Site,
    standing: &Standing,
    tell: &Tell<'_>,
) -> Result<usize> {
    if rsync.place.foreign == Foreign::Delete {
        tell(Told::Step("deleting what is not part of the site"));
        return rsync.clear(site).await;
    }
    let (_, rest) = in_the_way(standing);
    if !rest.is_empty() {
        tell(Told::Step("deleting what is no longer part of the site"));
        let files = site.files.iter().map(|file| file.path.clone());
        let folders = site.files.iter().flat_map(|file| above(&file.path));
        rsync.delete(&rest, &folders.chain(files).collect()).await?;
    }
    Ok(standing.deleted.len())
}

/// What is to be deleted: where a page becomes a folder, or a folder a page, the old one cannot wait; and the rest.
fn in_the_way(standing: &Standing) -> (Vec<String>, Vec<String>) {
    let added: BTreeSet<&str> = standing.added.iter().map(String::as_str).collect();
    let folders: BTreeSet<String> = added.iter().flat_map(|path| above(path)).collect();
    let in_the_way = |path: &String| {
        let mut above = above(path).into_iter();
        above.any(|folder| added.contains(folder.as_str())) || folders.contains(path)
    };
    standing.deleted.iter().cloned().partition(in_the_way)
}

/// The folders that a file is in.
fn above(path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').collect();
    (1..parts.len())
        .map(|count| parts[..count].join("/"))
        .collect()
}

/// Folders of deleted files that are not `kept`, by depth, the deepest first.
fn emptied(deleted: &[String], kept: &BTreeSet<String>) -> Vec<Vec<String>> {
    let gone = deleted.iter().flat_map(|path| above(path));
    let gone: BTreeSet<String> = gone.filter(|folder| !kept.contains(folder)).collect();
    let mut by_depth: BTreeMap<Reverse<usize>, Vec<String>> = BTreeMap::new();
    for folder in gone {
        let depth = Reverse(folder.matches('/').count());
        by_depth.entry(depth).or_default().push(folder);
    }
    by_depth.into_values().collect()
}
