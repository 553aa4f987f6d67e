//! Many rows at once: `INSERT` of hundreds of rows to SQLite, `COPY` to PostgreSQL, both made from one plain statement.

use super::db::{Inner, Transaction};
use super::statement::{Statement, Value};
use super::trouble;
use crate::error::Result;
use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use std::fmt::Write;

/// Most values of one statement for SQLite, which knows 32,766.
const VALUES: usize = 12_000;

/// Text that goes to PostgreSQL at once.
const PART_BYTES: usize = 256 << 10;

impl Transaction {
    /// Adds rows. The statement is a plain `INSERT INTO table (columns) VALUES ($1, …)`.
    pub(super) async fn load<'v, const N: usize>(
        &mut self,
        statement: &Statement,
        rows: impl Iterator<Item = [Value<'v>; N]>,
    ) -> Result<()> {
        self.load_into(target(self.text(statement)), N, rows).await
    }

    /// The same with rows that may be there already: whether they were added. If not, what was done since the last
    /// savepoint has to be taken back.
    pub(super) async fn load_new<'v, const N: usize>(
        &mut self,
        statement: &Statement,
        rows: impl Iterator<Item = [Value<'v>; N]>,
    ) -> Result<bool> {
        match self.try_load(target(self.text(statement)), N, rows).await {
            Err(cause) if trouble::is_there(&cause) => Ok(false),
            done => done.map(|()| true).map_err(|cause| self.failed(&cause)),
        }
    }

    /// A statement as this database understands it.
    fn text(&self, statement: &Statement) -> &'static str {
        match &self.inner {
            Inner::Sqlite(..) => statement.sqlite,
            Inner::Postgres(_) => statement.postgres,
        }
    }

    /// Adds rows to a table, written as `table (columns)`, of which there are so many.
    pub(super) async fn load_into<'v, R: AsRef<[Value<'v>]>>(
        &mut self,
        target: &str,
        columns: usize,
        rows: impl Iterator<Item = R>,
    ) -> Result<()> {
        let done = self.try_load(target, columns, rows).await;
        done.map_err(|cause| self.failed(&cause))
    }

    async fn try_load<'v, R: AsRef<[Value<'v>]>>(
        &mut self,
        target: &str,
        columns: usize,
        mut rows: impl Iterator<Item = R>,
    ) -> sqlx::Result<()> {
        match &mut self.inner {
            Inner::Sqlite(inner, _) => {
                let mut next = insert(target, columns, &mut rows);
                loop {
                    let Some(query) = next else { break Ok(()) };
                    // While one statement runs in the database's thread, the next one is made in ours.
                    let following = async { insert(target, columns, &mut rows) };
                    let (done, following) = tokio::join!(query.execute(&mut **inner), following);
                    next = following;
                    if let Err(cause) = done {
                        break Err(cause);
                    }
                }
            }
            Inner::Postgres(inner) => {
                let copy = format!("COPY {target} FROM STDIN");
                copy_in(inner, &copy, rows).await
            }
        }
    }
}

/// The next statement for SQLite, with as many rows as it takes; nothing after the last row.
pub(super) fn insert<'v, R: AsRef<[Value<'v>]>>(
    target: &str,
    columns: usize,
    rows: &mut impl Iterator<Item = R>,
) -> Option<Query<'static, Sqlite, SqliteArguments>> {
    let most = VALUES / columns;
    let some: Vec<R> = rows.take(most).collect();
    if some.is_empty() {
        return None;
    }
    let text = AssertSqlSafe(many(target, columns, some.len()));
    let query = sqlx::query(text).persistent(some.len() == most);
    let values = some.iter().flat_map(|row| row.as_ref());
    Some(values.fold(query, |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value.map(str::to_owned)),
        Value::Bool(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value.map(<[u8]>::to_vec)),
    }))
}

async fn copy_in<'v, R: AsRef<[Value<'v>]>>(
    connection: &mut sqlx::PgConnection,
    copy: &str,
    mut rows: impl Iterator<Item = R>,
) -> sqlx::Result<()> {
    let mut copying = connection.copy_in_raw(copy).await?;
    loop {
        let mut text = String::with_capacity(PART_BYTES + 4096);
        while text.len() < PART_BYTES
            && let Some(row) = rows.next()
        {
            copied(&mut text, row.as_ref());
        }
        if text.is_empty() {
            return copying.finish().await.map(|_| ());
        }
        if let Err(cause) = copying.send(text.into_bytes()).await {
            // The first error is the one to tell.
            let _ = copying.abort("").await;
            return Err(cause);
        }
    }
}

/// The table and the columns of an `INSERT`.
fn target(insert: &str) -> &str {
    let (head, _) = insert
        .split_once(" VALUES")
        .expect("rows are loaded by a plain INSERT");
    // `COPY` keeps to the numbers that it is given.
    let head = head.trim_end_matches(" OVERRIDING SYSTEM VALUE");
    head.trim_start_matches("INSERT INTO ")
}

/// An `INSERT` for several rows.
fn many(target: &str, columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("INSERT INTO {target} VALUES {}", vec![row; rows].join(","))
}

/// A row as `COPY` reads it: tabs between values, `\N` for nothing, and no character that means something else.
fn copied(text: &mut String, row: &[Value<'_>]) {
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            text.push('\t');
        }
        match *value {
            Value::Int(Some(value)) => {
                let _ = write!(text, "{value}");
            }
            Value::Text(Some(value)) => escaped(text, value),
            Value::Bool(Some(value)) => text.push(if value { 't' } else { 'f' }),
            Value::Bytes(Some(value)) => {
                text.push_str("\\\\x");
                for byte in value {
                    let _ = write!(text, "{byte:02x}");
                }
            }
            _ => text.push_str("\\N"),
        }
    }
    text.push('\n');
}

fn escaped(text: &mut String, value: &str) {
    for sign in value.chars() {
        match sign {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            sign => text.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_makes_both() {
        let insert = "INSERT INTO gull (name, age) VALUES ($1, $2)";
        assert_eq!(target(insert), "gull (name, age)");
        assert_eq!(
            many(target(insert), 2, 3),
            "INSERT INTO gull (name, age) VALUES (?,?),(?,?),(?,?)"
        );
        let mut text = String::new();
        copied(
            &mut text,
            &[
                Value::from("a\tb\\N\r\n"),
                Value::from(None::<i64>),
                Value::from(true),
            ],
        );
        assert_eq!(text, "a\\tb\\\\N\\r\\n\t\\N\tt\n");
    }
}
