//! Every statement of the program, so that a test can prepare each on each database.

use super::statement::Statement;
use super::{
    account, arrival, campaign, candidate, delivery, generated, health, letter, migrate, newcomer,
    publication, pull, quota, refusal, restore, returned, seen, signup, stats, submission,
    subscriber, suppression, table, told, vote, worker,
};

/// The tables of statements, by the file they stand in.
static TABLES: &[(&str, &[&Statement])] = &[
    ("account", account::ALL),
    ("arrival", arrival::ALL),
    ("campaign", campaign::ALL),
    ("candidate", candidate::ALL),
    ("delivery", delivery::ALL),
    ("generated", generated::ALL),
    ("health", health::ALL),
    ("letter", letter::ALL),
    ("migrate", migrate::ALL),
    ("newcomer", newcomer::ALL),
    ("quota", quota::ALL),
    ("restore", restore::ALL),
    ("refusal", refusal::ALL),
    ("publication", publication::ALL),
    ("pull", pull::ALL),
    ("returned", returned::ALL),
    ("seen", seen::ALL),
    ("signup", signup::ALL),
    ("stats", stats::ALL),
    ("submission", submission::ALL),
    ("subscriber", subscriber::ALL),
    ("suppression", suppression::ALL),
    ("told", told::ALL),
    ("table", table::ALL),
    ("vote", vote::ALL),
    ("worker", worker::ALL),
];

/// All statements, each with the file it stands in.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Statement)> {
    let of = |(file, table): &(&'static str, &'static [&'static Statement])| {
        let file = *file;
        table.iter().map(move |statement| (file, *statement))
    };
    TABLES.iter().flat_map(of)
}
