//! `press demo`

use super::serve::Serve;
use super::{Next, collect, terminal};
use crate::config::Config;
use crate::error::Result;
use crate::pipeline::build::{BuildOptions, build};
use crate::pipeline::preview::Preview;
use crate::pipeline::scaffold;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to put the sample newsletter; nothing is written elsewhere
    #[arg(long, value_name = "DIR", default_value = "press-demo")]
    dir: PathBuf,
    /// Port to listen on; without it the first free one from 8000
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Next> {
    let folder = &arguments.dir;
    scaffold::sample(folder)?;
    terminal::tell(&format!(
        "A sample newsletter is in {}; all that is written stays there.",
        folder.display()
    ));
    let started = Instant::now();
    let config = Config::load(folder, None)?;
    collect::replayed(&config, &folder.join("replay"))?;
    let out = &config.site.out;
    let options = BuildOptions {
        out,
        clean: false,
        drafts: false,
        live: false,
        progress: &|_, _| {},
    };
    let report = build(&config, &options)?;
    terminal::notices(&report.notices);
    terminal::tell(&format!(
        "{}: {}",
        out.display(),
        terminal::summary(&report, started.elapsed())
    ));
    let mut preview = Preview::new(folder, None)?;
    preview.build()?;
    terminal::tell("Edit a file in draft/ or content/ and watch the page follow.");
    Ok(Next::Serve(Box::new(Serve {
        preview,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: arguments.port,
    })))
}
