//! Which database a newsletter has: a file, or a server whose address may hold a secret.

use super::{Loader, schema};
use crate::error::Place;
use std::fmt;
use std::path::{Path, PathBuf};

/// The newsletter's database. It prints without secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in this file.
    File(PathBuf),
    /// PostgreSQL, at this address.
    Postgres(DatabaseUrl),
}

/// The address of a database on a server. It may hold a password, and prints without.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// The variable of the environment whose address comes before that in `press.toml`.
pub const DATABASE_VARIABLE: &str = "PRESS_DATABASE_URL";

impl DatabaseUrl {
    /// The address of a database, if it is one of PostgreSQL.
    pub fn new(url: &str) -> Option<DatabaseUrl> {
        Some(DatabaseUrl(url.to_owned())).filter(DatabaseUrl::is_known)
    }

    /// Whether it is one of PostgreSQL: the environment may name anything.
    pub fn is_known(&self) -> bool {
        let known = ["postgres://", "postgresql://"];
        known.iter().any(|scheme| self.0.starts_with(scheme))
    }

    /// The address with all that it holds.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// User, host and name of the database: what is before the secrets and after.
    fn shown(&self) -> String {
        let Some((_, rest)) = self.0.split_once("://").filter(|_| self.is_known()) else {
            return format!("the database that `{DATABASE_VARIABLE}` names");
        };
        let rest = rest.split('?').next().unwrap_or_default();
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (user.split(':').next().unwrap_or_default(), place),
            None => ("", rest),
        };
        let at = if user.is_empty() { "" } else { "@" };
        format!("postgres://{user}{at}{place}")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::File(path) => write!(formatter, "{}", path.display()),
            Database::Postgres(url) => formatter.write_str(&url.shown()),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Database {
    /// Whether there may be something in it. To look whether there is, nobody has to make a file.
    pub fn may_exist(&self) -> bool {
        match self {
            Database::File(path) => path.is_file(),
            Database::Postgres(_) => true,
        }
    }
}

impl Loader<'_> {
    /// The database: what the environment names, else the address in `press.toml`, else the file.
    pub(super) fn database(&mut self, store: &schema::Store) -> Database {
        let home = self.path.parent().unwrap_or(Path::new(""));
        let file = Database::File(home.join(&store.file));
        let mut named = None;
        if let Some(url) = &store.url {
            named = DatabaseUrl::new(url.get_ref());
            if named.is_none() {
                self.mistake(url, "the address of a database begins with `postgres://`");
            }
            if let Some(password) = password(url.get_ref()) {
                // The line is shown to people, and perhaps in a log.
                let shown = self.text.replace(password, &"*".repeat(password.len()));
                let place = Place::new(self.path, &shown, url.span(), "here stands a password");
                let help = format!(
                    "`press.toml` is public: put it into `PGPASSWORD`, ~/.pgpass or `{DATABASE_VARIABLE}`"
                );
                self.mistakes.push(place.help(help));
            }
        }
        match super::variable(DATABASE_VARIABLE).filter(|url| !url.is_empty()) {
            // What is wrong with it is told by whoever opens it.
            Some(url) => Database::Postgres(DatabaseUrl(url)),
            None => named.map_or(file, Database::Postgres),
        }
    }
}

/// The password in an address.
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (before, options) = rest.split_once('?').unwrap_or((rest, ""));
    let login = before.rsplit_once('@').map_or("", |(login, _)| login);
    let in_login = login.split_once(':').map(|(_, password)| password);
    let mut options = options.split('&');
    let in_options = options.find_map(|option| option.strip_prefix("password="));
    let found = in_login.or(in_options);
    found.filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_secrets() {
        for (url, shown) in [
            (
                "postgres://db.example/weekly",
                "postgres://db.example/weekly",
            ),
            ("postgres://ada@db.example/w", "postgres://ada@db.example/w"),
            (
                "postgresql://ada:se:c@ret@db.example:5433/w?a=b",
                "postgres://ada@db.example:5433/w",
            ),
            ("postgres:///w?password=secret&host=/run", "postgres:///w"),
        ] {
            let database = Database::Postgres(DatabaseUrl::new(url).expect("an address"));
            assert_eq!(database.to_string(), shown);
            assert_eq!(format!("{database:?}"), shown);
        }
        assert!(DatabaseUrl::new("mysql://db.example/w").is_none());
    }

    #[test]
    fn a_password_is_found_wherever_it_stands() {
        assert_eq!(
            password("postgres://ada:secret@db.example/w"),
            Some("secret")
        );
        assert_eq!(
            password("postgres:///w?user=ada&password=secret"),
            Some("secret")
        );
        assert_eq!(
            password("postgres://ada@db.example:5432/w?sslmode=require"),
            None
        );
        assert_eq!(password("postgres://ada:@db.example/w"), None);
    }
}
