//! Every statement of the program, so that a test can prepare each on each database.

use super::statement::Statement;
use super::{campaign, candidate, delivery, worker, generated, migrate, seen};

/// The tables of statements, by the file they stand in.
static TABLES: &[(&str, &[&Statement])] = &[
    ("campaign", campaign::ALL),
    ("candidate", candidate::ALL),
    ("delivery", delivery::ALL),
    ("worker", worker::ALL),
    ("generated", generated::ALL),
    ("migrate", migrate::ALL),
    ("seen", seen::ALL),
];

/// All statements, each with the file it stands in.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Statement)> {
    let of = |(file, table): &(&'static str, &'static [&'static Statement])| {
        let file = *file;
        table.iter().map(move |statement| (file, *statement))
    };
    TABLES.iter().flat_map(of)
}
