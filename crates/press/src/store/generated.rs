//! What was generated last for each owned block of a draft.

use super::Store;
use super::statement::{Row, statements, values};
use crate::error::Result;

statements! {
    FIND = "SELECT content FROM generated WHERE draft = $1 AND block = $2";
    KEEP = "INSERT INTO generated (draft, block, content, generated_s) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (draft, block) DO UPDATE SET content = excluded.content, generated_s = excluded.generated_s";
}

impl Store {
    /// What was generated last for a block of the draft of this file name.
    pub async fn find_generated(&self, draft: &str, block: &str) -> Result<Option<String>> {
        self.find(&FIND, values![draft, block], Row::first).await
    }

    /// Records what was generated for a block.
    pub async fn record_generated(
        &self,
        draft: &str,
        block: &str,
        content: &str,
        now_s: i64,
    ) -> Result<()> {
        let values = values![draft, block, content, now_s];
        self.execute(&KEEP, values).await.map(|_| ())
    }
}
