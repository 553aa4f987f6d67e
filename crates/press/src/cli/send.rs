//! `press send`, `press worker`

use super::{Global, Next, terminal};
use crate::config::Secrets;
use crate::error::{Error, Result};
use crate::pipeline::send::{self, End, News, Plan, Planned, Progress, Slice, Sending};
use jiff::Timestamp;
use std::io::IsTerminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Number or path of the issue; `latest`
    #[arg(value_name = "ISSUE")]
    issue: String,
    /// The list it goes to
    #[arg(long, value_name = "LIST")]
    list: Option<String>,
    /// Send it to these addresses only, now and outside the books; may be a draft
    #[arg(long, value_name = "ADDRESS", num_args = 1.., conflicts_with_all = ["at", "slice", "confirm"])]
    test: Vec<String>,
    /// Begin at this time, as `2026-11-25T18:00:00Z`; `press worker` must run then
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Send to a few first, drawn by lot, as `1%` or `50`; then wait for `press campaign resume`
    #[arg(long, value_name = "SHARE")]
    slice: Option<Slice>,
    /// How many people it goes to; whoever is not at a terminal has to know
    #[arg(long, value_name = "NUMBER")]
    confirm: Option<i64>,
}
