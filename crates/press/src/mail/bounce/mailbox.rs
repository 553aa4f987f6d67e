//! Where mails lie: a maildir, a file of many mails (mbox), one mail on its own.
//!
//! A mail of a maildir is moved from `new` to `cur` when whoever read it says that it is done with, not before. The
//! other forms are left as they are.

use super::MOST_BYTES;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where mails lie.
#[derive(Debug)]
pub enum Mailbox {
    /// A folder with `new` and `cur`.
    Maildir(PathBuf),
    /// A file of one mail or many.
    File(PathBuf),
}

/// A mail, and where it lay.
#[derive(Debug)]
pub struct Found {
    /// For messages: the file, and the number of the mail in it.
    pub place: String,
    /// The mail; nothing if it is larger than any bounce.
    pub mail: Option<Vec<u8>>,
    /// The file in a maildir's `new`, to be moved when the mail is done with.
    file: Option<PathBuf>,
}

impl Mailbox {
    /// The mailbox at a path.
    pub fn at(path: &Path) -> Result<Mailbox> {
        let kind = std::fs::metadata(path).map_err(|cause| Error::io("read", path, &cause))?;
        if kind.is_file() {
            return Ok(Mailbox::File(path.to_owned()));
        }
        if path.join("new").is_dir() && path.join("cur").is_dir() {
            return Ok(Mailbox::Maildir(path.to_owned()));
        }
        let error = Error::new(format!("{} is no mailbox", path.display()));
        Err(error.help("name a maildir (a folder with `new` and `cur`), a file of mails, or `-` for one mail on standard input"))
    }

    /// Gives each mail to a function, in order; stops at the first error of either.
    pub fn each(&self, mut take: impl FnMut(Found) -> Result<()>) -> Result<()> {
        match self {
            Mailbox::Maildir(folder) => {
                for path in files(&folder.join("new"))? {
                    if let Some(found) = load(&path)? {
                        take(found)?;
                    }
                }
                Ok(())
            }
            Mailbox::File(path) => {
                let file = File::open(path).map_err(|cause| Error::io("read", path, &cause))?;
                let name = path.display().to_string();
                split(BufReader::new(file), &name, take).map_err(|failed| match failed {
                    Failed::Taking(error) => error,
                    Failed::Reading(cause) => Error::io("read", path, &cause),
                })
            }
        }
    }
}

impl Found {
    /// A mail from elsewhere: standard input.
    pub fn read(input: impl Read, place: &str) -> Result<Found> {
        let mut mail = Vec::new();
        let limit = MOST_BYTES as u64 + 1;
        let read = input.take(limit).read_to_end(&mut mail);
        read.map_err(|cause| {
            Error::new(format!("cannot read {place}")).because(cause.to_string())
        })?;
        // Mail servers write such a line before a mail that they hand to a program.
        if mail.starts_with(b"From ") {
            let end = memchr::memchr(b'\n', &mail).map_or(mail.len(), |end| end + 1);
            mail.drain(..end);
        }
        let fits = mail.len() <= MOST_BYTES;
        Ok(Found {
            place: place.to_owned(),
            mail: fits.then_some(mail),
            file: None,
        })
    }

    /// Moves a maildir's mail from `new` to `cur`: it is done with. One that a person should look at is not marked as seen.
    pub fn done(&self, seen: bool) -> Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split(":2,").next().unwrap_or_default();
        let folder = path
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        let to = folder
            .join("cur")
            .join(format!("{name}:2,{}", if seen { "S" } else { "" }));
        match std::fs::rename(path, &to) {
            // Another program has moved it: that is as well.
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("move", path, &cause))
            }
            _ => Ok(()),
        }
    }
}

/// The files of a folder, in the order of their names, which is that of their time.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let refused = |cause| Error::io("read", folder, &cause);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// A mail of a maildir; nothing if another program took it meanwhile.
fn load(path: &Path) -> Result<Option<Found>> {
    match File::open(path) {
        Ok(file) => {
            let mut found = Found::read(file, &path.display().to_string())?;
            found.file = Some(path.to_owned());
            Ok(Some(found))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, &cause)),
    }
}

/// What went wrong: with the file, or with what was read.
enum Failed {
    Reading(std::io::Error),
    Taking(Error),
}

/// Cuts a file of mails at its `From ` lines. A mail that is too big is passed over in pieces, never held as a whole.
fn split(
    mut input: impl BufRead,
    name: &str,
    mut take: impl FnMut(Found) -> Result<()>,
) -> std::result::Result<(), Failed> {
    let (mut mail, mut line) = (Vec::new(), Vec::new());
    let (mut number, mut after_empty, mut too_big, mut begun) = (0usize, true, false, false);
    loop {
        line.clear();
        // A line may be as long as the file: it is read in pieces too.
        let read = (&mut input).take(64 << 10).read_until(b'\n', &mut line);
        let ended = read.map_err(Failed::Reading)? == 0;
        let begins = after_empty && line.starts_with(b"From ");
        if (ended || begins) && begun {
            number += 1;
            let found = Found {
                place: format!("{name}, mail {number}"),
                mail: (!too_big).then(|| std::mem::take(&mut mail)),
                file: None,
            };
            mail.clear();
            too_big = false;
            take(found).map_err(Failed::Taking)?;
        }
        if ended {
            return Ok(());
        }
        after_empty = matches!(line.as_slice(), b"\n" | b"\r\n");
        begun |= begins || !after_empty;
        if begins {
            continue;
        }
        too_big |= mail.len() + line.len() > MOST_BYTES;
        if !too_big && begun {
            // `>From ` at the beginning of a line was `From ` once.
            let bare = line.strip_prefix(b">").filter(|rest| is_quoted_from(rest));
            mail.extend(bare.unwrap_or(&line));
        }
    }
}

/// `From ` behind any number of `>`.
fn is_quoted_from(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|sign| **sign == b'>').count();
    line[quotes..].starts_with(b"From ")
}
