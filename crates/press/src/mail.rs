//! Mail: how a message is put together and signed.
//!
//! A campaign's message is prepared once and composed for each subscriber. Nothing here opens a connection.

pub mod dkim;
mod header;
pub mod message;
mod quoted;
pub mod verp;
