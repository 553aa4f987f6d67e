//! Asking the web for the links of texts: what is to be asked, what is known already, and what the rules of the core
//! say of the answers.
//!
//! Each page is asked for once, whatever links lead to it. Nothing here decides what an answer means.

mod asking;
mod memory;
mod noting;
mod wishes;

use super::check::{Checked, texts};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::http::{Http, Settings, agent};
use crate::newsletter;
use memory::Memory;
pub use noting::Noted;
use press_core::check::mend::{Fixes, mend};
use press_core::check::web::{Doubt, End, Verdict, Visit, Web};
use press_core::check::{Facts, Report, Target, run_web};
use press_core::issue::{Document, Issue, Source};
use press_core::span::LineIndex;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use wishes::{Wish, Wishes};

/// Which texts to look at and what to do.
#[derive(Clone, Copy)]
pub struct LinksOptions<'a> {
    /// The files; the newest draft if there are none.
    pub paths: &'a [PathBuf],
    /// All published issues instead.
    pub all: bool,
    /// Ask for everything, whatever is remembered.
    pub fresh: bool,
    /// Which fixes to apply.
    pub fixes: Fixes,
    /// Note what is dead in the list by which the site goes.
    pub note_dead: bool,
    /// What time it is.
    pub now: SystemTime,
    /// Hears how many of how many pages were asked for.
    pub progress: &'a dyn Fn(usize, usize),
}

/// What asking gave.
#[derive(Debug)]
pub struct LinksReport {
    /// The texts with their findings.
    pub checked: Vec<Checked>,
    /// What became of the pages, each counted once.
    pub tally: Tally,
    /// Links that nobody could judge, with their places.
    pub unknown: Vec<UnknownLink>,
    /// What became of the list of dead links, if it was asked for.
    pub noted: Option<Noted>,
}

/// A link that nobody could judge.
#[derive(Debug)]
pub struct UnknownLink {
    /// The file, as it was named.
    pub path: PathBuf,
    /// The 1-based line.
    pub line: usize,
    /// Its address.
    pub url: String,
    /// Why.
    pub doubt: Doubt,
}

/// What became of the pages.
#[derive(Debug, Default)]
pub struct Tally {
    /// All pages that links lead to, and their hosts.
    pub pages: usize,
    /// Their hosts.
    pub hosts: usize,
    /// Those that there are.
    pub answered: usize,
    /// Of these, those that have moved for good.
    pub moved: usize,
    /// Those that there are no more.
    pub dead: usize,
    /// Those that nobody could judge.
    pub unknown: BTreeMap<Doubt, usize>,
    /// Those that were remembered.
    pub remembered: usize,
    /// Those that `press.toml` says to ignore.
    pub ignored: usize,
}

/// How a newsletter's client behaves.
pub fn settings(config: &Config) -> Settings {
    let newsletter = &config.newsletter;
    let site = format!("+{}", newsletter.base_url);
    let mut contacts = vec![site.as_str()];
    contacts.extend(newsletter.contact.as_deref());
    Settings {
        agent: agent(&newsletter.name, &contacts),
        pace: config.links.pace,
        timeout: config.links.timeout,
        private: config.links.private.clone(),
        cache: Some(config.home().join(".press").join("web")),
        ..Settings::default()
    }
}

/// Asks for the links of texts, applies fixes, and judges them.
pub fn links(config: &Config, http: &Arc<Http>, options: LinksOptions<'_>) -> Result<LinksReport> {
    let texts = read(config, options)?;
    let wishes = Wishes::of(config, texts.iter().map(|(_, text)| text.as_str()));
    let mut memory = Memory::open(config, options.now);
    let mut visits: Vec<Option<Visit>> = match options.fresh {
        true => vec![None; wishes.list.len()],
        false => wishes.list.iter().map(|wish| memory.recall(wish)).collect(),
    };
    let remembered = visits.iter().flatten().count();
    let open: Vec<usize> = (0..visits.len())
        .filter(|at| visits[*at].is_none())
        .collect();
    let asked: Vec<&Wish> = open.iter().map(|at| &wishes.list[*at]).collect();
    if !asked.is_empty() && asking::is_offline(http, &asked, &config.newsletter.base_url)? {
        return Err(offline(
            "nothing could be asked: no host could be looked up",
        ));
    }
    let total = open.len();
    let mut done = 0;
    asking::ask_all(http, &asked, |at, visit| {
        done += 1;
        (options.progress)(done, total);
        memory.keep(asked[at], &visit);
        visits[open[at]] = Some(visit);
    })?;
    let (found, lost) = wishes.hosts_by_lookup(&visits);
    if lost >= MANY && lost > found {
        let of = found + lost;
        return Err(offline(format!(
            "{lost} of {of} hosts could not be looked up"
        )));
    }
    let tally = tally(&wishes, &visits, remembered);
    let noted = options
        .note_dead
        .then(|| noting::note(config, &wishes, &visits, options.now));
    let noted = noted.transpose()?;
    let web = wishes.web(visits);
    let checked: Result<Vec<Checked>> = texts
        .into_par_iter()
        .map(|(path, text)| judge_file(config, &web, path, &text, options.fixes))
        .collect();
    let checked = checked?;
    let unknown = checked.iter().flat_map(|file| unknown(config, &web, file));
    Ok(LinksReport {
        unknown: unknown.collect(),
        checked,
        tally,
        noted,
    })
}

/// If so many hosts cannot be looked up, and most cannot, then not because they are no more: the network knows no
/// names but its own.
const MANY: usize = 8;

fn offline(what: impl Into<String>) -> Error {
    Error::new(what)
        .help("see whether this machine is online, and run the same command again")
        .state("no text was judged or changed")
}

fn read(config: &Config, options: LinksOptions<'_>) -> Result<Vec<(PathBuf, String)>> {
    let paths = if options.all {
        let files = newsletter::list(&config.issues)?.files;
        files.into_iter().map(|file| file.path).collect()
    } else {
        texts(config, options.paths)?
    };
    paths
        .into_par_iter()
        .map(|path| newsletter::read(&path).map(|text| (path, text)))
        .collect()
}

fn tally(wishes: &Wishes, visits: &[Option<Visit>], remembered: usize) -> Tally {
    let mut tally = Tally {
        pages: visits.len(),
        hosts: wishes.hosts(),
        remembered,
        ignored: wishes.ignored,
        ..Tally::default()
    };
    for visit in visits.iter().flatten() {
        match visit.verdict() {
            Verdict::Answers => tally.answered += 1,
            Verdict::Dead(_) => tally.dead += 1,
            Verdict::Unknown(doubt) => *tally.unknown.entry(doubt).or_default() += 1,
        }
        tally.moved += usize::from(visit.moved().is_some());
    }
    tally
}

fn judge(config: &Config, web: &Web, text: &str) -> Report {
    let source = Source::new(text, config.format.definitions);
    let document = Document::parse(&source);
    let issue = Issue::read(&document, &config.format);
    let target = Target {
        issue: &issue,
        document: &document,
        format: &config.format,
        options: &config.check,
        file_name: "",
        draft: false,
    };
    let facts = Facts {
        web: Some(web),
        ..Facts::default()
    };
    run_web(target, facts, |rule| {
        config.levels.get(rule.name).copied().unwrap_or(rule.level)
    })
}

fn judge_file(
    config: &Config,
    web: &Web,
    path: PathBuf,
    before: &str,
    fixes: Fixes,
) -> Result<Checked> {
    let (text, report) = mend(
        before.to_owned(),
        fixes,
        config.format.definitions,
        |text| judge(config, web, text),
    );
    let fixed = text != before;
    if fixed {
        newsletter::write(&path, &text)?;
    }
    Ok(Checked {
        path,
        text,
        report,
        fixed,
    })
}

fn unknown(config: &Config, web: &Web, file: &Checked) -> Vec<UnknownLink> {
    let issue = Issue::parse(&file.text, &config.format);
    let lines = LineIndex::new(&file.text);
    let unknown = |link: &press_core::issue::Link| {
        let Verdict::Unknown(doubt) = web.visit(&link.url)?.verdict() else {
            return None;
        };
        Some(UnknownLink {
            path: file.path.clone(),
            line: lines.line(link.span.start),
            url: link.url.clone(),
            doubt,
        })
    };
    issue.links.iter().filter_map(unknown).collect()
}
