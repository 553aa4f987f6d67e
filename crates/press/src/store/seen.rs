//! What sources showed before, so that what comes with an old date is known to be new.

use super::{Db, Store};
use crate::error::Result;
use std::collections::HashSet;

impl Store {
    /// Whether a source was read before, and the pages that are known: those it showed, and those of all candidates.
    pub async fn seen(&self, source: &str) -> Result<(bool, HashSet<String>)> {
        let Db::Sqlite(pool) = &self.db;
        let text = "SELECT page FROM seen WHERE source = $1 UNION ALL SELECT page FROM candidate";
        let pages = sqlx::query_scalar::<_, String>(text).bind(source);
        let pages = pages.fetch_all(pool).await;
        let pages = pages.map_err(|cause| self.trouble(&cause))?;
        let pages: HashSet<String> = pages.into_iter().collect();
        Ok((pages.contains(""), pages))
    }

    /// Records what a source showed, and that it was read.
    pub async fn record_seen(&self, source: &str, pages: &[String], now_s: i64) -> Result<()> {
        let Db::Sqlite(pool) = &self.db;
        let trouble = |cause| self.trouble(&cause);
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(trouble)?;
        let read = String::new();
        for page in pages.iter().chain([&read]) {
            let text = "INSERT INTO seen (source, page, first_seen_s) VALUES ($1, $2, $3) \
                        ON CONFLICT (source, page) DO NOTHING";
            let row = sqlx::query(text).bind(source).bind(page).bind(now_s);
            row.execute(&mut *transaction).await.map_err(trouble)?;
        }
        transaction.commit().await.map_err(trouble)
    }
}
