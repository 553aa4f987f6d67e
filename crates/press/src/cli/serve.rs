//! `press serve`

use super::{Global, Next, terminal};
use crate::error::Result;
use crate::pipeline::preview::Preview;
use std::net::IpAddr;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Port to listen on; without it the first free one from 8000
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Address to listen on; other machines can connect only to others than the default
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let mut preview = Preview::new(&global.folder, global.config.as_deref())?;
    let report = preview.build()?;
    terminal::notices(&report.notices);
    for draft in &report.drafts {
        terminal::tell(&format!("draft: {draft}"));
    }
    Ok(Next::Serve(Box::new(Serve {
        preview,
        address: arguments.address,
        port: arguments.port,
    })))
}

/// A preview that is ready to be served.
#[derive(Debug)]
pub struct Serve {
    /// The newsletter.
    pub preview: Preview,
    /// Where to listen.
    pub address: IpAddr,
    /// The port, if a certain one is wanted.
    pub port: Option<u16>,
}
