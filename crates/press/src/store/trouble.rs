//! What a database refuses, as an error that says what a person can do.

use crate::error::Error;
use std::path::Path;

/// The error of a database in a file.
pub(super) fn of(path: &Path, cause: &sqlx::Error) -> Error {
    let place = path.display();
    let code = cause.as_database_error().and_then(|error| error.code());
    // The low byte is the kind, as SQLite defines it.
    let kind = code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    let error = |what: &str| Error::new(format!("{place} {what}")).because(cause.to_string());
    match kind {
        Some(5 | 6) => error("is in use by another program")
            .help("wait until that one has finished, and run the same command again"),
        Some(8) => error("cannot be written").help("check who owns it: `ls -ld` on it and its folder"),
        Some(13) => error("cannot grow: the disk is full")
            .help("make room on the disk and run the same command again"),
        Some(11 | 26) => error("is damaged").help(
            "put back a copy, or move it away: a new one is made, and only knows no more what was taken and dropped",
        ),
        Some(14) => error("cannot be opened").help("check who owns it: `ls -ld` on it and its folder"),
        _ => error("cannot be used"),
    }
    .state("what it held, it holds")
}
