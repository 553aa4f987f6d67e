//! The site put where readers find it: built first, then to all places at once, each on its own.
//!
//! A place that fails holds up no other. What came of each is a value; nothing is written down here, for each place
//! remembers what is there.

use super::build::{BuildOptions, BuildReport, build};
use crate::config::{Config, Deploy, Secrets};
use crate::deploy::{self, Site, Target};
pub use crate::deploy::{Put, Standing, Told};
use crate::error::{Error, Result, did_you_mean};
use crate::pipeline::runtime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// What is to be put where.
pub struct Options<'a> {
    /// The places, by name; all of them if none is named.
    pub names: &'a [String],
    /// A site that was built already, instead of building it now.
    pub site: Option<&'a Path>,
    /// Only look at what differs.
    pub dry_run: bool,
    /// Told what happens at which place.
    pub tell: &'a (dyn Fn(&str, Told<'_>) + Send + Sync),
    /// Told how many pages are built, and of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What came of one place.
#[derive(Debug)]
pub struct Outcome {
    /// The place.
    pub deploy: Deploy,
    /// What was done, or found.
    pub result: Result<Done>,
}

/// What was done at a place.
#[derive(Debug)]
pub enum Done {
    /// The site is there.
    Put(Put),
    /// How the place differs.
    Looked(Standing),
}

/// What came of all.
#[derive(Debug)]
pub struct Report {
    /// What was built, if anything was.
    pub built: Option<BuildReport>,
    /// The folder of the site.
    pub site: PathBuf,
    /// The places, in the order of `press.toml`.
    pub outcomes: Vec<Outcome>,
}

/// Puts the site to the places that are named.
pub fn deploy(config: &Config, secrets: &Secrets, options: &Options<'_>) -> Result<Report> {
    let chosen = choose(config, options.names)?;
    let (built, folder) = match options.site {
        Some(folder) => (None, folder),
        None => (
            Some(build_site(config, options)?),
            config.site.out.as_path(),
        ),
    };
    let site = Site::load(folder)?;
    let runtime = runtime()?;
    let one = |chosen: &Deploy| {
        let target = Target::new(config, chosen, secrets);
        let tell = |told: Told<'_>| (options.tell)(&chosen.name, told);
        runtime.block_on(async {
            match options.dry_run {
                true => deploy::look(&target, &site).await.map(Done::Looked),
                false => deploy::put(&target, &site, &tell).await.map(Done::Put),
            }
        })
    };
    let mut outcomes = Vec::new();
    at_once(&chosen, &one, &mut |outcome| outcomes.push(outcome));
    let place_of = |outcome: &Outcome| {
        let mut places = chosen.iter();
        places.position(|place| place.name == outcome.deploy.name)
    };
    outcomes.sort_by_key(place_of);
    Ok(Report {
        built,
        site: folder.to_owned(),
        outcomes,
    })
}

/// Does something at all of these places at once, each in a thread of its own: some wait for programs and disks. Each that
/// has ended is told at once, here.
pub(super) fn at_once(
    places: &[&Deploy],
    one: &(dyn Fn(&Deploy) -> Result<Done> + Sync),
    ended: &mut dyn FnMut(Outcome),
) {
    std::thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for place in places {
            let tell = tell.clone();
            scope.spawn(move || {
                let result = catch_unwind(AssertUnwindSafe(|| one(place)));
                let mistake = |_| {
                    let error = Error::new("this is a mistake in press");
                    Err(error.state("the same command tries again"))
                };
                let outcome = Outcome {
                    deploy: (*place).clone(),
                    result: result.unwrap_or_else(mistake),
                };
                // Whoever asked listens until all have ended.
                let _ = tell.send(outcome);
            });
        }
        drop(tell);
        told.iter().for_each(ended);
    });
}

/// The places of these names; all of them if none is named.
pub fn choose<'c>(config: &'c Config, names: &[String]) -> Result<Vec<&'c Deploy>> {
    if config.deploys.is_empty() {
        let error = Error::new("press.toml names no place to put the site");
        return Err(error.help("write a table `[[deploy]]`; docs/deploy.md has one for each kind"));
    }
    for name in names {
        let known = config.deploys.iter().map(|deploy| deploy.name.as_str());
        if known.clone().any(|known| known == name) {
            continue;
        }
        let error = Error::new(format!("there is no place `{name}`"));
        return Err(match did_you_mean(name, known.clone()) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help(format!(
                "there are: {}",
                known.collect::<Vec<_>>().join(", ")
            )),
        });
    }
    let chosen = |deploy: &&Deploy| names.is_empty() || names.contains(&deploy.name);
    Ok(config.deploys.iter().filter(chosen).collect())
}

fn build_site(config: &Config, options: &Options<'_>) -> Result<BuildReport> {
    let options = BuildOptions {
        out: &config.site.out,
        clean: false,
        drafts: false,
        live: false,
        pages_only: false,
        progress: options.progress,
    };
    build(config, &options)
}
