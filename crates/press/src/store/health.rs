//! How the database is: whether what it holds is sound, what its clock says, what waits in it.

use super::Store;
use super::statement::{Row, statements, values};
use crate::error::Result;

statements! {
    /// At most so many complaints.
    SOUND = "PRAGMA quick_check(10)", postgres = "SELECT 'ok'";
    PRODUCT = "SELECT 'SQLite ' || sqlite_version()",
        postgres = "SELECT 'PostgreSQL ' || current_setting('server_version')";
    CLOCK = "SELECT CAST(strftime('%s', 'now') AS BIGINT)",
        postgres = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)";
    DUE = "SELECT COUNT(*) FROM campaign WHERE state IN ('planned', 'sending') AND start_s <= $1";
    LETTERS_DUE = "SELECT COUNT(*) FROM letter WHERE state = 0 AND due_s <= $1";
}

/// How a database is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its name and version.
    pub product: String,
    /// What is damaged in it; PostgreSQL tells that itself, in its log.
    pub ails: Vec<String>,
    /// Its clock, in seconds since 1970.
    pub clock_s: i64,
    /// Programs that send.
    pub workers: usize,
    /// Campaigns that should be leaving.
    pub due: i64,
    /// Letters that should have left.
    pub letters_due: i64,
}

impl Store {
    /// Looks how it is. What should have left before `before_s` has waited too long.
    pub async fn health(&self, before_s: i64) -> Result<Health> {
        let ails = self.fetch(&SOUND, values![], Row::first::<String>).await?;
        let product = self.find(&PRODUCT, values![], Row::first).await?;
        let clock = self.find(&CLOCK, values![], Row::first).await?;
        let due = self.find(&DUE, values![before_s], Row::first).await?;
        let letters = self.find(&LETTERS_DUE, values![before_s], Row::first);
        Ok(Health {
            product: product.unwrap_or_default(),
            ails: ails.into_iter().filter(|line| line != "ok").collect(),
            clock_s: clock.unwrap_or_default(),
            workers: self.living_workers().await?,
            due: due.unwrap_or_default(),
            letters_due: letters.await?.unwrap_or_default(),
        })
    }
}
