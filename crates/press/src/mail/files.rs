//! Messages as files: a maildir, which every mail program opens. The usual transport, so that nothing leaves by mistake.

use super::{Envelope, Outcome, Scope};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A maildir. Files appear in `new` whole or not at all.
#[derive(Clone, Debug)]
pub struct Outbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    count: AtomicU64,
}

impl Outbox {
    /// Opens the maildir, and makes it if there is none.
    pub fn open(folder: &Path) -> Result<Outbox> {
        for part in ["tmp", "new", "cur"] {
            let path = folder.join(part);
            std::fs::create_dir_all(&path).map_err(|cause| Error::io("make", &path, &cause))?;
        }
        let inner = Inner {
            folder: folder.to_owned(),
            count: AtomicU64::new(0),
        };
        Ok(Outbox {
            inner: Arc::new(inner),
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Puts a message in, with its envelope in two headers before its own.
    pub(super) fn put(&self, envelope: &Envelope, content: &[u8]) -> Outcome {
        let name = self.name();
        let (draft, path) = (
            self.inner.folder.join("tmp").join(&name),
            self.inner.folder.join("new").join(&name),
        );
        match write(&draft, envelope, content).and_then(|()| std::fs::rename(&draft, &path)) {
            Ok(()) => Outcome::Sent {
                reply: format!("written to {name}"),
            },
            Err(cause) => {
                // What is left of it is of no use; if it cannot be removed either, it does no harm.
                let _ = std::fs::remove_file(&draft);
                trouble(&draft, &cause)
            }
        }
    }

    /// A name that no other file has: the time, the process, and how many there were before.
    fn name(&self) -> String {
        let count = self.inner.count.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let (seconds, micros, process) = (now.as_secs(), now.subsec_micros(), std::process::id());
        format!("{seconds}.M{micros:06}P{process}Q{count}.eml")
    }
}

fn write(path: &Path, envelope: &Envelope, content: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    let (from, to) = (envelope.from(), envelope.to());
    let head = format!("Return-Path: <{from}>\r\nDelivered-To: {to}\r\n");
    file.write_all(head.as_bytes())?;
    file.write_all(content)
}

fn trouble(path: &Path, cause: &std::io::Error) -> Outcome {
    match cause.kind() {
        // Another name comes with the next try.
        ErrorKind::AlreadyExists => Outcome::Deferred {
            reply: cause.to_string(),
            scope: Scope::Recipient,
            retry_after: None,
        },
        _ => Outcome::Stop(Error::io("write", path, cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(&folder.path().join("box")).unwrap();
        let envelope = Envelope::new("b+1@weekly.example", "anna@example.org").unwrap();
        for _ in 0..2 {
            let outcome = outbox.put(&envelope, b"Subject: Hello\r\n\r\nAll.\r\n");
            assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
        }
        let written: Vec<_> = std::fs::read_dir(outbox.folder().join("new"))
            .unwrap()
            .collect();
        assert_eq!(written.len(), 2);
        let text = std::fs::read_to_string(written[0].as_ref().unwrap().path()).unwrap();
        assert_eq!(
            text,
            "Return-Path: <b+1@weekly.example>\r\nDelivered-To: anna@example.org\r\nSubject: Hello\r\n\r\nAll.\r\n"
        );
        assert_eq!(
            std::fs::read_dir(outbox.folder().join("tmp"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn a_folder_that_went_away_stops_everything() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        std::fs::remove_dir(folder.path().join("new")).unwrap();
        let envelope = Envelope::new("", "anna@example.org").unwrap();
        assert!(matches!(outbox.put(&envelope, b"x"), Outcome::Stop(_)));
        assert_eq!(
            std::fs::read_dir(folder.path().join("tmp"))
                .unwrap()
                .count(),
            0
        );
    }
}
