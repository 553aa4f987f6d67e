//! A mail server that misbehaves: it refuses, breaks off, loses its voice, and remembers what it took.
//!
//! What it does to a message is drawn by its recipient and how often it has come, so a rehearsal with the same seed meets
//! the same trouble. It writes down what it takes before it answers, as a server that syncs its queue does.

use crate::error::{Error, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The server.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) port: u16,
    log: Arc<Log>,
    /// How many messages it took.
    pub(super) count: watch::Receiver<usize>,
}

#[derive(Debug)]
struct Log {
    seed: u64,
    taken: Mutex<Taken>,
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Taken {
    /// How often it took a message for a recipient.
    by_recipient: HashMap<String, usize>,
    /// How often one was offered.
    offered: HashMap<String, u64>,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Taken,
    Later,
    Refused,
    Busy,
    BrokenBefore,
    BrokenWithin,
    BrokenAfter,
    TakenInSilence,
    TakenHalfSaid,
    Slow,
}

/// Out of a thousand messages, so many meet this the first time they come. The rest is taken.
const FATES: [(Fate, u64); 9] = [
    (Fate::Later, 30),
    (Fate::Refused, 10),
    (Fate::Busy, 5),
    (Fate::BrokenBefore, 5),
    (Fate::BrokenWithin, 5),
    (Fate::BrokenAfter, 5),
    (Fate::TakenInSilence, 5),
    (Fate::TakenHalfSaid, 5),
    (Fate::Slow, 10),
];

impl Relay {
    /// Starts it on a port of its own.
    pub(super) async fn start(seed: u64) -> Result<Relay> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let cannot = |cause: std::io::Error| Error::new("cannot listen").because(cause.to_string());
        let listener = listener.map_err(cannot)?;
        let port = listener.local_addr().map_err(cannot)?.port();
        let (count, seen) = watch::channel(0);
        let log = Arc::new(Log {
            seed,
            taken: Mutex::default(),
            count,
        });
        let own = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (read, write) = stream.into_split();
                tokio::spawn(serve(BufReader::new(read), write, Arc::clone(&own)));
            }
        });
        Ok(Relay {
            port,
            log,
            count: seen,
        })
    }

    /// How often it took a message for each recipient.
    pub(super) fn taken(&self) -> HashMap<String, usize> {
        self.log.taken().by_recipient.clone()
    }
}

impl Log {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self, to: &str) -> Fate {
        let mut taken = self.taken();
        let offered = taken.offered.entry(to.to_owned()).or_default();
        *offered += 1;
        let drawn = xxh3_64_with_seed(to.as_bytes(), self.seed) % 1_000;
        let mut upto = 0;
        for (fate, share) in FATES {
            upto += share;
            if drawn < upto {
                // Who is refused is refused each time; all other trouble passes.
                let again = *offered > 1 && fate != Fate::Refused;
                return if again { Fate::Taken } else { fate };
            }
        }
        Fate::Taken
    }

    fn take(&self, to: &str) {
        let mut taken = self.taken();
        *taken.by_recipient.entry(to.to_owned()).or_default() += 1;
        let count = taken.by_recipient.values().sum();
        drop(taken);
        self.count.send_replace(count);
    }
}

async fn serve<R, W>(read: BufReader<R>, write: W, log: Arc<Log>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut session = Session {
        read,
        write,
        log,
        line: Vec::new(),
    };
    // A connection that breaks is part of the play.
    let _ = session.serve().await;
}

struct Session<R, W> {
    read: BufReader<R>,
    write: W,
    log: Arc<Log>,
    line: Vec<u8>,
}

/// The connection is closed without a word.
struct Closed;

impl From<std::io::Error> for Closed {
    fn from(_: std::io::Error) -> Closed {
        Closed
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<R, W> {
    async fn serve(&mut self) -> std::result::Result<(), Closed> {
        self.say("220 rehearsal ESMTP").await?;
        let mut to = String::new();
        let mut fate = Fate::Taken;
        loop {
            let command = self.command().await?;
            let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.say("250-rehearsal\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES")
                        .await?;
                }
                "MAIL" | "RSET" | "NOOP" => self.say("250 2.1.0 Ok").await?,
                "RCPT" => {
                    to = recipient(&command);
                    fate = self.log.fate(&to);
                    self.answer_recipient(fate).await?;
                }
                "DATA" if matches!(fate, Fate::Later | Fate::Refused) => {
                    self.say("554 5.5.1 no valid recipients").await?;
                }
                "DATA" => self.data(&to, fate).await?,
                "QUIT" => {
                    self.say("221 2.0.0 Bye").await?;
                    return Ok(());
                }
                _ => self.say("502 5.5.2 what?").await?,
            }
        }
    }

    async fn answer_recipient(&mut self, fate: Fate) -> std::result::Result<(), Closed> {
        match fate {
            Fate::Later => self.say("450 4.2.1 not now").await,
            Fate::Refused => self.say("550 5.1.1 nobody here").await,
            Fate::Busy => {
                self.say("421 4.3.2 too much to do").await?;
                Err(Closed)
            }
            Fate::BrokenBefore => Err(Closed),
            _ => self.say("250 2.1.5 Ok").await,
        }
    }

    async fn data(&mut self, to: &str, fate: Fate) -> std::result::Result<(), Closed> {
        self.say("354 go on").await?;
        if fate == Fate::BrokenWithin {
            self.command().await?;
            return Err(Closed);
        }
        while self.command().await? != "." {}
        match fate {
            Fate::BrokenAfter => return Err(Closed),
            Fate::Slow => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => {}
        }
        self.log.take(to);
        match fate {
            Fate::TakenInSilence => Err(Closed),
            Fate::TakenHalfSaid => {
                self.write.write_all(b"25").await?;
                Err(Closed)
            }
            _ => self.say("250 2.0.0 taken").await,
        }
    }

    async fn say(&mut self, words: &str) -> std::result::Result<(), Closed> {
        self.write
            .write_all(format!("{words}\r\n").as_bytes())
            .await?;
        self.write.flush().await?;
        Ok(())
    }

    /// The next line, without its end.
    async fn command(&mut self) -> std::result::Result<String, Closed> {
        self.line.clear();
        if self.read.read_until(b'\n', &mut self.line).await? == 0 {
            return Err(Closed);
        }
        let line = self.line.trim_ascii_end();
        Ok(String::from_utf8_lossy(line).into_owned())
    }
}

/// The address in `RCPT TO:<…>`.
fn recipient(command: &str) -> String {
    let address = command.split(['<', '>']).nth(1);
    address.unwrap_or_default().to_owned()
}
