//! What several rules look at in a text: worked out once, by the first that asks.

use super::inline::{Block, Inline, blocks, inlines};
use super::wording::Word;
use super::{prose, wording};
use crate::canonical::canonical;
use crate::issue::{Document, Issue};
use std::cell::OnceCell;

/// What is worked out of one text.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    issue: &'a Issue,
    document: &'a Document<'a>,
    words: OnceCell<Vec<Word<'a>>>,
    prose: OnceCell<String>,
    blocks: OnceCell<Vec<Block<'a>>>,
    forms: OnceCell<Vec<String>>,
    inlines: OnceCell<Vec<Inline<'a>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(issue: &'a Issue, document: &'a Document<'a>) -> Shared<'a> {
        Shared {
            issue,
            document,
            words: OnceCell::new(),
            prose: OnceCell::new(),
            blocks: OnceCell::new(),
            forms: OnceCell::new(),
            inlines: OnceCell::new(),
        }
    }

    /// The words of the running text, as [`wording::words`] finds them.
    pub(super) fn words(&self) -> &[Word<'a>] {
        self.words
            .get_or_init(|| wording::words(self.document.text, &self.issue.prose))
    }

    /// The text with all but prose blanked, as [`prose::of`] gives it.
    pub(super) fn prose(&self) -> &str {
        self.prose.get_or_init(|| prose::of(self.document))
    }

    /// The blocks of the outermost level.
    pub(super) fn blocks(&self) -> &[Block<'a>] {
        self.blocks.get_or_init(|| blocks(self.document))
    }

    /// The inline parts outside code blocks and HTML, in order.
    pub(super) fn inlines(&self) -> &[Inline<'a>] {
        self.inlines
            .get_or_init(|| inlines(self.document).collect())
    }

    /// For each link of the issue the form by which addresses are compared.
    pub(super) fn forms(&self) -> &[String] {
        self.forms.get_or_init(|| {
            let links = self.issue.links.iter();
            links.map(|link| canonical(&link.url)).collect()
        })
    }
}
