//! What a database refuses, as an error that says what a person can do.

use crate::error::Error;
use sqlx::postgres::PgDatabaseError;
use std::io::ErrorKind;

/// The error of a database, which is called `place`.
pub(super) fn of(place: &str, cause: &sqlx::Error) -> Error {
    let server = cause
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    if let Some(server) = server {
        return of_server(place, server);
    }
    let error = |what: &str| Error::new(format!("{place} {what}")).because(cause.to_string());
    match cause {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse::<u32>().ok());
            return of_file(place, code, cause);
        }
        sqlx::Error::Tls(_) => error("cannot be reached safely")
            .help("`?sslmode=` at the end of its address says how the server must prove who it is"),
        sqlx::Error::PoolTimedOut => error("has no connection left for us")
            .help("see whether it runs and what keeps it busy; then run the same command again"),
        sqlx::Error::Configuration(_) => error("has no address that could be read")
            .help("it is written `postgres://USER@HOST/DATABASE`"),
        _ if is_away(cause) => error("cannot be reached").help(
            "see whether it runs, and whether `url` in `[store]` or `PRESS_DATABASE_URL` names it; \
             then run the same command again",
        ),
        _ => error("cannot be used"),
    }
    .state("what it held, it holds")
}

/// The error of SQLite.
fn of_file(place: &str, code: Option<u32>, cause: &sqlx::Error) -> Error {
    let error = |what: &str| Error::new(format!("{place} {what}")).because(cause.to_string());
    // The low byte is the kind, as SQLite defines it.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => error("is in use by another program")
            .help("wait until that one has finished, and run the same command again"),
        Some(8) => error("cannot be written").help("check who owns it: `ls -ld` on it and its folder"),
        Some(13) => error("cannot grow: the disk is full")
            .help("make room on the disk and run the same command again"),
        Some(10) => error("cannot be read or written: the disk failed, or it is full")
            .help("make room on the disk, or see what ails it, and run the same command again"),
        Some(11 | 26) => error("is damaged").help(
            "put back a copy, or move it away: a new one is made, and only knows no more what was taken and dropped",
        ),
        Some(14) => error("cannot be opened").help("check who owns it: `ls -ld` on it and its folder"),
        _ => error("cannot be used"),
    }
    .state("what it held, it holds")
}

/// Whether a row was refused because one like it is there already.
pub(super) fn is_there(cause: &sqlx::Error) -> bool {
    let error = cause.as_database_error();
    error.is_some_and(|error| error.is_unique_violation())
}

/// The error of PostgreSQL. Its detail is left out, for it quotes what stands in rows.
fn of_server(place: &str, cause: &PgDatabaseError) -> Error {
    let (code, message) = (cause.code(), cause.message());
    let error = |what: &str| {
        let error = Error::new(format!("{place} {what}"));
        error.because(format!("{message} ({code})"))
    };
    match code {
        "28P01" | "28000" => error("refused the login").help(
            "the password is taken from `PRESS_DATABASE_URL`, `PGPASSWORD` or ~/.pgpass; pg_hba.conf says who may come",
        ),
        "3D000" => error("does not exist").help("make it, with `createdb` for example"),
        "42501" | "3F000" => error("may not be used").help(
            "give its user the right to make tables in it: `GRANT CREATE, USAGE ON SCHEMA public TO …`",
        ),
        "25006" => error("may only be read").help("name the server that takes writes, not its copy"),
        "53100" => error("cannot grow: its disk is full")
            .help("make room on the server's disk and run the same command again"),
        "53300" => error("has no connection left for us")
            .help("raise `max_connections` on the server, or run fewer workers"),
        "40001" | "40P01" | "55P03" => error("was busy with others")
            .help("run the same command again"),
        _ if is_leaving(code) => error("went away")
            .help("see whether it runs, and run the same command again"),
        _ => error("cannot be used"),
    }
    .state("what it held, it holds")
}

/// The codes of a server that shuts down, starts, or lost us.
fn is_leaving(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03")
}

/// Whether a server is not there now, and may come back.
pub(super) fn is_away(cause: &sqlx::Error) -> bool {
    match cause {
        sqlx::Error::Io(error) => error.kind() != ErrorKind::StorageFull,
        sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| is_leaving(error.code())),
        _ => false,
    }
}

/// Whether SQLite says that others are busy with the file: SQLITE_BUSY, or one of its kinds.
pub(super) fn is_busy(cause: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = cause else {
        return false;
    };
    let of_postgres = error.try_downcast_ref::<PgDatabaseError>().is_some();
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    !of_postgres && code.is_some_and(|code| code & 0xff == 5)
}

/// Whether others were in the way, so that the same transaction may succeed when it is done again.
pub(super) fn is_conflict(cause: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = cause else {
        return false;
    };
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => matches!(error.code(), "40001" | "40P01"),
        // Another program wrote since this one began to read.
        None => error.code().is_some_and(|code| code == "517"),
    }
}
