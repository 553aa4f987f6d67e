//! Judging texts: reads them and the archive, and lets the rules of the core look.

mod archive;
pub mod followed;
mod since;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use press_core::check::archive::Archive;
pub use press_core::check::mend::Fixes;
use press_core::check::mend::mend;
use press_core::check::{Facts, Report, Target, run};
use press_core::issue::{Document, Issue, Source};
use press_core::span::LineIndex;
use press_core::text::collapsed;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A text that was judged.
#[derive(Debug)]
pub struct Checked {
    /// Its file, as it was named.
    pub path: PathBuf,
    /// Its text, after fixes.
    pub text: String,
    /// What the rules say of it.
    pub report: Report,
    /// Whether fixes changed it.
    pub fixed: bool,
}

/// What to look at and what to do.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions<'a> {
    /// Which fixes to apply.
    pub fixes: Fixes,
    /// Report only findings on what changed since this Git revision.
    pub since: Option<&'a str>,
}

/// A newsletter's knowledge, ready to judge any number of texts.
#[derive(Debug)]
pub struct Checker {
    /// The newsletter.
    pub config: Config,
    archive: Option<Archive>,
    template: Option<String>,
    unkept: Option<archive::Unkept>,
    /// The folder of drafts, from the root on.
    drafts: PathBuf,
}

/// Judges the files `paths`, the newest draft if there are none, after applying fixes to them. A file that cannot be
/// judged hides no other.
pub fn check(
    config: Config,
    paths: &[PathBuf],
    options: CheckOptions<'_>,
) -> Result<Vec<Result<Checked>>> {
    let paths = texts(&config, paths)?;
    let checker = Checker::open(config)?;
    let judged = || {
        let paths = paths.into_par_iter();
        paths
            .map(|path| checker.check_file(path, options))
            .collect()
    };
    Ok(rayon::join(judged, || checker.keep()).0)
}

/// The files that are meant: the newest draft if none are named, for a folder the texts in it.
pub(super) fn texts(config: &Config, named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if named.is_empty() {
        return Ok(vec![newest_draft(config)?]);
    }
    let mut texts = Vec::new();
    for path in named {
        if !path.is_dir() {
            texts.push(path.clone());
            continue;
        }
        let files = newsletter::list(path)?.files;
        if files.is_empty() {
            let error = Error::new(format!("there is no text in {}", path.display()));
            return Err(error.help("texts are files whose names end in `.md` or `.markdown`"));
        }
        texts.extend(files.into_iter().map(|file| file.path));
    }
    Ok(texts)
}

/// The published issues, for stages that only ask whether one of them had something.
pub(super) fn load_archive(config: &Config) -> Result<Option<Archive>> {
    archive::load(config).map(|(archive, _)| archive)
}

fn newest_draft(config: &Config) -> Result<PathBuf> {
    let drafts = if config.drafts.is_dir() {
        newsletter::list(&config.drafts)?.files
    } else {
        Vec::new()
    };
    let newest = drafts.into_iter().next_back().map(|file| file.path);
    newest.ok_or_else(|| {
        let error = Error::new(format!("there is no draft in {}", config.drafts.display()));
        error.help("name the files to check: `press check content/…`")
    })
}

/// Where the template is that drafts are made from.
pub fn template_path(config: &Config) -> PathBuf {
    config.draft.template.clone()
}

impl Checker {
    /// Reads what is known: the published issues and the drafts' template.
    pub fn open(config: Config) -> Result<Checker> {
        let (archive, unkept) = archive::load(&config)?;
        Ok(Checker {
            archive,
            unkept,
            template: newsletter::read(&template_path(&config))
                .ok()
                .map(|text| collapsed(&text)),
            drafts: whole(&config.drafts),
            config,
        })
    }

    /// Keeps what was read, so that the next run need not read it.
    pub fn keep(&self) {
        if let (Some(archive), Some(unkept)) = (&self.archive, &self.unkept) {
            unkept.keep(archive);
        }
    }

    /// The published issues, if there are any.
    pub fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// What the rules say of `text`, which stands, or is to stand, in the file `path`. Reads nothing.
    pub fn judge(&self, path: &Path, text: &str) -> Report {
        let config = &self.config;
        let source = Source::new(text, config.format.definitions);
        let document = Document::parse(&source);
        let issue = Issue::read(&document, &config.format);
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let target = Target {
            issue: &issue,
            document: &document,
            format: &config.format,
            options: &config.check,
            file_name: &name,
            draft: whole(path).starts_with(&self.drafts),
        };
        let facts = Facts {
            archive: self.archive.as_ref(),
            template: self.template.as_deref(),
            web: None,
        };
        let mut report = run(target, facts, |rule| {
            config.levels.get(rule.name).copied().unwrap_or(rule.level)
        });
        let related = report
            .findings
            .iter_mut()
            .flat_map(|finding| &mut finding.related);
        for path in related.filter_map(|related| related.path.as_mut()) {
            *path = config.issues.join(&*path).display().to_string();
        }
        report
    }

    /// `text` after fixes, and what the rules say of it then. Reads and writes nothing.
    pub fn mend(&self, path: &Path, text: String, fixes: Fixes) -> (String, Report) {
        let definitions = self.config.format.definitions;
        mend(text, fixes, definitions, |text| self.judge(path, text))
    }

    fn check_file(&self, path: PathBuf, options: CheckOptions<'_>) -> Result<Checked> {
        let before = newsletter::read(&path)?;
        let (text, mut report) = self.mend(&path, before.clone(), options.fixes);
        if text != before {
            newsletter::write(&path, &text)?;
        }
        if let Some(revision) = options.since {
            let changed = since::changed_lines(&path, revision)?;
            let lines = LineIndex::new(&text);
            report
                .findings
                .retain(|finding| since::touches(finding, &lines, &changed));
        }
        Ok(Checked {
            fixed: text != before,
            path,
            text,
            report,
        })
    }
}

/// A path from the root on, links followed, where there is such a file.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
