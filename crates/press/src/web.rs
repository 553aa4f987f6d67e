//! The web driver: for now the live preview, with its route table.
//!
//! The process that a newsletter runs for its readers will add its routes here.

mod files;
mod mail;
mod preview;

pub(crate) use preview::{ServeRequest, serve};
