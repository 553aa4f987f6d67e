//! How the databases find what a sending asks for at every turn: by an index, never by reading a large table through.
//!
//! SQLite is asked with `EXPLAIN QUERY PLAN`. PostgreSQL decides by what it counted, so it is asked with forty thousand
//! deliveries, as it was when the audience was frozen and when most of it is settled, and both for values that it sees and
//! for values that it does not.

use crate::postgres::{Trial, block_on, file, on_each};
use press::config::Database;
use press::store::{Arrival, Frozen, NewCampaign, Statement, Store, Terms, statements};
use press_core::mailbox::EmailAddress;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

const PEOPLE: usize = 8_000;
const CAMPAIGNS: usize = 5;

/// What a sending asks for often, with values for it.
const OFTEN: &[(&str, &str, &[&str])] = &[
    ("delivery", "CLAIM", &["5", "0", "100", "64", "1", "1"]),
    ("delivery", "CLAIMED", &["1", "1"]),
    (
        "delivery",
        "SETTLE",
        &[
            "'[{\"subscriber\":7,\"state\":2,\"attempts\":1,\"due_s\":0,\"reply\":\"ok\"}]'",
            "5",
            "1",
            "100",
        ],
    ),
    ("delivery", "KEEP_OUT", &["7", "100"]),
    ("delivery", "HURRY", &["5", "100", "9000"]),
    ("delivery", "NEXT", &["5", "0"]),
    ("delivery", "AGAIN", &["5"]),
    ("worker", "CLAIMING", &[]),
    ("worker", "BURY", &["1", "100"]),
    ("campaign", "VARIANT", &["5", "0"]),
    ("campaign", "TALLY", &["5"]),
    ("campaign", "RESUME", &["5", "100"]),
    ("campaign", "END_SLICE", &["5", "'the slice has left'"]),
    ("campaign", "FINISH", &["5", "100"]),
    ("refusal", "OTHERS", &["5", "7"]),
    ("returned", "HASH", &["7"]),
    ("returned", "COUNTED", &["7", "5"]),
    ("returned", "COUNT", &["7", "100", "50"]),
    ("suppression", "FIND", &["'hash'"]),
    ("subscriber", "LEAVE", &["7", "'weekly'", "100"]),
    ("subscriber", "ERASE_CONSENT", &["7"]),
    ("subscriber", "ERASE_SUBSCRIPTIONS", &["7"]),
];

/// Which of them find their rows by an index that stays small.
const SMALL: &[(&str, &[&str])] = &[
    (
        "delivery_due",
        &["CLAIM", "NEXT", "RESUME", "END_SLICE", "FINISH", "OTHERS"],
    ),
    (
        "delivery_claimed",
        &["CLAIMED", "CLAIMING", "BURY", "END_SLICE", "FINISH"],
    ),
];

/// The small indexes that a plan should have and has not.
fn missing(statement: &Statement, plan: &str) -> Vec<String> {
    let should = SMALL
        .iter()
        .filter(|(_, names)| names.contains(&statement.name));
    let lacks = should.filter(|(index, _)| !plan.contains(index));
    lacks
        .map(|(index, _)| format!("{} without {index}:\n{plan}", statement.name))
        .collect()
}

fn often() -> impl Iterator<Item = (&'static Statement, &'static [&'static str])> {
    OFTEN.iter().map(|(file, name, values)| {
        let of = |(at, statement): &(&str, &Statement)| at == file && statement.name == *name;
        let found = statements::all().find(of);
        (found.unwrap_or_else(|| panic!("{file}: {name}")).1, *values)
    })
}

/// Forty thousand deliveries of five campaigns.
async fn with_deliveries(store: &Store) {
    let mut receiving = store.receive(Terms::default()).await.unwrap();
    let arrival = |number| {
        let address = EmailAddress::parse(&format!("r{number}@host.example")).unwrap();
        Arrival::confirmed(address, "weekly", 1)
    };
    receiving
        .add((0..PEOPLE).map(arrival).collect())
        .await
        .unwrap();
    receiving.commit().await.unwrap();
    let variants = [("[null,null,false]".to_owned(), b"words".to_vec())];
    for issue in 0..CAMPAIGNS {
        let new = NewCampaign {
            issue: &issue.to_string(),
            title: "Gulls",
            list: "weekly",
            digest: "d",
            start_s: 0,
            slice: 0,
            variants: &variants,
            expected: i64::try_from(PEOPLE).unwrap(),
        };
        assert!(matches!(
            store.record_campaign(&new, 1).await.unwrap(),
            Frozen::Yes(_)
        ));
    }
    store.find_due_campaigns(1).await.unwrap();
}

/// Other large tables have rows too.
const MORE: &str = "INSERT INTO suppression (address_hash, reason, since_s) \
                    SELECT 'h' || id, 'manual', 1 FROM subscriber; \
                    INSERT INTO returned (mail, campaign, subscriber, kind, recorded_s) \
                    SELECT 'm' || id, 1, id, 'soft', 1 FROM subscriber; ANALYZE";

/// Nine of ten are settled.
const SETTLE_MOST: &str =
    "UPDATE delivery SET state = 2, settled_s = 50 WHERE subscriber % 10 <> 0";

/// Tables that may be large, by all names that statements give them.
const LARGE: &[&str] = &[
    "delivery",
    "d",
    "subscriber",
    "s",
    "subscription",
    "n",
    "suppression",
    "x",
    "consent",
    "returned",
];

async fn sqlite(connection: &mut SqliteConnection) -> Vec<String> {
    let mut found = Vec::new();
    for (statement, _) in often() {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sqlite));
        let plan = sqlx::query(explain)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        found.extend(missing(statement, &steps.join("\n")));
        for step in steps {
            let through = step
                .strip_prefix("SCAN ")
                .and_then(|rest| rest.split(' ').next());
            // An index of what is claimed or due is small.
            let small = ["delivery_claimed", "delivery_due", "delivery_uncertain"];
            if through.is_some_and(|table| LARGE.contains(&table))
                && !small.iter().any(|index| step.contains(index))
            {
                found.push(format!("{}: {step}", statement.name));
            }
        }
    }
    found
}

async fn postgres(connection: &mut PgConnection) -> Vec<String> {
    let mut found = Vec::new();
    for mode in ["force_generic_plan", "force_custom_plan"] {
        for (statement, values) in often() {
            let values = match values {
                [] => String::new(),
                values => format!("({})", values.join(", ")),
            };
            let prepare = format!(
                "SET plan_cache_mode = {mode}; PREPARE asked AS {}",
                statement.postgres
            );
            sqlx::raw_sql(AssertSqlSafe(prepare))
                .execute(&mut *connection)
                .await
                .unwrap();
            let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE asked{values}"));
            let plan = sqlx::raw_sql(explain)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let steps: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
            found.extend(missing(statement, &steps.join("\n")));
            for step in &steps {
                let through = step
                    .split("Seq Scan on ")
                    .nth(1)
                    .and_then(|rest| rest.split(' ').next());
                if through.is_some_and(|table| LARGE.contains(&table)) {
                    found.push(format!("{mode}, {}:\n{}", statement.name, steps.join("\n")));
                }
            }
            sqlx::raw_sql("DEALLOCATE asked")
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    }
    found
}

async fn check(trial: &Trial) {
    with_deliveries(&trial.store).await;
    let found = match &trial.database {
        Database::File(_) => {
            let url = format!("sqlite://{}", file(&trial.database).display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlite(&mut connection).await
        }
        Database::Postgres(url) => {
            let mut connection = PgConnection::connect(url.expose()).await.unwrap();
            sqlx::raw_sql(MORE).execute(&mut connection).await.unwrap();
            let mut found = postgres(&mut connection).await;
            for statement in [SETTLE_MOST, "ANALYZE"] {
                sqlx::raw_sql(statement)
                    .execute(&mut connection)
                    .await
                    .unwrap();
            }
            found.extend(postgres(&mut connection).await);
            found
        }
    };
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn nothing_that_is_asked_often_reads_a_large_table_through() {
    on_each(check);
}

#[test]
fn a_statement_without_an_index_would_be_found() {
    block_on(async {
        let trial = Trial::sqlite().await;
        let url = format!("sqlite://{}", file(&trial.database).display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("DROP INDEX delivery_claimed")
            .execute(&mut connection)
            .await
            .unwrap();
        let found = sqlite(&mut connection).await.join("\n");
        assert!(found.contains("CLAIMED: SCAN d"), "{found}");
    });
}
