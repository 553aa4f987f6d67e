//! The way mail leaves: whether it is open, and whether it will be open next month.

use super::{Options, Report};
use crate::config::{Config, Secrets, TransportKind};
use crate::mail::Mailer;
use std::time::Duration;

/// Certificates are renewed a month before they end; one that has less was forgotten.
const AHEAD_DAYS: u64 = 14;

pub(super) async fn look(
    config: &Config,
    secrets: &Secrets,
    options: &Options,
    report: &mut Report,
) {
    if config.transport.kind == TransportKind::File {
        let says = format!(
            "mails become files in {}",
            config.transport.folder.display()
        );
        return report.warning(
            "transport",
            says,
            "nobody gets them: name a way to send in `[transport]` before the first issue",
        );
    }
    if options.offline {
        return report.skipped("transport", "other machines are left alone");
    }
    let mailer = match Mailer::new(&config.transport, secrets) {
        Ok(mailer) => mailer,
        Err(error) => return report.failed("transport", &error),
    };
    if let Err(error) = mailer.probe().await {
        return report.failed("transport", &error);
    }
    match config.transport.kind {
        TransportKind::Ses => report.ok(
            "transport",
            format!("{mailer}; nothing is asked of it before a sending"),
        ),
        _ => report.ok("transport", format!("{mailer}: open")),
    }
    if config.transport.kind != TransportKind::Smtp {
        return;
    }
    let ahead = Duration::from_secs(AHEAD_DAYS * 86_400);
    match mailer.probe_ahead(ahead).await {
        Ok(()) => report.ok(
            "certificate",
            format!("good for {AHEAD_DAYS} days and more"),
        ),
        Err(error) => report.warning(
            "certificate",
            format!(
                "in {AHEAD_DAYS} days mail will not leave any more: {}",
                because(&error.message())
            ),
            "have the relay's certificate renewed",
        ),
    }
}

/// The first line and the reason of an error.
fn because(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let wanted = lines.filter(|line| !line.starts_with("help: ") && !line.starts_with("state: "));
    let wanted: Vec<&str> = wanted.collect();
    wanted.join("; ").replace("; because: ", ": ")
}
