//! The `sendmail` program of this machine: the message on its standard input, the outcome in its exit code.
//!
//! Every mail server for Unix brings such a program. Its exit codes are those of `sysexits.h`; a program that was
//! killed, or of which nothing was heard, leaves the message uncertain, since it may have queued it.

use super::status::Status;
use super::{Envelope, Outcome, Reply, Scope};
use crate::config::Transport;
use crate::error::{Error, Result};
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// The program.
#[derive(Debug)]
pub(super) struct Program {
    name: String,
    arguments: Vec<String>,
    processes: usize,
}

/// Longest that one message may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// What is kept of its complaints.
const SAID_BYTES: u64 = 4 << 10;
/// How long a relay is given that could not take a message.
const PAUSE: Duration = Duration::from_secs(60);

impl Program {
    pub(super) fn new(settings: &Transport) -> Program {
        let mut command = settings.command.iter().cloned();
        Program {
            name: command.next().unwrap_or_default(),
            arguments: command.collect(),
            processes: settings.processes,
        }
    }

    pub(super) fn processes(&self) -> usize {
        self.processes
    }

    /// Whether the program is there.
    pub(super) fn probe(&self) -> Result<()> {
        let path = Path::new(&self.name);
        if path.is_absolute() && !path.is_file() {
            return Err(self.missing("there is no such file"));
        }
        Ok(())
    }

    fn missing(&self, why: &str) -> Error {
        let error = Error::new(format!("cannot run {}", self.name)).because(why);
        error.help("`command` of [transport] names a program, such as `/usr/sbin/sendmail`")
    }

    /// Hands it a message. The recipient is an argument of its own after `--`, so that no address is taken for an option.
    pub(super) async fn send(&self, envelope: &Envelope, content: &[u8]) -> Outcome {
        let mut command = Command::new(&self.name);
        command
            .args(&self.arguments)
            .arg("-f")
            .arg(match envelope.from() {
                "" => "<>",
                from => from,
            });
        command.arg("--").arg(envelope.to());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let child = match command.spawn() {
            Ok(child) => child,
            Err(cause) if cause.kind() == std::io::ErrorKind::WouldBlock => {
                return later(
                    "no more programs can be started now".to_owned(),
                    Scope::Relay,
                );
            }
            Err(cause) => return Outcome::Stop(self.missing(&cause.to_string())),
        };
        match tokio::time::timeout(PATIENCE, self.hand_over(child, content)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Uncertain {
                why: format!("{} did not end in time", self.name),
            },
        }
    }

    async fn hand_over(&self, mut child: Child, content: &[u8]) -> Outcome {
        let (input, complaints) = (child.stdin.take(), child.stderr.take());
        let write = async {
            let Some(mut input) = input else {
                return Ok(());
            };
            // As the program expects lines of this machine; it makes mail's of them.
            input.write_all(&unix_lines(content)).await?;
            input.shutdown().await
        };
        let read = async {
            let mut said = Vec::new();
            if let Some(mut complaints) = complaints {
                let _ = (&mut complaints)
                    .take(SAID_BYTES)
                    .read_to_end(&mut said)
                    .await;
                // The rest is read too, or the program would wait for ever.
                let _ = tokio::io::copy(&mut complaints, &mut tokio::io::sink()).await;
            }
            String::from_utf8_lossy(&said)
                .trim()
                .replace(char::is_control, " ")
        };
        let (written, said, ended) = tokio::join!(write, read, child.wait());
        let status = match ended {
            Ok(status) => status,
            Err(cause) => {
                let why = format!("nobody knows how {} ended: {cause}", self.name);
                return Outcome::Uncertain { why };
            }
        };
        match status.code() {
            // It took a message that it did not read to the end: a stump may be on its way.
            Some(0) if written.is_err() => Outcome::Uncertain {
                why: format!("{} did not read all of the message", self.name),
            },
            Some(code) => self.judge(code, said),
            None => Outcome::Uncertain {
                why: format!("{} was killed ({status})", self.name),
            },
        }
    }

    /// What an exit code means (`sysexits.h`).
    fn judge(&self, code: i32, said: String) -> Outcome {
        let said = if said.is_empty() {
            format!("{} ended with code {code}", self.name)
        } else {
            said
        };
        match code {
            0 => Outcome::Sent {
                reply: format!("taken by {}", self.name),
            },
            // EX_NOUSER, EX_NOHOST.
            67 | 68 => {
                let status = Status::new(5, 1, if code == 67 { 1 } else { 2 });
                let reply = Reply::own(550, status, said);
                Outcome::Bounced { reply }
            }
            // EX_UNAVAILABLE, EX_OSERR, EX_IOERR, EX_TEMPFAIL, EX_PROTOCOL: about the machine, and it passes.
            69 | 71 | 74 | 75 | 76 => later(said, Scope::Relay),
            // EX_DATAERR, and codes of its own: perhaps only about this message.
            1..=63 | 65 => Outcome::Unwanted {
                reply: Reply::own(550, Status::new(5, 0, 0), said.clone()),
                error: self.refused(code, said),
                ours: true,
            },
            // EX_USAGE, EX_NOINPUT, EX_SOFTWARE, EX_OSFILE, EX_CANTCREAT, EX_NOPERM, EX_CONFIG, and what has no name.
            _ => Outcome::Stop(self.refused(code, said)),
        }
    }

    fn refused(&self, code: i32, said: String) -> Error {
        Error::new(format!(
            "{} refused the message (exit code {code})",
            self.name
        ))
        .because(said)
        .help("try it by hand: `echo | sendmail -v you@your-domain`")
    }
}

fn later(reply: String, scope: Scope) -> Outcome {
    Outcome::Deferred {
        reply,
        scope,
        retry_after: Some(PAUSE),
    }
}

/// The same with line breaks as files have them here.
fn unix_lines(content: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(content.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(content, b"\r\n") {
        lines.extend(&content[from..at]);
        from = at + 1;
    }
    lines.extend(&content[from..]);
    lines
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn program(script: &str) -> Program {
        // `sh -c SCRIPT sh ARGUMENTS…`: what is added to the command are the script's arguments.
        let arguments = ["-c", script, "sh", "-i"].map(str::to_owned);
        Program {
            name: "/bin/sh".to_owned(),
            arguments: arguments.to_vec(),
            processes: 1,
        }
    }

    fn send(program: &Program, content: &[u8]) -> Outcome {
        let envelope = Envelope::new("b+1@weekly.example", "anna@example.org").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(program.send(&envelope, content))
    }

    #[test]
    fn the_program_gets_the_envelope_as_arguments_and_the_message_on_its_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("got");
        let script = format!("echo \"$@\" >{0}; cat >>{0}", file.display());
        let outcome = send(&program(&script), b"Subject: x\r\n\r\n.\r\nb\r\n");
        assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
        let got = std::fs::read_to_string(file).unwrap();
        assert_eq!(
            got,
            "-i -f b+1@weekly.example -- anna@example.org\nSubject: x\n\n.\nb\n"
        );
    }

    #[test]
    fn exit_codes_are_told_apart() {
        let ended = |script: &str| send(&program(script), &b"a\r\n".repeat(100_000));
        for (script, name) in [
            ("cat >&-; exit 0", "uncertain"),
            ("cat >/dev/null; exit 0", "sent"),
            ("exit 67", "bounced"),
            ("exit 68", "bounced"),
            ("cat >/dev/null; exit 75", "deferred"),
            ("exit 71", "deferred"),
            ("exit 64", "stop"),
            ("exit 78", "stop"),
            ("exit 1", "unwanted"),
            ("exit 65", "unwanted"),
            ("kill -9 $$", "uncertain"),
        ] {
            let script = script.replace("cat >&-", "head -c 1 >/dev/null");
            let outcome = ended(&script);
            assert_eq!(outcome.name(), name, "{script}: {outcome:?}");
        }
        let outcome = ended("echo 'no such user here' >&2; exit 67");
        assert!(
            matches!(outcome, Outcome::Bounced { reply } if reply.to_string() == "550 5.1.1 no such user here")
        );
    }

    #[test]
    fn a_program_that_is_not_there_stops_everything() {
        let mut missing = program("");
        missing.name = "/nowhere/sendmail".to_owned();
        assert!(missing.probe().is_err());
        assert_eq!(send(&missing, b"a\r\n").name(), "stop");
    }
}
