//! A rehearsal: the whole night once more for the last issue, in a copy of the newsletter where nothing leaves the machine.
//!
//! The copy is a clone with a remote of its own. Mail goes into files, to people who do not exist; the site goes into a
//! folder; what would be posted is written down. Everything else, the gate, the hooks, the signatures, is as it will be.

use super::commit::whole;
use super::{End, News, Night, Wish};
use crate::config::{Config, Database, DeployPlace, FolderPlace, Secrets, TransportKind};
use crate::error::{Error, Result};
use crate::git::Git;
use crate::pipeline::subscribers::{ImportOptions, import};
use crate::store::SubscriptionState;
use std::path::{Path, PathBuf};

/// What a rehearsal leaves, for people to look at.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// The issue, by the path of its draft.
    pub issue: String,
    /// The copy of the newsletter.
    pub newsletter: PathBuf,
    /// The site as readers would find it.
    pub site: PathBuf,
    /// The mails.
    pub mail: PathBuf,
    /// The posts.
    pub posts: PathBuf,
}

/// People who get the rehearsed issue.
const READERS: usize = 12;

/// A newsletter that is a copy, set up so that nothing leaves the machine.
#[derive(Debug)]
pub struct Stage {
    /// It.
    pub config: Config,
    /// What there will be to look at.
    pub rehearsed: Rehearsed,
}

impl Stage {
    /// Copies the newsletter, and makes its last issue a draft again.
    pub fn set(config: &Config) -> Result<Stage> {
        let home = std::path::absolute(config.home().join(".press").join("rehearsal"));
        let home = home.map_err(|cause| {
            Error::new("cannot find out where we are").because(cause.to_string())
        })?;
        if home.exists() {
            std::fs::remove_dir_all(&home)
                .map_err(|cause| Error::io("take away", &home, &cause))?;
        }
        let copy = home.join("newsletter");
        make_folder(&copy)?;
        let folder = match Git::of(&config.folder) {
            Ok(git) => clone(&git, &config.folder, &home, &copy)?,
            Err(_) => {
                copy_texts(config, &copy)?;
                copy
            }
        };
        let own = folder.join("press.toml");
        if !own.is_file() || config.path.parent() != Some(&config.folder) {
            std::fs::write(&own, &config.text).map_err(|cause| Error::io("write", &own, &cause))?;
        }
        let mut staged = Config::load(&folder, None)?;
        let issue = draft_again(&staged)?;
        set_up(&mut staged, &home);
        make_folder(&home.join("readers"))?;
        Ok(Stage {
            rehearsed: Rehearsed {
                issue,
                newsletter: folder,
                site: match staged.deploys.first() {
                    Some(place) => home.join("readers").join(&place.name),
                    None => staged.site.out.clone(),
                },
                posts: home.join("posts"),
                mail: staged.transport.folder.clone(),
            },
            config: staged,
        })
    }

    /// Goes through the night.
    pub async fn go(&self, wish: &Wish, tell: &(dyn Fn(News<'_>) + Sync)) -> Result<End> {
        // Nobody's secrets are needed where nothing leaves the machine, and none is used.
        let secrets = Secrets::given([]);
        let wish = Wish {
            issue: Some(self.rehearsed.issue.clone()),
            only: None,
            ..wish.clone()
        };
        let mut night = Night::open(&self.config, &secrets, wish).await?;
        night.readers = Some(self.rehearsed.site.clone());
        night.go(tell).await
    }

    /// Makes up some people who read.
    pub fn invite(&self, now: jiff::Timestamp) -> Result<()> {
        if self.config.mail.from.is_none() {
            return Ok(());
        }
        let file = self
            .rehearsed
            .newsletter
            .join("readers-of-the-rehearsal.csv");
        let rows: String = (1..=READERS)
            .map(|number| format!("reader-{number}@rehearsal.example,confirmed\n"))
            .collect();
        std::fs::write(&file, format!("email,status\n{rows}"))
            .map_err(|cause| Error::io("write", &file, &cause))?;
        for list in &self.config.publish.lists {
            let options = ImportOptions {
                file: &file,
                list: Some(list),
                status: Some(SubscriptionState::Confirmed),
                rejected: None,
                resubscribe: None,
                dry_run: false,
                now,
                progress: &|_, _| {},
            };
            import(&self.config, &options)?;
        }
        let _ = std::fs::remove_file(&file);
        Ok(())
    }
}

/// Everything that would leave the machine stays in a folder.
fn set_up(config: &mut Config, home: &Path) {
    config.store = Database::File(home.join("data.db"));
    config.transport.kind = TransportKind::File;
    config.transport.folder = home.join("mail");
    config.mail.dkim.clear();
    config.publish.links = false;
    config.publish.verify = Some(true);
    config.publish.patience = std::time::Duration::ZERO;
    config.publish.websub = None;
    config.publish.indexnow = None;
    config.seeds.clear();
    "origin".clone_into(&mut config.publish.remote);
    config.site.out = home.join("site");
    for place in &mut config.deploys {
        place.url.clone_from(&config.newsletter.base_url);
        place.place = DeployPlace::Folder(FolderPlace {
            folder: home.join("readers").join(&place.name),
            keep: 1,
        });
    }
    config.announcement.rehearse(&home.join("posts"));
}

/// Clones what is committed, with a remote that nobody else has: the newsletter's folder in it.
fn clone(git: &Git, folder: &Path, home: &Path, copy: &Path) -> Result<PathBuf> {
    let top = git.run(&["rev-parse", "--show-toplevel"], None)?;
    let prefix = git.run(&["-C", &whole(folder), "rev-parse", "--show-prefix"], None)?;
    let remote = home.join("remote.git");
    let (copied, bare) = (whole(copy), whole(&remote));
    git.run(&["clone", "--quiet", "--bare", &top, &bare], None)?;
    git.run(&["clone", "--quiet", &bare, &copied], None)?;
    let own = Git::of(copy)?;
    for key in [
        "user.name",
        "user.email",
        "user.signingKey",
        "commit.gpgSign",
        "tag.gpgSign",
        "gpg.format",
    ] {
        if let Ok(value) = git.run(&["config", "--get", key], None) {
            own.run(&["config", key, &value], None)?;
        }
    }
    // Hooks are no part of a clone; the night heeds them, so its rehearsal does too.
    if let Ok(hooks) = git.run(&["rev-parse", "--git-path", "hooks"], None) {
        let hooks = Path::new(&top).join(hooks);
        own.run(&["config", "core.hooksPath", &whole(&hooks)], None)?;
    }
    Ok(copy.join(prefix.trim_end_matches('/')))
}

/// Without a repository: the texts and what pages are made of.
fn copy_texts(config: &Config, copy: &Path) -> Result<()> {
    let assets = config.site.assets.iter().map(|(from, _)| from);
    let parts = [
        &config.issues,
        &config.drafts,
        &config.pages,
        &config.site.theme,
        &config.draft.template,
    ];
    for part in parts.into_iter().chain(assets) {
        if let Ok(within) = part.strip_prefix(&config.folder) {
            copy_tree(part, &copy.join(within))?;
        }
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let failed = |cause: std::io::Error| Error::io("copy", from, &cause);
    if from.is_file() {
        to.parent().map_or(Ok(()), make_folder)?;
        std::fs::copy(from, to).map_err(failed)?;
    } else if from.is_dir() {
        make_folder(to)?;
        for entry in std::fs::read_dir(from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Makes the last issue a draft, as it was before its night: its number or path.
fn draft_again(config: &Config) -> Result<String> {
    let path = crate::pipeline::inspect::find_path(config, "latest").map_err(|error| {
        error.help(
            "a rehearsal needs an issue that is out; `press publish --dry-run` looks at a draft",
        )
    })?;
    let draft = config.drafts.join(path.file_name().unwrap_or_default());
    make_folder(&config.drafts)?;
    // Later drafts would be in the way of the next one.
    for file in crate::newsletter::list(&config.drafts)?.files {
        let _ = std::fs::remove_file(file.path);
    }
    std::fs::rename(&path, &draft).map_err(|cause| Error::io("move", &path, &cause))?;
    if let Ok(git) = Git::of(&config.folder) {
        let tags = git.run(&["tag", "--list"], None)?;
        for tag in tags.lines() {
            git.run(
                &[
                    "push",
                    "--quiet",
                    "--no-verify",
                    "origin",
                    &format!(":refs/tags/{tag}"),
                ],
                None,
            )?;
            git.run(&["tag", "--delete", tag], None)?;
        }
        git.run(&["add", "--all"], None)?;
        let commit = [
            "commit",
            "--quiet",
            "--no-verify",
            "-m",
            "The rehearsal begins",
        ];
        git.run(&commit, None)?;
        git.run(&["push", "--quiet", "--no-verify", "origin", "HEAD"], None)?;
    }
    Ok(draft.to_string_lossy().into_owned())
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::io("make the folder", folder, &cause))
}
