//! Statements of SQL, and the values that go with them.
//!
//! All SQL of the program stands in tables made by [`statements!`], one a file, and `store/statements.rs` names the tables:
//! so one test can prepare every statement on every database. A statement is one text for all of them; where that cannot
//! be, there are two, side by side.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Decode, Row as _, Type};

/// A statement of SQL. Values stand in it as `$1`, `$2`, ….
#[derive(Debug)]
pub struct Statement {
    /// What it is called.
    pub name: &'static str,
    /// As SQLite understands it.
    pub sqlite: &'static str,
    /// As PostgreSQL understands it.
    pub postgres: &'static str,
}

/// Makes the table of a file's statements: constants, and `ALL` with every one of them.
///
/// `NAME = "…";` is one text for all databases, `NAME = "…", postgres = "…";` has another one for PostgreSQL. `NAME of
/// (address TEXT, …) = "…";` works on many rows at once: they are the table `given`, and come as JSON in `$1`, a list of
/// objects.
macro_rules! statements {
    (@second $one:expr) => { $one };
    (@second $one:expr, $other:expr) => { $other };
    (@sqlite ($first:ident $type:ident $(, $next:ident $types:ident)*) $sql:expr) => {
        concat!(
            "WITH given AS MATERIALIZED (SELECT value ->> '", stringify!($first), "' AS ", stringify!($first),
            $(", value ->> '", stringify!($next), "' AS ", stringify!($next),)*
            " FROM json_each($1)) ", $sql
        )
    };
    (@sqlite $sql:expr) => { $sql };
    (@postgres ($first:ident $type:ident $(, $next:ident $types:ident)*) $sql:expr) => {
        concat!(
            "WITH given AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST($1 AS JSON)) AS given (",
            stringify!($first), " ", stringify!($type),
            $(", ", stringify!($next), " ", stringify!($types),)*
            ")) ", $sql
        )
    };
    (@postgres $sql:expr) => { $sql };
    ($($(#[$about:meta])* $name:ident $(of $rows:tt)? = $sql:expr $(, postgres = $postgres:expr)?;)+) => {
        $(
            $(#[$about])*
            static $name: $crate::store::statement::Statement = $crate::store::statement::Statement {
                name: stringify!($name),
                sqlite: $crate::store::statement::statements!(@sqlite $($rows)? $sql),
                postgres: $crate::store::statement::statements!(
                    @postgres $($rows)? $crate::store::statement::statements!(@second $sql $(, $postgres)?)
                ),
            };
        )+
        pub(super) static ALL: &[&$crate::store::statement::Statement] = &[$(&$name),+];
    };
}
pub(super) use statements;

/// The values of a statement, in the order of `$1`, `$2`, …
macro_rules! values {
    () => { [$crate::store::statement::Value::Int(None); 0] };
    ($($value:expr),+ $(,)?) => { [$($crate::store::statement::Value::from($value)),+] };
}
pub(super) use values;

/// Rows as the value of a statement that works on many.
pub(super) fn rows(rows: &[impl serde::Serialize]) -> String {
    serde_json::to_string(rows).expect("plain data")
}

/// A value. What is absent has a type nevertheless, as PostgreSQL wants it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'v> {
    Int(Option<i64>),
    Text(Option<&'v str>),
    Bool(Option<bool>),
    Bytes(Option<&'v [u8]>),
}

/// Makes a kind of value from all that stands for it.
macro_rules! value {
    ($($kind:ident($from:ty) = $how:expr;)+) => {
        $(impl<'v> From<$from> for Value<'v> {
            fn from(value: $from) -> Value<'v> {
                let how: fn($from) -> _ = $how;
                Value::$kind(how(value))
            }
        })+
    };
}

value! {
    Int(i64) = Some;
    Int(Option<i64>) = |value| value;
    Text(&'v str) = Some;
    Text(&'v String) = |value| Some(value.as_str());
    Text(Option<&'v str>) = |value| value;
    Text(&'v Option<String>) = |value| value.as_deref();
    Bool(bool) = Some;
    Bool(Option<bool>) = |value| value;
    Bytes(&'v [u8]) = Some;
    Bytes(Option<&'v [u8]>) = |value| value;
}

impl Statement {
    pub(super) fn for_sqlite(
        &self,
        values: &[Value<'_>],
    ) -> Query<'static, Sqlite, SqliteArguments> {
        with_sqlite(sqlx::query(self.sqlite), values)
    }

    pub(super) fn for_postgres(
        &self,
        values: &[Value<'_>],
    ) -> Query<'static, Postgres, PgArguments> {
        with_postgres(sqlx::query(self.postgres), values)
    }
}

/// A text that is made while the program runs, for SQLite.
pub(super) fn text_for_sqlite(
    text: String,
    values: &[Value<'_>],
) -> Query<'static, Sqlite, SqliteArguments> {
    with_sqlite(sqlx::query(AssertSqlSafe(text)), values)
}

/// A text that is made while the program runs, for PostgreSQL.
pub(super) fn text_for_postgres(
    text: String,
    values: &[Value<'_>],
) -> Query<'static, Postgres, PgArguments> {
    with_postgres(sqlx::query(AssertSqlSafe(text)), values)
}

fn with_sqlite<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    values: &[Value<'_>],
) -> Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(query, |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn with_postgres<'q>(
    query: Query<'q, Postgres, PgArguments>,
    values: &[Value<'_>],
) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(query, |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

/// A row that a database gave.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What can be taken out of a row of any database: `i64`, `bool`, `String`, `Vec<u8>`, and `Option` of them. Columns of
/// numbers are BIGINT everywhere, sums are cast to it.
pub(super) trait Cell:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Cell for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl Row {
    /// The value in a column.
    pub(super) fn take<T: Cell>(&self, column: &str) -> sqlx::Result<T> {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
    }

    /// The value in the first column, for statements that ask for one thing only.
    pub(super) fn first<T: Cell>(&self) -> sqlx::Result<T> {
        match self {
            Row::Sqlite(row) => row.try_get(0),
            Row::Postgres(row) => row.try_get(0),
        }
    }
}
