//! What sources showed before, so that what comes with an old date is known to be new.

use super::Store;
use super::db::atomically;
use super::statement::{Row, statements, values};
use crate::error::Result;
use std::collections::HashSet;

statements! {
    PAGES = "SELECT page FROM seen WHERE source = $1 UNION ALL SELECT page FROM candidate";
    ADD = "INSERT INTO seen (source, page, first_seen_s) VALUES ($1, $2, $3) ON CONFLICT (source, page) DO NOTHING";
}

impl Store {
    /// Whether a source was read before, and the pages that are known: those it showed, and those of all candidates.
    pub async fn seen(&self, source: &str) -> Result<(bool, HashSet<String>)> {
        let pages = self.fetch(&PAGES, values![source], Row::first::<String>);
        let pages: HashSet<String> = pages.await?.into_iter().collect();
        Ok((pages.contains(""), pages))
    }

    /// Records what a source showed, and that it was read.
    pub async fn record_seen(&self, source: &str, pages: &[String], now_s: i64) -> Result<()> {
        let read = String::new();
        atomically!(self, transaction => {
            for page in pages.iter().chain([&read]) {
                let values = values![source, page, now_s];
                transaction.execute(&ADD, values).await?;
            }
            Ok(())
        })
    }
}
