//! Programs that are started on the way: with a limit in time, and of what they say only so much is kept.

use crate::error::{Error, Result};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit code; none if a signal ended it.
    pub(super) code: Option<i32>,
    /// Its complaints, the last lines of them.
    pub(super) said: String,
}

/// Lines of complaints that are kept.
const LINES: usize = 8;
/// The longest line that is read as one.
const LINE_BYTES: usize = 64 << 10;

/// Runs a program to its end: `input` goes to its standard input, `line` hears each line of its standard output.
pub(super) async fn run(
    command: &mut Command,
    input: Vec<u8>,
    limit: Duration,
    line: &mut (dyn FnMut(&str) + Send),
) -> Result<Ended> {
    let name = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let failed = |why: String| Error::new(format!("cannot run {name}")).because(why);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let child = command.spawn();
    let mut child = child.map_err(|cause| failed(cause.to_string()))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want to hear all of it says why when it ends.
            let _ = stdin.write_all(&input).await;
        }
    };
    let hear = async {
        if let Some(stdout) = stdout {
            lines(stdout, line).await;
        }
    };
    let mut said: Vec<String> = Vec::new();
    let complain = async {
        if let Some(stderr) = stderr {
            let mut keep = |line: &str| {
                if said.len() == LINES {
                    said.remove(0);
                }
                said.push(line.replace(char::is_control, " "));
            };
            lines(stderr, &mut keep).await;
        }
    };
    let all = async { tokio::join!(write, hear, complain, child.wait()) };
    let ended = tokio::time::timeout(limit, all).await;
    let (.., status) = ended.map_err(|_| {
        let seconds = limit.as_secs();
        Error::new(format!("{name} did not end within {seconds} s")).state("it was ended")
    })?;
    let status = status.map_err(|cause| failed(cause.to_string()))?;
    Ok(Ended {
        code: status.code(),
        said: said.join("\n           "),
    })
}

/// Reads lines, as long as there are any. What is too long for a line is cut.
async fn lines(from: impl tokio::io::AsyncRead + Unpin, line: &mut (dyn FnMut(&str) + Send)) {
    let mut from = BufReader::new(from);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut part = (&mut from).take(LINE_BYTES as u64);
        match part.read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => line(String::from_utf8_lossy(&bytes).trim_end()),
        }
    }
}
