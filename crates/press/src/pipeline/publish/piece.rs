//! The issue that goes out: which one it is, where its text stands before and after.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::newsletter;
use crate::pipeline::build::sources;
use crate::pipeline::inspect;
use crate::store::{Publication, Store};
use press_core::issue::Masthead;
use press_core::render::address::{self, Values};
use press_core::render::site::IssueHead;
use std::path::{Path, PathBuf};

/// The issue that goes out.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// What stands for it in ids, as in the ledger of mail.
    pub(super) id: String,
    /// Title, number, day, address.
    pub(super) head: IssueHead,
    /// Its file as a draft.
    pub(super) draft: PathBuf,
    /// Its file as an issue.
    pub(super) path: PathBuf,
    /// Whether it was begun before.
    pub(super) begun: bool,
}

impl Piece {
    /// The issue that is wanted; without a wish what was begun and not ended, or else the draft that comes next.
    pub(super) async fn find(
        config: &Config,
        store: &Store,
        wanted: Option<&str>,
    ) -> Result<Piece> {
        if let Some(wanted) = wanted {
            return Piece::named(config, store, wanted).await;
        }
        match store.find_open_publication().await? {
            Some(open) => Piece::begun(config, &open),
            None => Piece::of_file(config, &next_draft(config)?),
        }
    }

    async fn named(config: &Config, store: &Store, wanted: &str) -> Result<Piece> {
        let path = inspect::find_path(config, wanted)?;
        let piece = Piece::of_file(config, &path)?;
        Ok(match store.find_publication(&piece.id).await? {
            Some(known) => Piece::begun(config, &known)?,
            None => piece,
        })
    }

    /// The issue of a publication that was begun: its draft may be an issue by now.
    fn begun(config: &Config, known: &Publication) -> Result<Piece> {
        let (draft, path) = (
            config.folder.join(&known.draft),
            config.folder.join(&known.path),
        );
        let here = [&path, &draft].into_iter().find(|path| path.is_file());
        let Some(here) = here else {
            let error = Error::new(format!("the issue of “{}” is gone", known.title));
            return Err(error
                .because(format!(
                    "neither {} nor {} is there",
                    known.draft, known.path
                ))
                .help("get it back with Git; its publication goes on then"));
        };
        let mut piece = Piece::of_file(config, here)?;
        (piece.draft, piece.path) = (draft, path);
        piece.id.clone_from(&known.issue);
        piece.begun = true;
        Ok(piece)
    }

    fn of_file(config: &Config, file: &Path) -> Result<Piece> {
        let draft = is_in(file, &config.drafts);
        let (_, mut head) = sources::head_of(config, file, draft)?;
        let name = file.file_name().unwrap_or_default();
        head.draft = draft;
        Ok(Piece {
            id: head.id(),
            draft: config.drafts.join(name),
            path: config.issues.join(name),
            begun: false,
            head,
        })
    }

    /// Whether it is an issue by now.
    pub(super) fn is_promoted(&self) -> bool {
        self.path.is_file() && !self.draft.is_file()
    }

    /// The file where its text stands now.
    pub(super) fn file(&self) -> &Path {
        if self.path.is_file() {
            &self.path
        } else {
            &self.draft
        }
    }

    /// A pattern of `press.toml` filled in for it.
    pub(super) fn fill(&self, pattern: &str) -> String {
        let values = Values {
            date: Some(self.head.date),
            number: self.head.number,
            ..Values::default()
        };
        // A title may look like a pattern.
        let filled = pattern
            .split("{title}")
            .map(|part| address::fill(part, &values).unwrap_or_default());
        filled.collect::<Vec<_>>().join(&self.head.title)
    }

    /// It as the store keeps it.
    pub(super) fn publication(&self, config: &Config, now_s: i64) -> Publication {
        Publication {
            issue: self.id.clone(),
            title: self.head.title.clone(),
            draft: within(config, &self.draft),
            path: within(config, &self.path),
            began_s: now_s,
            ended_s: None,
            holder: String::new(),
            held_until_s: 0,
        }
    }
}

/// A file as it is named in the newsletter's folder.
pub(super) fn within(config: &Config, path: &Path) -> String {
    let path = path.strip_prefix(&config.folder).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

fn is_in(file: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    file.parent()
        .is_some_and(|parent| whole(parent) == whole(folder))
}

/// The first draft after the newest issue: there may be later ones already.
fn next_draft(config: &Config) -> Result<PathBuf> {
    let heads = |folder: &Path| -> Result<Vec<_>> {
        let mut heads = Vec::new();
        if folder.is_dir() {
            for file in newsletter::list(folder)?.files {
                let text = newsletter::read(&file.path)?;
                if !text.trim().is_empty() {
                    heads.push((Masthead::parse(&text).0.date, file.path));
                }
            }
        }
        heads.sort();
        Ok(heads)
    };
    let newest = heads(&config.issues)?.last().and_then(|(date, _)| *date);
    let drafts = heads(&config.drafts)?;
    let due = drafts.iter().find(|(date, _)| *date > newest);
    match due.or(drafts.first()) {
        Some((_, path)) => Ok(path.clone()),
        None => {
            let error = Error::new(format!("there is no draft in {}", config.drafts.display()));
            Err(error.help(
                "`press draft` makes the next one; `press publish ISSUE` looks at one that is out",
            ))
        }
    }
}
