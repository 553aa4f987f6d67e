//! What `press-core` promises, proved from outside: spans, a second parser's opinion, hostile nesting.
//!
//! One binary, a module for each story. `generate` makes texts that look like issues, `view` says what was read
//! of one, `browser` reads HTML as a browser does.

#![allow(clippy::unwrap_used)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests read the archive and say what they saw"
)]

mod announcement;
mod browser;
mod drafts;
mod events;
mod fixes;
mod generate;
mod nesting;
mod oracle;
mod spans;
mod submissions;
mod suggest;
mod view;
mod vote;
