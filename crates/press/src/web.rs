//! The web driver: the live preview of whoever writes, and the server for those who read.

mod files;
mod mail;
mod preview;
mod server;

pub(crate) use preview::{ServeRequest, serve};
pub(crate) use server::{ServerRequest, serve as serve_readers};
