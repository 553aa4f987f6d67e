//! `press demo`

use super::check::levels;
use super::serve::Serve;
use super::{Next, collect, finish, terminal};
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::pipeline::build::{BuildOptions, build};
use crate::pipeline::check::{CheckOptions, Fixes, check};
use crate::pipeline::draft::{self, DraftOptions};
use crate::pipeline::preview::Preview;
use crate::pipeline::scaffold;
use crate::pipeline::send::{Desk, Passed, Task, Wish};
use crate::pipeline::subscribers::{ImportOptions, import};
use jiff::Timestamp;
use jiff::civil::Date;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to put the sample newsletter; nothing is written elsewhere
    #[arg(long, value_name = "DIR", default_value = "press-demo")]
    dir: PathBuf,
    /// Port to listen on; without it the first free one from 8000
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

/// When the sample's week begins, whenever that is shown.
const TODAY: Date = jiff::civil::date(2026, 11, 13);

/// A week: the draft is made, people and machines fill it, it is judged and finished.
fn go_through(config: &Config, folder: &Path) -> Result<()> {
    let options = DraftOptions {
        date: None,
        today: TODAY,
        keep_past_events: false,
    };
    super::draft::tell(&draft::draft(config, options)?);
    scaffold::contributions(folder)?;
    collect::replayed(config, &folder.join("replay"))?;
    let look = CheckOptions {
        fixes: Fixes::None,
        since: None,
    };
    let checked = check(config.clone(), &[], look)?.into_iter();
    let (denied, warned) = levels(&checked.collect::<Result<Vec<_>>>()?);
    terminal::tell(&format!(
        "the draft was checked: {denied} to mend, {warned} to look at"
    ));
    finish::tell(&draft::finish(config.clone(), None, false)?, false);
    Ok(())
}

/// The newest issue goes to a few made-up readers: as files, nothing leaves the machine.
fn mail(config: &Config, folder: &Path) -> Result<()> {
    let options = ImportOptions {
        file: &folder.join("readers.csv"),
        list: None,
        status: None,
        rejected: None,
        resubscribe: None,
        dry_run: false,
        now: Timestamp::now(),
        progress: &|_, _| {},
    };
    import(config, &options)?;
    let passed = Passed::judge(config, "latest")?;
    let wish = Wish {
        list: None,
        start: None,
        slice: None,
    };
    let secrets = Secrets::environment();
    crate::pipeline::runtime()?.block_on(async {
        let desk = Desk::open(config).await?;
        let Some(id) = desk.plan(&passed, wish, &secrets, &|_| Ok(true)).await? else {
            return Ok(());
        };
        let (_stopping, stop) = tokio::sync::watch::channel(false);
        let task = Task {
            only: Some(id),
            patience: Some(Duration::ZERO),
            stop,
        };
        desk.work(&task, &secrets, &|_| {}).await?;
        let shown = desk.find(id).await?;
        desk.close().await;
        terminal::tell(&format!(
            "the newest issue was mailed, as files in {}:",
            config.transport.folder.join("new").display()
        ));
        terminal::tell(&super::campaign::summary(&shown));
        Ok(())
    })
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
    go_through(&config, folder)?;
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
    mail(&config, folder)?;
    let mut preview = Preview::new(folder, None)?;
    preview.build()?;
    terminal::tell(&format!(
        "`press -C {} server` shows what readers get: subscribing, sending links, leaving.",
        folder.display()
    ));
    terminal::tell("Edit a file in draft/ or content/ and watch the page follow.");
    Ok(Next::Serve(Box::new(Serve {
        preview,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: arguments.port,
    })))
}
