//! What `press` promises, proved with the real program on small newsletters in folders of their own.
//!
//! One binary, a module for each story. `world` makes the newsletters and runs the program; `browser`, shared with
//! the tests of `press-core`, reads HTML as a browser does.

#![allow(clippy::unwrap_used)]

mod agenda;
mod announce;
mod api;
mod archive;
mod backup;
mod bad_check;
mod baseline;
mod bounces;
#[path = "../../../press-core/tests/it/browser.rs"]
mod browser;
mod build;
mod calendars;
mod check;
mod chromium;
mod cli;
mod collect;
mod corpus;
mod damaged;
mod deploy;
mod deploying;
mod desk;
mod doctor;
mod draft;
mod email;
mod events_replay;
mod feeds;
mod forge;
#[cfg(target_os = "linux")]
mod full_disk;
mod gatherings;
mod hostile;
mod inbox;
mod killed;
mod ledger;
mod library;
mod links;
mod lots;
mod lsp;
mod networks;
mod pages;
mod pictures;
mod pings;
mod plans;
mod postfix;
mod postgres;
mod public;
mod publish;
mod questions;
mod reader;
mod reading;
mod relay;
mod replay;
mod rota;
mod sample;
mod sarif;
mod search;
mod secure;
mod seeds;
mod sending;
mod sending_killed;
mod sent;
mod server;
mod ses;
mod shared;
mod signed;
mod store;
mod submissions;
mod submissions_replay;
mod subscribers;
mod suggest;
mod transport;
mod vote;
mod watch;
mod webhooks;
mod world;
mod zone;
