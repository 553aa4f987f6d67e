//! What commands print: results to standard output, everything about the work to standard error.

use crate::pipeline::build::{BuildReport, Notice};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Prints a result. A reader that went away (`press … | head`) is no error.
pub(crate) fn result(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// Prints several lines of a result as they are, in one go.
pub(crate) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes());
}

/// Standard output for results that are long. A reader that went away is no error.
pub(crate) struct Output(std::io::StdoutLock<'static>);

impl Output {
    pub(crate) fn open() -> Output {
        Output(std::io::stdout().lock())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// Tells something about the work.
pub(crate) fn tell(text: &str) {
    anstream::eprintln!("{text}");
}

/// Makes room for a new result where a terminal shows it.
pub(crate) fn clear() {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        let _ = write!(out, "\x1b[2J\x1b[3J\x1b[H");
        let _ = out.flush();
    }
}

/// Most notices of one kind of work that are shown one by one.
const NOTICES: usize = 10;

pub(crate) fn notices(notices: &[Notice]) {
    for notice in notices.iter().take(NOTICES) {
        tell(&format!("note: {}", notice.message));
    }
    if notices.len() > NOTICES {
        let more = notices.len() - NOTICES;
        tell(&format!(
            "note: and {more} more; `press issue list --unknown` shows headings that no section knows"
        ));
    }
}

/// A bar on a terminal, nothing elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that counts these things.
    pub(crate) fn of(things: &str) -> Progress {
        // Draws to standard error, and only if that is a terminal.
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(&format!("{{bar:32}} {{pos}}/{{len}} {things}"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar }
    }

    pub(crate) fn show(&self, done: usize, total: usize) {
        // Telling the bar costs more than making a small page.
        if done.is_multiple_of(16) || done == total {
            self.bar.set_length(total as u64);
            self.bar.set_position(done as u64);
        }
    }

    /// Tells something without tearing the bar.
    pub(crate) fn note(&self, note: &str) {
        self.bar.suspend(|| tell(note));
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// "642 issues, 1024 files: 1024 written (38.2 MB), 0 deleted, in 0.21 s"
pub(crate) fn summary(report: &BuildReport, elapsed: Duration) -> String {
    let megabytes = report.bytes as f64 / 1e6;
    let deleted = if report.deleted > 0 {
        format!(", {} deleted", report.deleted)
    } else {
        String::new()
    };
    format!(
        "{} issues, {} pages and files: {} written ({megabytes:.1} MB){deleted}, in {:.2} s",
        report.issues,
        report.files,
        report.written,
        elapsed.as_secs_f64(),
    )
}

/// Asks a person, and waits for a line.
pub(crate) fn ask(question: &str) -> String {
    let mut out = anstream::stderr().lock();
    let _ = write!(out, "{question}");
    let _ = out.flush();
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    answer
}

/// How far a sending is: a bar on a terminal, a line now and then elsewhere.
pub(crate) struct Sending {
    bar: ProgressBar,
    /// When the last line was written.
    told: std::sync::Mutex<Option<std::time::Instant>>,
}

/// Elsewhere than on a terminal a line is enough as often as this.
const LINES: Duration = Duration::from_secs(10);

impl Sending {
    pub(crate) fn new() -> Sending {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:24} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Sending {
            bar,
            told: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn show(&self, line: &str, done: i64, total: i64) {
        self.bar.set_length(total.unsigned_abs());
        self.bar.set_position(done.unsigned_abs());
        self.bar.set_message(line.to_owned());
        if !self.bar.is_hidden() {
            return;
        }
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= LINES) {
            *told = Some(std::time::Instant::now());
            tell(line);
        }
    }

    pub(crate) fn note(&self, note: &str) {
        self.bar.suspend(|| tell(note));
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}
