//! GitHub, or a forge that answers programs like it: pull requests, labels, proposals, files.
//!
//! Lists come by GraphQL, which says in one question what would be hundreds otherwise; files come by REST. A token makes
//! many more questions a possibility, and GraphQL asks for one always.

mod api;
mod file;
mod labelled;
mod merged;
mod pulls;
mod rfcs;
mod score;
mod search;
mod span;
mod steps;

pub(super) use file::file;
pub(super) use labelled::labelled;
pub(super) use merged::merged;
pub use pulls::{ChangedFile, Comparison, Forge, OpenPull};
pub(super) use rfcs::rfcs;
