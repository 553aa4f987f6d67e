//! How people come in: one who is added, or a million from a file, by the same rules and in one transaction.
//!
//! Rows go into the table `arrival`, batch by batch, and from there to where they belong. Nobody who is suppressed comes in.
//! Who is known keeps what is known; a subscription only ever moves on: from unconfirmed to confirmed to unsubscribed. To
//! bring back somebody who unsubscribed, the terms must say on what consent.

use super::db::Transaction;
use super::ready::{Made, Maker, Ready};
use super::statement::{Row, Value, statements, values};
use super::subscriber::SubscriptionState;
use super::suppression::{Hasher, Reason};
use super::{Store, newcomer};
use crate::error::Result;
use press_core::mailbox::EmailAddress;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// People who come in, with the numbers that they have already, if they have.
macro_rules! people {
    ($id:literal, $overriding:literal, $person:literal) => {
        concat!(
            "INSERT INTO subscriber (", $id, "address, address_key, address_hash, domain, token, name, language, regions, ",
            "left_out, text_only, created_s) ", $overriding, "SELECT ", $person, "address, address_key, ",
            "address_hash, domain, token, name, language, regions, left_out, text_only, created_s FROM arrival ",
            "WHERE state IS NOT NULL ON CONFLICT (address_key) DO NOTHING"
        )
    };
}

/// What they agreed to; their numbers, and where those are found; who of them is left out, if some are known.
macro_rules! consent {
    ($person:literal, $subscriber:literal, $known:expr) => {
        concat!(
            "INSERT INTO consent (subscriber, list, state, given_s, recorded_s, how, form_version, source) SELECT ",
            $person,
            ", a.list, a.state, CASE a.weight WHEN 2 THEN COALESCE(a.unsubscribed_s, a.subscribed_s) ",
            "WHEN 1 THEN COALESCE(a.confirmed_s, a.subscribed_s) ELSE a.subscribed_s END, CAST($1 AS BIGINT), a.how, ",
            "a.form_version, CAST($2 AS TEXT) FROM arrival a ",
            $subscriber,
            $known
        )
    };
}

/// Only what is about to change.
macro_rules! of_known {
    ($person:literal) => {
        concat!(
            " LEFT JOIN subscription p ON p.list = a.list AND p.subscriber = ",
            $person,
            " WHERE a.state IS NOT NULL AND (p.state IS NULL OR a.weight > ",
            "CASE p.state WHEN 'unconfirmed' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END ",
            "OR ($3 AND p.state = 'unsubscribed' AND a.weight = 1))"
        )
    };
}

/// Their subscriptions, in the same way.
macro_rules! subscribe {
    ($person:literal, $subscriber:literal, $known:literal) => {
        concat!(
            "INSERT INTO subscription (list, subscriber, state, created_s, confirmed_s, unsubscribed_s) SELECT a.list, ",
            $person,
            ", a.state, a.subscribed_s, a.confirmed_s, a.unsubscribed_s FROM arrival a ",
            $subscriber,
            " WHERE a.state IS NOT NULL",
            $known
        )
    };
}

statements! {
    ADD = "INSERT INTO arrival (line, address, address_key, address_hash, domain, token, name, language, regions, \
           left_out, text_only, created_s, list, state, weight, subscribed_s, confirmed_s, unsubscribed_s, how, \
           form_version, reason, since_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
           $16, $17, $18, $19, $20, $21, $22)";
    /// A place for the rows that stands before the table of the same name: each import has one of its own, keeps nobody
    /// waiting, and leaves nothing in the file.
    MAKE_ROOM = "CREATE TEMPORARY TABLE arrival AS SELECT * FROM main.arrival WHERE FALSE",
        postgres = "CREATE TEMPORARY TABLE arrival (LIKE arrival INCLUDING DEFAULTS) ON COMMIT DROP";
    GIVE_UP_ROOM = "DROP TABLE IF EXISTS temp.arrival", postgres = "SELECT 1";
    /// What is kept in memory is not read again and again. In KiB.
    WIDEN = "PRAGMA main.cache_size = -49152", postgres = "SELECT 1";
    WIDEN_ROOM = "PRAGMA temp.cache_size = -16384", postgres = "SELECT 1";
    NARROW = "PRAGMA main.cache_size = -2000", postgres = "SELECT 1";
    /// PostgreSQL does not know how much a table has grown since it looked last, and reads all of it for each batch. From
    /// each row that comes it goes to its person by the index instead: the time does not depend on how many are there.
    BY_INDEX = "SELECT 1", postgres = "SELECT set_config('enable_hashjoin', 'off', true), \
                set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true), \
                set_config('enable_seqscan', 'off', true)";
    CLEAR = "DELETE FROM arrival", postgres = "TRUNCATE arrival";
    COUNT = "SELECT COUNT(*) FROM arrival WHERE state IS NOT NULL";
    KEPT_OUT = "SELECT x.reason, COUNT(*) AS count FROM arrival a JOIN suppression x \
                ON x.address_hash = a.address_hash GROUP BY x.reason";
    KEEP_OUT = "DELETE FROM arrival WHERE address_hash IN (SELECT address_hash FROM suppression)";
    /// Tokens that stand for somebody else already.
    TAKEN = "SELECT a.line FROM arrival a JOIN subscriber s ON s.token = a.token \
             WHERE s.address_key <> a.address_key ORDER BY a.line";
    DROP_TAKEN = "DELETE FROM arrival WHERE EXISTS (SELECT 1 FROM subscriber s WHERE s.token = arrival.token \
                  AND s.address_key <> arrival.address_key)";
    PEOPLE = people!("", "", ""), postgres = people!("id, ", "OVERRIDING SYSTEM VALUE ", "person, ");
    /// On PostgreSQL each row has the number of its person, which is a new one until here.
    KNOWN = "SELECT 1", postgres = "UPDATE arrival SET person = s.id FROM subscriber s \
             WHERE s.address_key = arrival.address_key AND s.id <> arrival.person";
    /// Of who is known, what was not known.
    NAMES = "UPDATE subscriber SET name = COALESCE(subscriber.name, a.name), \
             language = COALESCE(subscriber.language, a.language) FROM arrival a \
             WHERE subscriber.address_key = a.address_key AND ((subscriber.name IS NULL AND a.name IS NOT NULL) \
             OR (subscriber.language IS NULL AND a.language IS NOT NULL))";
    /// Those who stay away: they unsubscribed, and the file says that they are confirmed.
    STAYED_AWAY = "SELECT COUNT(*) FROM arrival a JOIN subscriber s ON s.address_key = a.address_key \
                   JOIN subscription p ON p.list = a.list AND p.subscriber = s.id \
                   WHERE p.state = 'unsubscribed' AND a.weight < 2 AND a.state IS NOT NULL";
    /// What was agreed to, for all that is about to change.
    CONSENT = consent!("s.id", "JOIN subscriber s ON s.address_key = a.address_key", of_known!("s.id")),
        postgres = consent!("a.person", "", of_known!("a.person"));
    SUBSCRIBE = subscribe!("s.id", "JOIN subscriber s ON s.address_key = a.address_key",
                           " ON CONFLICT (list, subscriber) DO NOTHING"),
        postgres = subscribe!("a.person", "", " ON CONFLICT (list, subscriber) DO NOTHING");
    /// The same where all are new: then nobody else knows their numbers, and nothing can be there yet.
    FIRST_CONSENT = consent!("s.id", "JOIN subscriber s ON s.address_key = a.address_key", " WHERE a.state IS NOT NULL"),
        postgres = consent!("a.person", "", " WHERE a.state IS NOT NULL");
    FIRST_SUBSCRIBE = subscribe!("s.id", "JOIN subscriber s ON s.address_key = a.address_key", ""),
        postgres = subscribe!("a.person", "", "");
    CHANGE = "UPDATE subscription SET state = a.state, \
              confirmed_s = CASE a.weight WHEN 1 THEN COALESCE(a.confirmed_s, $2) ELSE subscription.confirmed_s END, \
              unsubscribed_s = CASE a.weight WHEN 2 THEN COALESCE(a.unsubscribed_s, $2) END \
              FROM arrival a JOIN subscriber s ON s.address_key = a.address_key \
              WHERE subscription.list = a.list AND subscription.subscriber = s.id AND a.state IS NOT NULL \
              AND (a.weight > CASE subscription.state WHEN 'unconfirmed' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END \
              OR ($1 AND subscription.state = 'unsubscribed' AND a.weight = 1))";
    SUPPRESS = "INSERT INTO suppression (address_hash, reason, since_s) SELECT address_hash, reason, since_s \
                FROM arrival WHERE reason IS NOT NULL ON CONFLICT (address_hash) DO NOTHING";
}

/// Somebody who is about to come in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it stands in a file.
    pub line: u64,
    /// The address.
    pub address: EmailAddress,
    /// What stands for the person in links, if it was given already.
    pub token: Option<String>,
    /// What the person is called.
    pub name: Option<String>,
    /// The language the person prefers.
    pub language: Option<String>,
    /// Regions of events; empty for all.
    pub regions: Vec<String>,
    /// Sections that are left out, by id.
    pub left_out: Vec<String>,
    /// Whether mails have no HTML part.
    pub text_only: bool,
    /// When the person was seen first, in seconds since 1970.
    pub created_s: i64,
    /// The list.
    pub list: String,
    /// How the person stands to it; nothing for an address that only is to be suppressed.
    pub state: Option<SubscriptionState>,
    /// When the person asked for it, in seconds since 1970.
    pub subscribed_s: i64,
    /// When the person confirmed that.
    pub confirmed_s: Option<i64>,
    /// When the person had enough.
    pub unsubscribed_s: Option<i64>,
    /// How consent was given: `import`, `command`, `form`, …
    pub how: String,
    /// The version of the form that was shown.
    pub form_version: Option<String>,
    /// Why the address must not be mailed from now on, and since when.
    pub suppression: Option<(Reason, i64)>,
}

impl Arrival {
    /// Somebody who confirmed just now, of whom nothing else is known.
    pub fn confirmed(address: EmailAddress, list: &str, now_s: i64) -> Arrival {
        Arrival {
            line: 0,
            address,
            token: None,
            name: None,
            language: None,
            regions: Vec::new(),
            left_out: Vec::new(),
            text_only: false,
            created_s: now_s,
            list: list.to_owned(),
            state: Some(SubscriptionState::Confirmed),
            subscribed_s: now_s,
            confirmed_s: Some(now_s),
            unsubscribed_s: None,
            how: "command".to_owned(),
            form_version: None,
            suppression: None,
        }
    }

    /// Takes over what a later row says of the same person and list: the state that wins, and what was not known.
    pub fn join(&mut self, later: Arrival) {
        if later.state > self.state {
            self.state = later.state;
            self.confirmed_s = later.confirmed_s.or(self.confirmed_s);
            self.unsubscribed_s = later.unsubscribed_s;
        }
        self.name = self.name.take().or(later.name);
        self.language = self.language.take().or(later.language);
        self.suppression = self.suppression.or(later.suppression);
    }
}

/// What holds for all who come in together.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The file they come from, or what an editor wrote about their consent.
    pub source: Option<String>,
    /// Whether who unsubscribed may come back.
    pub resubscribe: bool,
    /// Whether tokens come from outside.
    pub tokens: bool,
    /// The present, in seconds since 1970.
    pub now_s: i64,
}

/// What became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Arrived {
    /// People who were not known.
    pub people: u64,
    /// Subscriptions that were not known.
    pub subscriptions: u64,
    /// Subscriptions that moved on.
    pub changed: u64,
    /// Rows that said nothing new.
    pub same: u64,
    /// Of these, those who unsubscribed before and stay so.
    pub stayed_away: u64,
    /// Addresses that are suppressed from now on.
    pub suppressed: u64,
    /// Rows with addresses that are suppressed already, by reason.
    pub kept_out: BTreeMap<Reason, u64>,
}

impl Arrived {
    /// Counts those of another batch, who were all new or kept out.
    fn add(&mut self, newcomers: Arrived) {
        self.people += newcomers.people;
        self.subscriptions += newcomers.subscriptions;
        for (reason, count) in newcomers.kept_out {
            *self.kept_out.entry(reason).or_default() += count;
        }
    }
}

/// A transaction in which people come in. Dropped, nobody has.
#[derive(Debug)]
pub struct Receiving {
    transaction: Transaction,
    hasher: Hasher,
    terms: Terms,
    arrived: Arrived,
    /// Whether nobody was known so far, as far as that was tried.
    all_new: bool,
}

impl Store {
    /// Begins to let people in.
    pub async fn receive(&self, terms: Terms) -> Result<Receiving> {
        let hasher = self.hasher().await?;
        let mut transaction = self.begin().await?;
        for statement in [&MAKE_ROOM, &WIDEN, &WIDEN_ROOM] {
            transaction.execute(statement, values![]).await?;
        }
        by_index(&mut transaction).await?;
        Ok(Receiving {
            transaction,
            hasher,
            terms,
            arrived: Arrived::default(),
            all_new: true,
        })
    }
}

/// Has rows that come be looked up by the indexes until the transaction ends.
pub(super) async fn by_index(transaction: &mut Transaction) -> Result<()> {
    transaction.execute(&BY_INDEX, values![]).await.map(|_| ())
}

impl Receiving {
    /// What makes people ready to come in, on any thread.
    pub fn maker(&self) -> Maker {
        Maker {
            hasher: self.hasher.clone(),
        }
    }

    /// Lets these in; lines that cannot be taken, with the reason. No two may have the same address and list.
    pub async fn add(&mut self, arrivals: Vec<Arrival>) -> Result<Vec<(u64, &'static str)>> {
        let ready = self.maker().make(arrivals)?;
        self.add_ready(ready).await
    }

    /// The same with people who were made ready before.
    pub async fn add_ready(&mut self, ready: Ready) -> Result<Vec<(u64, &'static str)>> {
        let arrivals = &ready.arrivals;
        let twice = self.twice(arrivals);
        let suppresses = arrivals.iter().any(|one| one.suppression.is_some());
        if self.all_new && twice.is_empty() && newcomer::may(&self.transaction, &ready) {
            let brought = newcomer::bring(&mut self.transaction, &ready, &self.terms).await?;
            if let Some(arrived) = brought {
                self.arrived.add(arrived);
                return Ok(Vec::new());
            }
            // Where some are known, more will be.
            self.all_new = false;
        }
        self.load(ready, &twice).await?;
        let mut refused = self.taken().await?;
        self.keep_out().await?;
        self.settle().await?;
        if suppresses {
            let suppressed = self.transaction.execute(&SUPPRESS, values![]);
            self.arrived.suppressed += suppressed.await?;
        }
        self.transaction.execute(&CLEAR, values![]).await?;
        refused.extend(twice);
        let reason = "its token stands for somebody else already";
        Ok(refused.into_iter().map(|line| (line, reason)).collect())
    }

    /// Brings rows into the table. They are given up, for the memory that they take.
    async fn load(&mut self, ready: Ready, without: &BTreeSet<u64>) -> Result<()> {
        let Ready {
            arrivals,
            made,
            order,
        } = ready;
        let order = order
            .iter()
            .filter(|at| !without.contains(&arrivals[**at].line));
        let rows = order.map(|at| row(&arrivals[*at], &made[*at]));
        self.transaction.load(&ADD, rows).await
    }

    /// Makes it so.
    pub async fn commit(mut self) -> Result<Arrived> {
        for statement in [&GIVE_UP_ROOM, &NARROW] {
            self.transaction.execute(statement, values![]).await?;
        }
        self.transaction.commit().await?;
        Ok(self.arrived)
    }

    /// Says what would have been, and leaves everything as it was.
    pub async fn roll_back(self) -> Arrived {
        self.transaction.roll_back().await;
        self.arrived
    }

    /// The lines whose token is that of another person among these.
    fn twice(&self, arrivals: &[Arrival]) -> BTreeSet<u64> {
        let mut owners: HashMap<&str, &EmailAddress> = HashMap::new();
        let mut twice = BTreeSet::new();
        for arrival in arrivals.iter().filter(|_| self.terms.tokens) {
            let Some(token) = &arrival.token else {
                continue;
            };
            let owner = *owners.entry(token).or_insert(&arrival.address);
            if *owner != arrival.address {
                twice.insert(arrival.line);
            }
        }
        twice
    }

    /// Takes out the rows whose token is another's.
    async fn taken(&mut self) -> Result<BTreeSet<u64>> {
        if !self.terms.tokens {
            return Ok(BTreeSet::new());
        }
        let lines = self.transaction.fetch(&TAKEN, values![], Row::first::<i64>);
        let lines = lines.await?;
        if !lines.is_empty() {
            self.transaction.execute(&DROP_TAKEN, values![]).await?;
        }
        Ok(lines.into_iter().map(i64::unsigned_abs).collect())
    }

    /// Takes out the rows whose address must not be mailed.
    async fn keep_out(&mut self) -> Result<()> {
        let read = |row: &Row| Ok((row.take::<String>("reason")?, row.take::<i64>("count")?));
        let kept_out = self.transaction.fetch(&KEPT_OUT, values![], read).await?;
        for (reason, count) in &kept_out {
            let reason = Reason::of(reason).unwrap_or(Reason::Manual);
            *self.arrived.kept_out.entry(reason).or_default() += count.unsigned_abs();
        }
        if !kept_out.is_empty() {
            self.transaction.execute(&KEEP_OUT, values![]).await?;
        }
        Ok(())
    }

    /// Brings what is left where it belongs.
    async fn settle(&mut self) -> Result<()> {
        let Terms {
            source,
            resubscribe,
            now_s,
            ..
        } = &self.terms;
        let transaction = &mut self.transaction;
        let rows = transaction
            .find(&COUNT, values![], Row::first::<i64>)
            .await?;
        let rows = rows.unwrap_or(0).unsigned_abs();
        let people = transaction.execute(&PEOPLE, values![]).await?;
        let known = people < rows;
        let mut away = 0;
        if known {
            transaction.execute(&KNOWN, values![]).await?;
            transaction.execute(&NAMES, values![]).await?;
            if !resubscribe {
                let count = transaction.find(&STAYED_AWAY, values![], Row::first::<i64>);
                away = count.await?.unwrap_or(0).unsigned_abs();
            }
        }
        let (told, changed, new) = if known {
            let values = values![*now_s, source, *resubscribe];
            let told = transaction.execute(&CONSENT, values).await?;
            let values = values![*resubscribe, *now_s];
            let changed = transaction.execute(&CHANGE, values).await?;
            let new = transaction.execute(&SUBSCRIBE, values![]).await?;
            (told, changed, new)
        } else {
            let values = values![*now_s, source];
            let told = transaction.execute(&FIRST_CONSENT, values).await?;
            let new = transaction.execute(&FIRST_SUBSCRIBE, values![]).await?;
            (told, 0, new)
        };
        debug_assert_eq!(told, new + changed, "what changes is noted");
        let arrived = &mut self.arrived;
        arrived.people += people;
        arrived.subscriptions += new;
        arrived.changed += changed;
        arrived.stayed_away += away;
        arrived.same += rows.saturating_sub(new + changed);
        Ok(())
    }
}

fn row<'r>(arrival: &'r Arrival, made: &'r Made) -> [Value<'r>; 22] {
    let weight = arrival.state.map_or(0, |state| state as i64);
    let reason = arrival.suppression.map(|(reason, _)| reason.name());
    let since = arrival
        .suppression
        .map_or(arrival.created_s, |(_, since)| since);
    values![
        i64::try_from(arrival.line).unwrap_or(i64::MAX),
        arrival.address.expose(),
        &made.key,
        &made.hash,
        arrival.address.domain(),
        &made.token,
        &arrival.name,
        &arrival.language,
        &made.regions,
        &made.left_out,
        arrival.text_only,
        arrival.created_s,
        &arrival.list,
        arrival.state.map(SubscriptionState::name),
        weight,
        arrival.subscribed_s,
        arrival.confirmed_s,
        arrival.unsubscribed_s,
        &arrival.how,
        &arrival.form_version,
        reason,
        since,
    ]
}
