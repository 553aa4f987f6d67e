//! The site: texts in, pages out, and only those pages that something changed for.
//!
//! Every file of the site is a *target* with a key made of all its inputs. A target whose key and file are as
//! the last build left them is not made again. All problems with texts are found before anything is written.

mod bundles;
mod dead;
pub(super) mod look;
mod output;
pub(super) mod pictures;
pub(super) mod sources;
pub(super) mod state;
mod targets;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::pipeline::kept::{self, Key};
use crate::pipeline::records::{self, Shelf};
use bundles::Bundled;
pub(super) use dead::Dead;
use look::Look;
use output::{Output, Staged};
use press_core::render::picture::Painter;
use press_core::render::record::Record;
use press_core::render::site::IssueSummary;
use rayon::prelude::*;
use sources::{Source, Sources};
use state::{OutputState, State};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use targets::Target;

/// What a build is asked for.
#[derive(Clone, Copy)]
pub struct BuildOptions<'a> {
    /// The folder to write.
    pub out: &'a Path,
    /// Make everything anew, whatever the last build left.
    pub clean: bool,
    /// Show drafts as if they were published: for the preview.
    pub drafts: bool,
    /// Let pages reload themselves: for the preview.
    pub live: bool,
    /// Leave what is made of all issues at once as it is; whether that is behind then, the report says.
    pub pages_only: bool,
    /// Told how many pages are done, and of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// Something worth telling that does not hold up the build.
#[derive(Clone, Debug)]
pub struct Notice {
    /// A sentence without full stop.
    pub message: String,
}

/// What a build did.
#[derive(Clone, Debug, Default)]
pub struct BuildReport {
    /// Number of issues.
    pub issues: usize,
    /// Number of files on the site.
    pub files: usize,
    /// Number of files that were written.
    pub written: usize,
    /// Number of files that were deleted.
    pub deleted: usize,
    /// Bytes that were written.
    pub bytes: u64,
    /// Whether what is made of all issues at once is behind them.
    pub behind: bool,
    /// What else there is to say.
    pub notices: Vec<Notice>,
    /// Addresses of drafts, in a preview.
    pub drafts: Vec<String>,
}

/// Everything that targets are made from.
struct Site<'c> {
    config: &'c Config,
    look: Look,
    sources: Sources,
    dead: Dead,
    global: Key,
    drawn: pictures::Drawn,
    live: bool,
}

/// Builds the site.
pub fn build(config: &Config, options: &BuildOptions<'_>) -> Result<BuildReport> {
    refuse_own_folders(config, options.out)?;
    let overrides = look::own_files(&config.site.theme)?;
    let state_path = state::path_for(config.home(), options.out);
    let _lock = state::lock(&state_path);
    let theme = Key::of(&overrides);
    let look = Look::new(config, overrides)?;
    let global = Key::of((
        &config.text,
        theme,
        look.painter.as_ref().map(Painter::look),
        kept::program(),
        options.live,
        options.drafts,
    ));
    let looked_ns = kept::now_ns();
    let mut state = State::load(&state_path);
    if options.clean || state.global != global {
        state = State::default();
    }
    let sources = sources::load(config, options, &state)?;
    let dead = Dead::read(config)?;
    dead.recall(config, &state, &sources.issues)?;
    let site = Site {
        dead,
        config,
        look,
        sources,
        global,
        drawn: pictures::Drawn::default(),
        live: options.live,
    };
    let output = Output::open(options.out)?;
    let round = Round::new(&site, &state, &output, options);
    let (report, new) = round.run()?;
    State {
        global,
        looked_ns,
        dead: site.dead.key,
        ..new
    }
    .save(&state_path);
    Ok(report)
}

fn twice(config: &Config, path: &str) -> Error {
    let below = |folder: &Option<String>| {
        let folder = folder.as_deref().unwrap_or("/");
        folder != "/" && format!("/{path}").starts_with(folder)
    };
    let help = match config
        .site
        .of_all_issues()
        .iter()
        .find(|(_, folder)| below(folder))
    {
        Some((key, _)) => format!(
            "one is made because of `{key}` in [site]: give it another address there, or \"\" for none"
        ),
        None => "look at permalinks, [[redirect]], [[feed]] and [[asset]] in press.toml".to_owned(),
    };
    Error::new(format!("two pages want the address /{path}"))
        .help(help)
        .state("the site is as it was before")
}

/// One address cannot be a file and hold other files.
fn refuse_files_as_folders(outputs: &BTreeMap<String, OutputState>) -> Result<()> {
    let within = |path: &String| {
        let mut above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        above
            .find(|parent| outputs.contains_key(*parent))
            .map(|parent| (path.clone(), parent.to_owned()))
    };
    match outputs.keys().find_map(within) {
        None => Ok(()),
        Some((path, parent)) => Err(Error::new(format!(
            "/{parent} is a file, so /{path} cannot stand below it"
        ))
        .help("look at permalinks, [[redirect]], [[feed]] and [[asset]] in press.toml")
        .state("the site is as it was before")),
    }
}

/// The texts of issues are never where the site is written.
fn refuse_own_folders(config: &Config, out: &Path) -> Result<()> {
    let whole = |path: &Path| {
        path.canonicalize()
            .unwrap_or_else(|_| std::path::absolute(path).unwrap_or_default())
    };
    let out_whole = whole(out);
    let own = [
        &config.folder,
        &config.issues,
        &config.drafts,
        &config.pages,
        &config.site.theme,
    ];
    match own.into_iter().find(|folder| whole(folder) == out_whole) {
        None => Ok(()),
        Some(folder) => {
            let what = format!("{} holds the newsletter's own files", folder.display());
            Err(Error::new(what).help("write the site into a folder of its own, with `--out`"))
        }
    }
}

/// One run over all targets.
struct Round<'a> {
    site: &'a Site<'a>,
    state: &'a State,
    output: &'a Output,
    options: &'a BuildOptions<'a>,
    done: AtomicUsize,
    bytes: AtomicU64,
}

/// What became of a target.
struct Settled {
    path: String,
    state: OutputState,
    staged: Option<Staged>,
    summary: Option<IssueSummary>,
    record: Option<Record>,
    notices: Vec<Notice>,
}

impl Settled {
    /// A file that is not written.
    fn standing(path: String, state: OutputState) -> Settled {
        Settled {
            path,
            state,
            staged: None,
            summary: None,
            record: None,
            notices: Vec::new(),
        }
    }
}

impl<'a> Round<'a> {
    fn new(
        site: &'a Site<'a>,
        state: &'a State,
        output: &'a Output,
        options: &'a BuildOptions<'a>,
    ) -> Self {
        Self {
            site,
            state,
            output,
            options,
            done: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    fn run(self) -> Result<(BuildReport, State)> {
        let issues = targets::issues(self.site);
        let total = issues.len();
        let mut settled = self.settle(issues, total)?;
        let mut summaries = Vec::with_capacity(settled.len());
        for (source, made) in self.site.sources.issues.iter().zip(&settled) {
            let summary = made.summary.clone().or_else(|| source.summary.clone());
            summaries
                .push(summary.expect("a page is only kept while the summary of its text is known"));
        }
        let (published, made) = self.records(&mut settled);
        let mut shelf = Shelf::new(self.site.config, &published, made);
        let bundled = self.bundles(&published, &mut shelf)?;
        let others = targets::others(self.site, &summaries, &bundled.pages)?;
        let total = total + others.len();
        let (others, ()) = rayon::join(|| self.settle(others, total), || shelf.keep());
        let mut all = settled;
        all.extend(others?);
        self.site.tidy_pictures(&summaries);
        self.finish(all, bundled, summaries)
    }

    /// The published issues, with their records where those were made with the pages.
    fn records(&self, settled: &mut [Settled]) -> (Vec<&'a Source>, Vec<Option<Record>>) {
        let all = self.site.sources.issues.iter().zip(settled);
        let published = all.filter(|(source, _)| records::is_published(source));
        published
            .map(|(source, settled)| (source, settled.record.take()))
            .unzip()
    }

    /// Makes what must be made, in parallel, aside from the site.
    fn settle(&self, targets: Vec<Target<'_>>, total: usize) -> Result<Vec<Settled>> {
        let settled: Vec<Result<Settled>> = targets
            .into_par_iter()
            .map(|target| {
                let settled = self.settle_one(target);
                (self.options.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, total);
                settled
            })
            .collect();
        settled.into_iter().collect()
    }

    fn settle_one(&self, target: Target<'_>) -> Result<Settled> {
        let key = Key::of((self.site.global, target.key));
        if target.reusable
            && let Some(known) = self.state.outputs.get(&target.path)
            && known.key == key
            && self.output.stamp(&target.path) == Some(known.stamp)
        {
            return Ok(Settled::standing(target.path, *known));
        }
        let made = (target.make)()?;
        Ok(Settled {
            summary: made.summary,
            record: made.record,
            notices: made.notices,
            ..self.place(target.path, key, &made.content)?
        })
    }

    /// Writes a file aside, unless it stands there already just so.
    fn place(&self, path: String, key: Key, content: &[u8]) -> Result<Settled> {
        if let Some(stamp) = self.output.holds(&path, content) {
            return Ok(Settled::standing(path, OutputState { key, stamp }));
        }
        let staged = self.output.stage(path.clone(), content)?;
        self.bytes
            .fetch_add(content.len() as u64, Ordering::Relaxed);
        let state = OutputState {
            key,
            stamp: staged.stamp,
        };
        Ok(Settled {
            staged: Some(staged),
            ..Settled::standing(path, state)
        })
    }

    /// Pages first, then what points at them.
    fn finish(
        self,
        settled: Vec<Settled>,
        bundled: Bundled,
        summaries: Vec<IssueSummary>,
    ) -> Result<(BuildReport, State)> {
        let sources = &self.site.sources;
        let mut new = State {
            bundles: bundled.states.into_iter().collect(),
            ..State::default()
        };
        for (source, summary) in sources.issues.iter().zip(summaries) {
            new.sources
                .insert(source.file.path.clone(), source.state(Some(summary)));
        }
        for page in &sources.pages {
            new.sources.insert(page.file.path.clone(), page.state(None));
        }
        let mut report = BuildReport {
            behind: bundled.behind,
            issues: sources
                .issues
                .iter()
                .filter(|source| !source.head.draft && !source.is_restructured())
                .count(),
            notices: sources.notices.clone(),
            drafts: sources
                .issues
                .iter()
                .filter(|source| source.head.draft)
                .map(|draft| draft.head.url.clone())
                .collect(),
            bytes: self.bytes.load(Ordering::Relaxed),
            ..BuildReport::default()
        };
        report.notices.extend(self.site.picture_notice());
        let mut staged = Vec::new();
        for settled in settled.into_iter().chain(bundled.files) {
            if new
                .outputs
                .insert(settled.path.clone(), settled.state)
                .is_some()
            {
                return Err(twice(self.site.config, &settled.path));
            }
            report.notices.extend(settled.notices);
            staged.extend(settled.staged);
        }
        refuse_files_as_folders(&new.outputs)?;
        report.files = new.outputs.len();
        report.written = staged.len();
        let all: BTreeSet<String> = new.outputs.keys().cloned().collect();
        report.deleted = self.output.commit(&staged, &all)?;
        Ok((report, new))
    }
}
