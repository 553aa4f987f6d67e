//! `press server`

use super::{Global, Next, terminal};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::build::{BuildOptions, build};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen, if not where press.toml says
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = super::listening)]
    listen: Option<SocketAddr>,
    /// The folder with the built site; without it the one that `press build` writes, which is built if nothing is in it
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
    if is_empty(&site) {
        make_site(&config, &site)?;
    }
    Ok(Next::Server(Box::new(Server {
        config,
        site,
        listen: arguments.listen,
    })))
}

/// Whether nothing is there to serve. In a container the folder is there before anything is in it.
fn is_empty(site: &Path) -> bool {
    std::fs::read_dir(site).map_or(true, |mut entries| entries.next().is_none())
}

/// Builds the site that is not there yet, where `press build` would. Another folder is somebody's, and is not made up.
fn make_site(config: &Config, site: &Path) -> Result<()> {
    let own = &config.site.out;
    let shown = site.display();
    if site != own && std::path::absolute(site).ok() != std::path::absolute(own).ok() {
        let error = Error::new(format!("there is no site in {shown}"));
        return Err(error
            .help(format!(
                "`press build --out {shown}` makes it; without `--site` it is {}, and is built if it is not there",
                own.display()
            ))
            .state("no server was started"));
    }
    let options = BuildOptions {
        out: site,
        clean: false,
        drafts: false,
        live: false,
        pages_only: false,
        progress: &|_, _| {},
    };
    let report = build(config, &options)?;
    terminal::tell(&format!("the site was built: {} files", report.files));
    Ok(())
}
