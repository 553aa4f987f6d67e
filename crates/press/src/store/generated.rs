//! What was generated last for each owned block of a draft.

use super::{Db, Store};
use crate::error::Result;

impl Store {
    /// What was generated last for a block of the draft of this file name.
    pub async fn find_generated(&self, draft: &str, block: &str) -> Result<Option<String>> {
        let Db::Sqlite(pool) = &self.db;
        let text = "SELECT content FROM generated WHERE draft = $1 AND block = $2";
        let found = sqlx::query_scalar(text).bind(draft).bind(block);
        let found = found.fetch_optional(pool).await;
        found.map_err(|cause| self.trouble(&cause))
    }

    /// Records what was generated for a block.
    pub async fn record_generated(
        &self,
        draft: &str,
        block: &str,
        content: &str,
        now_s: i64,
    ) -> Result<()> {
        let Db::Sqlite(pool) = &self.db;
        let text = "INSERT INTO generated (draft, block, content, generated_s) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (draft, block) DO UPDATE SET content = excluded.content, \
                    generated_s = excluded.generated_s";
        let insert = sqlx::query(text)
            .bind(draft)
            .bind(block)
            .bind(content)
            .bind(now_s);
        let done = insert.execute(pool).await;
        done.map(|_| ()).map_err(|cause| self.trouble(&cause))
    }
}
