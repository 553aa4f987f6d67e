//! The newsletters whose texts are open, on a thread of their own: so that the editor is heard while the
//! archive is read or a text is judged.
//!
//! One job is done at a time. What came in meanwhile is the caller's to sum up: of a text that changed ten times
//! only the last version is judged.

use super::text::Text;
use crate::config::{Config, FILE_NAME};
use crate::error::Error;
use crate::newsletter::{self, Stamp};
use crate::pipeline::check::{Checker, Fixes, template_path};
use gen_lsp_types::Uri;
use press_core::diagnostic::{Diagnostic, Edit};
use press_core::issue::Issue;
use press_core::span::Span;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// A text that is to be judged.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// By what the editor calls it.
    pub(super) uri: Uri,
    /// Its file.
    pub(super) path: PathBuf,
    /// The editor's number of this state of it.
    pub(super) version: i32,
    /// Our number of this state, which never comes twice.
    pub(super) serial: u64,
    /// The text.
    pub(super) text: Text,
}

/// What there is to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Judge a text.
    Judge(Box<Asked>),
    /// Look whether files changed on which findings depend.
    Look,
    /// These folders are open in the editor.
    Folders(Vec<PathBuf>),
}

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The text that was judged, with its serial number.
    pub(super) judged: Option<(Uri, u64, Outcome)>,
    /// Configurations that were read, and what is wrong with them.
    pub(super) configs: Vec<(PathBuf, Option<Error>)>,
    /// Whether what is known has changed, so that other texts must be judged again.
    pub(super) reloaded: bool,
}

/// What came of judging a text.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was judged.
    Judged(Box<Judged>),
    /// It belongs to no newsletter.
    Outside,
    /// It belongs to a newsletter, but is neither an issue nor a draft, or its newsletter cannot be read.
    NoIssue,
    /// A mistake in the program.
    Failed,
}

/// A text that was judged: all that an editor's questions are answered from.
#[derive(Debug)]
pub(super) struct Judged {
    /// What was judged.
    pub(super) asked: Asked,
    /// The text, read.
    pub(super) issue: Issue,
    /// What is wrong, in the order of the text.
    pub(super) findings: Vec<Diagnostic>,
    /// Who judged it.
    pub(super) checker: Arc<Checker>,
    /// The text after all safe fixes, once somebody asked for it.
    pub(super) mended: OnceCell<String>,
    /// For each finding the comment that would allow it, once somebody asked.
    pub(super) allows: Vec<OnceCell<Option<Edit>>>,
}

impl Judged {
    fn new(checker: &Arc<Checker>, asked: Asked) -> Judged {
        let text = &asked.text.text;
        let findings = checker.judge(&asked.path, text).findings;
        Judged {
            issue: Issue::parse(text, &checker.config.format),
            allows: findings.iter().map(|_| OnceCell::new()).collect(),
            findings,
            checker: Arc::clone(checker),
            mended: OnceCell::new(),
            asked,
        }
    }

    /// The findings that touch `span`, each with its position.
    pub(super) fn touching(&self, span: Span) -> impl Iterator<Item = (usize, &Diagnostic)> {
        let touches = move |finding: &Diagnostic| {
            finding.span.start <= span.end && span.start <= finding.span.end
        };
        let findings = self.findings.iter().enumerate();
        findings.filter(move |(_, finding)| touches(finding))
    }

    /// The text after all safe fixes.
    pub(super) fn mended(&self) -> &str {
        self.mended.get_or_init(|| {
            let text = self.asked.text.text.clone();
            let mended = self.checker.mend(&self.asked.path, text, Fixes::Safe);
            mended.0
        })
    }
}

/// One newsletter.
#[derive(Debug)]
struct Newsletter {
    /// The last knowledge that could be had; it stays while `press.toml` is being edited.
    checker: Option<Arc<Checker>>,
    seen: Vec<(PathBuf, Stamp)>,
}

/// All newsletters that were met.
#[derive(Debug, Default)]
pub(super) struct Newsletters {
    /// A newsletter whose configuration is kept elsewhere, as the command line says.
    elsewhere: Option<(PathBuf, PathBuf)>,
    folders: Vec<PathBuf>,
    open: HashMap<PathBuf, Newsletter>,
}

impl Newsletters {
    /// No newsletters yet. `elsewhere` is a newsletter's folder and its configuration that is not in it; `folders`
    /// are those that are open in the editor.
    pub(super) fn new(elsewhere: Option<(PathBuf, PathBuf)>, folders: Vec<PathBuf>) -> Newsletters {
        Newsletters {
            elsewhere,
            folders,
            ..Newsletters::default()
        }
    }

    /// Does jobs as they come, until nobody is there to give any.
    pub(super) fn work(mut self, jobs: &Receiver<Job>, mut done: impl FnMut(Done)) {
        for job in jobs {
            let text = match &job {
                Job::Judge(asked) => Some((asked.uri.clone(), asked.serial)),
                Job::Look | Job::Folders(_) => None,
            };
            // A mistake in one rule must not take the editor's server away.
            let what = catch_unwind(AssertUnwindSafe(|| self.work_on(job)));
            done(what.unwrap_or_else(|_| Done {
                judged: text.map(|(uri, serial)| (uri, serial, Outcome::Failed)),
                ..Done::default()
            }));
        }
    }

    fn work_on(&mut self, job: Job) -> Done {
        let mut done = Done::default();
        match job {
            Job::Judge(asked) => {
                let (uri, serial) = (asked.uri.clone(), asked.serial);
                let outcome = self.judge(*asked, &mut done);
                done.judged = Some((uri, serial, outcome));
            }
            Job::Look => {
                let folders: Vec<PathBuf> = self.open.keys().cloned().collect();
                for folder in folders {
                    let changed = |known: &Newsletter| {
                        self.stamps(&folder, known.checker.as_deref()) != known.seen
                    };
                    if self.open.get(&folder).is_some_and(changed) {
                        self.load(folder, &mut done);
                        done.reloaded = true;
                    }
                }
            }
            Job::Folders(folders) => {
                self.folders = folders;
                done.reloaded = true;
            }
        }
        done
    }

    fn judge(&mut self, asked: Asked, done: &mut Done) -> Outcome {
        let Some(folder) = self.folder_of(&asked.path, done) else {
            return Outcome::Outside;
        };
        let Some(checker) = self.checker(&folder, done) else {
            return Outcome::NoIssue;
        };
        if !is_issue(&checker.config, &asked.path) {
            return Outcome::NoIssue;
        }
        Outcome::Judged(Box::new(Judged::new(&checker, asked)))
    }

    /// The newsletter to which a file belongs: the one the command line names, the nearest `press.toml` above
    /// it, or one whose texts are kept outside its folder.
    fn folder_of(&mut self, path: &Path, done: &mut Done) -> Option<PathBuf> {
        if let Some((folder, _)) = &self.elsewhere
            && whole(path.parent()?).starts_with(folder)
        {
            return Some(folder.clone());
        }
        let configured = |folder: &Path| folder.join(FILE_NAME).is_file();
        let mut above = path.ancestors().skip(1);
        if let Some(folder) = above.find(|above| configured(above)) {
            return Some(folder.to_owned());
        }
        let mut folders = self.folders.clone();
        folders.retain(|folder| configured(folder));
        folders.into_iter().find(|folder| {
            let checker = self.checker(folder, done);
            checker.is_some_and(|checker| is_issue(&checker.config, path))
        })
    }

    fn checker(&mut self, folder: &Path, done: &mut Done) -> Option<Arc<Checker>> {
        if !self.open.contains_key(folder) {
            self.load(folder.to_owned(), done);
        }
        self.open.get(folder)?.checker.clone()
    }

    fn load(&mut self, folder: PathBuf, done: &mut Done) {
        let before = self.open.remove(&folder).and_then(|known| known.checker);
        let elsewhere = self.config_elsewhere(&folder);
        let config = Config::load(&folder, elsewhere);
        let path = elsewhere.map_or_else(|| folder.join(FILE_NAME), Path::to_path_buf);
        // What is looked at before reading cannot hide a change that comes while reading.
        let mut seen = vec![(path.clone(), stamp(&path))];
        let opened = config.and_then(|config| {
            seen.extend(stamps(&config));
            Checker::open(config).inspect(Checker::keep)
        });
        let (checker, error) = match opened {
            Ok(checker) => (Some(Arc::new(checker)), None),
            Err(error) => {
                seen = self.stamps(&folder, before.as_deref());
                (before, Some(error))
            }
        };
        done.configs.push((path, error));
        self.open.insert(folder, Newsletter { checker, seen });
    }

    fn config_elsewhere(&self, folder: &Path) -> Option<&Path> {
        let elsewhere = self.elsewhere.as_ref();
        let elsewhere = elsewhere.filter(|(known, _)| known == folder);
        elsewhere.map(|(_, config)| config.as_path())
    }

    /// Size and time of all that a newsletter's knowledge comes from.
    fn stamps(&self, folder: &Path, checker: Option<&Checker>) -> Vec<(PathBuf, Stamp)> {
        let elsewhere = self.config_elsewhere(folder);
        let path = elsewhere.map_or_else(|| folder.join(FILE_NAME), Path::to_path_buf);
        let mut all = vec![(path.clone(), stamp(&path))];
        all.extend(
            checker
                .map(|checker| stamps(&checker.config))
                .into_iter()
                .flatten(),
        );
        all
    }
}

fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).map_or_else(|_| Stamp::default(), |metadata| Stamp::of(&metadata))
}

fn stamps(config: &Config) -> Vec<(PathBuf, Stamp)> {
    let template = template_path(config);
    let issues = newsletter::list(&config.issues).unwrap_or_default().files;
    let issues = issues.into_iter().map(|file| (file.path, file.stamp));
    let mut all: Vec<(PathBuf, Stamp)> = issues.collect();
    all.push((template.clone(), stamp(&template)));
    all
}

/// Whether a file is one of a newsletter's issues or drafts, by where it is and what it is called.
fn is_issue(config: &Config, path: &Path) -> bool {
    let Some(parent) = path.parent().map(whole) else {
        return false;
    };
    let text = path.extension().and_then(|found| found.to_str());
    matches!(text, Some("md" | "markdown"))
        && [&config.issues, &config.drafts]
            .into_iter()
            .any(|folder| whole(folder) == parent)
}

/// A folder's path without links in it: editors and configurations may name it differently.
fn whole(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
