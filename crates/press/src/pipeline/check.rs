//! Judging texts: reads them and the archive, and lets the rules of the core look.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use press_core::check::archive::{Archive, PastIssue};
use press_core::check::{Facts, Report, Target, run};
use press_core::issue::{Document, Issue, Source};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A text that was judged.
#[derive(Debug)]
pub struct Checked {
    /// Its file, as it was named.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What the rules say.
    pub report: Report,
}

/// Judges the files `paths`; the newest draft if there are none.
pub fn check(config: &Config, paths: &[PathBuf]) -> Result<Vec<Checked>> {
    let paths = if paths.is_empty() {
        vec![newest_draft(config)?]
    } else {
        paths.to_vec()
    };
    let archive = load_archive(config)?;
    let template = newsletter::read(&config.folder.join("draft-template.md")).ok();
    let facts = Facts {
        archive: archive.as_ref(),
        template: template.as_deref(),
    };
    paths
        .into_par_iter()
        .map(|path| check_file(config, path, facts))
        .collect()
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

/// The published issues as rules see them; none if there are none. An issue that cannot be read is the
/// business of whoever checks or builds it.
fn load_archive(config: &Config) -> Result<Option<Archive>> {
    if !config.issues.is_dir() {
        return Ok(None);
    }
    let files = newsletter::list(&config.issues)?.files;
    let past = |file: newsletter::SourceFile| {
        let text = newsletter::read(&file.path).ok()?;
        let path = file.path.display().to_string();
        PastIssue::new(&Issue::parse(&text, &config.format), &config.format, &path)
    };
    let issues: Vec<PastIssue> = files.into_par_iter().filter_map(past).collect();
    Ok((!issues.is_empty()).then(|| Archive::new(issues)))
}

fn check_file(config: &Config, path: PathBuf, facts: Facts<'_>) -> Result<Checked> {
    let text = newsletter::read(&path)?;
    let source = Source::new(&text, config.format.definitions);
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
        file_name: &name,
        draft: is_in(&path, &config.drafts),
    };
    let mut report = run(target, facts, |rule| rule.level);
    report.findings.extend(issue.findings.iter().cloned());
    report
        .findings
        .sort_by_key(|finding| (finding.span.start, finding.rule));
    Ok(Checked { path, text, report })
}

fn is_in(path: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole(path).starts_with(whole(folder))
}
