//! `press subscribers export`: the audience as a file that comes back as it went.
//!
//! One row for each subscription. A spreadsheet takes fields that begin with `=`, `+`, `-` or `@` for formulas, so an
//! apostrophe stands before these; importing takes it away again.

use super::forms::{guarded, join};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Filter, Listed};
use jiff::Timestamp;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The columns, as `forms` reads them.
const COLUMNS: [&str; 16] = [
    "email",
    "name",
    "language",
    "list",
    "status",
    "created_at",
    "confirmed_at",
    "unsubscribed_at",
    "regions",
    "left_out",
    "text_only",
    "consent",
    "form_version",
    "suppressed",
    "suppressed_at",
    "token",
];

/// What was exported.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Exported {
    /// Rows without the first.
    pub rows: u64,
    /// The file, if it is one.
    pub file: Option<PathBuf>,
}

/// Writes the subscriptions of a filter: into a file, which is there whole or not at all, or to where `out` leads.
pub fn export(
    config: &Config,
    filter: Filter<'_>,
    file: Option<&Path>,
    out: &mut dyn Write,
) -> Result<Exported> {
    if let Some(list) = filter.list {
        config.list(Some(list))?;
    }
    let rows = match file {
        None => write(config, filter, out, Path::new("standard output"))?,
        Some(path) => {
            let part = path.with_extension("part");
            let mut file = super::private_file(&part)?;
            let written = write(config, filter, &mut file, path).and_then(|rows| {
                let synced = file.sync_all();
                let moved = synced.and_then(|()| std::fs::rename(&part, path));
                moved.map_err(|cause| Error::io("write", path, &cause))?;
                Ok(rows)
            });
            if written.is_err() {
                // What is left of it is of no use; the error says more than a second one could.
                let _ = std::fs::remove_file(&part);
            }
            written?
        }
    };
    Ok(Exported {
        rows,
        file: file.map(Path::to_path_buf),
    })
}

fn write(config: &Config, filter: Filter<'_>, out: &mut dyn Write, path: &Path) -> Result<u64> {
    let unwritable = |cause: csv::Error| Error::io("write", path, &cause.into());
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS).map_err(unwritable)?;
    let mut rows = 0;
    super::with_store(config, async |store| {
        let tell = |listed: Listed| {
            rows += 1;
            writer.write_record(fields(&listed)).map_err(unwritable)?;
            Ok(true)
        };
        store.each_subscription(filter, tell).await
    })?;
    let flushed = writer.flush();
    flushed.map_err(|cause| Error::io("write", path, &cause))?;
    Ok(rows)
}

fn fields(listed: &Listed) -> [String; 16] {
    let (subscriber, subscription) = (&listed.subscriber, &listed.subscription);
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default());
    let time = |seconds: Option<i64>| {
        let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        time.map_or_else(String::new, |time| time.to_string())
    };
    let (how, version) = match &listed.consent {
        Some((how, version)) => (guarded(how), text(version)),
        None => (String::new(), String::new()),
    };
    let (reason, since) = listed.suppression.unzip();
    [
        guarded(subscriber.address.expose()),
        text(&subscriber.name),
        text(&subscriber.language),
        guarded(&subscription.list),
        subscription.state.name().to_owned(),
        time(Some(subscription.created_s)),
        time(subscription.confirmed_s),
        time(subscription.unsubscribed_s),
        guarded(&join(&subscriber.regions)),
        guarded(&join(&subscriber.left_out)),
        subscriber.text_only.to_string(),
        how,
        version,
        reason.map_or_else(String::new, |reason| reason.name().to_owned()),
        time(since),
        subscriber.token.clone(),
    ]
}
