//! Many who are all new, on PostgreSQL: their rows are copied straight to where they belong, without the table `arrival`
//! between, which takes half the time.
//!
//! That somebody of them is known shows when the rows are refused. Then all of it is taken back, and they come in the
//! careful way of `store/arrival.rs`, as everybody does on SQLite, which would pay more for being able to take it back.

use super::arrival::{Arrival, Arrived, Terms};
use super::db::Transaction;
use super::ready::{Made, Ready};
use super::statement::{Row, Value, rows, statements, values};
use super::subscriber::SubscriptionState;
use super::suppression::Reason;
use crate::error::Result;
use std::collections::HashSet;

statements! {
    IS_ANY_SUPPRESSED = "SELECT 1 FROM suppression LIMIT 1";
    SUPPRESSED of (address_hash TEXT) = "SELECT x.address_hash, x.reason FROM given g CROSS JOIN suppression x \
                                         WHERE x.address_hash = g.address_hash";
    /// Numbers for people who are about to come in.
    NUMBERS = "SELECT $1", postgres = "SELECT nextval('subscriber_id_seq') FROM generate_series(1, $1)";
    BEGIN = "SELECT 1", postgres = "SAVEPOINT newcomers";
    TAKE_BACK = "SELECT 1", postgres = "ROLLBACK TO SAVEPOINT newcomers";
    END = "SELECT 1", postgres = "RELEASE SAVEPOINT newcomers";
    PERSON = "INSERT INTO subscriber (id, address, address_key, address_hash, domain, token, name, language, regions, \
              left_out, text_only, created_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        postgres = "INSERT INTO subscriber (id, address, address_key, address_hash, domain, token, name, language, regions, \
              left_out, text_only, created_s) OVERRIDING SYSTEM VALUE \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    CONSENT = "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how, form_version, source) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SUBSCRIBE = "INSERT INTO subscription (list, subscriber, state, created_s, confirmed_s, unsubscribed_s) \
                 VALUES ($1, $2, $3, $4, $5, $6)";
}

/// Fewer are not worth it.
const MANY: usize = 1_000;

/// Whether these people can come in this way, if they are new: there are many, each stands here once, and nobody is only
/// to be suppressed.
pub(super) fn may(transaction: &Transaction, ready: &Ready) -> bool {
    let key = |at: &usize| &ready.made[*at].key;
    let simple = |one: &Arrival| one.state.is_some() && one.suppression.is_none();
    transaction.is_of_server()
        && ready.order.len() >= MANY
        && ready.order.is_sorted_by(|one, next| key(one) < key(next))
        && ready.arrivals.iter().all(simple)
}

/// Lets people in who are new; nothing is done, and nothing given, if one of them is known.
pub(super) async fn bring(
    transaction: &mut Transaction,
    ready: &Ready,
    terms: &Terms,
) -> Result<Option<Arrived>> {
    let mut arrived = Arrived::default();
    let kept_out = kept_out(transaction, ready, &mut arrived).await?;
    let comes = |at: &&usize| !kept_out.contains(&ready.made[**at].hash);
    let who: Vec<usize> = ready.order.iter().filter(comes).copied().collect();
    let count = i64::try_from(who.len()).unwrap_or(i64::MAX);
    let numbers = transaction.fetch(&NUMBERS, values![count], Row::first::<i64>);
    let numbers = numbers.await?;
    let people = || {
        let one = |at: &usize| (&ready.arrivals[*at], &ready.made[*at]);
        numbers.iter().copied().zip(who.iter().map(one))
    };
    transaction.execute(&BEGIN, values![]).await?;
    let new = people().map(|(number, (one, made))| person(number, one, made));
    if !transaction.load_new(&PERSON, new).await? {
        transaction.execute(&TAKE_BACK, values![]).await?;
        return Ok(None);
    }
    let consents = people().map(|(number, (one, _))| consent(number, one, terms));
    transaction.load(&CONSENT, consents).await?;
    let subscriptions = people().map(|(number, (one, _))| subscription(number, one));
    transaction.load(&SUBSCRIBE, subscriptions).await?;
    transaction.execute(&END, values![]).await?;
    arrived.people = who.len() as u64;
    arrived.subscriptions = who.len() as u64;
    Ok(Some(arrived))
}

/// The hashes of the addresses that must not be mailed.
async fn kept_out(
    transaction: &mut Transaction,
    ready: &Ready,
    arrived: &mut Arrived,
) -> Result<HashSet<String>> {
    let any = transaction.find(&IS_ANY_SUPPRESSED, values![], |_| Ok(()));
    if any.await?.is_none() {
        return Ok(HashSet::new());
    }
    let of = |made: &Made| serde_json::json!({ "address_hash": made.hash });
    let hashes = rows(&ready.made.iter().map(of).collect::<Vec<_>>());
    let read = |row: &Row| {
        let hash = row.take::<String>("address_hash")?;
        Ok((hash, row.take::<String>("reason")?))
    };
    let found = transaction.fetch(&SUPPRESSED, values![&hashes], read);
    let mut suppressed = HashSet::new();
    for (hash, reason) in found.await? {
        let reason = Reason::of(&reason).unwrap_or(Reason::Manual);
        *arrived.kept_out.entry(reason).or_default() += 1;
        suppressed.insert(hash);
    }
    Ok(suppressed)
}

fn person<'r>(number: i64, one: &'r Arrival, made: &'r Made) -> [Value<'r>; 12] {
    values![
        number,
        one.address.expose(),
        &made.key,
        &made.hash,
        one.address.domain(),
        &made.token,
        &one.name,
        &one.language,
        &made.regions,
        &made.left_out,
        one.text_only,
        one.created_s,
    ]
}

fn consent<'r>(number: i64, one: &'r Arrival, terms: &'r Terms) -> [Value<'r>; 8] {
    let given_s = match one.state {
        Some(SubscriptionState::Unsubscribed) => one.unsubscribed_s,
        Some(SubscriptionState::Confirmed) => one.confirmed_s,
        _ => None,
    };
    values![
        number,
        &one.list,
        one.state.map(SubscriptionState::name),
        given_s.unwrap_or(one.subscribed_s),
        terms.now_s,
        &one.how,
        &one.form_version,
        &terms.source,
    ]
}

fn subscription(number: i64, one: &Arrival) -> [Value<'_>; 6] {
    values![
        &one.list,
        number,
        one.state.map(SubscriptionState::name),
        one.subscribed_s,
        one.confirmed_s,
        one.unsubscribed_s,
    ]
}
