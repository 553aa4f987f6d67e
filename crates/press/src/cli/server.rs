//! `press server`

use super::{Global, Next, terminal};
use crate::config::Config;
use crate::error::Result;
use crate::pipeline::build::{BuildOptions, build};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen, if not where press.toml says
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The folder with the built site; without it the one that `press build` writes
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

/// A server that is ready to run.
#[derive(Debug)]
pub struct Server {
    /// The newsletter.
    pub config: Config,
    /// The built site.
    pub site: PathBuf,
    /// Where to listen, if not where the configuration says.
    pub listen: Option<SocketAddr>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Next> {
    let config = global.load()?;
    let site = arguments.site.clone().unwrap_or(config.site.out.clone());
    if arguments.site.is_none() && !site.exists() {
        let options = BuildOptions {
            out: &site,
            clean: false,
            drafts: false,
            live: false,
            progress: &|_, _| {},
        };
        let report = build(&config, &options)?;
        terminal::tell(&format!("the site was built: {} files", report.files));
    }
    Ok(Next::Server(Box::new(Server {
        config,
        site,
        listen: arguments.listen,
    })))
}
