//! `press demo`

use super::check::levels;
use super::serve::Serve;
use super::{Next, collect, terminal};
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::pipeline::check::{CheckOptions, Fixes, check};
use crate::pipeline::draft::{self, DraftOptions};
use crate::pipeline::preview::Preview;
use crate::pipeline::publish::{News, Night, Wish};
use crate::pipeline::scaffold;
use crate::pipeline::subscribers::{ImportOptions, import};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

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
/// When its issue goes out.
const NIGHT: DateTime = jiff::civil::date(2026, 11, 19).at(9, 0, 0, 0);

/// A week: the draft is made, people and machines fill it, it is judged.
fn go_through(config: &Config, folder: &Path) -> Result<()> {
    let options = DraftOptions {
        date: None,
        today: TODAY,
        keep_past_events: false,
    };
    super::draft::tell(&draft::draft(config, options)?);
    scaffold::contributions(folder)?;
    collect::replayed(config, &folder.join("replay"))?;
    scaffold::last_words(folder)?;
    let look = CheckOptions {
        fixes: Fixes::None,
        since: None,
    };
    let checked = check(config.clone(), &[], look)?.into_iter();
    let (denied, warned) = levels(&checked.collect::<Result<Vec<_>>>()?);
    terminal::tell(&format!(
        "the draft was checked: {denied} to mend, {warned} to look at"
    ));
    Ok(())
}

/// A few people who do not exist subscribe.
fn invite(config: &Config, folder: &Path) -> Result<()> {
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
    import(config, &options).map(|_| ())
}

/// The night, as `press publish` goes through it. Mails and posts are files, the site goes into a folder, and no repository
/// is touched that the demo's folder may be in: nothing leaves the machine.
fn publish(config: &Config, readers: &Path) -> Result<()> {
    let secrets = Secrets::given([]);
    let night = config.timezone.to_ambiguous_timestamp(NIGHT);
    let wish = Wish {
        issue: None,
        only: None,
        waived: Vec::new(),
        who: "demo".to_owned(),
        now: night.compatible().unwrap_or_default(),
    };
    terminal::tell("press publish:");
    let end = crate::pipeline::runtime()?.block_on(async {
        let night = Night::open(config, &secrets, wish).await?;
        night.aside(readers.to_owned()).go(&hear).await
    })?;
    match end.stopped {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Each step in a line, once it is done.
fn hear(news: News<'_>) {
    if let News::Ended(line) = news {
        let note = line.note.as_deref().map(|note| format!(": {note}"));
        terminal::tell(&format!(
            "  {:<9} {}{}",
            line.step.name(),
            line.what,
            note.unwrap_or_default()
        ));
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Next> {
    let folder = &arguments.dir;
    scaffold::sample(folder)?;
    terminal::tell(&format!(
        "A sample newsletter is in {}; all that is written stays there.",
        folder.display()
    ));
    let mut config = Config::load(folder, None)?;
    // Readers look into the folder that the site is put into.
    config.publish.verify = Some(true);
    go_through(&config, folder)?;
    invite(&config, folder)?;
    publish(&config, &folder.join("public"))?;
    terminal::tell(&format!(
        "{} has the site, {} the mails, {} what was announced.",
        folder.join("public").display(),
        config.transport.folder.join("new").display(),
        folder.join("data").join("announced").display()
    ));
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
